"""Corrections by hand, put into the times, labels and stories of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import EVENT_DATE, EVENT_TIME
from eventstudy.io.timestamp_columns import instants_of
from eventstudy.io.timestamps import read_time
from eventstudy.news.classification.overrides import ALONE, LABELS, UNSURE
from eventstudy.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy.news.classification.overrides import Overrides

_BY_HAND = "rejected by hand"


def corrected_times(items: pd.DataFrame, fixes: Overrides) -> pd.DataFrame:
    """Return the items with corrected times, dates and precisions; raise where they disagree."""
    times, dates, precisions = (fixes.of(name) for name in ("published_at", "date", "precision"))
    if not (times or dates or precisions):
        return items
    items = items.copy()
    row_of = {item: row for row, item in enumerate(items["item_id"])}
    for item, cell in times.items():
        if (row := row_of.get(item)) is not None and cell:
            stamp = read_time(cell, EVENT_TIME)
            items.loc[row, "published"] = cell
            items.loc[row, "published_at"] = instants_of([stamp.instant])[0]
            items.loc[row, "date"] = pd.Timestamp(stamp.date)
            items.loc[row, "precision"] = stamp.precision
        elif row is not None:
            items.loc[row, "published"] = None
            items.loc[row, "published_at"] = pd.NaT
            items.loc[row, "precision"] = "day"
    for item, cell in dates.items():
        if (row := row_of.get(item)) is not None:
            items.loc[row, "date"] = pd.Timestamp(read_time(cell, EVENT_DATE).date)
    for item, cell in precisions.items():
        if (row := row_of.get(item)) is not None:
            items.loc[row, "precision"] = cell
    for item, cell in dates.items():
        time = None if (row := row_of.get(item)) is None else items["published"].iloc[row]
        date = read_time(cell, EVENT_DATE).date
        if isinstance(time, str) and read_time(time, EVENT_TIME).date != date:
            raise SpecificationError(
                f"{fixes.name}: item {shorten(item, 80)!r} has the time {time}, which wins over "
                f"the date {cell}; correct published_at, or empty it, too"
            )
    return items


def corrected_labels(
    frame: pd.DataFrame, item_ids: pd.Series, fixes: Overrides, is_named: pd.Series
) -> pd.DataFrame:
    """Put corrected labels in: a correction is certain, and makes an item an event.

    `is_named` tells which items the classifier gave the category of an event.
    """
    row_of = {item: row for row, item in enumerate(item_ids)}
    labels = {name: list(frame[name]) for name in frame.columns}

    def cells_of(field: str) -> Iterator[tuple[int, str]]:
        """Return row -> value of one corrected field, for the items that were read."""
        cells = ((row_of.get(item), cell) for item, cell in fixes.of(field).items())
        return ((row, cell) for row, cell in cells if row is not None)

    for row, into in cells_of("merge_into"):
        if into != ALONE and labels["outcome"][row] == "rejected":
            labels["outcome"][row], labels["reason"][row] = UNSURE, None
    for row, cell in cells_of("outcome"):
        labels["outcome"][row], labels["reason"][row] = _outcome_by_hand(
            cell, is_named=bool(is_named[row])
        )
    _clear_direction(
        labels, [row for row, outcome in enumerate(labels["outcome"]) if outcome != "event"]
    )
    for row, cell in cells_of("category"):
        # Only the category says what an item is about; the others describe what is known.
        if labels["reason"][row] != _BY_HAND:
            labels["outcome"][row] = UNSURE if cell == UNSURE else "event"
            labels["rule"][row], labels["confidence"][row] = "override", 1.0
            for name in ("words", "reason", "agrees"):
                labels[name][row] = None
    _clear_direction(labels, [row for row, _ in cells_of("category")])
    for row, cell in cells_of("direction"):
        labels["direction_confidence"][row] = 1.0 if cell else None
    for name in LABELS:
        for row, cell in cells_of(name):
            labels[name][row] = cell or None
    labels["category"] = [
        UNSURE if outcome == UNSURE else category
        for outcome, category in zip(labels["outcome"], labels["category"], strict=True)
    ]
    columns = {name: pd.Series(cells, dtype=object) for name, cells in labels.items()}
    return pd.DataFrame(columns).set_axis(frame.index)


def _outcome_by_hand(outcome: str, *, is_named: bool) -> tuple[str, str | None]:
    """Return outcome and reason of an item that is called event or rejected by hand."""
    if outcome == "rejected":
        return "rejected", _BY_HAND
    if is_named:
        return "event", None
    return UNSURE, "an event by hand, but of no category; correct category, too"


def _clear_direction(labels: dict[str, list[object]], rows: list[int]) -> None:
    """Empty direction and expected sign, which were read with another category or only guessed."""
    for row in rows:
        for name in ("direction", "expected_sign", "direction_confidence"):
            labels[name][row] = None


def merged_by_hand(stories: pd.DataFrame, items: pd.DataFrame, fixes: Overrides) -> pd.DataFrame:
    """Return the stories with items, and what was merged into them, in the stories named."""
    row_of = {item: row for row, item in enumerate(items["item_id"])}
    outcomes = items["outcome"].tolist()
    columns = {name: stories[name].tolist() for name in ("story", "relation", "of", "score")}
    groups = _Stories(columns["story"])
    for item, into in fixes.of("merge_into").items():
        row, target = row_of.get(item), row_of.get(into)
        if row is None or target is None:
            continue
        if outcomes[target] == "rejected":
            raise SpecificationError(
                f"{fixes.name}: item {shorten(item, 80)!r} is merged into "
                f"{shorten(into, 80)!r}, which is rejected"
            )
        story = groups.of(target)
        if story == item:
            continue
        groups.join(item, story)  # followers of its own story go with it
        groups.move(row, story)
        columns["relation"][row], columns["of"][row] = "duplicate", into
        columns["score"][row] = np.nan
        if columns["relation"][row_of[story]] == "alone":
            columns["relation"][row_of[story]] = "first"
    columns["story"] = [groups.of(row) for row in range(len(stories))]
    typed = {
        name: pd.Series(cells, index=stories.index, dtype=stories[name].dtype)
        for name, cells in columns.items()
    }
    return stories.assign(**typed)


class _Stories:
    """Which rows are of which story; stories are joined by moving the rows of the smaller one."""

    def __init__(self, stories: Sequence[str]) -> None:
        self._rows: list[set[int]] = []
        self._names: list[str] = []
        self._place: dict[str, int] = {}  # of a story, by name
        self._of: list[int] = []  # of each row's
        for row, story in enumerate(stories):
            place = self._placed(story)
            self._rows[place].add(row)
            self._of.append(place)

    def _placed(self, story: str) -> int:
        if story not in self._place:
            self._place[story] = len(self._names)
            self._names.append(story)
            self._rows.append(set())
        return self._place[story]

    def of(self, row: int) -> str:
        """Return the story of a row."""
        return self._names[self._of[row]]

    def move(self, row: int, story: str) -> None:
        """Put one row into a story."""
        self._rows[self._of[row]].discard(row)
        self._of[row] = self._placed(story)
        self._rows[self._of[row]].add(row)

    def join(self, story: str, into: str) -> None:
        """Put all rows of a story into another."""
        small, large = self._placed(story), self._placed(into)
        if len(self._rows[small]) > len(self._rows[large]):
            small, large = large, small
            self._place[story], self._place[into] = small, large
            self._names[small], self._names[large] = story, into
        for row in self._rows[small]:
            self._of[row] = large
        self._rows[large] |= self._rows[small]
        self._rows[small] = set()
