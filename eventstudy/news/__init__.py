"""News as it came in: every raw item, kept or rejected with the reason."""

from __future__ import annotations

from eventstudy.news.intake import COLUMNS, REJECTED
from eventstudy.news.news import News

__all__ = ["COLUMNS", "REJECTED", "News"]
