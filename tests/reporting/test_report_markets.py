"""The table of markets."""

import math

import pytest
from frames import MARKETS, manifest_of, record_of

from eventstudy.reporting import report_markets
from eventstudy.reporting.report_markets import markets


def test_a_market_has_its_pairs_dates_volatility_and_mean() -> None:
    record = record_of(6)
    table = markets(record)
    assert [row["name"] for row in table["rows"]] == list(MARKETS)
    row = next(row for row in table["rows"] if row["name"] == "HSI")
    mine = record.alignment[record.alignment["security"] == "HSI"]
    assert row["anchor"] == "market-HSI"
    assert (row["pairs"], row["lost"]) == ("6", "1")
    assert row["dates"] == str(mine["session"].nunique())
    assert (row["first"], row["last"]) == tuple(
        f"{at:%Y-%m-%d}" for at in (mine["session"].min(), mine["session"].max())
    )
    assert row["volatility"] == "1.50"
    frame = record.statistics
    mean = frame[(frame["group"] == "security=HSI") & (frame["name"] == "placebo")
                 & (frame["measure"] == "car") & (frame["window_start"] == 0)
                 & (frame["window_end"] == 1)]["estimate"].item()  # fmt: skip
    assert math.isclose(float(row["mean"]), 100 * mean, abs_tol=0.005)
    assert table["tested"]


def test_markets_are_called_and_ordered_as_in_the_study() -> None:
    manifest = manifest_of() | {"markets": {"CNH": {"label": "Yuan", "up": "stronger yuan"}}}
    table = markets(record_of(2, manifest=manifest))
    assert (table["rows"][0]["label"], table["rows"][0]["up"]) == ("Yuan", "stronger yuan")
    assert table["turned"]


def test_of_very_many_markets_some_are_shown_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_markets, "MOST_MARKETS", 2)
    record = record_of(2)
    table = markets(record, everything=False)
    assert (len(table["rows"]), table["of"]) == (2, 6)
    assert len(markets(record)["rows"]) == 6


def test_without_pairs_there_is_no_row() -> None:
    record = record_of(2)
    empty = record_of(2, models=record.models.iloc[:0], dropped=record.dropped.iloc[:0])
    assert markets(empty)["rows"] == []
