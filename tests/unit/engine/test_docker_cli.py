from taskrunner.engine.docker_cli import docker_cli
from taskrunner.engine.endpoint import Endpoint, Tls

PERSONS = {
    "PATH": "/bin",
    "DOCKER_HOST": "tcp://other",
    "DOCKER_CONTEXT": "other",
    "DOCKER_TLS": "1",
    "DOCKER_TLS_VERIFY": "1",
    "DOCKER_CERT_PATH": "/other",
}
TCP = Endpoint("tcp", "", "host", 2376, "tcp://host")


def test_what_the_person_set_for_another_engine_is_left_out() -> None:
    """Docker's client talks to the engine that was chosen, whatever else the environment says."""
    cli = docker_cli(Endpoint("unix", "/a", "", 0, "unix:///a"), "/config", PERSONS)

    assert () == cli.arguments
    assert {"PATH": "/bin", "DOCKER_CONFIG": "/config", "DOCKER_HOST": "unix:///a"} == cli.environment


def test_a_context_is_handed_on_by_its_name() -> None:
    """Its certificates and its builder are found by that."""
    cli = docker_cli(TCP._replace(context="work", tls=Tls(verify=True, ca="/a/ca.pem")), "/config", PERSONS)

    assert () == cli.arguments
    assert {"PATH": "/bin", "DOCKER_CONFIG": "/config", "DOCKER_CONTEXT": "work"} == cli.environment


def test_certificates_in_one_folder_need_variables_only() -> None:
    """A plugin that is started directly knows them as well."""
    tls = Tls(verify=True, ca="/a/ca.pem", certificate="/a/cert.pem", key="/a/key.pem")
    cli = docker_cli(TCP._replace(tls=tls), "/config", {})

    assert () == cli.arguments
    assert ("1", "/a") == (cli.environment["DOCKER_TLS_VERIFY"], cli.environment["DOCKER_CERT_PATH"])


def test_certificates_elsewhere_are_named_one_by_one() -> None:
    """Files that were named by options may have any name."""
    tls = Tls(verify=False, ca="/a/root.pem", certificate="/b/me.pem", key="/c/me.key")
    cli = docker_cli(TCP._replace(tls=tls), "/config", {})

    assert ("--tlscacert", "/a/root.pem", "--tlscert", "/b/me.pem", "--tlskey", "/c/me.key") == cli.arguments
    assert "1" == cli.environment["DOCKER_TLS"]
