"""The markets of a study: those it names or, with ``markets = "events"``, those of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from eventstudy.events.event_pairs import unlisted_pairs
from eventstudy.events.identity import known_names, with_markets
from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.markets.market import find_market, load_markets, named_like_a_ticker
from eventstudy.registry import nearest, suggest
from eventstudy.study.setting import locate_market, study_calendar
from eventstudy.text import counted, some

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import BoolArray
    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.specification import Specification

EVENTS: Final = "events"
"""Value of ``markets`` that takes those which the events name."""

_MOST_SUGGESTED: Final = 20
_MOST_KNOWN: Final = 200


def study_markets(study: Specification, events: Events, prices: PricePanel) -> tuple[str, ...]:
    """Return the names of a study's markets.

    Those that its selected events name stand in the order of the price columns.

    Raises
    ------
    SchemaError
        With ``markets = "events"``: an event that names no market, or one without a column.
    """
    if study.markets != EVENTS:
        return tuple(study.markets)
    named = with_markets(events, known_names(study.declared, (), prices.names), len(prices.names))
    selected = named.select(dict(study.select))
    cells = named.frame["markets"]
    is_bare = selected & np.array([not cell for cell in cells], dtype=bool)
    if is_bare.any():
        _refuse_bare(named, is_bare, selected)
    check_event_markets(study, named, prices, selected)
    own = {market.name: market for market in study.declared}
    common = study_calendar(study, prices)
    found: dict[str, tuple[int, str]] = {}
    failed: dict[str, SpecificationError] = {}
    for name in dict.fromkeys(name for cell in cells[selected] for name in cell):
        try:
            market, column, _ = locate_market(name, own, prices, common)
        except SpecificationError as error:
            failed[name] = error
        else:
            found.setdefault(market.name, (column, name))
    if failed:
        reasons = {name: f"names {name!r}: {error.reason}" for name, error in failed.items()}
        raise _problems_of(named, selected, reasons, {})
    return tuple(name for _, name in sorted(found.values()))


def markets_sentence(study: Specification, names: Sequence[str]) -> tuple[str, ...]:
    """Say how many markets a study has whose markets are those of its events."""
    if study.markets != EVENTS:
        return ()
    return (
        f'markets = "events": {counted(len(names), "market")} that the events name, in the order '
        "of the price columns",
    )


def unlisted_sentences(
    study: Specification, events: Events, n_unlisted: int, has_pair: BoolArray
) -> tuple[str, ...]:
    """Say which pairs are in no table, as their event is not about the market.

    Parameters
    ----------
    n_unlisted
        Number of these pairs.
    has_pair
        ``(E,)`` events with a pair that is listed.
    """
    said = []
    if n_unlisted and study.markets != EVENTS:
        said.append(unlisted_pairs(events.name, n_unlisted))
    absent = events.frame["event_id"][~has_pair].tolist()
    if absent:
        said.append(
            f"{events.name}: {some(absent)} {'names' if len(absent) == 1 else 'name'} none of the "
            f"study's markets and {'is' if len(absent) == 1 else 'are'} not listed"
        )
    return tuple(said)


def check_event_markets(
    study: Specification, events: Events, prices: PricePanel, selected: BoolArray
) -> None:
    """Refuse an event about an unknown market, as its pairs would be dropped for a typing error.

    Of a column that was read as markets, the events that are studied count.
    """
    is_checked = selected
    if events.market_column == "markets" and study.markets != EVENTS:
        is_checked = np.ones(len(events), dtype=bool)
    own = {market.name: market for market in study.declared}
    columns = set(prices.names)
    unknown = [
        name
        for name in dict.fromkeys(n for cell in events.frame["markets"][is_checked] for n in cell)
        if name not in columns and (find_market(name, own) or named_like_a_ticker(name)) is None
    ]
    if unknown:
        names = sorted({*load_markets(), *own, *columns})
        reasons = {name: f"names unknown market {name!r}" for name in unknown}
        # Each search for a near name goes through all of them.
        searched = unknown[:_MOST_SUGGESTED]
        reasons |= {
            name: reasons[name] + nearest(name, names, None if len(names) <= _MOST_KNOWN else "")
            for name in searched
        }
        raise _problems_of(
            events, is_checked, reasons, {name: suggest(name, names) for name in searched}
        )


def _refuse_bare(events: Events, is_bare: BoolArray, selected: BoolArray) -> None:
    """Raise as events name no market of their own: once where none does."""
    if not any(events.frame["markets"][selected]):
        raise SpecificationError(
            f'markets = "events", but no event of {events.name} names a market; give it a column '
            "markets, or list the markets of the study",
            key="markets",
        )
    ids = events.frame["event_id"]
    raise SchemaError(
        [
            Problem(
                file=events.name,
                row=int(events.rows[position]),
                reason=f"event {ids.iloc[position]} names no market, which "
                'markets = "events" needs of every event',
            )
            for position in np.flatnonzero(is_bare)
        ]
    )


def _problems_of(
    events: Events,
    is_checked: BoolArray,
    reasons: Mapping[str, str],
    suggestions: Mapping[str, str | None],
) -> SchemaError:
    """Return the error that names every event, among those checked, with a name in `reasons`."""
    ids = events.frame["event_id"]
    return SchemaError(
        [
            Problem(
                file=events.name,
                row=int(events.rows[position]),
                reason=f"event {ids.iloc[position]}: {events.market_column} {reasons[name]}",
                suggestion=suggestions.get(name),
            )
            for position, cell in enumerate(events.frame["markets"])
            if is_checked[position]
            for name in cell
            if name in reasons
        ]
    )
