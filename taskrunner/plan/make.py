"""Make the plan of a run: which tasks, which containers, with which values."""

import os
from collections.abc import Iterable, Mapping

from taskrunner.config.graph import Call, containers_of, prerequisites_of, task_order
from taskrunner.config.model import COMPLETED, HEALTHY, Build, Container, Project, Task, TaskRun
from taskrunner.config.suggest import did_you_mean
from taskrunner.errors import ConfigError, Problem, UserError
from taskrunner.host.proxies import proxy_variables, reaching_directly
from taskrunner.plan.builds import build_problem
from taskrunner.plan.caches import store_of
from taskrunner.plan.environment import environment_of
from taskrunner.plan.evaluate import Evaluator, bindings, overlay_ports
from taskrunner.plan.model import BindMount, BuiltImage, PlannedContainer, RunPlan, TaskFiles, TaskPlan
from taskrunner.records import NamedTuple

__all__ = ["PlanOptions", "make_plan"]


class PlanOptions(NamedTuple):
    """What a person asked for on the command line, as far as it shapes the plan."""

    task: str
    """The task that is named last."""
    arguments: tuple[str, ...] = ()
    """Added to the command of that task's main container."""
    earlier: tuple[str, ...] = ()
    """The tasks that are named before it."""
    skip_prerequisites: bool = False
    override_images: Mapping[str, str] = {}
    tag_images: Mapping[str, tuple[str, ...]] = {}
    disable_ports: bool = False
    cache_type: str = "volume"
    propagate_proxies: bool = True
    buildkit: bool | None = None
    """Whether images are built with BuildKit; None where the person has not said."""


def make_plan(
    project: Project,
    options: PlanOptions,
    environment: Mapping[str, str],
    variables: Mapping[str, str | None],
) -> RunPlan:
    """Return the plan of a run.

    Raises UserError for names that do not exist and ConfigError with every expression that cannot be
    evaluated, so that a run that starts can also end well.
    """
    _check_containers_exist(project, "--override-image", options.override_images)
    _check_containers_exist(project, "--tag-image", options.tag_images)
    evaluator = Evaluator(
        environment=environment,
        variables=variables,
        caches=store_of(project.directory, project.file),
        cache_type=options.cache_type,
        proxies=proxy_variables(environment) if options.propagate_proxies else {},
        problems=[],
        env_files={},
    )
    named = (*options.earlier, options.task)
    maker = _Maker(project, options, evaluator)
    tasks: list[TaskPlan] = []
    for number, call in enumerate(task_order(project, named, skip_prerequisites=options.skip_prerequisites)):
        tasks.append(_after_what_it_reads(maker.task(call, number), tasks))
    _check_tags_are_built(options.tag_images, tasks)
    maker.check_builds(tasks)
    if evaluator.problems:
        raise ConfigError(evaluator.problems)
    return RunPlan(project.name, project.directory, tuple(tasks), tuple(evaluator.env_files))


