"""What kind of claim a sentence makes, by the rules of ``vocabulary.toml``.

===========  ================================================================================
event        something happened or was said; dated by its words, else by the article
market_move  a market moved: a reaction, not an event
opinion      onlookers' views, and sentences of doubt ("likely", "may", "seems")
state        what is so at the time of publication ("remains", "has been", "since April")
background   what lies before the news ("had been", "in 2022", "last month")
scheduled    what is to come at a named time; its date is that time
===========  ================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from eventstudy.news.articles.time_resolution import READ
from eventstudy.news.articles.vocabulary import tables, word_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.news.articles.claim_times import Tense

CLAIM_TYPES: Final = ("event", "market_move", "opinion", "state", "background", "scheduled")


_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A rule; what its fields mean stands at the head of ``vocabulary.toml``."""

    name: str
    type: str
    time: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    near: int | None = None
    within: int | None = None
    behind_no: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def holds(self, claim: str, tense: str) -> bool:
        if self.time and tense not in self.time:
            return False
        if any(word_list(name).search(claim) for name in self.unless):
            return False
        if self.near is None:
            return all(word_list(name).search(claim) for name in self.all)
        return any(self._is_pair(claim, one, other) for one, other in self._neighbours(claim))

    def _neighbours(self, claim: str) -> Iterator[tuple[int, int]]:
        """Where a word of the first list begins and the next of the second follows it in reach."""
        first, second = (word_list(name) for name in self.all)
        for one in first.finditer(claim):
            reach = one.end() + (self.near or 0)
            other = second.search(claim, one.end(), reach + _LONGEST_WORD)
            if other is not None and other.start() <= reach:
                yield one.start(), other.start()

    def _is_pair(self, claim: str, one: int, other: int) -> bool:
        if self.within is not None and one > self.within:
            return False
        return not any(word_list(name).search(claim, 0, other) for name in self.behind_no)


@cache
def _rules() -> tuple[_Rule, ...]:
    rules = []
    for table in tables()["rule"]:
        cells: dict[str, Any] = {
            key: tuple(cell) if isinstance(cell, list) else cell for key, cell in table.items()
        }
        rules.append(_Rule(**cells))
    return tuple(rules)


def claim_type(claim: str, tense: Tense = "now") -> str:
    """Return what kind of claim a sentence makes.

    Parameters
    ----------
    claim
        The sentence; its first letters are read (see ``times.READ``).
    tense
        Where its time lies against the publication.

    Examples
    --------
    >>> claim_type("The Kospi slid 1.2%."), claim_type("Analysts doubt it.")
    ('market_move', 'opinion')
    """
    read = claim[:READ]
    for rule in _rules():
        if rule.holds(read, tense):
            return rule.type
    return "event"
