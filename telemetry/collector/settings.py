"""The collector's settings: one table, from which options, variables, the file and the documents come.

A flag beats the environment, the environment beats the file, the file beats the default.
"""

import os
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from telemetry.collector.errors import CollectorError

__all__ = ["PREFIX", "SETTINGS", "Setting", "Settings", "read"]

PREFIX: Final = "TASKRUNNER_COLLECTOR_"


class Settings(NamedTuple):
    """How one collector runs; `SETTINGS` says what each means."""

    config: str = ""
    store: str = os.path.join("~", ".taskrunner-collector")
    aggregates: str = ""
    catalog: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8484
    role: str = "all"
    durable: bool = False
    trusted_proxy: tuple[str, ...] = ()
    patience: int = 10
    rate_address: int = 600
    rate_user: int = 120
    batect: bool = False
    retired: bool = False
    raw_days: int = 60
    log: str = ""
    log_days: int = 14
    jobs_at: str = "02:10"
    grace_days: int = 3
    noise: str = ""
    privacy: str = ""

    @property
    def aggregates_store(self) -> str:
        """Where the sums are: the setting, or beside the sessions."""
        return self.aggregates or self.store


class Setting(NamedTuple):
    """One setting, as the operator sees it."""

    name: str
    """As in the file; with dashes the flag, in capitals after `PREFIX` the variable."""
    help: str
    """What it is for, as one sentence."""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    least: int = 0
    """Of a number."""

    @property
    def flag(self) -> str:
        """The option."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()

    @property
    def default(self) -> Any:
        """The value without a setting; its type is the setting's."""
        return Settings._field_defaults[self.name]


SETTINGS: Final = (
    Setting("config", "File in TOML with settings, under the names of the flags with _ for -.", "FILE"),
    Setting("store", "Folder for SQLite files, or postgresql://… for PostgreSQL.", "PLACE"),
    Setting(
        "aggregates", "The same for the sums that are published; beside the sessions if not set.", "PLACE"
    ),
    Setting("catalog", "Folder with catalogues and symbol manifests, read again on change.", "DIR"),
    Setting("host", "Address to listen on.", "ADDRESS"),
    Setting("port", "Port to listen on; 0 takes a free one.", "PORT"),
    Setting(
        "role",
        "What to serve: sessions and people's rights, the public pages, or all of it.",
        choices=("all", "ingest", "dashboard"),
    ),
    Setting("durable", "Flush to the disk before each answer, so that sessions survive a power failure."),
    Setting("trusted_proxy", "Address or network of a proxy whose X-Forwarded-For counts.", "NETWORK"),
    Setting(
        "patience",
        "Seconds that a sender may take for a request's head, and for its body.",
        "SECONDS",
        least=1,
    ),
    Setting("rate_address", "Requests a minute that one client address may make; 0 is no limit.", "NUMBER"),
    Setting("rate_user", "Sessions a minute that one user id may send; 0 is no limit.", "NUMBER"),
    Setting("batect", "Take sessions of batect too; of its free texts, only well-known words are kept."),
    Setting("retired", "Answer 410 to every session, which switches clients off for good."),
    Setting("raw_days", "Days after which sessions are deleted.", "DAYS", least=1),
    Setting("log", "Folder for a log file a day, in place of standard error.", "DIR"),
    Setting("log_days", "Days after which those files are deleted.", "DAYS", least=1),
    Setting(
        "jobs_at", "Time of day, in UTC, at which daily jobs start; `never` leaves them to cron.", "HH:MM"
    ),
    Setting("grace_days", "Days after a week for late sessions, before it is summed up and frozen.", "DAYS"),
    Setting("privacy", "File in Markdown with your privacy policy; by default the application's.", "FILE"),
    Setting("noise", "Add noise to the sums: the budget epsilon of a person and publication.", "EPSILON"),
)
"""All settings, in the order of their documentation."""

_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}
_TRUTH: Final = {"1": True, "true": True, "0": False, "false": False}


def read(flags: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Return the settings; `flags` holds what was given on the command line, by name.

    Raises CollectorError for a file that cannot be used, and for a value that a setting does not take.
    """
    given = {name: value for name, value in flags.items() if value is not None and value != []}
    variables = {
        setting.name: _from_text(setting, environment[setting.variable])
        for setting in SETTINGS
        if environment.get(setting.variable)
    }
    path = given.get("config") or variables.get("config")
    found = {**(_from_file(path) if path else {}), **variables, **given}
    return Settings(**{name: _checked(_BY_NAME[name], value) for name, value in found.items()})


def _from_file(path: str) -> dict[str, Any]:
    import tomllib

    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        raise CollectorError("settings.unreadable", f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CollectorError("settings.not-toml", f"{path} is not TOML: {error}.") from error
    for key in found:
        if key not in _BY_NAME or key == "config":
            known = ", ".join(name for name in _BY_NAME if name != "config")
            raise CollectorError(
                "settings.unknown-key",
                f"{path} has a key {key!r} that is no setting.",
                f"Settings are: {known}.",
            )
    return found


def _from_text(setting: Setting, text: str) -> Any:
    match setting.default:
        case bool():
            return _TRUTH.get(text.lower(), text)
        case int():
            return int(text) if text.isascii() and text.isdigit() else text
        case tuple():
            return tuple(
                part for part in text.split(os.pathsep if setting.name == "catalog" else ",") if part
            )
        case _:
            return text


def _checked(setting: Setting, value: Any) -> Any:
    if isinstance(setting.default, tuple):
        value = tuple(value) if isinstance(value, list | tuple) else (value,)
    fits = type(value) is type(setting.default)
    if isinstance(value, tuple):
        fits = all(isinstance(part, str) for part in value)
    elif type(value) is int:
        fits = fits and value >= setting.least
    if setting.choices:
        fits = fits and value in setting.choices
    if fits:
        return value
    raise CollectorError(
        "settings.bad-value",
        f"The setting {setting.name} does not take {value!r}.",
        f"It is {_expected(setting)}: {setting.flag}, {setting.variable}, or {setting.name} in the file.",
    )


def _expected(setting: Setting) -> str:
    if setting.choices:
        return "one of " + ", ".join(setting.choices)
    match setting.default:
        case bool():
            return "true or false"
        case int():
            return f"a whole number from {setting.least}"
        case tuple():
            return "a list of texts"
        case _:
            return "a text"
