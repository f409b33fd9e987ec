"""A real Chromium, without anything that would reach for the network by itself."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Route, sync_playwright

__all__ = ["browsing", "fetch_apart"]

_MILLISECONDS = 120_000
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start Debian's Chromium with a profile of its own, and end it."""
    program = shutil.which("chromium")
    assert program, "chromium is missing: tests/run.sh installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=[*_FLAGS])
        try:
            yield browser
        finally:
            browser.close()


def fetch_apart(context: BrowserContext) -> None:
    """Have what pages load over HTTP fetched by Playwright, and handed to the browser as it came.

    Chromium breaks off whatever it loads when a network interface comes or goes (ERR_NETWORK_CHANGED), and
    each container of another test's brings one.
    """

    def answer(route: Route) -> None:
        route.fulfill(response=route.fetch(timeout=_MILLISECONDS))

    context.route("http://**", answer)
