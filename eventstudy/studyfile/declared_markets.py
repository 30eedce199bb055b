"""The markets a study file declares, ``[market.NAME]``, with the calendar of its prices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import declare_market, factor_markets, find_market, load_markets
from eventstudy.studyfile.keys import CURVE_TABLE, MARKET_KEYS, MARKET_TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.markets.market import Market
    from eventstudy.studyfile.price_source import PriceSource


def declared_markets(
    tables: Mapping[str, Any], calendar: str | None, source: PriceSource
) -> tuple[Market, ...]:
    """Return the markets of a study's tables ``[market.X]``; `calendar` is that of all prices."""
    factors = factor_markets() if source.factors else {}
    own: dict[str, Market] = {}
    for written, table in _with_factors(tables, source).items():
        if written in MARKET_KEYS and not isinstance(table, dict):
            raise SpecificationError(
                f"name the market, [market.NAME], and put {written!r} below it",
                key=f"market.{written}",
            )
        base = find_market(written, factors)
        name = written if base is None else base.name
        if name in own:
            raise SpecificationError(f"{name} is declared twice", key=f"market.{written}")
        markets = load_markets() | factors
        if calendar is not None and isinstance(table, dict) and "calendar" not in table:
            # The price file's calendar is that of every market without one of its own; opening
            # and closing times of another calendar do not hold on it.
            if base is not None:
                markets[name] = replace(
                    base, calendar=calendar, timezone=None, close=None, open=None
                )
            else:
                table = {**table, "calendar": calendar}  # noqa: PLW2901
        own[name] = declare_market(name, table, markets)
    return tuple(own.values())


def _with_factors(tables: Mapping[str, Any], source: PriceSource) -> Mapping[str, Any]:
    """Return the tables ``[market.X]``, an empty one for each of French's factors that is used."""
    declared = tables.get(MARKET_TABLE, {})
    model, curve = tables.get("model", {}), tables.get(CURVE_TABLE, {})
    markets = tables.get("markets", ())
    used = [] if isinstance(markets, str) else list(markets)
    for table in (model, model.get("beside", {})):
        used += [table.get("benchmark", ""), *table.get("factors", ())]
        used += table.get("others", ())
    used = [name.casefold() for name in (*used, *curve.get("benchmarks", ()))]
    declared_names = [name.casefold() for name in declared]
    factors = factor_markets() if source.factors else {}
    added: dict[str, Any] = {
        name: {}
        for name in factors
        if name.casefold() in used and name.casefold() not in declared_names
    }
    return {**declared, **added}
