"""A page of HTML as PDF: by WeasyPrint where it is installed, else by a browser of the machine.

Nothing is fetched meanwhile, by neither. A browser gets a profile of its own that is removed
afterwards, so that it leaves no trace in the user's and reads nothing of it.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eventstudy.exceptions import NotApplicableError, SourceError
from eventstudy.io.writing import write_bytes
from eventstudy.registry import choose
from eventstudy.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

Engine = Literal["auto", "weasyprint", "browser"]
ENGINES = ("auto", "weasyprint", "browser")
_REMEDY = (
    'pip install "market-reaction[pdf]", or install Chromium, Chrome or Edge; the HTML page prints '
    "from any browser, too"
)
_NONE = "a PDF needs WeasyPrint or a browser, and neither is on this machine"
_COMMANDS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "microsoft-edge-stable", "msedge", "brave-browser",
)  # fmt: skip
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Brave Browser.app/Contents/MacOS/Brave Browser",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",  # the discard port: an address without a name is not reached
    "--no-pdf-header-footer",
)
_LONG = 300_000  # characters of a page from which a browser prints several times faster
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_CLASSED = re.compile(r'<(?!svg\b)([a-z]+)\b([^<>]*?) class="([^"]*)"([^<>]*)>')
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS = re.compile(r"\.([\w-]+)")
_VARIABLE = re.compile(r"(--[\w-]+):\s*([^;{}]+);")
_USE = re.compile(r"var\((--[\w-]+)(?:,\s*([^()]*))?\)")
_PATIENCE = 180  # seconds for a long report on a slow machine


def write_pdf(html: str, path: str | os.PathLike[str], *, engine: Engine = "auto") -> str:
    """Write a page as PDF, whole or not at all, and return what printed it.

    Parameters
    ----------
    html
        A complete, self-contained document; how it prints is said by its own style sheet.
    path
        The file to write.
    engine
        ``"weasyprint"`` or ``"browser"``; ``"auto"`` takes the first of the two there is, for a
        long page, such as a report, a browser before WeasyPrint.

    Returns
    -------
    str
        ``"weasyprint"``, or the path of the browser.

    Raises
    ------
    NotApplicableError
        What is asked for is not on this machine; the message says what to install.
    SourceError
        The page could not be printed, or the file cannot be written; what was there stays.
    """
    content, used = pdf_bytes(html, engine=engine)
    write_bytes(path, content)
    return used


def pdf_bytes(html: str, *, engine: Engine = "auto") -> tuple[bytes, str]:
    """Return a page as PDF, and what printed it; see `write_pdf`."""
    choose(engine, ENGINES, "engine")
    if engine == "weasyprint":
        content = _by_weasyprint(html)
        if content is None:
            raise NotApplicableError(
                "a PDF by WeasyPrint needs the package and its library Pango", remedy=_REMEDY
            )
        return content, engine
    reasons: list[str] = []
    if engine == "browser":
        found = _by_first_browser(html, _browsers(), reasons)
    elif len(html) > _LONG:
        found = _by_first_browser(html, find_browsers(), reasons) or _named(_by_weasyprint(html))
    else:
        found = _named(_by_weasyprint(html)) or _by_first_browser(html, find_browsers(), reasons)
    if found is not None:
        return found
    if not reasons:
        raise NotApplicableError(_NONE, remedy=_REMEDY)
    raise SourceError(f"the page could not be printed ({'; '.join(reasons)})", remedy=_REMEDY)


def _named(content: bytes | None) -> tuple[bytes, str] | None:
    return None if content is None else (content, "weasyprint")


def _by_first_browser(
    html: str, browsers: list[Path], reasons: list[str]
) -> tuple[bytes, str] | None:
    """Print with the first browser that does; why the others did not is added to `reasons`."""
    for browser in browsers:
        try:
            return _by_browser(browser, html), str(browser)
        except (OSError, subprocess.SubprocessError) as error:
            reasons.append(f"{browser}: {shorten(_why(error), 200)}")
    return None


def check_printer() -> None:
    """Raise `NotApplicableError` unless something on this machine can print a page.

    WeasyPrint is only looked for, not loaded.
    """
    from importlib.util import find_spec

    if find_spec("weasyprint") is None:
        _browsers()


def _browsers() -> list[Path]:
    """The browsers of the machine; raises where it has none."""
    browsers = find_browsers()
    if not browsers:
        raise NotApplicableError(_NONE, remedy=_REMEDY)
    return browsers


def find_browsers() -> list[Path]:
    """Return the browsers of the machine that can print, those on the PATH first, each once."""
    found = [Path(place) for name in _COMMANDS if (place := shutil.which(name))]
    found += [place for place in _usual_places() if place.is_file()]
    return list({place.resolve(): place for place in found}.values())


def _usual_places() -> Iterator[Path]:
    """Where installers put browsers that are not on the PATH."""
    system: str = sys.platform
    if system == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / name for name in _MAC)
    elif system == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            root = os.environ.get(variable)
            if root:
                yield from (Path(root) / name for name in _WINDOWS)


def _by_weasyprint(html: str) -> bytes | None:
    """Print with WeasyPrint; None where it, or a library it needs, is not there."""
    silent = io.StringIO()
    try:
        with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
            import weasyprint
            from weasyprint.urls import URLFetcher
    except (ImportError, OSError):  # a library of the system that is missing is an OSError
        return None
    log = logging.getLogger("weasyprint")
    before = log.level
    log.setLevel(logging.CRITICAL)  # it warns of each rule meant for screens
    try:
        fetcher = URLFetcher(allowed_protocols=("data",))
        content = bytes(weasyprint.HTML(string=styled(html), url_fetcher=fetcher).write_pdf())
    finally:
        log.setLevel(before)
    return content


def styled(html: str) -> str:
    """Return a page whose drawings have the styles of their classes in their own tags.

    WeasyPrint does not apply the style sheet of a page to the SVG in it, and knows no variables
    there. Rules of one class are taken over, and variables get their first value, that of light.

    Examples
    --------
    >>> page = "<style>:root{--ink: #111;} .a{fill:var(--ink)}</style>"
    >>> styled(page + '<svg><path class="a" d="M0 0"/></svg>')[-55:]
    '<svg><path class="a" d="M0 0" style="fill:#111"/></svg>'
    """
    sheets = "\n".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    rules: dict[str, str] = {}
    for selectors, rule in _RULE.findall(sheets):
        for selector in selectors.split(","):
            if name := _CLASS.fullmatch(selector.strip()):
                rules.setdefault(name.group(1), rule.strip().rstrip(";"))
    values = dict(reversed(_VARIABLE.findall(sheets)))

    def resolved(use: re.Match[str]) -> str:
        return str(values.get(use.group(1), use.group(2) or "currentColor")).strip()

    def with_style(tag: re.Match[str]) -> str:
        name, before, classes, after = tag.groups()
        of_classes = [rules[one] for one in classes.split() if one in rules]
        own = re.search(r' style="([^"]*)"', before + after)
        style = ";".join([*of_classes, *([own.group(1)] if own else [])]).replace('"', "'")
        rest = re.sub(r' style="[^"]*"', "", after.rstrip("/"))
        before = re.sub(r' style="[^"]*"', "", before)
        end = "/>" if after.endswith("/") else ">"
        given = f' style="{style}"' if style else ""
        return f'<{name}{before} class="{classes}"{rest}{given}{end}'

    def drawn(drawing: re.Match[str]) -> str:
        return _USE.sub(resolved, _CLASSED.sub(with_style, drawing.group()))

    return _DRAWING.sub(drawn, html)


def _by_browser(browser: Path, html: str) -> bytes:
    """Print with a browser, in a folder of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="market-reaction-", ignore_cleanup_errors=True
    ) as folder:
        page, out = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(html, encoding="utf-8", newline="")
        as_root = getattr(os, "geteuid", lambda: 1)() == 0
        subprocess.run(  # noqa: S603 - a browser found above, our own options, no shell
            [
                str(browser),
                *_OPTIONS,
                *(["--no-sandbox"] if as_root else []),  # Chromium refuses root otherwise
                f"--user-data-dir={Path(folder, 'profile')}",
                f"--print-to-pdf={out}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE,
        )
        return out.read_bytes()


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer in {_PATIENCE} s"
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode("utf-8", "replace").split("\n") if error.stderr else []
        last = next((line for line in reversed(said) if line.strip()), "")
        return f"exit {error.returncode} {last}".strip()
    if isinstance(error, FileNotFoundError):
        return "it wrote no file"
    return str(error)
