"""How far long work is: said in a notebook, and nowhere else unless somebody asked to hear it."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy._typing import Progress

_PATIENCE = 1.0  # seconds before anything is shown
_PAUSE = 0.2  # seconds between two lines
_KERNEL = "ZMQInteractiveShell"  # what IPython calls its shell in a notebook


def no_progress(what: str, done: int, total: int) -> None:
    """Take what is being done, steps done and steps in all, and say nothing."""


def default_progress() -> Progress:
    """Return what says how far work is where nobody chose: a line in a notebook, else nothing."""
    if "IPython" not in sys.modules:
        return no_progress
    shell = import_module("IPython").get_ipython()
    return NotebookLine(shell) if type(shell).__name__ == _KERNEL else no_progress


class NotebookLine:
    """One line below a cell: what is being done and how far it is; gone when the cell is done.

    Work of less than a second shows nothing.
    """

    def __init__(self, shell: Any) -> None:  # noqa: ANN401 - of a package not at hand
        self._shell = shell
        self._next = time.monotonic() + _PATIENCE
        self._handle: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show what is being done, steps done and steps in all."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PAUSE
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
