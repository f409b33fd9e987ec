"""What tests of telemetry have besides the others."""

import pytest

from tests.support.journey import Journey


@pytest.fixture
def journey(journey: Journey) -> Journey:
    """Give a project whose environment says nothing about telemetry."""
    del journey.environment["TASKRUNNER_DISABLE_TELEMETRY"]
    return journey
