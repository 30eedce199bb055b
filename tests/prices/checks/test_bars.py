"""Closes against the bars of their own and the next row."""

from __future__ import annotations

import numpy as np
from checked_prices import DAYS, kinds, look, walk


def bars_of(close, seed=2, sd=0.006):
    draw = np.random.default_rng(seed)
    opens = np.append(close[0], close[:-1]) * np.exp(draw.normal(0, sd, len(close)))
    return {
        "open": opens,
        "high": np.maximum(opens, close) * 1.002,
        "low": np.minimum(opens, close) * 0.998,
        "volume": draw.uniform(1e6, 2e6, len(close)),
    }


def test_clean_bars_tell_nothing():
    close = walk()
    assert kinds(look(close, bars=bars_of(close))) == []


def test_a_close_that_its_bars_contradict():
    close = walk(sd=0.004)
    bars = bars_of(close, sd=0.003)
    wrong = close.copy()
    wrong[200] *= 1.025  # not enough for ten standard deviations of its returns
    bars["high"][200] *= 1.05
    checks = look(wrong, bars=bars)
    assert ("close_off_bar", str(DAYS[200]), "warning") in kinds(checks)
    assert set(checks["check"]) <= {"close_off_bar"}
    # a close that stays where it went is none
    stays = close.copy()
    stays[200:] *= 1.04
    assert kinds(look(stays, bars=bars_of(stays, sd=0.003))) == []


def test_a_session_filled_in_for_a_closure():
    close = walk()
    close[50] = close[49]
    bars = bars_of(close)
    for name in ("open", "high", "low"):
        bars[name][50] = close[50]
    bars["volume"][50] = 0.0
    checks = look(close, bars=bars)
    assert kinds(checks) == [
        ("filled_row", str(DAYS[50]), "warning"),
        ("zero_volume", str(DAYS[50]), "info"),
    ]
    assert f"the close of {DAYS[49]}" in checks["detail"][0]


def test_bars_that_contradict_themselves():
    close = walk()
    bars = bars_of(close)
    bars["low"][10] = bars["high"][10] * 1.1
    bars["open"][20] = bars["high"][20] * 1.1
    bars["high"][30] = close[30] * 0.9999  # rounding
    bars["low"][30] = bars["open"][30] = close[30] * 0.99
    assert kinds(look(close, bars=bars)) == [
        ("bar_contradiction", str(DAYS[10]), "warning"),
        ("bar_contradiction", str(DAYS[20]), "warning"),
    ]


def test_volumes_of_zero_are_one_finding():
    close = walk()
    bars = bars_of(close)
    bars["volume"][[5, 50, 80]] = 0.0
    checks = look(close, bars=bars)
    assert kinds(checks) == [("zero_volume", str(DAYS[5]), "info")]
    assert f"3 of 300 sessions, from {DAYS[5]} to {DAYS[80]}" in checks["detail"][0]
    bars["volume"][:] = 0.0  # a currency has none, and nobody misses it
    assert kinds(look(close, bars=bars)) == []


def fx_bars(late):
    """Bars of a currency; where `late`, the close is the price at which its day began."""
    price = walk(301, start=150.0, sd=0.005)
    close = np.where(late, price[:-1], price[1:])
    reach = np.stack([price[:-1], price[1:]])
    return close, {
        "open": price[:-1],
        "high": reach.max(axis=0) * 1.001,
        "low": reach.min(axis=0) * 0.999,
    }


def test_start_of_day_closes_are_an_error():
    close, bars = fx_bars(np.ones(300, bool))
    checks = look(close, "USDJPY", bars)
    assert kinds(checks) == [("fx_label_shift", str(DAYS[0]), "error")]
    assert 'fx_close = "next_row"' in checks["detail"][0]
    # an index has nights between its days; a name nobody knows may be a currency
    assert kinds(look(close, "SPX", bars)) == []
    checks = look(close, "MINE", bars)
    assert kinds(checks) == [("fx_label_shift", str(DAYS[0]), "warning")]
    assert "if this is a currency" in checks["detail"][0]
    assert kinds(look(close, "MINE", {**bars, "volume": np.ones(300)})) == []
    assert kinds(look(close, "GBPJPY=X", bars)) == [("fx_label_shift", str(DAYS[0]), "error")]


def test_end_of_day_closes_are_right():
    close, bars = fx_bars(np.zeros(300, bool))
    assert kinds(look(close, "USDJPY", bars)) == []


def test_a_vendor_that_changed_its_habit_is_told_by_year():
    close, bars = fx_bars(DAYS.astype("M8[Y]") == np.datetime64("2026"))
    checks = look(close, "USDJPY", bars)
    assert [kind for kind, *_ in kinds(checks)] == ["fx_label_shift"]
    assert "in 2026, and not in 2025" in checks["detail"][0]
    assert str(checks["date"][0])[:4] == "2026"
