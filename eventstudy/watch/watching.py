"""`watch_feeds`: new items become forecasts, forecasts get their outcomes, poll after poll."""

from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import EventStudyError, SourceError, SpecificationError
from eventstudy.expectation.question import local_zone
from eventstudy.io.spreadsheets import csv_text
from eventstudy.markets.market import check_zone
from eventstudy.studyfile.bundled_study import bundled_study
from eventstudy.studyfile.study_file import StudyFile, read_study
from eventstudy.text import counted, excerpt
from eventstudy.watch.answering import StudyDesk
from eventstudy.watch.folder import INDEX, ITEMS, PAGES, TRACK_RECORD, WatchFolder
from eventstudy.watch.items import page_name
from eventstudy.watch.page import index_page
from eventstudy.watch.sorting import sort_items
from eventstudy.watch.sources import Feed, ask, sources_of
from eventstudy.watch.track_record import (
    Summary,
    ledger,
    sentences,
    summary_of,
    track_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from eventstudy.watch.answering import Desk, Settled
    from eventstudy.watch.items import Arrived, Item, MarketRow
    from eventstudy.watch.sorting import ToAnswer
    from eventstudy.watch.sources import Source

EVERY: Final = 5.0
"""Minutes between polls."""

_LONGEST_REST: Final = dt.timedelta(hours=1)
_SHORTEST_GAP: Final = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watched:
    """What a watch has seen so far.

    Attributes
    ----------
    folder : where its pages are
    items : everything that was seen

    Examples
    --------
    >>> import eventstudy as es
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"published": ["2025-05-01T20:00Z"], "headline": ["Local team wins"]})
    >>> frame.to_csv("news.csv", index=False)
    >>> watched = es.watch_feeds("news.csv", out="watch", once=True, zone="UTC")
    >>> (watched.folder / "index.html").is_file()
    True
    """

    folder: Path
    items: tuple[Item, ...]

    @property
    def track_record(self) -> pd.DataFrame:
        """One row a forecast, as ``track_record.csv``: decimal returns, times as ISO texts.

        Examples
        --------
        >>> len(watched.track_record)  # watched: help(es.Watched)
        0
        """
        return track_record(self.items)

    @property
    def summary(self) -> Summary:
        """How the forecasts did that were made before the market had opened.

        Examples
        --------
        >>> watched.summary.n_items  # watched: help(es.Watched)
        0
        """
        return summary_of(self.items)

    def __repr__(self) -> str:
        n_made = sum(item.made_at is not None for item in self.items)
        seen, made = counted(len(self.items), "item"), counted(n_made, "forecast page")
        return f"Watched({self.folder}: {seen}, {made}; {sentences(self.summary)[0]})"


def watch_feeds(
    *feeds: str | os.PathLike[str],
    out: str | os.PathLike[str] = "eventstudy-watch",
    study: StudyFile | str | os.PathLike[str] | None = None,
    once: bool = False,
    every: float = EVERY,
    zone: str | None = None,
    rules: Sequence[str | os.PathLike[str]] = (),
    since: dt.datetime | None = None,
    timezone: str | None = None,
    clock: Callable[[], dt.datetime] | None = None,
    wait: Callable[[float], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Watched:
    """Watch feeds for news: a page an item, and a record of how the pages did.

    Every new item is read as `read_news` does, labelled by the rules, and answered as `expect`
    does, with what is known at that moment. When the sessions of a forecast are over and their
    prices known, the outcome is put beside it; the forecast never changes.

    Parameters
    ----------
    feeds
        Addresses (http, https) of feeds, files of news, folders of such.
    out
        Folder for ``index.html``, ``pages/``, ``track_record.csv``, ``items.csv`` and the memory,
        ``manifest.json``; a new one, an empty one, or that of an earlier watch, which goes on.
    study
        A study file or its path; the bundled study by default.
    once
        Look once and return. Otherwise until it is interrupted (Ctrl-C).
    every
        Minutes between two looks. A feed that cannot be read is asked less and less often, at
        least once an hour.
    zone
        IANA name of the zone of the pages; the machine's by default, else UTC.
    rules
        Files of rules on top of the built-in ones and of the study's.
    since
        Items published before this time, with a zone, are listed and not answered.
    timezone
        IANA zone of times in the feeds that have no offset.
    clock
        Gives the present as an aware datetime.
    wait
        Waits so many seconds.
    say
        Called with a sentence for each new item, outcome and problem.

    Returns
    -------
    Watched

    Raises
    ------
    SpecificationError
        No feed, an address that is not fetched, an unknown zone, `every` not positive, a time
        without a zone.
    SourceError
        A path that is not there; a folder that holds something else or is watched already;
        `once`, and no source could be read.

    Examples
    --------
    >>> import eventstudy as es
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"published": ["2025-05-01T20:00Z"], "headline": ["Local team wins"]})
    >>> frame.to_csv("news.csv", index=False)
    >>> watched = es.watch_feeds("news.csv", out="watch", once=True, zone="UTC")
    >>> len(watched.items)
    1
    """
    if not feeds:
        raise SpecificationError("name at least one feed, file or folder", key="feeds")
    if not every > 0:
        raise SpecificationError(f"{every:g} is not positive", key="every")
    for name, value in (("zone", zone), ("timezone", timezone)):
        if value is not None:
            check_zone(value, name)
    if since is not None and since.tzinfo is None:
        raise SpecificationError(f"{since} has no time zone; give it one", key="since")
    sources = sources_of([os.fspath(feed) for feed in feeds])
    _refuse_own_pages(sources, Path(out))
    if study is None:
        chosen = bundled_study()
    else:
        chosen = study if isinstance(study, StudyFile) else read_study(study)
    shown = zone or local_zone() or "UTC"
    desk = StudyDesk(study=chosen, rules=tuple(Path(rule) for rule in rules), zone=shown)
    desk.label("", "")  # rules that cannot be read are said now
    return watch_with(
        desk,
        sources,
        out,
        once=once,
        every=every,
        zone=shown,
        since=since,
        timezone=timezone,
        clock=clock or _present,
        wait=wait or time.sleep,
        say=say or _nothing,
    )


def watch_with(
    desk: Desk,
    sources: Sequence[Source],
    out: str | os.PathLike[str],
    *,
    once: bool,
    every: float,
    zone: str,
    since: dt.datetime | None,
    timezone: str | None,
    clock: Callable[[], dt.datetime],
    wait: Callable[[float], None],
    say: Callable[[str], None],
) -> Watched:
    """Watch with anybody who answers; the arguments are those of `watch_feeds`, checked."""
    with WatchFolder.open(out) as folder:
        watch = _Watch(desk, sources, folder, once, every, zone, since, timezone, say)
        try:
            while True:
                watch.poll(clock())
                if once:
                    break
                wait(every * 60)
        except KeyboardInterrupt:
            watch.write(clock(), again_in=None)
            if once:
                raise
        problems = [feed for feed in watch.feeds() if feed.problem]
        if once and len(problems) == len(sources):
            raise SourceError(problems[0].problem, file=problems[0].name)
        return Watched(folder=Path(out), items=tuple(folder.items.values()))


@dataclass(slots=True)
class _Watch:
    """One watch, poll by poll."""

    desk: Desk
    sources: Sequence[Source]
    folder: WatchFolder
    is_once: bool
    every: float
    zone: str
    since: dt.datetime | None
    timezone: str | None
    say: Callable[[str], None]
    waiting: tuple[tuple[Arrived, str], ...] = ()

    def feeds(self) -> list[Feed]:
        """Return how each source did."""
        known = self.folder.feeds
        return [known.get(source.origin, Feed(name=source.name)) for source in self.sources]

    def poll(self, now: dt.datetime) -> None:
        """Look at every source once, answer what is new, settle what is over, write the pages."""
        arrived: list[Arrived] = []
        asked: dict[str, Feed] = {}
        for source, feed in zip(self.sources, self.feeds(), strict=True):
            if self._rests(feed, now):
                continue
            asked[source.origin], entries = ask(source, feed, now, self.timezone)
            arrived += entries
            self._tell(feed, asked[source.origin])
        found = sort_items(
            self.folder.items, arrived, label=self.desk.label, now=now, since=self.since
        )
        self.folder.keep(*found.kept)
        self._say_unclear(found.kept)
        entry_of = {(entry.origin, entry.guid): entry for entry in arrived}
        again = [
            (entry, "is dated in the future, so its clock or ours is wrong; it waits")
            for entry in found.waiting
        ]
        again += [
            (entry_of[one.item.origin, one.item.guid], problem)
            for one in found.to_answer
            if (problem := self._answer(one, now))
        ]
        self.waiting = self._still_waiting(again, asked, entry_of)
        self._settle(now)
        for origin, feed in asked.items():
            # What waits has to be read again, also from a feed that has not changed.
            has_waiting = any(entry.origin == origin for entry, _ in self.waiting)
            self.folder.feeds[origin] = (
                replace(feed, etag=None, last_modified=None) if has_waiting else feed
            )
        self.folder.forget(now)
        self.write(now, again_in=None if self.is_once else self.every)

    def write(self, now: dt.datetime, *, again_in: float | None) -> None:
        """Write what people open, and the memory."""
        items = list(self.folder.items.values())
        views = {
            INDEX: index_page(
                items,
                self.feeds(),
                now=now,
                zone=self.zone,
                waiting=self.waiting,
                again_in=again_in,
            ),
            TRACK_RECORD: csv_text(track_record(items))[0],
            ITEMS: csv_text(ledger(items))[0],
        }
        for sentence in self.folder.write_views(views):
            self.say(sentence)

    def _rests(self, feed: Feed, now: dt.datetime) -> bool:
        """Whether a source that failed is not asked yet."""
        if self.is_once or not feed.n_failures or feed.tried_at is None:
            return False
        pause = dt.timedelta(minutes=self.every * 2.0 ** min(feed.n_failures - 1, 12))
        # A little less, so that the look that is due is not the one after.
        # A clock that was put back must not keep it from being asked.
        return feed.tried_at <= now < feed.tried_at + min(pause, _LONGEST_REST) * 0.9

    def _tell(self, before: Feed, after: Feed) -> None:
        """Say that a source cannot be read, or can be again."""
        if after.problem and after.problem != before.problem:
            self.say(f"{after.name} cannot be read: {after.problem}")
        elif before.problem and not after.problem:
            self.say(f"{after.name} can be read again")

    def _say_unclear(self, kept: Sequence[Item]) -> None:
        for item in kept:
            if item.fate in {"unsure", "no_time", "unreadable"} and not item.edits:
                headline = excerpt(item.headline) if item.headline else item.item_id
                self.say(f"not answered: {headline}: {item.reason}")

    def _answer(self, one: ToAnswer, now: dt.datetime) -> str:
        """Make and keep the forecast for an item; return why it has to wait, else ``""``."""
        item = one.item
        try:
            answer = self.desk.answer(item, now, is_by_headline=one.is_by_headline)
        except SpecificationError as error:
            self.folder.keep(replace(item, fate="unsure", reason=str(error)))
            self.say(f"not answered: {excerpt(item.headline)}: {error}")
            return ""
        except EventStudyError as error:
            self.say(f"waits: {excerpt(item.headline)}: {error}")
            return str(error)
        page = page_name(item.origin, item.guid, item.item_id, item.published or now)
        self.folder.write_page(page, answer.html)
        made = replace(
            item,
            made_at=now,
            rows=answer.rows,
            window=answer.window,
            strength=answer.strength,
            category=answer.category,
            direction=answer.direction,
            page=f"{PAGES}/{page}",
        )
        self.folder.keep(made)
        self.folder.save()
        where = self.folder.path / PAGES / page
        self.say(f"{item.category}, {item.direction}: {excerpt(item.headline)} -> {where}")
        return ""

    def _still_waiting(
        self,
        again: list[tuple[Arrived, str]],
        asked: dict[str, Feed],
        entry_of: dict[tuple[str, str], Arrived],
    ) -> tuple[tuple[Arrived, str], ...]:
        """Return what waits: of this poll, and of sources that could not be read this time."""
        unread = {origin for origin, feed in asked.items() if feed.problem}
        unread |= {source.origin for source in self.sources if source.origin not in asked}
        earlier = [
            (entry, reason)
            for entry, reason in self.waiting
            if entry.origin in unread and (entry.origin, entry.guid) not in entry_of
        ]
        return (*again, *earlier)

    def _settle(self, now: dt.datetime) -> None:
        """Put outcomes beside forecasts whose sessions are over."""
        due = [item for item in self.folder.items.values() if self._is_due(item, now)]
        if not due:
            return
        try:
            outcomes = self.desk.outcomes(due, now)
        except EventStudyError as error:
            self.say(f"no outcomes: {error}")
            outcomes = {}
        n_settled = 0
        for item in due:
            rows = tuple(
                _settled(row, outcomes.get((item.item_id, row.security)), now) for row in item.rows
            )
            n_settled += sum(
                new.outcome is not None and old.outcome is None
                for new, old in zip(rows, item.rows, strict=True)
            )
            self.folder.keep(replace(item, rows=rows, tried_at=now))
        if n_settled:
            self.say(f"{counted(n_settled, 'outcome')} known")

    def _is_due(self, item: Item, now: dt.datetime) -> bool:
        """Whether a market's first session is over, its outcome not known, and not just asked."""
        over = [
            row.closes or item.published or now
            for row in item.rows
            if row.outcome is None and (row.closes is None or row.closes <= now)
        ]
        if not over or item.made_at is None:
            return False
        if self.is_once or item.tried_at is None:
            return True
        # Prices that have not come for long are looked for less and less often.
        gap = max(_SHORTEST_GAP, (now - max(over)) / 10)
        return not item.tried_at <= now < item.tried_at + gap


def _settled(row: MarketRow, found: Settled | None, now: dt.datetime) -> MarketRow:
    """Return a row with its outcome, if it had none and one is known."""
    if found is None or row.outcome is not None:
        return row
    note = ""
    if row.session and found.session != row.session:
        note = f"there was no price of {row.session}: the outcome begins with {found.session}"
    return replace(row, outcome=found.value, settled_at=now, note=note)


def _refuse_own_pages(sources: Sequence[Source], out: Path) -> None:
    """Raise where a source lies in the folder that is written."""
    place = Path(os.path.realpath(out))
    for source in sources:
        if not source.is_address and Path(source.place).is_relative_to(place):
            raise SourceError(
                "lies in the folder of the pages, which would be read as news; name another --out",
                file=source.name,
            )


def _present() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _nothing(_: str) -> None:
    return None
