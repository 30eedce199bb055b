"""News as it came in: every raw item, kept or rejected with the reason."""

from __future__ import annotations

from eventstudy.news.value import COLUMNS, REJECTED, News

__all__ = ["COLUMNS", "REJECTED", "News"]
