"""Contrasts of two groups as sentences and as the table that is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.reporting import wording
from eventstudy.text import Record, counted, is_missing, records

if TYPE_CHECKING:
    from collections.abc import Mapping

_PART = " | "
_ALL = "all"
TOGETHER = "all markets together"
BEFORE = (-2, -1)
"""The sessions before the news, in which it may have been expected."""
SPANS = "dates"
"""Stands for a column where a contrast leaves out a span of dates."""
DAY_0 = (0, 0)
"""The window contrasts are told and drawn over where they have it."""


def split_contrast(text: str) -> tuple[str, str, str, str]:
    """Return column, first value, second value and part of a contrast's name.

    Examples
    --------
    >>> split_contrast("direction: deal - threat | period=2025")
    ('direction', 'deal', 'threat', 'period=2025')
    """
    whole, _, part = text.partition(_PART)
    column, _, values = whole.partition(": ")
    first, _, second = values.partition(" - ")
    return column, first, second, part


def contrast_label(text: str) -> str:
    """Return a contrast as a reader would write it: ``deal less threat, 2025``.

    Examples
    --------
    >>> contrast_label("direction: deal - threat | period=2025")
    'deal less threat, 2025'
    """
    _, first, second, part = split_contrast(text)
    label = f"{wording.value_label(first)} less {wording.value_label(second)}"
    return f"{label}, {wording.group_label(part)}" if part else label


def market_label(security: str, labels: Mapping[str, str] | None = None) -> str:
    """Return the market of a contrast as a reader would write it."""
    return TOGETHER if security == _ALL else wording.value_label(security, labels)


def contrast_sentences(frame: pd.DataFrame, window: tuple[int, int]) -> list[str]:
    """Return a sentence for each contrast of all events: its pooled difference in one window.

    The window is the first of the frame where it lacks `window`.
    """
    if frame.empty:
        return []
    said = []
    for text, rows in frame.groupby("contrast", sort=False):
        if _PART not in str(text):
            pooled = rows[rows["security"] == _ALL]
            ends = zip(pooled["window_start"], pooled["window_end"], strict=True)
            is_window = [pair == window for pair in ends]
            chosen = pooled[is_window] if any(is_window) else pooled.head(1)
            said += [contrast_sentence(row) for row in records(chosen)]
    return said


def contrast_sentence(row: Record) -> str:
    """Return one row as a sentence: difference, window, p-value and dates of each group.

    Examples
    --------
    >>> frame = pd.DataFrame([{
    ...     "contrast": "direction: deal - threat", "window_start": 0, "window_end": 1,
    ...     "security": "all", "estimate": 0.0123, "pvalue": 0.004, "n_dates_a": 12,
    ...     "n_dates_b": 20, "note": ""}])
    >>> contrast_sentence(next(frame.itertuples(index=False)))
    'deal less threat, [0,+1], all markets together: +1.23 % (p = 0.004; 12 against 20 dates)'
    """
    window = wording.window_label(int(row.window_start), int(row.window_end))
    head = f"{contrast_label(str(row.contrast))}, {window}, {market_label(str(row.security))}"
    if is_missing(row.pvalue):
        return f"{head}: {row.note}"
    dates = f"{int(row.n_dates_a)} against {counted(int(row.n_dates_b), 'date')}"
    return f"{head}: {wording.percent(row.estimate)} ({wording.p_equals(row.pvalue)}; {dates})"


def contrast_table(frame: pd.DataFrame, *, labels: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return contrasts as a paper prints them: markets down, windows across, p beneath.

    Parameters
    ----------
    frame
        Rows of `contrasts`.
    labels
        Names of the markets.

    Returns
    -------
    DataFrame
        Texts: market, a column a window, dates of each group; ``attrs["notes"]`` says what they
        mean. The dates are those of the first window.
    """
    windows = list(dict.fromkeys(zip(frame["window_start"], frame["window_end"], strict=True)))
    heads = [wording.window_label(int(start), int(end)) for start, end in windows]
    rows: list[dict[str, str]] = []
    for text, part in frame.groupby("contrast", sort=False):
        rows.append({"market": contrast_label(str(text))})
        for security, of_market in part.groupby("security", sort=False):
            first = next(iter(records(of_market)))
            name = market_label(str(security), labels)
            own = {"market": name[:1].upper() + name[1:]}
            below: dict[str, str] = {"market": ""}
            for row in records(of_market):
                head = wording.window_label(int(row.window_start), int(row.window_end))
                stars = "" if _is_thin(row) else wording.stars_for(row.pvalue)
                shown = wording.number(100 * row.estimate, sign=True)
                own[head] = shown + stars
                p = wording.p_value(row.pvalue) or "n/a"
                below[head] = f"({p})" if shown else ""
            if not is_missing(first.n_dates_a):
                own["dates"] = f"{int(first.n_dates_a)}, {int(first.n_dates_b)}"
            rows += [own, below]
    columns = ["market", *heads, "dates"]
    table = pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=columns)
    table.attrs["notes"] = (
        "Differences of mean cumulative abnormal returns in percent, first group less second; "
        "two-sided p-values in parentheses, from labels permuted over blocks of dates. "
        f"Stars: {wording.stars_legend()}, not adjusted for the number of tests shown; none under "
        f"{wording.MIN_DATES} dates a group. Dates: independent ones of each group, "
        "in the first window."
    )
    return table


def _is_thin(row: Record) -> bool:
    """Whether one of the two groups has too few dates for stars."""
    dates = (row.n_dates_a, row.n_dates_b)
    return any(is_missing(number) or number < wording.MIN_DATES for number in dates)
