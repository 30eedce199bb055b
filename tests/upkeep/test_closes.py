from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.panel import PricePanel
from eventstudy.upkeep.closes import continuation, extended, last_dates, rows_of, table_text

TABLE = pd.DataFrame(
    {
        "date": ["2025-07-08", "2025-07-09", "2025-07-10", "2025-07-11"],
        "N225": ["100.00", "101.00", "102.00", "103.00"],
        "AUDUSD": ["0.6500", "0.6510", "0.6520", ""],
    }
)


def panel(**columns):
    days = ["2025-07-08", "2025-07-09", "2025-07-10", "2025-07-11", "2025-07-14"]
    index = pd.DatetimeIndex(days, name="date")
    return PricePanel.from_frame(pd.DataFrame(columns, index=index), name="yahoo")


def test_a_series_goes_on_from_its_own_last_date():
    rows, names = rows_of(TABLE, "closes.csv")
    assert last_dates(rows, names) == {"N225": "2025-07-11", "AUDUSD": "2025-07-10"}
    prices = panel(N225=[100, 101, 102, 103, 104.5], AUDUSD=[0.65, 0.651, 0.652, 0.6555, 0.66])
    more = [continuation(name, rows, prices, "yahoo") for name in names]
    assert [series.added for series in more] == [
        {"2025-07-14": "104.50"},
        {"2025-07-11": "0.6555", "2025-07-14": "0.6600"},
    ]
    text = table_text(extended(rows, names, more), names)
    assert text.splitlines()[-2:] == ["2025-07-11,103.00,0.6555", "2025-07-14,104.50,0.6600"]
    assert text.splitlines()[:4] == TABLE.to_csv(index=False).splitlines()[:4]


def test_another_number_of_a_date_that_is_there_is_said_and_not_taken():
    rows, names = rows_of(TABLE, "closes.csv")
    prices = panel(N225=[100, 101.2, 102, 103.001, 104.5])
    found = continuation("N225", rows, prices, "yahoo")
    assert found.revised == (("2025-07-09", "101.00", "101.20"),)
    assert extended(rows, names, [found])["2025-07-09"]["N225"] == "101.00"


def test_a_series_that_is_another_one_is_not_joined():
    rows, _ = rows_of(TABLE, "closes.csv")
    other = continuation("N225", rows, panel(N225=[99, 100, 101, 102, 103.0]), "yahoo")
    assert not other.added
    assert "yahoo does not go on with it: 102 against 103.00 on 2025-07-11" in other.problem
    late = PricePanel.from_frame(
        pd.DataFrame({"N225": [104.5]}, index=pd.DatetimeIndex(["2025-07-14"], name="date"))
    )
    assert "0 dates in common" in continuation("N225", rows, late, "yahoo").problem
    assert "has no prices of it" in continuation("AUDUSD", rows, late, "yahoo").problem


def test_nothing_newer_is_no_problem():
    rows, _ = rows_of(TABLE, "closes.csv")
    same = PricePanel.from_frame(
        pd.DataFrame({"N225": [103.0]}, index=pd.DatetimeIndex(["2025-07-11"], name="date"))
    )
    found = continuation("N225", rows, same, "yahoo")
    assert (found.added, found.problem) == ({}, "")


@pytest.mark.parametrize(
    ("date", "close", "sentence"),
    [
        ("2025-07-11", "abc", 'closes.csv 2025-07-11: N225 "abc" is no price'),
        ("2025-07-11", "0", 'N225 "0" is no price'),
        ("2025-07-11", "inf", 'N225 "inf" is no price'),
        ("11/07/2025", "1", '"11/07/2025" is no date'),
        ("2025-07-10", "1", "2025-07-10: the date stands there twice"),
    ],
)
def test_a_table_that_was_edited_badly_is_refused_in_words(date, close, sentence):
    table = TABLE.copy()
    table.loc[3, ["date", "N225"]] = date, close
    with pytest.raises(SchemaError, match=sentence):
        rows_of(table, "closes.csv")
