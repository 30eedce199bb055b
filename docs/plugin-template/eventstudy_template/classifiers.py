"""A classifier: ``eventstudy events build NEWS --classifier loud``."""

from __future__ import annotations

from eventstudy import Label


def label(headline: str, text: str) -> Label:
    """Return what kind of news an item is: loud where its headline ends with a mark."""
    del text
    is_loud = headline.endswith("!")
    return Label(
        category="loud" if is_loud else "quiet", actor="n/a", target="n/a", direction="neutral",
        expected_sign="0", rule="loud", words="!" if is_loud else "", confidence=1.0,
        outcome="event", reason=None,
    )  # fmt: skip
