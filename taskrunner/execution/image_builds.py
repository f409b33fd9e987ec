"""One image of a run built, or found to be what a build would make."""

import os
from typing import NamedTuple

from taskrunner.engine import images
from taskrunner.engine.build_spec import BuildError, BuildNews, BuildSpec, SecretSource, SshSource
from taskrunner.engine.builds import choose
from taskrunner.engine.cancellation import CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.images import Image
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.plan.builds import build_problem
from taskrunner.plan.model import BuiltImage
from taskrunner.skipping.build_options import BuildOptions
from taskrunner.skipping.images import BuildCheck, BuildMemory, found, look

__all__ = ["Built", "build_or_find"]


class Built(NamedTuple):
    """An image, and whether it was there already."""

    image: Image
    found: bool


def build_or_find(
    client: Client, source: BuiltImage, options: BuildOptions, post: e.Post, scope: CancelScope
) -> Built:
    """Return a container's image, built unless it is current. Raises EngineError and Cancelled."""
    problem = build_problem(source)
    if problem is not None:
        raise BuildError("engine.build-impossible", problem.message, output="")
    memory = BuildMemory(os.environ, options.directory)
    check = look(client, source, options)
    if check is not None and not options.rebuild:
        image = found(check, memory)
        if image is not None:
            _name(client, image, source.tags)
            return Built(image, found=True)
    image = _build(client, source, options, post, scope)
    if check is not None:
        _remember(check, memory, image)
    return Built(image, found=False)


def _remember(check: BuildCheck, memory: BuildMemory, image: Image) -> None:
    try:
        check.remember(memory, image)
    except (OSError, EngineError):
        return  # it will be built again, which is no harm


def _name(client: Client, image: Image, tags: tuple[str, ...]) -> None:
    for tag in tags:
        if ":".join(images.split_reference(tag)) not in image.tags:
            images.tag(client, image.id, tag)


def _build(
    client: Client, source: BuiltImage, options: BuildOptions, post: e.Post, scope: CancelScope
) -> Image:
    name = source.container
    spec = BuildSpec(
        directory=source.directory,
        dockerfile=source.dockerfile,
        args=source.args,
        target=source.target,
        pull=source.pull,
        tags=source.tags,
        labels=options.labels,
        secrets=tuple(SecretSource(*each) for each in source.secrets),
        ssh=tuple(SshSource(*each) for each in source.ssh),
        platform=source.platform,
    )
    news = BuildNews(
        step=lambda *step: post(e.ImageBuildProgress(name, *step)),
        output=lambda text: post(e.ImageBuildOutput(name, text)),
        download=lambda done, total: post(e.ImageBuildDownload(name, done, total)),
    )
    builder = choose(client, spec, wanted=options.buildkit)
    post(e.ImageBuildStarted(name, builder.name))
    image_id = builder.build(client, spec, news, scope)
    image = images.inspect(client, image_id)
    if image is None:
        raise BuildError("engine.image-vanished", f"The built image {image_id} is gone again.", output="")
    return image
