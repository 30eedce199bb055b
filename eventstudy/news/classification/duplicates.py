"""One story in the words of several outlets: near-duplicates found, updates and corrections linked.

Items are taken in the order in which they had surely been published, and each is compared with the
stories already there: with the item it resembles most, and with the story's first item. What does
not agree with the first item does not join, so that no chain of resemblances can join two stories
that differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.execution.workers import SERIAL
from eventstudy.io.progress import no_progress
from eventstudy.news.classification.duplicate_candidates import Links, find_links
from eventstudy.news.classification.headlines import Headline, weight
from eventstudy.news.classification.similarity import (
    SOON,
    Items,
    are_opposite,
    conflicts,
    in_order,
    score_of,
)
from eventstudy.text import shorten

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from eventstudy._typing import FloatArray, IntArray, Progress
    from eventstudy.execution.workers import Workers

Relation = Literal["first", "duplicate", "update", "correction", "alone"]
THRESHOLD: Final = 45.0
"""Score from which two headlines tell the same news; chosen with ``data/news/stories.csv``,
as its description says."""
SLACK: Final = 15.0
"""What the first item of a story, a marked update or a correction may lack."""

_SAME_PAGE, _SAME_PAGE_LATER = -5.0, 80.0
"""What an item of the same address may lack, and the score it needs outside the window."""
_PER_HOUR = 0.5
"""How much higher a score an item needs for each hour that it is not soon after the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """What an item is to the first item of a story, and how alike they are."""

    relation: Relation
    score: float
    first: int


