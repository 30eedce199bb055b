"""News fetched from public feeds into a folder that knows when each item was first seen."""

from __future__ import annotations

from eventstudy.news.fetching.feeds import known_feeds
from eventstudy.news.fetching.fetch import NewsFetch, fetch_news

__all__ = ["NewsFetch", "fetch_news", "known_feeds"]
