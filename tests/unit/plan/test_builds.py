"""Builds: what cannot be built is told before the run, and what an earlier task may write is waited for."""

from pathlib import Path

import pytest

from taskrunner.plan.builds import build_problem
from taskrunner.plan.model import BuildSecret, BuildSsh, BuiltImage
from tests.unit.plan.planning import main_container, plan, problems


def image(folder: Path, dockerfile: str = "Dockerfile") -> BuiltImage:
    """Return a build of a folder."""
    return BuiltImage("app", str(folder), dockerfile, {}, None, pull=False, tags=(), after=-1)


class TestProblem:
    def test_none(self, tmp_path: Path) -> None:
        """A folder with its Dockerfile can be built, also through a link that stays inside."""
        (tmp_path / "real").touch()
        (tmp_path / "Dockerfile").symlink_to("real")

        assert build_problem(image(tmp_path)) is None

    def test_the_folder(self, tmp_path: Path) -> None:
        """A folder that is missing or is a file is told as such."""
        (tmp_path / "file").touch()
        found = [build_problem(image(tmp_path / name)) for name in ("gone", "file")]

        assert [f and (f.message.rpartition(str(tmp_path))[2], f.field) for f in found] == [
            ("/gone does not exist.", "where"),
            ("/file is not a folder.", "where"),
        ]

    @pytest.mark.parametrize(
        ("dockerfile", "why"),
        [
            ("gone", "does not exist"),
            ("folder", "is not a file"),
            ("../outside", "is outside the build directory"),
            ("link", "is outside the build directory"),
        ],
    )
    def test_the_dockerfile(self, tmp_path: Path, dockerfile: str, why: str) -> None:
        """A Dockerfile has to be a file below the folder, wherever links lead."""
        context = tmp_path / "context"
        (context / "folder").mkdir(parents=True)
        (tmp_path / "outside").touch()
        (context / "link").symlink_to("../outside")

        found = build_problem(image(context, dockerfile))

        assert found is not None
        assert why in found.message
        assert found.field == "dockerfile_where"

    def test_secrets_and_keys(self, tmp_path: Path) -> None:
        """A file that a secret or an SSH agent names has to be there."""
        (tmp_path / "Dockerfile").touch()
        gone, folder = str(tmp_path / "gone"), str(tmp_path)
        secrets = [(BuildSecret("s", None, path),) for path in (gone, folder)]
        found = [build_problem(image(tmp_path)._replace(secrets=each)) for each in secrets]
        found.append(build_problem(image(tmp_path)._replace(ssh=(BuildSsh("a", (gone,)),))))

        assert [f and (f.message, f.field) for f in found] == [
            (f"The file {gone} of the build secret 's' does not exist.", "secrets_where"),
            (f"The file {folder} of the build secret 's' is not a file.", "secrets_where"),
            (f"The file {gone} of the SSH agent 'a' does not exist.", "ssh_where"),
        ]


class TestAfter:
    CONFIG = """
        containers:
          generator: {{image: generator:1, volumes: [{volume}]}}
          other: {{image: other:1}}
          app: {{build_directory: images/app}}
        tasks:
          generate: {{run: {{container: generator}}}}
          rest: {{run: {{container: other}}}}
          go: {{prerequisites: [generate, rest], run: {{container: app}}}}
        """

    @pytest.mark.parametrize(
        ("volume", "after"),
        [
            ('".:/code"', 0),
            ('"images:/images"', 0),
            ('"images/app:/app"', 0),
            ('"images/app/generated:/out"', 0),
            ('"images/app:/app:z,cached"', 0),
            ('"images/app:/app:ro"', -1),
            ('"images/app:/app:ro,z"', -1),
            ('"images/app2:/app"', -1),
            ('"images/ap:/app"', -1),
            ('"elsewhere:/app"', -1),
            ("{type: cache, name: c, container: /c}", -1),
            ("{type: tmpfs, container: /c}", -1),
        ],
    )
    def test_mounts(self, tmp_path: Path, volume: str, after: int) -> None:
        """A build waits for a task that mounts, for writing, its folder, one above it or one below it."""
        context = tmp_path / "images" / "app"
        context.mkdir(parents=True)
        (context / "Dockerfile").touch()

        built = main_container(plan(tmp_path, self.CONFIG.format(volume=volume))).image

        assert isinstance(built, BuiltImage)
        assert after == built.after

    def test_links(self, tmp_path: Path) -> None:
        """A folder that is mounted by another name is the same folder."""
        context = tmp_path / "images" / "app"
        context.mkdir(parents=True)
        (context / "Dockerfile").touch()
        (tmp_path / "alias").symlink_to("images")

        built = main_container(plan(tmp_path, self.CONFIG.format(volume='"alias:/x"'))).image

        assert isinstance(built, BuiltImage)
        assert built.after == 0

    def test_the_last_writer_counts(self, tmp_path: Path) -> None:
        """Of several tasks that may write, the last one is waited for; a task's own mounts do not count."""
        text = """
            containers:
              writer: {image: w:1, volumes: [".:/code"]}
              app: {build_directory: images/app, volumes: [".:/code"]}
            tasks:
              one: {run: {container: writer}}
              two: {run: {container: writer}}
              first: {run: {container: app}}
              go: {prerequisites: [first, one, two], run: {container: app}}
            """
        (tmp_path / "images" / "app").mkdir(parents=True)
        (tmp_path / "images" / "app" / "Dockerfile").touch()

        made = plan(tmp_path, text)

        images = [task.containers["app"].image for task in made.tasks if task.main == "app"]
        assert [-1, 2] == [each.after for each in images if isinstance(each, BuiltImage)]
        assert len({each.key for each in images}) == 2

    def test_what_will_be_written_may_be_missing(self, tmp_path: Path) -> None:
        """A build directory that an earlier task may make is no mistake; one that nobody makes is."""
        writable = plan(tmp_path, self.CONFIG.format(volume='"images:/images"'))
        (found,) = problems(tmp_path, self.CONFIG.format(volume='"images:/images:ro"'))

        assert len(writable.tasks) == 3
        assert found.reference == "plan.build-impossible"
        assert found.where is not None
        assert found.where.line == 6

    def test_the_dockerfile_has_its_own_place(self, tmp_path: Path) -> None:
        """A wrong Dockerfile is shown where it is named, not where the folder is."""
        (tmp_path / "images").mkdir()
        text = """
            containers:
              app:
                build_directory: images
                dockerfile: Dockerfile.gone
            tasks:
              go: {run: {container: app}}
            """

        (found,) = problems(tmp_path, text)

        assert found.where is not None
        assert (found.where.line, found.where.width) == (6, len("Dockerfile.gone"))
