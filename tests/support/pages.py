"""Commands that a page shows, for tests that run them."""

import re
from pathlib import Path

__all__ = ["commands"]

_DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands(page: str, about: str) -> str:
    """Return the one block of commands of a page in `docs/` that a text is in."""
    found = [text for text in _BLOCK.findall((_DOCS / page).read_text(encoding="utf-8")) if about in text]
    assert len(found) == 1, f"{page} has {len(found)} blocks with '{about}'"
    return str(found[0])
