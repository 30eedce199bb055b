"""`fetch_news`: feeds asked once, and their items kept with the time they were first seen."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pandas as pd

from eventstudy.exceptions import EventStudyError, SourceError, SpecificationError
from eventstudy.io.addresses import LONGEST_REST, RestError, fetch_address, shown_address
from eventstudy.io.doors import MOMENT, TimestampError
from eventstudy.io.timestamps import read_time
from eventstudy.news.fetching.delays import delay_sentences, delays_of
from eventstudy.news.fetching.feeds import named_feeds
from eventstudy.news.fetching.folder import REJECTED, REVISIONS, Kept, NewsFolder
from eventstudy.news.fetching.forms import Ask, first_part, read_page
from eventstudy.news.readers.bodies import BODY
from eventstudy.text import counted, is_missing

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from eventstudy._typing import BoolArray, Progress
    from eventstudy.io.addresses import Fetched
    from eventstudy.news.fetching.feeds import NamedFeed
    from eventstudy.news.fetching.forms import Page, Part
    from eventstudy.news.news import News

MOST_PAGES: Final = 100
"""The most answers of one feed in one look."""

_COUNTS: Final = ("new", "revised", "known", "rejected", "otherwise")
_DEADLINE: Final = 300.0
_MOST_FAILURES: Final = 3
"""Answers in a row that fail before a feed is left; one that is not there (404) is no failure."""
_ABSENT: Final = "answered 404"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewsFetch:
    """What one look at the feeds gave.

    Attributes
    ----------
    table : DataFrame
        A row a feed: feed, new, revised, known, rejected, otherwise (dated otherwise than by the
        feed that had it first), older (than asked for), other_words, remark.
    failures : dict of str to str
        By feed: why it gave nothing, or not all.
    said : tuple of str
        What else the user should know, a sentence each.
    delays : DataFrame
        How long after the time they bear items were seen, a row a feed (`delays_of`).
    folder : Path
        Where ``items.csv``, ``revisions.csv`` and ``rejected.csv`` are.
    """

    table: pd.DataFrame
    failures: dict[str, str]
    said: tuple[str, ...]
    delays: pd.DataFrame
    folder: Path


@dataclass(slots=True, kw_only=True)
class _Look:
    """What one look at one feed gave so far."""

    news: list[News] = field(default_factory=list)
    older: int = 0
    said: list[str] = field(default_factory=list)
    problem: str = ""
    rest: float | None = None
    first: Fetched | None = None
    is_unchanged: bool = False


def fetch_news(
    *feeds: str,
    out: str | os.PathLike[str],
    since: str | dt.datetime | None = None,
    words: Sequence[str] = (),
    term: str | None = None,
    timezone: str | None = None,
    now: dt.datetime | None = None,
    pause: float = 1.0,
    progress: Progress | None = None,
) -> NewsFetch:
    """Ask public feeds once, and keep their items with the time they were first seen.

    Every item is new, revised (the same id with another text or time: the newer one is kept, the
    older stands in ``revisions.csv``), known, or rejected with the reason. An item older than asked
    for, or without one of the words, is counted and not kept. A feed that fails leaves what is kept
    as it was, and does not stop the others.

    Parameters
    ----------
    feeds
        Names (`known_feeds`), addresses of Atom, RSS or JSON feeds, or ``name=address``, a mirror
        of the same form.
    out
        The folder; one of an earlier fetch goes on.
    since
        Time, ISO with offset or aware; each feed has a span of its own by default.
    words
        Only items that have one of them in headline or text, whatever the case.
    term
        What a feed that can search (the Federal Register) searches for.
    timezone
        IANA zone of times without an offset.
    now
        The present, aware.
    pause
        Seconds between two pages of one feed.
    progress
        Called with what is done, how many feeds are done, and of how many.

    Raises
    ------
    SpecificationError
        An unknown feed, or a `since` that is no time.
    SourceError
        The folder holds something else or cannot be written.
    """
    named = named_feeds(feeds)
    present = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    start = _moment(since)
    folded = tuple(word.casefold().strip() for word in words if word.strip())
    rows, failures, said = [], {}, []
    with NewsFolder.open(out) as folder:
        for n_done, feed in enumerate(named):
            if progress is not None:
                progress(f"asking {feed.title}", n_done, len(named))
            ask = Ask(now=present, since=start or _usual(feed, present), term=term,
                      timezone=timezone)  # fmt: skip
            # "not changed" is an answer to the same question alone
            question = f"{since} {term} {timezone} {sorted(folded)}"
            state = folder.feeds.setdefault(feed.key, {})
            look = _look(feed, ask, state, question, present, pause)
            kept, n_other = _keep(folder, feed, look, folded, state, question, present)
            _remember(state, look, question, present)
            if look.problem:
                failures[feed.name] = look.problem
            said += [f"{feed.name}: {sentence}" for sentence in look.said]
            counts = {name: getattr(kept, name) for name in _COUNTS}
            rows.append({"feed": feed.name, **counts, "older": look.older, "other_words": n_other,
                         "remark": _remark(look)})  # fmt: skip
            folder.save()  # what has come is kept, whatever the others do
        delays = delays_of(folder.frame())
        path = folder.path
    if progress is not None:
        progress("asking feeds", len(named), len(named))
    return NewsFetch(
        table=pd.DataFrame(rows),
        failures=failures,
        said=(*said, *delay_sentences(delays)),
        delays=delays,
        folder=path,
    )


def _moment(since: str | dt.datetime | None) -> dt.datetime | None:
    if since is None or isinstance(since, dt.datetime):
        return since
    text = since.strip()
    if len(text) == 10:
        text = f"{text}T00:00Z"
    try:
        return read_time(text, MOMENT, subject="since").instant
    except TimestampError as error:
        raise SpecificationError(str(error), key="since") from None


def _usual(feed: NamedFeed, now: dt.datetime) -> dt.datetime | None:
    return now - dt.timedelta(days=feed.days) if feed.days else None


def _look(
    feed: NamedFeed,
    ask: Ask,
    state: dict[str, Any],
    question: str,
    now: dt.datetime,
    pause: float,
) -> _Look:
    """Ask one feed; what goes wrong is in the look's `problem`, never raised."""
    look = _Look()
    rest = state.get("rest_until")
    until = None if rest is None else read_time(rest, MOMENT).instant
    # One that is longer than any was set by a clock that ran ahead.
    if until is not None and now < until <= now + dt.timedelta(seconds=LONGEST_REST):
        look.problem = (
            f"it asked to be left alone until {until:%Y-%m-%d %H:%M} UTC and is not asked before"
        )
        return look
    tags = state if state.get("question") == question else {}
    parts = [first_part(feed, ask)]
    failed: dict[str, int] = {}
    n_done = n_in_a_row = 0
    while parts and n_done < MOST_PAGES and look.rest is None and n_in_a_row < _MOST_FAILURES:
        part = parts.pop(0)
        if n_done and pause and not _is_here(part.address):
            time.sleep(pause)
        try:
            page = _page(feed, part, ask, look, tags if not n_done else {})
        except (EventStudyError, OSError) as error:
            look.rest = error.seconds if isinstance(error, RestError) else None
            reason = _reason(error, feed, part)
            failed[reason] = failed.get(reason, 0) + 1
            n_in_a_row += _ABSENT not in reason
        else:
            n_in_a_row = 0
            if page is None:
                return look
            look.older += page.n_older
            look.said += page.said
            look.news += [] if page.news is None else [page.news]
            parts += page.parts
        n_done += 1
    n_left = len(parts)
    if n_left and not failed:
        look.said.append(
            f"it has more than {MOST_PAGES} pages; those behind were not asked for (--since bounds "
            "what is)"
        )
    look.problem = "; ".join(
        reason if n_done == 1 else f"{counted(count, 'answer')} of {n_done + n_left}: {reason}"
        for reason, count in failed.items()
    )
    if failed and n_left:
        look.problem += f"; {n_left} not asked for"
    return look


