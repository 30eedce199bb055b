"""A real browser, where the machine has one: pages opened from files, the network forbidden."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from functools import cache

import hostile_pages
import pytest

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; the tests are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    # As root, inside a container, Chromium cannot make its own sandbox.
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=program, args=[*_ARGUMENTS, *(["--no-sandbox"] if is_root else [])]
        )
        yield started
        started.close()


@pytest.fixture
def opened(browser):
    """Open a page from a file; at the end it must have asked nobody and complained of nothing."""

    @contextmanager
    def open_page(path, *, at="", width=1440, height=900, dark=False, script=True):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        asked, complaints = [], []
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
        page.goto(path.as_uri() + at)
        try:
            yield page
        finally:
            context.close()
        others = [url for url in asked if not url.startswith(("file:", "data:"))]
        assert others == [], "a page asks nothing of the network"
        assert complaints == [], "a page leaves nothing on the console"

    return open_page


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """Give the file of a page of `hostile_pages` by its name; each is made once."""
    folder = tmp_path_factory.mktemp("pages")

    @cache
    def file(name):
        path = folder / f"{name}.html"
        path.write_text(hostile_pages.PAGES[name](), encoding="utf-8")
        return path

    return file
