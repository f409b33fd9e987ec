"""The images of a whole run: fetched from the start and in parallel, told about when their task comes.

What is fetched ahead of the first task is there for it. For a later one it is only a head start: an
earlier task may still build or retag an image through the engine's socket, or mend what made a fetch fail,
so such a task asks again when it begins, and only that answer counts.
"""

from threading import Lock, Thread

from taskrunner.engine import images
from taskrunner.engine.cancellation import Cancelled, CancelScope
from taskrunner.engine.client import Client
from taskrunner.engine.images import Image
from taskrunner.errors import EngineError
from taskrunner.execution import events as e
from taskrunner.plan.model import BuiltImage, ImageSource, PulledImage, RunPlan
from taskrunner.skipping.build_options import BuildOptions

__all__ = ["ImageStore"]


class ImageStore:
    """Gets every image of a run, each piece of work once."""

    def __init__(self, client: Client, scope: CancelScope, how: BuildOptions) -> None:
        self._client = client
        self._scope = scope
        self._builds = how
        self._entries: dict[str, _Entry] = {}
        self._lock = Lock()
        self._certain = True

    def fetch_ahead(self, plan: RunPlan) -> None:
        """Start on every image that no earlier task of the run can still change."""
        for task in plan.tasks:
            for container in task.containers.values():
                source = container.image
                if isinstance(source, BuiltImage) and source.after >= 0:
                    continue
                if self._is_new(source):
                    Thread(target=self._ahead, args=(source,), daemon=True).start()

    def ensure(self, source: ImageSource, post: e.Post) -> Image:
        """Return an image once the engine has it, telling the task that asks what that takes.

        Raises EngineError (BuildError for a build) and Cancelled.
        """
        entry = self._entry(source)
        entry.news.speak(post)
        with entry.work:
            if entry.error is not None:
                raise entry.error
            image = self._get(source, entry)
            if isinstance(source, PulledImage):
                post(e.ImagePulled(source.reference, image.id, entry.fresh))
            else:
                post(e.ImageBuilt(source.container, image.id, entry.fresh, entry.current))
            entry.fresh = False
            return image

    def doubt(self) -> None:
        """Ask the engine again from now on: a task has run, and may have changed any image."""
        self._certain = False

    def known(self, source: ImageSource) -> Image:
        """Return an image that `ensure` has returned before."""
        image = self._entry(source).image
        if image is None:
            raise LookupError(source.key)
        return image

    def _get(self, source: ImageSource, entry: "_Entry") -> Image:
        self._scope.check()
        if isinstance(source, PulledImage):
            return self._pull(source, entry)
        return self._build(source, entry)

    def _pull(self, source: PulledImage, entry: "_Entry") -> Image:
        if entry.image is not None and self._certain:
            return entry.image
        image = images.inspect(self._client, source.reference)
        if image is not None and not image.is_for(source.platform):
            image = None
        if image is None or (source.always and entry.image is None):
            from taskrunner.engine import pulls

            news = entry.news
            news.tell(e.ImagePullStarted(source.reference))
            pulls.pull(
                self._client,
                source.reference,
                lambda operation, done, total: news.tell(
                    e.ImagePullProgress(source.reference, operation, done, total)
                ),
                self._scope,
                source.platform,
            )
            image = images.inspect(self._client, source.reference)
            if image is None:
                raise EngineError(
                    "engine.image-vanished",
                    f"The image {source.reference} was pulled, but the engine does not have it.",
                    "Something else may be removing images: try again.",
                )
            entry.fresh = True
        entry.image = image
        return image

    def _build(self, source: BuiltImage, entry: "_Entry") -> Image:
        if entry.image is None:
            from taskrunner.execution.image_builds import build_or_find

            built = build_or_find(self._client, source, self._builds, entry.news.tell, self._scope)
            entry.image, entry.fresh, entry.current = built.image, not built.found, built.found
        return entry.image

    def _ahead(self, source: ImageSource) -> None:
        entry = self._entry(source)
        with entry.work:
            try:
                self._get(source, entry)
            except Cancelled:
                return
            except EngineError as error:
                # For a task that waits already this is the answer; one that comes later tries again.
                if not entry.news.forget():
                    entry.error = error

    def _entry(self, source: ImageSource) -> "_Entry":
        with self._lock:
            return self._entries.setdefault(source.key, _Entry())

    def _is_new(self, source: ImageSource) -> bool:
        with self._lock:
            if source.key in self._entries:
                return False
            self._entries[source.key] = _Entry()
            return True


class _News:
    """Holds back what happens to an image until a task waits for it."""

    def __init__(self) -> None:
        self._post: e.Post | None = None
        self._held: list[e.Event] = []
        self._lock = Lock()

    def tell(self, event: e.Event) -> None:
        with self._lock:
            if self._post is not None:
                self._post(event)
            else:
                self._held.append(event)

    def speak(self, post: e.Post) -> None:
        """Tell the first task that waits for the image; another one gets it without a word."""
        with self._lock:
            if self._post is None:
                self._post = post
                for event in self._held:
                    post(event)

    def forget(self) -> bool:
        """Drop what is held back; return False where a task has heard of it already."""
        with self._lock:
            if self._post is not None:
                return False
            self._held = []
            return True


class _Entry:
    """One image, and the lock of whoever works on it."""

    def __init__(self) -> None:
        self.work = Lock()
        self.news = _News()
        self.image: Image | None = None
        self.error: EngineError | None = None
        """What a task that waits for the image has to be told."""
        self.current = False
        """Whether it is built, and was before the run."""
        self.fresh = False
        """Whether it was pulled or built since a task last asked for it."""
