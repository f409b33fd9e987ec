"""Build hook: write what a collector has to know of the release into the wheel.

That is `taskrunner/catalogue.json`, everything that the release may record, and `taskrunner/symbols.json`,
the names that its traces may hold.
"""

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PublishedHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Makes both files from the source at hand."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files; an editable installation has none, since its source may change."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from taskrunner.usage_catalog import CATALOG, symbols

            texts = {"catalogue.json": CATALOG.to_json(), "symbols.json": symbols().to_json()}
        finally:
            sys.path.remove(self.root)
        folder = tempfile.mkdtemp()
        for name, text in texts.items():
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o644)
            build_data["force_include"][path] = f"taskrunner/{name}"
