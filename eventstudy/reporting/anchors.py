"""Places of a report that links name: one an event, one a market."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping


def event_anchor(event_id: str) -> str:
    """Return the name of an event's place: ``event-`` and its id, other signs as in an address.

    Examples
    --------
    >>> event_anchor("E20250411a"), event_anchor("a b")
    ('event-E20250411a', 'event-a%20b')
    """
    return f"event-{quote(event_id, safe='')}"


def market_anchor(name: str) -> str:
    """Return the name of a market's place: ``market-`` and its name.

    Examples
    --------
    >>> market_anchor("N225")
    'market-N225'
    """
    return f"market-{quote(name, safe='')}"


@dataclass(frozen=True, slots=True)
class Anchors:
    """Which cells of a table are links.

    Attributes
    ----------
    events : ids of the events that have a place in the report
    markets : the markets that have one: how they are written, and their name
    """

    events: frozenset[str] = frozenset()
    markets: Mapping[str, str] = field(default_factory=dict)

    def link(self, head: str, cell: str) -> str:
        """Return the address a cell links to, by the head of its column; empty for none.

        Examples
        --------
        >>> anchors = Anchors(frozenset({"E1"}), {"Nikkei 225": "N225"})
        >>> anchors.link("event", "E1"), anchors.link("market", "Nikkei 225")
        ('#event-E1', '#market-N225')
        >>> anchors.link("event", "E2"), anchors.link("remark", "E1")
        ('', '')
        """
        if head == "event" and cell in self.events:
            return f"#{event_anchor(cell)}"
        if head == "market" and cell in self.markets:
            return f"#{market_anchor(self.markets[cell])}"
        return ""
