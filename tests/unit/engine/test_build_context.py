import io
import os
import socket
import stat
import tarfile
from pathlib import Path

import pytest

from taskrunner.engine import build_context
from taskrunner.engine.build_context import context_names, read_ignore_file, send_context
from taskrunner.errors import EngineError


def plant(root: Path, *names: str) -> None:
    """Write files that have their own names as contents."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def sent(root: Path, dockerfile: str = "Dockerfile") -> tarfile.TarFile:
    """Return the archive that the engine would get."""
    pieces: list[bytes] = []
    send_context(str(root), dockerfile, pieces.append)
    return tarfile.open(fileobj=io.BytesIO(b"".join(pieces)))


def names(root: Path, *patterns: str, dockerfile: str = "Dockerfile") -> set[str]:
    """Return what belongs to a build that has these patterns to leave things out."""
    return set(context_names(str(root), dockerfile, patterns))


class TestIgnoring:
    @pytest.mark.parametrize(
        ("patterns", "left_out"),
        [
            (["*.md"], {"a.md"}),
            (["**/*.md"], {"a.md", "src/b.md", "src/deep/c.md"}),
            (["src"], {"src", "src/b.md", "src/x.py", "src/deep", "src/deep/c.md"}),
            (["/src/"], {"src", "src/b.md", "src/x.py", "src/deep", "src/deep/c.md"}),
            (["**/deep"], {"src/deep", "src/deep/c.md"}),
            (["src/*", "!src/x.py"], {"src/b.md", "src/deep", "src/deep/c.md"}),
            (["src", "!src/deep/c.md"], {"src", "src/b.md", "src/x.py", "src/deep"}),
            (["src", "!**/*.py"], {"src", "src/b.md", "src/deep", "src/deep/c.md"}),
            (["!src/x.py", "src"], {"src", "src/b.md", "src/x.py", "src/deep", "src/deep/c.md"}),
            (["*", "! a.md"], {"src", "src/b.md", "src/x.py", "src/deep", "src/deep/c.md"}),
            (["Dockerfile", ".dockerignore", "*.md"], {"a.md"}),
            (["other/../a.md", "."], {"a.md"}),
            (["?.md", "src/[a-b].md"], {"a.md", "src/b.md"}),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_patterns_leave_out_what_docker_leaves_out(
        self, tmp_path: Path, patterns: list[str], left_out: set[str]
    ) -> None:
        """The last pattern that applies decides, folders take their contents along, the Dockerfile stays."""
        everything = {"src", "src/deep", "Dockerfile", ".dockerignore", "a.md"}
        everything |= {"src/b.md", "src/x.py", "src/deep/c.md"}
        plant(tmp_path, *(everything - {"src", "src/deep"}))

        assert everything - left_out == names(tmp_path, *patterns)

    def test_another_dockerfile_stays_too(self, tmp_path: Path) -> None:
        """It is the file that the build names which cannot be left out."""
        plant(tmp_path, "Dockerfile", "docker/ci.Dockerfile")

        assert "docker/ci.Dockerfile" in names(tmp_path, "*", dockerfile="docker/ci.Dockerfile")

    def test_comments_and_blank_lines_are_no_patterns(self, tmp_path: Path) -> None:
        """Byte order mark, comments, blanks and either line end are taken off."""
        (tmp_path / ".dockerignore").write_bytes(b"\xef\xbb\xbf# all\r\n\r\n  a  \r\n!b\n")

        assert read_ignore_file(str(tmp_path), "Dockerfile") == ["a", "!b"]

    def test_a_dockerfile_s_own_ignore_file_comes_first(self, tmp_path: Path) -> None:
        """`<dockerfile>.dockerignore` takes the place of the one that is for all."""
        plant(tmp_path, ".dockerignore", "docker/x.dockerignore")

        assert read_ignore_file(str(tmp_path), "docker/x") == ["docker/x.dockerignore"]
        assert read_ignore_file(str(tmp_path), "docker/y") == [".dockerignore"]


class TestArchive:
    def test_modes_and_links_are_kept_and_everything_is_root_s(self, tmp_path: Path) -> None:
        """What a build copies has the permissions that it has here, whoever it belongs to here."""
        plant(tmp_path, "run.sh", "folder/file")
        (tmp_path / "run.sh").chmod(0o750)
        (tmp_path / "folder").chmod(0o700)
        (tmp_path / "link").symlink_to("../outside")
        os.chown(tmp_path / "run.sh", os.getuid(), os.getgid())

        with sent(tmp_path) as archive:
            members = {member.name: member for member in archive.getmembers()}

        assert {"run.sh", "folder", "folder/file", "link"} == members.keys()
        assert (0o750, 0o700) == (members["run.sh"].mode, members["folder"].mode)
        assert (True, "../outside") == (members["link"].issym(), members["link"].linkname)
        assert {(0, 0, "", "")} == {(m.uid, m.gid, m.uname, m.gname) for m in members.values()}

    def test_contents_come_through_whatever_names_and_sizes(self, tmp_path: Path) -> None:
        """Long names, names beyond ASCII and UTF-8, empty and large files arrive as they are."""
        contents = {"e": b"", "ü" * 60: b"x", "l" * 200: b"y", "big": os.urandom(300_000)}
        for name, data in contents.items():
            (tmp_path / name).write_bytes(data)
        with open(os.path.join(os.fsencode(tmp_path), b"\xff"), "wb") as file:
            file.write(b"z")

        with sent(tmp_path) as archive:
            found = {m.name: archive.extractfile(m).read() for m in archive.getmembers()}  # type: ignore[union-attr]

        assert {**contents, os.fsdecode(b"\xff"): b"z"} == found

    def test_sockets_and_pipes_are_left_out(self, tmp_path: Path) -> None:
        """What is neither file nor folder nor link neither blocks nor breaks a build."""
        plant(tmp_path, "Dockerfile")
        os.mkfifo(tmp_path / "pipe")
        with socket.socket(socket.AF_UNIX) as sock, sent_after_binding(sock, tmp_path) as archive:
            assert archive.getnames() == ["Dockerfile"]

    def test_hard_links_keep_their_contents(self, tmp_path: Path) -> None:
        """Two names of one file are both there."""
        plant(tmp_path, "a")
        os.link(tmp_path / "a", tmp_path / "b")

        with sent(tmp_path) as archive:
            found = {name: archive.extractfile(name).read() for name in archive.getnames()}  # type: ignore[union-attr]

        assert found == {"a": b"a", "b": b"a"}

    def test_a_file_that_vanishes_meanwhile_is_left_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another program that cleans up next to a build does not break it."""
        plant(tmp_path, "a", "c")
        monkeypatch.setattr(build_context, "context_names", lambda *_: ["a", "b", "c"])

        with sent(tmp_path) as archive:
            assert archive.getnames() == ["a", "c"]

    def test_a_folder_that_vanishes_meanwhile_is_left_out(self, tmp_path: Path) -> None:
        """A folder that goes between its listing and that of its contents is passed over."""
        plant(tmp_path, "a/b", "c")
        found = context_names(str(tmp_path), "Dockerfile", [])
        first = next(found)
        (tmp_path / "a/b").unlink()
        (tmp_path / "a").rmdir()

        assert [first, *found] == ["a", "c"]

    def test_a_file_that_shrinks_meanwhile_is_filled_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A log that is cut off while it is read leaves the rest of the archive intact."""
        plant(tmp_path, "log", "z")
        real = tarfile.TarFile.gettarinfo

        def longer(self: tarfile.TarFile, *args: object, **kwargs: object) -> tarfile.TarInfo:
            info = real(self, *args, **kwargs)  # type: ignore[arg-type]
            info.size = info.size + 1000 if info.name == "log" else info.size
            return info

        monkeypatch.setattr(tarfile.TarFile, "gettarinfo", longer)

        with sent(tmp_path) as archive:
            found = {name: archive.extractfile(name).read() for name in archive.getnames()}  # type: ignore[union-attr]

        assert found == {"log": b"log" + b"\0" * 1000, "z": b"z"}

    def test_a_file_that_cannot_be_read_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A missing permission is an error with the file's name, and no traceback."""
        plant(tmp_path, "secret")

        def refuse(path: str) -> os.stat_result:
            raise PermissionError(13, "Permission denied", path)

        # Root, as which tests may run, is refused no file.
        monkeypatch.setattr("taskrunner.engine.build_context.os.lstat", refuse)

        with pytest.raises(EngineError, match="cannot be read: secret") as caught:
            sent(tmp_path)

        assert caught.value.reference == "engine.build-context"

    def test_a_large_context_is_not_held_in_memory(self, tmp_path: Path) -> None:
        """The archive leaves in pieces while the files are read, none of them larger than 64 KiB."""
        with open(tmp_path / "big", "wb") as file:
            file.truncate(5_000_000)
        sizes: list[int] = []

        send_context(str(tmp_path), "Dockerfile", lambda piece: sizes.append(len(piece)))

        assert sum(sizes) > 5_000_000
        assert max(sizes) <= 1 << 16


def sent_after_binding(sock: socket.socket, root: Path) -> tarfile.TarFile:
    """Return the archive of a folder in which a socket listens."""
    sock.bind(str(root / "socket"))
    assert stat.S_ISSOCK((root / "socket").stat().st_mode)
    return sent(root)
