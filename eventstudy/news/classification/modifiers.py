"""Whether a rule or a modifier stands in a headline, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventstudy.news.classification.rule_files import FLIP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.news.classification.compiler import Modifier, Rule
    from eventstudy.news.classification.matching import HeadlineConcepts, Pattern, Span, Tokens

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


def spans_of(
    rule: Rule, headline: HeadlineConcepts, fitting: Sequence[Pattern]
) -> tuple[Span, ...] | None:
    """Return where the patterns of a rule stand, or None if it does not fire.

    `fitting` are those of its ``any`` whose concepts all stand in the headline.
    """
    spans: list[Span] = []
    for pattern in rule.all_of:
        path = pattern.find(headline)
        if path is None:
            return None
        spans += path
    if rule.any_of:
        # What stands first in a headline is what it is about.
        paths: list[tuple[Span, ...]] = [
            path for pattern in fitting if (path := pattern.find(headline)) is not None
        ]
        if not paths:
            return None
        earliest = min(paths, key=_start_of_path)
        spans += earliest
    if _first_path(rule.none_of, headline) is not None:
        return None
    return tuple(sorted(set(spans)))


def _start_of_path(path: tuple[Span, ...]) -> int:
    return path[0][0]


def _first_path(
    patterns: tuple[Pattern, ...], headline: HeadlineConcepts
) -> tuple[Span, ...] | None:
    """Return where the first pattern that matches stands, or None."""
    missing = ~headline.present
    for pattern in patterns:
        if not pattern.mask & missing and (path := pattern.find(headline)) is not None:
            return path
    return None


def applies(
    modifier: Modifier, spans: tuple[Span, ...], used: list[Span], headline: HeadlineConcepts
) -> list[Span] | None:
    """Return the places of a modifier's words, or None if it does not stand where it must.

    Words that the rule or an earlier modifier used say nothing more.
    """
    missing = ~headline.present
    if any(pattern.mask & missing or pattern.find(headline) is None for pattern in modifier.all_of):
        return None
    if _first_path(modifier.none_of, headline) is not None:
        return None
    if not modifier.any_of:
        return []
    for pattern in modifier.any_of:
        if pattern.mask & missing:
            continue
        for path in pattern.find_all(headline):
            span = (path[0][0], path[-1][1])
            is_new = not any(low < span[1] and span[0] < high for low, high in used)
            if is_new and _stands_where_it_must(modifier, span, spans, headline.tokens):
                return [span]
    return None


def _stands_where_it_must(
    modifier: Modifier, span: Span, spans: tuple[Span, ...], tokens: Tokens
) -> bool:
    """Whether a modifier at `span` has the position to a rule's spans that it asks for."""
    if modifier.position == "anywhere":
        return True
    if modifier.position == "touching":
        return any(low == span[1] for low, _ in spans)
    first, last = spans[0][0], spans[-1][1]
    if modifier.position == "after":
        return first <= span[0] <= last + modifier.within and (
            tokens.sentence[span[0]] == tokens.sentence[last - 1]
        )
    following = [low for low, _ in spans if low >= span[1]]
    if not following or tokens.clause[span[1] - 1] != tokens.clause[following[0]]:
        return False
    if modifier.position == "ahead" and span[0] > first:
        return False
    return span[0] > first or first - span[1] <= modifier.within


def words_of(spans: tuple[Span, ...], tokens: Tokens) -> str:
    """Return the words of spans as they stand, those that touch together."""
    merged: list[list[int]] = []
    for low, high in spans:
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(high, merged[-1][1])
        else:
            merged.append([low, high])
    return "; ".join(tokens.quoted((low, high)) for low, high in merged)
