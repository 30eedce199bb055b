"""Feeds: those that are known by name (``feeds.toml``), and any other by its address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Final

from eventstudy.exceptions import SpecificationError
from eventstudy.io.addresses import LIMIT, check_address, is_address, shown_address
from eventstudy.io.packaged import packaged_tables
from eventstudy.registry import unknown
from eventstudy.text import excerpt

_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFeed:
    """A feed: where it is, which client reads it, what its times mean.

    Attributes
    ----------
    name : as tables call it
    title : as sentences call it
    address : where it is
    form : which client reads it
    family : feeds of one family share the ids of their items
    days : how far back it is asked for by default; 0 for what it has now
    limit : the most bytes of one answer
    times : what the times of its items mean
    source : where its form is described
    """

    name: str
    title: str
    address: str
    form: str = "feed"
    family: str = ""
    days: int = 0
    limit: int = LIMIT
    times: str = ""
    source: str = ""

    @property
    def key(self) -> str:
        """What tells the feed from others in the memory of a folder, without what may be a key."""
        return f"{self.name} {shown_address(self.address)}"


@cache
def known_feeds() -> dict[str, NamedFeed]:
    """Return the feeds that are known by name.

    Examples
    --------
    >>> list(known_feeds())[:2]
    ['federal-register', 'public-inspection']
    """
    feeds = {}
    for name, table in packaged_tables("eventstudy.news.fetching", "feeds.toml").items():
        megabytes = table.pop("most_mb", LIMIT // _MB)
        feeds[name] = NamedFeed(name=name, limit=megabytes * _MB, **{"family": name} | table)
    return feeds


def named_feed(text: str) -> NamedFeed:
    """Return the feed of a name, of an address, or of ``name=address``, a mirror of the same form.

    Raises
    ------
    SpecificationError
        No feed has this name, or the address is none that is fetched.

    Examples
    --------
    >>> named_feed("gdelt").form, named_feed("https://example.org/feed").name
    ('gdelt', 'example.org-091573')
    """
    from dataclasses import replace
    from urllib.parse import urlsplit

    name, mark, mirror = text.strip().partition("=")
    feeds = known_feeds()
    if mark and name in feeds and is_address(mirror):
        return replace(feeds[name], address=check_address(mirror))
    if is_address(text):
        address = check_address(text)
        digest = hashlib.sha256(address.encode()).hexdigest()[:6]
        own = f"{urlsplit(address).hostname}-{digest}"
        return NamedFeed(name=own, title=shown_address(text), address=address, family=own)
    if text in feeds:
        return feeds[text]
    known = f"known: {', '.join(feeds)}; or give the address of a feed"
    raise unknown(f"no feed is called {excerpt(text)}", text, feeds, otherwise=known)


def named_feeds(texts: tuple[str, ...]) -> tuple[NamedFeed, ...]:
    """Return feeds, each once.

    Raises
    ------
    SpecificationError
        As `named_feed`; or there is none.
    """
    feeds = {feed.name: feed for feed in map(named_feed, texts)}
    if not feeds:
        raise SpecificationError(f"name a feed: {', '.join(known_feeds())}, or an address")
    return tuple(feeds.values())
