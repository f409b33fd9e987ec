"""Expressions: their grammar, their values and the places of what is wrong with them."""

import pytest

from taskrunner.config.expressions import evaluate, parse
from taskrunner.config.model import EnvironmentReference, ExpressionPart, Literal, VariableReference
from taskrunner.errors import ConfigError, Position, Problem


def at(text: str) -> Position:
    """Return the place of a plain scalar that stands in column 11."""
    return Position("taskrunner.yml", 3, 11, max(len(text), 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [Literal("")]),
        ("plain > text}", [Literal("plain > text}")]),
        ("$HOME", [EnvironmentReference("HOME", None)]),
        ("${HOME}", [EnvironmentReference("HOME", None)]),
        ("${A-B.c}", [EnvironmentReference("A-B.c", None)]),
        ("${X:-}", [EnvironmentReference("X", "")]),
        ("${X:-a:b$c<d}", [EnvironmentReference("X", "a:b$c<d")]),
        ("${X:-a\\}b\\\\}", [EnvironmentReference("X", "a}b\\")]),
        ("$1a_é.b", [EnvironmentReference("1a_é", None), Literal(".b")]),
        ("<name.x", [VariableReference("name"), Literal(".x")]),
        ("<{a.b-c}", [VariableReference("a.b-c")]),
        (r"\$A \<b \\ \n", [Literal(r"$A <b \ n")]),
        ("$A$B", [EnvironmentReference("A", None), EnvironmentReference("B", None)]),
        ("x${A}<{b}y", [Literal("x"), EnvironmentReference("A", None), VariableReference("b"), Literal("y")]),
    ],
)
def test_grammar(text: str, expected: list[ExpressionPart]) -> None:
    """Each form is read as batect reads it."""
    parts = parse(text, at(text)).parts

    assert [(type(part), part) for part in parts] == [(type(part), part) for part in expected]


@pytest.mark.parametrize(
    ("text", "column", "width", "reason"),
    [
        ("a$", 12, 1, "no name after the $"),
        ("$$X", 11, 1, "no name after the $"),
        ("a <", 13, 1, "no name after the <"),
        ("x${}", 12, 3, "no name between the braces"),
        ("${:-a}", 11, 3, "no name between the braces"),
        ("x<{}", 12, 3, "no name between the braces"),
        ("x${A", 12, 3, "closing }"),
        ("${A:-b", 11, 6, "closing }"),
        ("<{A", 11, 3, "closing }"),
        ("${A:b}", 14, 2, "a - must follow the :"),
        ("${A:", 14, 2, "a - must follow the :"),
        ("a\\", 12, 1, "last backslash"),
        ("${A:-b\\", 17, 1, "last backslash"),
    ],
)
def test_malformed(text: str, column: int, width: int, reason: str) -> None:
    """What is malformed is refused, and the place is that of the bad part."""
    with pytest.raises(ConfigError) as caught:
        parse(text, at(text))

    [problem] = caught.value.problems
    assert problem.reference == "config.bad-expression"
    assert reason in problem.message
    assert problem.where == Position("taskrunner.yml", 3, column, width)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$SET", "value"),
        ("${SET:-other}", "value"),
        ("${EMPTY:-other}", ""),
        ("${MISSING:-other}", "other"),
        ("${MISSING:-}", ""),
        ("a-<{given}-$SET", "a-from-file-value"),
        ("", ""),
    ],
)
def test_values(text: str, expected: str) -> None:
    """A variable that is set to nothing keeps that value; a default is for what is not set."""
    environment = {"SET": "value", "EMPTY": ""}

    assert evaluate(parse(text, at(text)), environment, {"given": "from-file"}) == expected


def missing(text: str, where: Position) -> list[Problem]:
    """Return what is wrong with an expression's value where nothing is set."""
    with pytest.raises(ConfigError) as caught:
        evaluate(parse(text, where), {}, {"unset": None, "region": "eu"})
    return list(caught.value.problems)


def test_every_missing_value_is_reported_at_its_place() -> None:
    """One expression can lack several values, and each is pointed at."""
    text = "x $A <unset <regoin"

    found = [(p.reference, p.where.column, p.where.width, p.hint) for p in missing(text, at(text)) if p.where]

    assert found == [
        ("config.environment-variable-not-set", 13, 2, "Set it, or give a default: ${A:-…}."),
        (
            "config.variable-not-set",
            16,
            6,
            "Set it in the variables file, or with --config-var unset=….",
        ),
        ("config.undefined-variable", 23, 7, "Did you mean 'region'?"),
    ]


def test_a_reference_in_quotes_is_pointed_at() -> None:
    """The place within a quoted scalar allows for the quote."""
    [problem] = missing("a $A", Position("f", 1, 1, 6))

    assert problem.where == Position("f", 1, 4, 2)


def test_a_reference_in_a_block_is_placed_at_its_scalar() -> None:
    """Where the file does not hold the text as it is, the scalar itself is pointed at."""
    where = Position("f", 1, 1, 1)

    [problem] = missing("some text with $A in it", where)

    assert problem.where == where
