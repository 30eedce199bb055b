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
from typing import TYPE_CHECKING, Any, Literal

from eventstudy.news.articles.time_resolution import READ_LIMIT
from eventstudy.news.articles.vocabulary import tables, word_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.news.articles.claim_times import Tense

ClaimType = Literal["event", "market_move", "opinion", "state", "background", "scheduled"]

_LONGEST_WORD = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A rule; what its fields mean stands at the head of ``vocabulary.toml``."""

    name: str
    type: ClaimType
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
        return any(self._is_valid(claim, *starts) for starts in self._pairs_in_reach(claim))

    def _pairs_in_reach(self, claim: str) -> Iterator[tuple[int, int]]:
        """Yield where a word of the first list begins and the next one of the second in reach."""
        first, second = (word_list(name) for name in self.all)
        for match in first.finditer(claim):
            reach = match.end() + (self.near or 0)
            following = second.search(claim, match.end(), reach + _LONGEST_WORD)
            if following is not None and following.start() <= reach:
                yield match.start(), following.start()

    def _is_valid(self, claim: str, first: int, second: int) -> bool:
        if self.within is not None and first > self.within:
            return False
        return not any(word_list(name).search(claim, 0, second) for name in self.behind_no)


@cache
def _rules() -> tuple[_Rule, ...]:
    rules = []
    for table in tables()["rule"]:
        cells: dict[str, Any] = {
            key: tuple(cell) if isinstance(cell, list) else cell for key, cell in table.items()
        }
        rules.append(_Rule(**cells))
    return tuple(rules)


def claim_type(claim: str, tense: Tense = "now") -> ClaimType:
    """Return what kind of claim a sentence makes.

    Parameters
    ----------
    claim
        The sentence, of which the first `READ_LIMIT` letters are read.
    tense
        Where its time lies against the publication.

    Examples
    --------
    >>> claim_type("The Kospi slid 1.2%."), claim_type("Analysts doubt it.")
    ('market_move', 'opinion')
    """
    start = claim[:READ_LIMIT]
    for rule in _rules():
        if rule.holds(start, tense):
            return rule.type
    return "event"
