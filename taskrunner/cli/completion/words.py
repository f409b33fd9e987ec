"""What a command line's next word can be: decided from a table of verbs and options, and from the config.

The table comes from the script that `taskrunner completion SHELL` printed, so that no key press waits for
the command-line library to load. One row a line, five columns with tabs between them: the verb that the row
is about (nothing for the program itself), a verb, option or `<argument>`, the option's short form, what its
value is, and what it does. The value is `a,b,c` for a choice, a name with `@` in front for what is looked up,
`?` for any other text, nothing for a flag; a `+` before it lets the option stand several times.
"""

from typing import NamedTuple

__all__ = ["Answer", "Lookup", "Row", "answer", "read_table", "split_line"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    Words: TypeAlias = list[tuple[str, str]]
    Lookup: TypeAlias = Callable[[str, str | None], Words]
    """Gives the words of a kind, such as `tasks`, in the config file that the line names."""


class Row(NamedTuple):
    """A row of the table."""

    verb: str
    word: str
    short: str
    value: str
    help: str


class Answer(NamedTuple):
    """What can stand next."""

    kind: str
    """`words`, or `files` or `folders`, which shells know best themselves."""
    words: "Words"
    """Each with its description, which may be empty."""


_FILES = Answer("files", [])


def read_table(text: str) -> "list[Row]":
    """Return the rows of a table; what is no row is passed over."""
    cells = (line.split("\t") for line in text.splitlines())
    return [Row(*row) for row in cells if len(row) == len(Row._fields)]


def split_line(line: str) -> "list[str]":
    """Split a line up to the cursor into words, as shells do; the last one is under way, and may be empty."""
    words = [""]
    quote, rest = "", iter(line)
    for character in rest:
        if character == "\\" and quote != "'":
            words[-1] += next(rest, "")
        elif quote:
            if character == quote:
                quote = ""
            else:
                words[-1] += character
        elif character in "'\"":
            quote = character
        elif not character.isspace():
            words[-1] += character
        elif words[-1]:
            words.append("")
    return words


def answer(table: "Sequence[Row]", words: "Sequence[str]", lookup: "Lookup") -> Answer:
    """Return what can stand in the place of the last of the words; the first is the program."""
    *before, current = words[1:] if len(words) > 1 else [""]
    state = _State(table)
    for word in before:
        state.take(word)
    if state.is_over:
        return _FILES
    if state.pending is not None:
        return _values(state.pending, state.config_file, lookup)
    if current.startswith("-"):
        return _options(state, current, lookup)
    subverbs = [(row.word, row.help) for row in state.rows() if not row.word.startswith(("-", "<"))]
    arguments = [row for row in state.rows() if row.word.startswith("<")]
    if arguments:
        found = _values(arguments[0], state.config_file, lookup)
        return found._replace(words=subverbs + found.words)
    return Answer("words", subverbs)


class _State:
    """What the words before the one under way say."""

    def __init__(self, table: "Sequence[Row]") -> None:
        self._table = table
        self.verb = ""
        self.pending: Row | None = None
        self.config_file: str | None = None
        self.is_over = False
        self.given: set[str] = set()

    def rows(self) -> "Iterable[Row]":
        return (row for row in self._table if row.verb == self.verb)

    def option(self, name: str) -> Row | None:
        return next((row for row in self.rows() if name in (row.word, row.short) and name), None)

    def take(self, word: str) -> None:
        if self.pending is not None:
            self._value(self.pending, word)
            self.pending = None
        elif word == "--":
            self.is_over = True
        elif word.startswith("-"):
            self._take_option(word)
        else:
            below = f"{self.verb} {word}".strip()
            if any(row.verb == below for row in self._table):
                self.verb = below

    def _take_option(self, word: str) -> None:
        name, sign, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:])
        row = self.option(name)
        if row is None:
            return
        self.given.add(row.word)
        if sign:
            self._value(row, value.removeprefix("="))
        elif row.value:
            self.pending = row

    def _value(self, row: Row, value: str) -> None:
        if row.word == "--config-file":
            self.config_file = value


def _options(state: _State, current: str, lookup: "Lookup") -> Answer:
    name, sign, _ = current.partition("=")
    row = state.option(name)
    if sign and row is not None and row.value:
        found = _values(row, state.config_file, lookup)
        return found._replace(words=[(f"{name}={word}", text) for word, text in found.words])
    rows = [row for row in state.rows() if row.word.startswith("-")]
    fresh = (row for row in rows if row.value.startswith("+") or row.word not in state.given)
    return Answer("words", [(row.word, row.help) for row in fresh])


def _values(row: Row, config_file: "str | None", lookup: "Lookup") -> Answer:
    value = row.value.removeprefix("+")
    if value in ("@files", "@folders"):
        return Answer(value[1:], [])
    if value.startswith("@"):
        return Answer("words", lookup(value[1:], config_file))
    if value == "?":
        return Answer("words", [])
    return Answer("words", [(choice, "") for choice in value.split(",")])
