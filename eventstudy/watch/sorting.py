"""What becomes of the items of a poll: new or known, edited, told twice, unsure, to be answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from eventstudy.io.timestamp_columns import instants_of
from eventstudy.news.classification import find_duplicates
from eventstudy.text import excerpt
from eventstudy.watch.items import Edit, Item

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from eventstudy.news.classification import Label
    from eventstudy.watch.items import Arrived, Fate

HOURS: Final = 36.0
"""How far apart two items may be published and still tell the same story."""

_NO_TIME: Final = "has a date without a time, so that nobody can say which session could react"
_COMPARED: Final = frozenset({"forecast", "merged", "unsure"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAnswer:
    """An item that a forecast is to be made for.

    Attributes
    ----------
    item : as it will be kept; its fate is ``"forecast"``
    is_by_headline : whether its headline alone says what kind of news it is
    """

    item: Item
    is_by_headline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The items of a poll.

    Attributes
    ----------
    kept : new items without a forecast, and known ones that were edited
    to_answer : new items of a known kind, the oldest first
    waiting : dated in the future: they are looked at again
    """

    kept: tuple[Item, ...] = ()
    to_answer: tuple[ToAnswer, ...] = ()
    waiting: tuple[Arrived, ...] = ()


def sort_items(
    known: Mapping[str, Item],
    arrived: Sequence[Arrived],
    *,
    label: Callable[[str, str], Label],
    now: dt.datetime,
    since: dt.datetime | None = None,
    hours: float = HOURS,
) -> Sorted:
    """Say what becomes of each item of a poll.

    Parameters
    ----------
    known
        Items seen before, by id.
    arrived
        What the sources have now.
    label
        Reads headline and text.
    now
        The moment of the poll.
    since
        Older items are listed and not answered.
    hours
        How far apart two items may be published and still tell the same story.

    Notes
    -----
    An item is known by its source and its id there. Where its headline has changed and still says
    the same kind of news, that is noted; where it says another kind, it is a new item that amends
    the first, whose forecast stays. One story told by several items is one, by the rules of
    `find_duplicates`: whoever came first here keeps its forecast.
    """
    latest = {(item.origin, item.guid): item for item in known.values()}
    kept: dict[str, Item] = {}
    fresh: list[tuple[Item, str]] = []
    amended: list[ToAnswer] = []
    waiting = []
    taken = Counter(known)
    for entry in sorted(arrived, key=lambda one: (one.published is None, one.published or now)):
        before = latest.get((entry.origin, entry.guid))
        if before is not None and not _is_changed(before, entry):
            continue
        if not entry.problem and entry.published is not None and entry.published > now:
            waiting.append(entry)
            continue
        item = _new_item(entry, now)
        if item.fate == "old" and not _is_before(item.published, since):
            item = _labelled(item, label(entry.headline, entry.text))
        if before is not None and before.published is not None:
            if _says(before) == _says(item):
                edits = (*before.edits, Edit(at=now, headline=entry.headline))
                kept[before.item_id] = latest[entry.origin, entry.guid] = replace(
                    before, edits=edits
                )
                continue
            item = replace(item, of=before.item_id, relation="amendment")
        item = latest[entry.origin, entry.guid] = _named(item, before, taken)
        if item.fate == "forecast" and item.relation == "amendment":
            # It resembles what it amends, and is none the less other news.
            amended.append(_to_answer(item, label))
        elif item.fate in {"forecast", "unsure"} and item.relation != "amendment":
            fresh.append((item, entry.text))
        else:
            kept[item.item_id] = item
    merged, to_answer = _stories({**known, **kept}, fresh, label, hours, now)
    answers = sorted(
        (*amended, *to_answer), key=lambda one: (one.item.published or now, one.item.item_id)
    )
    return Sorted(kept=(*kept.values(), *merged), to_answer=tuple(answers), waiting=tuple(waiting))


def _is_changed(before: Item, entry: Arrived) -> bool:
    """Whether a known item has another headline, or can be read or dated only now."""
    if before.published is None:
        is_readable = not entry.problem and entry.published is not None
        return is_readable or (before.headline, before.reason) != _unread(entry)
    return not entry.problem and entry.headline != before.latest_headline


def _unread(entry: Arrived) -> tuple[str, str]:
    return entry.headline, entry.problem or _NO_TIME


def _is_before(published: dt.datetime | None, since: dt.datetime | None) -> bool:
    return since is not None and published is not None and published < since


def _new_item(entry: Arrived, now: dt.datetime) -> Item:
    """Return an item as it came, with the fate it has without being read."""
    fate: Fate = "old"
    reason = "older than what was asked for"
    if entry.problem:
        fate, reason = "unreadable", entry.problem
    elif entry.published is None:
        fate, reason = "no_time", _NO_TIME
    return Item(
        item_id=entry.guid,
        source=entry.source,
        origin=entry.origin,
        guid=entry.guid,
        headline=entry.headline,
        published=None if entry.problem else entry.published,
        precision=entry.precision,
        url=entry.url,
        outlet=entry.outlet,
        first_seen=now,
        fate=fate,
        reason=reason,
    )


