"""Applications, answers and circumstances for the tests of consent."""

import os
from pathlib import Path

from telemetry.gate import Application
from telemetry.state import StoredAnswer, consent, store

__all__ = ["NOW", "allowed", "application", "stored"]

NOW = 1_795_328_000.0
"""A Sunday in 2026."""


def application(below: Path, version: int = 1) -> Application:
    """Return an application whose files all lie below a folder; none of them exists."""
    return Application(
        "demo",
        str(below / "state"),
        str(below / "policy.toml"),
        "DEMO_ENABLE_TELEMETRY",
        "DEMO_DISABLE_TELEMETRY",
        "DEMO_TELEMETRY_URL",
        version,
    )


def allowed(level: str = "full", version: int = 1) -> StoredAnswer:
    """Return a yes."""
    return consent(None, level=level, version=version, now=NOW, how="question")


def stored(demo: Application, answer: StoredAnswer) -> str:
    """Store an answer and return the path of its file."""
    store(demo.folder, answer)
    return os.path.join(demo.folder, "consent.json")
