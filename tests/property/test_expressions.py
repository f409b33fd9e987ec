"""Expressions, over generated texts and parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskrunner.config.expressions import evaluate, parse
from taskrunner.config.model import EnvironmentReference, ExpressionPart, Literal, VariableReference
from taskrunner.errors import ConfigError, Position
from tests.property.settings import PROFILE

SPECIAL = st.text(alphabet="ab$<{}:-\\_. é", max_size=12)
NAMES = st.text(alphabet="abcXYZ019_.-", min_size=1, max_size=6)
PARTS = st.lists(
    st.one_of(
        st.builds(Literal, st.text(min_size=1, max_size=8)),
        st.builds(EnvironmentReference, NAMES, st.none() | st.text(max_size=8)),
        st.builds(VariableReference, NAMES),
    ),
    max_size=6,
)


def escaped(text: str, characters: str) -> str:
    """Return text with a backslash before each of the characters."""
    return "".join(f"\\{character}" if character in characters else character for character in text)


def written(part: ExpressionPart) -> str:
    """Return a part as a person would write it, in its form with braces."""
    if isinstance(part, Literal):
        return escaped(part.text, "$<\\")
    if isinstance(part, VariableReference):
        return f"<{{{part.name}}}"
    default = "" if part.default is None else f":-{escaped(part.default, '}' + chr(92))}"
    return f"${{{part.name}{default}}}"


def value(part: ExpressionPart, environment: dict[str, str], variables: dict[str, str]) -> str | None:
    """Return a part's value, worked out without the code under test."""
    if isinstance(part, Literal):
        return part.text
    if isinstance(part, EnvironmentReference):
        return environment.get(part.name, part.default)
    return variables.get(part.name)


@PROFILE
@given(PARTS, st.dictionaries(NAMES, st.text(max_size=4)), st.dictionaries(NAMES, st.text(max_size=4)))
def test_what_is_written_is_what_is_read(
    parts: list[ExpressionPart], environment: dict[str, str], variables: dict[str, str]
) -> None:
    """Any parts, written down and parsed, have the values of the parts, or lack what the parts lack."""
    source = "".join(written(part) for part in parts)
    expected = [value(part, environment, variables) for part in parts]
    expression = parse(source, Position("f", 1, 1, len(source)))

    missing = len({part for part, found in zip(parts, expected, strict=True) if found is None})
    if missing:
        with pytest.raises(ConfigError) as caught:
            evaluate(expression, environment, dict(variables))
        assert len(caught.value.problems) == missing
    else:
        found = evaluate(expression, environment, dict(variables))
        assert found == "".join(text for text in expected if text is not None)


@PROFILE
@given(SPECIAL)
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    """Whatever the text, it parses or its problem lies inside it; nothing else happens."""
    try:
        expression = parse(text, Position("f", 1, 1, len(text)))
    except ConfigError as error:
        [problem] = error.problems
        assert problem.where is not None
        assert 1 <= problem.where.column <= len(text)
        assert problem.where.column + problem.where.width <= len(text) + 2
    else:
        assert expression.source == text


@PROFILE
@given(st.text(max_size=20).filter(lambda text: not set(text) & set("$<\\")))
def test_text_without_references_stands_for_itself(text: str) -> None:
    """Without `$`, `<` and a backslash an expression is its own value."""
    assert evaluate(parse(text, Position("f", 1, 1)), {}, {}) == text
