"""The machine: operating system, architecture, Python, and what runs us."""

import os
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from taskrunner.usage_collectors.answers import Topic

__all__ = ["FIELDS", "collect"]

_BASIC: Final = Topic(
    proposal="0002-host",
    level="basic",
    gathered="The interpreter and the operating system's own description of itself.",
    load="Two small files read, in a thread beside the command.",
    identifying="Millions of machines share each value; versions keep their numbers only.",
    alternatives="The operating system's free description, which people and companies edit.",
)
_MIDDLE: Final = _BASIC._replace(
    level="middle",
    gathered="Whether certain environment variables are set; their values are not looked at.",
    load="A few look-ups.",
    identifying="One of a few well-known products.",
    alternatives="The variables' values, which hold names of machines and workspaces.",
)

_SYSTEMS: Final = {"linux": "linux", "darwin": "macos"}
_DISTRIBUTIONS: Final = (
    "debian", "ubuntu", "fedora", "rhel", "centos", "rocky", "almalinux", "amzn", "alpine", "arch",
    "manjaro", "linuxmint", "pop", "opensuse-leap", "opensuse-tumbleweed", "sles", "nixos", "gentoo",
    "void", "raspbian", "kali", "elementary", "zorin", "endeavouros", "ol", "azurelinux",
)  # fmt: skip
_ARCHITECTURES: Final = {
    "x86_64": "x86-64", "amd64": "x86-64", "aarch64": "arm64", "arm64": "arm64", "armv7l": "arm",
    "riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x", "i686": "x86",
}  # fmt: skip
_IMPLEMENTATIONS: Final = ("cpython", "pypy", "graalpy")
_PROCESSORS: Final = ("1", "2", "3-4", "5-8", "9-16", "17-32", "33+")
_GIBIBYTES: Final = ("0-3", "4-7", "8-15", "16-31", "32-63", "64-127", "128+")

# Variables that each platform sets by itself, with the most specific platform first.
_PLATFORMS: Final = {
    "codespaces": ("CODESPACES",),
    "gitpod": ("GITPOD_WORKSPACE_ID",),
    "dev-container": ("REMOTE_CONTAINERS", "DEVCONTAINER"),
    "cloud-shell": ("CLOUD_SHELL",),
    "wsl": ("WSL_DISTRO_NAME", "WSL_INTEROP"),
}
_AGENTS: Final = {
    "claude-code": ("CLAUDECODE", "CLAUDE_CODE", "CLAUDE_CODE_ENTRYPOINT"),
    "cursor": ("CURSOR_AGENT", "CURSOR_TRACE_ID", "CURSOR_AI", "CURSOR_EDITOR"),
    "gemini-cli": ("GEMINI_CLI",),
    "copilot": ("COPILOT_CLI", "GITHUB_COPILOT_CLI_MODE"),
    "codex": ("CODEX_CLI", "CODEX_SANDBOX", "CODEX_CI", "CODEX_THREAD_ID"),
    "amp": ("AMP_HOME",),
    "qwen-code": ("QWEN_CODE",),
    "droid": ("DROID_CLI",),
    "opencode": ("OPENCODE_AI", "OPENCODE_CLIENT"),
    "kimi": ("KIMI_CLI",),
    "goose": ("GOOSE_TERMINAL",),
    "cline": ("CLINE_TASK_ID",),
    "roo-code": ("ROO_CODE_TASK_ID",),
    "windsurf": ("WINDSURF_SESSION",),
    "antigravity": ("ANTIGRAVITY_AGENT",),
    "augment": ("AUGMENT_AGENT",),
    "other": ("AI_AGENT", "AGENT_CLI"),
}

FIELDS: Final = (
    _BASIC.enum("osName", "Which operating systems must be supported?", ("linux", "macos")),
    _BASIC.field("osVersion", "version", "Which versions of an operating system can be dropped?", "24.04"),
    _BASIC.field("kernelVersion", "version", "Which features of the kernel can be relied on?", "6.8.0"),
    _BASIC.enum("linuxDistribution", "On which distributions must releases be tested?", _DISTRIBUTIONS),
    _BASIC.enum(
        "osArchitecture",
        "For which processors must images and documents be made?",
        tuple(dict.fromkeys(_ARCHITECTURES.values())),
    ),
    _BASIC.field("pythonVersion", "version", "Which versions of Python can be dropped?", "3.13.1"),
    _BASIC.enum("pythonImplementation", "Do people run it on anything but CPython?", _IMPLEMENTATIONS),
    _MIDDLE.enum("hostPlatform", "Do people work in hosted or nested environments?", ("none", *_PLATFORMS)),
    _MIDDLE.enum(
        "codingAgent",
        "How much of the use is by programs rather than by people?",
        ("none", *(agent for agent in _AGENTS if agent != "other")),
        summarised="Sessions a week, by value; left out of every count of people.",
    ),
    _MIDDLE.bucket(
        "processors",
        "How many steps at once suit the machines that people have?",
        _PROCESSORS,
        gathered="The operating system's count.",
        alternatives="The processor's model, which tells machines apart.",
        identifying="One of seven ranges.",
    ),
    _MIDDLE.bucket(
        "memoryGibibytes",
        "How much memory may a project's containers take?",
        _GIBIBYTES,
        gathered="The operating system's count of pages.",
        alternatives="The exact size, which tells machines apart.",
        identifying="One of seven ranges.",
    ),
)


def collect(environment: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Give the fields' values."""
    release = os.uname().release
    yield "osName", _SYSTEMS.get(sys.platform, "other")
    yield "osArchitecture", _ARCHITECTURES.get(os.uname().machine.lower(), "other")
    yield "kernelVersion", release
    yield "pythonVersion", ".".join(map(str, sys.version_info[:3]))
    yield "pythonImplementation", sys.implementation.name
    yield "hostPlatform", _first_set(_PLATFORMS, environment)
    yield "codingAgent", _first_set(_AGENTS, environment)
    yield "processors", os.cpu_count()
    yield "memoryGibibytes", _memory() / 2**30
    if sys.platform == "darwin":
        import platform

        yield "osVersion", platform.mac_ver()[0]
    else:
        described = _os_release()
        yield "osVersion", described.get("VERSION_ID")
        yield "linuxDistribution", described.get("ID")


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        # Only here: it takes 14 ms and 3 MiB, which is more than a recording may cost a run.
        import psutil

        total: int = psutil.virtual_memory().total
        return total


def _os_release() -> dict[str, str]:
    """Return the entries of the file that describes a distribution (os-release(5)).

    Not from `platform`, whose import takes 2 ms.
    """
    with open("/etc/os-release", encoding="utf-8", errors="replace") as file:
        pairs = (line.strip().partition("=") for line in file)
        return {name: value.strip("\"'") for name, _, value in pairs}


def _first_set(table: Mapping[str, tuple[str, ...]], environment: Mapping[str, str]) -> str:
    for name, variables in table.items():
        if any(environment.get(variable) for variable in variables):
            return name
    return "none"
