"""Closes of currencies at their session, and remarks on rows that changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from fetched import DAYS, TOKYO, YUAN, remarks_of, row_of, update_markets

from eventstudy.prices.store import open_store

TESTS = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_revised_close_is_used_recorded_and_told_ever_after(yahoo):
    update_markets("N225")
    changed = list(TOKYO)
    at = DAYS.index(dt.date(2025, 5, 2))
    changed[at] = 40_000.0
    yahoo.serve("^N225", DAYS, changed)
    assert remarks_of(update_markets("N225"), "revised_close") == []
    update = update_markets("N225", refresh=True)
    assert row_of(update, "N225")["revised"] == 1
    for later in (update, update_markets("N225", offline=True)):
        (remark,) = remarks_of(later, "revised_close")
        assert (remark.security, str(remark.date), remark.severity) == (
            "N225",
            "2025-05-02",
            "warning",
        )
        assert remark.detail == (
            f"Yahoo's close was {TOKYO[at]:.10g} and is 40000 as of 2025-10-01; the newer is used"
        )
        assert later.panel.frame()["N225"].loc["2025-05-02"] == 40_000.0
    assert remarks_of(update_markets("N225", end="2025-04-30", offline=True), "revised_close") == []


@pytest.mark.slow
def test_closes_of_a_currency_are_moved_to_their_session(yahoo):
    update = update_markets("CNH")
    closes = update.panel.frame()["USDCNH"]
    at = DAYS.index(dt.date(2025, 5, 2))
    assert closes.loc["2025-05-02"] == YUAN[at + 1]
    # the row after the last session had not ended at noon in Tokyo, so that session has no close
    assert f"{closes.index[-1]:%Y-%m-%d}" == "2025-09-29"
    (remark,) = remarks_of(update, "fx_label_shift")
    assert remark.severity == "info"
    assert remark.detail.startswith("closes lie 0.0 bp from their own row's open and ")
    assert remark.detail.endswith(
        "they are prices of the start of their day; "
        "each is moved to the row before, and the last row is left out"
    )
    assert row_of(update, "USDCNH")["remark"] == "closes moved"
    old = update_markets("CNH", end="2025-05-02")
    assert old.panel.frame()["USDCNH"].loc["2025-05-02"] == YUAN[at + 1]


@pytest.mark.slow
def test_the_store_keeps_the_vendor_s_own_labels(yahoo, store_folder):
    update_markets("CNH")
    raw = open_store(store_folder).read("CNH=X")["close"]
    assert raw.loc["2025-05-02"] == YUAN[DAYS.index(dt.date(2025, 5, 2))]


@pytest.mark.slow
def test_closes_of_the_end_of_the_day_are_left_where_they_are(yahoo):
    opens = [YUAN[0], *YUAN[:-1]]
    yahoo.serve("CNH=X", DAYS, YUAN, opens=opens, zone="Europe/London", hour=0, kind="CURRENCY")
    update = update_markets("CNH")
    at = DAYS.index(dt.date(2025, 5, 2))
    assert update.panel.frame()["USDCNH"].loc["2025-05-02"] == YUAN[at]
    (remark,) = remarks_of(update, "fx_label_kept")
    assert remark.severity == "info"
    assert update.panel.moved == ()
    moved = update_markets("CNH", fx_close="next_row")
    assert moved.panel.moved == ("USDCNH",)
    assert moved.panel.frame()["USDCNH"].loc["2025-05-02"] == YUAN[at + 1]
    (remark,) = remarks_of(moved, "fx_label_shift")
    assert remark.severity == "warning"  # against what the bars say
    assert remark.detail.endswith('as fx_close = "next_row" asks')


@pytest.mark.slow
def test_an_unclear_convention_is_a_warning(yahoo):
    yahoo.serve(
        "CNH=X", DAYS, YUAN, opens=[None] * len(DAYS), zone="Europe/London", hour=0,
        kind="CURRENCY",
    )  # fmt: skip
    update = update_markets("CNH")
    (remark,) = remarks_of(update, "fx_label_unclear")
    assert remark.severity == "warning"
    assert remark.detail.endswith('taken as written; fx_close = "next_row" moves them')


@pytest.mark.slow
def test_a_close_is_not_moved_over_a_hole(yahoo):
    hole = slice(DAYS.index(dt.date(2025, 5, 5)), DAYS.index(dt.date(2025, 6, 2)))
    days, closes = list(DAYS), list(YUAN)
    del days[hole], closes[hole]
    yahoo.serve("CNH=X", days, closes, zone="Europe/London", hour=0, kind="CURRENCY")
    closes = update_markets("CNH").panel.frame()["USDCNH"]
    assert pd.Timestamp("2025-05-01") in closes.index
    assert pd.Timestamp("2025-05-02") not in closes.index


def test_yahoo_s_own_yen_rows_come_with_closes_moved(yahoo):
    file = TESTS.parents[1] / "shared" / "data" / "prices" / "yahoo_usdjpy_as_labelled.csv"
    if not file.exists():
        pytest.skip("the shared prices are not here")
    rows = pd.read_csv(file, parse_dates=["Date"]).set_index("Date").loc["2024-06-01":"2025-10-17"]
    yahoo.serve(
        "JPY=X", [day.date() for day in rows.index], rows["Close"].tolist(),
        opens=rows["Open"].tolist(), zone="Europe/London", hour=0, kind="CURRENCY", volume=0,
    )  # fmt: skip
    update = update_markets("JPY", end="2025-09-26")
    (remark,) = remarks_of(update, "fx_label_shift")
    assert "they are prices of the start of their day" in remark.detail
    got = update.panel.frame()["USDJPY"]
    written = rows["Close"]
    expected = written.shift(-1).loc[got.index]
    assert got.tolist() == expected.tolist()
    assert len(got) > 180


@pytest.mark.slow
def test_a_revised_close_behind_the_last_session_of_a_currency_is_told(yahoo):
    update_markets("CNH", end="2025-09-12")
    changed = list(YUAN)
    changed[DAYS.index(dt.date(2025, 9, 15))] *= 1.001  # the close of Friday the 12th
    yahoo.serve(
        "CNH=X", DAYS, changed, zone="Europe/London", hour=0, kind="CURRENCY", currency="CNH",
        volume=0,
    )  # fmt: skip
    update = update_markets("CNH", end="2025-09-12", refresh=True)
    (remark,) = remarks_of(update, "revised_close")
    assert (remark.security, str(remark.date)) == ("USDCNH", "2025-09-15")
