"""What a market is: its calendar, close, quote direction and vendor symbol.

Built-in markets, their vendors' symbols and what exchange calendars lack are declared in
``markets.toml``, next to this file; a study file declares further markets with the same table.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from eventstudy.exceptions import SpecificationError
from eventstudy.io.packaged import packaged_tables
from eventstudy.registry import unknown
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

BUNDLED = ("N225", "TWII", "HSI", "HSCE", "CNH", "AUDUSD")
"""The markets a study takes when it names none."""

FX_CLOSE = "17:00"
FX_TIMEZONE = "America/New_York"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9&-]*(?P<ending>\.[A-Z]{1,3}|=X| [A-Z]{2} Equity)")
_SYMBOL_IN_BRACKETS = re.compile(r".*\((?P<symbol>\^[^\s()]+|[A-Za-z]{3,6}=X)\)")
_NO_ZONES = ("localtime", "posixrules", "Factory")
# What desks call a zone that the time zone database lacks under that name.
_DESK_WORDS = {
    "hkt": "Asia/Hong_Kong", "beijing": "Asia/Shanghai", "jst": "Asia/Tokyo", "kst": "Asia/Seoul",
    "sgt": "Asia/Singapore", "et": "America/New_York", "edt": "America/New_York",
    "washington": "America/New_York", "bst": "Europe/London",
}  # fmt: skip
OWN_CALENDARS = "own"
"""The calendar of a study in which every market keeps the one it is known by."""
_NO_EXCHANGE = ("FX", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One market: which sessions it has and how its price is quoted.

    Parameters
    ----------
    name
        Canonical name, as it appears in results.
    label
        What tables and figures print.
    calendar
        An exchange code such as ``"XTKS"``, ``"FX"`` or ``"data"`` (the rows of the price file).
    series
        Price column; the name itself unless declared otherwise.
    inverse
        Whether prices are inverted before returns are taken.
    yahoo
        Symbol at Yahoo Finance, where it has one.
    group
        Heading under which markets are listed.
    timezone, close, open
        Zone and local clock times (``"HH:MM"``; ``"24:00"`` is the end of the day), only for the
        calendars ``"FX"`` and ``"data"``; exchange calendars bring their own.
    aliases
        Other names for it; case does not matter. A column of such a name is quoted as the market.
    symbols
        What vendors call the series besides `yahoo`; case does not matter. A column of such a
        name is quoted as the series, so it is inverted where `inverse` says so.
    up
        What a positive return means, in words.

    Examples
    --------
    >>> apple = Market(name="AAPL", label="Apple", calendar="XNYS", series="AAPL")
    >>> apple.has_exchange, apple.inverse
    (True, False)
    """

    name: str
    label: str
    calendar: str
    series: str
    inverse: bool = False
    yahoo: str | None = None
    group: str = "Other"
    timezone: str | None = None
    close: str | None = None
    open: str | None = None
    aliases: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    up: str = "higher price"

    @property
    def has_exchange(self) -> bool:
        """Whether it has the sessions and hours of an exchange."""
        return self.calendar not in _NO_EXCHANGE


@cache
def declarations() -> dict[str, Any]:
    """Return the tables of ``markets.toml``."""
    return packaged_tables("eventstudy.markets", "markets.toml")


@cache
def _built_in() -> dict[str, Market]:
    tables: dict[str, dict[str, Any]] = declarations()["market"]
    return {name: _build(name, table) for name, table in tables.items()}


def load_markets() -> dict[str, Market]:
    """Return the built-in markets by canonical name, in the order of ``markets.toml``."""
    return dict(_built_in())


def factor_markets() -> dict[str, Market]:
    """Return Kenneth French's US factors as markets, for a study that reads them."""
    tables: dict[str, dict[str, Any]] = declarations()["factor"]
    return {name: _build(name, table) for name, table in tables.items()}


