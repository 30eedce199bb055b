from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.events.identity import candidates, known_names, market_hints, with_markets
from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import Market, get_market

KNOWN = known_names([], columns=["AAPL", "MSFT", "14593", "005930"])


def firms(**columns):
    n = len(next(iter(columns.values())))
    dates = pd.date_range("2025-05-01", periods=n)
    frame = pd.DataFrame({"event_id": [f"e{i}" for i in range(n)], "date": dates, **columns})
    return Events.from_frame(frame, name="events.csv")


@pytest.mark.parametrize("column", ["ticker", "Ticker", "SYMBOL", "security", "permno", "isin"])
@pytest.mark.parametrize("further", ["name", "firm_id", "company", "Markets"])
def test_a_column_of_names_is_read_as_markets_and_said(column, further):
    for title in (column, further):
        read = with_markets(firms(**{title: ["aapl", "MSFT"]}), KNOWN, 4)
        assert read.frame["markets"].tolist() == [("AAPL",), ("MSFT",)]
        assert read.market_column == title
        assert read.assumed == (
            f"events.csv: column {title!r} read as markets: 2 events on 2 markets",
        )


@pytest.mark.parametrize("values", [[14593, 5930], [14593.0, 5930.0], ["14593", "005930"]])
def test_codes_are_the_same_as_numbers_and_as_text(values):
    read = with_markets(firms(permno=values), KNOWN, 4)
    assert read.frame["markets"].tolist() == [("14593",), ("005930",)]


def test_a_name_no_market_has_hits_none_and_an_empty_cell_is_said():
    read = with_markets(firms(ticker=["AAPL", "AAPPL", None]), KNOWN, 4)
    assert read.frame["markets"].tolist() == [("AAPL",), ("AAPPL",), ()]
    assert read.assumed == (
        "events.csv: column 'ticker' read as markets: 1 event on 1 market, 1 event on none of the "
        "prices and 1 event without one, on all markets",
    )


def test_two_columns_that_differ_are_an_error_and_two_that_agree_are_one():
    with pytest.raises(SpecificationError) as caught:
        with_markets(firms(ticker=["AAPL", "MSFT"], permno=["AAPL", "14593"]), KNOWN, 4)
    assert str(caught.value) == (
        "events.csv row 3: columns 'ticker' and 'permno' both name markets of the study and differ "
        "(event e1: MSFT and 14593); call the one that counts 'markets'"
    )
    read = with_markets(firms(permno=["AAPL", "MSFT"], ticker=["AAPL", "MSFT"]), KNOWN, 4)
    assert read.market_column == "ticker"


def test_a_column_that_names_none_of_them_is_said_and_other_columns_are_the_users():
    read = with_markets(firms(permno=[1, 2], name=["a deal", "a pause"]), KNOWN, 4)
    assert read.frame["markets"].tolist() == [(), ()]
    assert read.assumed == (
        "events.csv: column 'permno' names none of the study's markets and was not used: "
        "every event is on all of them",
    )
    with pytest.raises(SpecificationError, match="names markets of the study in 1 of 3 events"):
        with_markets(firms(name=["AAPL", "a deal", "a pause"]), KNOWN, 4)


def test_markets_of_the_table_win_and_a_study_market_keeps_its_own_name():
    read = with_markets(firms(markets=["NIKKEI", "taiex"], ticker=["AAPL", "MSFT"]), KNOWN, 4)
    assert read.frame["markets"].tolist() == [("N225",), ("TWII",)]
    own = known_names([Market(name="DOW", label="DOW", calendar="data", series="DOW")], ["DOW"])
    read = with_markets(firms(markets=["DOW", ""]), own, 1)
    assert read.frame["markets"].tolist() == [("DOW",), ()]
    twii = known_names([get_market("TWII")], ["TAIEX"])
    assert with_markets(firms(ticker=["TAIEX"]), twii, 1).frame["markets"].tolist() == [("TWII",)]


def test_a_check_of_the_file_says_which_column_a_study_may_read():
    assert market_hints(firms(markets=["A"], ticker=["B"])) == []
    assert market_hints(firms(name=["a deal"])) == []
    [hint] = market_hints(firms(ticker=["AAPL", "MSFT", "TSLA", "META"]))
    assert hint.startswith("column 'ticker' (AAPL, MSFT, TSLA, ...) is read as markets")
    assert list(candidates(["firm", "PERMNO", "date", "ticker"])) == ["ticker", "PERMNO", "firm"]
