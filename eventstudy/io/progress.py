"""How far long work is: said in a notebook and on a terminal, and in no script's log."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from io import BufferedReader
from typing import TYPE_CHECKING, Any, ParamSpec, TextIO, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from io import RawIOBase

    from eventstudy._typing import Progress

P = ParamSpec("P")
T = TypeVar("T")

_DOUBTFUL = re.compile(r"[^ -~\n]")
_PATIENCE = 1.0  # seconds before anything is shown
_PAUSE = 0.2  # seconds between two lines
_BAR = 24
_WIDTH = 80
_LONG = 2.0  # seconds of reading one file before anything is shown
_LARGE = 5_000_000  # bytes, or letters, of a file that may take so long
_MB = 1_000_000
_KERNEL = "ZMQInteractiveShell"  # what IPython calls its shell in a notebook


def no_progress(what: str, done: int, total: int) -> None:
    """Take what is being done, steps done and steps in all, and say nothing."""


def printable(text: str) -> str:
    r"""Return a text without what a terminal acts on or hides: escapes, marks of direction.

    Line ends stay; other white space, as a tab, is a space. Bytes of a name that are no UTF-8 are
    shown by their numbers.

    Examples
    --------
    >>> printable("a\tb\x1b[2J\u202ec\n")
    'a b[2Jc\n'
    """
    return _DOUBTFUL.sub(_printable, text)


def is_seen(letter: str) -> bool:
    """Whether a letter is one that a terminal shows: a line end is, and the wide space of Asia."""
    return letter.isprintable() or letter in "\n\u3000"


def _printable(found: re.Match[str]) -> str:
    letter = found[0]
    if is_seen(letter):
        return letter
    if "\ud800" <= letter <= "\udfff":
        return letter.encode("ascii", "backslashreplace").decode()
    return " " if letter.isspace() and letter not in "\r\x0b\x0c" else ""


def default_progress() -> Progress:
    """Return what says how far work is where nobody chose.

    A line in a notebook, a bar where standard error is a terminal, else nothing.
    """
    if "IPython" in sys.modules:
        shell = import_module("IPython").get_ipython()
        if type(shell).__name__ == _KERNEL:
            return NotebookLine(shell)
    stream = sys.stderr
    return TerminalLine(stream) if stream is not None and stream.isatty() else no_progress


def shows_progress(work: Callable[P, T]) -> Callable[P, T]:
    """Let a function that takes ``progress=`` show how far it is where nobody gave one.

    What a terminal showed is gone when the function ends, whichever way.
    """

    @wraps(work)
    def shown(*arguments: P.args, **named: P.kwargs) -> T:
        if named.get("progress") is not None:
            return work(*arguments, **named)
        line = default_progress()
        named["progress"] = line
        try:
            return work(*arguments, **named)
        finally:
            if isinstance(line, TerminalLine):
                line.clear()

    return cast("Callable[P, T]", shown)


class TerminalLine:
    """One line on a terminal: what is being done, a bar and how far it is.

    Work of less than `patience` seconds shows nothing; `clear` takes away what was shown.
    """

    def __init__(self, stream: TextIO, *, patience: float = _PATIENCE) -> None:
        self._stream = stream
        self._pause = _PAUSE if patience else 0.0
        self._next = time.monotonic() + patience
        self._width = min(shutil.get_terminal_size().columns, _WIDTH) - 1
        self._is_shown, self._what = False, ""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show what is being done, steps done and steps in all."""
        now = time.monotonic()
        if now < self._next and not (self._is_shown and what != self._what):
            return
        self._next, self._what = now + self._pause, what
        filled = round(_BAR * done / total) if total else _BAR
        self._draw(f"{what:<30} [{'#' * filled}{'-' * (_BAR - filled)}] {done}/{total}")
        self._is_shown = True

    def clear(self) -> None:
        """Leave an empty line where one was shown."""
        if self._is_shown:
            self._draw("")
            self._is_shown = False

    def _draw(self, text: str) -> None:
        text = printable(text).replace("\n", " ")
        self._stream.write(f"\r{text[: self._width]:<{self._width}}\r")
        self._stream.flush()


