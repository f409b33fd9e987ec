"""Suggestions for misspelt names."""

from taskrunner.config.suggest import did_you_mean, key_meant, near


def test_near_names() -> None:
    """Up to three names come back, the likeliest first, whatever their case."""
    names = ["imagine", "images", "image", "imaginary", "command"]

    assert near("imag", names)[0] == "image"
    assert len(near("imag", names)) == 3
    assert near("IMAGE", ["other", "Image"]) == ["Image"]
    assert near("xyz", names) == []


def test_hints() -> None:
    """A hint is a question, or nothing."""
    assert did_you_mean("bild", ["build"]) == "Did you mean 'build'?"
    assert did_you_mean("tst", ["test", "tests"]) == "Did you mean 'test' or 'tests'?"
    assert did_you_mean("xyz", ["build"]) is None
    assert did_you_mean("build", ["build"]) is None


def test_many_names_are_not_compared() -> None:
    """Beyond some hundred names the first ones have to do."""
    names = [f"x{number}" for number in range(600)]

    assert near("name", [*names, "names"]) == []
    assert near("name", ["names", *names]) == ["names"]


def test_long_names_are_not_compared() -> None:
    """A comparison's cost grows with the square of the length, so long names get no suggestion."""
    assert near("a" * 101, ["a" * 100]) == []
    assert near("a" * 100, ["a" * 101, "a" * 99]) == ["a" * 99]


def test_what_other_tools_call_it() -> None:
    """A key of Compose is led to its like, where the object has that; any other to what looks like it."""
    keys = {"mem_limit": 0, "environment": 0}

    assert key_meant("memory", keys) == "Did you mean 'mem_limit'?"
    assert key_meant("Env", keys) == "Did you mean 'environment'?"
    assert key_meant("enviroment", keys) == "Did you mean 'environment'?"
    assert key_meant("memory", {"image": 0}) is None
