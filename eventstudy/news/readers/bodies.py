"""What an address gave, read as news: a feed, JSON or a table, never a web page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import SourceError
from eventstudy.news.readers.decoding import Input
from eventstudy.news.readers.reading import kind_of, read_news

if TYPE_CHECKING:
    import datetime as dt

    from eventstudy.news.news import News

BODY: Final = "feed"
"""What messages about a body call it."""

MOST_ITEMS: Final = 50_000
"""The most items of one answer."""
_LINES_OF_ONE: Final = 10
"""Objects or lines that an item of JSON or of a table has, at most, on average."""

_PAGE: Final = "it is a web page, not a feed; a page names its feed under RSS or Atom"


def read_body(
    body: bytes, name: str, *, timezone: str | None = None, now: dt.datetime | None = None
) -> News:
    """Read the body of an answer as `read_news` reads a file; its content says what it is.

    Parameters
    ----------
    body
        As it came.
    name
        Of its source, for messages.
    timezone, now
        As for `read_news`.

    Raises
    ------
    SourceError, SchemaError
        It is a web page, or cannot be read.
    """
    if _has_too_many(body):
        raise SourceError(f"it has more than {MOST_ITEMS:,} items, and is not read")
    with tempfile.TemporaryDirectory(prefix="eventstudy-feed-") as folder:
        path = Path(folder) / BODY  # without an ending: its content says what it is
        path.write_bytes(body)
        if kind_of(Input(path, name)) == "page":
            raise SourceError(_PAGE)
        return read_news(path, timezone=timezone, now=now)


def _has_too_many(body: bytes) -> bool:
    """Whether an answer has more items than a feed has, by the marks they begin with."""
    if body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return body.count(b"<item") + body.count(b"<entry") > MOST_ITEMS
    return max(body.count(b"{"), body.count(b"\n")) > MOST_ITEMS * _LINES_OF_ONE
