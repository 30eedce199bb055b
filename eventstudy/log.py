"""The logger ``eventstudy``: what was read, joined, estimated and drawn, and how long it took.

It says nothing unless somebody listens: ``logging.basicConfig(level="INFO")`` in Python,
``--verbose`` on the command line.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventstudy._typing import Progress

P = ParamSpec("P")
R = TypeVar("R")

LOG = logging.getLogger("eventstudy")
LOG.addHandler(logging.NullHandler())
_WIDTH = 200


class Stages:
    """A progress callback that logs each stage with the seconds it took, and passes all on.

    Examples
    --------
    >>> stages = Stages(lambda what, done, total: print(what, done, total))
    >>> stages("reading", 0, 1)
    reading 0 1
    >>> stages.end()
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._what = ""
        self._begin = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Note where the work is."""
        if what != self._what:
            self.end()
            self._what, self._begin = what, time.perf_counter()
        self._progress(what, done, total)

    def end(self) -> None:
        """Log the last stage."""
        if self._what:
            LOG.info("%s: %.2f s", self._what, time.perf_counter() - self._begin)
        self._what = ""


@contextmanager
def stages(progress: Progress) -> Iterator[Stages]:
    """Give `Stages` of a callback, the last of which ends with the block."""
    staged = Stages(progress)
    yield staged
    staged.end()


def logged(verb: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that logs what a function returned, in a line, and the seconds it took."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def logging_(*args: P.args, **kwargs: P.kwargs) -> R:
            begin = time.perf_counter()
            result = function(*args, **kwargs)
            if LOG.isEnabledFor(logging.INFO):
                from eventstudy.text import excerpt

                took(begin, "%s %s", verb, excerpt(repr(result), _WIDTH))
            return result

        return logging_

    return decorate


def took(begin: float, what: str, *arguments: object) -> None:
    """Log what was done since `begin`, a reading of ``time.perf_counter``, and the seconds."""
    LOG.info("%s: %.2f s", what % arguments, time.perf_counter() - begin)
