"""Telemetry for command-line programs: off until someone says yes, unable to carry a name or a message."""
