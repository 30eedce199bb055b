"""Two workers with memories of their own, in this process: chunks backwards, in turn."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from eventstudy import Execution
from eventstudy.execution.shared import read_shared, write_shared
from eventstudy.execution.workers import RemoteWorkers, carry_out


class Apart(RemoteWorkers):
    """Carry chunks out as two processes would that begin at the end."""

    lost = "never"

    def __init__(self):
        self.n_chunks = []

    def outcomes(self, function, chunks, shared):
        self.n_chunks.append(len(chunks))
        with TemporaryDirectory() as first, TemporaryDirectory() as second:
            own = [read_shared(write_shared(shared, Path(each))) for each in (first, second)]
            for number in sorted(chunks, reverse=True):
                yield number, carry_out(function, own[number % 2], chunks[number])


def work_apart(monkeypatch) -> Apart:
    """Have every execution give these workers."""
    apart = Apart()

    @contextmanager
    def workers(_):
        yield apart

    monkeypatch.setattr(Execution, "workers", workers)
    return apart
