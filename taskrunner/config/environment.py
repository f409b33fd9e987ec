"""The environment of a container, as containers and tasks write it."""

from typing import Final

from taskrunner.config.decode import map_of
from taskrunner.config.scalars import EXPRESSION

__all__ = ["ENVIRONMENT"]

ENVIRONMENT: Final = map_of(EXPRESSION, "the environment is a map from names to values")
