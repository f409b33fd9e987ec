"""What config files said is kept: it is used while it is true, and anything wrong with it is harmless."""

import os
import random
import shutil
from pathlib import Path

import pytest

from taskrunner.config import parse_cache
from taskrunner.config.bundles.access import Access
from taskrunner.config.loader import load
from tests.support.repositories import Repository

CONFIGS = Path(__file__).parents[2] / "data" / "configs"
LONG_AGO = 1_700_000_000


@pytest.fixture(autouse=True)
def files_of_any_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what files say, however new they are: nothing can make a file's ctime older."""
    monkeypatch.setattr(parse_cache, "_AGE", -60.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder in which projects are kept."""
    made = tmp_path / "parsed"
    made.mkdir()
    return made


@pytest.fixture
def config(tmp_path: Path) -> str:
    """Give the path of a config with includes."""
    shutil.copytree(CONFIGS, tmp_path / "project")
    return str(tmp_path / "project" / "includes.yml")


def keep(config: str, folder: Path) -> Path:
    """Keep what a config says, and return the file that it is kept in."""
    parse_cache.keep(load(config), lambda: str(folder))
    (kept,) = folder.iterdir()
    return kept


@pytest.mark.parametrize("name", sorted(path.name for path in CONFIGS.glob("*.yml")))
def test_it_is_the_same_project(folder: Path, name: str) -> None:
    """What is kept equals what is read, in every value and every class."""
    project = load(str(CONFIGS / name))

    parse_cache.keep(project, lambda: str(folder))

    found = parse_cache.find(project.file, str(folder))
    assert project == found
    assert repr(project) == repr(found)


def test_a_relative_path_finds_it(config: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A config is the same however its path is written."""
    keep(config, folder)
    monkeypatch.chdir(os.path.dirname(config))

    assert parse_cache.find("includes.yml", str(folder)) is not None


class TestChanges:
    def test_every_file_counts(self, config: str, folder: Path) -> None:
        """A change to the config or to anything that it includes, also one of the same length, is seen."""
        for path in load(config).files:
            keep(config, folder)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("a", "b", 1))
            os.utime(path, (LONG_AGO, LONG_AGO))

            assert parse_cache.find(config, str(folder)) is None, path

            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def test_a_file_that_is_gone(self, config: str, folder: Path) -> None:
        """A config that was removed is not there, whatever is kept."""
        keep(config, folder)
        os.remove(config)

        assert parse_cache.find(config, str(folder)) is None

    def test_a_file_that_took_its_place(self, config: str, folder: Path) -> None:
        """Another file of the same size and time is another file."""
        keep(config, folder)
        shutil.copy2(config, f"{config}.new")
        os.replace(f"{config}.new", config)

        assert parse_cache.find(config, str(folder)) is None

    def test_another_release(self, config: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another release reads for itself."""
        keep(config, folder)
        monkeypatch.setattr(parse_cache, "VERSION", "0.0.0")

        assert parse_cache.find(config, str(folder)) is None

    def test_a_file_that_may_still_change(
        self, config: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that was written a moment ago may change again without a later time: nothing is kept."""
        monkeypatch.setattr(parse_cache, "_AGE", 600.0)

        parse_cache.keep(load(config), lambda: str(folder))

        assert [] == list(folder.iterdir())


class TestDamage:
    def test_every_truncation(self, config: str, folder: Path) -> None:
        """A file that ends early is not there."""
        kept = keep(config, folder)
        data = kept.read_bytes()

        for length in (*range(40), *range(40, len(data), 97)):
            kept.write_bytes(data[:length])
            assert parse_cache.find(config, str(folder)) is None

    def test_any_byte(self, config: str, folder: Path) -> None:
        """A file with a wrong byte is not there."""
        kept = keep(config, folder)
        data = kept.read_bytes()
        chance = random.Random(7)

        for place in chance.sample(range(len(data)), 300):
            kept.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
            assert parse_cache.find(config, str(folder)) is None

    @pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
    def test_others_could_have_written_it(self, config: str, folder: Path, mode: int) -> None:
        """A file that others may write is not believed."""
        keep(config, folder).chmod(mode)

        assert parse_cache.find(config, str(folder)) is None

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
    def test_another_owner(self, config: str, folder: Path) -> None:
        """A file of another user's is not believed."""
        os.chown(keep(config, folder), 65534, 65534)

        assert parse_cache.find(config, str(folder)) is None

    def test_a_link(self, config: str, folder: Path) -> None:
        """A link in its place is not followed."""
        kept = keep(config, folder)
        kept.rename(f"{kept}.elsewhere")
        kept.symlink_to(f"{kept}.elsewhere")

        assert parse_cache.find(config, str(folder)) is None

    def test_another_configs(self, config: str, folder: Path) -> None:
        """What was kept of another config, under the same number, is not taken for this one's."""
        kept = keep(config, folder)
        other = os.path.join(os.path.dirname(config), "diamond.yml")
        shutil.copy2(kept, parse_cache._place(other, str(folder)))

        assert parse_cache.find(other, str(folder)) is None


class TestKeeping:
    def test_only_its_owner_reads_it(self, config: str, folder: Path) -> None:
        """A config may hold what is nobody else's business."""
        assert keep(config, folder).stat().st_mode & 0o777 == 0o600

    def test_no_room(self, config: str, tmp_path: Path) -> None:
        """Where nothing can be written, nothing is kept and nothing fails."""
        parse_cache.keep(load(config), lambda: str(tmp_path / "no" / "such" / "folder"))

        assert not (tmp_path / "no").exists()

    def test_the_oldest_go(self, config: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only so many projects are kept."""
        monkeypatch.setattr(parse_cache, "_MOST", 3)
        for number in range(5):
            old = folder / f"old-{number}"
            old.touch()
            os.utime(old, (number, number))

        parse_cache.keep(load(config), lambda: str(folder))

        names = {path.name for path in folder.iterdir()}
        assert {"old-3", "old-4"} < names
        assert len(names) == 3


def test_a_new_file_for_a_pattern_is_seen(tmp_path: Path, folder: Path) -> None:
    """A file that an include's pattern matches from now on is a change, though no file changed."""
    project = tmp_path / "shop"
    for name in ("one", "two"):
        (project / name).mkdir(parents=True)
    (project / "one" / "tasks.yml").write_text("containers: {}")
    config = project / "taskrunner.yml"
    config.write_text("include: ['*/tasks.yml']")
    keep(str(config), folder)
    assert parse_cache.find(str(config), str(folder)) is not None

    (project / "two" / "tasks.yml").write_text("containers: {}")

    assert parse_cache.find(str(config), str(folder)) is None


def test_bundles_are_followed_and_touched(tmp_path: Path, folder: Path) -> None:
    """A bundle that was fetched again is a change; until then its files stay fresh, as if they were read."""
    repository = Repository(tmp_path / "bundle").file("batect-bundle.yml", "containers: {}\n")
    repository.commit()
    config = tmp_path / "shop.yml"
    config.write_text(f"project_name: shop\ninclude: [{{type: git, repo: '{repository.folder}', ref: main}}]")
    access = Access({**os.environ, "TASKRUNNER_HOME": str(tmp_path / "state")}, fetch=True)
    project = load(str(config), access)
    parse_cache.keep(project, lambda: str(folder))
    (bundle,) = project.bundles
    os.utime(bundle, (LONG_AGO, LONG_AGO))

    assert parse_cache.find(str(config), str(folder)) == project
    assert os.stat(bundle).st_mtime > LONG_AGO
    load(str(config), access._replace(refresh=True))
    assert parse_cache.find(str(config), str(folder)) is None
