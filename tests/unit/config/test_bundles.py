"""Bundles: what a repository cannot do to the person who includes it, and how checkouts come and go."""

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from taskrunner.config.bundles.access import Access, shown
from taskrunner.config.bundles.store import NotFetched, Store
from taskrunner.config.loader import load
from taskrunner.errors import ConfigError, Problem
from tests.support.repositories import Repository
from tests.unit.config.projects import problems, write

MONTH = 31 * 86_400


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """Give an environment whose state folder and git settings are the test's own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TASKRUNNER_HOME": str(tmp_path / "state"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


@pytest.fixture
def access(environment: Mapping[str, str]) -> Access:
    """Give access that may fetch."""
    return Access(environment, fetch=True)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Give a repository with a bundle that says nothing."""
    made = Repository(tmp_path / "bundle").file("batect-bundle.yml", "containers: {}\n")
    made.commit()
    return made


def including(folder: Path, repo: object, **fields: str) -> str:
    """Write a project that includes a bundle's branch `main`, and return its path."""
    named = {"repo": f"'{repo}'", "ref": "main", **fields}
    include = ", ".join(f"{name}: {value}" for name, value in {"type": "git", **named}.items())
    return write(folder / "project", f"include: [{{{include}}}]\n")


def refused(path: str, access: Access) -> Problem:
    """Return the one problem of a project."""
    with pytest.raises(ConfigError) as caught:
        load(path, access)
    [problem] = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("repo", "ref", "reference"),
    [
        ("--upload-pack=touch pwned", "main", "config.bad-repo"),
        ("ext::sh -c touch% pwned", "main", "config.bad-repo"),
        ("fd::17", "main", "config.bad-repo"),
        ("ftp://host/bundle", "main", "config.bad-repo"),
        ("https://host/a\\e[2Jb", "main", "config.bad-repo"),
        ("https://host/bundle", "--upload-pack=touch pwned", "config.bad-ref"),
        ("https://host/bundle", "a b", "config.bad-ref"),
        ("https://host/bundle", "a\\nb", "config.bad-ref"),
    ],
)
def test_options_and_helpers_are_refused(tmp_path: Path, repo: str, ref: str, reference: str) -> None:
    """An address or a ref that git could take for an option or a command is never handed to it."""
    [problem] = problems(tmp_path, f'include: [{{type: git, repo: "{repo}", ref: "{ref}"}}]')

    assert problem.reference == reference
    assert problem.where is not None
    assert problem.hint is not None


def test_helpers_of_redirected_addresses(tmp_path: Path, environment: Mapping[str, str]) -> None:
    """No setting of git's makes it run a helper for a bundle, whatever it replaces the address by."""
    (tmp_path / ".gitconfig").write_text(
        f'[protocol "ext"]\nallow = always\n[url "ext::touch {tmp_path}/pwned;"]\ninsteadOf = https://host/\n'
    )

    problem = refused(including(tmp_path, "https://host/bundle"), Access(environment, fetch=True))

    assert "transport 'ext' not allowed" in problem.message
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("path", "reference"),
    [
        ("../../../secret.yml", "config.bundle-path-escapes"),
        ("/etc/passwd", "config.bundle-path-escapes"),
        ("link.yml", "config.bundle-path-escapes"),
        ("folder/secret.yml", "config.bundle-path-escapes"),
        ("loop.yml", "config.bundle-file-not-found"),
        (".git/config", "config.bundle-file-not-found"),
    ],
)
def test_paths_stay_in_the_repository(
    tmp_path: Path, access: Access, repository: Repository, path: str, reference: str
) -> None:
    """A file outside the repository is not read, whether dots or links lead to it."""
    (tmp_path / "secret.yml").write_text("containers: {}")
    (repository.folder / "link.yml").symlink_to(tmp_path / "secret.yml")
    (repository.folder / "folder").symlink_to(tmp_path)
    (repository.folder / "loop.yml").symlink_to("loop.yml")
    repository.commit()

    problem = refused(including(tmp_path, repository.folder, path=path), access)

    assert problem.reference == reference


