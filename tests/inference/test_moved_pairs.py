"""Correlations of couples followed over the weekdays, against sums over the lines of each day."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from inference_studies import moving_design

from eventstudy import Window
from eventstudy.inference import moved_pairs
from eventstudy.inference.correlation import correlated_pairs, shared_window_correlations
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.moved_pairs import MovedPairs, _Held, _listed, couples_of
from eventstudy.inference.moved_sums import Kind, parts_of
from eventstudy.inference.parametric import _overlaps, mean_correlation


def drawn_of(design, window):
    totals = cumulate_both(design, window)
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    return gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn


def together(drawn):
    """All pairs of a block as one kind, so that windows of its days meet."""
    return parts_of(drawn, np.zeros(drawn.n_pairs, dtype=np.int64))


@pytest.mark.parametrize("window", [Window(-1, 1), Window(0, 0), Window(-3, 2)])
def test_couples_add_up_to_the_sums_over_lines(window):
    drawn = drawn_of(moving_design(3, overlap="keep"), window)
    parts = [part for part in together(drawn) if part.kind.first < 0]
    assert max(len(part.kind.sign) for part in parts) > 2
    couples = couples_of(drawn)
    found = couples.sums([part.kind for part in parts], drawn.places, drawn.window, b"")
    again = couples.sums([parts[0].kind], drawn.places, drawn.window, b"")
    np.testing.assert_array_equal(again[0], found[0])
    plain = replace(drawn, dependence=drawn.dependence.beside())
    n_other = 0
    for part, values in zip(parts, found, strict=True):
        days = np.unique(part.first + drawn.blocks[part.block].moves)
        expected = _overlaps(plain, drawn.places, [(part.kind, days)])
        np.testing.assert_allclose(values[days], expected, rtol=1e-12, atol=1e-13)
        n_other += np.count_nonzero(expected)
    assert n_other


def test_where_couples_are_many_lines_are_summed(monkeypatch):
    drawn = drawn_of(moving_design(3, overlap="keep"), Window(-1, 1))
    number, rbar = mean_correlation(drawn)
    monkeypatch.setattr(moved_pairs, "MOST_COUPLES", 0)
    fresh = drawn_of(moving_design(3, overlap="keep"), Window(-1, 1))
    kinds = [part.kind for part in together(fresh)]
    couples = couples_of(fresh)
    assert couples.sums(kinds, fresh.places, fresh.window, b"") is None
    n, expected = mean_correlation(fresh)
    np.testing.assert_array_equal(number, n)
    np.testing.assert_allclose(rbar, expected, rtol=1e-12, atol=1e-13)


def test_weights_are_told_apart_by_presence_and_few_are_kept(monkeypatch):
    monkeypatch.setattr(moved_pairs, "_MOST_WEIGHTS", 1)
    drawn = drawn_of(moving_design(3, overlap="keep"), Window(-1, 1))
    kinds = [part.kind for part in together(drawn) if part.kind.first < 0]
    couples = couples_of(drawn)
    known = couples.sums(kinds, drawn.places, drawn.window, b"a")
    none = replace(
        drawn.window,
        present=np.zeros_like(drawn.window.present),
        n_sessions=np.zeros_like(drawn.window.n_sessions),
    )
    assert (couples.sums(kinds, drawn.places, none, b"b") == 0).all()
    np.testing.assert_array_equal(couples.sums(kinds, drawn.places, drawn.window, b"a"), known)


def kind_of(width, security, later, sign):
    n = len(later)
    return Kind(b"", width, security, later, sign, np.full(n, -1), -1)


def plain_couples(kind, n_markets, reach):
    """Weight of each couple of markets, days apart and first day: every two pairs of a kind."""
    weights = Counter()
    line = kind.width * n_markets + kind.security
    for i, j in combinations(range(len(line)), 2):
        if (lag := int(kind.later[j] - kind.later[i])) < reach:
            # Of one weekday, which comes first does not count.
            markets = (line[i], line[j]) if lag else sorted((line[i], line[j]))
            weights[(*map(int, markets), lag, int(kind.later[i]))] += kind.sign[i] * kind.sign[j]
    return {key: weight for key, weight in weights.items() if weight}


@pytest.mark.parametrize("seed", range(10))
def test_couples_near_each_other_are_listed_and_pairs_of_one_position_count_once(seed):
    rng = np.random.default_rng(seed)
    kinds = [
        kind_of(
            rng.integers(0, 2, n), rng.integers(0, 3, n), np.sort(rng.integers(0, 30, n)),
            rng.choice([-1, 1], n),
        )
        for n in (1, 40, 60)
    ]  # fmt: skip
    owner, one, other, lag, later, weight = _listed(kinds, (2, 3, 50), 4)
    for number, kind in enumerate(kinds):
        found = Counter()
        for at in np.flatnonzero(owner == number).tolist():
            markets = (one[at], other[at]) if lag[at] else sorted((one[at], other[at]))
            found[(*map(int, markets), int(lag[at]), int(later[at]))] += weight[at]
        found = {key: value for key, value in found.items() if value}
        assert found == plain_couples(kind, 3, 4)


def test_couples_of_pairs_far_apart_do_not_grow_with_their_square():
    counts = []
    for n in (1_000, 4_000):
        kind = kind_of(np.zeros(n, int), np.arange(n) % 3, np.arange(n) // 2, np.ones(n, int))
        counts.append(_Held(kind, (1, 3, 2_000), 10).n_couples)
    assert counts[0] < 20_000
    assert counts[1] < 4.1 * counts[0]


def test_many_markets_on_one_weekday_are_refused_before_they_are_listed():
    n = 1_000_000
    kind = kind_of(np.zeros(n, int), np.arange(n), np.zeros(n, int), np.ones(n, int))
    assert _listed([kind], (1, n, 10), 5) is None


def two_markets(rng):
    """Two markets on own sessions, few of whose positions can be estimated: rows and weekdays."""
    n_days = 40
    on_weekday, rows = np.full((1, 2, n_days), -1), []
    for market in range(2):
        sessions = np.flatnonzero(rng.random(n_days + 10) < 0.8)
        day0 = np.searchsorted(sessions, np.arange(n_days))
        for at in np.unique(day0[(day0 > 0) & (day0 + 1 < len(sessions))]):
            if rng.random() < 0.35:
                on_weekday[0, market, day0 == at] = len(rows)
                rows.append(sessions[at - 1 : at + 2])
    return on_weekday, np.array(rows)


@pytest.mark.parametrize("seed", range(20))
def test_couples_meet_across_weekdays_on_which_a_market_has_no_position(seed):
    rng = np.random.default_rng(seed)
    on_weekday, days = two_markets(rng)
    n, n_days = len(days), on_weekday.shape[2]
    series, every = rng.normal(size=(n, 60)), np.ones(days.shape, dtype=bool)
    found = shared_window_correlations(series, np.zeros(n, int), days, every, min_common=20)
    number = np.arange(n)
    couples = MovedPairs(
        correlated_pairs(found, days, every), number, number, np.ones(n), days[:, 0], days[:, -1]
    )
    window = SimpleNamespace(
        window=Window(-1, 1), present=every.astype(float), n_sessions=every.sum(axis=1)
    )
    places = SimpleNamespace(on_weekday=on_weekday, n_days=n_days)
    shared = (days[:, None, :, None] == days[None, :, None, :]).sum(axis=(2, 3))
    weight = np.corrcoef(series) * shared / days.shape[1]
    for one, other in ((0, 1), (1, 0), (0, 0)):
        for lag in range(int(one == other), 6):
            kind = Kind(
                b"", np.zeros(2, int), np.array([one, other]), np.array([0, lag]),
                np.ones(2, int), np.full(2, -1), -1,
            )  # fmt: skip
            left = on_weekday[0, one, : n_days - lag]
            right = on_weekday[0, other, lag:]
            expected = np.zeros(n_days)
            expected[: n_days - lag] = np.where(
                (left >= 0) & (right >= 0), weight[left, right], 0.0
            )
            np.testing.assert_allclose(
                couples.sums([kind], places, window, b"")[0], expected, atol=1e-12
            )