class Reading:
    """How much of a large file is read, said where a command shows it; see `shown_reading`."""

    def __init__(self, stream: Callable[[], TextIO | None]) -> None:
        self._stream = stream
        self._line: TerminalLine | None = None
        self._what, self._total = "", 0
        self.is_held = False

    def begin(self, name: str, total: int) -> bool:
        """Begin a file of so many bytes; return whether it is large and anybody is shown."""
        if self._line is not None:
            self._line.clear()
            self._line = None
        stream = self._stream() if total >= _LARGE else None
        if stream is not None:
            self._line = TerminalLine(stream, patience=_LONG)
            self._what, self._total = f"reading {name}, MB", total
        return stream is not None

    def say(self, done: int) -> None:
        """Say how much of it is read."""
        if self._line is not None:
            self._line(self._what, min(done, self._total) // _MB, self._total // _MB)

    def end(self) -> None:
        """Take away what was shown, unless somebody still has work with what was read."""
        if self._line is not None and not self.is_held:
            self._line.clear()
            self._line = None


_READING: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def shown_reading(stream: Callable[[], TextIO | None]) -> Iterator[None]:
    """Show how much of a large file is read, as long as this lasts.

    `stream` gives where, when a file is begun; None for nowhere.
    """
    reading = Reading(stream)
    token = _READING.set(reading)
    try:
        yield
    finally:
        reading.end()
        _READING.reset(token)


@contextmanager
def held_reading() -> Iterator[None]:
    """Leave what is shown of a file where it is until what follows its reading is done, too."""
    reading = _READING.get()
    if reading is None or reading.is_held:
        yield
        return
    reading.is_held = True
    try:
        yield
    finally:
        reading.is_held = False
        reading.end()


def while_read(lines: Iterable[str], name: str, total: int) -> Iterable[str]:
    """Return the lines of a text of so many letters, which say how far they are."""
    reading = _READING.get()
    if reading is None or not reading.begin(name, total):
        return lines
    return _said(lines, reading)


def _said(lines: Iterable[str], reading: Reading) -> Iterator[str]:
    done = 0
    for line in lines:
        done += len(line)
        reading.say(done)
        yield line
    reading.end()


def watched(file: BufferedReader, name: str) -> BufferedReader:
    """Return an open file that says how far it is read."""
    reading = _READING.get()
    if reading is None or not reading.begin(name, os.fstat(file.fileno()).st_size):
        return file
    return _Watched(file.detach(), reading)


class _Watched(BufferedReader):
    """A file that says how much of it was read."""

    def __init__(self, raw: RawIOBase, reading: Reading) -> None:
        super().__init__(raw)
        self._reading = reading

    def read(self, size: int | None = -1, /) -> bytes:
        """Read so many bytes."""
        found = super().read(size)
        self._reading.say(self.tell())
        return found

    def read1(self, size: int = -1, /) -> bytes:
        """Read at most so many bytes."""
        found = super().read1(size)
        self._reading.say(self.tell())
        return found

    def close(self) -> None:
        """Close it, and show nothing any more."""
        self._reading.end()
        super().close()


class NotebookLine:
    """One line below a cell: what is being done and how far it is; gone when the cell is done.

    Work of less than a second shows nothing.
    """

    def __init__(self, shell: Any) -> None:  # noqa: ANN401 - of a package not at hand
        self._shell = shell
        self._next = time.monotonic() + _PATIENCE
        self._handle: Any = None
        self._what = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show what is being done, steps done and steps in all."""
        now = time.monotonic()
        # Another piece of work is shown at once: the last one before it may take long.
        if now < self._next and (self._handle is None or what == self._what):
            return
        self._next, self._what = now + _PAUSE, what
        self._show(f"{what}: {done} of {total}" if total > 1 else f"{what} ...")

    def _show(self, text: str) -> None:
        if self._handle is None:
            display = import_module("IPython.display").display
            self._handle = display(_line(text), raw=True, display_id=True)
            self._shell.events.register("post_run_cell", self._clear)
        else:
            self._handle.update(_line(text), raw=True)

    def _clear(self, *_: object) -> None:
        self._shell.events.unregister("post_run_cell", self._clear)
        if self._handle is not None:
            self._handle.update(_line(""), raw=True)
            self._handle = None


def _line(text: str) -> dict[str, str]:
    return {"text/plain": text}
