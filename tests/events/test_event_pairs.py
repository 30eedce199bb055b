"""Which pairs there are: all of them while few, else those an event is about, and how many not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from plain_alignment import is_about
from small_alignment import ONE_DAY

from eventstudy.events import event_pairs as module
from eventstudy.events.alignment import align
from eventstudy.events.event_pairs import event_pairs
from eventstudy.events.table import Events
from eventstudy.markets.calendars import data_sessions
from eventstudy.markets.market import column_market, declare_market, get_market

NAMES = ("HSI", "hang seng", "NIKKEI", "own", "MINE", "A", "HSCEI", "XX", "TWII")
MARKETS = [
    get_market("N225"),
    get_market("HSI"),
    declare_market("OWN", {"calendar": "XTKS", "aliases": ["mine", "HSI"]}),
    column_market("A"),
    get_market("TWII"),
]


def random_cells(rng, size):
    return [tuple(dict.fromkeys(rng.choice(NAMES, rng.integers(0, 4)))) for _ in range(size)]


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_those_found_one_by_one(seed):
    cells = random_cells(np.random.default_rng(seed), 12)
    plain = [[is_about(cell, market, MARKETS) for market in MARKETS] for cell in cells]
    pairs = event_pairs(cells, MARKETS)
    assert pairs.is_wanted.reshape(len(cells), len(MARKETS)).tolist() == plain
    assert np.array_equal(pairs.event * len(MARKETS) + pairs.security, np.arange(60))
    named = event_pairs(cells, MARKETS, only_named=True)
    assert np.array_equal([named.event, named.security], np.nonzero(plain))
    assert (named.n_unlisted, named.is_wanted.all()) == (60 - np.sum(plain), True)


def test_above_fifty_thousand_only_the_pairs_studied_are_made():
    assert module.MOST_LISTED == 50_000
    firms = [column_market(f"F{n}") for n in range(250)]
    few, many = ([(f"F{n}",) for n in range(size)] for size in (200, 201))
    assert (len(event_pairs(few, firms).event), event_pairs(few, firms).n_unlisted) == (50_000, 0)
    pairs = event_pairs(many, firms)
    assert (len(pairs.event), pairs.n_unlisted) == (201, 201 * 249)
    everything = event_pairs([()] * 201, firms)  # each is about all, so none is left out
    assert (len(everything.event), everything.n_unlisted) == (201 * 250, 0)


def test_the_pairs_studied_are_placed_as_among_all(monkeypatch):
    rows = np.arange("2025-01-01", "2025-03-01", dtype="M8[D]")
    shared, own = data_sessions(rows), data_sessions(rows[::2])
    markets = [column_market(name) for name in "ABCD"]
    calendars = {"A": shared, "B": own, "C": shared, "D": own}
    days = np.random.default_rng(0).choice(rows, 9).astype(str)
    cells = ["A", "A;C", "", "D;B", "C", "A", "B", "X", "C;A"]
    some = Events.from_frame(
        pd.DataFrame({"event_id": [*"abcdefghi"], "date": days, "markets": cells})
    )
    options = {"date_only": "same", "event_window": ONE_DAY}
    whole = align(some, markets, calendars, **options)
    monkeypatch.setattr(module, "MOST_LISTED", 10)
    sparse = align(some, markets, calendars, **options)
    assert (sparse.n_unlisted, sparse.is_wanted.all()) == (int((~whole.is_wanted).sum()), True)
    kept = whole.frame[whole.is_wanted].reset_index(drop=True)
    assert kept.equals(sparse.frame)
    for name in ("event", "security", "day0", "earliest", "latest"):
        assert getattr(sparse, name).tolist() == getattr(whole, name)[whole.is_wanted].tolist()
