"""Proxy settings of the host."""

from taskrunner.host.proxies import proxy_variables, reaching_directly


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