@pytest.mark.parametrize("path", ["../project/taskrunner.yml", "/etc/passwd", "link.yml", "../*/*.yml"])
def test_includes_of_a_bundle_stay_in_it(
    tmp_path: Path, access: Access, repository: Repository, path: str
) -> None:
    """A bundle's own includes cannot leave it either."""
    (tmp_path / "secret.yml").write_text("containers: {}")
    (repository.folder / "link.yml").symlink_to(tmp_path / "secret.yml")
    repository.file("batect-bundle.yml", f"include: ['{path}']\n").commit()
    (tmp_path / "project").mkdir()

    with pytest.raises(ConfigError) as caught:
        load(including(tmp_path, repository.folder), access)

    assert {problem.reference for problem in caught.value.problems} <= {
        "config.bundle-path-escapes",
        "config.file-not-found",
    }


def test_hooks_and_submodules_are_left_alone(
    tmp_path: Path, repository: Repository, environment: Mapping[str, str]
) -> None:
    """While a bundle is fetched no hook runs, not even a template's, and no submodule is fetched."""
    hook = f"#!/bin/sh\ntouch {tmp_path}/pwned\n"
    template = tmp_path / "template" / "hooks"
    template.mkdir(parents=True)
    (template / "post-checkout").write_text(hook)
    (template / "post-checkout").chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[init]\ntemplateDir = {template.parent}\n[submodule]\nrecurse = true\n"
    )
    sub = Repository(tmp_path / "sub").file("file.yml", "containers: {}\n")
    sub.commit()
    repository.file("hooks/post-checkout", hook, 0o755)
    repository.git("submodule", "--quiet", "add", str(sub.folder), "sub")
    repository.commit()

    load(including(tmp_path, repository.folder), Access(environment, fetch=True))

    [checkout] = tmp_path.glob("state/bundles/*/*/batect-bundle.yml")
    assert not (tmp_path / "pwned").exists()
    assert list((checkout.parent / "sub").iterdir()) == []
    assert not (checkout.parent / ".git").exists()


def test_a_link_cannot_redirect_the_checkout(tmp_path: Path, repository: Repository, access: Access) -> None:
    """A tree in which a folder is a link as well cannot make git write through the link."""
    target = tmp_path / "target"
    target.mkdir()
    blob = repository.git("hash-object", "-w", "batect-bundle.yml")
    (tmp_path / "name").write_text(str(target))
    link = repository.git("hash-object", "-w", str(tmp_path / "name"))
    inner = _tree(repository, f"100644 blob {blob}\tevil.yml\n")
    outer = _tree(repository, f"120000 blob {link}\tout\n040000 tree {inner}\tout\n")
    commit = repository.git("commit-tree", outer, "-m", "evil")
    repository.git("branch", "evil", commit)

    with pytest.raises(ConfigError):
        load(including(tmp_path, repository.folder, ref="evil"), access)

    assert list(target.iterdir()) == []


