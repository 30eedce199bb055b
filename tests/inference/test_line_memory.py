"""Numbers of lines are made once, and are right where two lines have one mark."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from eventstudy.inference import line_memory
from eventstudy.inference.line_memory import LineMemory, marks_in_order, marks_of_held


@pytest.mark.parametrize("most", [4_000_000, 3])
def test_each_line_is_made_once(monkeypatch, most):
    monkeypatch.setattr(line_memory, "_MOST_LINES", most)
    memory, made = LineMemory(2), []

    def ask(lines):
        def make(some):
            made.extend(lines[some].tolist())
            return np.stack([lines[some].sum(axis=1), lines[some, 0]]).astype(float)

        return memory.of(marks_in_order(lines), make)

    first = np.array([[1, 2], [3, -4], [1, 2]])
    second = np.array([[3, -4], [2, 1]])
    assert ask(first).tolist() == [[3.0, -1.0, 3.0], [1.0, 3.0, 1.0]]
    assert ask(second).tolist() == [[-1.0, 3.0], [3.0, 2.0]]
    assert ask(first[:0]).shape == (2, 0)
    assert sorted(made) == [[1, 2], [2, 1], [3, -4]]


def test_two_lines_of_one_mark_have_numbers_of_their_own(monkeypatch):
    marks = line_memory._in_order

    def few_first_marks(lines, which):
        return marks(lines, which) % np.uint64(1 if which == 0 else 1 << 60)

    monkeypatch.setattr(line_memory, "_in_order", few_first_marks)
    lines = np.arange(40).reshape(20, 2)
    memory = LineMemory(1)
    for some in (lines[:12], lines[6:]):
        found = memory.of(
            marks_in_order(some), lambda at, some=some: some[at].sum(axis=1)[None].astype(float)
        )
        assert found[0].tolist() == some.sum(axis=1).tolist()


def test_what_lines_hold_is_told_in_whatever_order():
    rows, signs = [[3, 5], [5, 3], [3, 5], [], [3, 3], [3]], [[1, -1], [-1, 1], [1, 1], [], [1, 1]]
    data = np.concatenate([*signs, [1]]).astype(float)
    pointer = np.cumsum([0, *map(len, rows)])
    holds = csr_array((data, np.concatenate(rows).astype(int), pointer), shape=(6, 8))
    for mark in marks_of_held(holds):
        assert mark[0] == mark[1]
        assert len(np.unique(mark)) == 5
