"""Build hook: write the list of the release's symbols into the wheel, as taskrunner/symbols.json."""

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SymbolsHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Reads the symbols from the source at hand."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file; an editable installation has none, since its source may change."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from telemetry.manifest import FILE, from_source
        finally:
            sys.path.remove(self.root)
        folder = tempfile.mkdtemp()
        path = os.path.join(folder, FILE)
        with open(path, "w", encoding="utf-8") as file:
            file.write(from_source(os.path.join(self.root, "taskrunner")).to_json())
        os.chmod(path, 0o644)
        build_data["force_include"][path] = f"taskrunner/{FILE}"