def find_duplicates(
    frame: pd.DataFrame,
    *,
    hours: float = 36.0,
    threshold: float = THRESHOLD,
    not_credible: Collection[str] = (),
    workers: Workers = SERIAL,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Find which items tell the same story, and which follow one.

    Parameters
    ----------
    frame
        One row an item: ``item_id`` (unique), ``published_at`` (``datetime64[ns, UTC]``, NaT for
        a date alone), ``date``, ``headline``, and, where there are, ``text`` (its beginning stands
        for a missing headline), ``source``, ``url``, ``timezone``, ``precision``, and the labels
        ``category``, ``actor``, ``target``, ``direction``.
    hours
        How far apart two items may be published and still tell the same story.
    threshold
        Score, 0 to 100, from which two headlines tell the same news.
    not_credible
        Sources (as in ``source``, any case) whose time does not make a story's first time.
    workers
        Who compares; no number of them changes a digit.
    progress
        Called with what is done, how many items are, and of how many.

    Returns
    -------
    DataFrame
        One row an item, in the order and with the index of `frame`: ``item_id``; ``story``, the
        item_id of its story's first credible item; ``relation``; ``of``, the item_id it follows
        (None for ``first`` and ``alone``); ``score`` (NaN for these).

        - ``first``: the first credible item of a story that others tell, too, or follow.
        - ``duplicate``: the same news; it belongs to the story.
        - ``update``: the same news with another figure or day, or marked as an update with
          something new. A story of its own (``story`` is itself) that follows ``of``.
        - ``correction``: marked as one. Likewise a story of its own.
        - ``alone``: nothing else tells it.

    Raises
    ------
    SchemaError
        ``item_id`` is missing or repeated, or neither a time nor a date is there.
    SpecificationError
        `hours` or `threshold` is out of range.

    Notes
    -----
    The score is 0.6 times the weighted share of words in common plus 0.4 times rapidfuzz's token
    ratios, after outlets' marks are off and synonyms are one word. Items more than six hours apart
    need up to 15 more. Whatever the score, headlines are two stories where they name other places
    or persons, where one denies and the other does not, where they stand at opposite ends (raise
    and cut), where the same two places act on each other the other way round, where one is
    marked analysis or opinion, or where their labels have opposite directions; and, if they are
    more than six hours apart, where their labels differ in actor or target. Other figures (84 % and
    125 %) or other days make an update.

    First means first credible: the item that had surely been published before the others, that is,
    the smallest published time plus half-width of its precision. So an exact 14:02 comes before an
    approximate 14:00, and a clock time comes before a date alone unless that day was over. Not
    credible are items of a source in `not_credible`, and an item dated more than `hours` before at
    least two others of its story (which one address can bring together).

    The result does not depend on the order of rows. Memory and time grow with the number of items:
    words shared by many items of the same days are used only two at a time or between neighbours.

    Examples
    --------
    >>> import pandas as pd
    >>> news = pd.DataFrame({
    ...     "item_id": ["a", "b", "c"],
    ...     "published_at": pd.to_datetime(
    ...         ["2025-04-09T11:05Z", "2025-04-09T11:12Z", "2025-04-11T08:05Z"], utc=True),
    ...     "headline": ["China raises tariffs on US goods to 84%",
    ...                  "UPDATE 1-Beijing lifts duty on American imports to 84 pct - Reuters",
    ...                  "China raises tariffs on US goods to 125%"]})
    >>> find_duplicates(news, hours=48)[["item_id", "story", "relation", "of"]]
      item_id story   relation    of
    0       a     a      first  None
    1       b     a  duplicate     a
    2       c     c     update     a
    """
    if not hours >= 0:
        raise SpecificationError(f"hours is {hours}; it must be 0 or more", key="hours")
    if not 0 < threshold <= 100:
        raise SpecificationError(
            f"threshold is {threshold}; it must lie between 0 and 100", key="threshold"
        )
    _check(frame)
    items = in_order(frame, float(hours), {source.casefold() for source in not_credible})
    links = find_links(items, threshold - SLACK, workers, progress)
    first, relation, follows, score = _stories(items, links, threshold)
    _take_time_from_credible(items, first, relation, follows)
    has_others = {int(item) for item in first[relation == "duplicate"]}
    has_others |= {int(item) for item in follows[follows >= 0]}
    for item in np.flatnonzero(relation == "alone"):
        if int(item) in has_others:
            relation[item] = "first"
    position = np.empty(len(items.ids), dtype=np.int64)
    position[items.row] = np.arange(len(items.ids))
    ids = np.array([*items.ids, None], dtype=object)
    cells = {
        "item_id": ids[position],
        "story": ids[first[position]],
        "relation": relation[position],
        "of": ids[follows[position]],
    }
    # As objects, so that None stays None.
    columns = {
        name: pd.Series(cell, index=frame.index, dtype=object) for name, cell in cells.items()
    }
    return pd.DataFrame(columns | {"score": pd.Series(score[position], index=frame.index)})


def _check(frame: pd.DataFrame) -> None:
    """Raise where columns are missing or an item_id is there twice."""
    for name in ("item_id", "headline"):
        if name not in frame:
            raise SchemaError([f"items have no column {name!r}, which finding duplicates needs"])
    if "published_at" not in frame and "date" not in frame:
        raise SchemaError(["items have neither a column 'published_at' nor 'date'"])
    repeated = frame.loc[frame["item_id"].duplicated(), "item_id"]
    if len(repeated):
        raise SchemaError(
            [f"item_id {shorten(repr(item), 80)} is there twice" for item in repeated.unique()]
        )


def _stories(
    items: Items, links: Links, threshold: float
) -> tuple[IntArray, npt.NDArray[Any], IntArray, FloatArray]:
    """Take the items one by one; return first item, relation, item followed (-1), score."""
    n = len(items.ids)
    first = np.arange(n)
    relation = np.full(n, "alone", dtype=object)
    follows = np.full(n, -1, dtype=np.int64)
    score = np.full(n, np.nan)
    # Words and labels -> the latest item that has them.
    latest: dict[tuple[object, ...], int] = {}
    # First item of several -> directions of its story: one without a label joins no opposite ones.
    directions: dict[int, set[str]] = {}
    for item, headline in enumerate(items.headlines):
        if headline is None:
            continue
        key = (headline, items.labels[item])
        candidates = links.of(items, item)
        if key in latest:
            candidates.append((latest[key], 100.0))
        best: _Link | None = None
        conflicts_with: dict[int, set[str] | None] = {}
        for earlier, value in sorted(set(candidates), key=lambda link: (-link[1], link[0])):
            if best is not None and (best.relation == "duplicate" or value < best.score - SLACK):
                break
            head = int(first[earlier])
            if head not in conflicts_with:
                found = _conflict_with_first(items, item, head, value, threshold)
                of_story = directions.get(head) or {items.direction(head)}
                is_opposite = are_opposite(of_story | {items.direction(item)})
                conflicts_with[head] = {"story"} if is_opposite and found is not None else found
            conflict = conflicts_with[head]
            if conflict is None:
                continue
            if earlier != head and "story" not in conflict:
                conflict = conflict | conflicts(items, item, earlier)
            link = _relation(items, item, head, conflict, value, threshold)
            if link and (best is None or link.relation == "duplicate"):
                best = link
        if best is None:
            latest[key] = item
            continue
        relation[item], score[item], follows[item] = best.relation, round(best.score, 1), best.first
        if best.relation == "duplicate":
            first[item] = best.first
            of_story = directions.setdefault(best.first, {items.direction(best.first)})
            of_story.add(items.direction(item))
        latest[key] = item
    return first, relation, follows, score


def _conflict_with_first(
    items: Items, item: int, head: int, value: float, threshold: float
) -> set[str] | None:
    """Return how an item conflicts with the first of a story; None where it is too far from it."""
    is_near = items.is_near(item, head)
    if not is_near and not (items.is_same_page(item, head) and value >= _SAME_PAGE_LATER):
        return None
    if score_of(items, item, head) < threshold - SLACK:
        return None
    return conflicts(items, item, head)


def _relation(
    items: Items, item: int, head: int, conflict: set[str], value: float, threshold: float
) -> _Link | None:
    """Return what an item is to a story it is near to; None for nothing."""
    headline, first_headline = items.headlines[item], items.headlines[head]
    if headline is None or first_headline is None:
        return None
    # Outlets tell a story within hours; what comes a day later in like words is often the next.
    needed = threshold + min(SLACK, _PER_HOUR * max(0.0, items.gap(item, head) - SOON))
    if items.is_same_page(item, head):
        needed = threshold + _SAME_PAGE
    if headline.corrects or headline.update is not None:
        needed = threshold - SLACK
    if value < needed:
        return None
    relation: Relation = "duplicate"
    if headline.corrects:
        relation = "correction"
    elif "story" in conflict:
        return None
    elif "fact" in conflict or (headline.update is not None and _is_new(headline, first_headline)):
        relation = "update"
    return _Link(relation=relation, score=value, first=head)


def _is_new(headline: Headline, first_headline: Headline) -> bool:
    """Whether a marked update names a figure or day, or two words, that the first item did not."""
    if headline.figures - first_headline.figures or headline.dates - first_headline.dates:
        return True
    return sum(weight(word) for word in set(headline.words).difference(first_headline.words)) >= 2.0


def _take_time_from_credible(
    items: Items, first: IntArray, relation: npt.NDArray[Any], follows: IntArray
) -> None:
    """Give a story to its second item where the first is dated far before all the others."""
    members: dict[int, list[int]] = {}
    for item in np.flatnonzero(relation == "duplicate"):
        members.setdefault(int(first[item]), []).append(int(item))
    for head, others in members.items():
        if len(others) < 2:
            continue
        second = min(others)
        gap = min(items.hour[item] - items.half[item] for item in others)
        if gap - (items.hour[head] + items.half[head]) <= items.window:
            continue
        group = [head, *others]
        first[group] = second
        relation[group], follows[group] = "duplicate", second
        relation[second], follows[second] = "alone", -1
        follows[follows == head] = second
