"""News: every raw item kept or rejected with the reason, dated, and labelled as events."""

from __future__ import annotations

from eventstudy.news.columns import COLUMNS, REJECTED
from eventstudy.news.news import News

__all__ = ["COLUMNS", "REJECTED", "News"]
