"""What the tests of output styles share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.output.screen import Screen


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """Give a console without colours that writes to two files."""
    screen = Screen(tmp_path, colour=False)
    yield screen
    screen.close()


@pytest.fixture
def colour_screen(tmp_path: Path) -> Iterator[Screen]:
    """Give a console with colours that writes to two files."""
    screen = Screen(tmp_path, colour=True)
    yield screen
    screen.close()
