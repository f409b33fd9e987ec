"""A catalogue of what batect's clients send, made from the list of attributes that its server published.

batect records texts as it finds them: a terminal's name, an operating system's details, an exception. What
of that is a word many share is listed here; whatever else such a text holds never reaches the store
(`ingest.foreign`). Texts with no such list are not listed at all.
"""

from typing import Any, Final

from telemetry.catalog import Catalog, EventType, Field, SpanType

__all__ = ["catalog"]

_FLAGS: Final = (
    "cleanupAfterFailureDisabled", "cleanupAfterSuccessDisabled", "colorOutputDisabled",
    "consoleSupportsInteractivity", "dockerDaemonExperimentalFeaturesEnabled",
    "proxyEnvironmentVariablePropagationDisabled", "skippingPrerequisites", "stdinIsTTY", "stdoutIsTTY",
    "suspectRunningOnCI", "updateNotificationsDisabled", "usingConfigVariablesFile",
    "usingExistingDockerNetwork", "usingNonDefaultConfigurationFileName", "usingTLSForDockerConnection",
    "verifyingTLSForDockerConnection", "wrapperCacheCleanupDisabled", "wrapperDidDownload",
)  # fmt: skip
_COUNTS: Final = (
    "additionalTaskCommandArgumentCount", "commandLineConfigVariableOverrideCount",
    "commandLineImageOverrideCount", "exitCode", "maximumLevelOfParallelism", "totalTasksToExecute",
)  # fmt: skip
_VERSIONS: Final = ("dockerVersion", "gitVersion", "jvmVersion", "osVersion")
_WORDS: Final = {
    "cacheType": ("Volume", "Directory"),
    "commandType": (
        "RunTaskCommand", "ListTasksCommand", "HelpCommand", "VersionInfoCommand", "UpgradeCommand",
        "CleanupCachesCommand", "GenerateShellTabCompletionScriptCommand",
        "GenerateShellTabCompletionTaskInformationCommand", "DisableTelemetryCommand",
        "EnableTelemetryCommand",
    ),
    "dockerBuilderVersionInUse": ("Legacy", "BuildKit"),
    "dockerConnectionType": ("UnixSocket", "NamedPipe", "TCP"),
    "dockerContainerType": ("Linux", "Windows"),
    "dockerDaemonPreferredBuilderVersion": ("Legacy", "BuildKit"),
    "jvmName": ("OpenJDK 64-Bit Server VM", "Eclipse OpenJ9 VM", "OpenJDK Server VM"),
    "jvmVendor": (
        "Oracle Corporation", "Eclipse Adoptium", "Eclipse Foundation", "AdoptOpenJDK", "Amazon.com Inc.",
        "Debian", "Ubuntu", "Private Build", "Homebrew", "Microsoft", "BellSoft", "SAP SE",
        "JetBrains s.r.o.",
    ),
    "osArchitecture": ("amd64", "x86_64", "aarch64", "arm64", "x86", "i386"),
    "osName": ("Linux", "Mac OS X", "Windows 10", "Windows 11", "Windows Server 2019", "Windows Server 2022"),
    "requestedOutputStyle": ("fancy", "simple", "quiet", "all"),
    "shell": ("bash", "zsh", "fish", "sh", "dash", "ksh", "tcsh", "pwsh", "nu"),
    "suspectedCISystem": (
        "AWS CodeBuild", "AppVeyor", "Azure Pipelines", "Bamboo", "Bitbucket Pipelines", "Bitrise", "Buddy",
        "Buildkite", "CircleCI", "Cirrus CI", "Drone", "GitHub Actions", "GitLab CI", "GoCD", "Hudson",
        "Jenkins", "Netlify CI", "Semaphore", "TaskCluster", "TeamCity", "Travis CI", "Codeship",
    ),
    "terminal": (
        "xterm-256color", "xterm", "screen-256color", "screen", "tmux-256color", "tmux", "dumb", "linux",
        "vt100", "xterm-kitty", "alacritty", "rxvt-unicode-256color", "cygwin",
    ),
}  # fmt: skip
_SPANS: Final = {
    "LoadConfiguration": (
        "configVariableCount", "containerCount", "fileIncludeCount", "gitIncludeCount", "taskCount",
    ),
    "RunTask": ("containersInTask", "taskOnlyHasPrerequisites"),
    "BuildImage": (),
    "UploadTelemetrySession": (),
}  # fmt: skip
_EVENTS: Final = {
    "UnhandledException": ("isUserFacingException",),
    "IncompatibleDockerVersion": ("dockerVersion",),
    "UpdateAvailableNotificationShown": ("currentVersion", "newVersion"),
    "GeneratedShellTabCompletionScript": ("shell", "proxyCompletionScriptVersion"),
    "GeneratedShellTabCompletionTaskInformation": ("shell", "proxyCompletionScriptVersion"),
    "TelemetryUploadCircuitBreakerFailedOpen": (),
    "DeletedOldTelemetrySessionThatFailedToUpload": (),
}
_EXAMPLES: Final[dict[str, str | int | bool]] = {
    "flag": True, "count": 1, "version": "1.2.3", "time": "2023-09-15T12:00:00Z"
}  # fmt: skip

_ANSWERS: Final[dict[str, Any]] = {
    "level": "full",
    "gathered": "By batect's client, as its own privacy page tells.",
    "load": "What batect's client takes.",
    "identifying": "Only words that many share, numbers and versions are kept of what it sends.",
    "since": 1,
    "alternatives": "Taking batect's texts as they are, which can hold anything.",
    "summarised": "Users and sessions a week, by value.",
    "drawn": "Bars, largest first.",
    "owner": "Whoever lets batect's sessions in",
    "proposal": "0000-batect",
}


def catalog() -> Catalog:
    """Return the catalogue."""
    return Catalog(
        "batect",
        1,
        [
            *(_field(name) for name in (*_FLAGS, *_COUNTS, *_VERSIONS, *_WORDS)),
            _field("jvmStartTime"),
        ],
        [
            EventType(**_answers(name, "How often does it happen?"), attributes=tuple(map(_field, fields)))
            for name, fields in _EVENTS.items()
        ],
        [
            SpanType(**_answers(name, "How long does it take?"), attributes=tuple(map(_field, fields)))
            for name, fields in _SPANS.items()
        ],
    )


def _field(name: str) -> Field:
    members = (*_WORDS[name], "other") if name in _WORDS else ()
    kind = _kind(name)
    return Field(
        **_answers(name, "What batect asked with it."),
        kind=kind,
        example=members[0] if members else _EXAMPLES[kind],
        members=members,
    )


def _kind(name: str) -> str:
    if name in _WORDS:
        return "enum"
    if name in _FLAGS or name in {"isUserFacingException", "taskOnlyHasPrerequisites"}:
        return "flag"
    if name == "jvmStartTime":
        return "time"
    return "version" if name.endswith("Version") else "count"


def _answers(name: str, question: str) -> dict[str, Any]:
    return {"name": name, "question": question, **_ANSWERS}
