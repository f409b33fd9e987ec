"""A real browser without a window: what a page is like once its scripts have run."""

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

__all__ = ["evaluated"]


def evaluated(page: Path, script: str, *, width: int, height: int = 900, folder: Path) -> str:
    """Open a page, run a script in it, and return what that leaves in the variable `found`."""
    text = page.read_text(encoding="utf-8")
    probe = f"<script>(() => {{ let found; {script}; document.body.dataset.found = found; }})()</script>"
    copy = folder / f"{page.stem}-{width}.html"
    copy.write_text(text.replace("</body>", f"{probe}</body>"), encoding="utf-8")
    program = shutil.which("chromium")
    assert program is not None, "chromium is not installed"
    profile = folder / "profile"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command = [program, *flags, f"--user-data-dir={profile}", f"--window-size={width},{height}", "--dump-dom"]
    done = subprocess.run([*command, copy.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    shutil.rmtree(profile, ignore_errors=True)
    match = re.search(r'data-found="([^"]*)"', done.stdout)
    assert match is not None, done.stderr
    return unescape(match[1])
