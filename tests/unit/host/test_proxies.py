"""Proxy settings of the host."""

import pytest

from taskrunner.host.proxies import local_proxy, proxy_variables, reaching_directly


def test_both_cases_are_set() -> None:
    """A program that looks for the other case finds it."""
    environment = {"http_proxy": "http://one:1", "HTTPS_PROXY": "http://two:2", "OTHER": "x"}

    assert proxy_variables(environment) == {
        "http_proxy": "http://one:1",
        "HTTP_PROXY": "http://one:1",
        "https_proxy": "http://two:2",
        "HTTPS_PROXY": "http://two:2",
    }


def test_two_values_stay_two() -> None:
    """Who sets both cases means both."""
    environment = {"no_proxy": "a", "NO_PROXY": "b"}

    assert environment == proxy_variables(environment)


def test_an_empty_value_is_a_value() -> None:
    """It switches a proxy off."""
    assert proxy_variables({"http_proxy": ""}) == {"http_proxy": "", "HTTP_PROXY": ""}


def test_without_proxies_there_is_nothing_to_exempt_from() -> None:
    """A host without a proxy hands nothing down."""
    assert reaching_directly({}, ["db"]) == {}


def test_hosts_are_reached_directly() -> None:
    """Names are added to those that are there, in both cases."""
    reached = reaching_directly({"http_proxy": "p", "no_proxy": "localhost", "NO_PROXY": ""}, ["db", "app"])

    assert (reached["no_proxy"], reached["NO_PROXY"]) == ("localhost,db,app", "db,app")
    assert reached["http_proxy"] == "p"


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ("http://localhost:3128", "http://gate:9"),
        ("http://127.0.0.1:3128/", "http://gate:9/"),
        ("http://127.1.2.3", "http://gate:9"),
        ("http://[::1]:3128", "http://gate:9"),
        ("http://me:a%40b@localhost:1/x", "http://me:a%40b@gate:9/x"),
        ("SOCKS5://LOCALHOST:1", "SOCKS5://gate:9"),
        ("localhost:3128", "gate:9"),
        ("http://proxy.example:3128", None),
        ("http://localhost.example:1", None),
        ("http://proxy.example/localhost:1", None),
        ("http://localhost:port", None),
        ("", None),
    ],
)
def test_proxies_on_localhost_are_known_and_moved(value: str, moved: str | None) -> None:
    """Scheme, user, password and path stay as they are, and other hosts are left alone."""
    found = local_proxy(value)

    assert moved == (found.at("gate", 9) if found is not None else None)


@pytest.mark.parametrize(
    ("value", "port"),
    [("http://localhost", 80), ("https://localhost", 443), ("localhost", 1080), ("http://localhost:1", 1)],
)
def test_a_port_that_is_left_out(value: str, port: int) -> None:
    """It is that of the scheme, else curl's."""
    found = local_proxy(value)

    assert found is not None
    assert port == found.port
