"""Chunks come back in their order, with what was said; lost ones are handed out once more."""

from __future__ import annotations

import warnings

import pytest

from eventstudy.exceptions import EventStudyWarning, ExecutionError
from eventstudy.execution.workers import SERIAL, RemoteWorkers, WorkerLostError, carry_out


class Losing(RemoteWorkers):
    """Carry chunks out from the last to the first; end before some of them, the first times."""

    lost = "they ended"

    def __init__(self, *lost_at):
        self.lost_at = list(lost_at)
        self.begun = []
        self.closed = 0

    def outcomes(self, function, chunks, shared):
        lost = self.lost_at.pop(0) if self.lost_at else None
        try:
            for number in sorted(chunks, reverse=True):
                self.begun.append(number)
                if number == lost:
                    raise WorkerLostError
                yield number, carry_out(function, shared, chunks[number])
        finally:
            self.closed += 1


def talking(shared, chunk):
    warnings.warn("said by all", EventStudyWarning, stacklevel=1)
    warnings.warn(f"said by {chunk}", EventStudyWarning, stacklevel=1)
    return shared + chunk


def add(shared, chunk):
    return shared + chunk


def test_this_process_and_others_give_the_same():
    chunks, done = [5, 1, 4], []
    expected = SERIAL.map(add, chunks, 10, done.append)
    assert (expected, done) == ([15, 11, 14], [0, 1, 2])
    assert Losing().map(add, chunks, 10, done.append) == expected
    assert done[3:] == [2, 1, 0]
    assert SERIAL.map(add, [], 10) == Losing().map(add, [], 10) == []


def test_one_chunk_is_not_worth_another_process():
    workers = Losing()
    assert workers.map(add, [3], 1) == [4]
    assert workers.begun == []


def test_lost_chunks_are_done_anew_and_only_those():
    workers = Losing(1)
    assert workers.map(add, [0, 1, 2, 3], 10) == [10, 11, 12, 13]
    assert workers.begun == [3, 2, 1, 1, 0]
    workers = Losing(1, 0)
    with pytest.raises(ExecutionError, match="they ended; 1 of 4 chunks are not done"):
        workers.map(add, [0, 1, 2, 3], 10)
    assert workers.closed == 2


def test_a_warning_of_many_chunks_is_given_once_in_their_order():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Losing(1).map(talking, [0, 1, 2], 0)
    assert [str(warning.message) for warning in caught] == [
        "said by all", "said by 0", "said by 1", "said by 2",
    ]  # fmt: skip


def test_an_interruption_ends_what_was_begun():
    workers = Losing()

    def interrupt(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workers.map(add, [0, 1, 2], 0, interrupt)
    assert (workers.begun, workers.closed) == ([2], 1)
