"""The clients: what each form of feed is asked for, and how its answer becomes news.

None of them knows the network: a client names addresses and reads bodies.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from eventstudy.exceptions import SchemaError, SourceError
from eventstudy.io.addresses import json_of
from eventstudy.io.doors import NEWS, TimestampError
from eventstudy.io.timestamps import read_time
from eventstudy.news.cleaning import HEADLINE_LIMIT
from eventstudy.news.fetching.gdelt import gkg_items, listed_files
from eventstudy.news.readers.bodies import read_body
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy.news.fetching.feeds import NamedFeed
    from eventstudy.news.news import News

PER_PAGE: Final = 200
_FIELDS: Final = (
    "document_number", "title", "abstract", "type", "publication_date", "signing_date", "html_url",
)  # fmt: skip
_MOST_NAMED: Final = 8
_NO_TITLE: Final = "[No Title]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is wanted of a feed.

    Attributes
    ----------
    now : the present
    since : items before it are left aside; None for whatever the feed has
    term : what a feed that can search is to search for
    timezone : of times without an offset
    """

    now: dt.datetime
    since: dt.datetime | None = None
    term: str | None = None
    timezone: str | None = None


class Part(NamedTuple):
    """An address to fetch, and what is known of its answer: bytes and MD5, where a list says."""

    address: str
    n_bytes: int | None = None
    md5: str | None = None


class Page(NamedTuple):
    """What one answer held.

    Attributes
    ----------
    news : its items; None where it only names others
    n_older : items from before what was asked for
    parts : what is to be fetched besides
    said : what else the user should know
    """

    news: News | None
    n_older: int = 0
    parts: tuple[Part, ...] = ()
    said: tuple[str, ...] = ()


def first_part(feed: NamedFeed, ask: Ask) -> Part:
    """Return what is fetched first."""
    if feed.form == "register" and feed.address.endswith("/documents.json"):
        query: list[tuple[str, str]] = [("per_page", str(PER_PAGE)), ("order", "newest")]
        query += [("fields[]", name) for name in _FIELDS]
        if ask.since is not None:
            query.append(("conditions[publication_date][gte]", f"{ask.since:%Y-%m-%d}"))
        if ask.term:
            query.append(("conditions[term]", ask.term))
        return Part(f"{feed.address}?{urlencode(query)}")
    return Part(feed.address)


def read_page(feed: NamedFeed, body: bytes, part: Part, ask: Ask) -> Page:
    """Read an answer by the form of its feed.

    Raises
    ------
    SourceError, SchemaError
        It is not of that form.
    """
    return _FORMS[feed.form](feed, body, part, ask)


def _feed_page(feed: NamedFeed, body: bytes, _: Part, ask: Ask) -> Page:
    news = read_body(body, feed.title, timezone=ask.timezone, now=ask.now)
    frame = news.frame
    is_untitled = frame["headline"].str.startswith(_NO_TITLE, na=False) & frame["text"].notna()
    if is_untitled.any():  # a post without one: its words are the headline
        headline = frame["headline"].mask(is_untitled, frame["text"].str.slice(0, HEADLINE_LIMIT))
        news = replace(news, frame=frame.assign(headline=headline))
    return _since(news, ask)


def _register_page(feed: NamedFeed, body: bytes, part: Part, ask: Ask) -> Page:
    answer = _json(body)
    if not isinstance(answer, dict):
        raise _changed("an array where an object with results was")
    results = answer.get("results")
    if results is None and answer.get("count") == 0:  # so it says that nothing was found
        return Page(None)
    if not isinstance(results, list):
        raise _changed(f"no list of results; it has {_names(answer)}")
    said = []
    following = answer.get("next_page_url")
    n_there = answer.get("count")
    is_whole = following is None and "page=" not in part.address
    if is_whole and isinstance(n_there, int) and n_there != len(results):
        said.append(f"it counts {n_there:,} documents, and {len(results):,} came")
    _check_fields(results, ("document_number", "title"))
    parts: tuple[Part, ...] = ()
    if following is not None:
        if _server(str(following)) != _server(part.address):
            raise _changed("the next page lies on another server")
        parts = (Part(str(following)),)
    numbered = [
        item | {"id": item.get("document_number")} if isinstance(item, dict) else item
        for item in results
    ]
    return Page(_read_items(numbered, feed, ask), 0, parts, tuple(said))


