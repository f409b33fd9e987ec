"""Whether a task has to run: its key, made of all that decides what comes of it.

The key holds the contents of the input files, the ids of all images, the settings of all containers with
every expression evaluated, and the keys of the prerequisites. A task that succeeded is remembered with its
key, its output files and what it printed.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from taskrunner.config.model import FilePatterns
from taskrunner.engine import images
from taskrunner.engine.client import Client
from taskrunner.plan.model import BuiltImage, ImageSource, TaskPlan
from taskrunner.skipping import reasons
from taskrunner.skipping.build_options import BuildOptions
from taskrunner.skipping.look import Look
from taskrunner.skipping.patterns import named_files, unmatched
from taskrunner.skipping.task_record import TaskRecords, digest, settings_of

__all__ = ["SkipOptions", "TaskSkipper", "Verdict"]


class SkipOptions(NamedTuple):
    """What a person asked for, as far as it decides whether tasks are skipped."""

    builds: BuildOptions
    environment: Mapping[str, str]
    force: bool = False
    """Run every task."""
    keep: bool = False
    """The named task's containers are to be kept, so it has to have some."""
    use_network: str | None = None


class Verdict(NamedTuple):
    """Whether a task has to run."""

    skip: bool
    reasons: tuple[str, ...]
    """Why it has to; empty where it is skipped."""
    seconds: float = 0.0
    """How long a skipped task took when it ran."""
    inputs: Look | None = None
    """Its input files as they are before it runs."""


