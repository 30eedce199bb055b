"""Whose event it is: which column of an events table names the markets, and which they are.

Firm-level studies write ``ticker`` or ``permno`` where this package writes ``markets``. Such a
column is read as that where its values are markets of the study; it is never passed over without
a word, as every event would then be one of every firm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from eventstudy.events.cells import (
    code_of,
    identifier_rank,
    is_sure_identifier,
    listed_names,
    texts_of,
)
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import find_market
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from eventstudy.events.table import Events
    from eventstudy.markets.market import Market

_MOST_SHOWN: Final = 3


class _Reading(NamedTuple):
    """What a column says if it is read as markets."""

    column: str
    names: list[tuple[str, ...]]
    """Of each event: markets of the study by name, others as written."""
    n_filled: int
    n_known: int
    """Events that name something, and those that name something known."""


def known_names(
    markets: Iterable[Market], written: Iterable[str] = (), columns: Iterable[str] = ()
) -> dict[str, str]:
    """Return what events may call the markets of a study, in lower case -> the market's name.

    Parameters
    ----------
    markets
        Those of the study.
    written
        What the study calls each of them.
    columns
        Names of price columns; one that is no market of the study stands for itself.
    """
    chosen = list(markets)
    known: dict[str, str] = {}
    for market in chosen:
        known.setdefault(market.name.casefold(), market.name)
    for market, name in zip(chosen, written, strict=False):
        known.setdefault(name.strip().casefold(), market.name)
    for market in chosen:
        for alias in (market.series, market.yahoo, *market.aliases):
            if alias:
                known.setdefault(alias.casefold(), market.name)
    for column in columns:
        known.setdefault(column.casefold(), column)
    return known


def with_markets(events: Events, known: Mapping[str, str], n_markets: int) -> Events:
    """Return events whose markets are those of a study.

    Where the table has no ``markets``, a column such as ``ticker``, ``symbol``, ``security``,
    ``permno`` or ``isin`` whose values are the study's is read as that, and `Events.assumed` says
    so, as it does of such a column that names none of them.

    Parameters
    ----------
    events
        As read.
    known
        Of `known_names`.
    n_markets
        How many markets the study has.

    Raises
    ------
    SpecificationError
        Several columns name the study's markets and differ, or one names some of them among other
        things.
    """
    frame = events.frame
    codes = _codes(known)
    if any(frame["markets"]):
        named = events.named or tuple(frame["markets"])
        resolved = [_resolved(cell, known, codes) for cell in named]
        unused = _unused_beside_markets(events, resolved, known, codes)
        return replace(
            events,
            frame=frame.assign(markets=_objects(resolved)),
            assumed=(*events.assumed, *unused),
        )
    readings = [
        _reading(frame, column, known, codes) for column in candidates(map(str, frame.columns))
    ]
    fitting = [reading for reading in readings if reading.n_known]
    for reading in fitting:
        is_sure = is_sure_identifier(reading.column)
        if not is_sure and 2 * reading.n_known < reading.n_filled:
            raise SpecificationError(
                f"column {reading.column!r} names markets of the study in "
                f"{reading.n_known} of {counted(reading.n_filled, 'event')}; call it 'markets' if "
                "it is these, else rename it",
                file=events.name,
            )
    if not fitting:
        unused = [
            f"{events.name}: column {reading.column!r} names none of the study's markets and was "
            "not used: every event is on all of them"
            for reading in readings
            if reading.n_filled and is_sure_identifier(reading.column) and n_markets > 1
        ]
        return replace(events, assumed=(*events.assumed, *unused))
    first = fitting[0]
    for other in fitting[1:]:
        _refuse_difference(events, first, other)
    return replace(
        events,
        frame=frame.assign(markets=_objects(first.names)),
        market_column=first.column,
        assumed=(*events.assumed, _sentence(events, first, known)),
    )


def _unused_beside_markets(
    events: Events,
    markets: list[tuple[str, ...]],
    known: Mapping[str, str],
    codes: Mapping[str, str],
) -> list[str]:
    """Say of each column that names securities where it differs from ``markets``, which counts."""
    said = []
    for column in filter(is_sure_identifier, candidates(map(str, events.frame.columns))):
        reading = _reading(events.frame, column, known, codes)
        is_known = [any(_known(name, known, codes) for name in cell) for cell in reading.names]
        differs = [
            cell != given
            for cell, given, is_one in zip(reading.names, markets, is_known, strict=True)
            if is_one
        ]
        if any(differs):
            n_all = sum(one and not given for one, given in zip(is_known, markets, strict=True))
            said.append(
                f"{events.name}: column {column!r} was not used, as 'markets' counts; they differ "
                f"in {counted(sum(differs), 'event')}"
                + (f", {n_all:,} of them without markets, so on all of them" if n_all else "")
            )
    return said


def names_given(events: Events) -> tuple[str, ...]:
    """Return what events call their markets, each once, before any price is known.

    Of the column ``markets``; without one, of the surest other column that may name securities.
    """
    cells = events.named or tuple(events.frame["markets"])
    if not any(cells):
        column = next(candidates(map(str, events.frame.columns)), None)
        texts = [] if column is None else texts_of(events.frame[column])
        cells = tuple(listed_names(text) for text in texts)
    return tuple(dict.fromkeys(name for cell in cells for name in cell))


def candidates(columns: Iterable[str]) -> Iterator[str]:
    """Yield the columns that may name securities, the surest first."""
    rank = {
        column: place
        for column in columns
        if column != "markets" and (place := identifier_rank(column)) is not None
    }
    yield from sorted(rank, key=rank.__getitem__)


def market_hints(events: Events) -> list[str]:
    """Return a sentence for each column that a study may read as markets; none where they are."""
    frame = events.frame
    if any(frame["markets"]):
        return []
    hints = []
    for column in candidates(map(str, frame.columns)):
        values = list(dict.fromkeys(text for text in texts_of(frame[column]) if text))
        is_sure = is_sure_identifier(column)
        if values and (is_sure or all(_is_code(value) for value in values)):
            shown = ", ".join(values[:_MOST_SHOWN]) + (", ..." if len(values) > _MOST_SHOWN else "")
            hints.append(
                f"column {column!r} ({shown}) is read as markets by a study that has them; "
                "in any other, every event is on all markets"
            )
    return hints


def _is_code(value: str) -> bool:
    return not any(sign.isspace() for sign in value) and value == value.upper() and len(value) <= 12


def _codes(known: Mapping[str, str]) -> dict[str, str]:
    """Return code -> market, without codes that two markets share."""
    codes: dict[str, str] = {}
    shared = set()
    for name, market in known.items():
        if codes.setdefault(code_of(name), market) != market:
            shared.add(code_of(name))
    return {code: market for code, market in codes.items() if code not in shared}


def _known(name: str, known: Mapping[str, str], codes: Mapping[str, str]) -> str | None:
    return known.get(name.casefold()) or codes.get(code_of(name))


def _resolved(
    cell: Iterable[str], known: Mapping[str, str], codes: Mapping[str, str]
) -> tuple[str, ...]:
    """Return markets by the study's names, else by the built-in ones, else as written."""
    names = []
    for name in cell:
        of_study = _known(name, known, codes)
        built_in = find_market(name) if of_study is None else None
        names.append(of_study or (name if built_in is None else built_in.name))
    return tuple(dict.fromkeys(names))