class _Maker(NamedTuple):
    project: Project
    options: PlanOptions
    evaluator: Evaluator

    def task(self, call: Call, number: int) -> TaskPlan:
        task = self.project.tasks[call.task]
        requested = call.key == self.options.task
        extra = self.options.arguments if requested else tuple(map(self.evaluator.text, call.arguments))
        if task.run is None:
            self._check_takes_arguments(task, None, extra)
            return TaskPlan(number, task.name, None, {}, requested, self._prerequisites(task))
        names = containers_of(self.project, task)
        main = task.run.container.name
        containers = {name: self.container(self.project.containers[name], task, extra) for name in names}
        containers = _with_one_shots(self._with_proxies(containers))
        return TaskPlan(
            number,
            task.name,
            main,
            containers,
            requested,
            self._prerequisites(task),
            () if requested else extra,
            TaskFiles(task.inputs, task.outputs) if task.inputs is not None else None,
        )

    def _prerequisites(self, task: Task) -> tuple[str, ...]:
        if self.options.skip_prerequisites:
            return ()
        return tuple(dict.fromkeys(prerequisites_of(self.project.tasks, task.name)))

    def _with_proxies(self, containers: dict[str, PlannedContainer]) -> dict[str, PlannedContainer]:
        """Let containers use the host's proxies, but not to reach one another."""
        hosts = [host for c in containers.values() for host in (c.name, *c.additional_hostnames)]
        proxies = reaching_directly(self.evaluator.proxies, hosts)
        return {
            name: container._replace(environment={**proxies, **container.environment})
            for name, container in containers.items()
        }

    def container(self, container: Container, task: Task, extra: tuple[str, ...]) -> PlannedContainer:
        run = task.run if task.run and task.run.container.name == container.name else None
        change = run or task.customise.get(container.name)
        value = self.evaluator
        command, text = self._command(container, task, run, extra)
        entrypoint = value.command((run and run.entrypoint) or container.entrypoint)
        needed = _needed(container, task if run else None)
        user = container.run_as_current_user
        return PlannedContainer(
            name=container.name,
            image=value.image(
                container,
                self.options.override_images.get(container.name),
                self.options.tag_images.get(container.name, ()),
                self.project.name,
            ),
            command=command,
            command_text=text,
            entrypoint=entrypoint.words if entrypoint else None,
            environment=environment_of(container, change, value),
            working_directory=(change and change.working_directory) or container.working_directory,
            mounts=tuple(value.mount(mount) for mount in container.volumes),
            devices=container.devices,
            ports=() if self.options.disable_ports else bindings(overlay_ports(container, change)),
            dependencies=tuple(needed),
            health_check=container.health_check,
            privileged=container.privileged,
            enable_init_process=container.enable_init_process,
            capabilities_to_add=container.capabilities_to_add,
            capabilities_to_drop=container.capabilities_to_drop,
            additional_hostnames=container.additional_hostnames,
            additional_hosts=container.additional_hosts,
            setup_commands=value.set_up(container.setup_commands),
            log_driver=container.log_driver,
            log_options=container.log_options,
            shm_size=container.shm_size,
            labels=container.labels,
            stop_grace_period=container.stop_grace_period,
            home_directory=value.inside(user.home_directory, user.where) if user else None,
            conditions={name: each for name, each in needed.items() if each != HEALTHY},
            ulimits=container.ulimits,
            mem_limit=container.mem_limit,
            cpus=container.cpus,
            platform=container.platform,
            networks=tuple(network.name for network in container.networks),
        )

    def _command(
        self, container: Container, task: Task, run: TaskRun | None, extra: tuple[str, ...]
    ) -> tuple[tuple[str, ...] | None, str | None]:
        """Return the words of a container's command, and how it is shown."""
        command = self.evaluator.command((run and run.command) or container.command)
        words = command.words if command else None
        if run and extra:
            self._check_takes_arguments(task, words, extra)
            words = (*(words or ()), *extra)
        return words, _display(command.text if command else None, extra if run else ())

    def check_builds(self, tasks: Iterable[TaskPlan]) -> None:
        """Note builds that cannot work, where no earlier task of the run may still make them work."""
        for container in (c for task in tasks for c in task.containers.values()):
            build = self.project.containers[container.name].build
            if not isinstance(container.image, BuiltImage) or container.image.after >= 0 or build is None:
                continue
            if self.options.buildkit is False:
                self._check_works_without_buildkit(build)
            found = build_problem(container.image)
            if found is not None:
                where = getattr(build, found.field)
                hint = "Correct the path; where a task makes it, name that task as a prerequisite."
                self.evaluator.note(Problem("plan.build-impossible", found.message, where, hint))

    def _check_works_without_buildkit(self, build: Build) -> None:
        for field, where in (("build_secrets", build.secrets_where), ("build_ssh", build.ssh_where)):
            if where is not None:
                self.evaluator.note(
                    Problem(
                        "plan.buildkit-off",
                        f"`{field}` needs BuildKit, which DOCKER_BUILDKIT turns off.",
                        where,
                        "Remove DOCKER_BUILDKIT from the environment, or set it to 1.",
                    )
                )

    @staticmethod
    def _check_takes_arguments(task: Task, words: object, extra: tuple[str, ...]) -> None:
        if words is None and extra:
            what = "only has prerequisites" if task.run is None else "has no command of its own"
            raise UserError(
                "plan.arguments-without-command",
                f"Task '{task.name}' {what}, so there is nothing to add arguments to.",
                "Give the task's `run`, or its container, a `command`.",
            )


def _with_one_shots(containers: dict[str, PlannedContainer]) -> dict[str, PlannedContainer]:
    """Tell the containers that others wait for to end."""
    conditions = [pair for each in containers.values() for pair in each.conditions.items()]
    awaited = {name for name, condition in conditions if condition == COMPLETED}
    return {name: each._replace(must_complete=name in awaited) for name, each in containers.items()}


def _needed(container: Container, task: Task | None) -> dict[str, str]:
    """Return the condition of each dependency of a container, which may be the main one of a task."""
    # Where both name a container, the task knows best what it needs of it.
    each = (*container.dependencies, *(task.dependencies if task else ()))
    return {dependency.name: dependency.condition for dependency in each}


def _display(text: str | None, extra: tuple[str, ...]) -> str | None:
    if not extra:
        return text
    import shlex

    return f"{text} {shlex.join(extra)}"


def _after_what_it_reads(task: TaskPlan, earlier: list[TaskPlan]) -> TaskPlan:
    """Let each build wait for the last task that may write what it reads."""
    containers = {
        name: container._replace(image=container.image._replace(after=_last_writer(container.image, earlier)))
        if isinstance(container.image, BuiltImage)
        else container
        for name, container in task.containers.items()
    }
    return task._replace(containers=containers)


def _last_writer(image: BuiltImage, earlier: list[TaskPlan]) -> int:
    for task in reversed(earlier):
        for container in task.containers.values():
            for mount in container.mounts:
                if isinstance(mount, BindMount) and any(_may_write(mount, each) for each in image.reads):
                    return task.number
    return -1


def _may_write(mount: BindMount, directory: str) -> bool:
    if mount.options and "ro" in mount.options.split(","):
        return False
    source, context = os.path.realpath(mount.source), os.path.realpath(directory)
    return os.path.commonpath((source, context)) in (source, context)


def _check_containers_exist(project: Project, option: str, named: Iterable[str]) -> None:
    for name in named:
        if name not in project.containers:
            raise UserError(
                "plan.unknown-container",
                f"{option} names the container '{name}', which the config does not define.",
                did_you_mean(name, project.containers),
            )


def _check_tags_are_built(tags: Mapping[str, tuple[str, ...]], tasks: list[TaskPlan]) -> None:
    built = {
        name
        for task in tasks
        for name, container in task.containers.items()
        if isinstance(container.image, BuiltImage)
    }
    for name in tags:
        if name not in built:
            raise UserError(
                "plan.tag-without-build",
                f"--tag-image names the container '{name}', but this run does not build an image for it.",
                "Name a container with a `build_directory` that the task uses.",
            )
