"""Several processes of this machine, by joblib."""

from __future__ import annotations

import math
import signal
import threading
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

from eventstudy.exceptions import ExecutionError
from eventstudy.execution.shared import read_shared, write_shared
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
    from collections.abc import Callable, Generator, Iterator, Mapping


_MANAGER = "ExecutorManagerThread"  # what joblib calls it


class Processes(RemoteWorkers):
    """Processes that are started when the first chunk is there and end when they are idle.

    What chunks share is written to one file that all of them map: it is in memory once. Each
    process computes with one thread, as there are others beside it.
    """

    __slots__ = ("jobs",)

    lost: ClassVar[str] = "processes ended before their work was done, and so did their successors"

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    @property
    def n_here(self) -> int:
        """Processes that compute at once."""
        return self.jobs

    def outcomes(
        self,
        function: Callable[[Shared, Chunk], Result],
        chunks: Mapping[int, Chunk],
        shared: Shared,
    ) -> Iterator[tuple[int, Outcome]]:
        """Yield outcomes as they come."""
        from joblib import Parallel, delayed, parallel_config

        with ExitStack() as stack:
            try:
                folder = TemporaryDirectory(prefix="eventstudy-", ignore_cleanup_errors=True)
                path = write_shared(shared, Path(stack.enter_context(folder)))
            except OSError as error:
                raise ExecutionError(
                    f"what processes share cannot be written to a temporary file: {error}",
                    key="execution.jobs",
                    remedy="let TMPDIR name a folder with room, or use one process (jobs = 1)",
                ) from error
            jobs = max(2, min(self.jobs, len(chunks)))  # to joblib, 1 is the calling process
            with parallel_config("loky", inner_max_num_threads=1):
                run = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
            task = delayed(_carry_out)
            asked = (task(function, path, number, chunk) for number, chunk in chunks.items())
            found: Generator[tuple[int, Outcome], None, None] | None = None
            try:
                with _interrupts_held():
                    found = run(asked)
                yield from found
            except BrokenProcessPool as error:
                raise WorkerLostError from error
            except BaseException:  # by Ctrl-C, or left by who asked
                _hush_the_manager()
                raise
            finally:
                if found is not None:
                    found.close()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold Ctrl-C back for a moment.

    Processes started meanwhile never see it: the one that started them ends them, and none prints
    where in its own start it was.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # Where starting this one lets Ctrl-C through again, as of Python 3.11, it is started before.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@cache
def _hush_the_manager() -> None:
    """Let the thread that hands out chunks end without a traceback from now on.

    Where work is abandoned, it may look for a chunk that has just been taken from it.
    """
    before = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        thread = arguments.thread
        if thread is None or not thread.name.startswith(_MANAGER):
            before(arguments)

    threading.excepthook = hook


def _carry_out(
    function: Callable[[Shared, Chunk], Result], path: Path, number: int, chunk: Chunk
) -> tuple[int, Outcome]:
    _stay()
    return number, carry_out(function, read_shared(path), chunk)


def _stay() -> None:
    """Let this process remember what it made for the chunks to come.

    Where psutil is there, joblib takes growth by 300 MB for a leak, and ends a process that then
    has to make everything anew.
    """
    from joblib.externals.loky import process_executor

    process_executor._MAX_MEMORY_LEAK_SIZE = math.inf  # noqa: SLF001 - there is no other way
