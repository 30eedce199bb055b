from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.markets import market as market_module
from eventstudy.markets.market import (
    BUNDLED,
    Market,
    calendar_problem,
    check_zone,
    column_names,
    declare_market,
    find_market,
    get_market,
    load_markets,
    offered_calendar,
    suffix_of,
    symbols_of_series,
)


def test_the_bundled_markets_are_there():
    markets = load_markets()
    assert BUNDLED == ("N225", "TWII", "HSI", "HSCE", "CNH", "AUDUSD")
    assert set(BUNDLED) | {"USDCNH", "SPX"} <= set(markets)
    assert {name: markets[name].calendar for name in (*BUNDLED, "SPX")} == {
        "N225": "XTKS",
        "TWII": "XTAI",
        "HSI": "XHKG",
        "HSCE": "XHKG",
        "CNH": "FX",
        "AUDUSD": "FX",
        "SPX": "XNYS",
    }


def test_the_yuan_is_the_inverse_of_its_series():
    cnh, usdcnh = get_market("CNH"), get_market("USDCNH")
    assert (cnh.series, cnh.inverse, cnh.up) == ("USDCNH", True, "stronger yuan")
    assert (usdcnh.series, usdcnh.inverse) == ("USDCNH", False)


def test_every_market_is_complete_and_every_name_means_one():
    markets = load_markets()
    for name, market in markets.items():
        assert market.name == name
        assert market.up
        assert market.label
        clock = ("America/New_York", "17:00") if market.calendar == "FX" else (None, None)
        assert (market.timezone, market.close) == clock
        # An inverse market is another market's price turned round.
        assert market.series == (market.series if market.inverse else name)
        assert not market.inverse or market.series in markets
    names = [name.casefold() for name in markets]
    names += [alias.casefold() for market in markets.values() for alias in market.aliases]
    assert len(names) == len(set(names))


def test_every_calendar_exists():
    import exchange_calendars

    codes = {"FX", "data", *exchange_calendars.get_calendar_names()}
    assert {market.calendar for market in load_markets().values()} <= codes


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("TAIEX", "TWII"),
        ("HSCEI", "HSCE"),
        ("AUD", "AUDUSD"),
        ("NIKKEI", "N225"),
        ("nikkei", "N225"),
        (" n225 ", "N225"),
    ],
)
def test_aliases_in_any_case(name, canonical):
    assert get_market(name).name == canonical


def test_an_unknown_market_is_told_the_nearest():
    with pytest.raises(SpecificationError, match=r"^unknown market 'N255'; did you mean 'N225'"):
        get_market("N255")
    with pytest.raises(SpecificationError, match="unknown market 'zzzzzz'; known: N225, "):
        get_market("zzzzzz")
    assert find_market("zzzzzz") is None


def test_the_study_comes_before_the_list():
    own = declare_market("TAIEX", {"calendar": "XTKS"})
    assert get_market("taiex", {"TAIEX": own}) is own
    assert get_market("taiex").name == "TWII"


def test_a_declared_market_has_defaults():
    assert declare_market("MYIDX", {"calendar": "XTKS", "yahoo": "^MYIDX"}) == Market(
        name="MYIDX",
        label="MYIDX",
        calendar="XTKS",
        series="MYIDX",
        yahoo="^MYIDX",
        up="higher MYIDX",
    )
    assert declare_market("MYIDX", {}).calendar == "data"
    fx = declare_market("SGD", {"calendar": "FX", "series": "USDSGD", "inverse": True})
    assert (fx.timezone, fx.close, fx.up) == ("America/New_York", "17:00", "lower USDSGD")
    clock = {"calendar": "data", "timezone": "Asia/Jakarta", "close": "16:00", "aliases": ["J"]}
    own = declare_market("JKSE", clock)
    assert (own.timezone, own.close, own.aliases) == ("Asia/Jakarta", "16:00", ("J",))


def test_a_known_name_keeps_what_the_table_leaves_out():
    cnh = declare_market("CNH", {"timezone": "Asia/Hong_Kong", "close": "16:30"})
    assert (cnh.series, cnh.inverse, cnh.calendar) == ("USDCNH", True, "FX")
    assert (cnh.timezone, cnh.close) == ("Asia/Hong_Kong", "16:30")
    listed = declare_market("AUDUSD", {"calendar": "XASX"})
    assert (listed.timezone, listed.close) == (None, None)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"calender": "XTKS"}, "market.X: unknown key 'calender'; did you mean 'calendar'?"),
        ({"calendar": 3}, "market.X.calendar: expected a text in quotes, got 3"),
        ({"calendar": ""}, "market.X.calendar: expected a text in quotes, got ''"),
        ({"inverse": "yes"}, "market.X.inverse: expected true or false, got 'yes'"),
        ({"aliases": "Y"}, "market.X.aliases: expected a list of texts, got 'Y'"),
        ({"aliases": [1]}, "market.X.aliases: expected a list of texts, got [1]"),
        ({"calendar": "XTKZ"}, "market.X.calendar: unknown calendar 'XTKZ'; did you mean 'XTKS'?"),
        (
            {"calendar": "??"},
            (
                "market.X.calendar: unknown calendar '??'; "
                'write "FX", "data" or an exchange code such as "XTKS"'
            ),
        ),
        (
            {"timezone": "Asia/Tokio", "close": "15:00"},
            "market.X.timezone: unknown time zone 'Asia/Tokio'; did you mean 'Asia/Tokyo'?",
        ),
        (
            {"timezone": "??", "close": "15:00"},
            "market.X.timezone: unknown time zone '??'; write an IANA name such as 'Asia/Tokyo'",
        ),
        (
            {"timezone": "Asia/Tokyo", "close": "3pm"},
            'market.X.close: \'3pm\' is not a time of day; write "HH:MM", such as "15:30"',
        ),
        (
            {"timezone": "Asia/Tokyo", "close": "24:30"},
            'market.X.close: \'24:30\' is not a time of day; write "HH:MM", such as "15:30"',
        ),
        (
            {"timezone": "Asia/Tokyo", "close": dt.time(15, 30)},
            'market.X.close: write the time in quotes, "15:30"',
        ),
        ({"close": "15:00"}, "market.X: close is given without timezone; give both"),
        ({"timezone": "Asia/Tokyo"}, "market.X: timezone is given without close; give both"),
        (
            {"calendar": "XTKS", "timezone": "Asia/Tokyo", "close": "15:00"},
            'market.X.timezone: only for calendar = "FX" or "data"; XTKS brings its own: leave '
            'timezone out, or write calendar = "data" beside it',
        ),
        (
            {"calendar": "FX", "open": "08:00"},
            'market.X.open: only for calendar = "data" with timezone and close',
        ),
        (
            {"timezone": "Asia/Tokyo", "open": "15:00", "close": "09:00"},
            "market.X.open: 15:00 is not before the close 09:00",
        ),
    ],
)
def test_a_wrong_table_is_one_plain_line(table, message):
    with pytest.raises(SpecificationError) as caught:
        declare_market("X", table)
    assert str(caught.value) == message