def _tree(repository: Repository, entries: str) -> str:
    command = ["git", "mktree", "--missing"]
    return subprocess.run(
        command, cwd=repository.folder, input=entries, capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def test_bundles_without_end(tmp_path: Path, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles that include ever more bundles come to an end."""
    from taskrunner.config import sources

    monkeypatch.setattr(sources, "_MOST_BUNDLES", 3)
    repository = Repository(tmp_path / "bundle")
    for number in range(6):
        text = (
            f"include: [{{type: git, repo: {repository.folder}, ref: r{number - 1}}}]\n" if number else "{}"
        )
        repository.file("batect-bundle.yml", text).commit(tag=f"r{number}")

    assert refused(including(tmp_path, repository.folder, ref="r5"), access).reference == (
        "config.too-many-bundles"
    )


def test_a_commit_that_is_another_one_is_seen(tmp_path: Path, repository: Repository, access: Access) -> None:
    """A damaged or foreign note of the current commit is not believed: the bundle is fetched again."""
    path = including(tmp_path, repository.folder)
    load(path, access)
    [note] = tmp_path.glob("state/bundles/*/current")

    for text in ("", "{", "[]", '{"commit": "../../../../etc"}', '{"commit": 7}', "\xff"):
        note.write_text(text)
        load(path, access)
        assert "commit" in note.read_text()


def test_fetching_has_to_be_permitted(tmp_path: Path, repository: Repository, access: Access) -> None:
    """Without permission, a bundle that is not there is a problem, and one that is there is used."""
    path = including(tmp_path, repository.folder)
    closed = access._replace(fetch=False)

    assert refused(path, closed).reference == "config.bundle-not-fetched"
    load(path, access)
    load(path, closed)


@pytest.fixture
def store(access: Access, repository: Repository) -> Store:
    """Give a store that has the branch `main`."""
    made = Store(access)
    made.get(str(repository.folder), "main")
    return made


def test_unused_bundles_are_removed(
    tmp_path: Path, store: Store, access: Access, repository: Repository
) -> None:
    """What nobody used for 30 days goes, with its lock; what was used stays, and clones of the dead go."""
    repository.git("branch", "kept")
    repo = str(repository.folder)
    kept, old = store.get(repo, "kept").folder, store.get(repo, "main").folder
    abandoned = Path(kept).parent / "new-dead"
    abandoned.mkdir()
    past = time.time() - MONTH
    os.utime(old, (past, past))
    os.utime(tmp_path / "state" / "bundles" / "swept", (past, past))

    assert store.get(repo, "kept").folder == kept
    assert not os.path.exists(os.path.dirname(old))
    assert not abandoned.exists()
    assert len(list(tmp_path.glob("state/bundles/*.lock"))) == 1
    with pytest.raises(NotFetched):
        Store(access._replace(fetch=False)).get(repo, "main")


def test_use_counts(store: Store, repository: Repository) -> None:
    """A bundle that is used is as good as new, however long ago it was fetched."""
    folder = store.get(str(repository.folder), "main").folder
    os.utime(folder, (0, 0))

    store.get(str(repository.folder), "main")
    store.sweep()

    assert os.path.isdir(folder)


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, environment: Mapping[str, str], repository: Repository
) -> None:
    """Where nothing can be kept, the error names the folder and the variable that moves it."""
    (tmp_path / "file").write_text("")
    elsewhere = {**environment, "TASKRUNNER_HOME": str(tmp_path / "file" / "state")}

    problem = refused(including(tmp_path, repository.folder), Access(elsewhere, fetch=True))

    assert problem.reference == "config.bundle-store-unusable"
    assert "TASKRUNNER_HOME" in str(problem.hint)


def test_what_others_may_have_put_there_is_not_believed(
    tmp_path: Path, environment: Mapping[str, str], repository: Repository
) -> None:
    """A checkout in a folder that anybody may write to could be anybody's."""
    path = including(tmp_path, repository.folder)
    load(path, Access(environment, fetch=True))
    (tmp_path / "state" / "bundles").chmod(0o777)

    problem = refused(path, Access(environment))

    assert problem.reference == "config.bundle-store-unusable"
    assert "other users may write to it" in problem.message


@pytest.mark.parametrize(
    ("repo", "expected"),
    [
        ("https://sam:secret@host/a.git", "https://***@host/a.git"),
        ("https://token@host:80/a", "https://***@host:80/a"),
        ("ssh://git@host/a", "ssh://git@host/a"),
        ("ssh://git:secret@host/a", "ssh://***@host/a"),
        ("git@host:a/b.git", "git@host:a/b.git"),
        ("/local/a@b", "/local/a@b"),
    ],
)
def test_passwords_are_not_shown(repo: str, expected: str) -> None:
    """An address is shown without what may be a password."""
    assert shown(repo) == expected
