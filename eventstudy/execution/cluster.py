"""Workers of a dask cluster, by dask.distributed."""

from __future__ import annotations

from concurrent.futures import CancelledError
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from eventstudy.exceptions import ExecutionError, NotApplicableError
from eventstudy.execution.workers import (
    Chunk,
    Outcome,
    RemoteWorkers,
    Result,
    Shared,
    WorkerLostError,
    carry_out,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SECONDS = 30  # to find the scheduler, and a worker of it


class Cluster(RemoteWorkers):
    """The workers that a scheduler has, more of them as they come.

    What chunks share is sent to every worker that is there, so that the end of one loses nothing;
    one that comes later takes it from another.
    """

    __slots__ = ("_client",)

    lost: ClassVar[str] = "workers of the cluster ended before their work was done"

    def __init__(self, address: str) -> None:
        if find_spec("distributed") is None:
            raise NotApplicableError(
                "a cluster needs dask.distributed",
                key="execution.cluster",
                remedy='pip install "market-reaction[dask]"',
            )
        distributed: Any = import_module("distributed")
        try:
            self._client: Any = distributed.Client(address, timeout=_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ExecutionError(
                f"no scheduler answers at {address}",
                key="execution.cluster",
                remedy='start one with "dask scheduler"',
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=_SECONDS)
        except OSError as error:
            self.close()
            raise ExecutionError(
                f"the scheduler at {address} has no worker",
                key="execution.cluster",
                remedy=f'start some with "dask worker {address}"',
            ) from error

    def close(self) -> None:
        """Leave the cluster, which stays as it is."""
        self._client.close()

    def outcomes(
        self,
        function: Callable[[Shared, Chunk], Result],
        chunks: Mapping[int, Chunk],
        shared: Shared,
    ) -> Iterator[tuple[int, Outcome]]:
        """Yield outcomes as they come."""
        distributed: Any = import_module("distributed")
        try:
            data = self._client.scatter(_OneAtATime(shared), broadcast=True, hash=False)
        except OSError as error:  # no worker is left
            raise WorkerLostError from error
        number_of = {
            self._client.submit(_carry_out, function, data, chunk, pure=False): number
            for number, chunk in chunks.items()
        }
        try:
            for future in distributed.as_completed(list(number_of), loop=self._client.loop):
                yield number_of[future], future.result()
        except (distributed.KilledWorker, CancelledError) as error:
            raise WorkerLostError from error
        finally:
            self._client.cancel([*number_of, data])


class _OneAtATime(Generic[Shared]):
    """What chunks share, for one of them at a time: a worker may have several threads."""

    def __init__(self, value: Shared) -> None:
        self.value = value
        self.lock = Lock()

    def __reduce__(self) -> tuple[object, ...]:
        return _OneAtATime, (self.value,)


def _carry_out(
    function: Callable[[Shared, Chunk], Result], shared: _OneAtATime[Shared], chunk: Chunk
) -> Outcome:
    with shared.lock:
        return carry_out(function, shared.value, chunk)
