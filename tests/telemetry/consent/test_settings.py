"""The administrator's policy and the person's settings: they narrow, and a broken one means off."""

import os
from pathlib import Path

import pytest

from telemetry.settings import AdminPolicy, UserSettings, read_administrator, read_user


def _policy(below: Path, text: str | bytes) -> AdminPolicy:
    path = below / "telemetry.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_administrator(str(path))


def test_without_files_nothing_is_forbidden(tmp_path: Path) -> None:
    """Nobody has to lay down anything."""
    assert AdminPolicy() == read_administrator(str(tmp_path / "telemetry.toml"))
    assert UserSettings() == read_user(str(tmp_path))


def test_every_key_of_a_policy_counts(tmp_path: Path) -> None:
    """Level, collector and switched-off parts are taken as they are written."""
    policy = _policy(
        tmp_path,
        'level = "basic"\nendpoint = "https://collector.example"\ncollectors_off = ["git", "ci"]\n'
        'ca_file = "/etc/ssl/own.pem"\n',
    )

    names = frozenset({"git", "ci"})
    assert AdminPolicy(False, "basic", "https://collector.example", "/etc/ssl/own.pem", names) == policy


@pytest.mark.parametrize("text", ["forbid = true", 'level = "none"'])
def test_a_policy_forbids(tmp_path: Path, text: str) -> None:
    """Saying it outright and allowing no level are the same."""
    assert _policy(tmp_path, text).forbids


def test_a_policy_that_does_not_forbid_allows_nothing_either(tmp_path: Path) -> None:
    """`forbid = false` is the same as no file."""
    assert AdminPolicy() == _policy(tmp_path, "forbid = false")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("forbid = ", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        ("forbidden = true", "has an unknown key"),
        ('forbid = "true"', "has a value of the wrong kind for forbid"),
        ("forbid = 1", "has a value of the wrong kind for forbid"),
        ('level = "some"', "has an unknown level"),
        ("endpoint = 5", "has a value of the wrong kind for endpoint"),
        ('ca_file = "own.pem"', "has a ca_file that is no absolute path"),
        ('collectors_off = "git"', "has a value of the wrong kind for collectors_off"),
        ("collectors_off = [5]", "no name of a collector"),
        ('collectors_off = ["Git!"]', "no name of a collector"),
        (b"# " + b"x" * 70_000, "is too large"),
    ],
)
def test_a_policy_that_cannot_be_understood_forbids(tmp_path: Path, text: str | bytes, what: str) -> None:
    """What it was meant to keep back cannot be told, so everything is; the sentence says what is wrong."""
    policy = _policy(tmp_path, text)

    assert (True, "none") == (policy.forbids, policy.level)
    assert policy.problem.startswith(str(tmp_path))
    assert what in policy.problem


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_file_forbids_at_once(tmp_path: Path, kind: str) -> None:
    """Nothing in the place of the policy keeps a command waiting or switches the policy off."""
    path = tmp_path / "telemetry.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)

    policy = read_administrator(str(path))

    assert policy.forbids
    assert policy.problem


def test_a_person_switches_collectors_off(tmp_path: Path) -> None:
    """Their own file takes names of collectors and nothing that could switch telemetry on."""
    (tmp_path / "settings.toml").write_text('collectors_off = ["shell"]')
    good = read_user(str(tmp_path))
    (tmp_path / "settings.toml").write_text('level = "full"')
    bad = read_user(str(tmp_path))

    assert UserSettings(frozenset({"shell"})) == good
    assert "has an unknown key; the keys are collectors_off" in bad.problem
