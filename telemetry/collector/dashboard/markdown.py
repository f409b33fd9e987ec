"""The part of Markdown that policies are written in, as HTML: everything else is shown as it is written."""

import re
from collections.abc import Iterator
from html import escape

__all__ = ["html_of"]

_SAFE = re.compile(r"https?://|[#/]|[A-Za-z0-9_./-]+(?:#[A-Za-z0-9_-]+)?\Z")


def html_of(markdown: str) -> str:
    """Return headings, paragraphs, lists, tables, code, emphasis and links; no HTML passes through."""
    return "\n".join(_blocks(markdown.replace("\r", "").split("\n")))


def _blocks(lines: list[str]) -> Iterator[str]:
    place = 0
    while place < len(lines):
        line = lines[place]
        end = place + 1
        if line.startswith("```"):
            while end < len(lines) and not lines[end].startswith("```"):
                end += 1
            yield f"<pre><code>{escape(chr(10).join(lines[place + 1 : end]))}</code></pre>"
            end += 1
        elif found := re.match(r"(#{1,4}) +(.*)", line):
            level = len(found[1])
            name = re.sub(r"[^a-z0-9]+", "-", found[2].lower()).strip("-")
            yield f'<h{level} id="{name}">{_inline(found[2])}</h{level}>'
        elif re.match(r"[-*] ", line):
            end = _end(lines, place, r"[-*] |  ")
            items = re.split(r"\n[-*] ", "\n".join(lines[place:end])[2:])
            yield "<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + "</ul>"
        elif line.startswith("|"):
            end = _end(lines, place, r"\|")
            yield _table(lines[place:end])
        elif line.strip():
            end = _end(lines, place, r"(?!#{1,4} |[-*] |```|\|)\S")
            yield f"<p>{_inline(chr(10).join(lines[place:end]))}</p>"
        place = end


def _end(lines: list[str], place: int, pattern: str) -> int:
    end = place + 1
    while end < len(lines) and re.match(pattern, lines[end]):
        end += 1
    return end


def _table(lines: list[str]) -> str:
    rows = [[_inline(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in lines]
    head, body = rows[0], rows[2:]
    written = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
    names = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{written}</tbody></table>"


def _inline(text: str) -> str:
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"<code>{escape(part[1:-1])}</code>" if part.startswith("`") and len(part) > 2 else _words(part)
        for part in parts
    )


def _words(text: str) -> str:
    found = escape(text)
    found = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", found)
    return re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", _link, found)


def _link(found: re.Match[str]) -> str:
    # A link to another file of the documents leads nowhere here.
    outside = re.match(r"https?://|#", found[2])
    return f'<a href="{found[2]}">{found[1]}</a>' if outside and _SAFE.match(found[2]) else found[1]
