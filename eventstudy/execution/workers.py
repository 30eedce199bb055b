"""What carries out chunks of work: the interface, and the plain one that uses this process."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from eventstudy.exceptions import EventStudyWarning, ExecutionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Shared = TypeVar("Shared")
Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a chunk came to in another process, and the warnings it gave there."""

    value: Any
    warnings: tuple[tuple[type[Warning], str], ...]


class WorkerLostError(Exception):
    """A worker ended before its chunk was done; what was done before is kept."""


class Workers(ABC):
    """Who carries out chunks of work.

    Which chunks there are is decided before they are handed out, and what a chunk comes to depends
    on nothing but the chunk and what all of them share: no number of workers changes a digit.
    """

    __slots__ = ()

    @property
    def n_here(self) -> int:
        """Processes of this machine that compute at once."""
        return 1

    def for_work(self, seconds: float, n_bytes: float, limit: float | None = None) -> Workers:  # noqa: ARG002
        """Return who does work of so many seconds of one processor: these, unless they may choose.

        Parameters
        ----------
        seconds
            Of one process that does all of it.
        n_bytes
            Memory that each process needs for itself.
        limit
            Memory there is; None where nobody knows.
        """
        return self

    @abstractmethod
    def map(
        self,
        function: Callable[[Shared, Chunk], Result],
        chunks: Sequence[Chunk],
        shared: Shared,
        progress: Callable[[int], None] | None = None,
    ) -> list[Result]:
        """Return ``function(shared, chunk)`` of every chunk, in the order of the chunks.

        Parameters
        ----------
        function
            Of a module, so that another process finds it.
        shared
            Sent once to every worker. It may remember what it computed; it must not change what
            it answers.
        progress
            Called with the number of each chunk as it is done, whichever is done first.

        Raises
        ------
        ExecutionError
            Workers ended before their chunks were done, and again when these were done anew.
        """


class InThisProcess(Workers):
    """One chunk after the other, here."""

    __slots__ = ()

    def map(
        self,
        function: Callable[[Shared, Chunk], Result],
        chunks: Sequence[Chunk],
        shared: Shared,
        progress: Callable[[int], None] | None = None,
    ) -> list[Result]:
        """Carry the chunks out in their order."""
        results = []
        for number, chunk in enumerate(chunks):
            results.append(function(shared, chunk))
            if progress is not None:
                progress(number)
        return results


SERIAL = InThisProcess()


class RemoteWorkers(Workers):
    """Workers in other processes: chunks that were lost with one are handed out a second time."""

    __slots__ = ()

    lost: ClassVar[str]
    """What is said where chunks are lost twice."""

    @abstractmethod
    def outcomes(
        self,
        function: Callable[[Shared, Chunk], Result],
        chunks: Mapping[int, Chunk],
        shared: Shared,
    ) -> Iterator[tuple[int, Outcome]]:
        """Yield the number and outcome of each chunk as it is done.

        What was begun and is not wanted any more ends when the iterator is closed.

        Raises
        ------
        WorkerLostError
            A worker ended before its chunk was done.
        """

    def map(
        self,
        function: Callable[[Shared, Chunk], Result],
        chunks: Sequence[Chunk],
        shared: Shared,
        progress: Callable[[int], None] | None = None,
    ) -> list[Result]:
        """Hand the chunks out, and those that are lost once more."""
        if len(chunks) < 2:
            return SERIAL.map(function, chunks, shared, progress)
        left = dict(enumerate(chunks))
        done: dict[int, Outcome] = {}
        for attempt in (1, 2):
            found = self.outcomes(function, left, shared)
            try:
                for number, outcome in found:
                    done[number] = outcome
                    if progress is not None:
                        progress(number)
            except WorkerLostError as error:
                left = {number: chunk for number, chunk in left.items() if number not in done}
                if attempt == 2:
                    raise ExecutionError(
                        f"{self.lost}; {len(left)} of {len(chunks)} chunks are not done",
                        remedy="see whether memory is short, or use fewer jobs",
                    ) from error
            else:
                break
            finally:
                found.close()  # type: ignore[attr-defined]
        said = (warning for number in sorted(done) for warning in done[number].warnings)
        for category, message in dict.fromkeys(said):
            warnings.warn(message, category, stacklevel=2)
        return [done[number].value for number in range(len(chunks))]


def carry_out(function: Callable[[Shared, Chunk], Result], shared: Shared, chunk: Chunk) -> Outcome:
    """Carry out one chunk in this process and note the warnings it gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", EventStudyWarning)
        value = function(shared, chunk)
    said = tuple((warning.category, str(warning.message)) for warning in caught)
    return Outcome(value=value, warnings=said)
