import hashlib
import json
from pathlib import Path

import pytest

from taskrunner.engine.endpoint import Endpoint, resolve
from taskrunner.errors import EngineError, TaskrunnerError, UserError

USUAL = "unix:///var/run/docker.sock"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a config folder of Docker's with the contexts `alpha` and `secure`; `alpha` is current."""
    add_context(tmp_path, "alpha", "tcp://alpha:1000")
    add_context(tmp_path, "remote", "ssh://me@host")
    folder = add_context(tmp_path, "secure", "tcp://secure:2376")
    (tmp_path / "contexts/tls" / folder.name / "docker").mkdir(parents=True)
    (tmp_path / "config.json").write_text('{"currentContext": "alpha"}')
    return tmp_path


def add_context(config: Path, name: str, host: str) -> Path:
    """Add a context as `docker context create` does."""
    folder = config / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    return folder


class TestPrecedence:
    @pytest.mark.parametrize(
        ("host", "context", "variables", "expected"),
        [
            ("unix:///a", None, {"DOCKER_HOST": "unix:///b", "DOCKER_CONTEXT": "alpha"}, "unix:///a"),
            (None, "alpha", {"DOCKER_HOST": "unix:///b", "DOCKER_CONTEXT": "gone"}, "tcp://alpha:1000"),
            (None, None, {"DOCKER_HOST": "unix:///b", "DOCKER_CONTEXT": "alpha"}, "unix:///b"),
            (None, None, {"DOCKER_CONTEXT": "alpha"}, "tcp://alpha:1000"),
            (None, None, {}, "tcp://alpha:1000"),
            (None, "default", {}, USUAL),
            (None, "default", {"DOCKER_HOST": "unix:///b"}, "unix:///b"),
            (None, None, {"DOCKER_CONTEXT": "default"}, USUAL),
            (None, None, {"DOCKER_HOST": "", "DOCKER_CONTEXT": ""}, "tcp://alpha:1000"),
        ],
    )
    def test_the_most_explicit_setting_wins(
        self, config: Path, host: str | None, context: str | None, variables: dict[str, str], expected: str
    ) -> None:
        """Options come before variables, and variables before Docker's current context."""
        environment = {"DOCKER_CONFIG": str(config), **variables}

        assert expected == resolve(host, context, environment).text

    def test_without_any_setting_it_is_the_usual_socket(self, tmp_path: Path) -> None:
        """A machine without any config of Docker's has its engine at the usual place."""
        assert resolve(None, None, {"HOME": str(tmp_path)}) == Endpoint(
            "unix", "/var/run/docker.sock", "", 0, USUAL
        )

    def test_the_config_is_found_below_the_home_folder(self, config: Path, tmp_path: Path) -> None:
        """Without DOCKER_CONFIG the folder is ~/.docker."""
        home = tmp_path / "home"
        home.mkdir()
        (home / ".docker").symlink_to(config)

        assert resolve(None, None, {"HOME": str(home)}).host == "alpha"


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "host", "port"),
        [
            ("tcp://localhost:2375", "localhost", 2375),
            ("tcp://engine", "engine", 2375),
            ("tcp://engine:99/", "engine", 99),
            ("tcp://[::1]:2000", "::1", 2000),
            ("tcp://[::1]", "::1", 2375),
        ],
    )
    def test_host_and_port_are_read(self, address: str, host: str, port: int) -> None:
        """A port may be left out, and IPv6 addresses stand in brackets."""
        assert Endpoint("tcp", "", host, port, address) == resolve(address, None, {})

    @pytest.mark.parametrize(
        "address", ["/var/run/docker.sock", "unix://", "tcp://:1", "tcp://a:b", "tcp://a:0", "tcp://a:70000"]
    )
    def test_what_is_no_address_is_refused_with_examples(self, address: str) -> None:
        """A misspelt address is told so before anything connects to it."""
        with pytest.raises(UserError) as caught:
            resolve(address, None, {})

        assert caught.value.reference == "engine.bad-address"
        assert "unix:///" in str(caught.value.hint)

    @pytest.mark.parametrize("address", ["ssh://me@host", "npipe:////./pipe/docker_engine", "https://host"])
    def test_unsupported_kinds_are_named(self, address: str) -> None:
        """An address that Docker knows and we do not is no mistake of the person's, and has a way round."""
        with pytest.raises(EngineError, match="not supported yet") as caught:
            resolve(address, None, {})

        assert caught.value.reference == "engine.unsupported-endpoint"
        assert address in caught.value.message

    @pytest.mark.parametrize("variable", ["DOCKER_TLS_VERIFY", "DOCKER_TLS"])
    def test_tls_is_refused_rather_than_left_out(self, variable: str) -> None:
        """An engine that is meant to be reached with TLS is never talked to without."""
        with pytest.raises(EngineError, match=variable):
            resolve(None, None, {"DOCKER_HOST": "tcp://host:2376", variable: "1"})

    def test_tls_variables_do_not_concern_a_socket(self) -> None:
        """Settings for another engine do not get in the way of the local one."""
        assert resolve(None, None, {"DOCKER_HOST": USUAL, "DOCKER_TLS_VERIFY": "1"}).kind == "unix"


class TestContexts:
    def test_an_unknown_context_is_answered_with_those_that_exist(self, config: Path) -> None:
        """A misspelt context costs no search for the right one."""
        with pytest.raises(UserError, match="no Docker context 'beta'") as caught:
            resolve(None, "beta", {"DOCKER_CONFIG": str(config)})

        assert caught.value.hint == "Those that exist: default, alpha, remote, secure."

    @pytest.mark.parametrize("name", ["secure", "remote"])
    def test_a_context_that_cannot_be_reached_yet_is_refused(self, config: Path, name: str) -> None:
        """Contexts with certificates or over ssh are refused before a connection is tried."""
        with pytest.raises(EngineError) as caught:
            resolve(None, name, {"DOCKER_CONFIG": str(config)})

        assert caught.value.reference == "engine.unsupported-endpoint"

    @pytest.mark.parametrize("text", ["{", "[]"])
    def test_a_broken_config_is_an_error_or_none(self, tmp_path: Path, text: str) -> None:
        """A config file that is no JSON is named; one without any settings has none."""
        (tmp_path / "config.json").write_text(text)
        environment = {"DOCKER_CONFIG": str(tmp_path)}
        try:
            found = resolve(None, None, environment).text
        except TaskrunnerError as error:
            found = error.message

        assert (USUAL if text == "[]" else "config.json cannot be read") in found
