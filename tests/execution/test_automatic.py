"""As many processes as pay: none for little work, on one processor or where memory is short."""

from __future__ import annotations

from eventstudy.execution.automatic import PAYS_FROM, WhereItPays
from eventstudy.execution.processes import Processes
from eventstudy.execution.workers import SERIAL


def test_long_work_has_a_process_a_processor():
    workers = WhereItPays(lambda: 4).for_work(PAYS_FROM, 1e8)
    assert isinstance(workers, Processes)
    assert workers.jobs == 4


def test_memory_has_the_last_word():
    assert WhereItPays(lambda: 4).for_work(100.0, 1e8, 6e8).n_here == 3
    assert WhereItPays(lambda: 4).for_work(100.0, 1e8, 3e8) is SERIAL


def test_short_work_and_one_processor_have_this_process():
    assert WhereItPays(lambda: 4).for_work(0.9 * PAYS_FROM, 1e8) is SERIAL
    assert WhereItPays(lambda: 1).for_work(1e6, 1e8) is SERIAL
    assert WhereItPays(lambda: 4).n_here == 1
    assert WhereItPays(lambda: 4).map(lambda shared, chunk: shared * chunk, [1, 2], 3) == [3, 6]


def test_others_do_what_they_are_given():
    assert SERIAL.for_work(1e9, 0.0) is SERIAL
    two = Processes(2)
    assert two.for_work(0.0, 1e12, 1.0) is two
