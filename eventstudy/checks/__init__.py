"""Checks on the data: what looks wrong in the prices, listed and never repaired."""

from __future__ import annotations

from eventstudy.checks.base import as_checks, is_in
from eventstudy.checks.inspection import check_prices, inspect_prices
from eventstudy.checks.sessions import NO_PRICE, session_checks

__all__ = ["NO_PRICE", "as_checks", "check_prices", "inspect_prices", "is_in", "session_checks"]
