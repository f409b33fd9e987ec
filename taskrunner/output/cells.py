"""How much room text takes on a terminal."""

__all__ = ["cells", "clipped"]


def cells(text: str) -> int:
    """Return how many cells of a terminal text takes (UAX #11 and combining marks); no control characters."""
    return len(text) if text.isascii() else sum(map(_character_cells, text))


def clipped(text: str, room: int) -> str:
    """Return text that takes at most so many cells, with an ellipsis where something was cut off."""
    if cells(text) <= room:
        return text
    taken, kept = 0, ""
    for character in text:
        taken += cells(character)
        if taken > room - 1:
            break
        kept += character
    return f"{kept.rstrip()}…" if room > 0 else ""


def _character_cells(character: str) -> int:
    if character.isascii():
        return 1
    # Names are ASCII nearly always: the tables cost 2 ms to load.
    import unicodedata

    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
