"""What is known of the markets of a study: their attributes, and benchmarks of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.events.identity import known_names
from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.registry import suggest
from eventstudy.text import some

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from eventstudy._typing import IntArray
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.securities import Securities
    from eventstudy.study.specification import Specification

_MOST_COMPARED = 100_000  # names with names; a file of a whole exchange needs no advice


def own_benchmarks(
    study: Specification,
    markets: Sequence[str],
    securities: Sequence[MarketSeries],
    prices: PricePanel,
    series_of: Callable[[Sequence[str]], tuple[MarketSeries, ...]],
) -> tuple[tuple[MarketSeries | None, ...], pd.DataFrame | None, tuple[str, ...]]:
    """Return the benchmarks markets have of their own, their attributes, and what to say of both.

    Parameters
    ----------
    markets, securities
        The markets of the study as it names them, and their series.
    series_of
        From the names of markets or columns to their series.

    Raises
    ------
    SchemaError
        Two rows for one market; a market that is its own benchmark.
    SpecificationError
        A benchmark that prices do not have.
    """
    table = prices.securities
    if table is None:
        return (), None, ()
    place, said = _rows_of(table, markets, securities)
    attributes = table.frame.reindex(place).reset_index(drop=True)  # no row is labelled -1
    own = _series_of_rows(table, place, securities, series_of)
    if not any(own):
        return (), attributes, said
    if study.model.factors_key != "benchmark" or not study.model.factors:
        sentence = f"{table.name}: benchmarks are not used, as model {study.model.name} has none"
        return (), attributes, (*said, sentence)
    common = series_of(study.model.factors)[0].name
    own = tuple(None if each is None or each.name == common else each for each in own)
    named = {series.name: each.name for series, each in zip(securities, own, strict=True) if each}
    if not named:
        return (), attributes, said
    shown = [f"{security} ({benchmark})" for security, benchmark in named.items()]
    sentence = (
        f"{some(shown)} {'has' if len(shown) == 1 else 'have'} a benchmark of "
        f"{'its' if len(shown) == 1 else 'their'} own in place of {study.model.factors[0]}, as "
        f"{table.name} says; models.csv lists them{_limits(study, common)}"
    )
    return own, attributes, (*said, sentence)


def _limits(study: Specification, common: str) -> str:
    """Return what a benchmark of its own does not reach, as a sentence goes on."""
    said = ""
    second = study.second
    if second is not None and second.model.factors and second.model.factors_key == "benchmark":
        said += "; the second model keeps them"
    if study.activity is not None and study.activity.volume_model == "market_model":
        said += f"; normal volume follows that of {common} for all"
    return said


def _rows_of(
    table: Securities, markets: Sequence[str], securities: Sequence[MarketSeries]
) -> tuple[IntArray, tuple[str, ...]]:
    """Return the row of each market ``(N,)``, -1 where there is none, and what is passed over."""
    known = known_names([series.market for series in securities], markets)
    number = {series.name: n for n, series in enumerate(securities)}
    place = np.full(len(securities), -1, dtype=np.int64)
    others = []
    for row, name in enumerate(table.names):
        market = known.get(name.casefold())
        if market is None:
            others.append(row)
        elif place[number[market]] >= 0:
            first = table.rows[place[number[market]]]
            reason = f"{name} is {market}, which row {first} is about already"
            raise SchemaError([Problem(file=table.name, row=table.rows[row], reason=reason)])
        else:
            place[number[market]] = row
    lacking = [series.name for series in securities if place[number[series.name]] < 0]
    said = []
    if lacking:
        said.append(
            f"{table.name} has no row for {some(lacking)}: in groups by its columns the pairs are "
            "in (empty)"
        )
    if 0 < len(lacking) * len(others) <= _MOST_COMPARED:
        for row in others:
            meant = suggest(table.names[row], lacking)
            if meant is not None:
                said.append(
                    f"{table.name} row {table.rows[row]}: {table.names[row]} is no market of the "
                    f"study; did you mean {meant!r}?"
                )
    if others:
        are = "row of it is" if len(others) == 1 else "rows of it are"
        said.append(f"{table.name}: {len(others):,} {are} about no market of the study")
    return place, tuple(said)


def _series_of_rows(
    table: Securities,
    place: IntArray,
    securities: Sequence[MarketSeries],
    series_of: Callable[[Sequence[str]], tuple[MarketSeries, ...]],
) -> tuple[MarketSeries | None, ...]:
    """Return the benchmark each market's row names, ``(N,)``; None where it names none."""
    benchmarks = table.benchmarks
    found: dict[str, MarketSeries] = {}
    own: list[MarketSeries | None] = []
    for row, series in zip(place.tolist(), securities, strict=True):
        name = benchmarks.get(table.names[row]) if row >= 0 else None
        if name is None:
            own.append(None)
            continue
        if name not in found:
            try:
                (found[name],) = series_of([name])
            except SpecificationError as error:
                where = f"{table.name} row {table.rows[row]}: benchmark of {series.name}"
                raise error.under(where) from error
        if found[name].column == series.column:
            reason = f"{series.name} is its own benchmark; name another, or leave the cell empty"
            raise SchemaError([Problem(file=table.name, row=table.rows[row], reason=reason)])
        own.append(found[name])
    return tuple(own)
