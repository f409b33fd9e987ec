"""What holds uploads back."""

import os
import time
from pathlib import Path

import pytest

from telemetry import layout, switches
from telemetry.retention import DAY


def test_pause_and_resume(tmp_path: Path) -> None:
    """A pause lasts until it is ended, and says whether there was one."""
    folder = str(tmp_path)
    switches.pause(folder)

    assert (True, False) == (switches.is_paused(folder), switches.may_upload(folder))
    assert switches.resume(folder)
    assert not switches.resume(folder)
    assert switches.may_upload(folder)


def test_gone_until_switched_on(tmp_path: Path) -> None:
    """A collector that is gone stays so until telemetry is switched on again."""
    folder = str(tmp_path)
    switches.switch_off(folder, "https://host/v1/sessions")

    assert (True, False) == (switches.is_gone(folder), switches.may_upload(folder))
    assert switches.switch_on(folder)
    assert switches.may_upload(folder)


def test_hold_ends(tmp_path: Path) -> None:
    """What a collector asked for holds until then and no longer."""
    switches.hold(str(tmp_path), 60)
    assert not switches.may_upload(str(tmp_path))

    switches.hold(str(tmp_path), 0)
    assert switches.may_upload(str(tmp_path))


def test_hold_is_bounded(tmp_path: Path) -> None:
    """A collector that asks for a thousand years gets a week."""
    switches.hold(str(tmp_path), 1e11)
    until = switches.held_until(str(tmp_path))

    assert until is not None
    assert until - time.time() < 7 * DAY + 1


@pytest.mark.parametrize("content", [b"", b"soon", b"-1", b"9" * 31, b"\xff\xfe"])
def test_damaged_hold_holds_nothing(tmp_path: Path, content: bytes) -> None:
    """A file that is no time, or one that no hold could have reached, holds nothing back."""
    (tmp_path / layout.HOLD).write_bytes(content)

    assert switches.may_upload(str(tmp_path))


def test_asking_writes_nothing(tmp_path: Path) -> None:
    """Looking at the switches creates no file."""
    assert switches.may_upload(str(tmp_path / "none"))
    assert [] == os.listdir(tmp_path)
