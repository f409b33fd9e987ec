"""What `taskrunner doctor` found, for people and for programs."""

import json
from typing import TYPE_CHECKING, Any

from taskrunner.output.humanise import amount
from taskrunner.output.problems import display_path
from taskrunner.output.text import Colours, one_line, several_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskrunner.doctor.findings import Finding

__all__ = ["as_json", "human"]

_YELLOW = 33


def human(found: "Sequence[Finding]", colours: Colours, cwd: str) -> str:
    """Return the findings as lines: what is fine in one line each, the rest with its remedy."""
    blocks = [_block(finding, colours, cwd) for finding in found]
    return "\n".join([*blocks, "", _summary(found, colours)])


def as_json(found: "Sequence[Finding]") -> str:
    """Return the findings as one JSON object; see docs/reference/doctor.md."""
    counts = {
        level: sum(finding.level == level for finding in found) for level in ("broken", "warning", "note")
    }
    return json.dumps({**counts, "findings": [_object(finding) for finding in found]}, indent=2)


def _block(finding: "Finding", colours: Colours, cwd: str) -> str:
    where = finding.where
    place = f"{one_line(display_path(where.file, cwd))}:{where.line}:{where.column}: " if where else ""
    lines = [
        f"{_word(finding, colours)} {place}{one_line(finding.message)} {colours.dim(f'[{finding.name}]')}"
    ]
    if finding.remedy and finding.level != "ok":
        lines += [f"         {line}" for line in several_lines(finding.remedy).split("\n")]
    return "\n".join(lines)


def _word(finding: "Finding", colours: Colours) -> str:
    word = f"{finding.level:8}"
    match finding.level:
        case "ok":
            return colours.green(word)
        case "warning":
            return colours.coloured(word, _YELLOW)
        case "broken":
            return colours.red(word)
        case _:
            return colours.bold(word)


def _summary(found: "Sequence[Finding]", colours: Colours) -> str:
    broken = sum(finding.level == "broken" for finding in found)
    warnings = sum(finding.level == "warning" for finding in found)
    if not broken and not warnings:
        return colours.green("Nothing is wrong.")
    parts = [f"{broken} broken"] if broken else []
    parts += [amount(warnings, "warning")] if warnings else []
    text = f"{', '.join(parts)}."
    return colours.red(text) if broken else colours.coloured(text, _YELLOW)


def _object(finding: "Finding") -> dict[str, Any]:
    where = finding.where
    return {
        "name": finding.name,
        "level": finding.level,
        "message": finding.message,
        "remedy": finding.remedy,
        "file": where.file if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
    }
