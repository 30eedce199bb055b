"""Corrections by hand: a small file beside the build, which no build ever writes.

Each row changes one thing about one item: ``item_id, field, value, why``. A rebuild from the same
or from more news applies them again; a row whose item is no longer there is listed, not forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.events.table import DIRECTIONS, EXPECTED_SIGNS, HALF_WIDTH
from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.io.doors import EVENT_DATE, EVENT_TIME
from eventstudy.io.files import read_table
from eventstudy.io.timestamps import Timestamp, read_time
from eventstudy.registry import nearest, suggest, unknown
from eventstudy.text import one_line, shorten

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping

COLUMNS = ("item_id", "field", "value", "why")
LABELS = ("category", "actor", "target", "direction", "expected_sign")
OUTCOMES = ("event", "rejected")
UNSURE = "unsure"
"""Category of what the rules cannot tell."""
ALONE = "alone"
"""Value of ``merge_into`` that keeps an item out of every story."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overrides:
    """Corrections of news items, by item and field.

    Parameters
    ----------
    frame
        item_id, field, value, why, row; all text but ``row``, the row in the file.
    name
        Of the file.
    sha256
        Of the file; empty without one.
    """

    frame: pd.DataFrame
    name: str = "overrides"
    sha256: str = ""

    def __len__(self) -> int:
        return len(self.frame)

    def of(self, field: str) -> dict[str, str]:
        """Return item -> value of one field."""
        rows = self.frame[self.frame["field"] == field]
        return dict(zip(rows["item_id"], rows["value"], strict=True))

    def why(self) -> dict[str, str]:
        """Return item -> what was corrected and why, in one line."""
        corrections: dict[str, list[str]] = {}
        for row in self.frame.itertuples():
            text = f"{row.field} = {str(row.value) or '(empty)'}"
            text += f" ({row.why!s})" if row.why else ""
            corrections.setdefault(str(row.item_id), []).append(one_line(text))
        return {item: "; ".join(texts) for item, texts in corrections.items()}

    def check_categories(self, known: Iterable[str]) -> None:
        """Refuse corrections to a category that no rule declares: a misspelt one would be new.

        Raises
        ------
        SchemaError
            Every such row, with the nearest category that is known.
        """
        names = sorted({*known, UNSURE})
        problems = []
        for row in self.frame.itertuples():
            if row.field != "category" or row.value in names:
                continue
            shown = shorten(str(row.value), 80)
            otherwise = "a category of your own is declared in a file of rules (--rules)"
            error = unknown(f"unknown category {shown!r}", shown, names, otherwise=otherwise)
            problems.append(
                Problem(
                    file=self.name,
                    row=int(str(row.row)),
                    reason=str(error),
                    suggestion=error.suggestion,
                )
            )
        if problems:
            raise SchemaError(problems)

    def unused(self, items: Iterable[str], unread: Iterable[str] = ()) -> list[str]:
        """Return one sentence for each correction that could not be applied.

        Parameters
        ----------
        items
            Those that were read.
        unread
            Those whose reading failed, which no correction mends.
        """
        read, failed = set(items), set(unread)
        sentences = []
        for row in self.frame.itertuples():
            item, value = shorten(str(row.item_id), 80), shorten(str(row.value), 80)
            if row.item_id in failed:
                reason = f"item {item!r} could not be read; mend it where it comes from"
            elif row.item_id not in read:
                reason = f"no item {item!r} was read; its {row.field} is corrected when it is "
                reason += "there again"
            elif row.field == "merge_into" and row.value not in read | {ALONE}:
                reason = f"item {item!r} is not merged: no item {value!r} was read"
            else:
                continue
            sentences.append(f"{self.name} row {row.row}: {reason}")
        return sentences


def no_overrides() -> Overrides:
    """Return corrections of nothing."""
    return Overrides(frame=pd.DataFrame({name: [] for name in (*COLUMNS, "row")}, dtype=object))


