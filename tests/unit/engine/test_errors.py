import pytest

from taskrunner.engine.errors import ApiError, advice


class TestAdvice:
    @pytest.mark.parametrize(
        ("message", "remedy"),
        [
            (
                "could not find an available, non-overlapping IPv4 address pool among the defaults",
                "docker network prune",
            ),
            ("Bind for 0.0.0.0:80 failed: port is already allocated", "--disable-ports"),
            ("listen tcp4 0.0.0.0:80: bind: address already in use", "--disable-ports"),
            ("write /var/lib/docker/tmp/x: no space left on device", "docker system df"),
            ("manifest for a:b not found: manifest unknown: manifest unknown", "the part after the colon"),
            (
                "pull access denied for a, repository does not exist or may require 'docker login'",
                "docker login",
            ),
            ("all predefined address pools have been fully subnetted", "--use-network"),
            ("Ports are not available: listen tcp 0.0.0.0:80: bind: permission denied", "--disable-ports"),
            ("toomanyrequests: You have reached your pull rate limit", "docker login"),
            ("exec /bin/sh: exec format error", "kind of processor"),
            ("unauthorized: authentication required", "docker login"),
            ("Get https://r/v2/: dial tcp: lookup r on 1.1.1.1:53: no such host", "cannot find the registry"),
            ("Get https://r/v2/: dial tcp 10.0.0.1:443: i/o timeout", "cannot reach the registry"),
            ("the --mount option requires BuildKit. Refer to the documentation", "BuildKit"),
        ],
    )
    def test_common_refusals_come_with_a_remedy(self, message: str, remedy: str) -> None:
        """What the engine says in these words can be mended, and the hint says how."""
        assert remedy in str(ApiError("engine.refused", 500, message).hint)

    def test_nothing_is_made_up_for_any_other_message(self) -> None:
        """A hint that does not fit would be worse than none."""
        assert advice("No such container: c1") is None
