"""Feeds, files and folders as they are now: their items, or why there are none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import EventStudyError, SourceError
from eventstudy.io.addresses import (
    check_address,
    fetch_address,
    is_address,
    shown_address,
)
from eventstudy.io.folders import OF_THE_SYSTEM
from eventstudy.news.readers import read_news
from eventstudy.news.readers.bodies import BODY, read_body
from eventstudy.text import is_missing, one_line, records
from eventstudy.watch.items import Arrived

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from eventstudy.news import News


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed by its address, a file or a folder.

    Attributes
    ----------
    name : as pages and messages call it, without what may be a key
    place : the address or the path
    is_address : which of the two
    """

    name: str
    place: str
    is_address: bool

    @property
    def origin(self) -> str:
        """What tells the source from others, also when it is called by another path."""
        return hashlib.sha256(self.place.encode("utf-8", "replace")).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How a source did when it was last asked.

    Attributes
    ----------
    name : of the source
    etag, last_modified : what its server gave
    read_at : when it was last read
    problem : why it could not be read the last time; empty where it could
    failing_since, n_failures : when that began, and how often it was asked since
    tried_at : when it was last asked
    n_items : items it had
    """

    name: str
    etag: str | None = None
    last_modified: str | None = None
    read_at: dt.datetime | None = None
    problem: str = ""
    failing_since: dt.datetime | None = None
    n_failures: int = 0
    tried_at: dt.datetime | None = None
    n_items: int = 0


def sources_of(feeds: Sequence[str]) -> tuple[Source, ...]:
    """Return what is to be watched, each once.

    Raises
    ------
    SourceError
        A path is not there.
    SpecificationError
        An address that is not fetched.
    """
    found = {}
    for text in feeds:
        if is_address(text):
            place = check_address(text)
            found[place] = Source(name=shown_address(text), place=place, is_address=True)
        else:
            path = Path(text)
            if not path.exists():
                raise SourceError("no such file or folder", file=one_line(text))
            place = str(path.resolve())
            found[place] = Source(name=one_line(text), place=place, is_address=False)
    return tuple(found.values())


def ask(
    source: Source, feed: Feed, now: dt.datetime, timezone: str | None = None
) -> tuple[Feed, tuple[Arrived, ...]]:
    """Return how a source does, and the items it has; none where it has not changed.

    Whatever is wrong with it is in the feed's `problem`, never raised.

    Parameters
    ----------
    feed
        How it did the last time.
    now
        What lies more than a day after it is no time of an item.
    timezone
        Zone of times without an offset.
    """
    try:
        if source.is_address:
            return _ask_address(source, feed, now, timezone)
        path = Path(source.place)
        if path.is_dir():
            return _ask_folder(source, feed, now, timezone)
        news = read_news(path, timezone=timezone, now=now)
    except (EventStudyError, OSError) as error:
        problem = _without_name(error, source)
        failed = replace(
            feed,
            problem=problem,
            failing_since=feed.failing_since or now,
            n_failures=feed.n_failures + 1,
            tried_at=now,
        )
        return failed, ()
    return _well(feed, now, _count(news)), _arrived(news, source)


def _ask_folder(
    source: Source, feed: Feed, now: dt.datetime, timezone: str | None
) -> tuple[Feed, tuple[Arrived, ...]]:
    """Ask every file of a folder by itself, so that ids are those of their file."""
    items: list[Arrived] = []
    for path in sorted(Path(source.place).iterdir(), key=lambda entry: entry.name):
        if path.name.startswith(".") or path.name in OF_THE_SYSTEM:
            continue
        name = one_line(path.name)
        file = Source(name=f"{source.name}/{name}", place=str(path), is_address=False)
        try:
            if path.is_dir():
                raise SourceError("a folder inside the folder; name it to watch it")
            items += _arrived(read_news(path, timezone=timezone, now=now), file)
        except (EventStudyError, OSError) as error:
            problem = _without_name(error, file)
            items.append(
                Arrived(
                    source=file.name, origin=file.origin, guid=name, headline="", problem=problem
                )
            )
    return _well(feed, now, len(items)), tuple(items)


def _ask_address(
    source: Source, feed: Feed, now: dt.datetime, timezone: str | None
) -> tuple[Feed, tuple[Arrived, ...]]:
    fetched = fetch_address(source.place, etag=feed.etag, last_modified=feed.last_modified)
    if fetched.body is None:
        return _well(feed, now, feed.n_items), ()
    news = read_body(fetched.body, source.name, timezone=timezone, now=now)
    well = _well(feed, now, _count(news))
    tagged = replace(well, etag=fetched.etag, last_modified=fetched.last_modified)
    return tagged, _arrived(news, source)


def _well(feed: Feed, now: dt.datetime, n_items: int) -> Feed:
    return replace(
        feed,
        read_at=now,
        problem="",
        failing_since=None,
        n_failures=0,
        tried_at=now,
        n_items=n_items,
    )


def _count(news: News) -> int:
    return len(news.frame) + len(news.rejected)


def _arrived(news: News, source: Source) -> tuple[Arrived, ...]:
    """Return the items of a source, those that cannot be read included."""
    kept = [
        Arrived(
            source=source.name,
            origin=source.origin,
            guid=str(row.item_id),
            headline=_text(row.headline) or _text(row.text)[:200],
            text=_text(row.text),
            published=None if is_missing(row.published_at) else row.published_at.to_pydatetime(),
            precision=_text(row.precision) or "exact",
            url=_text(row.url),
            outlet=_text(row.source),
        )
        for row in records(news.frame)
    ]
    refused = [
        Arrived(
            source=source.name,
            origin=source.origin,
            guid=str(row.item_id),
            headline=_text(row.headline),
            problem=_text(row.reason),
        )
        for row in records(news.rejected)
    ]
    return (*kept, *refused)


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell
    return "" if is_missing(cell) else str(cell)


def _without_name(error: Exception, source: Source) -> str:
    """Return what is wrong, without the name of the source, which stands beside it."""
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    text = str(error)
    for name in (source.name, BODY, Path(source.place).name):
        text = text.removeprefix(f"{name}: ").removeprefix(f"{name} ")
    return text
