"""The pages for those who run a collector, against its code."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from telemetry.collector.settings import SETTINGS, Setting
from telemetry.collector.verbs import VERBS
from tests.support.verbs import collector_verb

_ROOT = Path(__file__).parents[2]
_PAGES = _ROOT / "docs" / "operate"
_CODE = _ROOT / "telemetry" / "collector"


def test_every_setting() -> None:
    """The page of settings has a row for each, with its variable, its default and the words of --help."""
    rows = [line for line in (_PAGES / "settings.md").read_text().splitlines() if line.startswith("| `--")]
    assert rows == [_row(setting) for setting in SETTINGS]


def _row(setting: Setting) -> str:
    told = {False: "off", "": "", (): ""}.get(setting.default, str(setting.default))
    default = f"`{told}`" if told else ""
    takes = "\\|".join(setting.choices) or setting.metavar
    flag = f"`{setting.flag} {takes}`" if takes else f"`{setting.flag}`"
    return f"| {flag} | `{setting.variable}` | {default} | {setting.help} |"


def test_help_shows_every_setting() -> None:
    """`serve --help` shows each setting with its variable."""
    shown = " ".join(collector_verb("serve", "--help").stdout.decode().split())
    for setting in SETTINGS:
        assert setting.flag in shown
        assert f"[{setting.variable}]" in shown


def test_every_error() -> None:
    """The page of errors has each name that the code gives, and no other."""
    code = "\n".join(path.read_text() for path in _CODE.rglob("*.py"))
    given = set(re.findall(r'CollectorError\(\s*"([a-z]+\.[a-z-]+)"', code)) | {"store.unavailable"}
    told = set(re.findall(r"^\| `([a-z]+\.[a-z-]+)` \|", (_PAGES / "errors.md").read_text(), re.MULTILINE))
    assert given == told


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb(verb: str) -> None:
    """Each verb explains itself, and a page for operators names it."""
    shown = collector_verb(verb, "--help")
    assert shown.exit_code == 0, shown.stderr
    assert "Usage: taskrunner-collector" in shown.stdout.decode()
    assert any(f"collector {verb}" in page.read_text() for page in _PAGES.glob("*.md"))


def test_every_metric_and_event() -> None:
    """The page of monitoring has each number and each event of the log."""
    code = "\n".join(path.read_text() for path in _CODE.rglob("*.py"))
    page = (_PAGES / "monitoring.md").read_text()
    names = set(re.findall(r'"(collector_[a-z_]+)"', code))
    assert names
    assert {name for name in names if f"`{name}" not in page} == set()
    events = set(re.findall(r'(?:log|_log)\.write\(\s*"([a-z-]+)"', code))
    assert {event for event in events if f"`{event}`" not in page} == set()


def test_image_has_what_is_asked_for() -> None:
    """The pinned requirements have every dependency, in a version that it allows, each with hashes."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = map(Requirement, [*project["dependencies"], *extras["collector"], *extras["postgres"]])
    text = (_PAGES / "files" / "requirements.txt").read_text()
    blocks = re.split(r"\n(?=[a-z])", text.strip().lower())
    pins = {block.split("==")[0]: re.split(r"[ \\;]", block.split("==")[1])[0] for block in blocks}
    for requirement in wanted:
        assert requirement.specifier.contains(pins[requirement.name.lower()]), requirement
    assert all("--hash=sha256:" in block for block in blocks)
    assert version("starlette")


def test_documented_commands_exist() -> None:
    """Each command that the pages show is a verb, with options that it has."""
    for page in _PAGES.glob("*.md"):
        for line in re.findall(r"taskrunner-collector ([a-z]+ ?[^\n|`]*)", page.read_text()):
            verb, *words = line.split()
            if verb not in VERBS:
                continue
            known = collector_verb(verb, "--help").stdout.decode()
            options = [word for word in words if word.startswith("--")]
            assert all(option in known for option in options), (page.name, line)
