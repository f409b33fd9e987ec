"""What the engine made of our requests, as docker-py sees it."""

import io
import time
from typing import TYPE_CHECKING

import pytest

from taskrunner.engine import containers, images, networks, volumes
from taskrunner.engine.client import Client
from taskrunner.engine.endpoint import Endpoint
from taskrunner.engine.errors import ApiError
from taskrunner.engine.images import Image
from taskrunner.engine.spec import DeviceSpec, HealthSpec, PortSpec

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.engine.conftest import Box

pytestmark = pytest.mark.engine


class TestContainers:
    def test_what_docker_py_sees_is_what_was_asked_for(
        self, box: "Box", engine: "DockerClient", tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Every setting of a container arrives at the engine with its meaning."""
        source = tmp_path_factory.mktemp("source")
        network = networks.create(box.client, f"taskrunner-test-{box.tag}", box.labels)
        container_id = box.create(
            "arg",
            entrypoint=("echo", "-n"),
            environment={"A": "1", "B": "x=y"},
            working_directory="/tmp",
            binds=(f"{source}:/source:ro",),
            tmpfs={"/scratch": "size=1m"},
            devices=(DeviceSpec("/dev/null", "/dev/nothing", "r"),),
            ports=(PortSpec(0, 8080), PortSpec(0, 53, "udp")),
            network=network,
            aliases=("first", "second"),
            hostname="host-name",
            privileged=True,
            init=True,
            cap_add={"NET_ADMIN", "CHOWN"},
            cap_drop={"KILL"},
            extra_hosts={"other": "10.1.2.3"},
            log_driver="json-file",
            log_options={"max-size": "1m"},
            shm_size=2 << 20,
            health_check=HealthSpec(("CMD-SHELL", "true"), 10**9, 2 * 10**9, 3 * 10**9, 4),
            stdin=True,
            user="1000:1001",
        )

        seen = engine.api.inspect_container(container_id)
        config, host = seen["Config"], seen["HostConfig"]

        assert (config["Entrypoint"], config["Cmd"]) == (["echo", "-n"], ["arg"])
        assert {"A=1", "B=x=y"} <= set(config["Env"])
        assert (config["WorkingDir"], config["Hostname"], config["User"]) == (
            "/tmp",
            "host-name",
            "1000:1001",
        )
        assert (config["OpenStdin"], config["StdinOnce"], config["Tty"]) == (True, True, False)
        assert config["Labels"] == box.labels
        assert config["Healthcheck"] == {
            "Test": ["CMD-SHELL", "true"],
            "Interval": 10**9,
            "Timeout": 2 * 10**9,
            "StartPeriod": 3 * 10**9,
            "Retries": 4,
        }
        assert host["Binds"] == [f"{source}:/source:ro"]
        assert host["Tmpfs"] == {"/scratch": "size=1m"}
        assert host["Devices"] == [
            {"PathOnHost": "/dev/null", "PathInContainer": "/dev/nothing", "CgroupPermissions": "r"}
        ]
        assert set(host["PortBindings"]) == {"8080/tcp", "53/udp"} == set(config["ExposedPorts"])
        assert (host["Privileged"], host["Init"], host["ShmSize"]) == (True, True, 2 << 20)
        assert (host["CapAdd"], host["CapDrop"]) == (["CHOWN", "NET_ADMIN"], ["KILL"])
        assert host["ExtraHosts"] == ["other:10.1.2.3"]
        assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "1m"}}
        assert host["NetworkMode"] == network
        (endpoint,) = seen["NetworkSettings"]["Networks"].values()
        assert {"first", "second"} <= set(endpoint["Aliases"])

    def test_a_bare_container_is_the_image_s(self, box: "Box", engine: "DockerClient") -> None:
        """Nothing that was left open is overridden, but the log driver."""
        container_id = box.create(network=None)

        seen = engine.api.inspect_container(container_id)
        image = engine.images.get(box.image).attrs

        assert seen["Config"]["Cmd"] == image["Config"]["Cmd"]
        assert seen["HostConfig"].get("Init") is None
        # From API 1.44 on, the usual network is called by its name.
        assert seen["HostConfig"]["NetworkMode"] in ("default", "bridge")
        assert seen["HostConfig"]["LogConfig"]["Type"] == "local"
        state = containers.inspect(box.client, container_id)
        assert (state.status, state.running, state.pid) == ("created", False, 0)
        assert (seen["State"]["Status"], seen["State"]["ExitCode"]) == (state.status, state.exit_code)


class TestNetworks:
    def test_a_network_is_made_found_and_removed(self, box: "Box", engine: "DockerClient") -> None:
        """docker-py sees the bridge network and its labels, and sees it no more after its removal."""
        name = f"taskrunner-test-{box.tag}"
        network_id = networks.create(box.client, name, box.labels)

        seen = engine.networks.get(network_id).attrs
        found = networks.inspect(box.client, name)

        assert (seen["Driver"], seen["Labels"]) == ("bridge", box.labels)
        assert found is not None
        assert (network_id, name, box.labels) == found[:3]
        assert abs(found.created - time.time()) < 60
        assert [found] == networks.find(box.client, box.labels)
        for _ in range(2):
            networks.remove(box.client, network_id)
        assert networks.inspect(box.client, network_id) is None
        assert [] == engine.networks.list(names=[name])

    def test_a_network_in_use_is_not_removed(self, box: "Box") -> None:
        """The engine's reason comes through, after a moment in which it might have become free."""
        network_id = networks.create(box.client, f"taskrunner-test-{box.tag}", box.labels)
        box.start("sleep", "100", network=network_id)

        with pytest.raises(ApiError, match="active endpoints"):
            networks.remove(box.client, network_id)


class TestVolumes:
    def test_a_volume_is_made_once_found_and_removed(self, box: "Box", engine: "DockerClient") -> None:
        """A volume that exists keeps its labels, prefixes begin where names do, and all can go."""
        name = f"taskrunner-test-{box.tag}-a"
        volumes.ensure(box.client, name, box.labels)
        volumes.ensure(box.client, name, {"other": "label"})

        assert engine.volumes.get(name).attrs["Labels"] == box.labels
        assert [name] == volumes.find(box.client, f"taskrunner-test-{box.tag}-")
        assert [] == volumes.find(box.client, f"test-{box.tag}-")
        for _ in range(2):
            volumes.remove(box.client, name)
        assert [] == volumes.find(box.client, name)

    def test_a_volume_in_use_is_not_removed(self, box: "Box") -> None:
        """The engine's reason comes through."""
        name = f"taskrunner-test-{box.tag}-b"
        volumes.ensure(box.client, name, box.labels)
        container_id = box.create("true", binds=(f"{name}:/x",))

        with pytest.raises(ApiError, match="in use"):
            volumes.remove(box.client, name)

        containers.remove(box.client, container_id)
        volumes.remove(box.client, name)


class TestImages:
    def test_an_image_is_known_by_id_and_reference(self, box: "Box", engine: "DockerClient") -> None:
        """Id and reference lead to the same image, and an unknown one to none."""
        by_reference = images.inspect(box.client, box.image)

        assert by_reference is not None
        assert by_reference == images.inspect(box.client, by_reference.id)
        assert by_reference.id == engine.images.get(box.image).id
        assert images.inspect(box.client, "taskrunner-test/missing:1") is None

    def test_what_a_health_check_says_is_read(self, box: "Box", engine: "DockerClient") -> None:
        """Folder, shell and health check of an image are read as docker-py set them."""
        dockerfile = (
            f"FROM {box.image}\nWORKDIR /tmp\n"
            'SHELL ["/bin/sh", "-ec"]\n'
            "HEALTHCHECK --interval=2s --timeout=3s --start-period=4s --retries=5 CMD check me\n"
        )
        tag = f"taskrunner-test/health:{box.tag}"
        engine.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=tag, rm=True)
        second = 10**9

        image = images.inspect(box.client, tag)
        told = engine.images.get(tag).attrs
        images.remove(box.client, tag)

        assert image is not None
        assert image == Image(
            image.id,
            ("CMD-SHELL", "check me"),
            2 * second,
            3 * second,
            4 * second,
            5,
            "/tmp",
            ("/bin/sh", "-ec"),
            (tag,),
            f"{told['Os']}/{told['Architecture']}",
        )
        assert images.inspect(box.client, tag) is None


class TestTcp:
    def test_an_engine_on_the_network_is_spoken_to_as_a_local_one(self, box: "Box", tcp_proxy: int) -> None:
        """Calls, output and a half-closed input work over TCP too."""
        client = Client(Endpoint("tcp", "", "127.0.0.1", tcp_proxy, "tcp://127.0.0.1"))
        container_id = box.create("cat", stdin=True)

        attachment = containers.attach(client, container_id, stdin=True, scope=None)
        containers.start(client, container_id)
        attachment.write(b"over the wire")
        attachment.close_write()
        received = list(attachment.frames())
        attachment.close()
        client.close()

        assert received == [("stdout", b"over the wire")]
