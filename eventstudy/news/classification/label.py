"""What a classifier says of a headline."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a headline is about, and why a classifier says so.

    Parameters
    ----------
    category
        A category of the rules; ``"unsure"`` where the outcome is unsure.
    actor, target
        Who acts and who is hit, ``"n/a"`` where nobody does; None where the outcome is unsure.
    direction, expected_sign
        Of `eventstudy.events.table.DIRECTIONS` and ``EXPECTED_SIGNS``; None where unsure.
    rule
        Name of the rule that decided, with the modifiers that changed it after ``" + "``; None
        where no rule fired.
    words
        The words that fired, as they stand in the headline, joined by ``"; "``.
    confidence
        0 to 1. Of rules and model together, how often such a label is of the right category. Of
        rules alone, the rule's weight, times the factors of its modifiers, less up to ``rivalry``
        where a rule of another category is about as strong, or ``opposition`` where one of the
        opposite direction is.
    outcome
        ``"event"``, ``"unsure"`` (confidence below the threshold) or ``"rejected"`` (a market's
        move, a comment, a story of another subject).
    reason
        Why it is unsure or rejected, with the best guess; None for an event.
    direction_confidence
        0 to 1, how often such a direction is right; None where rules alone were asked, whose
        confidence is of both.
    agrees
        Whether rules and model say the same category; None where one of them was not asked.

    Examples
    --------
    >>> Label(category="deal", actor="US", target="China", outcome="event").category
    'deal'
    """

    category: str
    actor: str | None = None
    target: str | None = None
    direction: str | None = None
    expected_sign: str | None = None
    rule: str | None = None
    words: str = ""
    confidence: float = 1.0
    outcome: str = "event"
    reason: str | None = None
    direction_confidence: float | None = None
    agrees: bool | None = None
