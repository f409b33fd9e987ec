"""The code that commands can reach, for pages that speak of what the program does."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["modules_of_commands"]

ROOT = Path(__file__).parents[2]


def modules_of_commands() -> dict[str, ast.Module]:
    """Return the code that some command can reach: a module that none imports reads nothing for anybody."""
    trees = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_bytes()
        )
        for path in (ROOT / "taskrunner").rglob("*.py")
    }
    reached: set[str] = set()
    waiting = ["taskrunner.cli.entry"]
    while waiting:
        name = waiting.pop()
        if name in trees and name not in reached:
            reached.add(name)
            waiting += _imported(trees[name])
    return {name: trees[name] for name in reached}


def _imported(tree: ast.AST) -> Iterator[str]:
    """Give the names that a module imports at any place, of modules and of what may be one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
