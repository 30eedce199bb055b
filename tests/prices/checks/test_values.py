"""One column by itself: jumps, units, quotes, and a close against its own bar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy.prices.checks import inspect_prices
from eventstudy.prices.panel import PricePanel

NOW = np.datetime64("2026-06-01T00:00", "ns")
DAYS = np.busday_offset("2025-01-06", np.arange(300), roll="forward")


def walk(count=300, seed=1, sd=0.01, start=100.0):
    return start * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, sd, count)))


def look(values, name="MINE", bars=None, **options):
    index = pd.DatetimeIndex(DAYS[: len(values)].astype("M8[ns]"))
    panel = PricePanel.from_frame(pd.DataFrame({name: values}, index=index))
    if bars is not None:
        panel = replace(panel, fields={name: pd.DataFrame(bars, index=index)})
    return inspect_prices(panel, now=NOW, calendar="data", **options)


def kinds(found):
    return [(row.check, str(row.date)[:10], row.severity) for row in found.itertuples()]


# ---- jumps and units --------------------------------------------------------------------------


def test_two_misprints_do_not_hide_each_other():
    prices = walk(60)
    prices[20] *= 1.5
    prices[40] /= 1.5
    assert kinds(look(prices)) == [
        ("jump_reversal", str(DAYS[20]), "warning"),
        ("jump_reversal", str(DAYS[40]), "warning"),
    ]


def test_a_restless_month_is_no_misprint():
    prices = np.random.default_rng(5).normal(0, 0.005, 300)
    prices[100:140] = np.random.default_rng(6).normal(0, 0.06, 40)
    prices[120:122] = [-0.12, 0.10]
    assert kinds(look(100 * np.exp(np.cumsum(prices)))) == []


@pytest.mark.parametrize("factor", [10.0, 100.0, 1000.0, 0.1, 0.01])
def test_another_unit_is_an_error(factor):
    prices = walk()
    prices[150:] *= factor
    assert kinds(look(prices)) == [("unit_break", str(DAYS[150]), "error")]


@pytest.mark.parametrize("factor", [0.5, 2.0, 3.0, 0.25, 0.2])
def test_a_split_is_a_warning(factor):
    prices = walk()
    prices[150:] *= factor
    found = look(prices)
    assert kinds(found) == [("unit_break", str(DAYS[150]), "warning")]
    assert "a split?" in found["detail"][0]


def test_a_quote_turned_over_is_an_error():
    prices = walk(start=150.0, sd=0.005)
    prices[150:] = 1 / prices[150:]
    found = look(prices)
    assert kinds(found) == [("unit_break", str(DAYS[150]), "error")]
    assert "one over it" in found["detail"][0]


def test_a_crash_is_no_unit():
    prices = walk()
    prices[150:] *= 0.8
    assert kinds(look(prices)) == []


@pytest.mark.parametrize(
    ("name", "level", "is_wrong"),
    [
        ("CNH", 7.2, True), ("CNH", 0.14, False), ("USDCNH", 7.2, False), ("USDCNH", 0.14, True),
        ("JPY", 150.0, True), ("USDJPY", 0.0067, True), ("KRW", 0.00072, False),
        ("AUDUSD", 0.65, False), ("EURUSD", 1.1, False), ("N225", 0.1, False),
    ],
)  # fmt: skip
def test_a_quote_upside_down(name, level, is_wrong):
    found = look(walk(start=level, sd=0.003), name)
    assert list(found["check"]) == ["quote_direction"] * is_wrong
    assert list(found["severity"]) == ["error"] * is_wrong


# ---- bars -------------------------------------------------------------------------------------


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
    found = look(wrong, bars=bars)
    assert ("close_off_bar", str(DAYS[200]), "warning") in kinds(found)
    assert set(found["check"]) <= {"close_off_bar"}
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
    found = look(close, bars=bars)
    assert kinds(found) == [
        ("filled_row", str(DAYS[50]), "warning"),
        ("zero_volume", str(DAYS[50]), "info"),
    ]
    assert f"the close of {DAYS[49]}" in found["detail"][0]


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
    found = look(close, bars=bars)
    assert kinds(found) == [("zero_volume", str(DAYS[5]), "info")]
    assert f"3 of 300 sessions, from {DAYS[5]} to {DAYS[80]}" in found["detail"][0]
    bars["volume"][:] = 0.0  # a currency has none, and nobody misses it
    assert kinds(look(close, bars=bars)) == []


# ---- labels of a currency ---------------------------------------------------------------------


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
    found = look(close, "USDJPY", bars)
    assert kinds(found) == [("fx_label_shift", str(DAYS[0]), "error")]
    assert 'fx_close = "next_row"' in found["detail"][0]
    # an index has nights between its days; a name nobody knows may be a currency
    assert kinds(look(close, "SPX", bars)) == []
    found = look(close, "MINE", bars)
    assert kinds(found) == [("fx_label_shift", str(DAYS[0]), "warning")]
    assert "if this is a currency" in found["detail"][0]
    assert kinds(look(close, "MINE", {**bars, "volume": np.ones(300)})) == []
    assert kinds(look(close, "GBPJPY=X", bars)) == [("fx_label_shift", str(DAYS[0]), "error")]


def test_end_of_day_closes_are_right():
    close, bars = fx_bars(np.zeros(300, bool))
    assert kinds(look(close, "USDJPY", bars)) == []


def test_a_vendor_that_changed_its_habit_is_told_by_year():
    close, bars = fx_bars(DAYS.astype("M8[Y]") == np.datetime64("2026"))
    found = look(close, "USDJPY", bars)
    assert [kind for kind, *_ in kinds(found)] == ["fx_label_shift"]
    assert "in 2026, and not in 2025" in found["detail"][0]
    assert str(found["date"][0])[:4] == "2026"
