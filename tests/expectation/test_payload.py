"""What JSON holds of an answer: the keys of the contract, decimal returns, ISO times."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from small_expectation import clock, expectation, forecast, market

from eventstudy.expectation.payload import payload_of
from eventstudy.expectation.values import MarketExpectation

TOP = ("headline", "published_utc", "now_utc", "category", "direction", "confidence", "markets")
MARKET = (
    "security", "status", "opens_utc", "closes_utc", "session", "n_dates", "level", "median", "low",
    "high", "ordinary_low", "ordinary_high", "n_up", "contrast", "contrast_p",
)  # fmt: skip


def test_the_keys_are_those_of_the_contract():
    payload = payload_of(expectation())
    assert set(TOP) <= set(payload)
    assert all(set(MARKET) <= set(row) for row in payload["markets"])
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    assert payload["published_utc"] == "2025-04-12T01:30:00Z"
    assert payload["now_utc"] == "2025-04-13T22:45:00Z"
    first = payload["markets"][0]
    assert (first["security"], first["status"], first["session"]) == (
        "CNH",
        "trading",
        "2025-04-14",
    )
    assert (first["opens_utc"], first["closes_utc"]) == (
        "2025-04-13T21:00:00Z",
        "2025-04-14T21:00:00Z",
    )
    assert first["level"] == "direction"
    assert payload["record"]["beats_ordinary_days"] is True


def test_numbers_are_those_of_the_forecast_to_twelve_digits():
    value = forecast(median=0.012345678901234567, contrast=float("nan"))
    row = payload_of(
        expectation(markets=(MarketExpectation(title="N", clock=clock(), forecast=value),))
    )["markets"][0]
    assert row["median"] == 0.0123456789012
    assert row["contrast"] is None
    for name in ("low", "high", "ordinary_low", "ordinary_high", "daily_volatility"):
        assert row[name] == pytest.approx(getattr(value, name), rel=1e-11)
    assert (row["n_dates"], row["n_up"]) == (value.n_dates, value.n_up)
    assert len(row["past"]) == 14
    assert row["past"][0]["rescaled"] == pytest.approx(value.past[0].rescaled, rel=1e-11)


def test_under_eight_dates_there_is_no_range():
    thin = market("TAIEX", "TWII", "to_open", "2025-04-14T01:00", "2025-04-14T05:30", n=7)
    row = payload_of(expectation(markets=(thin,)))["markets"][0]
    assert (row["n_dates"], row["low"], row["high"], row["median"]) == (7, None, None, None)
    assert len(row["past"]) == 7


def test_a_market_without_forecast_or_clock_says_why():
    clockless = dataclasses.replace(
        clock("OWN", None, "NaT", "NaT"), session=np.datetime64("NaT", "D"), note="has no hours"
    )
    bare = MarketExpectation(title="Own", clock=clock(), forecast=None, why="no past event")
    rows = payload_of(
        expectation(
            markets=(bare, MarketExpectation(title="Own", clock=clockless, forecast=forecast()))
        )
    )["markets"]
    assert set(MARKET) <= set(rows[0])
    assert (rows[0]["n_dates"], rows[0]["median"], rows[0]["level"]) == (0, None, None)
    assert rows[0]["why"] == "no past event"
    assert [rows[1][name] for name in ("status", "opens_utc", "session", "why")] == [
        None, None, None, "has no hours",
    ]  # fmt: skip


def test_without_rules_and_record_both_are_null():
    payload = payload_of(expectation(confidence=None, record=None))
    assert (payload["confidence"], payload["record"]) == (None, None)


def test_what_a_market_did_so_far_is_a_number_with_its_session():
    row = dataclasses.replace(
        expectation().markets[0], moved=0.0234, moved_to=np.datetime64("2025-04-14")
    )
    rows = payload_of(expectation(markets=(row, expectation().markets[1])))["markets"]
    assert [row["moved"] for row in rows] == [0.0234, None]
    assert [row["moved_to"] for row in rows] == ["2025-04-14", None]
