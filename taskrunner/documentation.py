"""Where the documentation is: one address for all of it."""

import os
from typing import Final

__all__ = ["ADDRESS", "errors_page", "page"]

ADDRESS: Final = ""
"""Where whoever distributes taskrunner publishes `docs/`, without a slash at the end.

Nothing stands for the pages that came with the installation, or that lie in the checkout.
"""


def page(name: str) -> str:
    """Return the address of a page by its path in `docs/`, with or without an anchor."""
    return f"{ADDRESS or _installed()}/{name}"


def errors_page(reference: str) -> str:
    """Return the address of the part of the page of errors that has a reference."""
    return page(f"reference/errors.md#{reference.partition('.')[0]}")


def _installed() -> str:
    package = os.path.dirname(os.path.abspath(__file__))
    checkout = os.path.join(os.path.dirname(package), "docs")
    return checkout if os.path.isdir(checkout) else os.path.join(package, "docs")
