"""A column of returns by itself: a stretch in percent, filled zeros, empty cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.checks.base import fast_median
from eventstudy.prices.checks.sessions import missing_sessions
from eventstudy.prices.panel import NO_DATE, Check
from eventstudy.prices.plausibility import daily_sizes, spacing_factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import DateArray
    from eventstudy.prices.checks.base import Column

BLOCK = 10
"""Returns that are judged together for their unit."""

_TIMES_LARGER = 20.0
_MOST_ZEROS = 0.05
_MOST_EMPTY, _MOST_EMPTY_BY_ROWS = 0.05, 0.02
_STANDS_OUT, _LEAST_OUT = 5.0, 0.02
_LEAST_SESSIONS = 40


def return_checks(column: Column) -> list[Check]:
    """List stretches in percent among decimals, and zeros that fill closures."""
    if column.levels is not None or column.is_calm:
        return []
    return _percent_stretches(column) + _filled_zeros(column)


def _percent_stretches(column: Column) -> list[Check]:
    """Stretches whose returns are of another size than the others', and not of decimals."""
    rows = np.flatnonzero(np.isfinite(column.logs))
    if len(rows) < 2 * BLOCK:
        return []
    moves = np.abs(column.logs[rows])
    limit = daily_sizes(column.name).typical
    if moves.max() <= limit:  # and so is every median, of returns of days as of longer ones
        return []
    limit *= spacing_factor(column.dates[rows])
    blocks = np.array_split(rows, len(rows) // BLOCK)
    n_longer = len(rows) % len(blocks)  # the first blocks have one row more than the others
    cut = n_longer * len(blocks[0])
    parts = (
        moves[:cut].reshape(n_longer, len(blocks[0])),
        moves[cut:].reshape(len(blocks) - n_longer, len(blocks[-1])),
    )
    sizes = np.concatenate([np.median(part, axis=1) for part in parts if part.size])
    usual = float(np.quantile(sizes, 0.25))
    is_percent = (sizes > limit) & (sizes > _TIMES_LARGER * usual)
    checks = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_percent, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2).tolist():
        part = np.concatenate(blocks[start:stop])
        size = fast_median(np.abs(column.logs[part]))
        detail = (
            f"from {column.dates[part[0]]} to {column.dates[part[-1]]} the median size of a return "
            f"is {size:.3g}, elsewhere {usual:.3g}: percent among decimals? divide them by 100"
        )
        day = column.dates[part[0]]
        checks.append(Check(column.name, day, "percent_returns", "error", detail))
    return checks


def _filled_zeros(column: Column) -> list[Check]:
    """Returns of exactly 0 in a market that moves every day: filled closures."""
    is_finite = np.isfinite(column.logs)
    if is_finite.sum() < _LEAST_SESSIONS or not daily_sizes(column.name).is_known:
        return []
    is_zero = is_finite & (column.logs == 0.0)
    share = float(is_zero.sum() / is_finite.sum())
    if share <= _MOST_ZEROS:
        return []
    detail = (
        f"{100 * share:.0f} % of the returns are exactly 0, the first on "
        f"{column.dates[np.argmax(is_zero)]}: closures filled in, or missing returns? leave those "
        "cells empty"
    )
    return [Check(column.name, NO_DATE, "filled_zeros", "warning", detail)]


def empty_cell_checks(
    columns: Sequence[Column],
    rows: Sequence[DateArray],
    whole: Sequence[bool],
    *,
    content: str,
) -> list[Check]:
    """List the columns whose share of empty cells stands out, by itself or among the others.

    Of the sessions between a column's first value and its last. `rows` are the rows of each column
    in the file; in one of returns every row of the file. `whole` columns lack no session.
    """
    shares = []
    for column, dates, is_whole in zip(columns, rows, whole, strict=True):
        if content == "prices":
            count = 0 if is_whole else len(missing_sessions(dates, column.calendar))
            shares.append((count, count + len(column.dates)))
        elif not np.isnan(column.logs.sum()):  # and so none of them is empty
            shares.append((0, len(column.logs)))
        else:
            filled = np.flatnonzero(np.isfinite(column.logs))
            inside = column.logs[filled[0] : filled[-1] + 1] if len(filled) else column.logs[:0]
            shares.append((int(np.isnan(inside).sum()), len(inside)))
    share = np.array([empty / total if total else 0.0 for empty, total in shares])
    checks = []
    for at in np.flatnonzero(share > min(_LEAST_OUT, _MOST_EMPTY_BY_ROWS)).tolist():
        column = columns[at]
        by_rows = content == "returns" and column.calendar.name == "data"
        others = np.delete(share, at)
        usual = float(np.median(others)) if len(others) else np.inf
        stands_out = share[at] > max(_STANDS_OUT * usual, _LEAST_OUT)
        if shares[at][1] < _LEAST_SESSIONS or not (
            share[at] > (_MOST_EMPTY_BY_ROWS if by_rows else _MOST_EMPTY) or stands_out
        ):
            continue
        empty, total = shares[at]
        detail = f"{empty:,} of {total:,} cells ({100 * share[at]:.1f} %) are empty"
        if len(others):
            detail += f", in the other columns {100 * usual:.1f} %"
        if by_rows:
            detail += (
                ": each is a session whose return is missing; where they are days without a "
                'session, empty = "no_session" says so'
            )
        else:
            detail += ": not counted as sessions" * (content == "prices") + "; ask for the rest"
        checks.append(Check(column.name, NO_DATE, "empty_cells", "warning", detail))
    return checks