class TaskSkipper:
    """Checks the tasks of one run, in their order."""

    def __init__(self, client: Client, options: SkipOptions) -> None:
        self._client = client
        self._options = options
        self._records = TaskRecords(options.environment, options.builds.directory)
        self._keys: dict[int, str] = {}
        """Of the tasks so far, by their number in the plan."""
        self._calls: dict[str, list[int]] = {}
        """The numbers of each task, which prerequisites may call several times."""
        self._due: dict[int, Verdict] = {}

    def begin_again(self) -> "TaskSkipper":
        """Return one that has not checked anything yet, and takes no task for due without a reason."""
        return TaskSkipper(self._client, self._options._replace(force=False))

    def check(self, task: TaskPlan) -> Verdict:
        """Return whether a task has to run; one that was found to be due stays so. Raises EngineError."""
        if task.number in self._due:
            return self._due[task.number]
        calls = self._calls.setdefault(task.name, [])
        if task.number not in calls:
            calls.append(task.number)
        verdict = self._check(task)
        if not verdict.skip:
            self._due[task.number] = verdict
        return verdict

    def _check(self, task: TaskPlan) -> Verdict:
        if task.files is None:
            self._keys[task.number] = digest([self._settings(task), self._prerequisites(task)])
            return Verdict(skip=False, reasons=("it has no `inputs`",))
        try:
            inputs = Look(lambda: _inputs(task))
            why = tuple(self._differences(task, inputs))
        except OSError as error:
            return Verdict(skip=False, reasons=(f"{error.filename} cannot be read",))
        if why:
            return Verdict(skip=False, reasons=why, inputs=inputs)
        record = self._records.read(_name(task))
        self._keys[task.number] = str(record["key"])
        return Verdict(skip=True, reasons=(), seconds=float(record.get("seconds", 0)), inputs=inputs)

    def log(self, task: TaskPlan) -> Iterator[tuple[str, str, bytes]]:
        """Yield what a skipped task printed: container, stream and bytes."""
        return self._records.read_log(_name(task), self._keys[task.number]) or iter(())

    def remember(
        self,
        task: TaskPlan,
        verdict: Verdict,
        image_ids: Mapping[str, str],
        frames: Sequence[tuple[str, str, bytes]],
        seconds: float,
    ) -> None:
        """Remember a task that has just succeeded; `image_ids` are those of its containers.

        A task whose inputs changed while it ran is not remembered: nobody knows which of them it read.
        """
        if task.files is None:
            return
        settings, prerequisites = self._settings(task), self._prerequisites(task)
        # No other run has this key: what depends on a task that is not remembered runs again.
        self._keys[task.number] = digest([settings, prerequisites, time.time_ns()])
        if verdict.inputs is None:
            return
        try:
            remembered = verdict.inputs.is_still_true()
            outputs = _outputs(task.files.outputs)
            contents = verdict.inputs.contents()
        except OSError:
            remembered = False
        if not remembered or (task.files.outputs is not None and unmatched(task.files.outputs)):
            self._records.forget(_name(task))
            return
        inputs = verdict.inputs.record()
        record = {
            "inputs": inputs,
            "outputs": outputs.record() if outputs is not None else None,
            "settings": settings,
            "images": dict(image_ids),
            "prerequisites": prerequisites,
            "seconds": round(seconds, 3),
            "at": round(time.time()),
        }
        key = digest([inputs["content"], settings, prerequisites, dict(image_ids)])
        self._keys[task.number] = key
        self._records.write_log(_name(task), key, list(frames))
        self._records.write(_name(task), {"key": key, **record}, contents)

    def _differences(self, task: TaskPlan, inputs: Look) -> Iterator[str]:
        if self._options.force:
            yield "--force was given"
        if self._options.keep and task.requested:
            yield "its containers are to be kept"
        record = self._records.read(_name(task))
        if not record:
            yield "it has not succeeded yet, as far as is known"
            return
        nameless = unmatched(task.files.inputs) if task.files is not None else None
        if nameless is not None:
            yield f"no file is named by its input '{nameless}'"
        if not inputs.is_like(record.get("inputs")):
            yield from reasons.of_files(self._records.read_inputs(_name(task)), inputs.contents())
        yield from reasons.of_configs(record.get("settings"), self._settings(task))
        yield from reasons.of_prerequisites(record.get("prerequisites"), self._prerequisites(task))
        yield from self._other_outputs(task, record)
        ids: dict[str, str] = {}
        for name, container in task.containers.items():
            image_id, why = self._image(container.image)
            if image_id is None:
                yield f"the image of container {name} {why}"
            else:
                ids[name] = image_id
        yield from reasons.of_images(record.get("images"), ids)

    def _other_outputs(self, task: TaskPlan, record: Mapping[str, Any]) -> Iterator[str]:
        patterns = task.files.outputs if task.files is not None else None
        outputs = _outputs(patterns)
        if patterns is None or outputs is None:
            return
        missing = unmatched(patterns)
        if missing is not None:
            yield f"no file is named by its output '{missing}'"
        elif not outputs.is_like(record.get("outputs")):
            yield "its outputs are not as it left them"

    def _image(self, source: ImageSource) -> tuple[str | None, str]:
        """Return the id of an image as it is now, or why it cannot be told."""
        if isinstance(source, BuiltImage):
            if self._options.builds.rebuild:
                return None, "is to be built"
            # Loaded where something is built.
            from taskrunner.skipping.images import BuildMemory, found, look

            check = look(self._client, source, self._options.builds)
            builds = self._options.builds
            memory = BuildMemory(self._options.environment, builds.directory)
            image = found(check, memory) if check is not None else None
            return (None, "has to be built") if image is None else (image.id, "")
        if source.always:
            return None, "is always pulled"
        image = images.inspect(self._client, source.reference)
        return (None, "is not on the engine") if image is None else (image.id, "")

    def _settings(self, task: TaskPlan) -> dict[str, dict[str, Any]]:
        return {
            name: {
                **settings_of(container),
                "user": _user() if container.home_directory else "",
                "network": digest(self._options.use_network),
            }
            for name, container in task.containers.items()
        }

    def _prerequisites(self, task: TaskPlan) -> dict[str, str]:
        return {
            name: digest([self._keys.get(number) for number in self._calls[name]])
            for name in task.prerequisites
            if name in self._calls
        }


def _name(task: TaskPlan) -> str:
    """Return the name of a task's records: each way to call it has its own."""
    return f"{task.name}+{digest(list(task.arguments))[:8]}" if task.arguments else task.name


def _user() -> str:
    from taskrunner.host.user import current_user

    return digest(list(current_user()))


def _inputs(task: TaskPlan) -> Iterator[tuple[str, str]]:
    if task.files is None:
        return iter(())
    # What the task writes is no reason to run it.
    return named_files(task.files.inputs, task.files.outputs)


def _outputs(patterns: FilePatterns | None) -> Look | None:
    if patterns is None:
        return None
    chosen = patterns
    return Look(lambda: named_files(chosen))
