"""A frame is read as what it is, or one sentence says what is missing.

The reports: yfinance pull request 2818 and pbrissaud/suivi-bourse issue 1013 (midnight of an
exchange shown in another zone is another date); the frames of yfinance issue 797 and pull request
1070 (`Ticker.history`, `download`); alvarobartt/investpy issue 135 (dd/mm read as mm/dd).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.panel import PricePanel

DAYS = pd.bdate_range("2025-03-03", "2025-04-30", name="Date")
LEVELS = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, len(DAYS))))


def closes(*names, index=DAYS):
    return pd.DataFrame(dict.fromkeys(names, LEVELS), index=index)


def dates(panel, at=0):
    return [str(day) for day in panel.dates[at]]


EXPECTED = [f"{day:%Y-%m-%d}" for day in DAYS]


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("N225", "Asia/Tokyo"),
        ("HSI", "Asia/Hong_Kong"),
        ("SPX", "America/New_York"),
        ("7203.T", "Asia/Tokyo"),
        ("DAX", "Europe/Berlin"),
        ("AUDUSD", "Europe/London"),
    ],
)
@pytest.mark.parametrize("shown_in", ["UTC", "America/New_York", "Asia/Shanghai"])
def test_midnight_of_the_exchange_keeps_its_date_in_every_zone(name, zone, shown_in):
    index = DAYS.tz_localize(zone).tz_convert(shown_in)
    panel = PricePanel.from_frame(closes(name, index=index))
    assert dates(panel) == EXPECTED
    is_midnight = (index.tz_localize(None) == index.tz_localize(None).normalize()).all()
    assert bool(panel.assumed) != is_midnight


def test_midnight_in_utc_without_its_zone_is_known_by_the_market():
    index = DAYS.tz_localize("Asia/Taipei").tz_convert("UTC").tz_localize(None)
    panel = PricePanel.from_frame(closes("TWII", index=index))
    assert dates(panel) == EXPECTED
    assert panel.assumed == (
        "prices: times of 16:00 are midnight in Asia/Taipei, and the dates are those there",
    )


def test_markets_of_two_zones_in_one_frame_have_their_own_dates():
    tokyo = DAYS.tz_localize("Asia/Tokyo").tz_convert("UTC")
    york = DAYS.tz_localize("America/New_York").tz_convert("UTC")
    both = pd.DataFrame({"N225": pd.Series(LEVELS, tokyo), "SPX": pd.Series(LEVELS, york)})
    panel = PricePanel.from_frame(both)
    assert dates(panel, 0) == dates(panel, 1) == EXPECTED
    assert len(panel.assumed) == 2


@pytest.mark.parametrize("zone", [None, "America/New_York"])
@pytest.mark.parametrize(("time", "what"), [("16h", "closes"), ("9h30min", "opens")])
def test_closing_and_opening_times_of_the_market_are_its_dates(zone, time, what):
    index = (DAYS + pd.Timedelta(time)).tz_localize(zone)
    trading = index[DAYS != "2025-04-18"]
    panel = PricePanel.from_frame(closes("SPX", index=index).loc[trading])
    assert dates(panel) == [day for day in EXPECTED if day != "2025-04-18"]
    assert f"{what} of XNYS" in panel.assumed[0]


def test_a_time_that_is_the_close_and_midnight_elsewhere_is_refused():
    days = pd.bdate_range("2024-01-09", "2024-02-09")  # Tokyo closed at 15:00 then
    index = days + pd.Timedelta(hours=15)
    with pytest.raises(SchemaError, match="can be read two ways: times of 15:00 are midnight"):
        PricePanel.from_frame(pd.DataFrame({"N225": LEVELS[: len(days)]}, index=index))


@pytest.mark.parametrize("hours", ["15h", "4h", "16h", "9h30min"])
@pytest.mark.parametrize("zone", [None, "UTC"])
def test_times_of_a_security_nobody_knows_are_refused(hours, zone):
    index = (DAYS + pd.Timedelta(hours)).tz_localize(zone)
    with pytest.raises(SchemaError, match="the index holds times such as") as raised:
        PricePanel.from_frame(closes("Some firm", index=index))
    assert "tz_convert" in str(raised.value)


def test_times_of_several_sorts_are_refused():
    index = DAYS + pd.to_timedelta(np.arange(len(DAYS)) % 3, unit="h")
    with pytest.raises(SchemaError, match="do not tell which dates"):
        PricePanel.from_frame(closes("N225", index=index))


@pytest.mark.parametrize(
    ("form", "order"), [("%d/%m/%Y", "day, month, year"), ("%m/%d/%Y", "month, day, year")]
)
def test_text_is_read_in_the_one_order_that_is_possible_and_that_is_said(form, order):
    panel = PricePanel.from_frame(closes("N225", index=DAYS.strftime(form)))
    assert dates(panel) == EXPECTED
    assert panel.assumed[0].startswith(f"prices: dates are {order}: ")


def test_text_that_can_be_read_two_ways_is_refused_until_its_order_is_said():
    either = closes("N225").iloc[:2].set_axis(["02/01/2025", "03/01/2025"])
    with pytest.raises(SpecificationError, match="nothing decides") as raised:
        PricePanel.from_frame(either)
    assert raised.value.key == "date_format"
    assert dates(PricePanel.from_frame(either, date_format="dmy")) == ["2025-01-02", "2025-01-03"]


def test_a_slip_among_text_dates_is_named_by_its_row():
    texts = [*DAYS[:3].strftime("%d/%m/%Y"), "31/02/2025"]
    frame = closes("N225").iloc[:4].set_axis(texts)
    with pytest.raises(SchemaError, match='row 5: date "31/02/2025" is no date as the others'):
        PricePanel.from_frame(frame)


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%d 00:00:00", "%Y-%m-%d 00:00:00+09:00"])
def test_iso_text_is_read(form):
    assert dates(PricePanel.from_frame(closes("N225", index=DAYS.strftime(form)))) == EXPECTED


def test_text_of_utc_times_is_read_as_times_are():
    index = DAYS.tz_localize("Asia/Tokyo").tz_convert("UTC").strftime("%Y-%m-%d %H:%M:%S+00:00")
    assert dates(PricePanel.from_frame(closes("N225", index=index))) == EXPECTED


def test_midnights_of_summer_and_winter_side_by_side_are_their_own_dates():
    index = pd.Index(list(DAYS.tz_localize("America/New_York").to_pydatetime()), dtype=object)
    assert dates(PricePanel.from_frame(closes("SPX", index=index))) == EXPECTED


def test_a_date_column_of_any_case_and_daily_periods_are_dates():
    frame = closes("N225")
    assert dates(PricePanel.from_frame(frame.reset_index())) == EXPECTED
    assert dates(PricePanel.from_frame(frame.to_period("D"))) == EXPECTED
    with pytest.raises(SchemaError, match="periods of 'M'"):
        PricePanel.from_frame(closes("N225", index=DAYS.to_period("M")))


# -- bars ------------------------------------------------------------------------------------------


def bars(level=LEVELS):
    """A frame in the form of `Ticker.history()`."""
    columns = {
        "Open": level * 0.999, "High": level * 1.01, "Low": level * 0.99, "Close": level,
        "Volume": 0, "Dividends": 0.0, "Stock Splits": 0.0,
    }  # fmt: skip
    return pd.DataFrame(columns, index=DAYS)


def download(tickers, *, by="Price"):
    """A frame in the form of `yfinance.download`."""
    frame = pd.concat({t: bars().iloc[:, :5] for t in tickers}, axis=1, names=["Ticker", "Price"])
    return frame.swaplevel(axis=1).sort_index(axis=1) if by == "Price" else frame


@pytest.mark.parametrize("tickers", [["AAPL"], ["AAPL", "^N225", "CNH=X"]])
@pytest.mark.parametrize("by", ["Price", "Ticker"])
def test_a_download_is_a_column_a_ticker_with_its_bars(tickers, by):
    panel = PricePanel.from_frame(download(tickers, by=by))
    assert sorted(panel.names) == sorted(tickers)
    assert panel.values[0].tolist() == LEVELS.tolist()
    assert list(panel.fields["AAPL"]) == ["open", "high", "low", "volume"]
    assert "bars of" in panel.assumed[0]


@pytest.mark.parametrize("flat", [str, "_".join, lambda pair: f"{pair[1]} {pair[0]}"])
def test_flattened_names_of_a_download_are_the_same(flat):
    frame = download(["AAPL", "MSFT"])
    frame.columns = [flat(tuple(pair)) for pair in frame.columns]
    assert PricePanel.from_frame(frame).names == ("AAPL", "MSFT")


def test_a_history_needs_the_name_it_does_not_hold():
    with pytest.raises(SchemaError, match=r'bars of one security .*security="AAPL"'):
        PricePanel.from_frame(bars())
    panel = PricePanel.from_frame(bars(), security="AAPL")
    assert panel.names == ("AAPL",)
    assert dates(panel) == EXPECTED
    assert panel.fields["AAPL"]["high"].tolist() == (LEVELS * 1.01).tolist()


def test_an_adjusted_close_is_said_and_where_it_differs():
    adjusted = np.where(DAYS < "2025-04-01", LEVELS * 0.97, LEVELS)
    panel = PricePanel.from_frame(bars().assign(**{"Adj Close": adjusted}), security="AAPL")
    assert panel.values[0].tolist() == LEVELS.tolist()
    said = [(remark.check, str(remark.date)) for remark in panel.remarks]
    assert said == [("column_not_used", "NaT"), ("adjustment_in_return", "2025-04-01")]


def test_a_bar_that_contradicts_itself_gives_its_close_alone():
    frame = bars()
    frame.loc["2025-03-05", "High"] = 1.0
    panel = PricePanel.from_frame(frame, security="AAPL")
    assert panel.fields["AAPL"].loc["2025-03-05"].isna().all()
    assert [(r.check, str(r.date)) for r in panel.remarks] == [("bar_contradiction", "2025-03-05")]


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (closes("A").set_index(["A"], append=True), "rows of 2 levels"),
        (closes("A").reset_index().melt("Date", var_name="Ticker", value_name="Close"),
         r"a long table, one row a date and Ticker; .*frame.pivot"),
        (closes("A").set_axis(pd.MultiIndex.from_tuples([("x", "A")]), axis=1), "several levels"),
        (download(["A"]).drop(columns=("Close", "A")), "bars of A without a column Close"),
        (closes("A")["A"].rename(None), "a series without a name"),
        (download(["A"]).iloc[:, [0, 0, 1]], "appears twice"),
    ],
)  # fmt: skip
def test_what_is_two_things_is_refused_in_one_sentence(frame, sentence):
    with pytest.raises(SchemaError, match=sentence):
        PricePanel.from_frame(frame)


def test_bars_are_no_returns():
    with pytest.raises(SchemaError, match='content = "prices"'):
        PricePanel.from_frame(bars(), content="returns", security="A")


def test_a_series_is_one_security():
    assert PricePanel.from_frame(closes("A")["A"]).names == ("A",)
    assert PricePanel.from_frame(closes("A")["A"], security="B").names == ("B",)
