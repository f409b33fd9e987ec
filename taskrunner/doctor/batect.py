"""A project that comes from batect: what it has of batect's, and what differs for it here."""

import os
import re
from collections.abc import Iterator

from taskrunner.config.model import LocalMount, Project
from taskrunner.doctor.findings import Finding
from taskrunner.doctor.subject import Subject
from taskrunner.engine import volumes
from taskrunner.errors import Position
from taskrunner.host.files import read_start
from taskrunner.plan.caches import store_of

__all__ = ["check"]

_VERSION = re.compile(r'^\s*(?:VERSION|set "?version)="?(?P<version>[0-9.]+)', re.IGNORECASE | re.MULTILINE)
_CALL = re.compile(r"(?<![\w/-])\./batect(?:\.cmd)?(?![\w.-])")
_CI_FILES = (
    ".gitlab-ci.yml", ".travis.yml", "Jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml",
    ".circleci/config.yml", ".drone.yml", "Makefile", "appveyor.yml",
)  # fmt: skip
_CI_FOLDERS = (".github/workflows", ".buildkite", "ci")
_LARGEST = 1_000_000


def check(subject: Subject) -> Iterator[Finding]:
    """Look for batect's config, wrapper and caches, for calls of it, and for what behaves differently."""
    root = subject.root
    wrappers = [name for name in ("batect", "batect.cmd") if os.path.isfile(os.path.join(root, name))]
    is_config = subject.project is not None and os.path.basename(subject.project.file) == "batect.yml"
    if not (wrappers or is_config or os.path.isdir(os.path.join(root, ".batect"))):
        return
    if is_config:
        yield Finding(
            "batect.project", "ok", "This is a project of batect's. It runs as it is: `taskrunner run TASK`."
        )
    yield from _wrappers(root, wrappers)
    yield from _caches(subject)
    yield from _own_cache(subject)
    yield from _calls(root)
    if subject.project is not None:
        yield from _differences(subject.project)


def _wrappers(root: str, names: list[str]) -> Iterator[Finding]:
    if not names:
        return
    match = _VERSION.search(_text(os.path.join(root, names[0])))
    version = f" (version {match['version']})" if match else ""
    yield Finding(
        "batect.wrapper",
        "note",
        f"batect's wrapper is here: {' and '.join(names)}{version}. Nothing here needs it, nor Java.",
        "Delete it once nobody calls it any more; `taskrunner wrapper` writes a script of ours that pins a "
        "version in the same way.",
    )


def _caches(subject: Subject) -> Iterator[Finding]:
    store = store_of(subject.root, subject.project.file if subject.project is not None else "batect.yml")
    prefix = store.volume_prefix() if store.prefix == "batect-cache" else None
    if prefix is None:
        return
    found = volumes.find(subject.engine.client, prefix) if subject.engine is not None else []
    of_them = f"{len(found)} of its cache volumes are" if len(found) != 1 else "One of its cache volumes is"
    yield Finding(
        "batect.caches",
        "ok",
        f"batect's caches stay warm: {of_them} on this engine ({prefix}…). They are used as they are.",
    )


def _own_cache(subject: Subject) -> Iterator[Finding]:
    home = subject.environment.get("HOME") or os.path.expanduser("~")
    folder = os.path.join(home, ".batect", "cache")
    if os.path.isdir(folder):
        yield Finding(
            "batect.downloads",
            "note",
            f"{folder} holds versions of batect that its wrapper downloaded.",
            "Delete it once no project on this machine uses batect.",
        )


def _calls(root: str) -> Iterator[Finding]:
    """Give the lines of CI configs and scripts that call the wrapper."""
    for path in _ci_files(root):
        for number, line in enumerate(_text(path).splitlines(), 1):
            if match := _CALL.search(line):
                yield Finding(
                    "batect.called",
                    "note",
                    f"{os.path.relpath(path, root)} calls batect's wrapper.",
                    "Write `taskrunner run TASK` in place of `./batect TASK`.",
                    Position(path, number, match.start() + 1, len(match[0])),
                )


def _ci_files(root: str) -> Iterator[str]:
    yield from (os.path.join(root, name) for name in _CI_FILES)
    for folder in _CI_FOLDERS:
        try:
            names = sorted(os.listdir(os.path.join(root, folder)))
        except OSError:
            continue
        yield from (os.path.join(root, folder, name) for name in names)


def _differences(project: Project) -> Iterator[Finding]:
    mains = {task.run.container.name for task in project.tasks.values() if task.run is not None}
    for container in project.containers.values():
        keeps = [mount for mount in container.volumes if isinstance(mount, LocalMount)]
        writes = [mount for mount in keeps if "ro" not in (mount.options or "").split(",")]
        if container.name not in mains and writes and container.stop_grace_period is None:
            yield Finding(
                "batect.killed",
                "note",
                f"'{container.name}' writes to a mount and is killed at clean-up: batect gave it 10 s.",
                "If it has to write something down at its end, give it `stop_grace_period: 10s`.",
                writes[0].where,
            )
        if container.name in mains and container.health_check.command is not None:
            yield Finding(
                "batect.main-health",
                "note",
                f"'{container.name}' runs tasks and has a health check; here, it is only waited for before "
                "set-up commands, and does not decide the exit code.",
                None,
                container.where,
            )


def _text(path: str) -> str:
    try:
        return read_start(path, _LARGEST).decode(errors="replace")
    except (OSError, ValueError):
        return ""
