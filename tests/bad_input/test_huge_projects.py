"""Projects made to be slow: each is loaded or refused soon, and told in few words."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskrunner.config.loader import load
from taskrunner.config.variables import values
from taskrunner.errors import UserError
from taskrunner.output.problems import render_error
from taskrunner.plan.make import PlanOptions, make_plan

# A measured process takes up to three times as long.
LIMIT = 5.0 if sys.gettrace() is None else 3 * 5.0
"""Seconds of processor time, whatever else the machine does."""

APP = "containers: {a: {image: a}}\n"
TASK = "tasks: {t: {run: {container: a}}}\n"
RUN = "run: {container: a}"


def lines(count: int, line: str) -> str:
    """Return many lines that differ in their number, `#`, and the next one, `%`."""
    return "".join(line.replace("#", str(n)).replace("%", str(n + 1)) + "\n" for n in range(count))


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield each project's name and text, and the reference of the problem that it has, or nothing."""
    tasks = APP + "tasks:\n"
    yield "many tasks", tasks + lines(10_000, f"  t#: {{{RUN}}}"), ""
    yield "a long chain", tasks + lines(5000, "  t#: {prerequisites: [t%]}") + f"  t5000: {{{RUN}}}", ""
    yield "one wildcard", tasks + lines(5000, f"  t#: {{{RUN}, prerequisites: ['zz*']}}"), ""
    yield (
        "wildcards for all",
        tasks + lines(3000, f"  a#: {{{RUN}}}") + lines(3000, "  b#: {prerequisites: ['a*']}"),
        "",
    )
    yield (
        "wildcards in rings",
        tasks + lines(3000, "  a#: {prerequisites: ['a*']}"),
        "config.dependency-cycle",
    )
    yield (
        "different wildcards",
        tasks + lines(5000, f"  a#: {{{RUN}, prerequisites: ['*x#']}}"),
        "config.too-many-wildcards",
    )
    deep = lines(4000, "  c#: {image: a, ports: ['#:80'], dependencies: [c%]}").replace("'0:80'", "'9000:80'")
    yield (
        "containers in a chain",
        f"containers:\n{deep}  c4000: {{image: a}}\ntasks:\n{lines(4000, '  t#: {run: {container: c#}}')}",
        "config.too-many-dependencies",
    )
    yield "typing mistakes", tasks + lines(5000, "  t#: {run: {contianer: a}}"), "config.missing-key"
    names = f"containers:\n{lines(2000, '  container-#: {image: a}')}"
    unknown = lines(5000, "  t#: {run: {container: containre-#}}")
    yield "unknown names", f"{names}tasks:\n{unknown}", "config.unknown-container"
    yield "one key", "containers:\n" + "  a: {image: a}\n" * 20_000, "config.duplicate-key"
    yield (
        "a long expression",
        f"containers: {{a: {{image: a, environment: {{A: {'$A' * 1_000_000}}}}}}}\n{TASK}",
        "config.bad-expression",
    )
    yield (
        "many references",
        f"containers: {{a: {{image: a, environment: {{A: {'$A' * 60_000}}}}}}}\n{TASK}",
        "config.environment-variable-not-set",
    )
    yield (
        "a long line",
        'containers: {a: {image: a, command: "' + "x " * 500_000 + "'\"}}",
        "config.bad-command",
    )
    yield (
        "many values",
        f"containers: {{a: {{image: a, environment: {{{', '.join(f'A{n}: b' for n in range(400_000))}}}}}}}",
        "config.file-too-large",
    )
    yield "a long comment", f"#{'x' * 9_900_000}\n{APP}", ""
    yield "too many bytes", f"#{'x' * 10_000_000}\n{APP}", "config.file-too-large"
    bombs = "".join(f".a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    yield "a billion laughs", f".a0: &a0 [x]\n{bombs}{APP}", "config.too-many-aliases"
    yield "UTF-16", APP.encode("utf-16").decode("latin-1"), "config.not-utf-8"
    included = ", ".join(f"f{n}.yml" for n in range(3000))
    yield "missing includes", f"include: [{included}]\n{APP}", "config.file-not-found"


@pytest.mark.parametrize(("text", "reference"), [pytest.param(*case[1:], id=case[0]) for case in cases()])
def test_time(tmp_path: Path, text: str, reference: str) -> None:
    """Loading, planning and telling what is wrong take less than five seconds together."""
    path = tmp_path / "taskrunner.yml"
    path.write_bytes(f"project_name: x\n{text}".encode("latin-1"))
    started = time.process_time()

    try:
        project = load(str(path))
        make_plan(project, PlanOptions(next(iter(project.tasks), "t")), {}, values(project, {}, None))
        found, told = "", ""
    except UserError as error:
        found, told = error.reference, render_error(error, colour=False, cwd="/")

    assert time.process_time() - started < LIMIT
    assert found == reference or (found == "config.unknown-task" and not reference)
    assert len(told) < 30_000


def test_links_in_circles(tmp_path: Path) -> None:
    """A link to itself, and a folder in which a pattern never ends, are problems."""
    (tmp_path / "loop.yml").symlink_to("loop.yml")
    (tmp_path / "again").symlink_to(".")
    path = tmp_path / "taskrunner.yml"
    path.write_text("project_name: x\ninclude: [loop.yml, 'again/again/again/*.yml']\n")

    with pytest.raises(UserError) as caught:
        load(str(path))

    assert caught.value.reference in {"config.file-unreadable", "config.file-not-found"}
