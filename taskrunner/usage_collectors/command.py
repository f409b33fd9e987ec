"""The command and its options: which were used, never what they were given.

The words of the command line are read once more here, so that no verb has to report its options. Only
names of the lists below are recognised; every other word is passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from taskrunner.usage_collectors.answers import NUMBERS, Topic

__all__ = ["FIELDS", "VERBS", "collect", "config_file"]

VERBS: Final = (
    "run", "list", "clean", "shell", "init", "doctor", "timings", "schema", "completion", "wrapper",
    "telemetry", "help", "none",
)  # fmt: skip
_SHOWN: Final = ("fancy", "simple", "quiet", "all", "json")
_STYLES: Final = ("automatic", *_SHOWN)
_CACHES: Final = ("volume", "directory")

# Options that stand for a verb, as they did in batect.
_AS_VERBS: Final = {
    "--list-tasks": "list", "-T": "list", "--clean": "clean", "--clean-cache": "clean",
    "--help": "help", "-h": "help",
}  # fmt: skip
_SHORT: Final = {"-f": "--config-file", "-o": "--output"}
_FLAGS: Final = {
    "--config-file": ("usesConfigFileOption", "Do people keep configs under other names or in other places?"),
    "--config-vars-file": ("usesConfigVarsFile", "Are files with values of config variables used?"),
    "--use-network": ("usesExistingNetwork", "Do people join containers to networks of their own?"),
    "--max-parallelism": ("limitsParallelism", "Is doing everything at once too much for some machines?"),
    "--log-file": ("usesLogFile", "Is the log file used?"),
    "--docker-host": ("usesDockerHostOption", "Are engines named on the command line?"),
    "--docker-context": ("usesDockerContextOption", "Are Docker contexts used?"),
    "--docker-config": ("usesDockerConfigOption", "Are other folders of Docker's config used?"),
    "--docker-tls": ("usesDockerTlsOption", "Are engines with TLS reached without a check?"),
    "--docker-tls-verify": ("usesDockerTlsVerifyOption", "Are engines with TLS named on the command line?"),
    "--docker-tls-ca-cert": ("usesDockerTlsCaCertOption", "Do engines have authorities of their own?"),
    "--docker-tls-cert": ("usesDockerTlsCertOption", "Are certificates named one by one?"),
    "--docker-tls-key": ("usesDockerTlsKeyOption", "Are keys named one by one?"),
    "--docker-cert-path": ("usesDockerCertPathOption", "Are certificates kept in folders of their own?"),
    "--no-proxy-vars": ("proxyVariablesKeptOut", "Do people keep proxies away from containers?"),
    "--disable-ports": ("portsDisabled", "Do published ports get in people's way?"),
    "--skip-prerequisites": ("skipsPrerequisites", "Do people run tasks without what they need?"),
    "--no-cleanup-after-failure": ("keepsAfterFailure", "Do people look into containers that failed?"),
    "--no-cleanup-after-success": ("keepsAfterSuccess", "Do people look into containers that succeeded?"),
    "--no-cleanup": ("keepsAlways", "Do people clean up for themselves?"),
    "--parallel": ("runsInParallel", "Are tasks run at the same time?"),
    "--refresh-includes": ("refreshesIncludes", "Do bundles follow branches that move?"),
    "--enable-buildkit": ("enablesBuildKit", "Do people have to ask for BuildKit?"),
    "--force": ("forces", "Do people distrust that a task need not run?"),
    "--watch": ("watches", "Do people let tasks run again at each change?"),
    "--explain": ("explains", "Do people wonder why tasks run?"),
    "--timeline": ("writesTimeline", "Do people look at where the time of a run goes?"),
    "--rebuild": ("rebuilds", "Do people distrust that an image is current?"),
    "--shell-on-failure": ("opensShellOnFailure", "Do people look around where a task failed?"),
    "--no-color": ("colourDisabled", "How many people do without colours?"),
}
_COUNTED: Final = {
    "--config-var": ("configVariableOverrides", "How many config variables are set on the command line?"),
    "--override-image": ("imageOverrides", "How many images are replaced on the command line?"),
    "--tag-image": ("taggedImages", "How many images are tagged?"),
}
_VALUED: Final = {
    *_COUNTED, "--config-file", "--config-vars-file", "--use-network", "--max-parallelism", "--log-file",
    "--docker-host", "--docker-context", "--docker-config", "--docker-tls-ca-cert", "--docker-tls-cert",
    "--docker-tls-key", "--docker-cert-path", "--output", "--cache-type", "--clean-cache", "--timeline",
}  # fmt: skip

_BY_SESSION: Final = "Sessions a week, by value."
"""Of what differs from run to run, so that a person would be in several places."""
_COMMAND: Final = Topic(
    proposal="0007-command",
    level="full",
    summarised=_BY_SESSION,
    gathered="The first word of the command line that is no option, looked up in the list of verbs.",
    load="One pass over the command line.",
    identifying="One of the verbs that every installation has.",
    alternatives="The command line, which holds names of tasks and secrets.",
)
_OPTIONS: Final = Topic(
    proposal="0008-options",
    level="middle",
    gathered="Whether the option stands on the command line; what it was given is not told.",
    load="One pass over the command line.",
    identifying="True or false about an option that every installation has.",
    alternatives="The options' values, which hold names and secrets.",
    summarised="Share of users and sessions a week.",
    drawn="Bars, largest first, all options together.",
)

FIELDS: Final = (
    _COMMAND.enum("commandType", "Which verbs are used, and how long does each take?", VERBS),
    _COMMAND.bucket(
        "taskArguments",
        "Are words handed on to tasks?",
        gathered="The number of words behind `--`.",
        identifying="A number, in ranges.",
    ),
    _OPTIONS.enum("outputStyle", "Which styles of output are asked for?", _STYLES, summarised=_BY_SESSION),
    _OPTIONS.enum(
        "outputShown",
        "Which style do people look at, whether they asked for it or not?",
        _SHOWN,
        gathered="From the option, the terminal and the wish for no colours, as the output itself does.",
        load="A few comparisons.",
        identifying="One of five words.",
        alternatives="Only what was asked for, which for most people is nothing.",
    ),
    _OPTIONS.enum("cacheType", "Are caches kept in volumes or in folders?", _CACHES),
    *(_OPTIONS.flag(name, question) for name, question in _FLAGS.values()),
    *(
        _OPTIONS.bucket(name, question, NUMBERS, gathered="How often the option is there.")
        for name, question in _COUNTED.values()
    ),
)


def collect(
    arguments: Sequence[str], environment: Mapping[str, str], terminals: Sequence[bool] = (False,) * 3
) -> Iterator[tuple[str, object]]:
    """Give the fields' values.

    `arguments` are those of the whole command line; `terminals` says whether descriptors 0, 1 and 2 are some.
    """
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    options, words = _parsed(arguments[:cut])
    names = [name for name, _ in options]
    yield "commandType", _verb(names, words)
    yield "taskArguments", len(arguments[cut + 1 :])
    given = dict(options)
    colourless = {"NO_COLOR": "1"} if "--no-color" in names else {}
    yield "outputStyle", given.get("--output", "automatic")
    yield "outputShown", _shown(given.get("--output"), {**environment, **colourless}, terminals)
    variables = (environment.get("TASKRUNNER_CACHE_TYPE"), environment.get("BATECT_CACHE_TYPE"))
    yield "cacheType", next(filter(None, (given.get("--cache-type"), *variables)), "volume")
    for option, (field, _) in _FLAGS.items():
        yield field, option in names or (option == "--no-color" and bool(environment.get("NO_COLOR")))
    for option, (field, _) in _COUNTED.items():
        yield field, names.count(option)


def config_file(arguments: Sequence[str]) -> str | None:
    """Return the config file that a command line names."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    return dict(_parsed(arguments[:cut])[0]).get("--config-file")


def _shown(style: str | None, environment: Mapping[str, str], terminals: Sequence[bool]) -> str:
    from taskrunner.output.styles import choose

    if style is not None:
        return style
    return choose(None, no_color=False, stdout_is_terminal=terminals[1], environment=environment)


def _verb(names: Sequence[str], words: Sequence[str]) -> str:
    stands_for = next((_AS_VERBS[name] for name in names if name in _AS_VERBS), None)
    if stands_for is not None:
        return stands_for
    if not words:
        return "none"
    return words[0] if words[0] in VERBS else "other"


def _parsed(words: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the options with their values, and the words that belong to none."""
    options, others = [], []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            others.append(word)
            continue
        name, value = _split(word)
        if name in _VALUED and value is None:
            value = next(rest, "")
        options.append((name, value or ""))
    return options, others


def _split(word: str) -> tuple[str, str | None]:
    """Return an option's long name, and its value where it is in the same word."""
    if word.startswith("--"):
        name, sign, value = word.partition("=")
        return name, value if sign else None
    if word[:2] in _SHORT:
        return _SHORT[word[:2]], word[2:].removeprefix("=") or None
    return word, None