def _posts_page(feed: NamedFeed, body: bytes, _: Part, ask: Ask) -> Page:
    posts = _json(body)
    if not isinstance(posts, list):
        raise _changed(f"no array of posts; it has {_names(posts)}")
    _check_fields(posts, ("id", "created_at", "content"))
    wanted = [post for post in posts if not _is_before(post, ask.since)]
    return Page(_read_items(wanted, feed, ask), len(posts) - len(wanted))


def _gdelt_page(feed: NamedFeed, body: bytes, part: Part, ask: Ask) -> Page:
    if not part.address.endswith(".zip"):
        files, said = listed_files(body, feed.address, ask.since)
        return Page(None, 0, tuple(Part(*file) for file in files), said)
    items, said = gkg_items(body, part.n_bytes, part.md5)
    return Page(_read_items(items, feed, ask), 0, (), said)


_FORMS: Final[dict[str, Callable[[NamedFeed, bytes, Part, Ask], Page]]] = {
    "feed": _feed_page,
    "register": _register_page,
    "posts": _posts_page,
    "gdelt": _gdelt_page,
}


def _server(address: str) -> tuple[str, str]:
    """Return scheme and host: https does not go on as http."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _json(body: bytes) -> Any:  # noqa: ANN401 - whatever it holds
    text = body.decode("utf-8-sig", "replace").strip()
    if text.startswith("<"):
        raise SourceError("it is a web page, not JSON: its server may be closed or guarded")
    return json_of(text)


def _changed(what: str) -> SchemaError:
    return SchemaError([f"its form has changed: {what}"])


def _names(value: object) -> str:
    if not isinstance(value, dict):
        return f"a {type(value).__name__}"
    names = [str(name) for name in value]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (listed(names[:_MOST_NAMED], ",") if more else listed(names)) + more if names else "none"


def _check_fields(items: Sequence[object], names: tuple[str, ...]) -> None:
    """Raise `SchemaError` where a field that every item had is in none of them."""
    tables = [item for item in items if isinstance(item, dict)]
    if items and not tables:
        raise _changed("its items are no objects")
    absent = [name for name in names if tables and not any(name in table for table in tables)]
    if absent:
        raise _changed(
            f"none of its {counted(len(items), 'item')} has {listed(absent, 'or')}; "
            f"they have {_names(tables[0])}"
        )


def _is_before(post: object, since: dt.datetime | None) -> bool:
    """Whether a post is surely older; one without a time that can be read is kept, to be said."""
    if since is None or not isinstance(post, dict):
        return False
    try:
        instant = read_time(str(post.get("created_at")), NEWS, zone="UTC").instant
    except (TimestampError, ValueError):
        return False
    return instant is not None and instant < since


def _read_items(items: Sequence[object], feed: NamedFeed, ask: Ask) -> News | None:
    if not items:
        return None
    body = json.dumps(items, ensure_ascii=False).encode("utf-8", "replace")
    return read_body(body, feed.title, timezone=ask.timezone, now=ask.now)


def _since(news: News, ask: Ask) -> Page:
    if ask.since is None:
        return Page(news)
    frame = news.frame
    days = frame["date"].dt.tz_localize("UTC")
    times = frame["published_at"].fillna(days + dt.timedelta(days=1))
    is_wanted = (times >= ask.since).to_numpy()
    return Page(news.take(is_wanted), int((~is_wanted).sum()))
