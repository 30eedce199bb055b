"""Day 0 closes after the news, and is the first to: any built-in market, any time, every door.

The truth is the library of exchange calendars itself, with the days it has wrong put right by hand,
and five o'clock in New York for currencies; nothing of ours but the study is asked.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.markets.market import find_market, load_markets
from eventstudy.studyfile.study_file import read_study

pytestmark = pytest.mark.fast_tests(2)

DAYS = pd.bdate_range("2023-10-02", "2025-06-30", name="date")
FIRST, LAST = (pd.Timestamp(day).to_pydatetime() for day in ("2024-02-01", "2025-05-30"))
SHUT = {("XTAI", "2024-10-31")}
HOURS = {
    ("XKRX", "2024-11-14"): "07:30",
    **{("XSES", day): "04:00"
       for day in ("2024-02-09", "2024-12-24", "2024-12-31", "2025-01-28")},
}  # fmt: skip
STUDY = """\
markets = ["{market}"]
[events]
file = "events.csv"
[prices]
{source}
[model]
name = "constant_mean"
[windows]
estimation = [-30, -6]
event = [-1, 1]
car = [[0, 0]]
[sample]
min_obs = 10
max_loss = 1.0
[statistics]
names = ["portfolio_t"]
draws = 0
"""
SOURCES = {
    "csv": 'file = "prices.csv"',
    "xlsx": 'file = "prices.xlsx"',
    "sql": 'source = "sql"\nurl = "sqlite:///prices.db"\ntable = "prices"',
}
RATES = {
    "USDCNH": 7.2, "USDJPY": 150.0, "USDTWD": 32.0, "USDKRW": 1400.0, "AUDUSD": 0.65,
    "EURUSD": 1.08, "GBPUSD": 1.25,
}  # fmt: skip
few = settings(
    max_examples=max(3, settings.default.max_examples // 5),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


@dataclass(frozen=True)
class News:
    """Times of news, each written at an offset, about a market under one of its names."""

    market: str
    column: str
    times: tuple[dt.datetime, ...]


@st.composite
def news(draw) -> News:
    market = draw(st.sampled_from(list(load_markets().values())))
    columns = [name for name in (market.series, market.yahoo, *market.symbols[:2]) if name]
    zones = st.sampled_from([dt.timezone(dt.timedelta(hours=h)) for h in (-8, -5, 0, 5.5, 8, 9)])
    times = st.datetimes(FIRST, LAST, timezones=zones).map(
        lambda time: time.replace(second=0, microsecond=0)
    )
    # near a close is where it matters
    near = st.sampled_from(sorted(truth(market.calendar))[90:-30]).flatmap(
        lambda day: st.sampled_from([-1, 0, 1]).map(
            lambda minutes: truth(market.calendar)[day] + dt.timedelta(minutes=minutes)
        )
    )
    return News(
        market.name, draw(st.sampled_from(columns)),
        tuple(draw(st.lists(times | near, min_size=1, max_size=5, unique=True))),
    )  # fmt: skip


@cache
def truth(calendar: str) -> dict[str, dt.datetime]:
    """Close of every session, in UTC."""
    if calendar == "FX":
        zone = ZoneInfo("America/New_York")
        return {
            f"{day:%Y-%m-%d}": dt.datetime(
                day.year, day.month, day.day, 17, tzinfo=zone
            ).astimezone(dt.UTC)
            for day in DAYS
        }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = exchange_calendars.get_calendar(calendar, start=DAYS[0], end=DAYS[-1])
    closes = {f"{day:%Y-%m-%d}": close.to_pydatetime() for day, close in library.closes.items()}
    for code, day in SHUT:
        if code == calendar:
            closes.pop(day, None)
    for (code, day), hour in HOURS.items():
        if code == calendar:
            closes[day] = dt.datetime.fromisoformat(f"{day}T{hour}+00:00")
    return closes


def table_of(told: News) -> pd.DataFrame:
    """Events with a time, and the column `date` that other programs always write."""
    return pd.DataFrame(
        {
            "event_id": [f"e{at}" for at in range(len(told.times))],
            "published_at": [time.isoformat(timespec="minutes") for time in told.times],
            "date": [f"{time:%Y-%m-%d}" for time in told.times],
            "markets": told.market,
        }
    )


def prices_of(column: str) -> pd.DataFrame:
    steps = np.random.default_rng(1).normal(0, 0.01, len(DAYS))
    market = find_market(column)
    level = 100.0 if market is None else RATES.get(market.series, 100.0)
    return pd.DataFrame({column: level * np.exp(np.cumsum(steps / 10))}, index=DAYS)


def write_prices(door: str, frame: pd.DataFrame, folder: Path) -> None:
    if door == "csv":
        frame.to_csv(folder / "prices.csv")
    elif door == "xlsx":
        frame.reset_index().to_excel(folder / "prices.xlsx", index=False)
    elif door == "sql":
        long = frame.reset_index().melt("date", var_name="security", value_name="close")
        long["date"] = long["date"].dt.strftime("%Y-%m-%d")
        with sqlite3.connect(folder / "prices.db") as connection:
            long.to_sql("prices", connection, index=False)


def by_notebook(door: str, told: News, folder: Path):
    frame = prices_of(told.column)
    write_prices(door, frame, folder)
    prices = es.PricePanel.from_frame(frame) if door == "frame" else es.read_prices(
        folder / f"prices.{door}"
    )  # fmt: skip
    study = es.EventStudy(
        markets=[told.market], model=es.ConstantMean(), estimation_window=(-30, -6),
        event_window=(-1, 1), car_windows=[(0, 0)], min_obs=10, max_loss=1.0, draws=0,
        statistics=["portfolio_t"],
    )  # fmt: skip
    return study.fit(es.Events.from_frame(table_of(told)), prices)


def by_study_file(door: str, told: News, folder: Path):
    write_prices(door, prices_of(told.column), folder)
    table_of(told).to_csv(folder / "events.csv", index=False)
    text = STUDY.format(market=told.market, source=SOURCES[door])
    (folder / "study.toml").write_text(text)
    return read_study(folder / "study.toml").run()  # what `eventstudy run` does before it writes


def check(alignment: pd.DataFrame, told: News) -> None:
    closes = truth(load_markets()[told.market].calendar)
    rows = alignment.set_index("event_id")
    assert len(rows) == len(told.times)
    for at, time in enumerate(told.times):
        session = str(rows.loc[f"e{at}", "session"])[:10]
        assert closes[session] > time, (told.market, time, session)
        assert all(close <= time for day, close in closes.items() if day < session)


@pytest.mark.parametrize("door", ["frame", "csv", "xlsx"])
@few
@given(told=news())
def test_in_a_notebook(door, told):
    with TemporaryDirectory() as folder:
        check(by_notebook(door, told, Path(folder)).alignment, told)


@pytest.mark.slow
@pytest.mark.parametrize("door", list(SOURCES))
@few
@given(told=news())
def test_from_a_study_file(door, told):
    with TemporaryDirectory() as folder:
        check(by_study_file(door, told, Path(folder)).alignment, told)


@pytest.mark.slow
@settings(few, max_examples=max(2, settings.default.max_examples // 20))
@given(told=news())
def test_by_the_command(told):
    from eventstudy import cli

    with TemporaryDirectory() as name:
        folder = Path(name)
        by_study_file("csv", told, folder)
        out = folder / "out"
        assert cli.invoke(["run", str(folder / "study.toml"), "--out", str(out), "--quiet"]) == 0
        check(pd.read_csv(out / "alignment.csv"), told)
        # without prices at all
        command = ["align", str(folder / "events.csv"), "--markets", told.market]
        assert cli.invoke([*command, "-o", str(folder / "aligned.csv"), "--quiet"]) == 0
        check(pd.read_csv(folder / "aligned.csv"), told)
