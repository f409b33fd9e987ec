import pytest

from taskrunner.engine.spec import ContainerSpec, DeviceSpec, HealthSpec, PortSpec, to_json


class TestToJson:
    def test_what_is_left_open_is_left_to_image_and_engine(self) -> None:
        """A bare container overrides neither the image's command nor the engine's settings."""
        body = to_json(ContainerSpec("i"), is_docker=True)

        absent = {"Cmd", "Entrypoint", "WorkingDir", "Hostname", "User", "Healthcheck", "NetworkingConfig"}
        assert not absent & body.keys()
        assert not {"NetworkMode", "Init", "ShmSize"} & body["HostConfig"].keys()

    def test_an_empty_command_is_not_an_open_one(self) -> None:
        """An entrypoint may be emptied on purpose."""
        assert to_json(ContainerSpec("i", entrypoint=()), is_docker=True)["Entrypoint"] == []

    def test_ports_are_exposed_and_published(self) -> None:
        """One container port may be published twice, and protocols are told apart."""
        ports = (PortSpec(80, 8080), PortSpec(81, 8080), PortSpec(53, 53, "udp"))
        body = to_json(ContainerSpec("i", ports=ports), is_docker=True)

        assert body["ExposedPorts"] == {"8080/tcp": {}, "53/udp": {}}
        assert body["HostConfig"]["PortBindings"] == {
            "8080/tcp": [{"HostPort": "80"}, {"HostPort": "81"}],
            "53/udp": [{"HostPort": "53"}],
        }

    def test_aliases_need_a_network(self) -> None:
        """The engine's default network takes no aliases, so without a network none are sent."""
        with_network = to_json(ContainerSpec("i", network="n", aliases=("a", "b")), is_docker=True)
        without = to_json(ContainerSpec("i", aliases=("a",)), is_docker=True)

        assert with_network["NetworkingConfig"] == {"EndpointsConfig": {"n": {"Aliases": ["a", "b"]}}}
        assert "NetworkingConfig" not in without

    @pytest.mark.parametrize("stdin", [True, False])
    def test_input_is_open_once(self, stdin: bool) -> None:
        """The end of our input is the end of the container's."""
        body = to_json(ContainerSpec("i", stdin=stdin), is_docker=True)

        assert [body[key] for key in ("OpenStdin", "StdinOnce", "AttachStdin", "Tty")] == [
            *[stdin] * 3,
            False,
        ]

    @pytest.mark.parametrize(
        ("spec", "is_docker", "expected"),
        [
            (ContainerSpec("i"), True, {"Type": "local", "Config": {}}),
            (ContainerSpec("i"), False, None),
            (
                ContainerSpec("i", log_options={"max-size": "1m"}),
                True,
                {"Type": "json-file", "Config": {"max-size": "1m"}},
            ),
            (
                ContainerSpec("i", log_driver="none", log_options={"a": "b"}),
                False,
                {"Type": "none", "Config": {"a": "b"}},
            ),
        ],
        ids=["docker", "podman", "options only", "as asked"],
    )
    def test_logs_go_where_they_are_read_fastest(
        self, spec: ContainerSpec, is_docker: bool, expected: object
    ) -> None:
        """Only where nothing is asked for do we choose, and only on an engine that has our choice."""
        assert expected == to_json(spec, is_docker=is_docker)["HostConfig"].get("LogConfig")

    def test_a_health_check_says_only_what_differs_from_the_image(self) -> None:
        """Zero and nothing stand for the image's own settings."""
        body = to_json(ContainerSpec("i", health_check=HealthSpec(interval=5, retries=2)), is_docker=True)

        expected = {"Test": [], "Interval": 5, "Timeout": 0, "StartPeriod": 0, "Retries": 2}
        assert body["Healthcheck"] == expected

    def test_devices_are_fully_permitted_unless_told_otherwise(self) -> None:
        """A device without options can be read, written and made."""
        devices = (DeviceSpec("/dev/a", "/dev/b"), DeviceSpec("/dev/c", "/dev/d", "r"))

        found = to_json(ContainerSpec("i", devices=devices), is_docker=True)["HostConfig"]["Devices"]

        assert [(d["PathOnHost"], d["PathInContainer"], d["CgroupPermissions"]) for d in found] == [
            ("/dev/a", "/dev/b", "rwm"),
            ("/dev/c", "/dev/d", "r"),
        ]

    def test_a_terminal_has_its_size_from_the_start(self) -> None:
        """The engine hears of rows and columns with the container itself."""
        body = to_json(ContainerSpec("i", terminal=True, terminal_size=(31, 97)), is_docker=True)

        assert (body["Tty"], body["HostConfig"]["ConsoleSize"]) == (True, [31, 97])
