"""Bars inside the day as vendors write them: each is read right, and what was understood is said.

Every file is made here in the form of its vendor; the sources are named beside them. All hold the
same four bars of New York's morning of 3 March 2025.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pandas as pd
import pytest

from eventstudy import read_bars
from eventstudy.exceptions import EventStudyError

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
STARTS = [dt.datetime(2025, 3, 3, 9, minute, tzinfo=NEW_YORK) for minute in (30, 35, 40, 45)]
CLOSES = [500.5, 499.8, 499.9, 499.7]


def table(head, row, *, mark=","):
    rows = [row(start, close) for start, close in zip(STARTS, CLOSES, strict=True)]
    lines = ([mark.join(head)] if head else []) + [mark.join(map(str, cells)) for cells in rows]
    return "\n".join(lines) + "\n"


def ohlc(close):
    return close - 0.1, close + 0.5, close - 0.5, close


HEAD = ["open", "high", "low", "close", "volume"]
FILES = {
    # philipperemy/FX-1-Minute-Data, issue 2: no header, EST without daylight saving
    "histdata": (
        "DAT_ASCII_SPXUSD_M1_2025.csv",
        table([], lambda t, c: (f"{t:%Y%m%d %H%M%S}", *ohlc(c), 0), mark=";"),
        "SPXUSD", None, "HistData|UTC-05:00 all year",
    ),
    "date and time": (
        "SPY_split.csv",
        table(["date", "time", *HEAD], lambda t, c: (f"{t:%Y-%m-%d}", f"{t:%H:%M:%S}", *ohlc(c), 9)),  # noqa: E501
        "SPY", "America/New_York", "date and time together",
    ),
    "excel": (
        "SPY_excel.csv",
        table(["timestamp", *HEAD], lambda t, c: (f"{t.month}/{t.day}/{t.year} {t:%H:%M}",
                                                  *ohlc(c), 9)),
        "SPY", "America/New_York", "whether day or month comes first",
    ),
    "ibkr": (
        "SPY_ibkr.csv",
        table(["date", *HEAD], lambda t, c: (f"{t:%Y%m%d  %H:%M:%S}", *ohlc(c), 9)),
        "SPY", "America/New_York", "",
    ),
    "ibkr with its zone": (
        "SPY_ibkr2.csv",
        table(["date", *HEAD], lambda t, c: (f"{t:%Y%m%d %H:%M:%S} US/Eastern", *ohlc(c), 9)),
        "SPY", None, "US/Eastern",
    ),
    "metatrader 5": (
        "SPY_mt5.csv",
        table(["<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>"],
              lambda t, c: (f"{t:%Y.%m.%d}", f"{t:%H:%M:%S}", *ohlc(c), 9), mark="\t"),
        "SPY", "America/New_York", "MetaTrader 5|TICKVOL",
    ),
    "metatrader 4": (
        "SPY_5.csv",
        table([], lambda t, c: (f"{t:%Y.%m.%d}", f"{t:%H:%M}", *ohlc(c), 9)),
        "SPY", "America/New_York", "MetaTrader 4",
    ),
    "polygon": (
        "SPY_polygon.csv",
        table(["t", "o", "h", "l", "c", "v"], lambda t, c: (int(t.timestamp() * 1000), *ohlc(c), 9)),  # noqa: E501
        "SPY", None, "Polygon|milliseconds",
    ),
    "polygon flat files": (
        "2025-03-03.csv",
        table(["ticker", "volume", "open", "close", "high", "low", "window_start", "transactions"],
              lambda t, c: ("SPY", 9, c, c, c, c, int(t.timestamp()) * 10**9, 3)),
        "SPY", None, "nanoseconds",
    ),
    "tradingview": (
        "SPY_tradingview.csv",
        table(["time", *HEAD], lambda t, c: (int(t.timestamp()), *ohlc(c), 9)),
        "SPY", None, "seconds since 1970",
    ),
    # ranaroussi/yfinance, issue 2269
    "yfinance": (
        "SPY_yf.csv",
        table(["Datetime", "Open", "High", "Low", "Close", "Volume"],
              lambda t, c: (f"{t.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}+00:00", *ohlc(c), 9)),
        "SPY", None, "",
    ),
    "yfinance with tickers": (
        "x.csv",
        "Price,Open,High,Low,Close,Volume\nTicker,SPY,SPY,SPY,SPY,SPY\nDatetime,,,,,\n"
        + table([], lambda t, c: (f"{t.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}+00:00", *ohlc(c), 9)),
        "SPY", None, "yfinance",
    ),
    "dukascopy": (
        "SPY_Candlestick_5_M_BID.csv",
        table(["Gmt time", "Open", "High", "Low", "Close", "Volume"],
              lambda t, c: (f"{t.astimezone(dt.UTC):%d.%m.%Y %H:%M:%S.000}", *ohlc(c), 9)),
        "SPY", None, "Dukascopy|times are in UTC",
    ),
    "stooq": (
        "spy.us.txt",
        table(["<TICKER>", "<PER>", "<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>",
               "<VOL>", "<OPENINT>"],
              lambda t, c: ("SPY.US", 5, f"{t:%Y%m%d}", f"{t:%H%M%S}", *ohlc(c), 9, 0)),
        "SPY.US", "America/New_York", "Stooq",
    ),
    "a German broker": (
        "SPY_de.csv",
        table(["Datum", "Hoch", "Tief", "Schlusskurs"],
              lambda t, c: (f"{t:%d.%m.%Y %H:%M}", f"{c + 1:.1f}".replace(".", ","),
                            f"{c - 1:.1f}".replace(".", ","), f"{c:.1f}".replace(".", ",")),
              mark=";"),
        "SPY", "America/New_York", "Schlusskurs",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_bars_of_a_vendor_are_read_right_and_told(tmp_path, name):
    file, text, security, zone, words = FILES[name]
    (tmp_path / file).write_text(text)
    bars = read_bars(tmp_path / file, timezone=zone)
    assert bars.securities == (security,)
    assert bars.minutes == 5
    assert [start.to_pydatetime() for start in bars.frame["start"]] == STARTS
    assert bars.frame["close"].tolist() == pytest.approx(CLOSES)
    said = "\n".join(bars.assumed)
    for word in words.split("|"):
        assert word in said
    assert bool(said) == bool(words), said


@pytest.mark.parametrize("name", [name for name, case in FILES.items() if case[3]])
def test_times_that_say_no_zone_need_one(tmp_path, name):
    file, text, *_ = FILES[name]
    (tmp_path / file).write_text(text)
    with pytest.raises(EventStudyError, match="name the zone with timezone="):
        read_bars(tmp_path / file)


def test_histdata_keeps_its_zone_in_summer_whatever_zone_is_given(tmp_path):
    text = "20250603 083000;1;2;1;2;0\n20250603 083100;2;2;1;1;0\n"
    (tmp_path / "DAT_ASCII_EURUSD_M1.csv").write_text(text)
    bars = read_bars(tmp_path / "DAT_ASCII_EURUSD_M1.csv", timezone="America/New_York")
    assert str(bars.frame["start"].iloc[0]) == "2025-06-03 13:30:00+00:00", "EST, not EDT"
    assert "the timezone America/New_York that was given is not used" in bars.assumed[-1]


def test_dates_that_can_be_read_both_ways_are_refused_until_the_user_says(tmp_path):
    rows = "".join(f"03/04/2025 09:{minute},1\n" for minute in (30, 35, 40))
    (tmp_path / "S.csv").write_text("timestamp,close\n" + rows)
    with pytest.raises(EventStudyError, match="day or the month first"):
        read_bars(tmp_path / "S.csv", timezone="America/New_York")
    bars = read_bars(tmp_path / "S.csv", timezone="America/New_York", date_format="dd/mm/yyyy")
    assert str(bars.frame["start"].iloc[0]) == "2025-04-03 13:30:00+00:00"


@pytest.mark.slow
def test_what_was_understood_stands_with_the_results(tmp_path):
    from eventstudy.intraday import IntradayStudy

    days = [dt.datetime(2025, 3, day, 9, 30, tzinfo=NEW_YORK) for day in range(3, 22)]
    starts = [d + dt.timedelta(minutes=5 * n) for d in days if d.weekday() < 5 for n in range(78)]
    rows = "".join(f"{int(s.timestamp())},{500 + 0.1 * (n % 7)}\n" for n, s in enumerate(starts))
    (tmp_path / "SPY.csv").write_text("time,close\n" + rows)
    events = pd.DataFrame({"event_id": ["n"], "published_at": ["2025-03-21T10:05-04:00"]})
    study = IntradayStudy(market="SPX", window=(-30, 60), days=10, draws=99)
    results = study.fit(events, tmp_path / "SPY.csv")
    assert "SPY.csv: times are seconds since 1970 (UTC)." in results.sentences()
