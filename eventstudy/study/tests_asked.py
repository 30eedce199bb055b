"""What is known of the tests that tables show: their nulls, assumptions and quantities."""

from __future__ import annotations

from eventstudy.inference import STATISTICS
from eventstudy.reporting.paper_layout import ShownTest


def facts_of(name: str) -> ShownTest:
    """Return what the registry says of a test; of one that is not registered here, nothing."""
    if name not in STATISTICS:
        return ShownTest(name=name)
    test = STATISTICS[name].value
    return ShownTest(
        name=name,
        null=test.null,
        assumes=test.assumes,
        quantity=test.quantity,
        is_randomised=test.randomised,
    )


def assumption_of(name: str) -> str:
    """Return what a test assumes; empty for one that is not registered here."""
    return facts_of(name).assumes
