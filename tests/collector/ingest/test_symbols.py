"""Traces may name what their release's list of symbols has, and nothing else."""

import json
import os
import time
from pathlib import Path

import pytest

import telemetry
from telemetry.collector.catalogues import Catalogues
from telemetry.collector.ingest.judge import Judge, Later, Refused
from telemetry.collector.ingest.symbols import is_of
from telemetry.collector.stores.protocol import StoredSession
from telemetry.manifest import Manifest, Module, from_source
from telemetry.traces import describe
from tests.support.catalogs import a_catalog
from tests.support.collector import a_session

_MANIFEST = Manifest(
    "app",
    "",
    {
        "app.cli": Module(50, frozenset({"<module>", "main", "main.<locals>.<lambda>"}), frozenset()),
        "app.errors": Module(9, frozenset({"<module>", "AppError"}), frozenset({"AppError", "Outer.Inner"})),
    },
    "test-app",
    "1.2.3",
)


@pytest.mark.parametrize(
    "trace",
    [
        "<sanitiser-error>",
        "builtins:KeyError at app.cli:main:12 > <stdlib> x3 > <external> > <own:unknown>",
        "app.errors:AppError at app.cli:<module>:50 <- builtins:OSError[ENOSPC] at <cut:7>",
        "<external:app.errors:Outer.Inner> at app.cli:main.<locals>.<lambda>:1 x12 <- <more>",
        "builtins:ExceptionGroup group:2 at app.cli:main:3 { json.decoder:JSONDecodeError | <more> }",
        "builtins:SystemExit[-3] <- <external:subprocess:TimeoutExpired>",
    ],
)
def test_known(trace: str) -> None:
    """Names of the release, of Python's own exceptions, and the fixed words are taken."""
    assert is_of(_MANIFEST, trace)


@pytest.mark.parametrize(
    "trace",
    [
        "builtins:KeyError at app.cli:alice:12",
        "builtins:KeyError at alice.cli:main:12",
        "builtins:KeyError at app.cli:main:51",
        "builtins:alice",
        "alice.secrets:Error at <stdlib>",
        "<external:alice:Error>",
        "app.errors:Alice",
        "builtins:print at <stdlib>",
        "builtins:ExceptionGroup group:2 { builtins:KeyError at app.cli:alice:1 | <more> }",
        "builtins:KeyError <- alice:Error",
    ],
)
def test_unknown(trace: str) -> None:
    """A trace with one other name in it, wherever it stands, is not."""
    assert not is_of(_MANIFEST, trace)


def test_what_the_client_writes() -> None:
    """Traces that the client makes of real errors of its own code are all known to its manifest."""
    manifest = from_source(os.path.dirname(telemetry.__file__))
    try:
        Manifest.from_json("[")
    except ValueError as error:
        trace = describe(error, manifest)

    assert "telemetry.manifest:Manifest.from_json:" in trace
    assert is_of(manifest, trace)


def _judged(tmp_path: Path, trace: str, version: str = "1.2.3") -> object:
    (tmp_path / "catalogue.json").write_text(a_catalog().to_json())
    (tmp_path / "symbols.json").write_text(_MANIFEST.to_json())
    judge = Judge(Catalogues([str(tmp_path)], installed=False))
    session = a_session(applicationVersion=version)
    session["events"] = [
        {"type": "UnhandledException", "time": session["sessionEndTime"], "attributes": {"trace": trace}}
    ]
    return judge.judge(json.dumps(session).encode(), int(time.time() * 1000))


def test_enforced(tmp_path: Path) -> None:
    """A session with a known trace is kept; with an unknown one refused.

    Of a release that is not known here it is kept if another release defines all of it, else asked for later.
    """
    known, unknown = "builtins:KeyError at app.cli:main:12", "builtins:KeyError at app.cli:alice:12"

    assert isinstance(_judged(tmp_path, known), StoredSession)
    assert isinstance(_judged(tmp_path, unknown), Refused)
    assert isinstance(_judged(tmp_path, known, "1.3.0"), StoredSession)
    assert _judged(tmp_path, unknown, "1.3.0") == Later("symbols")
    assert isinstance(_judged(tmp_path, "builtins:KeyError at <stdlib>", "1.3.0"), StoredSession)
