"""`update_data`: a copy of the bundled closes and events, in a folder of the user's, goes on.

The package's own files are read and never written. The folder is changed whole or not at all.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from eventstudy.datasets.bundled import CLOSES, EVENTS, data_path
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io.doors import OPTION_DATE
from eventstudy.io.files import read_table, sha256_of
from eventstudy.io.folders import (
    DATA,
    MANIFEST,
    OF_THE_SYSTEM,
    amend_folder,
    manifest_of_kind,
    state_of,
)
from eventstudy.io.opening import read_text
from eventstudy.io.spreadsheets import safe_cell
from eventstudy.io.timestamps import read_day
from eventstudy.io.writing import write_text
from eventstudy.markets.market import find_market
from eventstudy.text import counted
from eventstudy.upkeep.closes import (
    OVERLAP,
    Continuation,
    continuation,
    extended,
    last_dates,
    rows_of,
    table_text,
)
from eventstudy.upkeep.new_events import ADDED, SURE, added_events

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

    from eventstudy._typing import Progress
    from eventstudy.prices.fetch import PriceUpdate
    from eventstudy.prices.panel import PricePanel
    from eventstudy.upkeep.closes import Rows
    from eventstudy.upkeep.new_events import Added

    Fetch = Callable[[str, dt.date, dt.date], PriceUpdate]

CLOSES_FILE, EVENTS_FILE, REVISIONS_FILE = "closes.csv", "events.csv", "revisions.csv"

_MOST_SAID: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DataUpdate:
    """What an update of a copy of the bundled data brought.

    Attributes
    ----------
    table : DataFrame
        A row a series: series, last_before, last, added, revised (dates of the copy on which the
        source has another number), remark.
    failures : dict of str to str
        By series: why nothing was added.
    said : tuple of str
        What else the user should know, a sentence each.
    folder : Path
        Where ``closes.csv`` and ``events.csv`` are.
    """

    table: pd.DataFrame
    failures: dict[str, str]
    said: tuple[str, ...]
    folder: Path


def update_data(
    out: str | os.PathLike[str],
    *,
    source: str = "yahoo",
    news: Sequence[str | os.PathLike[str]] = (),
    fetch: Fetch | None = None,
    now: dt.datetime | None = None,
    progress: Progress | None = None,
) -> DataUpdate:
    """Bring a copy of the bundled closes and events to date, in a folder of the user's.

    Where there is none, the copy is made. Each series goes on from its last date; a number that is
    there is never replaced: where the source has another one, both are said and stand in
    ``revisions.csv``. Events are added from news, by the rules, with ``verified`` no.

    Parameters
    ----------
    out
        The folder.
    source
        Whose closes: ``"yahoo"``, or an official source for the series it has.
    news
        Files or folders of news, such as ``items.csv`` of `fetch_news`.
    fetch
        Gives the prices of one series between two dates; by default from `source`.
    now
        The present, aware.
    progress
        Called with what is done, how many series are done, and of how many.

    Raises
    ------
    SourceError, SchemaError
        The folder holds something else, or cannot be written; news that cannot be read.
    """
    target = Path(out)
    seen = state_of(target)
    present = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    closes_path, events_path = _own_files(target)
    rows, names = rows_of(read_table(closes_path).frame, str(closes_path))
    ask = fetch or _fetch_from(source, present)
    more: list[Continuation] = []
    for n_done, (name, last) in enumerate(last_dates(rows, names).items()):
        if progress is not None:
            progress(f"closes of {name}", n_done, len(names))
        more.append(_continued(name, last, rows, ask, source, present.date()))
    events, columns = _events_of(events_path)
    added = None if not news else _from_news(news, events, columns, present, progress)
    failures = {series.name: series.problem for series in more if series.problem}
    revised = [(series.name, *revision) for series in more for revision in series.revised]

    def change(work: Path) -> None:
        write_text(work / CLOSES_FILE, table_text(extended(rows, names, more), names))
        whole = [*events, *(added.rows if added is not None else [])]
        write_text(work / EVENTS_FILE, _events_text(whole, columns))
        lines = [f"{','.join(revision)},{source},{present:%Y-%m-%d}" for revision in revised]
        write_text(work / REVISIONS_FILE, _revisions_text(work / REVISIONS_FILE, lines))
        write_text(work / MANIFEST, _manifest(work, source, present))

    amend_folder(target, change, seen)
    return DataUpdate(
        table=_table(more),
        failures=failures,
        said=tuple(_sentences(more, events, added, source)),
        folder=target,
    )


def _own_files(target: Path) -> tuple[Path, Path]:
    """Return the tables to go on with: those of the folder, or the package's where it is empty."""
    if target.is_symlink() and not target.exists():
        raise SourceError("is a link that leads nowhere; name a folder", file=str(target))
    try:
        entries = [p for p in sorted(target.iterdir()) if p.name not in OF_THE_SYSTEM]
    except FileNotFoundError:
        entries = []
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", file=str(target)) from error
    if not entries:
        return data_path(CLOSES), data_path(EVENTS)
    manifest_of_kind(target, entries, DATA)
    own = target / CLOSES_FILE, target / EVENTS_FILE
    for path, original in zip(own, (CLOSES, EVENTS), strict=True):
        bundled = list(read_table(data_path(original)).frame.columns)
        if list(read_table(path).frame.columns) != bundled:
            raise SchemaError(
                [f"its columns are not those of the bundled file: {', '.join(bundled)}"],
                file=str(path),
            )
    return own