def _reading(
    frame: pd.DataFrame, column: str, known: Mapping[str, str], codes: Mapping[str, str]
) -> _Reading:
    cells = [listed_names(text) for text in texts_of(frame[column])]
    return _Reading(
        column=column,
        names=[_resolved(cell, known, codes) for cell in cells],
        n_filled=sum(bool(cell) for cell in cells),
        n_known=sum(any(_known(name, known, codes) for name in cell) for cell in cells),
    )


def _refuse_difference(events: Events, first: _Reading, other: _Reading) -> None:
    """Raise where two columns name different markets for an event."""
    for position, (one, two) in enumerate(zip(first.names, other.names, strict=True)):
        if one != two:
            raise SpecificationError(
                f"columns {first.column!r} and {other.column!r} both name markets of the study "
                f"and differ (event {events.frame['event_id'].iloc[position]}: "
                f"{';'.join(one) or 'none'} and {';'.join(two) or 'none'}); "
                "call the one that counts 'markets'",
                file=events.name,
                row=int(events.rows[position]),
            )


def _sentence(events: Events, reading: _Reading, known: Mapping[str, str]) -> str:
    markets = set(known.values())
    used = {name for cell in reading.names for name in cell if name in markets}
    parts = [f"{counted(reading.n_known, 'event')} on {counted(len(used), 'market')}"]
    if n_other := reading.n_filled - reading.n_known:
        parts.append(f"{counted(n_other, 'event')} on none of the prices")
    if n_empty := len(reading.names) - reading.n_filled:
        parts.append(f"{counted(n_empty, 'event')} without one, on all markets")
    return f"{events.name}: column {reading.column!r} read as markets: {listed(parts)}"


def _objects(cells: list[tuple[str, ...]]) -> pd.Series:
    return pd.Series(cells, dtype=object)
