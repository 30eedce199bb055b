"""What is written to a terminal or pipe: lines, warnings, progress, JSON. Imports nothing heavy."""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import click

from eventstudy.exceptions import EventStudyWarning
from eventstudy.io.progress import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy._typing import Progress

NAME = "eventstudy"
WIDTH = 80
_UNWRAPPED = 10_000
_BAR = 24


@dataclass(slots=True)
class Talk:
    """Messages to the user, as many as --quiet and --verbose leave."""

    quiet: bool = False
    verbose: bool = False

    def say(self, text: str) -> None:
        """Say on stdout what is not itself the output."""
        if not self.quiet:
            click.echo(text)

    def note(self, text: str) -> None:
        """Say on stderr what was understood."""
        if not self.quiet:
            write_line(text)

    def warn(self, message: object) -> None:
        """Say one line on stderr."""
        if not self.quiet:
            write_line(f"warning: {message}")


def write_line(text: str) -> None:
    """Write one line to stderr, whatever the text holds."""
    shown = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    click.echo(f"{NAME}: {shown}", err=True)


@contextmanager
def only_our_warnings(talk: Talk) -> Iterator[None]:
    """Show the package's own warnings, each once and on one line; keep other libraries quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", category=EventStudyWarning)
        shown: set[str] = set()

        def show(message: Warning | str, *_: object, **__: object) -> None:
            if str(message) not in shown:
                shown.add(str(message))
                talk.warn(message)

        warnings.showwarning = show
        yield


def print_json(value: object) -> None:
    """Print a value as JSON, escaped where standard output is no Unicode."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    click.echo(json.dumps(value, indent=2, ensure_ascii=not is_unicode))


def terminal_width() -> int:
    """Columns of the terminal; a pipe gets unwrapped lines."""
    return shutil.get_terminal_size((_UNWRAPPED, 24)).columns


@contextmanager
def progress(talk: Talk) -> Iterator[Progress]:
    """Show on a terminal what is being done and how far it is; in a pipe nothing."""
    stream: TextIO = sys.stderr
    if talk.quiet or not stream.isatty():
        yield no_progress
        return
    width = min(shutil.get_terminal_size().columns, WIDTH) - 1

    def draw(text: str) -> None:
        stream.write(f"\r{text[:width]:<{width}}\r")
        stream.flush()

    def step(what: str, done: int, total: int) -> None:
        filled = round(_BAR * done / total) if total else _BAR
        draw(f"{what:<30} [{'#' * filled}{'-' * (_BAR - filled)}] {done}/{total}")

    try:
        yield step
    finally:
        draw("")
