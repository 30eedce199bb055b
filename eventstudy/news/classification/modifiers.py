"""Whether a rule or a modifier stands in a headline, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventstudy.news.classification.rule_files import FLIP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.news.classification.compiler import Modifier, Rule
    from eventstudy.news.classification.matching import Found, Pattern, Span, Tokens

FLIPPED: Final = {
    "escalation": "de-escalation",
    "de-escalation": "escalation",
    "+": "-",
    "-": "+",
}


def changed(value: str, to: str | None) -> str:
    """Return `value` as a modifier leaves it: itself, its opposite or what stands there."""
    if to is None:
        return value
    return FLIPPED.get(value, value) if to == FLIP else to


def spans_of(rule: Rule, found: Found, some: Sequence[Pattern]) -> tuple[Span, ...] | None:
    """Return where the patterns of a rule stand, or None if it does not fire.

    `some` are those of its ``any`` whose concepts all stand in the headline.
    """
    spans: list[Span] = []
    for pattern in rule.every:
        path = pattern.find(found)
        if path is None:
            return None
        spans += path
    if rule.some:
        # What stands first in a headline is what it is about.
        paths: list[tuple[Span, ...]] = [
            path for pattern in some if (path := pattern.find(found)) is not None
        ]
        if not paths:
            return None
        first = min(paths, key=_start)
        spans += first
    if _first(rule.never, found) is not None:
        return None
    return tuple(sorted(set(spans)))


def _start(path: tuple[Span, ...]) -> int:
    return path[0][0]


def _first(patterns: tuple[Pattern, ...], found: Found) -> tuple[Span, ...] | None:
    missing = ~found.present
    for pattern in patterns:
        if not pattern.mask & missing and (path := pattern.find(found)) is not None:
            return path
    return None


def applies(
    modifier: Modifier, spans: tuple[Span, ...], used: list[Span], found: Found
) -> list[Span] | None:
    """Return the places of a modifier's words, or None if it does not stand where it must.

    Words that the rule or an earlier modifier used say nothing more.
    """
    missing = ~found.present
    if any(pattern.mask & missing or pattern.find(found) is None for pattern in modifier.every):
        return None
    if _first(modifier.never, found) is not None:
        return None
    if not modifier.some:
        return []
    for pattern in modifier.some:
        if pattern.mask & missing:
            continue
        for path in pattern.find_all(found):
            at = (path[0][0], path[-1][1])
            is_new = not any(low < at[1] and at[0] < high for low, high in used)
            if is_new and _stands(modifier, at, spans, found.tokens):
                return [at]
    return None


def _stands(modifier: Modifier, at: Span, spans: tuple[Span, ...], tokens: Tokens) -> bool:
    if modifier.position == "anywhere":
        return True
    if modifier.position == "touching":
        return any(low == at[1] for low, _ in spans)
    first, last = spans[0][0], spans[-1][1]
    if modifier.position == "after":
        return first <= at[0] <= last + modifier.within and (
            tokens.sentence[at[0]] == tokens.sentence[last - 1]
        )
    following = [low for low, _ in spans if low >= at[1]]
    if not following or tokens.clause[at[1] - 1] != tokens.clause[following[0]]:
        return False
    if modifier.position == "ahead" and at[0] > first:
        return False
    return at[0] > first or first - at[1] <= modifier.within


def words_of(spans: tuple[Span, ...], tokens: Tokens) -> str:
    """Return the words of spans as they stand, those that touch together."""
    merged: list[list[int]] = []
    for low, high in spans:
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(high, merged[-1][1])
        else:
            merged.append([low, high])
    return "; ".join(tokens.quoted((low, high)) for low, high in merged)
