"""The script that a project commits: it pins a version, compares its hash, and installs it once."""

import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.support.journey import Journey, program

NAME = "taskrunner_cli-7.1.0-py3-none-any.whl"
INFO = "taskrunner_cli-7.1.0.dist-info"


def stand_in(folder: Path) -> Path:
    """Write a small wheel of the same name that needs nothing, and prints what it is called with."""
    path = folder / NAME
    files = {
        "taskrunner/__init__.py": "",
        "taskrunner/__main__.py": "import os, sys\nprint('7.1.0', sys.argv[1:], os.getcwd())\n"
        "if sys.argv[1:] == ['umask']: print(oct(os.umask(0)))\nsys.exit(5)\n",
        f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: taskrunner-cli\nVersion: 7.1.0\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{INFO}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{INFO}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def project(journey: Journey) -> Journey:
    """Write a project that has committed a wheel and the script, and whose folder names could mislead."""
    wheel = stand_in(journey.home)
    journey.file(f"tools/{NAME}", wheel.read_bytes())
    # Nothing of the project's own may be taken for a part of the program.
    journey.file("yaml.py", "raise SystemExit('shadowed')\n").file(
        "sub/typing.py", "raise SystemExit('no')\n"
    )
    result = journey.run("wrapper", "--wheel", f"tools/{NAME}")
    assert (0, "") == (result.exit_code, result.stderr)
    return journey


def call(
    journey: Journey, *arguments: str, folder: str = ".", path: str | None = None, **env: str
) -> "subprocess.CompletedProcess[str]":
    """Run the script as a person does, with no environment of the tests'."""
    return subprocess.run(
        [str(journey.folder / "taskrunner"), *arguments],
        cwd=journey.folder / folder,
        env={**journey.variables(), "PATH": path or "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_installs_once_and_runs(project: Journey) -> None:
    """The first call installs, later ones do not; arguments, folder and exit code pass through."""
    first = call(project, "run", "a b", folder="sub")
    assert (5, f"7.1.0 ['run', 'a b'] {project.folder}/sub\n") == (first.returncode, first.stdout)
    assert "Installing taskrunner 7.1.0" in first.stderr
    os.remove(project.folder / "tools" / NAME)

    second = call(project, "--version")

    assert (5, "") == (second.returncode, second.stderr)
    kept = os.listdir(project.home / ".taskrunner" / "versions")
    assert [True] == [name.startswith("7.1.0-") for name in kept]


def test_the_first_call_is_like_any_other(project: Journey) -> None:
    """What is installed is for its owner alone, and what a task writes is as the person wants it."""
    result = project.run("-c", "umask 027; ./taskrunner umask", command="/bin/sh")

    assert "Installing" in result.stderr
    assert result.stdout.endswith("\n0o27\n")
    (kept,) = (project.home / ".taskrunner" / "versions").iterdir()
    assert 0 == kept.stat().st_mode & 0o077


def test_what_others_may_have_put_there_is_not_run(project: Journey) -> None:
    """A folder of versions may be shared; one that anybody may write to is not believed."""
    assert 5 == call(project).returncode
    (kept,) = (project.home / ".taskrunner" / "versions").iterdir()
    kept.chmod(0o777)

    result = call(project, "list")

    assert (125, "") == (result.returncode, result.stdout)
    assert f"{kept} belongs to another user, or others may write to it" in result.stderr


def test_another_wheel_is_refused(project: Journey) -> None:
    """What has another hash is not installed, wherever it came from."""
    project.file(f"tools/{NAME}", b"something else")

    result = call(project, "list")

    assert (125, "") == (result.returncode, result.stdout)
    assert "is not the wheel that this project agreed on" in result.stderr
    assert [] == os.listdir(project.home / ".taskrunner" / "versions")


def test_several_first_calls_at_once(project: Journey) -> None:
    """They do not get in each other's way."""
    running = [
        subprocess.Popen(
            [str(project.folder / "taskrunner")],
            env={**project.variables(), "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(3)
    ]

    assert [5, 5, 5] == [each.wait(120) for each in running]
    for each in running:
        assert each.stdout
        each.stdout.close()
    assert 1 == len(os.listdir(project.home / ".taskrunner" / "versions"))


def test_uv_installs_where_it_is(project: Journey, tmp_path: Path) -> None:
    """With uv, pip is not needed."""
    (tmp_path / "bin").mkdir()
    os.symlink(program("uv"), tmp_path / "bin" / "uv")
    (tmp_path / "bin" / "python3").write_text(
        '#!/bin/sh\n[ "$3" != pip ] || exit 1\nexec /usr/bin/python3 "$@"\n'
    )
    (tmp_path / "bin" / "python3").chmod(0o755)

    result = call(project, path=f"{tmp_path}/bin:/usr/bin:/bin")

    assert 5 == result.returncode, result.stderr


def test_python_without_pip(project: Journey, tmp_path: Path) -> None:
    """Where Python has no pip, an environment of Python's own brings one along, and is not kept."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").write_text(
        '#!/bin/sh\n[ "$3" != pip ] || exit 1\nexec /usr/bin/python3 "$@"\n'
    )
    (tmp_path / "bin" / "python3").chmod(0o755)

    result = call(project, path=f"{tmp_path}/bin:/usr/bin:/bin")

    assert 5 == result.returncode, result.stderr
    (kept,) = (project.home / ".taskrunner" / "versions").iterdir()
    assert kept.name.startswith("7.1.0-")


def test_without_python(project: Journey, tmp_path: Path) -> None:
    """It says what is needed."""
    (tmp_path / "bin").mkdir()
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found
        os.symlink(found, tmp_path / "bin" / name)

    result = call(project, path=f"{tmp_path}/bin")

    assert 125 == result.returncode
    assert "Python 3.11 or newer is needed, or uv" in result.stderr


def test_a_wheel_from_a_server(journey: Journey, httpserver: HTTPServer) -> None:
    """A URL is downloaded and compared; a mirror may stand in for it."""
    wheel = stand_in(journey.home)
    data = wheel.read_bytes()
    httpserver.expect_request(f"/{NAME}").respond_with_data(data)
    digest = hashlib.sha256(data).hexdigest()
    made = journey.run("wrapper", "--wheel", httpserver.url_for(f"/{NAME}"), "--sha256", digest)
    assert 0 == made.exit_code, made.stderr
    assert 5 == call(journey).returncode

    shutil.rmtree(journey.home / ".taskrunner")
    httpserver.clear()
    lost = call(journey)
    assert (125, True) == (lost.returncode, "could not be downloaded" in lost.stderr)
    assert 5 == call(journey, TASKRUNNER_WHEEL=str(wheel)).returncode


def test_it_is_written_again(project: Journey) -> None:
    """A newer script replaces an older one, and nothing else."""
    assert 0 == project.run("wrapper", "--wheel", f"tools/{NAME}").exit_code
    project.file("taskrunner", "#!/bin/sh\necho mine\n")

    result = project.run("wrapper", "--wheel", f"tools/{NAME}")

    assert (2, True) == (result.exit_code, "is not a script that" in result.stderr)
    assert "#!/bin/sh\necho mine\n" == (project.folder / "taskrunner").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Which wheel shall the script install?"),
        (("--wheel", "other.txt"), "does not end with the name of a wheel"),
        (("--wheel", f"missing/{NAME}"), "cannot be read"),
        (("--wheel", f"https://files.example/{NAME}"), "The SHA-256 of https://files.example"),
        (("--wheel", f"ftp://files.example/{NAME}", "--sha256", "0" * 64), "is not fetched"),
        (("--wheel", f"https://files.example/{NAME}", "--sha256", "12"), "'12' is no SHA-256."),
    ],
)
def test_mistakes(journey: Journey, arguments: tuple[str, ...], message: str) -> None:
    """They are said before anything is written."""
    result = journey.run("wrapper", *arguments)

    assert (2, True) == (result.exit_code, message in result.stderr), result.stderr
    assert not (journey.folder / "taskrunner").exists()


def test_uv_that_can_get_no_python(project: Journey, tmp_path: Path) -> None:
    """With uv and without Python, uv is asked for one; where it can get none, that is what is said."""
    (tmp_path / "bin").mkdir()
    for name, target in {"sh": "/bin/sh", "dirname": "/usr/bin/dirname", "uv": program("uv")}.items():
        os.symlink(target, tmp_path / "bin" / name)
    nowhere = {"UV_OFFLINE": "1", "UV_PYTHON_INSTALL_DIR": str(tmp_path / "pythons")}

    result = call(project, path=f"{tmp_path}/bin", **nowhere)

    assert (125, "") == (result.returncode, result.stdout)
    first, *_, last = result.stderr.splitlines()
    assert first.startswith("There is no Python 3.11 or newer here: uv gets one")
    assert "uv could not get one; see above. Install Python, or" in last