def get_market(name: str, declared: Mapping[str, Market] | None = None) -> Market:
    """Return the market called `name`, by name or alias, whatever the case.

    Parameters
    ----------
    name
        Name or alias.
    declared
        The study's own markets; they win over built-in ones.

    Raises
    ------
    SpecificationError
        No market has this name; the message gives the nearest one.

    Examples
    --------
    >>> get_market("taiex").name
    'TWII'
    """
    market = find_market(name, declared) or named_like_a_ticker(name)
    if market is None:
        markets = {**_built_in(), **(declared or {})}
        options = {*markets, *(alias for market in markets.values() for alias in market.aliases)}
        # the list of known markets is shown without aliases
        known = f"known: {', '.join(markets)}"
        raise unknown(f"unknown market {name!r}", name, options, otherwise=known)
    return market


def find_market(name: str, declared: Mapping[str, Market] | None = None) -> Market | None:
    """Return the market called `name`, whatever the case, or None.

    By name, alias, symbol of a vendor, or label. A symbol names the vendor's series: ``"JPY=X"``
    is the market USDJPY, never its inverse JPY.
    """
    folded = str(name).strip().casefold()
    if declared:
        found = declared.get(name) or _by_name(declared).get(folded)
        if found is not None:
            return found
    return _built_in_by_name().get(folded) or _built_in_by_name().get(symbol_in_brackets(folded))


def symbol_in_brackets(name: str) -> str:
    """Return the symbol that a vendor's heading has in brackets at its end, or nothing."""
    match = _SYMBOL_IN_BRACKETS.fullmatch(name.strip())
    return "" if match is None else match["symbol"]


def _by_name(markets: Mapping[str, Market]) -> dict[str, Market]:
    """Markets by every name they have, in lower case; of two the one whose name it is more."""
    found: dict[str, Market] = {}
    for names_of in (_names, _aliases, symbols_of_series, _labels):
        for market in markets.values():
            for name in names_of(market):
                found.setdefault(name.casefold(), market)
    return found


@cache
def _built_in_by_name() -> dict[str, Market]:
    return _by_name(_built_in())


def named_like_a_ticker(name: str) -> Market | None:
    """Return the built-in market of a name that is a share's ticker, too, or None.

    Only for a name that no column and no market of the study has.
    """
    known: dict[str, str] = declarations()["ticker_names"]
    market = known.get(str(name).strip().upper())
    return None if market is None else _built_in()[market]


def column_names(market: Market) -> tuple[tuple[str, bool], ...]:
    """Return the names a column of prices of `market` may have, and whether it is inverted then.

    The series first; then its own names, quoted as the market; then symbols and label, quoted as
    the series. Case matters for the series alone.

    Examples
    --------
    >>> names = dict(column_names(get_market("JPY")))
    >>> names["USDJPY"], names["JPYUSD"], names["JPY=X"]
    (True, False, True)
    """
    is_own_series = market.series == market.name
    own = [(name, market.inverse and is_own_series) for name in (market.name, *market.aliases)]
    series = _built_in().get(market.series, market)
    symbols = (*_symbols(market), *_symbols(series), *_labels(market))
    return (
        (market.series, market.inverse),
        *own,
        *((symbol, market.inverse) for symbol in dict.fromkeys(symbols)),
    )


def _names(market: Market) -> tuple[str, ...]:
    return (market.name,)


def _aliases(market: Market) -> tuple[str, ...]:
    return market.aliases


def _symbols(market: Market) -> tuple[str, ...]:
    return market.symbols if market.yahoo is None else (market.yahoo, *market.symbols)


def symbols_of_series(market: Market) -> tuple[str, ...]:
    """Return the vendors' symbols that name this market: none where it inverts the series."""
    return () if market.inverse else _symbols(market)


def _labels(market: Market) -> tuple[str, ...]:
    # "Yen" does not say which way round its column is quoted
    return (market.label,) if market.has_exchange else ()


class Suffix(NamedTuple):
    """The ending of a vendor's symbol that names an exchange, and the calendar of that."""

    ending: str
    calendar: str


def suffix_of(name: str) -> Suffix | None:
    """Return the ending of a vendor's symbol that names its exchange, or None.

    Examples
    --------
    >>> suffix_of("7203.T"), suffix_of("BRK.B")
    (Suffix(ending='.T', calendar='XTKS'), None)
    """
    suffixes: dict[str, str] = declarations()["suffixes"]
    match = _SYMBOL.fullmatch(name)
    if match is None or match["ending"] not in suffixes:
        return None
    return Suffix(match["ending"], suffixes[match["ending"]])