def test_a_table_is_needed():
    with pytest.raises(SpecificationError, match=r"market\.X: expected a table"):
        declare_market("X", "XTKS")


def test_what_is_handed_out_is_a_copy():
    load_markets().clear()
    assert load_markets()


# ---- what vendors call a market -----------------------------------------------------------------


def test_every_symbol_means_one_market_and_stands_at_the_series_it_quotes():
    owners = {}
    for market in load_markets().values():
        assert not (market.inverse and market.symbols), market.name
        for symbol in symbols_of_series(market):
            assert owners.setdefault(symbol.casefold(), market.name) == market.name
            assert find_market(symbol) is market
    assert {"^n225", "cnh=x", "audusd=x", "000300.ss"} <= owners.keys()


@pytest.mark.parametrize("name", [name for name, market in load_markets().items() if market.yahoo])
def test_a_column_of_yahoos_symbol_is_quoted_as_the_series(name):
    market = load_markets()[name]
    assert dict(column_names(market))[market.yahoo] == market.inverse
    found = find_market(market.yahoo)
    assert (found.series, found.inverse) == (market.series, False)


@pytest.mark.parametrize(
    ("name", "market"),
    [("^NKX", "N225"), ("nky index", "N225"), (".HSI", "HSI"), ("Hang Seng", "HSI"),
     ("SPX Index", "SPX"), ("JPY=", "USDJPY"), ("USD/CNH", "USDCNH"), ("AUD=X", None),
     ("Yen", None), ("DOW", None), ("TPX", None)],
)  # fmt: skip
def test_symbols_and_labels_are_names(name, market):
    found = find_market(name)
    assert (found and found.name) == market


def test_a_name_that_is_a_ticker_too_is_the_last_resort():
    assert get_market("DOW").name == "DJI"
    own = declare_market("DOW", {"calendar": "XNYS"})
    assert get_market("dow", {"DOW": own}) is own


@pytest.mark.parametrize(
    ("symbol", "suffix", "offered"),
    [("7203.T", "XTKS", "XTKS"), ("0700.HK", "XHKG", "XHKG"), ("VOD.L", "XLON", "XLON"),
     ("VOD LN Equity", "XLON", "XLON"), ("INR=X", "FX", "FX"), ("AAPL", None, "XNYS"),
     ("BRK.B", None, "XNYS"), ("BRK-B", None, "XNYS"), ("^N225", None, "XTKS"),
     ("my.T", None, None), ("returns", None, None), ("BTC-USD", None, None)],
)  # fmt: skip
def test_an_ending_names_an_exchange_and_a_plain_ticker_is_offered_one(symbol, suffix, offered):
    found = suffix_of(symbol)
    assert (found and found.calendar) == suffix
    assert offered_calendar(symbol) == offered


def test_every_ending_has_a_calendar():
    file = Path(market_module.__file__).with_name("markets.toml")
    suffixes = tomllib.loads(file.read_text(encoding="utf-8"))["suffixes"]
    assert {code for code in suffixes.values() if calendar_problem(code)} == set()


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("New York", "America/New_York"),
        ("hong kong", "Asia/Hong_Kong"),
        ("HKT", "Asia/Hong_Kong"),
        ("EDT", "America/New_York"),
        ("Beijing", "Asia/Shanghai"),
        ("tokyo", "Asia/Tokyo"),
        ("Asia/HongKong", "Asia/Hong_Kong"),
    ],
)
def test_a_city_or_a_desks_word_for_a_zone_is_answered_with_the_zone(zone, meant):
    with pytest.raises(SpecificationError, match=f"'{zone}'; did you mean '{meant}'"):
        check_zone(zone, "timezone")


@pytest.mark.parametrize(
    "zone", ["localtime", "posixrules", "Factory", "posix/Asia/Tokyo", "right/Asia/Tokyo"]
)
def test_what_a_system_adds_to_the_time_zones_is_refused(zone):
    with pytest.raises(SpecificationError, match="unknown time zone"):
        check_zone(zone, "timezone")
