"""The collector over TLS that the verbs are tested with serves whole runs as well."""

from tests.telemetry.commands.conftest import _secure_server, collector

__all__ = ["_secure_server", "collector"]