def symbol_market(name: str) -> Market | None:
    """Return the market of a vendor's symbol whose ending names its exchange, or None."""
    suffix = suffix_of(name)
    if suffix is None:
        return None
    return _build(name, {"calendar": suffix.calendar, "up": "higher price"})


def column_market(column: str) -> Market:
    """Return the market of a column that is no known one.

    On the calendar that the ending of its symbol names, else on its own rows.

    Examples
    --------
    >>> column_market("7203.T").calendar, column_market("AAPL").calendar
    ('XTKS', 'data')
    """
    return symbol_market(column) or Market(
        name=column, label=column, calendar="data", series=column
    )


def offered_calendar(name: str) -> str | None:
    """Return the calendar to offer for a column: its market's or suffix's own, or a guess."""
    if (market := find_market(name)) is not None and market.calendar != "data":
        return market.calendar
    if (suffix := suffix_of(name)) is not None:
        return suffix.calendar
    if is_currency_pair(name):
        return "FX"
    plain: dict[str, str] = declarations()["plain_ticker"]
    return plain["calendar"] if re.fullmatch(plain["pattern"], name) else None


def is_currency_pair(name: str) -> bool:
    """Whether a name is two codes of currencies: USDCNY, EUR/PLN, USDMXN=X."""
    codes: list[str] = declarations()["currency_codes"]["codes"]
    letters = re.fullmatch(r"([A-Z]{3})[/_ -]?([A-Z]{3})(=X)?", name.strip().upper())
    return letters is not None and letters[1] in codes and letters[2] in codes


def market_table(name: str) -> str:
    """Return the head of a market's table in a study file: ``[market.AAPL]``.

    Examples
    --------
    >>> market_table("BRK.B")
    '[market."BRK.B"]'
    """
    is_bare = re.fullmatch(r"[A-Za-z0-9_-]+", name) is not None
    return f"[market.{name if is_bare else json.dumps(name, ensure_ascii=False)}]"


def declare_market(
    name: str, table: Mapping[str, object], existing: Mapping[str, Market] | None = None
) -> Market:
    """Return the market a study file declares in ``[market.NAME]``.

    A table with the name of an existing market changes only the keys it gives; a new market
    without a calendar has the calendar ``"data"``.

    Parameters
    ----------
    name
        Name after ``market.``.
    table
        Its keys.
    existing
        Markets the name may refer to; the built-in ones by default.

    Raises
    ------
    SpecificationError
        Unknown key, wrong type, a time that is not ``HH:MM``, an unknown zone or calendar.
    """
    markets = _built_in() if existing is None else existing
    return _build(name, table, markets.get(name))


def check_zone(zone: str, where: str) -> str:
    """Return `zone` if the time zone database has it, else raise naming `where`.

    Raises
    ------
    SpecificationError
        Unknown time zone; the message gives the nearest one.
    """
    if (problem := zone_problem(zone)) is not None:
        raise problem.under(where)
    return zone


@cache
def _zones() -> frozenset[str]:
    """Names of the time zone database, without those a system adds.

    "localtime" is another zone on each machine, "right/..." counts leap seconds.
    """
    import zoneinfo

    return frozenset(zoneinfo.available_timezones().difference(_NO_ZONES))


@cache
def zone_problem(zone: str) -> SpecificationError | None:
    """Return the error of a time zone name that the database lacks, else None."""
    zones = _zones()
    if zone in zones:
        return None
    otherwise = "write an IANA name such as 'Asia/Tokyo'"  # six hundred names are no help
    meant = _DESK_WORDS.get(zone.casefold()) or _zone_of_city(zone) or zone
    return unknown(f"unknown time zone {excerpt(zone)!r}", meant, zones, otherwise=otherwise)


def _zone_of_city(city: str) -> str | None:
    """Return the zone that ends in a city's name, None where none or several do."""
    ending = "/" + city.strip().replace(" ", "_").casefold()
    found = [zone for zone in _zones() if zone.casefold().endswith(ending)]
    return found[0] if len(found) == 1 else None