def _is_here(address: str) -> bool:
    """Whether a server is this machine, which need not be spared."""
    return urlsplit(address).hostname in {"127.0.0.1", "localhost", "::1"}


def _page(feed: NamedFeed, part: Part, ask: Ask, look: _Look, tags: dict[str, Any]) -> Page | None:
    """Fetch and read one part; None where the feed is as it was."""
    fetched = fetch_address(
        part.address,
        etag=tags.get("etag"),
        last_modified=tags.get("last_modified"),
        deadline=_DEADLINE,
        limit=feed.limit,
    )
    if look.first is None:
        look.first = fetched
    if fetched.body is None:
        look.is_unchanged = True
        return None
    return read_page(feed, fetched.body, part, ask)


def _keep(
    folder: NewsFolder,
    feed: NamedFeed,
    look: _Look,
    words: tuple[str, ...],
    state: dict[str, Any],
    question: str,
    now: dt.datetime,
) -> tuple[Kept, int]:
    kept, n_other, n_items = Kept(), 0, 0
    reasons: list[str] = []
    # what was not asked for before was not missing then
    before = state.get("looked_at", "") if state.get("question") == question else ""
    if before > _written(now):
        look.said.append(
            f"the last look was at {before} by this machine's clock, which says {_written(now)} "
            "now; which look did not find an item yet is not known of those that come now"
        )
        before = ""
    for news in look.news:
        wanted = _has_word(news.frame, words)
        n_other += int((~wanted).sum())
        part = folder.keep(
            news.take(wanted),
            feed=feed.name,
            family=feed.family,
            now=_written(now),
            not_before=before,
        )
        n_items += len(news.frame)
        reasons += news.rejected["reason"].tolist()
        for name in _COUNTS:
            setattr(kept, name, getattr(kept, name) + getattr(part, name))
        look.said += [sentence.removeprefix(f"{BODY}: ") for sentence in news.assumed]
    if kept.revised:
        look.said.append(
            f"{counted(kept.revised, 'item')} with another text or time than before; "
            f"{REVISIONS} has the older one"
        )
    if kept.otherwise:
        look.said.append(
            f"{counted(kept.otherwise, 'item')} dated otherwise by the feed that had it first, "
            f"which is used; {REVISIONS} has both"
        )
    if kept.rejected:
        look.said.append(f"{counted(kept.rejected, 'item')} cannot be read; {REJECTED} says why")
    if reasons and not n_items and not look.problem:
        others = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        look.problem = (
            f"none of its {counted(len(reasons), 'item')} can be read: {reasons[0]}{others}"
        )
    return kept, n_other


