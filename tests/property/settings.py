"""How property tests run: no deadline, since machines of CI pause, and as few examples as tell."""

from hypothesis import HealthCheck, settings

__all__ = ["PROFILE"]

PROFILE = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