@cache
def calendar_problem(code: str) -> SpecificationError | None:
    """Return the error of a calendar code that names no calendar, else None."""
    if code in _NO_EXCHANGE or any(
        code == table.get("calendar") for table in declarations()["market"].values()
    ):
        return None  # spares the import of exchange_calendars, half a second
    import exchange_calendars

    codes = exchange_calendars.get_calendar_names()
    if code in codes:
        return None
    otherwise = 'write "FX", "data" or an exchange code such as "XTKS"'
    options = [*_NO_EXCHANGE, *codes]
    return unknown(f"unknown calendar {excerpt(code)!r}", code, options, otherwise=otherwise)


def _build(name: str, table: Mapping[str, object], base: Market | None = None) -> Market:
    where = f"market.{name}"
    values = _checked(where, table)
    if base is None:
        calendar = str(values.get("calendar", "data"))
        series = str(values.get("series", name))
        inverse = bool(values.get("inverse", False))
        defaults: dict[str, Any] = {
            "name": name,
            "label": name,
            "calendar": calendar,
            "series": series,
            "up": f"lower {series}" if inverse else f"higher {series}",
        }
        market = Market(**{**defaults, **values})
    else:
        market = replace(base, **values)
        if "calendar" in values and market.calendar not in _NO_EXCHANGE:
            # The base's FX cut means nothing on an exchange; a clock the user wrote is refused.
            inherited = {key: None for key in ("timezone", "close", "open") if key not in values}
            market = replace(market, **inherited)  # type: ignore[arg-type]
    if market.calendar == "FX":
        market = replace(
            market, timezone=market.timezone or FX_TIMEZONE, close=market.close or FX_CLOSE
        )
    _check_clock(where, market)
    return market


_TYPES = {
    **{field.name: str for field in fields(Market) if field.name != "name"},
    "inverse": bool,
    "aliases": tuple,
    "symbols": tuple,
}
_EXAMPLES = {str: "a text in quotes", bool: "true or false", tuple: "a list of texts"}


def _checked(where: str, table: Mapping[str, object]) -> dict[str, Any]:
    if not hasattr(table, "items"):
        got = excerpt(repr(table))
        raise SpecificationError(f"expected a table such as [{where}], got {got}", key=where)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _TYPES:
            path = f"{where}.{key}"
            raise unknown(f"{where}: unknown key {key!r}", key, _TYPES, key=path)
        values[key] = _typed(f"{where}.{key}", value, _TYPES[key])
    for key in ("close", "open"):
        if key in values and not _CLOCK.fullmatch(values[key]):
            raise SpecificationError(
                f'{excerpt(values[key])!r} is not a time of day; write "HH:MM", such as "15:30"',
                key=f"{where}.{key}",
            )
    if "timezone" in values:
        check_zone(values["timezone"], f"{where}.timezone")
    if "calendar" in values and (problem := calendar_problem(values["calendar"])):
        raise problem.under(f"{where}.calendar")
    return values


def _typed(where: str, value: object, kind: type) -> object:
    if kind is tuple:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif isinstance(value, kind):
        if kind is not str or value:
            return value
    elif isinstance(value, dt.time):
        raise SpecificationError(f'write the time in quotes, "{value:%H:%M}"', key=where)
    raise SpecificationError(f"expected {_EXAMPLES[kind]}, got {excerpt(repr(value))}", key=where)


def _check_clock(where: str, market: Market) -> None:
    if market.calendar not in _NO_EXCHANGE:
        for key in ("timezone", "close", "open"):
            if getattr(market, key) is not None:
                raise SpecificationError(
                    f'only for calendar = "FX" or "data"; {market.calendar} brings its own: leave '
                    f'{key} out, or write calendar = "data" beside it',
                    key=f"{where}.{key}",
                )
        return
    if (market.timezone is None) != (market.close is None):
        given, missing = ("close", "timezone") if market.timezone is None else ("timezone", "close")
        sentence = f"{where}: {given} is given without {missing}; give both"
        raise SpecificationError(sentence).at(key=f"{where}.{missing}")
    if market.open is not None and (market.calendar == "FX" or market.close is None):
        raise SpecificationError(
            'only for calendar = "data" with timezone and close', key=f"{where}.open"
        )
    if market.open is not None and market.close is not None and market.open >= market.close:
        raise SpecificationError(
            f"{market.open} is not before the close {market.close}", key=f"{where}.open"
        )
