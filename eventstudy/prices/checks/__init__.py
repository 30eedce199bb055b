"""Checks on the data: what looks wrong in the prices, listed and never repaired."""

from __future__ import annotations

from eventstudy.prices.checks.base import as_checks
from eventstudy.prices.checks.inspection import check_prices, inspect_prices
from eventstudy.prices.checks.sessions import session_checks
from eventstudy.prices.checks.span import StudySpan

__all__ = ["StudySpan", "as_checks", "check_prices", "inspect_prices", "session_checks"]
