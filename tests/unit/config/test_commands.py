"""How a command splits into words."""

import pytest

from taskrunner.config.commands import CommandSyntaxError, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  \t\n ", ()),
        ("npm run  build", ("npm", "run", "build")),
        ("sh -c 'a && b'", ("sh", "-c", "a && b")),
        ('sh -c "echo \\"x\\" $Y"', ("sh", "-c", 'echo "x" $Y')),
        (r"a\ b c\\d", ("a b", r"c\d")),
        (r"'a\b'", (r"a\b",)),
        (r'"a\nb"', ("anb",)),
        ("pre'mid'\"post\"", ("premidpost",)),
        ("echo '' x", ("echo", "", "x")),
        ("echo ' ' x", ("echo", " ", "x")),
        ('echo ""', ("echo", "")),
        (
            "echo $HOME *.txt # no comment > file",
            ("echo", "$HOME", "*.txt", "#", "no", "comment", ">", "file"),
        ),
        ("a\nb", ("a", "b")),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    """Quotes and backslashes group; everything else of a shell is text."""
    assert split(text) == expected


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("echo 'x", 5, "single quote"),
        ("a \"b'", 2, "double quote"),
        ('say "x\\"', 4, "double quote"),
        ("x \\", 2, "after this backslash"),
        ('"x\\', 0, "double quote"),
    ],
)
def test_what_does_not_end(text: str, offset: int, reason: str) -> None:
    """An open quote and a last backslash are refused, with their place."""
    with pytest.raises(CommandSyntaxError, match=reason) as caught:
        split(text)

    assert caught.value.offset == offset