def _fetch_from(source: str, now: dt.datetime) -> Fetch:
    if source == "yahoo":
        from eventstudy.prices.fetch import update_prices

        return lambda name, start, end: update_prices([name], start, end, now=now)
    from eventstudy.prices.fixings import update_fixings

    return lambda name, start, end: update_fixings(source, [name], start, end, now=now)


def _continued(
    name: str, last: str, rows: Rows, ask: Fetch, source: str, today: dt.date
) -> Continuation:
    if not last:
        return Continuation(name=name, last="", added={}, problem="it has no close to go on from")
    start = read_day(last, OPTION_DATE, CLOSES_FILE) - OVERLAP
    try:
        update = ask(name, start, today)
    except (SourceError, SpecificationError) as error:
        return Continuation(name=name, last=last, added={}, problem=str(error))
    if clock := _other_clock(name, update.panel):
        why = f"prices of {source} are of {clock}, and do not go on with these closes"
        return Continuation(name=name, last=last, added={}, problem=why)
    found = continuation(name, rows, update.panel, source)
    return replace(found, problem=found.problem or update.failures.get(name, ""))


def _other_clock(name: str, panel: PricePanel) -> str:
    """Return the moment a panel's prices of a series are of, where it is not the market's close."""
    own = find_market(name)
    for market in panel.declared:
        is_same = own is not None and (own.close, own.timezone) == (market.close, market.timezone)
        if market.series == name and not is_same:
            return f"{market.close} {market.timezone}"
    return ""


def _events_of(path: Path) -> tuple[list[dict[str, str]], list[str]]:
    frame = read_table(path).frame
    columns = [str(name) for name in frame.columns]
    rows = frame.astype(str).itertuples(index=False, name=None)
    return [dict(zip(columns, row, strict=True)) for row in rows], columns


def _from_news(
    news: Sequence[str | os.PathLike[str]],
    events: Sequence[Mapping[str, str]],
    columns: Sequence[str],
    now: dt.datetime,
    progress: Progress | None,
) -> Added:
    from eventstudy.news.classification import classify
    from eventstudy.news.readers import read_news

    items = read_news(*news, now=now, progress=progress)
    return added_events(classify(items, progress=progress), events, columns)


def _events_text(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        is_own = row["notes"].startswith(ADDED)
        texts = [row[column] for column in columns]
        writer.writerow([safe_cell(text) if is_own else text for text in texts])
    return buffer.getvalue()


def _revisions_text(path: Path, seen: Sequence[str]) -> str:
    """Return the revisions of earlier updates with those seen now, each as it was first seen."""
    try:
        before = read_text(path).splitlines()[1:] if path.exists() else []
    except ValueError:
        raise SourceError(
            "is not UTF-8; save it as UTF-8, or move it elsewhere", file=REVISIONS_FILE
        ) from None
    first: dict[str, str] = {}
    for line in (*before, *seen):
        first.setdefault(line.rpartition(",")[0], line)
    return "\n".join(["series,date,here,there,source,seen", *first.values()]) + "\n"


def _manifest(work: Path, source: str, now: dt.datetime) -> str:
    from importlib.metadata import version

    content: dict[str, Any] = {
        "tool": "eventstudy",
        "kind": DATA,
        "version": version("market-reaction"),
        "source": source,
        "updated": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "bundled": {name: sha256_of(data_path(name)) for name in (CLOSES, EVENTS)},
        "files": {name: sha256_of(work / name) for name in (CLOSES_FILE, EVENTS_FILE)},
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _table(more: Sequence[Continuation]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "series": series.name,
                "last_before": series.last,
                "last": max(series.added, default=series.last),
                "added": len(series.added),
                "revised": len(series.revised),
                "remark": "failed" if series.problem else "",
            }
            for series in more
        ]
    )


def _sentences(
    more: Sequence[Continuation],
    events: Sequence[Mapping[str, str]],
    added: Added | None,
    source: str,
) -> list[str]:
    said = []
    for series in more:
        for day, here, there in series.revised[:_MOST_SAID]:
            said.append(f"{series.name} {day}: {here} here, {there} by {source}; {here} is kept")
        if len(series.revised) > _MOST_SAID:
            n_more = len(series.revised) - _MOST_SAID
            said.append(f"{series.name}: {counted(n_more, 'more such date')} in {REVISIONS_FILE}")
    last = max((row["date"] for row in events), default="never")
    if added is None:
        said.append(f"events end on {last}; --news adds those of files of news")
        return said
    said.append(
        f"{counted(len(added.rows), 'event')} added behind {last}, none looked at by anybody; left "
        f"out: {added.n_before} not later, {added.n_known} known by their address, "
        f"{added.n_unsure} unsure of their kind (confidence below {SURE:g})"
    )
    return said
