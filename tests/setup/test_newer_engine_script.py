"""`.ci/newer-engine`: what it does where no newer engine can be had, and where none is needed."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
APT = """\
#!/bin/sh
case "$*" in
*indextargets*) {sources} ;;
*) echo asked >> "$0.asked"; echo 'E: The repository does not have a Release file.' >&2; exit 100 ;;
esac
"""
SOURCE = "echo 'http://mirror.example/debian/|'"


class Script(NamedTuple):
    """A copy of the script, in a checkout and with programs of its own."""

    root: Path

    def program(self, name: str, text: str) -> None:
        """Put a program on its PATH, before the system's."""
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(self) -> "subprocess.CompletedProcess[str]":
        """Run it."""
        return subprocess.run(
            [str(self.root / ".ci" / "newer-engine")],
            env={"PATH": f"{self.root}/bin:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def reason(self) -> Path:
        """Where it says why there is no newer engine."""
        return self.root / ".cache" / "newer-engine" / "missing"


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Give the script, on a system with an old engine and a mirror that does not answer as it should."""
    for name in ("newer-engine", "lib.sh"):
        (tmp_path / ".ci").mkdir(exist_ok=True)
        shutil.copy(ROOT / ".ci" / name, tmp_path / ".ci" / name)
    made = Script(tmp_path)
    made.program("dockerd", "#!/bin/sh\necho Docker version 20.10.24+dfsg1, build 5d6db84\n")
    made.program("apt-get", APT.replace("{sources}", SOURCE))
    made.program("sleep", "#!/bin/sh\n")
    return made


def test_a_mirror_that_does_not_have_it(script: Script) -> None:
    """It is asked a few times, and what it answers is kept for whoever wants to know."""
    result = script.run()

    said = "Debian's trixie cannot be had: E: The repository does not have a Release file.\n"
    assert (1, said) == (result.returncode, result.stderr)
    assert said == script.reason.read_text()
    assert 3 == (script.root / "bin" / "apt-get.asked").read_text().count("asked")
    assert [] == list((script.root / ".cache" / "newer-engine").glob("*/usr"))


def test_a_system_that_is_not_debian_s(script: Script) -> None:
    """Without a source of Debian's there is nowhere to get it from."""
    script.program("apt-get", APT.replace("{sources}", ":"))

    result = script.run()

    assert 1 == result.returncode
    assert result.stderr.startswith("No source of Debian's packages is known to apt here")


def test_a_system_with_a_new_engine(script: Script) -> None:
    """Its own will do, and an earlier reason does not hold any more."""
    script.run()
    script.program("dockerd", "#!/bin/sh\necho Docker version 28.2.2, build 45873be\n")

    result = script.run()

    assert (0, "") == (result.returncode, result.stderr)
    assert "Docker version 28.2.2" in result.stdout
    assert not script.reason.exists()
