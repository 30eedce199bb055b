"""Dated news: files of items and articles of claims."""

from __future__ import annotations

from eventstudy.news.readers.reading import read_news

__all__ = ["read_news"]
