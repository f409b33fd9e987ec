"""The times of a project's last runs."""

import json
import stat
from pathlib import Path

import pytest

from taskrunner.output.text import Colours
from taskrunner.skipping.records import project_folder
from taskrunner.timeline import history
from taskrunner.timeline.compare import Change, changes
from taskrunner.timeline.history import PastRun, PastStep, recall, remember
from taskrunner.timeline.table import as_json, as_table
from tests.unit.timeline.runs import timeline, whole_run

PLAIN = Colours(enabled=False)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Give an environment with a state folder of its own."""
    return {"TASKRUNNER_HOME": str(tmp_path / "home")}


def file(home: dict[str, str]) -> Path:
    """Return where the times of /p are."""
    return Path(project_folder(home, "/p")) / "timings.jsonl"


def test_a_run_is_remembered(home: dict[str, str]) -> None:
    """What is kept comes back: the task, its times, and which steps it waited for."""
    remember(home, "/p", timeline())
    remember(home, "/p", timeline(whole_run(exit_code=4)))
    first, second = recall(home, "/p")

    assert (first.task, first.seconds, first.exit_code, second.exit_code) == ("test", 10.0, 0, 4)
    assert PastStep("SetupCommand", "db", 1, 1.0, critical=True) in first.steps
    assert PastStep("RunContainer", "app", 0, 3.6, critical=True) in first.steps
    assert not [step for step in first.steps if step.kind == "RunContainer" and step.subject == "db"]


def test_only_names_of_the_config_are_kept(home: dict[str, str]) -> None:
    """Commands may hold secrets: none is written down."""
    remember(home, "/p", timeline())

    text = file(home).read_text()
    assert "migrate" not in text
    assert "test.sh" not in text
    assert "make" not in text


def test_the_file_is_its_owner_s(home: dict[str, str]) -> None:
    """Nobody else on the machine can read it."""
    remember(home, "/p", timeline())

    assert stat.S_IMODE(file(home).stat().st_mode) == 0o600


def test_projects_are_kept_apart(home: dict[str, str]) -> None:
    """Another folder is another project."""
    remember(home, "/p", timeline())

    assert recall(home, "/other") == []


def test_broken_lines_are_passed_over(home: dict[str, str]) -> None:
    """A line that was cut short, or is of a later version, costs nothing but itself."""
    remember(home, "/p", timeline())
    with file(home).open("a") as lines:
        lines.write('{"version": 99}\n{"version": 1}\nnonsense\n[]\n{"version": 1, "steps": 3}\n')
    remember(home, "/p", timeline())

    assert len(recall(home, "/p")) == 2


def test_a_long_file_is_cut(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest runs stay."""
    monkeypatch.setattr(history, "_FULL", 3000)
    monkeypatch.setattr(history, "_KEPT", 2)
    for code in range(10):
        remember(home, "/p", timeline(whole_run(exit_code=code)))

    assert recall(home, "/p")[-1].exit_code == 9
    assert file(home).stat().st_size <= 3000 + 1500


def test_a_disk_that_refuses_costs_nothing(tmp_path: Path) -> None:
    """Where nothing can be written, nothing is kept, and nothing is said."""
    (tmp_path / "home").write_text("a file")
    home = {"TASKRUNNER_HOME": str(tmp_path / "home")}
    remember(home, "/p", timeline())

    assert recall(home, "/p") == []


def past(*steps: PastStep, at: float = 0.0, code: int = 0, task: str = "test") -> PastRun:
    """Return a run with these steps."""
    return PastRun(at, task, sum(step.seconds for step in steps), code, steps)


def build(seconds: float) -> PastStep:
    """Return the build of app, which took so long."""
    return PastStep("BuildImage", "app", 0, seconds, critical=True)


def run(seconds: float) -> PastStep:
    """Return the run of app, which took so long."""
    return PastStep("RunContainer", "app", 0, seconds, critical=True)


@pytest.mark.parametrize(
    ("before", "last", "expected"),
    [
        ([past(build(1.0), run(2.0))] * 3, past(build(5.0), run(2.1)), [("BuildImage", 5.0, 1.0)]),
        ([past(run(2.0))], past(build(3.0), run(2.0)), [("BuildImage", 3.0, 0.0)]),
        ([past(build(3.0), run(2.0))], past(run(2.0)), [("BuildImage", 0.0, 3.0)]),
        ([past(run(0.01))], past(run(0.09)), []),
        ([past(run(9.0), code=1)], past(run(2.0)), []),
        ([past(run(9.0), task="other")], past(run(2.0)), []),
        ([], past(run(2.0)), []),
        ([past(run(1.0)), past(run(2.0)), past(run(90.0))], past(run(2.0)), []),
    ],
)
def test_what_changed(before: list[PastRun], last: PastRun, expected: list[tuple[str, float, float]]) -> None:
    """Steps count that took clearly longer or less than in the middle of earlier runs alike."""
    assert [(each.kind, each.seconds, each.before) for each in changes(last, before)] == expected


def test_the_largest_change_comes_first() -> None:
    """What matters most is on top."""
    found = changes(past(build(2.0), run(9.0)), [past(build(1.0), run(1.0))])

    assert [change.kind for change in found] == ["RunContainer", "BuildImage"]
    assert found[1] == Change("BuildImage", "app", 0, 2.0, 1.0)


def test_the_table() -> None:
    """Runs are lines, oldest first, with what they waited for; then comes what changed in the last."""
    runs = [past(build(1.0), run(2.0)), past(build(8.0), run(2.0), code=3), past(build(4.0), run(2.0))]
    lines = as_table(runs, 2, PLAIN, now=0.0).splitlines()

    assert [line.split()[2:] for line in lines[:3]] == [
        ["took", "exit", "waited", "most", "for"],
        ["test", "10.0s", "3", "building", "app", "8.0s,", "running", "app", "2.0s"],
        ["test", "6.0s", "0", "building", "app", "4.0s,", "running", "app", "2.0s"],
    ]
    assert lines[4:] == [
        "What changed in the last run of test:",
        "     +3.0s  building app: 4.0s, was 1.0s",
    ]


def test_the_table_of_one_run() -> None:
    """Where there is nothing to compare, that is said."""
    assert as_table([past(run(1.0))], 10, PLAIN, now=0.0).splitlines()[-1] == (
        "This is the first run of test that is remembered, with nothing to compare."
    )


def test_the_table_of_runs_alike() -> None:
    """Where nothing changed, that is said."""
    assert as_table([past(run(1.0))] * 2, 10, PLAIN, now=0.0).splitlines()[-1] == (
        "The last run of test took as long as those before it, step by step."
    )


def test_as_json() -> None:
    """Programs get the same, with names for all."""
    value = json.loads(as_json("shop", [past(build(1.0)), past(run(2.0), at=60.0)], 1))

    assert value == {
        "project": "shop",
        "runs": [
            {
                "began": "1970-01-01T00:01:00Z",
                "task": "test",
                "seconds": 2.0,
                "exitCode": 0,
                "steps": [
                    {"kind": "RunContainer", "subject": "app", "number": 0, "seconds": 2.0, "critical": True}
                ],
            }
        ],
    }
