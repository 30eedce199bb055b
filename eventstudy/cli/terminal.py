"""What is written to a terminal or pipe: lines, warnings, progress, JSON. Imports nothing heavy."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
import textwrap
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import click

from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.io.progress import (
    LogLines,
    TerminalLine,
    is_seen,
    no_progress,
    printable,
    shown_reading,
)
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy._typing import Progress

NAME = "eventstudy"
WIDTH = 80
PAUSE_VARIABLE = "EVENTSTUDY_PAUSE"
"""Names the seconds between two signs of life where standard error is no terminal."""
_PAUSE = 10.0
_UNWRAPPED = 10_000
_LONGEST, _TAIL = 4_000, 1_000
"""Characters of a line, and of its end that is shown in any case."""


@dataclass(slots=True)
class Talk:
    """Messages to the user, as many as --quiet and --verbose leave."""

    quiet: bool = False
    verbose: bool = False

    def say(self, text: str) -> None:
        """Say on stdout what is not itself the output."""
        if not self.quiet:
            write_out(text)

    def note(self, text: str) -> None:
        """Say on stderr what was understood."""
        if not self.quiet:
            write_line(text)

    def warn(self, message: object) -> None:
        """Say one line on stderr."""
        if not self.quiet:
            write_line(f"warning: {message}")


def write_line(text: str) -> None:
    """Write one line to stderr, whatever the text holds and whoever still reads.

    On a terminal it is broken between words.
    """
    shown = printable(" ".join(text.split()))
    if len(shown) > _LONGEST:  # what it quotes is long, and what mends it stands at the end
        shown = f"{shown[: _LONGEST - _TAIL]} … {shown[-_TAIL:]}"
    line = f"{NAME}: {shown}"
    if sys.stderr.isatty():
        line = textwrap.fill(
            line, terminal_width(), subsequent_indent="  ",
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    with suppress(OSError):  # nobody is left to be told
        click.echo(line, err=True)


def write_out(text: str, *, nl: bool = True) -> None:
    """Write what is to be read to stdout, without what a terminal would act on."""
    click.echo(printable(text), nl=nl)


def write_data(text: str, *, nl: bool = True) -> None:
    """Write a file to stdout, byte for byte; on a terminal as `write_out`."""
    click.echo(printable(text) if sys.stdout.isatty() else text, nl=nl)


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


@contextmanager
def shown_log(talk: Talk) -> Iterator[None]:
    """Show what the logger ``eventstudy`` says, a line each, unless --quiet is given, too."""
    import logging

    from eventstudy.log import LOG

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not talk.quiet:
                write_line(record.getMessage())

    handler, level = Lines(), LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(level)


def print_json(value: object) -> None:
    """Print a value as JSON, escaped where standard output is no Unicode or a letter unseen."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, indent=2, ensure_ascii=not is_unicode)
    click.echo(text if text.isascii() else "".join(map(_escaped, text)))


def _escaped(letter: str) -> str:
    return letter if is_seen(letter) else json.dumps(letter)[1:-1]


def terminal_width() -> int:
    """Columns of the terminal; a pipe gets unwrapped lines."""
    return shutil.get_terminal_size((_UNWRAPPED, 24)).columns


@contextmanager
def long_reading_shown(talk: Talk) -> Iterator[None]:
    """Show on a terminal how much of a large file is read; in a pipe nothing."""
    with shown_reading(lambda: None if talk.quiet or not sys.stderr.isatty() else sys.stderr):
        yield


def _log_pause() -> float:
    """Return the seconds between two signs of life in a log; infinite where none are wanted."""
    asked = os.environ.get(PAUSE_VARIABLE, "").strip()
    if asked in ("", "none"):
        return math.inf if asked else _PAUSE
    if re.fullmatch(r"\d{1,6}", asked) is None:
        raise SpecificationError(
            f'{PAUSE_VARIABLE} must be whole seconds, such as 60, or "none", got {excerpt(asked)!r}'
        )
    return float(asked)


@contextmanager
def progress(talk: Talk) -> Iterator[Progress]:
    """Show on a terminal what is being done and how far it is; in a log say it now and then."""
    stream: TextIO = sys.stderr
    if talk.quiet:
        yield no_progress
        return
    if not stream.isatty():
        yield LogLines(write_line, pause=_log_pause())
        return
    line = TerminalLine(stream, patience=0.0)
    try:
        yield line
    finally:
        line.clear()
