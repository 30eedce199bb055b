"""Which end of the day an FX close belongs to: bars whose truth is known, and Yahoo's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.fx_labels import (
    FxConvention,
    dated_closes,
    fx_convention,
    fx_stretches,
    label_sentence,
)

SHARED = Path(__file__).parents[3] / "shared/data/prices"


def bars_of(n=260, *, start_of_day, noise=0.0, seed=1):
    """Bars of a random walk: `price[t]` is where day t begins and day t-1 ends."""
    draw = np.random.default_rng(seed)
    price = 150.0 * np.exp(np.cumsum(draw.normal(0.0, 0.005, n + 1)))
    close = (price[:-1] if start_of_day else price[1:]) * np.exp(draw.normal(0.0, noise, n))
    days = pd.bdate_range("2024-01-01", periods=n)
    return pd.DataFrame({"open": price[:-1], "close": close}, index=days), price


@pytest.mark.parametrize("noise", [0.0, 0.001])
@pytest.mark.parametrize("start_of_day", [True, False])
def test_the_label_of_bars_whose_truth_is_known(start_of_day, noise):
    bars, _ = bars_of(start_of_day=start_of_day, noise=noise)
    convention = fx_convention(bars)
    assert convention.label == ("start_of_day" if start_of_day else "end_of_day")
    assert (convention.same < convention.next) == start_of_day
    assert convention.n == 259


def test_the_medians_are_what_they_say():
    bars = pd.DataFrame(
        {"open": [100.0, 101.0, 104.0], "close": [100.0, 102.0, 105.0]},
        index=pd.bdate_range("2025-01-01", periods=3),
    )
    convention = fx_convention(bars)
    assert convention.same == pytest.approx(np.median([0.0, 1 / 102]))
    assert convention.next == pytest.approx(np.median([1 / 100, 2 / 102]))
    assert (convention.n, convention.label) == (2, "unclear")


def test_too_few_rows_are_unclear():
    bars, _ = bars_of(20, start_of_day=True)
    assert fx_convention(bars).label == "unclear"
    bars, _ = bars_of(21, start_of_day=True)
    assert fx_convention(bars).label == "start_of_day"


def test_without_opens_nothing_is_guessed():
    bars, _ = bars_of(start_of_day=True)
    nothing = fx_convention(bars.drop(columns="open"))
    assert nothing.label == "unclear"
    assert nothing.n == 0
    assert np.isnan(nothing.same)
    assert "no row has an open" in str(nothing)
    empty = fx_convention(bars.assign(open=np.nan))
    assert (empty.label, empty.n) == ("unclear", 0)
    assert fx_convention(bars.iloc[:0]).label == "unclear"
    assert fx_convention(bars.iloc[:1]).label == "unclear"


def test_missing_cells_are_passed_over():
    bars, _ = bars_of(start_of_day=True)
    bars.iloc[10:40, 0] = np.nan
    bars.iloc[50, 1] = np.nan
    convention = fx_convention(bars)
    assert convention.label == "start_of_day"
    assert convention.n == 259 - 31 - 1


def test_medians_that_differ_little_are_unclear():
    draw = np.random.default_rng(3)
    bars, price = bars_of(2_000, start_of_day=False)
    midday = np.sqrt(price[:-1] * price[1:])
    assert fx_convention(bars.assign(close=midday)).label == "unclear"
    # an exchange: its night moves as much as its day
    opens = price[:-1] * np.exp(draw.normal(0.0, 0.005, 2_000))
    assert fx_convention(bars.assign(open=opens)).label == "unclear"


def test_a_price_that_never_moves_is_unclear():
    days = pd.bdate_range("2025-01-01", periods=60)
    assert fx_convention(pd.DataFrame({"open": 7.8, "close": 7.8}, index=days)).label == "unclear"


@pytest.mark.slow
def test_noise_is_called_clear_less_than_once_in_a_thousand():
    draw = np.random.default_rng(11)
    clear = 0
    for _ in range(2_000):
        price = 100.0 + draw.standard_t(4, (2, 21))
        days = pd.bdate_range("2025-01-01", periods=21)
        bars = pd.DataFrame({"open": price[0], "close": price[1]}, index=days)
        clear += fx_convention(bars).label != "unclear"
    assert clear <= 4


def test_redating_undoes_the_label():
    bars, price = bars_of(start_of_day=True)
    moved, _ = dated_closes(bars, "next_row")
    assert fx_convention(moved).label == "end_of_day"
    np.testing.assert_allclose(moved["close"], [*price[1:-1], np.nan])
    pd.testing.assert_series_equal(moved["open"], bars["open"])
    assert len(bars) == 260  # the given frame is as it was
    assert bars["close"].iloc[0] == price[0]


def test_a_close_missing_in_the_next_row_stays_missing():
    bars, _ = bars_of(30, start_of_day=True)
    bars.iloc[7, 1] = np.nan
    moved, _ = dated_closes(bars, "next_row")
    assert np.isnan(moved["close"].iloc[6])
    assert moved["close"].notna().sum() == 28
    assert len(dated_closes(bars.iloc[:0], "next_row")[0]) == 0


def test_zones_of_the_index_are_kept():
    bars, _ = bars_of(60, start_of_day=True)
    bars.index = bars.index.tz_localize("Europe/London")
    assert str(dated_closes(bars, "next_row")[0].index.tz) == "Europe/London"


@pytest.mark.parametrize("ask", [fx_convention, lambda bars: dated_closes(bars, "next_row")])
def test_bars_that_cannot_be_judged(ask):
    bars, _ = bars_of(30, start_of_day=True)
    with pytest.raises(SchemaError, match="dates that ascend"):
        ask(bars.iloc[::-1])
    with pytest.raises(SchemaError, match="dates that ascend"):
        ask(pd.concat([bars, bars.iloc[-1:]]))
    with pytest.raises(SchemaError, match="column 'close'"):
        ask(bars.rename(columns={"close": "Close"}))


def test_the_sentence():
    convention = FxConvention(label="start_of_day", same=0.00001, next=0.003, n=1875)
    assert str(convention) == (
        "closes lie 0.1 bp from their own row's open and 30.0 bp from the next row's "
        "(medians of 1,875 rows)"
    )


# ---- real bars -------------------------------------------------------------------------------


@pytest.fixture
def yahoo():
    path = SHARED / "yahoo_usdjpy_as_labelled.csv"
    if not path.exists():
        pytest.skip("the shared data are not here")
    frame = pd.read_csv(path, index_col="Date", parse_dates=True)
    return frame.rename(columns=str.lower)


def test_yahoos_closes_are_prices_of_the_start_in_every_year(yahoo):
    assert fx_convention(yahoo).label == "start_of_day"
    for _, bars in yahoo.groupby(yahoo.index.year):
        assert fx_convention(bars).label == "start_of_day"


def test_yahoos_closes_moved_agree_with_another_vendor(yahoo):
    moved, _ = dated_closes(yahoo, "next_row")
    assert fx_convention(moved).label == "end_of_day"
    long = pd.read_csv(SHARED / "prices_long.csv", parse_dates=["date"])
    other = long[long["security"] == "USDJPY"].set_index("date")
    both = pd.concat([moved["close"], other["close"]], axis=1, keys=["a", "b"], sort=True).dropna()
    returns = np.log(both).diff().dropna()
    assert returns.corr().iloc[0, 1] > 0.85
    for security in ("USDJPY", "USDCNH", "AUDUSD"):
        bars = long[long["security"] == security].set_index("date")
        assert fx_convention(bars).label == "end_of_day"


@pytest.mark.parametrize("late", [25, 60])
def test_a_vendor_that_changes_its_habit_lately_is_unclear(late):
    price = 150 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.005, 501)))
    days = pd.bdate_range("2023-01-02", periods=500)
    close = np.r_[price[: 500 - late], price[501 - late :]]
    bars = pd.DataFrame({"open": price[:-1], "close": close}, index=days)
    convention = fx_convention(bars)
    assert (convention.label, convention.is_mixed) == ("unclear", True)
    assert "some say the opposite" in str(convention)
    before = fx_convention(bars.iloc[: 500 - late])
    assert (before.label, before.is_mixed) == ("start_of_day", False)


# -- a vendor that changes its practice ------------------------------------------------------------


def changing(n=600, change=380, *, first="end", noise=0.0005):
    """Bars whose closes are of one end of the day before `change`, of the other after, and truth.

    `truth[t]` is the price at the end of day t.
    """
    draw = np.random.default_rng(11)
    price = 150 * np.exp(np.cumsum(draw.normal(0, 0.005, n + 1)))
    is_start = (np.arange(n) >= change) == (first == "end")
    close = np.where(is_start, price[:-1], price[1:]) * np.exp(draw.normal(0, noise, n))
    days = pd.bdate_range("2009-01-01", periods=n)
    return pd.DataFrame({"open": price[:-1], "close": close}, index=days), price[1:]


@pytest.mark.parametrize("first", ["end", "start"])
@pytest.mark.parametrize("change", [60, 380, 560])
def test_each_stretch_is_repaired_by_its_own_label(first, change):
    bars, truth = changing(change=change, first=first)
    stretches = fx_stretches(bars)
    assert len(stretches) == 2
    assert abs(stretches[0].stop - change) <= 2
    dated, done = dated_closes(bars, "detect")
    assert [is_moved for _, is_moved in done] == [first == "start", first == "end"]
    off = np.abs(np.log(dated["close"].to_numpy() / truth))
    # at the change itself a row or two cannot be told
    assert np.nanmax(np.delete(off, range(change - 3, change + 3))) < 0.003
    assert np.isnan(off).sum() == 1
    sentence, is_doubtful = label_sentence(bars, done)
    assert is_doubtful
    assert f"{bars.index[0]:%Y-%m-%d} to " in sentence


@pytest.mark.parametrize("start_of_day", [True, False])
def test_bars_of_one_practice_are_one_stretch(start_of_day):
    bars, price = bars_of(start_of_day=start_of_day, noise=0.0005)
    (stretch,) = fx_stretches(bars)
    assert (stretch.start, stretch.stop) == (0, len(bars))
    dated, _ = dated_closes(bars, "detect")
    end = price[1:-1] if start_of_day else price[1:]
    assert dated["close"].dropna().to_numpy() == pytest.approx(end, rel=0.003)


def test_what_was_asked_is_done_whatever_the_bars_say():
    bars, _ = changing()
    assert dated_closes(bars, "written")[0]["close"].equals(bars["close"])
    dated, ((_, is_moved),) = dated_closes(bars, "next_row")
    assert is_moved
    assert dated["close"].iloc[:-1].tolist() == bars["close"].iloc[1:].tolist()
