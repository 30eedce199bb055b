"""The markets of a study: those it names or, with ``markets = "events"``, those of its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.events.event_pairs import unlisted_pairs
from eventstudy.events.identity import known_names, with_markets
from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.markets.market import find_market, load_markets, named_like_a_ticker
from eventstudy.registry import nearest, suggest
from eventstudy.study.setting import locate_market, study_calendar
from eventstudy.text import counted, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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

    Those that its selected events name stand in the order of the price columns; what of them has
    no prices is left to `unpriced_pairs`.

    Raises
    ------
    SchemaError
        With ``markets = "events"``: an event that names no market, or none that has prices.
    """
    if study.markets != EVENTS:
        return tuple(study.markets)
    named = with_markets(events, known_names(study.declared, (), prices.names), len(prices.names))
    selected = named.select(dict(study.select))
    cells = named.frame["markets"]
    refuse_none(study, events, selected)
    is_bare = selected & np.array([not cell for cell in cells], dtype=bool)
    if is_bare.any():
        _refuse_bare(named, is_bare, selected)
    found, failed = _located(study, cells[selected], prices)
    if not found:
        check_unknown(study, named, prices, selected)
        reasons = {name: f"names {name!r}: {why}" for name, why in failed.items()}
        raise _problems_of(named, selected, reasons, {})
    return tuple(name for _, name in sorted(found.values()))


def refuse_none(study: Specification, events: Events, selected: BoolArray) -> None:
    """Refuse a selection that leaves none of the events."""
    if len(events) and not selected.any():
        absent = events.unmatched(dict(study.select))
        reason = "; ".join(absent) or "no event has all of these values at once"
        raise SpecificationError(
            f"events.select leaves none of {counted(len(events), 'event')}: {reason}",
            key="events.select",
        )


def _located(
    study: Specification, cells: Iterable[Sequence[str]], prices: PricePanel
) -> tuple[dict[str, tuple[int, str]], dict[str, str]]:
    """Return column and name of each market that events name, and why the others have none."""
    own = {market.name: market for market in study.declared}
    common = study_calendar(study, prices)
    found: dict[str, tuple[int, str]] = {}
    failed: dict[str, str] = {}
    for name in dict.fromkeys(name for cell in cells for name in cell):
        try:
            market, column, _ = locate_market(name, own, prices, common)
        except SpecificationError as error:
            failed[name] = error.reason
        else:
            found.setdefault(market.name, (column, name))
    return found, failed


def unpriced_pairs(study: Specification, events: Events, prices: PricePanel) -> pd.DataFrame:
    """Return the pairs of selected events and the securities they name that have no prices.

    With ``markets = "events"`` alone: event_id, security, stage, reason, a row a pair.

    Parameters
    ----------
    events
        With the study's markets.
    """
    rows: list[tuple[str, str, str, str]] = []
    if study.markets == EVENTS:
        selected = events.select(dict(study.select))
        named = list(zip(events.frame["event_id"], events.frame["markets"], strict=True))
        chosen = [pair for pair, is_asked in zip(named, selected, strict=True) if is_asked]
        _, failed = _located(study, (cell for _, cell in chosen), prices)
        near = {name: nearest(name, prices.names, "") for name in list(failed)[:_MOST_SUGGESTED]}
        rows = [
            (str(event), str(name), "coverage",
             f"{prices.name} has no column {name}{near.get(name, '')}")
            for event, cell in chosen
            for name in cell
            if name in failed
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["event_id", "security", "stage", "reason"])


def markets_sentences(
    study: Specification, names: Sequence[str], events: Events, unpriced: pd.DataFrame
) -> tuple[str, ...]:
    """Say how many markets a study has whose markets are those of its events, and which lack.

    `events` have the study's markets, and `unpriced` are the rows of `unpriced_pairs`.
    """
    if study.markets != EVENTS:
        return ()
    said = (
        f'markets = "events": {counted(len(names), "market")} that the events name, in the order '
        "of the price columns"
    )
    if unpriced.empty:
        return (said,)
    number = unpriced["event_id"].value_counts()
    named = events.frame.set_index("event_id")["markets"].map(len).loc[number.index]
    is_whole = unpriced["event_id"].isin(number.index[number == named])
    sentences = [said]
    if is_whole.any():
        left_out = unpriced[is_whole]
        sentences.append(
            f"{counted(left_out['event_id'].nunique(), 'event')} of {len(events)} left out, whose "
            f"securities have no prices: {some(list(dict.fromkeys(left_out['security'])))}"
        )
    if not is_whole.all():
        partly = unpriced[~is_whole]
        sentences.append(
            f"{counted(partly['event_id'].nunique(), 'event')} of {len(events)} studied without "
            f"those of their securities that have no prices: "
            f"{some(list(dict.fromkeys(partly['security'])))}"
        )
    return tuple(sentences)


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
    is_absent = ~has_pair
    if study.markets == EVENTS:  # what is asked for and has no prices is dropped, a row each
        is_absent = is_absent & ~events.select(dict(study.select))
    absent = events.frame["event_id"][is_absent].tolist()
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

    Of a column that was read as markets, the events that are studied count. With
    ``markets = "events"`` it is an event without prices, see `unpriced_pairs`.
    """
    if study.markets != EVENTS:
        is_column = events.market_column == "markets"
        check_unknown(
            study, events, prices, np.ones(len(events), dtype=bool) if is_column else selected
        )


def check_unknown(
    study: Specification, events: Events, prices: PricePanel, is_checked: BoolArray
) -> None:
    """Raise where one of some events names a market that nobody knows."""
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
