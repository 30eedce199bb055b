"""Which way a headline points: barriers and openings, and what turns them round.

"Ends ban", "waiver expires", "will not restrict" and "refuses to lift curbs" are few words of which
any pair is common and says little; what they say follows from how often a barrier is turned. The
signs found here are features of the linear model, no label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from eventstudy.io.packaged import packaged_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eventstudy.news.classification.matching import Tokens

_FILE = "polarity.toml"
_KINDS: Final = (
    "closings", "negations", "halts", "permits", "turns", "openings", "barriers",
)  # fmt: skip
"""The lists, the first that has a word first."""
_FIRST: Final = 3
"""Things of a clause that have features of their own."""
_STEM: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedThing:
    """A barrier or opening of a headline, as what stands around it leaves it.

    Attributes
    ----------
    kind : ``"barriers"``, ``"openings"``, ``"turns"`` where one stands alone, or ``"negations"``
    sign : 1 for an opening or a barrier that ends, -1 for the opposite, 0 for a mere negation
    turned : how often it was turned round
    by : the last word that did; empty where none did
    """

    kind: str
    sign: int
    turned: int = 0
    by: str = ""


def signed_things(tokens: Tokens) -> list[list[SignedThing]]:
    """Return the barriers and openings of each clause of a headline that has any.

    A word that turns acts on the next barrier or opening of its clause, or on the last one where
    none follows; where the clause has none, it is about a barrier that goes unsaid.

    Examples
    --------
    >>> from eventstudy.news.classification.matching import tokenize
    >>> [[one.sign for one in clause] for clause in signed_things(tokenize("US ends chip ban"))]
    [[1]]
    >>> [[one.sign for one in clause] for clause in signed_things(tokenize("Waiver expires"))]
    [[-1]]
    """
    words = _words()
    found = (_of_clause(clause, words) for clause in _clauses(tokens, words))
    return [things for things in found if things]


def polarity_features(tokens: Tokens) -> Iterator[str]:
    """Yield what the signs of a headline are, as features.

    Examples
    --------
    >>> from eventstudy.news.classification.matching import tokenize
    >>> [*polarity_features(tokenize("US ends chip ban"))][-2:]
    ['signs sum 1', 'signs all 1']
    """
    signs: list[int] = []
    for things in signed_things(tokens):
        for one in things[:_FIRST]:
            yield f"signs turned {one.kind} {min(one.turned, 2)}"
            yield f"signs {one.kind} {one.sign}"
            if one.by:
                yield f"signs by {one.by[:_STEM]} {one.kind} {one.sign}"
        yield "signs clause " + " ".join(f"{one.kind} {one.sign}" for one in things[:_FIRST])
        signs += [one.sign for one in things]
    if not signs:
        yield "signs none"
        return
    yield f"signs first {signs[0]}"
    yield f"signs sum {max(-2, min(2, sum(signs)))}"
    yield "signs all " + " ".join(map(str, signs[:_FIRST]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    things: re.Pattern[str]
    needed: re.Pattern[str]
    compounds: re.Pattern[str]
    hidden: re.Pattern[str]
    begin: frozenset[str]


def _clauses(tokens: Tokens, words: _Words) -> list[str]:
    """Return the words of each clause, a space between."""
    clauses: dict[tuple[int, int], list[str]] = {}
    part = 0
    for key, clause in zip(tokens.keys, tokens.clause, strict=True):
        if key in words.begin:
            part += 1
        else:
            clauses.setdefault((clause, part), []).append(key)
    return [words.hidden.sub("", " ".join(keys)) for keys in clauses.values()]


def _of_clause(clause: str, words: _Words) -> list[SignedThing]:
    clause = words.compounds.sub(r"\g<second>", clause)
    named = [(str(match.lastgroup), match[0]) for match in words.things.finditer(clause)]
    found: list[SignedThing] = []
    turned, by = 0, ""
    for place, (kind, word) in enumerate(named):
        is_turn = kind in ("negations", "turns")
        if kind == "halts":
            is_turn = any(later in ("openings", "barriers") for later, _ in named[place + 1 :])
        elif kind == "permits":
            is_turn = words.needed.search(clause) is None
        if is_turn:
            turned, by = turned + 1, word
            continue
        kept = "openings" if kind == "openings" else "barriers"
        found.append(_signed(kept, turned, by))
        turned, by = 0, ""
    if not turned:
        return found
    if found:
        last = found[-1]
        return [*found[:-1], _signed(last.kind, last.turned + turned, by)]
    if all(kind == "negations" for kind, _ in named):
        return [SignedThing(kind="negations", sign=0, turned=turned, by=by)]
    return [_signed("turns", turned, by)]


def _signed(kind: str, turned: int, by: str) -> SignedThing:
    base = 1 if kind == "openings" else -1
    return SignedThing(kind=kind, sign=base * (-1) ** turned, turned=turned, by=by)


@cache
def _words() -> _Words:
    """Return the lists of the file, compiled."""
    lists = packaged_tables("eventstudy.news.classification", _FILE)
    things = "|".join(f"(?P<{kind}>{_any_of(lists[kind])})" for kind in _KINDS)
    first, second = (_any_of(lists["compounds"][name]) for name in ("first", "second"))
    return _Words(
        things=_whole(things),
        needed=_whole(_any_of(lists["needed"])),
        compounds=_whole(f"(?:{first}) (?P<second>{second})"),
        hidden=_whole(_any_of(lists["clauses"]["hidden"])),
        begin=frozenset(lists["clauses"]["begin"]),
    )


def _whole(alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{alternatives})(?!\S)")


def _any_of(words: Iterable[str]) -> str:
    """Return the alternatives, the longest first: "no longer" before "no"."""
    return "|".join(_one(word) for word in sorted(words, key=len, reverse=True))


def _one(word: str) -> str:
    parts = re.escape(word).replace(r"\*", r"\S*").replace(r"\#", r"\d\S*")
    return parts.replace(r"\ \.\.\.\ ", r" (?:\S+ ){1,4}")
