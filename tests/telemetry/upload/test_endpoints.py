"""Where sessions may go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.endpoints import DEFAULT, DEVELOPMENT, Destination, EndpointError, is_release


def test_default_addresses_are_reserved() -> None:
    """As shipped, both addresses lie below a domain that nobody can register."""
    for url in (Destination().url("full", "1.2.3"), Destination().url("full", "1.2.3.dev4")):
        assert url.split("/")[2].endswith(".example")


def test_each_level_has_a_host() -> None:
    """A firewall can block one level by its host name."""
    hosts = {level: Destination().url(level, "1.2.3") for level in ("basic", "middle", "full")}

    assert {level: f"https://{level}.telemetry.example/v1/sessions" for level in hosts} == hosts


@pytest.mark.parametrize(
    "version", ["1.2.3.dev4", "1.2", "1.2.3-rc.1", "v1.2.3", "", "1.2.3\n", "\N{ARABIC-INDIC DIGIT ONE}.2.3"]
)
def test_other_versions_go_to_development(version: str) -> None:
    """A version that is not exactly X.Y.Z does not blur the figures of releases."""
    expected = Destination(DEVELOPMENT).url("full", "1.2.3")

    assert expected == Destination().url("full", version)
    assert expected != Destination(DEFAULT).url("full", version)


def test_override_holds_for_every_level_and_version() -> None:
    """Whoever names a collector gets everything there, from builds for development as well."""
    destination = Destination("https://telemetry.intern:8443/relay/")

    urls = {destination.url(level, version) for level in ("basic", "full") for version in ("1.2.3", "dev")}

    assert {"https://telemetry.intern:8443/relay/v1/sessions"} == urls


def test_override_may_name_the_level() -> None:
    """`{level}` in an override is replaced."""
    assert "https://basic.t.intern/v1/sessions" == Destination("https://{level}.t.intern").url(
        "basic", "1.2.3"
    )


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8080", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:8080", "HTTPS://host"],
)
def test_accepted_addresses(address: str) -> None:
    """HTTPS goes anywhere, plain HTTP to loopback."""
    assert f"{address}/v1/sessions" == Destination(address).url("full", "1.2.3")


@pytest.mark.parametrize(
    "address",
    [
        "http://collector.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
        "http://localhost@evil.example",
        "https://user:secret@host",
        "https://host?query",
        "https://host/#fragment",
        "https://host name",
        "https://host\n",
        "https://",
        "ftp://host",
        "host",
        "file:///etc/passwd",
        "https://host:port",
        "https://{other}.host",
    ],
)
def test_refused_addresses(address: str) -> None:
    """What is neither HTTPS nor loopback, or hides another host, is no address."""
    with pytest.raises(EndpointError):
        Destination(address).url("full", "1.2.3")


@given(st.from_regex(r"\A[0-9a-z.+-]{0,12}\Z"))
def test_release_is_three_numbers(version: str) -> None:
    """A version is a release exactly if it is three runs of digits between two dots."""
    parts = version.split(".")

    assert is_release(version) == (len(parts) == 3 and all(part.isdigit() for part in parts))
