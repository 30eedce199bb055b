from __future__ import annotations

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest

from eventstudy.watch.items import Item, MarketRow
from eventstudy.watch.track_record import (
    COLUMNS,
    LEDGER,
    interval_score,
    ledger,
    sentences,
    summary_of,
    track_record,
)

NOON = dt.datetime(2025, 5, 2, 12, 0, tzinfo=dt.UTC)


def row(outcome, *, low=-0.01, median=0.002, high=0.02, status="to_open", session="2025-05-05"):
    return MarketRow(
        security="HSI", title="Hang Seng", session=session, status=status, low=low, median=median,
        high=high, ordinary_low=-0.015, ordinary_high=0.015, outcome=outcome, n_dates=9,
        level="category",
    )  # fmt: skip


def item(name, *rows, made=NOON, **options):
    return Item(
        item_id=name, source="feed", origin="a", guid=name, headline=f"Headline {name}",
        published=NOON, first_seen=NOON, fate="forecast", made_at=made, rows=rows,
        category="deal", direction="de-escalation", **options,
    )  # fmt: skip


def test_the_summary_agrees_with_a_plain_count():
    outcomes = [0.001, -0.02, 0.03, 0.016, -0.001]
    items = [item(f"i{n}", row(value, session=f"2025-05-0{5 + n // 2}")) for n, value in
             enumerate(outcomes)]  # fmt: skip
    late = item("late", row(0.5, status="trading"), row(0.5, status="closed"))
    waiting = item("open", row(None), row(None, status="closed"))
    thin = item("thin", row(0.5, low=None, median=None, high=None))
    found = summary_of([*items, late, waiting, thin])
    inside = [-0.01 <= value <= 0.02 for value in outcomes]
    usual = [-0.015 <= value <= 0.015 for value in outcomes]
    assert (found.n_forecasts, found.n_items, found.n_dates) == (5, 5, 3)
    assert (found.n_inside, found.n_inside_ordinary) == (sum(inside), sum(usual)) == (3, 2)
    assert (found.n_signs, found.n_right) == (5, 3)
    assert (found.n_open, found.n_late) == (1, 2)
    assert found.width == pytest.approx(0.03, abs=1e-12)
    assert found.ordinary_width == pytest.approx(0.03, abs=1e-12)
    own = 0.03 * 5 + 10 * ((0.02 - 0.01) + (0.03 - 0.02))
    ordinary = 0.03 * 5 + 10 * ((0.02 - 0.015) + (0.03 - 0.015) + (0.016 - 0.015))
    assert found.score_ratio == pytest.approx(own / ordinary, abs=1e-12)


def test_the_interval_score_is_smallest_for_the_range_that_holds_eight_in_ten():
    draws = np.random.default_rng(1).normal(size=4000)
    best = np.quantile(draws, [0.1, 0.9])

    def mean(low, high):
        return np.mean([interval_score(low, high, value) for value in draws])

    assert mean(*best) < min(mean(*(best * 0.8)), mean(*(best * 1.2)), mean(*(best + 0.3)))


def test_words_begin_with_the_answer():
    found = sentences(summary_of([item("a", row(0.001)), item("b", row(0.5, status="closed"))]))
    assert found[0].startswith("1 of 1 outcome fell inside the 80 % range (100%)")
    assert "These are too few dates to judge by." in found
    assert any("not counted" in sentence for sentence in found)
    assert sentences(summary_of([])) == (
        "No forecast that was made before a market had opened has its outcome yet.",
    )
    assert math.isnan(summary_of([]).score_ratio)


def test_a_middle_of_zero_has_no_sign():
    assert summary_of([item("a", row(0.001, median=0.0))]).n_signs == 0


def test_the_table_has_its_columns_and_is_in_the_order_of_the_forecasts():
    later = item("a", row(0.001), made=NOON + dt.timedelta(hours=1))
    frame = track_record([later, item("b", row(None, status="closed"))])
    assert tuple(frame.columns) == COLUMNS
    assert frame["item_id"].tolist() == ["b", "a"]
    assert frame["inside"].tolist() == [None, True]
    assert frame["made_at"].tolist() == ["2025-05-02T12:00:00Z", "2025-05-02T13:00:00Z"]
    assert frame["note"].tolist() == ["made when the session was over, so not counted", None]
    assert tuple(track_record([]).columns) == COLUMNS


def test_the_ledger_has_every_item():
    unread = dataclasses.replace(
        item("x"), fate="unreadable", reason="torn", made_at=None, published=None
    )
    frame = ledger([item("a", row(0.1)), unread])
    assert tuple(frame.columns) == LEDGER
    assert frame["reason"].tolist() == [None, "torn"]
    assert frame["published_at"].tolist() == ["2025-05-02T12:00:00Z", None]
