"""Where engines listen whose installation leaves the usual socket alone.

Looked at only where nothing says where the engine is: no option, no variable, no context, and no
socket at the usual place.
"""

import os
import socket
from collections.abc import Iterator, Mapping

__all__ = ["find_socket", "places"]

_GLANCE = 1.0


def find_socket(environment: Mapping[str, str]) -> str | None:
    """Return the first socket that takes connections, or None; what a stopped engine left is passed over."""
    return next((path for path in places(environment) if _takes_connections(path)), None)


def places(environment: Mapping[str, str]) -> Iterator[str]:
    """Give the sockets of rootless Docker, Docker Desktop, Colima, Rancher Desktop, OrbStack and Podman."""
    home = environment.get("HOME") or os.path.expanduser("~")
    runtime = environment.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    config = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    colima = environment.get("COLIMA_HOME") or os.path.join(home, ".colima")
    yield f"{runtime}/docker.sock"
    # Docker Desktop, on macOS and on Linux; rootless Docker without a runtime folder uses the first, too.
    yield f"{home}/.docker/run/docker.sock"
    yield f"{home}/.docker/desktop/docker.sock"
    for folder in (colima, os.path.join(config, "colima")):
        yield f"{folder}/default/docker.sock"
        yield f"{folder}/docker.sock"
    yield f"{home}/.rd/docker.sock"
    yield f"{home}/.orbstack/run/docker.sock"
    yield f"{runtime}/podman/podman.sock"
    yield f"{home}/.local/share/containers/podman/machine/podman.sock"
    yield f"{home}/.local/share/containers/podman/machine/qemu/podman.sock"
    yield "/run/podman/podman.sock"


def _takes_connections(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(_GLANCE)
        try:
            sock.connect(path)
        except (OSError, ValueError):
            return False
    return True
