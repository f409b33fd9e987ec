import contextlib
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskrunner.engine import places
from taskrunner.engine.endpoint import DEFAULT_ADDRESS, Endpoint, Tls, TlsOptions, resolve
from taskrunner.engine.places import find_socket
from taskrunner.errors import EngineError, TaskrunnerError, UserError

USUAL = "unix:///var/run/docker.sock"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give a config folder of Docker's with the contexts `alpha` and `secure`; `alpha` is current."""
    add_context(tmp_path, "alpha", "tcp://alpha:1000")
    add_context(tmp_path, "remote", "ssh://me@host")
    folder = add_context(tmp_path, "secure", "tcp://secure:2376")
    files = tmp_path / "contexts/tls" / folder.name / "docker"
    files.mkdir(parents=True)
    (files / "ca.pem").touch()
    (tmp_path / "config.json").write_text('{"currentContext": "alpha"}')
    return tmp_path


def add_context(config: Path, name: str, host: str, *, skip: bool = False) -> Path:
    """Add a context as `docker context create` does."""
    folder = config / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(
        json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": skip}}})
    )
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

    @pytest.mark.parametrize("address", ["npipe:////./pipe/docker_engine", "https://host", "fd://3"])
    def test_unsupported_kinds_are_named(self, address: str) -> None:
        """An address that Docker knows and we do not is no mistake of the person's, and has a way round."""
        with pytest.raises(EngineError, match="not supported") as caught:
            resolve(address, None, {})

        assert caught.value.reference == "engine.unsupported-endpoint"
        assert address in caught.value.message

    @pytest.mark.parametrize(
        ("address", "user", "host", "port", "path"),
        [
            ("ssh://host", "", "host", 0, ""),
            ("ssh://me@host", "me", "host", 0, ""),
            ("ssh://me@host:2222/", "me", "host", 2222, ""),
            ("ssh://a@b@[::1]:22", "a@b", "::1", 22, ""),
            ("ssh://me@host/run/user/1/docker.sock", "me", "host", 0, "/run/user/1/docker.sock"),
        ],
    )
    def test_ssh_addresses_name_user_host_port_and_socket(
        self, address: str, user: str, host: str, port: int, path: str
    ) -> None:
        """What is left out is left to ssh and to the other machine."""
        assert Endpoint("ssh", path, host, port, address, user) == resolve(address, None, {})

    def test_a_password_in_an_address_is_refused_and_not_repeated(self) -> None:
        """Whoever reads the log of a CI system does not learn it from us."""
        with pytest.raises(UserError, match="password") as caught:
            resolve("ssh://me:secret@host", None, {})

        assert "secret" not in f"{caught.value.message} {caught.value.hint}"

    def test_tls_variables_do_not_concern_a_socket(self) -> None:
        """Settings for another engine do not get in the way of the local one."""
        assert resolve(None, None, {"DOCKER_HOST": USUAL, "DOCKER_TLS_VERIFY": "1"}).kind == "unix"


class TestContexts:
    def test_an_unknown_context_is_answered_with_those_that_exist(self, config: Path) -> None:
        """A misspelt context costs no search for the right one."""
        with pytest.raises(UserError, match="no Docker context 'beta'") as caught:
            resolve(None, "beta", {"DOCKER_CONFIG": str(config)})

        assert caught.value.hint == "Those that exist: default, alpha, remote, secure."

    def test_a_context_brings_its_certificates(self, config: Path) -> None:
        """What the context's folder has is used, and nothing else is; it is known by its name, too."""
        endpoint = resolve(None, "secure", {"DOCKER_CONFIG": str(config), "DOCKER_CERT_PATH": "/other"})
        folder = next((config / "contexts/tls").iterdir()) / "docker"

        assert Tls(verify=True, ca=str(folder / "ca.pem")) == endpoint.tls
        assert ("secure", "secure", 2376) == (endpoint.context, endpoint.host, endpoint.port)

    def test_a_context_may_do_without_a_check(self, config: Path) -> None:
        """`docker context create --docker skip-tls-verify=true` is obeyed."""
        add_context(config, "lax", "tcp://lax", skip=True)

        assert Tls(verify=False) == resolve(None, "lax", {"DOCKER_CONFIG": str(config)}).tls

    def test_a_context_over_ssh(self, config: Path) -> None:
        """A context may lead to another machine."""
        assert "ssh" == resolve(None, "remote", {"DOCKER_CONFIG": str(config)}).kind

    def test_options_for_tls_do_not_change_a_context(self, config: Path) -> None:
        """Options that would have no effect are told of, not passed over."""
        with pytest.raises(UserError) as caught:
            resolve(None, None, {"DOCKER_CONFIG": str(config)}, TlsOptions(verify=True))

        assert "engine.tls-and-context" == caught.value.reference

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


