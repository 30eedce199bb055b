"""One column by itself: jumps, units, quotes."""

from __future__ import annotations

import numpy as np
import pytest
from checked_prices import DAYS, kinds, look, walk

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
def test_a_split_is_an_error(factor):
    prices = walk()
    prices[150:] *= factor
    checks = look(prices)
    assert kinds(checks) == [("unit_break", str(DAYS[150]), "error")]
    split = f"{1 / factor:g} for 1" if factor < 1 else f"1 for {factor:g}"
    assert (
        f'a split {split}? use closes adjusted for it (field = "adj_close"' in checks["detail"][0]
    )


def test_a_small_split_may_be_news():
    prices = walk()
    prices[150:] /= 1.5
    assert kinds(look(prices)) == [("unit_break", str(DAYS[150]), "warning")]


def test_a_crash_about_a_level_of_one_is_no_quote_turned_over():
    prices = walk(start=1.0)
    prices *= 1.05 / prices[149]
    prices[150:] *= 0.87
    checks = look(prices)
    assert "one over it" not in "".join(checks["detail"])


def test_a_quote_turned_over_is_an_error():
    prices = walk(start=150.0, sd=0.005)
    prices[150:] = 1 / prices[150:]
    checks = look(prices)
    assert kinds(checks) == [("unit_break", str(DAYS[150]), "error")]
    assert "one over it" in checks["detail"][0]


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
    checks = look(walk(start=level, sd=0.003), name)
    assert list(checks["check"]) == ["quote_direction"] * is_wrong
    assert list(checks["severity"]) == ["error"] * is_wrong
