"""What is said before an answer is passed on, the gravest first."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_expectation import RECORD, market

from eventstudy.expectation.caveats import caveats_of, stale_prices
from eventstudy.expectation.question import Reading
from eventstudy.expectation.values import MarketExpectation

SURE = Reading(category="deal", direction="de-escalation", confidence=0.9, source="deal")
HOURS = ("to_open", "2025-04-14T00:00", "2025-04-14T06:30")


def said(markets=(), reading=SURE, record=None, *, is_bundled=False):
    return caveats_of(markets, reading, record, is_bundled=is_bundled)


def rows(*levels, same=3):
    return tuple(
        market(f"M{i}", f"M{i}", *HOURS, level=level, n_same_kind=same)
        for i, level in enumerate(levels)
    )


def test_nothing_is_said_where_nothing_stands_against_the_answer():
    assert said(rows("category", same=12), record=RECORD) == ()
    # Enough of them, and pooled with others because kinds did not differ: no caveat.
    assert said(rows("direction", same=12)) == ()
    assert said((MarketExpectation(title="N", clock=rows("all")[0].clock, forecast=None),)) == ()


def test_the_order_is_that_of_gravity():
    sentences = said(
        rows("direction"),
        dataclasses.replace(SURE, confidence=0.55),
        dataclasses.replace(RECORD, crps_ratio=1.03),
        is_bundled=True,
    )
    starts = (
        "So far such forecasts",
        "The list of past",
        "Only 3 past",
        "That this is",
    )
    assert [s.startswith(start) for s, start in zip(sentences, starts, strict=True)] == [True] * 4


def test_a_record_no_better_than_ordinary_days_is_said_with_its_size():
    (sentence,) = said(record=dataclasses.replace(RECORD, crps_ratio=1.03))
    assert "error 1.03 times as large (312 forecasts scored)" in sentence
    (sentence,) = said(record=dataclasses.replace(RECORD, coverage=0.70))
    assert sentence.startswith("So far 70 % of outcomes fell inside ranges meant for 80 %")
    (sentence,) = said(record=dataclasses.replace(RECORD, ratio_low=0.91, ratio_high=1.02))
    assert "error 0.96 times as large, 95 % interval 0.91 to 1.02" in sentence
    assert said(record=dataclasses.replace(RECORD, ratio_low=0.91, ratio_high=0.99)) == ()
    assert said(record=dataclasses.replace(RECORD, n_forecasts=0, crps_ratio=2.0)) == ()


@pytest.mark.parametrize(
    ("levels", "same", "sentence"),
    [
        (("direction", "direction"), 3,
         "Only 3 past dates are of exactly this kind; the ranges stand on all de-escalation news."),
        (("direction", "all"), 1,
         "Only 1 past date is of exactly this kind; the ranges stand on all de-escalation news "
         "(M0) and all news, whatever its direction (M1)."),
        (("all",), 0,
         "No past date is of exactly this kind; the ranges stand on all news, whatever its "
         "direction."),
        (("category", "direction"), 5,
         "For M1 only 5 past dates are of exactly this kind; its range stands on all "
         "de-escalation news."),
        (("category", "direction", "all"), 0,
         "For M1 and M2 no past date is of exactly this kind; their ranges stand on all "
         "de-escalation news (M1) and all news, whatever its direction (M2)."),
    ],
)  # fmt: skip
def test_few_dates_of_the_kind_are_counted_with_what_stands_in(levels, same, sentence):
    assert said(rows(*levels, same=same)) == (sentence,)


def test_prices_that_end_early_are_named_or_counted():
    day = np.datetime64("2025-04-10")
    assert stale_prices({}) == ""
    two = stale_prices({"A": day, "B": day - 1})
    assert two.startswith("Prices of B end on 2025-04-09 and of A on 2025-04-10, and later")
    assert stale_prices(dict.fromkeys("ABC", day)).startswith("Prices of 3 markets end on 2025-04")
    many = {"A": day, "B": day - 1, "C": day - 2, "D": day}
    said = "Prices of 4 markets end between 2025-04-08 and 2025-04-10, and later sessions are over"
    assert stale_prices(many).startswith(said)


def test_a_label_of_middling_confidence_is_said():
    (sentence,) = said(reading=dataclasses.replace(SURE, confidence=0.55))
    assert sentence.startswith("That this is deal, de-escalation is right only 55% of the time;")
    assert said(reading=dataclasses.replace(SURE, confidence=None)) == ()


def test_where_there_is_no_range_none_is_spoken_of():
    few = rows("all", same=2)
    dots = [
        dataclasses.replace(
            row, forecast=dataclasses.replace(row.forecast, low=None, median=None, high=None)
        )
        for row in few
    ]
    (sentence,) = said(dots)
    assert sentence.endswith(
        "exactly this kind; the dates shown are of all news, whatever its direction."
    )
