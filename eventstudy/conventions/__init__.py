"""How other software computes the usual tests: named bundles of conventions, and the tests by them.

It takes arrays alone. A bundle (`Conventions`) says how each choice is made that the literature
leaves open; `run_tests` computes the tests of a window by one. What eventstudy itself does is the
bundle `OURS`, whose numbers equal those of `eventstudy.inference` to rounding.
"""

from __future__ import annotations

from eventstudy.conventions.bundle import CONVENTIONS, Conventions
from eventstudy.conventions.bundles import OURS
from eventstudy.conventions.group_tests import (
    Answer,
    event_correlation,
    run_tests,
    session_means,
)
from eventstudy.conventions.window_returns import WindowReturns

__all__ = [
    "CONVENTIONS",
    "OURS",
    "Answer",
    "Conventions",
    "WindowReturns",
    "event_correlation",
    "run_tests",
    "session_means",
]
