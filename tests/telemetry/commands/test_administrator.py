"""What the administrator lays down for everybody, as whole commands obey it."""

import json
from pathlib import Path

import pytest

from tests.support.journey import Journey
from tests.support.running import Result
from tests.telemetry.commands.peer import Collector

# Nobody but root can write /etc, so the program is told of another file.
_PROGRAM = """
import sys
from taskrunner import usage_consent
from taskrunner.cli.entry import main
usage_consent._ADMINISTRATOR_FILE = sys.argv[1]
sys.exit(main(sys.argv[2:]))
"""


def _call(journey: Journey, policy: Path, *words: str, **env: str | None) -> Result:
    return journey.run("-c", _PROGRAM, str(policy), *words, command="python", env=env)


@pytest.fixture
def waiting(journey: Journey) -> Journey:
    """Give the home of a person who said yes and has a session that waits."""
    assert 0 == journey.run("telemetry", "enable").exit_code
    session = journey.run("telemetry", "example").stdout.strip()
    spool = journey.home / ".taskrunner" / "telemetry" / "spool"
    spool.mkdir(mode=0o700)
    (spool / f"{json.loads(session)['sessionId']}.full.json").write_text(session)
    return journey


def test_collector_and_certificates_of_the_company(
    waiting: Journey, collector: Collector, tmp_path: Path
) -> None:
    """Sessions go to the collector that the policy names, which nobody here trusts by default."""
    collector.server.expect_ordered_request("/v1/sessions", "PUT").respond_with_data(status=201)
    collector.server.expect_ordered_request("/v1/me/delete", "POST").respond_with_data("receipt")
    address, authority = (collector.variables[name] for name in ("TASKRUNNER_TELEMETRY_URL", "SSL_CERT_FILE"))
    policy = tmp_path / "telemetry.toml"
    policy.write_text(f'endpoint = "{address}"\n')

    distrusted = _call(waiting, policy, "telemetry", "submit")
    policy.write_text(f'endpoint = "{address}"\nca_file = "{authority}"\n')
    trusted = _call(
        waiting, policy, "telemetry", "submit", TASKRUNNER_TELEMETRY_URL="https://elsewhere.invalid"
    )
    forgotten = _call(waiting, policy, "telemetry", "forget")

    assert "0 sent, 0 refused, 1 failed: done" in distrusted.stdout
    assert "1 sent, 0 refused, 0 failed: done" in trusted.stdout
    assert "receipt" in forgotten.stdout
    collector.server.check()


def test_certificates_that_are_not_there(waiting: Journey, collector: Collector, tmp_path: Path) -> None:
    """Nothing is sent without them, and the log says so."""
    address = collector.variables["TASKRUNNER_TELEMETRY_URL"]
    policy = tmp_path / "telemetry.toml"
    policy.write_text(f'endpoint = "{address}"\nca_file = "/nonexistent/own.pem"\n')

    assert "1 failed" in _call(waiting, policy, "telemetry", "submit").stdout
    assert "later (certificates)" in waiting.run("telemetry", "log").stdout


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("forbid = true", "Telemetry is off.\nDecided by: administrator's policy\n"),
        ('level = "basic"', "Telemetry is on, at level basic.\n"),
        ('collectors_off = ["git"]', "Switched off: git\n"),
        ("broken", "Telemetry is off until that is mended.\n"),
    ],
)
def test_the_status_tells_what_the_policy_does(
    waiting: Journey, tmp_path: Path, text: str, expected: str
) -> None:
    """A person sees that it was the administrator, and what is left to them."""
    policy = tmp_path / "telemetry.toml"
    policy.write_text(text)

    assert expected in _call(waiting, policy, "telemetry", "status").stdout
