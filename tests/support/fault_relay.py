"""A relay at the engine's socket that does harm at one call: before the engine hears of it, or after.

It calls the containers by their names in the config, so that the same call has the same name in each run.
"""

import re
import threading
from collections.abc import Callable
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.support.http_relay import Fate, HttpRelay, OnAnswer

__all__ = ["Call", "FaultRelay", "When"]

When = Literal["before", "after"]


class Call(NamedTuple):
    """A call, the first of its name in a run."""

    name: str
    when: When

    def __str__(self) -> str:
        return f"{self.when} {self.name}"


class _Armed(NamedTuple):
    call: Call
    harm: Callable[[], Fate]
    always: bool


class FaultRelay(HttpRelay):
    """Listens at a socket and hands calls on to the engine's, but for one."""

    def __init__(self, path: str, engine: str, project: str) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._armed: _Armed | None = None
        self._roles: dict[str, str] = {}
        self.names: list[str] = []
        """The names of the calls so far, each once, in the order in which they came."""
        self.fired = False
        super().__init__(path, engine)

    def arm(
        self, call: Call | None, harm: Callable[[], Fate] = lambda: "pass", *, always: bool = False
    ) -> None:
        """Forget the last run, and do harm in the next one; `harm` says what becomes of the call.

        Once, at the first call of that name, or `always`, at each of them.
        """
        with self._lock:
            self._armed = None if call is None else _Armed(call, harm, always)
            self._roles.clear()
            self.names.clear()
            self.fired = False

    def on_request(self, head: bytes) -> tuple[Fate, OnAnswer]:
        """Do harm where it is due."""
        name, first = self._name(head)

        def on_answer(body: bytes) -> Fate:
            self._learn(head, body)
            return self._harm(Call(name, "after"), first=first)

        return self._harm(Call(name, "before"), first=first), on_answer

    def _harm(self, call: Call, *, first: bool) -> Fate:
        with self._lock:
            armed = self._armed
            if armed is None or armed.call != call or not (first or armed.always):
                return "pass"
            self.fired = True
        return armed.harm()

    def _name(self, head: bytes) -> tuple[str, bool]:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        parts = urlsplit(target)
        path = re.sub(r"^/v[0-9.]+", "", parts.path).strip("/")
        words = [self._roles.get(word, word) for word in path.split("/")]
        if words[0] == "images":
            words[1:-1] = ["image"]
        if created := parse_qs(parts.query).get("name"):
            words.append(self._role(created[0]))
        name = f"{method} {'/'.join(words)}"
        with self._lock:
            first = name not in self.names
            if first:
                self.names.append(name)
        return name, first

    def _role(self, name: str) -> str:
        return name.removeprefix(f"{self._project}-").rpartition("-")[0]

    def _learn(self, head: bytes, body: bytes) -> None:
        """Remember what an id stands for that the engine just gave."""
        line = head.split(b"\r\n", 1)[0].decode()
        if not line.startswith("POST"):
            return
        target = urlsplit(line.split(" ")[1])
        made = re.search(r'"Id"\s*:\s*"([0-9a-f]{64})"', body.decode(errors="replace"))
        if made is None:
            return
        words = target.path.strip("/").split("/")
        if words[-1] == "exec":
            self._roles[made[1]] = f"in {self._roles.get(words[-2], words[-2])}"
        elif words[-2] == "networks":
            self._roles[made[1]] = "network"
        elif name := parse_qs(target.query).get("name"):
            self._roles[made[1]] = self._role(name[0])
