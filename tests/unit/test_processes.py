"""Programs are started with lists of words: no shell ever reads a text of ours, or of anybody's."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for package in ("taskrunner", "telemetry") for path in (ROOT / package).rglob("*.py"))
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
SHELLS |= {"asyncio.create_subprocess_shell", "pty.spawn"}
STARTS = {"subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call"}
STARTS |= {"subprocess.check_output"}
WORDS = STARTS | {"os.posix_spawn", "os.posix_spawnp", "os.execv", "os.execve", "os.execvp", "os.execvpe"}
WORDS |= {"asyncio.create_subprocess_exec"}
NAMES = {"sh", "bash", "dash", "zsh", "env", "/bin/sh", "/bin/bash", "/usr/bin/env"}
"""Programs that read their words as another command."""


def calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a module's function, by its dotted name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield ast.unparse(node.func), node


def faults(source: str) -> list[str]:
    """Return what starts a shell, or could."""
    found = []
    for name, call in calls(source):
        if name in SHELLS:
            found.append(f"line {call.lineno}: {name}")
        if name in STARTS:
            shells = [word for word in call.keywords if word.arg == "shell"]
            text = isinstance(call.args[0], ast.Constant | ast.JoinedStr) if call.args else True
            if shells or text:
                found.append(f"line {call.lineno}: {name} with a shell or a text")
        if name in WORDS:
            words = {each.value for each in ast.walk(call) if isinstance(each, ast.Constant)}
            found += [f"line {call.lineno}: {name} of {word}" for word in words & NAMES]
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_shell(module: Path) -> None:
    """A module starts programs word by word, or none."""
    assert [] == faults(module.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "os.system('ls')",
        "subprocess.run('ls', check=True)",
        "subprocess.run(f'ls {name}')",
        "subprocess.Popen(words, shell=True)",
        "subprocess.run(words, shell=flag)",
        "await asyncio.create_subprocess_shell(text)",
        "subprocess.run(['sh', '-c', text])",
        "os.posix_spawnp('bash', ['bash', '-c', text], os.environ)",
    ],
)
def test_a_shell_would_be_found(line: str) -> None:
    """The search finds each way to get at a shell."""
    assert faults(f"async def f():\n    {line}\n") != []
