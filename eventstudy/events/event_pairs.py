"""Which pairs of event and market there are: those an event is about and, while few, the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from eventstudy.markets.market import find_market, named_like_a_ticker
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.markets.market import Market

MOST_LISTED: Final = 50_000
"""Most pairs of which those are listed, too, whose event is not about the market."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventPairs:
    """Pairs, event by event, in each the markets in the order of the study.

    Attributes
    ----------
    event, security : ``(P,)`` positions
    is_wanted : ``(P,)`` whether the event is about the market
    n_unlisted : pairs left out because the event is not about the market
    """

    event: IntArray
    security: IntArray
    is_wanted: BoolArray
    n_unlisted: int


def event_pairs(
    cells: Sequence[tuple[str, ...]], markets: Sequence[Market], *, only_named: bool = False
) -> EventPairs:
    """Pair each event with the markets it is about, and with the others as not wanted.

    Of more than `MOST_LISTED` pairs, or with `only_named`, those not wanted are left out and
    counted.

    Parameters
    ----------
    cells
        Names of markets of each event; an empty cell stands for all of them.
    """
    n_events, n_markets = len(cells), len(markets)
    securities_of = markets_meant(markets)
    every = np.arange(n_markets, dtype=np.int64)
    of_cell = {cell: securities_of(cell) if cell else every for cell in dict.fromkeys(cells)}
    named = [of_cell[cell] for cell in cells]
    count = np.array([len(securities) for securities in named], dtype=np.int64)
    event = np.repeat(np.arange(n_events, dtype=np.int64), count)
    security = np.concatenate([np.empty(0, dtype=np.int64), *named])
    n_others = n_events * n_markets - len(event)
    if not n_others or only_named or lists_named_only(n_events, n_markets):
        is_wanted = np.ones(len(event), dtype=bool)
        return EventPairs(event=event, security=security, is_wanted=is_wanted, n_unlisted=n_others)
    all_wanted = np.zeros((n_events, n_markets), dtype=bool)
    all_wanted[event, security] = True
    return EventPairs(
        event=np.repeat(np.arange(n_events, dtype=np.int64), n_markets),
        security=np.tile(every, n_events),
        is_wanted=all_wanted.ravel(),
        n_unlisted=0,
    )


def unlisted_pairs(name: str, number: int) -> str:
    """Say that pairs are left out of a list, as their event is not about the market."""
    return (
        f"{name}: {counted(number, 'pair')} of events with markets they do not name are not "
        f"listed, as there are more than {MOST_LISTED:,} pairs"
    )


def lists_named_only(n_events: int, n_markets: int) -> bool:
    """Whether there are too many pairs to list those whose event is not about the market."""
    return n_events * n_markets > MOST_LISTED


def markets_meant(markets: Sequence[Market]) -> Callable[[Iterable[str]], IntArray]:
    """Return what finds the positions of the markets that the names in a cell mean.

    A name no market of the study has, such as an alias of a built-in one, stands for that.
    """
    by_name: dict[str, set[int]] = {}
    by_built_in: dict[str, set[int]] = {}
    for position, market in enumerate(markets):
        for name in (market.name, *market.aliases):
            by_name.setdefault(name.casefold(), set()).add(position)
        known = find_market(market.name)
        for name in {market.name} if known is None else {market.name, known.name}:
            by_built_in.setdefault(name, set()).add(position)

    def meant(name: str) -> set[int]:
        if (own := by_name.get(name.casefold())) is not None:
            return own
        other = find_market(name) or named_like_a_ticker(name)
        return set() if other is None else by_built_in.get(other.name, set())

    def securities(cell: Iterable[str]) -> IntArray:
        return np.array(sorted(set().union(*map(meant, cell))), dtype=np.int64)

    return securities
