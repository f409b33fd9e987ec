"""Write the files that follow from the code of taskrunner's telemetry: run it after a change there.

`taskrunner/usage_collectors/references.py` lists the references of all errors, and
`docs/telemetry/what-is-collected.md` tells people about each field. A test says when one is out of date.
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFERENCES = ROOT / "taskrunner" / "usage_collectors" / "references.py"
DOCUMENT = ROOT / "docs" / "telemetry" / "what-is-collected.md"

_ROW = re.compile(r"^\| `([a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*)` \|", re.MULTILINE)


def references() -> str:
    """Return the module that lists the references which docs/reference/errors.md has."""
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    rows = "".join(f'    "{reference}",\n' for reference in sorted(set(_ROW.findall(page))))
    return (
        '"""The references of all errors; `.ci/usage_files.py` writes this file."""\n\n'
        'from typing import Final\n\n__all__ = ["REFERENCES"]\n\n'
        f"REFERENCES: Final = (\n{rows})\n"
    )


def document() -> str:
    """Return the page that tells people what is collected."""
    from taskrunner.usage_catalog import CATALOG
    from telemetry.document import what_is_collected

    return what_is_collected(CATALOG, title="What taskrunner collects")


def main() -> None:
    """Write both files."""
    text = references()
    ast.parse(text)
    REFERENCES.write_text(text, encoding="utf-8")
    DOCUMENT.parent.mkdir(parents=True, exist_ok=True)
    DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
