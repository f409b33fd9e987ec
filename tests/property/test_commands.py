"""Command splitting, over generated words and texts."""

import shlex

from hypothesis import given
from hypothesis import strategies as st

from taskrunner.config.commands import CommandSyntaxError, split
from tests.property.settings import PROFILE

WORDS = st.lists(st.text(max_size=10), max_size=6)
# A backslash in double quotes is where a shell keeps what batect drops, so it is left out of this one.
SHELL_LIKE = st.text(alphabet="ab'\" \t\n$*;#|", max_size=15)


@PROFILE
@given(WORDS)
def test_quoted_words_come_back(words: list[str]) -> None:
    """Words that Python quotes for a shell are split into the same words."""
    assert split(shlex.join(words)) == tuple(words)


def refused_at(text: str) -> int | None:
    """Return where a text is refused, or None for one that is split."""
    try:
        split(text)
    except CommandSyntaxError as error:
        return error.offset
    return None


@PROFILE
@given(SHELL_LIKE)
def test_the_same_words_as_a_shell(text: str) -> None:
    """Without backslashes the words, and what is refused, are those of the POSIX rules."""
    try:
        expected = tuple(shlex.split(text))
    except ValueError:
        assert refused_at(text) is not None
        return

    assert split(text) == expected


@PROFILE
@given(st.text(alphabet="ab\\ '\"", max_size=15))
def test_any_text_is_split_or_refused_at_a_place(text: str) -> None:
    """Whatever the text, nothing but words or one refusal at a quote or backslash comes out."""
    offset = refused_at(text)

    assert offset is None or text[offset] in "'\"\\"
    assert offset is not None or sum(map(len, split(text))) <= len(text)
