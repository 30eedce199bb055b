"""What is asked again is remembered, and is what it would be anew."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from inference_studies import fit, panel

from eventstudy import MarketModel, Window
from eventstudy.inference import draw_memory
from eventstudy.inference.design import pair_structure
from eventstudy.inference.draw_memory import DrawMemory, _runs
from eventstudy.inference.moves import choose_moves
from eventstudy.inference.permutations import permutations

SPANS = np.array([[100, 103], [120, 120], [140, 149]])
MOVES = [np.arange(-30, 31), np.arange(-50, 20), np.arange(-60, 12)]


@pytest.fixture
def asked(monkeypatch):
    """Count what is drawn in fact."""
    calls = []

    def counting(*question):
        calls.append(question)
        return choose_moves(*question)

    monkeypatch.setattr(draw_memory, "choose_moves", counting)
    return calls


def test_the_same_question_is_drawn_once_and_another_anew(asked):
    memory = DrawMemory()
    few = [moves[:3] for moves in MOVES]
    others = [np.array([*moves[:-1], moves[-1] + 1]) for moves in MOVES]
    questions = [
        (SPANS, MOVES, 5, 300, (1, 2)), (SPANS, MOVES, 5, 300, (1, 3)),
        (SPANS, MOVES, 6, 300, (1, 2)), (SPANS, MOVES, 5, 200, (1, 2)),
        (SPANS + 1, MOVES, 5, 300, (1, 2)), (SPANS, others, 5, 300, (1, 2)),
        (SPANS, few, 5, 300, (1, 2)), (SPANS, few, 80, 300, (1, 2)),
    ]  # fmt: skip
    for question in questions * 2:
        chosen, is_all = memory.choose_moves(*question)
        expected, all_expected = choose_moves(*question)
        np.testing.assert_array_equal(chosen, expected)
        assert is_all is all_expected
        assert chosen is None or chosen.dtype == np.int64
    assert len(asked) == len(questions)


def test_it_keeps_no_more_than_it_may_and_leaves_nothing_on_disk(asked, monkeypatch):
    monkeypatch.setattr(draw_memory, "_MOST_KEPT", 1_000)
    memory = DrawMemory()
    for _ in range(2):
        for draws in (300, 400):  # 900 and 1,200 bytes
            memory.choose_moves(SPANS, MOVES, 5, draws, (1,))
    assert [question[3] for question in asked] == [300, 400, 400]
    again = copy.copy(memory)  # as by pickle
    again.choose_moves(SPANS, MOVES, 5, 300, (1,))
    assert len(asked) == 4


def test_copies_of_one_study_remember_together_as_long_as_one_is_there(asked):
    memory = DrawMemory()
    sent = [copy.deepcopy(each) for each in (memory, memory, DrawMemory())]
    assert sent[0] is sent[1]
    assert memory is not sent[0] is not sent[2]
    sent[0].choose_moves(SPANS, MOVES, 5, 300, (1,))
    del sent
    copy.deepcopy(memory).choose_moves(SPANS, MOVES, 5, 300, (1,))
    assert len(asked) == 2


@pytest.mark.parametrize("days", [[], [4], [-3, -2, -1, 5, 7, 8], [*range(-9, 0), *range(2, 40)]])
def test_runs_say_every_day(days):
    runs = _runs(np.array(days, dtype=np.int64)).reshape(-1, 2).tolist()
    assert [day for first, last in runs for day in range(first, last + 1)] == days


def test_labels_are_permuted_once_whoever_asks(monkeypatch):
    calls = []

    def counting(*labels, draws, seed):
        calls.append(draws)
        return permutations(*labels, draws=draws, seed=seed)

    monkeypatch.setattr(draw_memory, "permutations", counting)
    memory, first = DrawMemory(), np.arange(30) % 3 == 0
    block, stratum = np.arange(30), np.zeros(30, dtype=np.int64)
    for labels in ((first, block, stratum), (~first, block, stratum), (first, block // 2, stratum)):
        for _ in range(2):
            found = memory.permutations(*labels, 50, 7)
            expected = permutations(*labels, draws=50, seed=[7])
            np.testing.assert_array_equal(found.first, expected.first)
            assert (found.is_all, found.n_ways) == (expected.is_all, expected.n_ways)
    assert len(calls) == 3
    monkeypatch.setattr(draw_memory, "_MOST_KEPT", 0)
    small = DrawMemory()
    for _ in range(2):
        small.permutations(first, block, stratum, 50, 7)
    assert len(calls) == 5


@pytest.mark.slow
def test_positions_of_the_last_two_tables_are_kept():
    designs = [fit(panel("A", seed=seed), [130, 180], draws=25).fitted.design for seed in (1, 2, 3)]
    memory = DrawMemory()
    made = [memory.positions(design.placebo, 0, 0) for design in designs]
    again = [memory.positions(design.placebo, 0, 0) for design in designs[::-1]]
    assert [one is other for one, other in zip(made, again[::-1], strict=True)] == [
        False, True, True,
    ]  # fmt: skip


def test_a_study_draws_once_for_both_models(asked):
    settings = {
        "draws": 25, "statistics": ("placebo",), "event_window": (0, 0), "car_windows": [(0, 0)],
    }  # fmt: skip
    frame, rows = panel("A", "B", "M", seed=4), [130, 180, 240, 300]
    alone = fit(frame, rows, **settings)
    once = len(asked)
    results = fit(frame, rows, beside=MarketModel(benchmark="M"), **settings)
    assert np.isfinite(results.statistics_beside["pvalue"]).all()
    assert len(asked) == 2 * once
    np.testing.assert_array_equal(results.statistics["pvalue"], alone.statistics["pvalue"])


def test_independent_dates_are_found_by_what_decides_about_them():
    design = fit(
        panel("A", "B", seed=4), [130, 132, 132, 200], statistics=("patell",)
    ).fitted.design
    pairs = np.arange(len(design.sign))
    first = pair_structure(design, pairs, Window(0, 0))
    again = pair_structure(design, pairs, Window(-1, 1))
    assert again.unit is first.unit
    assert again is not first
    assert pair_structure(design, pairs, Window(0, 0)) is first
    turned = pair_structure(replace(design, sign=-design.sign), pairs, Window(0, 0))
    assert turned.unit is first.unit
    assert turned is not first
    some = pair_structure(design, pairs[2:], Window(0, 0))
    fresh = pair_structure(replace(design, memory=DrawMemory()), pairs[2:], Window(0, 0))
    np.testing.assert_array_equal(some.unit, fresh.unit)


def test_structures_are_kept_as_far_as_they_may(monkeypatch):
    monkeypatch.setattr(draw_memory, "_MOST_STRUCTURES", 0)
    design = fit(panel("A", "B", seed=4), [130, 200], statistics=("patell",)).fitted.design
    pairs = np.arange(len(design.sign))
    first = pair_structure(design, pairs, Window(0, 0))
    again = pair_structure(design, pairs, Window(0, 0))
    assert again is not first
    assert again.unit is first.unit
