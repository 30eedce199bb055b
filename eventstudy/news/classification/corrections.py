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
    from collections.abc import Iterator

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
            labels["words"][row] = labels["reason"][row] = None
    _clear_direction(labels, [row for row, _ in cells_of("category")])
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
        labels["direction"][row] = labels["expected_sign"][row] = None


def merged_by_hand(stories: pd.DataFrame, items: pd.DataFrame, fixes: Overrides) -> pd.DataFrame:
    """Return the stories with items, and what was merged into them, in the stories named."""
    row_of = {item: row for row, item in enumerate(items["item_id"])}
    for item, into in fixes.of("merge_into").items():
        row, target = row_of.get(item), row_of.get(into)
        if row is None or target is None:
            continue
        if items["outcome"].iloc[target] == "rejected":
            raise SpecificationError(
                f"{fixes.name}: item {shorten(item, 80)!r} is merged into "
                f"{shorten(into, 80)!r}, which is rejected"
            )
        story = stories["story"].iloc[target]
        if story == item:
            continue
        followers = stories["story"] == item  # of its own story, which goes with it
        stories.loc[followers, "story"] = story
        stories.loc[row, ["story", "relation", "of"]] = [story, "duplicate", into]
        stories.loc[row, "score"] = np.nan
        if stories["relation"].iloc[row_of[story]] == "alone":
            stories.loc[row_of[story], "relation"] = "first"
    return stories
