"""As many processes as pay: what one process has soon done, it does alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.execution.workers import (
    SERIAL,
    Chunk,
    InThisProcess,
    Result,
    Shared,
    Workers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PAYS_FROM = 10.0
"""Seconds of one processor from which several processes are done sooner than one."""
_SHARE = 0.5  # of the memory there is that all of them may take


class WhereItPays(InThisProcess):
    """One process, the calling one, until it is told of work that several do sooner.

    Parameters
    ----------
    processors
        Says how many processes there may be, one a processor; asked only where work is long.
    """

    __slots__ = ("_processors",)

    def __init__(self, processors: Callable[[], int]) -> None:
        self._processors = processors

    def for_work(self, seconds: float, n_bytes: float, limit: float | None = None) -> Workers:
        """Return a process a processor, fewer where memory is short; this one for little work."""
        if seconds < PAYS_FROM:
            return SERIAL
        number = self._processors()
        if limit is not None and n_bytes > 0:
            number = min(number, int(_SHARE * limit / n_bytes))
        if number < 2:
            return SERIAL
        from eventstudy.execution.processes import Processes

        return Processes(number)

    def map(
        self,
        function: Callable[[Shared, Chunk], Result],
        chunks: Sequence[Chunk],
        shared: Shared,
        progress: Callable[[int], None] | None = None,
    ) -> list[Result]:
        """Carry the chunks out in their order, here."""
        return SERIAL.map(function, chunks, shared, progress)
