"""Moves over windows, against a loop over the pairs and the dates of a study."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from eventstudy.analyses import window_moves
from eventstudy.analyses.window_moves import RangeData, moves_over, ordinary_days
from eventstudy.windows import Window


def data_of(rng, *, simple, own_dates, n_pairs=16):
    """Return six securities, some pairs widened, cells and sessions missing, one without pairs."""
    n, t = 6, 90
    returns = rng.standard_normal((n, t)) * 0.01
    returns[rng.random((n, t)) < 0.03] = np.nan
    days = np.arange("2024-01-01", "2024-04-20", dtype="datetime64[D]")
    dates = np.tile(days[:t], (n, 1))
    if own_dates:
        for row in range(n):
            count = t - 3 * row
            dates[row, :count] = np.sort(rng.choice(days, count, replace=False))
            dates[row, count:] = np.datetime64("NaT")
            returns[row, count:] = np.nan
    table = SimpleNamespace(
        security=rng.integers(0, n - 1, n_pairs),
        day0=rng.integers(1, t - 20, n_pairs),
        extension=rng.integers(0, 2, n_pairs) * 2,
    )
    design = SimpleNamespace(table=table, sign=rng.choice([-1.0, 1.0], n_pairs), simple=simple)
    names = [str(row) for row in range(n)]
    return RangeData(
        design=design, names=names, returns=returns, dates=dates, benchmark=returns[::-1],
        beyond=None, opposites={},
    )  # fmt: skip


def total(path, session, first, last, simple):
    """Return the total return over sessions around one, NaN where one of them is missing."""
    around = range(session + first, session + last + 1)
    if around[0] < 0 or around[-1] >= len(path):
        return np.nan
    if simple:
        return np.prod([1.0 + path[at] for at in around]) - 1.0
    return np.sum([path[at] for at in around])


def plain_ordinary(data, volatility, pairs, window):
    """Return the mean ordinary windows of the pairs of one date, day by day, as a loop."""
    table, rows = data.design.table, {}
    for pair in pairs:
        security, extension = table.security[pair], table.extension[pair]
        start = window.start - extension
        before = table.day0[pair] + min(start, 0)
        factor = volatility[security, before] if before >= 0 else np.nan
        for session, date in enumerate(data.dates[security]):
            if np.isnat(date) or session + min(start, 0) < 0:
                continue
            reach = window.end - window.start
            is_free = all(
                session < day0 - reach - own or session > day0 + reach + extension
                for other, day0, own in zip(
                    table.security, table.day0, table.extension, strict=True
                )
                if other == security
            )
            move = total(data.returns[security], session, start, window.end, data.design.simple)
            move *= factor / volatility[security, session + min(start, 0)]
            if is_free and np.isfinite(move):
                rows.setdefault(date, []).append(move * data.design.sign[pair])
    days = sorted(day for day, values in rows.items() if 2 * len(values) >= len(pairs))
    return [np.mean(rows[day]) for day in days]


@pytest.mark.parametrize(("simple", "own_dates", "dense"), [(True, False, 0.0), (False, True, 1.0)])
def test_moves_are_those_of_a_loop_over_pairs_and_days(monkeypatch, simple, own_dates, dense):
    monkeypatch.setattr(window_moves, "_DENSE", dense)
    monkeypatch.setattr(window_moves, "_ROWS", 2)
    data = data_of(np.random.default_rng(4), simple=simple, own_dates=own_dates)
    table, days, window = data.design.table, ordinary_days(data), Window(-1, 2)
    moves = moves_over(data, days, window)
    for values, paths in ((moves.total, data.returns), (moves.benchmark, data.benchmark)):
        expected = [
            sign * total(paths[security], day0, window.start - extension, window.end, simple)
            for security, day0, extension, sign in zip(
                table.security, table.day0, table.extension, data.design.sign, strict=True
            )
        ]
        np.testing.assert_allclose(values, expected, rtol=1e-12)
    volatility = np.full(data.returns.shape, np.nan)
    volatility[days.used] = days.volatility
    pairs, date = np.arange(5), np.array([0, 1, 0, 0, 1])
    means = moves.ordinary_means(pairs, date, 2)
    expected = [
        value
        for number in (0, 1)
        for value in plain_ordinary(data, volatility, pairs[date == number], window)
    ]
    np.testing.assert_allclose(means, expected, rtol=1e-12)
    assert len(means) > 10


def test_dates_with_a_pair_each_of_one_security_are_products_of_its_days():
    data = data_of(np.random.default_rng(4), simple=True, own_dates=True)
    moves = moves_over(data, ordinary_days(data), Window(-1, 2))
    factor = np.array([0.01, np.nan, -0.03, 0.02, 0.05])
    row = np.array([1, 1, 1, 0, 1])
    one = dataclasses.replace(moves, factor=factor, row=row, ordinary=moves.ordinary[:1])
    one.ordinary[0].pairs[:] = True
    pairs, date = np.array([4, 0, 1, 2]), np.array([2, 0, 1, 3])
    held = one.ordinary[0].totals[1][one.ordinary[0].is_there[1] > 0]
    expected = [number * value for number in (0.01, 0.05, -0.03) for value in held]
    np.testing.assert_array_equal(one.ordinary_means(pairs, date, 4), expected)
    # A date of several pairs goes the other way; those of one pair are the same in it.
    both = one.ordinary_means(np.array([0, 4, 2, 3]), np.array([0, 1, 2, 2]), 3)
    np.testing.assert_allclose(both[: 2 * len(held)], expected[: 2 * len(held)], rtol=1e-12)


def test_windows_that_take_turns_in_one_room_are_as_by_themselves():
    data = data_of(np.random.default_rng(5), simple=True, own_dates=True)
    days, room = ordinary_days(data), []
    for window in (Window(0, 0), Window(-5, 5), Window(-1, 2)):
        in_turn = moves_over(data, days, window, room)
        alone = moves_over(data, days, window)
        assert len(in_turn.ordinary) == len(alone.ordinary) == len(room) == 2
        for one, other in zip(in_turn.ordinary, alone.ordinary, strict=True):
            np.testing.assert_array_equal(one.totals, other.totals)
            np.testing.assert_array_equal(one.is_there, other.is_there)
