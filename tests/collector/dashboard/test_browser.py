"""The pages as people meet them: in a real browser, narrow and wide, dark and light."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import fetch_apart
from tests.support.collector import Collector
from tests.support.verbs import collector_verb

PAGES = ("", "adoption", "environment", "performance", "crashes", "quality", "data/", "privacy")
SCREENS = [
    (390, "dark"),
    (1024, "light"),
    (1600, "dark"),
    *(
        pytest.param(screen, marks=pytest.mark.long)
        for screen in ((390, "light"), (1024, "dark"), (1600, "light"))
    ),
]
_MILLISECONDS = 120_000
_WIDER_THAN_SCREEN = """() => [...document.querySelectorAll('body *')]
  .filter(each => !each.closest('.scroll, nav, pre'))
  .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(each => each.outerHTML.slice(0, 120))"""
_FAINT = """() => {
  const light = color => {
    const parts = color.match(/[0-9.]+/g).map(Number).slice(0, 3).map(part => part / 255)
      .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const behind = each => {
    for (; each; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if (!/rgba\\(.*, 0\\)/.test(color)) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  const words = 'h1, h2, h3, p, td, th, li, span, summary, a, text, option, button';
  for (const each of document.querySelectorAll(words)) {
    if (!each.textContent.trim() || each.closest('.hidden, .skip, .cover, details:not([open])')) continue;
    if (each.getClientRects().length === 0) continue;
    const style = getComputedStyle(each);
    const color = each instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(color), light(behind(each))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const least = each.matches('.end') ? 3 : 4.5;
    if (contrast < least) found.push([contrast, color, each.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give a page; nothing in it may complain, and nothing may be asked of anybody else."""
    width, scheme = getattr(request, "param", (1024, "light"))
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    fetch_apart(context)
    opened = context.new_page()
    opened.set_default_timeout(_MILLISECONDS)
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda failed: complaints.append(failed.url))
    asked: set[str] = set()
    opened.on("request", lambda each: asked.add("/".join(each.url.split("/")[:3])))
    yield opened
    found = [*complaints]  # whatever is under way, such as an icon, fails when the page closes
    context.unroute_all(behavior="ignoreErrors")
    context.close()
    assert found == []
    assert len(asked) <= 1


@pytest.mark.parametrize("page", SCREENS, indirect=True)
def test_every_page(page: Page, dashboard: Collector, tmp_path: Path) -> None:
    """Each page fits its screen, can be read, and has a table and a name for each drawing."""
    for name in PAGES:
        page.goto(f"http://127.0.0.1:{dashboard.port}/{name}")
        page.screenshot(path=tmp_path / f"{name.strip('/') or 'overview'}.png", full_page=True)

        assert page.evaluate(_WIDER_THAN_SCREEN) == [], name
        assert page.evaluate(_FAINT) == [], name
        assert page.locator("h1").count() == 1
        assert page.locator("nav [aria-current=page]").count() == 1
        for figure in page.locator("figure").all():
            assert figure.locator("table").count() == 1
        for drawing in page.locator("figure svg").all():
            assert drawing.get_attribute("role") == "img"
            assert len(drawing.get_attribute("aria-label") or "") > 20
    assert (tmp_path / "overview.png").stat().st_size > 20_000


def test_overview_tells(page: Page, dashboard: Collector) -> None:
    """The first page says in words how many there are, which version they have and where it runs."""
    page.goto(f"http://127.0.0.1:{dashboard.port}/")
    words = page.locator(".facts").inner_text()

    for part in ("people in the week from", "have version", "They work on linux", "Half of all commands"):
        assert part in words
    assert page.locator(".tiles li").count() == 4
    assert page.locator("figure").count() >= 8


def test_filters(page: Page, dashboard: Collector) -> None:
    """A choice is in the address, is kept from page to page, and changes what is shown."""
    page.goto(f"http://127.0.0.1:{dashboard.port}/")
    page.select_option("select[name=who]", "ci")
    page.select_option("select[name=weeks]", "4")
    page.click("button")

    assert "who=ci" in page.url
    assert "weeks=4" in page.url
    assert page.locator("figure h3").first.inner_text() == "Sessions a week"
    page.click("nav a:text('Environment')")
    assert "who=ci" in page.url
    assert page.input_value("select[name=who]") == "ci"


def test_without_a_script(browser: Browser, dashboard: Collector) -> None:
    """Everything is there for a browser that runs no scripts, and there is none to run."""
    context = browser.new_context(java_script_enabled=False)
    fetch_apart(context)
    try:
        opened = context.new_page()
        for name in PAGES:
            opened.goto(f"http://127.0.0.1:{dashboard.port}/{name}", timeout=_MILLISECONDS)
            assert "<script" not in opened.content()
        opened.goto(f"http://127.0.0.1:{dashboard.port}/", timeout=_MILLISECONDS)
        opened.click("details summary >> nth=0")
        assert opened.locator("details[open] table").first.is_visible()
    finally:
        context.close()


def test_by_keyboard(page: Page, dashboard: Collector) -> None:
    """The first stop of the tabulator skips to the content; every link and field can be reached."""
    page.goto(f"http://127.0.0.1:{dashboard.port}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"SELECT", "BUTTON", "A"} <= reached


def test_files(page: Page, sums: Path, tmp_path: Path) -> None:
    """The dashboard as files is the same without a server: every link leads to a file."""
    site = tmp_path / "site"
    done = collector_verb("publish", "--aggregates", str(sums), "--to", str(site))
    assert done.exit_code == 0, done.stderr
    page.goto((site / "index.html").as_uri())

    for name in [*PAGES, "data/"]:
        path = site / (f"{name}index.html" if name.endswith("/") or not name else f"{name}.html")
        page.goto(path.as_uri())
        assert page.locator("h1").count() == 1
        for link in page.locator("a[href]").all():
            target = (link.get_attribute("href") or "").partition("#")[0]
            assert not target or (path.parent / target).is_file(), (name, target)
    assert page.locator("form").count() == 0