def _has_word(frame: pd.DataFrame, words: tuple[str, ...]) -> BoolArray:
    if not words or not len(frame):
        return pd.Series(True, index=frame.index, dtype=bool).to_numpy()
    texts = [
        " ".join("" if is_missing(cell) else str(cell) for cell in cells).casefold()
        for cells in zip(frame["headline"], frame["text"], strict=True)
    ]
    return pd.Series([any(word in text for word in words) for text in texts], dtype=bool).to_numpy()


def _remember(state: dict[str, Any], look: _Look, question: str, now: dt.datetime) -> None:
    if look.rest is not None:
        state["rest_until"] = _written(now + dt.timedelta(seconds=look.rest))
    if look.problem or look.first is None:
        return
    state.pop("rest_until", None)
    state.update({"looked_at": _written(now), "question": question})
    if not look.is_unchanged:
        state.update({"etag": look.first.etag, "last_modified": look.first.last_modified})


def _remark(look: _Look) -> str:
    if look.problem:
        return "failed" if not look.news else "incomplete"
    return "as it was" if look.is_unchanged else ""


def _reason(error: Exception, feed: NamedFeed, part: Part) -> str:
    """Return what is wrong, without the names of the answer that nobody knows."""
    if not isinstance(error, EventStudyError):
        return f"cannot be read ({error})"
    text = str(error)
    for name in (BODY, feed.title, shown_address(part.address)):
        text = text.removeprefix(f"{name}: ").removeprefix(f"{name} ")
    return text


def _written(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def unfetched(fetch: NewsFetch) -> SourceError | None:
    """Return the error of feeds that gave nothing, or not all; None where all did."""
    if not fetch.failures:
        return None
    reasons = "; ".join(f"{name}: {why}" for name, why in fetch.failures.items())
    return SourceError(f"{len(fetch.failures)} of {len(fetch.table)} feeds failed: {reasons}")
