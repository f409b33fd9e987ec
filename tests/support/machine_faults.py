"""What happens to the machine of the program: nothing may come of it, whenever it happens."""

from collections.abc import Callable
from pathlib import Path

from tests.support.engine_faults import by
from tests.support.fault_table import Fault
from tests.support.own_folders import OwnFolders

__all__ = ["clock", "on_folders"]


# The library, told to leave the monotonic clock alone, makes each clock_nanosleep fail: EINVAL.
_SLEEP = """\
import select, time
time.sleep = lambda seconds: select.select((), (), (), seconds)
"""


def clock(name: str, folder: Path) -> Fault:
    """Return a jump of the clock that tells the date, named such as `clock +400d`, told in a file."""
    file = folder / "time"
    file.write_text("+0")
    (folder / "sitecustomize.py").write_text(_SLEEP)
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    return Fault(
        name,
        by(lambda _: file.write_text(name.removeprefix("clock "))),
        frozenset(),
        "",
        environment={
            "PYTHONPATH": str(folder),
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        },
        after=lambda: file.write_text("+0"),
    )


def on_folders(name: str, folders: OwnFolders, act: Callable[[], None]) -> Fault:
    """Return what happens to the home and the folder for temporary files, both at once."""
    return Fault(f"home and /tmp {name}", by(lambda _: act()), frozenset(), "", after=folders.mend)
