"""Rows of tests that print as a table: what was tested, its size, interval, p and numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from eventstudy.reporting import tables, wording
from eventstudy.text import counted, is_missing, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    Cell = Any

_MOST_ROWS: Final = 60
_MOST_REASONS: Final = 3
_LONGEST: Final = 160
_NAMED: Final = (
    ("contrast", "difference"),
    ("group", "group"),
    ("security", "market"),
    ("name", "test"),
    ("method", "method"),
)
"""Column of the frame that says what a row is about, and its head."""


class PrintedRows(pd.DataFrame):
    """Rows of tests: a frame of numbers that prints as a table of 80 columns.

    Rows without a result are counted below it, with the reasons. Any part of the frame, and
    whatever is made from it, is a frame like any other.

    Examples
    --------
    >>> PrintedRows({
    ...     "group": ["kind=deal", "kind=threat"], "window_start": 0, "window_end": 1,
    ...     "name": "bmp", "estimate": [0.0123, float("nan")], "pvalue": [0.004, float("nan")],
    ...     "ci_low": [0.004, float("nan")], "ci_high": [0.02, float("nan")], "n_pairs": [40, 1],
    ...     "n_dates": [31, 1], "note": ["", "a single pair has no spread"]})
    group  window  test  estimate, %  95 % interval       p  pairs  dates
    ---------------------------------------------------------------------
    deal   [0,+1]  bmp         +1.23  +0.40 to +2.00  0.004     40     31
    Estimates and intervals in percent. Every number is a column of this frame. Not
    shown: 1 of 2 rows, without a result: a single pair has no spread (1).
    """

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def __repr__(self) -> str:
        """Return it for a terminal of 80 columns."""
        return tables.to_text(_printed(self))

    __str__ = __repr__


def _printed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of tests as texts; notes say what is left out, and why."""
    rows = [dict(zip(map(str, frame.columns), row, strict=True)) for row in frame.to_numpy(object)]
    told = [row for row in rows if not _is_empty(row)]
    shown = told[:_MOST_ROWS]
    cells = [_cells(row) for row in shown]
    heads = [head for head in cells[0] if any(row[head] for row in cells)] if cells else []
    if rows and not cells:
        heads = list(_cells(rows[0]))
    table = pd.DataFrame([[row[head] for head in heads] for row in cells], columns=heads)
    said = ["Estimates and intervals in percent. Every number is a column of this frame."]
    if "n_dates_a" in frame:
        said.append("Dates: with news of the first kind, and of the second.")
    untested = [row for row in shown if "pvalue" in row and is_missing(row["pvalue"])]
    if untested:
        said.append(f"Without p: {_reasons(untested)}.")
    unbounded = [row for row in shown if "pvalue" not in row and is_missing(row.get("ci_low"))]
    if unbounded:
        said.append(f"Without an interval: {_reasons(unbounded)}.")
    if len(told) > len(shown):
        said.append(f"Not shown: {counted(len(told) - len(shown), 'more row')} of {len(rows):,}.")
    absent = [row for row in rows if _is_empty(row)]
    if absent:
        said.append(
            f"Not shown: {len(absent):,} of {counted(len(rows), 'row')}, without a result: "
            f"{_reasons(absent)}."
        )
    table.attrs["notes"] = " ".join(said)
    return table


def _is_empty(row: Mapping[str, Cell]) -> bool:
    """Whether a row holds neither an estimate nor a p-value."""
    return all(is_missing(row.get(name)) for name in ("estimate", "pvalue", "statistic"))


def _reasons(rows: list[dict[str, Cell]]) -> str:
    """Return why rows have no result, the most frequent reason first."""
    reasons = Counter(_reason(row) for row in rows).most_common()
    texts = [f"{shorten(reason, _LONGEST)} ({number:,})" for reason, number in reasons]
    others = sum(number for _, number in reasons[_MOST_REASONS:])
    more = [f"other reasons, in the column note ({others:,})"] if others else []
    return "; ".join([*texts[:_MOST_REASONS], *more])


def _reason(row: Mapping[str, Cell]) -> str:
    note = row.get("note")
    return "no reason is given" if is_missing(note) or not note else str(note).rstrip(".")


def _cells(row: Mapping[str, Cell]) -> dict[str, str]:
    """Return what is printed of a row."""
    cells = {head: _label(name, row[name]) for name, head in _NAMED if name in row}
    if "window_start" in row:
        ends = int(row["window_start"]), int(row["window_end"])
        cells["window"] = wording.window_label(*ends)
    if "test" in cells:  # what was tested where, then by what
        cells["test"] = cells.pop("test")
    cells["estimate, %"] = _percent(row.get("estimate"))
    level = row.get("level", 0.95)
    low, high = _percent(row.get("ci_low")), _percent(row.get("ci_high"))
    cells[f"{100 * level:g} % interval"] = f"{low} to {high}" if low and high else ""
    cells["p"] = wording.p_value(row.get("pvalue"))
    cells["adjusted p"] = wording.p_value(row.get("pvalue_stepdown"))
    for name, head in (("n_pairs", "pairs"), ("n_dates", "dates")):
        cells[head] = _count(row.get(name))
    if "n_dates_a" in row:
        cells["dates"] = f"{_count(row['n_dates_a'])}, {_count(row['n_dates_b'])}".strip(", ")
    return cells


def _label(name: str, value: Cell) -> str:
    if is_missing(value):
        return ""
    if name == "group":
        return wording.group_label(str(value))
    return str(value) if name != "contrast" else str(value).partition(": ")[2] or str(value)


def _percent(value: Cell) -> str:
    return "" if is_missing(value) else wording.number(100 * float(value), sign=True)


def _count(value: Cell) -> str:
    return "" if is_missing(value) else f"{int(value):,}"
