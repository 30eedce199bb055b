"""Closes of a table go on where they end; numbers of dates that are there are compared."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from eventstudy.exceptions import SchemaError
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy.prices.panel import PricePanel

TOLERANCE: Final = 5e-5
"""Relative difference up to which two numbers are one, rounded otherwise."""

OVERLAP: Final = dt.timedelta(days=30)
"""Before the last date of a series: its dates there are fetched, too, and compared."""

_LARGEST_GAP: Final = 0.005
_LEAST_COMMON: Final = 3

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")

Rows = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What a source adds to one series.

    Attributes
    ----------
    name : of the series
    last : its last date before
    added : date to close, as the table writes it
    revised : date, number of the table, number of the source, where the two differ
    problem : why nothing is added; empty where something may be
    """

    name: str
    last: str
    added: dict[str, str]
    revised: tuple[tuple[str, str, str], ...] = ()
    problem: str = ""


def last_dates(rows: Mapping[str, Mapping[str, str]], names: Sequence[str]) -> dict[str, str]:
    """Return the last date of each series that has a close; empty for one without any."""
    return {
        name: max((day for day, cells in rows.items() if cells[name]), default="") for name in names
    }


def continuation(
    name: str, rows: Mapping[str, Mapping[str, str]], panel: PricePanel, source: str
) -> Continuation:
    """Return what a panel adds to a series behind its last date.

    At least three common dates have to say that it is the same series: the numbers differ by at
    most half a percent in the middle. A number of a date that is there is never replaced.

    Parameters
    ----------
    rows
        Date to cells of the table, empty text where there is no close.
    panel
        The prices of a source.
    source
        What messages call it.
    """
    known = {day: cells[name] for day, cells in rows.items() if cells[name]}
    last = max(known, default="")
    if name not in panel.positions:
        return Continuation(name=name, last=last, added={}, problem=f"{source} has no prices of it")
    at = panel.positions[name]
    dates, values = (array[at] for array in (panel.dates, panel.values))
    news = dict(zip(dates.astype(str).tolist(), values.tolist(), strict=True))
    common = sorted(set(known) & set(news))
    ratios = np.array([abs(news[day] / float(known[day]) - 1) for day in common])
    added = {day: value for day, value in news.items() if day > last}
    if len(common) < _LEAST_COMMON:
        why = f"{counted(len(common), 'date')} in common with {source}: too few to join the two"
        return Continuation(name=name, last=last, added={}, problem=why if added else "")
    digits = max(len(text.partition(".")[2]) for text in known.values())
    revised = tuple(
        (day, known[day], f"{news[day]:.{digits}f}")
        for day, ratio in zip(common, ratios.tolist(), strict=True)
        if ratio > TOLERANCE
    )
    if float(np.median(ratios)) > _LARGEST_GAP:
        day = common[-1]
        why = (
            f"{source} does not go on with it: {news[day]:.8g} against {known[day]} on {day}, "
            f"{100 * float(np.median(ratios)):.2g} % apart in the middle"
        )
        return Continuation(name=name, last=last, added={}, problem=why, revised=revised)
    texts = {day: f"{value:.{digits}f}" for day, value in sorted(added.items())}
    return Continuation(name=name, last=last, added=texts, revised=revised)


def extended(rows: Rows, names: Sequence[str], more: Sequence[Continuation]) -> Rows:
    """Return the rows with what is added, by date; what is there is as it was."""
    longer = {day: dict(cells) for day, cells in rows.items()}
    for series in more:
        for day, text in series.added.items():
            longer.setdefault(day, dict.fromkeys(names, ""))[series.name] = text
    return dict(sorted(longer.items()))


def rows_of(frame: pd.DataFrame, file: str) -> tuple[Rows, list[str]]:
    """Return the cells of a wide table of closes by date, and the names of its series.

    Raises
    ------
    SchemaError
        A date that is none or stands there twice, a close that is no price; it names the `file`.
    """
    names = [str(name) for name in frame.columns if name != "date"]
    rows: Rows = {}
    problems = []
    for row in frame.astype(str).to_dict("records"):
        day = str(row["date"])
        if _DATE.fullmatch(day) is None:
            problems.append(f'{file}: "{day}" is no date; write it like 2025-05-02')
        elif day in rows:
            problems.append(f"{file} {day}: the date stands there twice; keep one row")
        problems += [
            f'{file} {day}: {name} "{row[name]}" is no price'
            for name in names
            if row[name] and not _is_price(row[name])
        ]
        rows[day] = {name: row[name] for name in names}
    if problems:
        raise SchemaError(problems, file=file)
    return rows, names


def _is_price(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def table_text(rows: Rows, names: Sequence[str]) -> str:
    """Return the table as csv."""
    lines = [",".join(["date", *names])]
    lines += [",".join([day, *(cells[name] for name in names)]) for day, cells in rows.items()]
    return "\n".join(lines) + "\n"
