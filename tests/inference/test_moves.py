"""Which placements there are, and draws of them, the plain way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.moves import _enumerate, _sample, choose_moves

SPANS = np.array([[100, 103], [120, 120], [140, 149]])
MOVES = [np.arange(-30, 31), np.arange(-50, 20), np.arange(-60, 12)]


def order_of(spans):
    return np.lexsort((spans[:, 0], spans[:, 0] - spans[:, 1]))


def apart(spans, moves, picks, gap):
    placed = [(spans[c, 0] + moves[c][p], spans[c, 1] + moves[c][p]) for c, p in enumerate(picks)]
    return all(
        p[0] - q[1] >= gap or q[0] - p[1] >= gap for p, q in itertools.combinations(placed, 2)
    )


@pytest.mark.parametrize("gap", [5, 11])
def test_enumerated_placements_are_the_brute_force_product(gap):
    spans = np.array([[10, 14], [30, 30], [44, 45]])
    moves = [np.arange(-10, 12), np.arange(-28, 18, 2), np.array([-40, -20, 0, 3, 4])]
    expected = {
        picks
        for picks in itertools.product(*(range(len(m)) for m in moves))
        if apart(spans, moves, picks, gap)
    }
    listed = _enumerate(spans, moves, gap, 5000, order_of(spans))
    assert len(listed) == len(expected)
    assert {tuple(int(p) for p in line) for line in listed} == expected
    assert _enumerate(spans, moves, gap, len(expected) - 1, order_of(spans)) is None
    exact = _enumerate(spans, moves, gap, len(expected), order_of(spans))
    assert len(exact) == len(expected)


def plain_sample(spans, moves, gap, draws, seed):
    """Draw as `_sample` does, each proposal compared with all that is placed, one at a time."""
    rng, picks = np.random.default_rng(seed), [{} for _ in range(draws)]
    placed = [[] for _ in range(draws)]
    for cluster in order_of(spans):
        lines = [line for line in range(draws) if placed[line] is not None]
        for _ in range(60):
            if not lines:
                break
            proposed, left = rng.integers(len(moves[cluster]), size=len(lines)), []
            for line, pick in zip(lines, proposed, strict=True):
                low, high = spans[cluster] + moves[cluster][pick]
                if all(low - end >= gap or begin - high >= gap for begin, end in placed[line]):
                    placed[line].append((low, high))
                    picks[line][cluster] = pick
                else:
                    left.append(line)
            lines = left
        for line in lines:
            free = [
                pick
                for pick, move in enumerate(moves[cluster])
                if all(
                    spans[cluster, 0] + move - end >= gap or begin - spans[cluster, 1] - move >= gap
                    for begin, end in placed[line]
                )
            ]
            if not free:
                placed[line] = None
                continue
            picks[line][cluster] = rng.choice(free)
            placed[line].append(tuple(spans[cluster] + moves[cluster][picks[line][cluster]]))
    kept = [line for line in range(draws) if placed[line] is not None]
    return np.array([[picks[line][c] for c in range(len(spans))] for line in kept])


@pytest.mark.parametrize("gap", [5, 14])
def test_draws_are_those_of_comparing_each_with_all_that_is_placed(gap):
    rng = np.random.default_rng(4)
    low = np.sort(rng.integers(0, 90, 6))
    spans = np.column_stack([low, low + rng.integers(0, 6, 6)])
    moves = [np.arange(-begin, 96 - end) for begin, end in spans]
    drawn = _sample(spans, moves, gap, 40, order_of(spans), np.random.default_rng(5))
    np.testing.assert_array_equal(drawn, plain_sample(spans, moves, gap, 40, 5))
    assert gap == 5 or len(drawn) < 40  # some had no room


def test_draws_of_long_clusters_are_those_of_comparing_each_with_all_that_is_placed():
    """Spans of more weekdays than a number has bits."""
    spans = np.array([[10, 10], [40, 190], [260, 261], [300, 363], [400, 400]])
    moves = [np.arange(-begin, 700 - end, 3) for begin, end in spans]
    drawn = _sample(spans, moves, 20, 60, order_of(spans), np.random.default_rng(7))
    np.testing.assert_array_equal(drawn, plain_sample(spans, moves, 20, 60, 7))


def test_a_bound_on_their_number_never_hides_placements_that_could_be_listed():
    rng = np.random.default_rng(2)
    for _ in range(60):
        clusters = int(rng.integers(1, 4))
        low = np.cumsum(rng.integers(3, 9, clusters))
        spans = np.column_stack([low, low + rng.integers(0, 3, clusters)])
        moves = [np.sort(rng.choice(np.arange(-15, 16), 12, replace=False)) for _ in low]
        expected = sum(
            apart(spans, moves, picks, 5) for picks in itertools.product(*(range(12) for _ in low))
        )
        listed = _enumerate(spans, moves, 5, max(expected, 1), order_of(spans))
        assert listed is not None
        assert len(listed) == expected


def test_drawn_placements_keep_their_distance_and_follow_the_seed():
    rng = np.random.default_rng(8)
    chosen = _sample(SPANS, MOVES, 5, 500, order_of(SPANS), rng)
    assert chosen.shape == (500, 3)
    assert all(apart(SPANS, MOVES, line, 5) for line in chosen)
    again = _sample(SPANS, MOVES, 5, 500, order_of(SPANS), np.random.default_rng(8))
    np.testing.assert_array_equal(chosen, again)
    one, listed = choose_moves(SPANS, MOVES, 5, 300, (1, 2))
    two, _ = choose_moves(SPANS, MOVES, 5, 300, (1, 2))
    other, _ = choose_moves(SPANS, MOVES, 5, 300, (1, 3))
    assert not listed
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_the_longest_cluster_is_uniform_and_the_next_uniform_over_what_is_left():
    spans = np.array([[10, 10], [20, 26]])
    moves = [np.arange(-10, 20), np.arange(-20, 4)]
    drawn = _sample(spans, moves, 5, 24_000, order_of(spans), np.random.default_rng(1))
    first = np.bincount(drawn[:, 1], minlength=24)
    assert stats.chisquare(first).pvalue > 1e-3
    at = drawn[drawn[:, 1] == 10, 0]
    free = [p for p in range(30) if apart(spans, moves, (p, 10), 5)]
    assert set(at) == set(free)
    assert len(free) < 30
    assert stats.chisquare(np.bincount(at, minlength=30)[free]).pvalue > 1e-3


def test_no_room_for_the_clusters():
    spans = np.array([[10, 10], [20, 20]])
    moves = [np.arange(-2, 3), np.arange(-12, -7)]  # both within five weekdays, whatever is drawn
    chosen, _ = choose_moves(spans, moves, 12, 100, (1,))
    assert chosen is None
