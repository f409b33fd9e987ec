"""A mistake in a config is told with what to do about it."""

import ast
from pathlib import Path

import taskrunner

FOLDERS = [Path(taskrunner.__file__).parent / room for room in ("config", "plan")]
# Its message says what is expected instead, whatever that is.
SAYS_WHAT_IS_EXPECTED = {'Problem("config.bad-value", message, node.where)'}


def test_every_problem_has_a_remedy() -> None:
    """No problem that config and plan know is made without a hint."""
    without = []
    for path in (path for folder in FOLDERS for path in folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                source = ast.get_source_segment(text, node) or ""
                keywords = {keyword.arg for keyword in node.keywords}
                if len(node.args) < 4 and "hint" not in keywords and source not in SAYS_WHAT_IS_EXPECTED:
                    without.append(f"{path.name}:{node.lineno}: {source}")

    assert [] == without
