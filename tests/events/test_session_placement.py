"""The fast alignment against the plain one: every column, on random events and calendars."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pytest
from plain_alignment import ARRAYS, plain_align
from small_alignment import calendar

from eventstudy.events.alignment import align
from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.calendars import data_sessions
from eventstudy.markets.market import declare_market, get_market
from eventstudy.windows import Window

FROM, DAYS = dt.date(2024, 12, 2), 75


@cache
def series():
    """Market and calendar: exchanges, currencies, rows of a file, with gaps, with a clock."""
    rows = np.arange("2024-12-10", "2025-02-10", dtype="M8[D]")
    gaps = rows[np.arange(len(rows)) % 11 % 4 != 1]
    hong_kong = calendar("HSI").without(rows[[9, 23, 24, 25]], "no price in the file")
    of_file = data_sessions(gaps)
    own = declare_market("OWN", {"calendar": "data", "aliases": ["HSI", "mine"]})
    return [
        (get_market("N225"), calendar("N225")),
        (get_market("HSI"), hong_kong),
        (get_market("HSCE"), hong_kong),
        (get_market("CNH"), calendar("CNH")),
        (own, of_file),
        (declare_market("A", {"calendar": "data"}), of_file),
        (declare_market("B", {"calendar": "data"}), data_sessions(rows)),
        (declare_market("C", {"calendar": "data"}), data_sessions(rows[:0])),
        (
            declare_market("D", {"calendar": "data", "timezone": "Asia/Tokyo", "close": "15:00"}),
            data_sessions(gaps, "Asia/Tokyo", "15:00"),
        ),
    ]


def random_study(rng):
    pairs = [series()[k] for k in rng.permutation(len(series()))[: rng.integers(1, 7)]]
    size = int(rng.integers(1, 9))
    base = dt.datetime.combine(FROM, dt.time(), dt.UTC)
    times = [base + dt.timedelta(minutes=int(m)) for m in rng.integers(0, DAYS * 1440, size)]
    is_dated = rng.random(size) < rng.choice([0.0, 0.3, 1.0])
    names = ["HSI", "hang seng", "NIKKEI", "mine", "A", "b", "B", "HSCEI", "OWN", "XX"]
    precise = rng.choice(["exact", "approx", "session", "day"], size)
    table = {
        "event_id": [f"e{n}" for n in range(size)],
        "published_at": np.where(is_dated, "", [time.isoformat() for time in times]),
        "date": np.where(is_dated | (rng.random() < 0.8), [str(time.date()) for time in times], ""),
        "precision": np.where(is_dated, "day", precise),
        "markets": [";".join(rng.choice(names, rng.integers(0, 4))) for _ in range(size)],
    }
    some = Events.from_frame(pd.DataFrame(table))
    options = {
        "date_only": rng.choice(["same", "next", None], p=[0.4, 0.4, 0.2]),
        "event_window": Window(0, int(rng.choice([0, 2, 9]))),
        "selected": rng.random(size) < 0.8,
        "widen": bool(rng.random() < 0.5),
        "benchmark": (get_market("SPX"), calendar("SPX")) if rng.random() < 0.5 else None,
    }
    return some, pairs, options, int(rng.choice([0, 45, 700]))


def cells(column):
    return [None if pd.isna(cell) else cell for cell in column.astype(object)]


@pytest.mark.fast_cases(20)
@pytest.mark.parametrize("seed", range(80))
def test_the_fast_alignment_is_the_plain_one(seed):
    some, series_of, options, cutoff = random_study(np.random.default_rng(seed))
    markets = [market for market, _ in series_of]
    calendars = {market.name: sessions for market, sessions in series_of}
    try:
        fast = align(some, markets, calendars, cutoff_minutes=cutoff, **options)
    except SpecificationError:  # some need a date, or a choice of what it means
        return
    frame, arrays = plain_align(some, markets, calendars, cutoff=cutoff, **options)
    for name in ARRAYS:
        assert getattr(fast, name).tolist() == arrays[name].tolist(), name
    for name in fast.frame:
        column = frame[name]
        if name.endswith("_utc") and column.dt.tz is None:
            column = column.dt.tz_localize("UTC")
        assert cells(fast.frame[name]) == cells(column), name