def read_overrides(path: str | os.PathLike[str]) -> Overrides:
    """Read a file of corrections.

    Parameters
    ----------
    path
        csv with the columns ``item_id, field, value`` and optionally ``why``. Fields: category,
        actor, target, direction, expected_sign; ``outcome`` (``event`` or ``rejected``);
        ``merge_into`` (an item of the story it belongs to, or ``alone``); published_at, date,
        precision.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        An unknown field, a value the field does not take, the same field of an item twice; every
        problem with its row.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item_id": ["A1"], "field": ["direction"], "value": ["escalation"]})
    >>> frame.to_csv("corrections.csv", index=False)
    >>> read_overrides("corrections.csv").frame["value"].tolist()
    ['escalation']
    """
    try:
        table = read_table(path)
    except SchemaError as error:
        if error.stage == "rows":
            return no_overrides()
        raise
    name, frame = one_line(table.path.name), table.frame
    missing = [column for column in COLUMNS[:3] if column not in frame]
    if missing:
        raise SchemaError(
            [f"no column {missing[0]!r}; it needs item_id, field, value"], file=name, row=1
        )
    extra = [shorten(column, 80) for column in frame.columns if column not in COLUMNS]
    if extra:
        raise SchemaError(
            [f"unknown column {extra[0]!r}{nearest(extra[0], COLUMNS)}"],
            file=name,
            row=1,
            suggestion=suggest(extra[0], COLUMNS),
        )
    frame = frame.assign(row=table.rows)
    if "why" not in frame:
        frame = frame.assign(why="")
    problems = [
        Problem(
            file=name,
            row=int(str(row.row)),
            reason=str(problem),
            suggestion=problem.suggestion if isinstance(problem, SpecificationError) else None,
        )
        for row in frame.itertuples()
        if (problem := _problem(str(row.item_id), str(row.field), str(row.value))) is not None
    ]
    # Names of items hold no semicolon once they are read.
    frame["item_id"] = frame["item_id"].str.replace(";", ",", regex=False)
    is_merge = frame["field"] == "merge_into"
    frame.loc[is_merge, "value"] = frame["value"].str.replace(";", ",", regex=False)
    repeated = frame.duplicated(["item_id", "field"])
    problems += [
        Problem(
            file=name,
            row=int(str(row.row)),
            reason=f"{row.field} of item {shorten(str(row.item_id), 80)!r} is corrected twice; "
            "keep one",
        )
        for row in frame[repeated].itertuples()
    ]
    problems = problems or [
        Problem(file=name, row=row, reason=why) for row, why in _contradicting_merges(frame)
    ]
    if problems:
        raise SchemaError(problems)
    return Overrides(frame=frame[[*COLUMNS, "row"]], name=name, sha256=table.sha256)


def _contradicting_merges(frame: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Yield row and reason of merges that contradict each other or another correction."""
    rows = frame[frame["field"] == "merge_into"]
    into = dict(zip(rows["item_id"], rows["value"], strict=True))
    is_rejected = (frame["field"] == "outcome") & (frame["value"] == "rejected")
    rejected = set(frame.loc[is_rejected, "item_id"])
    circling = _on_rings(into)
    for (item, value), row in zip(into.items(), rows["row"], strict=True):
        if value == ALONE:
            continue
        if item in rejected:
            yield int(row), f"item {shorten(item, 80)!r} is merged and rejected; keep one"
        if item in circling:
            yield int(row), f"item {shorten(item, 80)!r} comes back to itself by merges; keep one"


def _on_rings(into: Mapping[str, str]) -> set[str]:
    """Return the items that come back to themselves by merges; each is looked at once."""
    circling: set[str] = set()
    seen: set[str] = set()
    for item in into:
        place_of: dict[str, int] = {}  # of the items of this walk, in its order
        at = item
        while at in into and at not in seen:
            seen.add(at)
            place_of[at] = len(place_of)
            at = into[at]
        if at in place_of:
            circling.update(list(place_of)[place_of[at] :])
    return circling


def _problem(item: str, field: str, value: str) -> str | SpecificationError | None:
    """Return what is wrong with one row, or None."""
    if not item:
        return "item_id is empty; name the item the correction is for"
    if field not in _FIELDS:
        shown = shorten(field, 80)
        return unknown(f"unknown field {shown!r}", shown, _FIELDS)
    try:
        _FIELDS[field](value)
    except SpecificationError as error:
        return error
    except ValueError as error:
        return str(error)
    return None


def _one_of(field: str, options: Iterable[str]) -> Callable[[str], None]:
    """Return a check that refuses what is not one of the options."""
    allowed = tuple(options)

    def check(value: str) -> None:
        if value not in allowed:
            shown = shorten(value, 80)
            raise unknown(f"unknown {field} {shown!r}", shown, allowed)

    return check


def _filled(field: str) -> Callable[[str], None]:
    """Return a check that refuses an empty value."""

    def check(value: str) -> None:
        if not value:
            raise ValueError(f"{field} is empty; give a value or take the row out")

    return check


def _time(value: str) -> Timestamp | None:
    return read_time(value, EVENT_TIME) if value else None


def _date(value: str) -> Timestamp:
    return read_time(value, EVENT_DATE)


def _any_text(value: str) -> None:
    """Take every text, an empty one too."""


_FIELDS: dict[str, Callable[[str], object]] = {
    "category": _filled("category"),
    "actor": _any_text,
    "target": _any_text,
    "direction": _one_of("direction", DIRECTIONS),
    "expected_sign": _one_of("expected_sign", EXPECTED_SIGNS),
    "outcome": _one_of("outcome", OUTCOMES),
    "merge_into": _filled("merge_into"),
    "published_at": _time,
    "date": _date,
    "precision": _one_of("precision", HALF_WIDTH),
}
