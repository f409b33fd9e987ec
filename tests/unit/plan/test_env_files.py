"""Files of environment variables: their form, and what is wrong with them and where."""

from pathlib import Path

import pytest

from taskrunner.errors import ConfigError, Position
from taskrunner.plan.env_files import read_env_file

HERE = Position("taskrunner.yml", 3, 5)
HOST = {"HOST": "from the host", "EMPTY": "", "PASSED": "on"}


def read(folder: Path, text: str | bytes) -> dict[str, str]:
    """Return the variables of a file with this text."""
    path = folder / "some.env"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_env_file(str(path), HERE, HOST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("\n# nothing\n   \n", {}),
        ("A=b", {"A": "b"}),
        ("A=b\nA=c\n", {"A": "c"}),
        ("  A = b c  \r\nB=\r\n", {"A": "b c", "B": ""}),
        ("export A=b", {"A": "b"}),
        ("A=b # why\nB=c#d\nC=# all\n", {"A": "b", "B": "c#d", "C": ""}),
        ("A='$HOST # \"x\"' # why", {"A": '$HOST # "x"'}),
        ('A="b\\n\\"c\\" \\\\ \\$HOST \\x"', {"A": 'b\n"c" \\ $HOST \\x'}),
        ("A=\"one\ntwo\"\nB='three\nfour'", {"A": "one\ntwo", "B": "three\nfour"}),
        ("A=$HOST ${HOST}!", {"A": "from the host from the host!"}),
        ("A=${NO:-default} ${NO-other} ${EMPTY:-filled}${EMPTY-kept}", {"A": "default other filled"}),
        ("A=1\nB=${A}2", {"A": "1", "B": "12"}),
        ("HOST=mine\nA=$HOST", {"HOST": "mine", "A": "from the host"}),
        ("A=100$ \\$x $5", {"A": "100$ $x $5"}),
        ("PASSED\nMISSING\nPASSED # why", {"PASSED": "on"}),
        ("a.b-c=d=e", {"a.b-c": "d=e"}),
        ("A=\\", {"A": "\\"}),
        ("\ufeffA=ü", {"A": "ü"}),
    ],
)
def test_forms(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    """Each form means what it means to Compose."""
    assert read(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "reference", "line", "column"),
    [
        ("A=b\n=c", "plan.bad-env-file", 2, 1),
        ("two words", "plan.bad-env-file", 1, 1),
        ("A='b\nB=c", "plan.bad-env-file", 1, 3),
        ('A=b\nB="c', "plan.bad-env-file", 2, 3),
        ("A='b' c", "plan.bad-env-file", 1, 6),
        ("A=x$NOTHING", "config.environment-variable-not-set", 1, 4),
        ('B=1\nA="${NOTHING}"', "config.environment-variable-not-set", 2, 4),
        (b"A=b\n\xff", "config.not-utf-8", 2, 1),
    ],
)
def test_mistakes(tmp_path: Path, text: str | bytes, reference: str, line: int, column: int) -> None:
    """A mistake is shown where it stands in the file."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)

    [problem] = caught.value.problems
    assert problem.reference == reference
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (line, column)


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is shown where the config names it."""
    with pytest.raises(ConfigError) as caught:
        read_env_file(str(tmp_path / "none"), HERE, {})

    [problem] = caught.value.problems
    assert (problem.reference, problem.where) == ("config.file-not-found", HERE)
