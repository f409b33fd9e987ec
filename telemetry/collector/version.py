"""The version of the distribution that the collector came with."""

import importlib.metadata

__all__ = ["version"]


def version() -> str:
    """Return it; `unknown` where the packages lie about without having been installed."""
    names = importlib.metadata.packages_distributions().get("telemetry", [])
    return importlib.metadata.version(names[0]) if names else "unknown"