def _labelled(item: Item, read: Label) -> Item:
    """Return an item with what the rules say of it."""
    fates: dict[str, Fate] = {"event": "forecast", "unsure": "unsure"}
    return replace(
        item,
        fate=fates.get(read.outcome, "rejected"),
        reason=read.reason or "",
        category="" if read.outcome == "unsure" else read.category,
        direction=read.direction or "",
        actor=read.actor or "",
        target=read.target or "",
        confidence=read.confidence,
    )


def _says(item: Item) -> tuple[str, str, str]:
    """Return what kind of news an item is, however often it is told."""
    kind = "forecast" if item.fate == "merged" else item.fate
    return (kind, item.category, item.direction) if kind == "forecast" else (kind, "", "")


def _to_answer(item: Item, label: Callable[[str, str], Label]) -> ToAnswer:
    """Return an item to be answered, with whether its headline alone tells its kind."""
    read = label(item.headline, "")
    said = (read.outcome, read.category, read.direction or "")
    return ToAnswer(item=item, is_by_headline=said == ("event", item.category, item.direction))


def _named(item: Item, before: Item | None, taken: Counter[str]) -> Item:
    """Return an item with an id of its own; one that could not be read before keeps its own."""
    if before is not None and before.published is None:
        return replace(item, item_id=before.item_id, first_seen=before.first_seen)
    name, count = item.item_id, 1
    while name in taken:
        count += 1
        name = f"{item.item_id}#{count}"
    taken[name] = 1
    return replace(item, item_id=name)


def _stories(
    known: Mapping[str, Item],
    fresh: Sequence[tuple[Item, str]],
    label: Callable[[str, str], Label],
    hours: float,
    now: dt.datetime,
) -> tuple[list[Item], list[ToAnswer]]:
    """Return which of the new items another one tells or nobody is sure of, and the others."""
    if not fresh:
        return [], []
    texts = {item.item_id: text for item, text in fresh}
    new = {item.item_id: item for item, _ in fresh}
    near = _near(known.values(), list(new.values()), hours)
    found = find_duplicates(_frame([*near, *new.values()], texts), hours=hours)
    stories: dict[str, list[str]] = {}
    relations: dict[str, tuple[str, str]] = {}
    for row in found.itertuples(index=False):
        stories.setdefault(str(row.story), []).append(str(row.item_id))
        if row.relation in {"update", "correction"}:
            relations[str(row.item_id)] = (str(row.relation), str(row.of))
    kept: list[Item] = []
    to_answer: list[ToAnswer] = []
    for group in stories.values():
        came = sorted(
            (new[name] for name in group if name in new),
            key=lambda item: (item.published or now, item.item_id),
        )
        if not came:
            continue
        head = _head(known, group)
        sure = [item for item in came if item.fate == "forecast"]
        if head is None and sure:
            chosen = sure[0]
            relation, of = relations.get(chosen.item_id, (chosen.relation, chosen.of))
            to_answer.append(_to_answer(replace(chosen, relation=relation, of=of), label))
            head = chosen.item_id
        elif head is None:
            unsure = next((name for name in group if name in known), came[0].item_id)
            kept += [item for item in came if item.item_id == unsure]
            head = unsure
        kept += [_told_by(item, head, known, new) for item in came if item.item_id != head]
    return kept, to_answer


def _near(known: Iterable[Item], fresh: Sequence[Item], hours: float) -> list[Item]:
    """Return known items that may tell the story of a new one."""
    times = [item.published for item in fresh if item.published is not None]
    reach = pd.Timedelta(hours=hours + 24)
    first, last = min(times) - reach, max(times) + reach
    return [
        item
        for item in known
        if item.fate in _COMPARED and item.published and first <= item.published <= last
    ]


def _frame(items: Sequence[Item], texts: Mapping[str, str]) -> pd.DataFrame:
    """Return items as `find_duplicates` takes them."""
    names = ("item_id", "headline", "url", "precision", "category", "direction", "actor", "target")
    columns = {
        name: pd.Series([getattr(item, name) or None for item in items], dtype=object)
        for name in names
    }
    columns["published_at"] = pd.Series(instants_of(item.published for item in items))
    columns["text"] = pd.Series([texts.get(item.item_id) or None for item in items], dtype=object)
    columns["source"] = pd.Series([item.outlet or None for item in items], dtype=object)
    return pd.DataFrame(columns)


def _head(known: Mapping[str, Item], group: Sequence[str]) -> str | None:
    """Return the known item of a story whose forecast stands for it."""
    for name in group:
        item = known.get(name)
        if item is not None and item.fate == "forecast":
            return item.item_id
        told = known.get(item.of) if item is not None and item.fate == "merged" else None
        if told is not None and told.fate == "forecast":
            return told.item_id
    return None


def _told_by(item: Item, head: str, known: Mapping[str, Item], new: Mapping[str, Item]) -> Item:
    """Return an item as one whose news another item has told."""
    other = new[head] if head in new else known[head]
    reason = f"tells the same as {excerpt(other.headline)} ({other.source})"
    return replace(item, fate="merged", of=head, reason=reason, relation="duplicate")