class TestTls:
    @pytest.fixture
    def certificates(self, tmp_path: Path) -> Path:
        """Give a folder with all three files."""
        for name in ("ca.pem", "cert.pem", "key.pem"):
            (tmp_path / name).touch()
        return tmp_path

    def tls(self, options: TlsOptions = TlsOptions(), **variables: str) -> Tls | None:  # noqa: B008
        """Return how an engine on the network is talked to."""
        return resolve("tcp://host", None, {"HOME": "/nonexistent", **variables}, options).tls

    def test_nothing_asks_for_it(self, certificates: Path) -> None:
        """Certificates alone switch nothing on, as for Docker's own client."""
        assert self.tls(DOCKER_CERT_PATH=str(certificates)) is None

    @pytest.mark.parametrize(
        ("options", "variables", "verify"),
        [
            (TlsOptions(on=True), {}, False),
            (TlsOptions(verify=True), {}, True),
            (TlsOptions(), {"DOCKER_TLS": "1"}, False),
            (TlsOptions(), {"DOCKER_TLS_VERIFY": "0"}, True),
            (TlsOptions(on=True), {"DOCKER_TLS_VERIFY": "1"}, True),
        ],
    )
    def test_options_and_variables_ask_for_it(
        self, options: TlsOptions, variables: dict[str, str], verify: bool
    ) -> None:
        """The check wins over doing without; any value of a variable counts."""
        assert Tls(verify) == self.tls(options, **variables)

    def test_the_usual_port_is_another_one(self) -> None:
        """An address without a port means 2376."""
        assert 2376 == resolve("tcp://host", None, {}, TlsOptions(on=True)).port

    def test_files_are_found_in_the_folder_that_is_named_first(self, certificates: Path) -> None:
        """Option, variable, Docker's config folder; and a file that is named wins over its folder."""
        folder = str(certificates)
        found = Tls(True, f"{folder}/ca.pem", f"{folder}/cert.pem", f"{folder}/key.pem")

        assert found == self.tls(TlsOptions(verify=True, folder=folder), DOCKER_CONFIG="/nonexistent")
        assert found == self.tls(TlsOptions(verify=True), DOCKER_CERT_PATH=folder)
        assert found == self.tls(TlsOptions(verify=True), DOCKER_CONFIG=folder)
        named = TlsOptions(verify=True, ca="/ca", certificate="/cert", key="/key", folder=folder)
        assert Tls(True, "/ca", "/cert", "/key") == self.tls(named)

    def test_a_folder_that_is_named_must_exist(self) -> None:
        """A typing error does not mean to go without certificates."""
        with pytest.raises(UserError) as caught:
            self.tls(TlsOptions(verify=True, folder="/nonexistent/folder"))

        assert "engine.tls-files" == caught.value.reference


@pytest.mark.skipif(not os.path.exists("/var/run/docker.sock"), reason="the usual socket would win")
def test_the_usual_socket_wins(tmp_path: Path) -> None:
    """Where an engine is at its usual place, no other is looked for."""
    with listening(tmp_path / "docker.sock"):
        assert DEFAULT_ADDRESS == resolve(None, None, {"XDG_RUNTIME_DIR": str(tmp_path)}).text


class TestPlaces:
    @pytest.mark.parametrize(
        "place",
        [
            "run/docker.sock",
            "home/.docker/run/docker.sock",
            "home/.docker/desktop/docker.sock",
            "home/.colima/default/docker.sock",
            "home/.config/colima/default/docker.sock",
            "home/.rd/docker.sock",
            "home/.orbstack/run/docker.sock",
            "run/podman/podman.sock",
        ],
    )
    def test_engines_are_found_where_they_lie(self, short_path: Path, place: str) -> None:
        """Rootless Docker, Desktop, Colima, Rancher Desktop, OrbStack and Podman need no setting."""
        with listening(short_path / place):
            assert str(short_path / place) == find_socket(environment_below(short_path))

    def test_a_socket_that_nobody_listens_on_is_passed_over(self, short_path: Path) -> None:
        """A virtual machine that was stopped leaves its socket behind."""
        with listening(short_path / "run/docker.sock"):
            pass

        with listening(short_path / "home/.rd/docker.sock"):
            assert str(short_path / "home/.rd/docker.sock") == find_socket(environment_below(short_path))

    def test_where_there_is_none_the_usual_address_is_complained_of(
        self, short_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The error names the place that people know."""
        monkeypatch.setattr(os.path, "exists", lambda _path: False)
        monkeypatch.setattr(places, "find_socket", lambda _environment: None)

        assert DEFAULT_ADDRESS == resolve(None, None, environment_below(short_path)).text

    def test_what_is_chosen_is_not_looked_for(
        self, short_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The context `default`, chosen by name, is the usual socket and no other."""
        monkeypatch.setattr(os.path, "exists", lambda _path: False)

        with listening(short_path / "run/docker.sock"):
            environment = environment_below(short_path)
            assert f"unix://{short_path}/run/docker.sock" == resolve(None, None, environment).text
            assert DEFAULT_ADDRESS == resolve(None, "default", environment).text


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Give a folder in which paths of sockets are short enough."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@contextlib.contextmanager
def listening(path: Path) -> Iterator[None]:
    """Listen on a socket, which stays behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield


def environment_below(folder: Path) -> dict[str, str]:
    """Return the environment of a person whose folders are all below one."""
    return {"HOME": str(folder / "home"), "XDG_RUNTIME_DIR": str(folder / "run")}
