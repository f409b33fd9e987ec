"""Traces on every Python that is installed: frames and names differ between versions, leaks must not."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.interpreters import interpreters

ROOT = Path(__file__).parents[3]

SCRIPT = """
import os, sys, tempfile
from pathlib import Path
from telemetry.manifest import from_source
from telemetry.traces import describe
from telemetry.values import is_trace
from tests.support.leaks import CANARY, LEAKS
from tests.support.shop import installed

told = 0
with installed(Path(tempfile.mkdtemp(prefix=CANARY))) as shop:
    manifest = from_source(os.path.dirname(shop.__file__))
    for leak in LEAKS:
        for wrapper in ("call", "in_lambda", "in_comprehension", "in_closure", "wrap", "hide", "stumble"):
            try:
                getattr(shop, wrapper)(leak)
            except BaseException as error:
                trace = describe(error, manifest)
                assert is_trace(trace), trace
                assert "shop.core:" in trace, trace
                words = (CANARY.lower(), "acme", "home", "tmp", "sanit")
                assert not any(word in trace.lower() for word in words), trace
                told += 1
print(told == 7 * len(LEAKS), told)
"""


@pytest.mark.parametrize("python", interpreters())
def test_no_canary_gets_out_of_any_python(python: str) -> None:
    """Each of the hostile errors is described with frames of the application and without its canary."""
    done = subprocess.run(
        [python, "-c", SCRIPT],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert done.stdout.startswith("True ")
