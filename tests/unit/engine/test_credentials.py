import base64
import json
from pathlib import Path
from typing import Any

import pytest

from taskrunner.engine.credentials import build_header, pull_header
from taskrunner.errors import EngineError

HELPER = """#!/bin/sh
# Docker's protocol for credential helpers: a registry on stdin, JSON on stdout.
case "$1" in
  list) echo '{"helped.example": "helper"}' ;;
  get) read -r registry; printf '{"Username": "helper", "Secret": "for %s"}' "$registry" ;;
esac
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a config folder of Docker's, with the helpers `fake` and `broken` on the PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("fake", HELPER), ("broken", "#!/bin/sh\nexit 1\n")):
        (programs / f"docker-credential-{name}").write_text(script)
        (programs / f"docker-credential-{name}").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return tmp_path


def write(config: Path, **sections: object) -> str:
    """Write a config file and return its folder."""
    (config / "config.json").write_text(json.dumps(sections))
    return str(config)


def login(text: str) -> dict[str, str]:
    """Return what `docker login` stores."""
    return {"auth": base64.b64encode(text.encode()).decode()}


def decoded(header: str) -> Any:
    """Return what a header says."""
    return json.loads(base64.urlsafe_b64decode(header))


class TestPull:
    def test_without_credentials_there_is_no_header(self, config: Path) -> None:
        """Neither a missing config nor one about other things makes a header."""
        assert pull_header(str(config / "nowhere"), "a/b") == {}
        assert pull_header(write(config, currentContext="x", auths={}), "a/b") == {}

    @pytest.mark.parametrize(
        ("name", "password"),
        [
            ("localhost:5000/a", "pé?>"),
            ("alpine", "hub"),
            ("library/alpine", "hub"),
            ("other.example/a", None),
        ],
    )
    def test_the_registry_s_own_credentials_are_sent(
        self, config: Path, name: str, password: str | None
    ) -> None:
        """Each registry gets what was stored for it, and any other gets nothing."""
        auths = {"localhost:5000": login("me:pé?>"), "https://index.docker.io/v1/": login("me:hub")}

        header = pull_header(write(config, auths=auths), name).get("X-Registry-Auth")

        assert password == (decoded(header)["password"] if header else None)

    @pytest.mark.parametrize(
        "sections", [{"credsStore": "fake"}, {"credHelpers": {"helped.example": "fake"}}], ids=str
    )
    def test_helpers_are_asked(self, config: Path, sections: dict[str, object]) -> None:
        """Credentials that are kept in a store come from its helper."""
        header = pull_header(write(config, **sections), "helped.example/a")["X-Registry-Auth"]

        assert decoded(header) == {
            "ServerAddress": "helped.example",
            "Username": "helper",
            "Password": "for helped.example",
        }

    @pytest.mark.parametrize("store", ["absent", "broken"])
    def test_a_helper_that_is_of_no_use_is_passed_over(self, config: Path, store: str) -> None:
        """A public image can be pulled though the config names a store that this machine lacks."""
        assert pull_header(write(config, credsStore=store), "helped.example/a") == {}

    @pytest.mark.parametrize(
        "text",
        ["{", '{"auths": {"r": {"auth": "!"}}}', '{"auths": {"r": {"auth": 5}}}', '{"auths": {"r": 1}}'],
    )
    def test_a_broken_config_is_named(self, config: Path, text: str) -> None:
        """Credentials that cannot be read are an error with the file's path, and no traceback."""
        (config / "config.json").write_text(text)

        with pytest.raises(EngineError, match=r"config\.json") as caught:
            pull_header(str(config), "r/a")

        assert caught.value.reference == "engine.docker-config"


class TestBuild:
    def test_all_credentials_are_sent(self, config: Path) -> None:
        """A build may pull from any registry, so it gets what is stored for each."""
        folder = write(
            config, auths={"one.example": login("a:b"), "two.example": {}}, credHelpers={"h.example": "fake"}
        )

        found = decoded(build_header(folder)["X-Registry-Config"])

        assert {"one.example", "h.example"} == found.keys()
        assert ("b", "helper") == (found["one.example"]["password"], found["h.example"]["Username"])

    @pytest.mark.parametrize("store", ["absent", "broken"])
    def test_a_store_that_fails_leaves_the_rest(self, config: Path, store: str) -> None:
        """What stands in the config itself is sent, though its store cannot be asked."""
        folder = write(config, auths={"one.example": login("a:b")}, credsStore=store)

        assert decoded(build_header(folder)["X-Registry-Config"])["one.example"]["username"] == "a"

    def test_without_credentials_there_is_no_header(self, config: Path) -> None:
        """Most builds send none, and do not pay for reading them."""
        assert build_header(str(config)) == {}
