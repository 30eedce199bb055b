"""What is known of the tests that tables show: their nulls, assumptions and quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventstudy.inference import STATISTICS
from eventstudy.reporting.paper_layout import ShownTest
from eventstudy.study.specification import DEFAULT_STATISTICS

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_TOGETHER: Final = 4
"""Statistics that tables show together."""


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


def own_statistics(names: Iterable[str]) -> tuple[str, ...]:
    """Return the statistics a study names itself, where a table has room for them; else none.

    Examples
    --------
    >>> own_statistics(["bmp", "corrado_rank"])
    ('bmp', 'corrado_rank')
    """
    asked = tuple(names)
    return asked if asked != DEFAULT_STATISTICS and len(asked) <= MOST_TOGETHER else ()
