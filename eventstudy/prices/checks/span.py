"""Findings of the sessions a study uses: the history before them is none of its concern."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.checks.base import is_in

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from eventstudy._typing import DateArray
    from eventstudy.prices.checks.base import Column
    from eventstudy.prices.panel import Check

MOST_ROWS = 3
"""Findings of one kind at one market above which they are one row."""

_ENOUGH_ROWS = 300
"""Rows that labels are judged by; a shorter study takes them from before its span."""

_ROWS_AFTER = 2  # whether a move is undone shows a session later
_FROM_THEN_ON = frozenset(
    {"fx_label_shift", "label_shift", "zero_volume", "percent_returns", "short_answer"}
)
"""Checks whose date is where they begin, which may be before the span."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudySpan:
    """Sessions of one market that a study uses.

    Attributes
    ----------
    first, last : the first session of an estimation window and the last of an event window
    event_days : ``(D,)`` sessions of event windows, ascending
    """

    first: np.datetime64
    last: np.datetime64
    event_days: DateArray

    def holds(self, date: np.datetime64) -> bool:
        """Whether a date lies between the first session and the last."""
        return bool(self.first <= date <= self.last)


def cut_to(
    column: Column,
    rows: DateArray,
    span: StudySpan,
    known: dict[tuple[int, ...], tuple[slice, slice]] | None = None,
) -> tuple[Column, DateArray]:
    """Return a column and its rows in the file, without what lies outside the study.

    Some rows before and after stay, by which findings inside are judged. `known` are the parts of
    columns of the same dates, rows and span.
    """
    parts = {} if known is None else known
    key = id(column.dates), id(rows), id(span)
    if key not in parts:
        parts[key] = _parts(column.dates, rows, span)
    used, of_rows = parts[key]
    dates = column.dates[used]
    if len(dates) == 0:
        return column, rows
    cut = replace(
        column,
        dates=dates,
        logs=column.logs[used],
        levels=None if column.levels is None else column.levels[used],
    )
    return cut, rows[of_rows]


def _parts(dates: DateArray, rows: DateArray, span: StudySpan) -> tuple[slice, slice]:
    """Which part of a column's sessions, and of its rows in the file, a study's checks need."""
    first = int(np.searchsorted(dates, span.first))
    last = int(np.searchsorted(dates, span.last, side="right"))
    start = max(0, min(first, last - _ENOUGH_ROWS))
    stop = min(len(dates), last + _ROWS_AFTER)
    if start >= stop:
        return slice(0, 0), slice(None)
    begin = int(np.searchsorted(rows, min(dates[start], span.first)))
    end = int(np.searchsorted(rows, max(dates[stop - 1], span.last), side="right"))
    return slice(start, stop), slice(begin, end)


def findings_within(checks: Iterable[Check], spans: Mapping[str, StudySpan]) -> list[Check]:
    """Return the findings about sessions of the study, and those about whole columns."""
    return [
        check
        for check in checks
        if check.security not in spans or _is_of(check, spans[check.security])
    ]


def _is_of(check: Check, span: StudySpan) -> bool:
    if np.isnat(check.date) or span.holds(check.date):
        return True
    return check.check in _FROM_THEN_ON and bool(check.date <= span.last)


def remarks_within(
    remarks: Iterable[Check], used: Sequence[tuple[str, StudySpan]], unused: Container[str] = ()
) -> list[Check]:
    """Return the remarks on the file, on columns of the study, and on sessions of it in these.

    A dividend or split in the return of a session of an event window is an error.

    Parameters
    ----------
    used
        Column and span of every market and factor of the study.
    unused
        Columns of the file that the study does not use.
    """
    kept = []
    spans_of: dict[str, list[StudySpan]] = {}
    for column, span in used:
        spans_of.setdefault(column, []).append(span)
    for remark in remarks:
        spans = spans_of.get(remark.security, [])
        if remark.security in unused or (
            not np.isnat(remark.date) and not any(_is_of(remark, span) for span in spans)
        ):
            continue
        in_window = remark.check == "adjustment_in_return" and any(
            is_in(np.array([remark.date]), span.event_days).any() for span in spans
        )
        if in_window:
            detail = f"in an event window, {remark.detail}"
            kept.append(remark._replace(severity="error", detail=detail))
        else:
            kept.append(remark)
    return kept


def grouped(checks: Sequence[Check]) -> list[Check]:
    """Return findings with those of one kind at one market as one row where they are many."""
    alike: dict[tuple[str, str, str], list[Check]] = {}
    for check in checks:
        alike.setdefault((check.security, check.check, check.severity), []).append(check)
    out: list[Check] = []
    done: set[tuple[str, str, str]] = set()
    for check in checks:
        key = check.security, check.check, check.severity
        same = alike[key]
        if len(same) <= MOST_ROWS:
            out.append(check)
            continue
        if key in done:
            continue
        done.add(key)
        dates = np.unique([other.date for other in same if not np.isnat(other.date)])
        listed = ", ".join(str(day) for day in dates[:MOST_ROWS])
        more = f", ... {dates[-1]}" if len(dates) > MOST_ROWS else ""
        when = f" ({listed}{more})" if len(dates) else ""
        out.append(check._replace(detail=f"{len(same)} findings{when}; the first: {check.detail}"))
    return out
