"""The track record: what was expected of every market after every item, and what it did."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from eventstudy.text import counted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy.watch.items import Item, MarketRow

COLUMNS: Final = (
    "item_id",
    "security",
    "made_at",
    "low",
    "median",
    "high",
    "outcome",
    "inside",
    "session",
    "status",
    "category",
    "direction",
    "headline",
    "settled_at",
    "published_at",
    "window",
    "level",
    "n_dates",
    "ordinary_low",
    "ordinary_high",
    "page",
    "note",
)
"""Columns of ``track_record.csv``; those behind ``inside`` may grow."""

LEDGER: Final = (
    "item_id",
    "source",
    "published_at",
    "headline",
    "fate",
    "reason",
    "category",
    "direction",
    "confidence",
    "of",
    "relation",
    "first_seen",
    "page",
    "edited_to",
    "url",
)
"""Columns of ``items.csv``."""

MISS: Final = 2 / 0.2
"""What an interval of 80 % pays for each unit by which it is missed."""

FEW_DATES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How the forecasts did that were made before the market had opened; decimal returns.

    Attributes
    ----------
    n_forecasts : forecasts with a range whose outcome is known
    n_items, n_dates : items behind them, and different first sessions
    n_inside : outcomes inside the range
    n_inside_ordinary : outcomes inside the range of ordinary days
    n_signs, n_right : forecasts and outcomes that have a sign, and those that agree
    width, ordinary_width : mean widths of the two ranges
    score_ratio : mean interval score over that of ordinary days; below one, past news said more
    n_open : forecasts whose outcome is not known yet
    n_late : settled forecasts made when the market already traded or had closed, not counted
    """

    n_forecasts: int
    n_items: int
    n_dates: int
    n_inside: int
    n_inside_ordinary: int
    n_signs: int
    n_right: int
    width: float
    ordinary_width: float
    score_ratio: float
    n_open: int
    n_late: int


def interval_score(low: float, high: float, outcome: float) -> float:
    """Return the interval score of a central 80 % range: its width, and ten times the miss.

    It is smallest, on average, for the range that holds 80 % with 10 % on either side. Source:
    Gneiting and Raftery (JASA 2007), section 6.2.

    Examples
    --------
    >>> round(interval_score(-0.01, 0.02, 0.0), 6), round(interval_score(-0.01, 0.02, 0.025), 6)
    (0.03, 0.08)
    """
    return high - low + MISS * (max(low - outcome, 0.0) + max(outcome - high, 0.0))


def summary_of(items: Iterable[Item]) -> Summary:
    """Return how the forecasts did so far.

    Counted are those that had a range and were made before the market had opened since the news;
    a forecast made later knew a part of the outcome.
    """
    counted_rows: list[tuple[Item, MarketRow]] = []
    n_open = n_late = 0
    for item in items:
        for row in item.rows:
            if row.low is None or row.high is None:
                continue
            if row.outcome is None:
                n_open += row.status in {"to_open", "trading"}
            elif row.status != "to_open":
                n_late += 1
            else:
                counted_rows.append((item, row))
    rows = [row for _, row in counted_rows]
    signs = [(row.median, row.outcome) for row in rows if row.median and row.outcome is not None]
    signs = [(median, outcome) for median, outcome in signs if outcome]
    ranges = [_numbers(row) for row in rows]
    own = sum(interval_score(low, high, outcome) for low, high, outcome, _, _ in ranges)
    ordinary = sum(interval_score(low, high, outcome) for _, _, outcome, low, high in ranges)
    n = len(rows)
    return Summary(
        n_forecasts=n,
        n_items=len({item.item_id for item, _ in counted_rows}),
        n_dates=len({row.session for row in rows}),
        n_inside=sum(low <= outcome <= high for low, high, outcome, _, _ in ranges),
        n_inside_ordinary=sum(low <= outcome <= high for _, _, outcome, low, high in ranges),
        n_signs=len(signs),
        n_right=sum((median > 0) == (outcome > 0) for median, outcome in signs),
        width=sum(high - low for low, high, *_ in ranges) / n if n else math.nan,
        ordinary_width=sum(high - low for *_, low, high in ranges) / n if n else math.nan,
        score_ratio=own / ordinary if ordinary else math.nan,
        n_open=n_open,
        n_late=n_late,
    )


def sentences(summary: Summary) -> tuple[str, ...]:
    """Return a summary in words, the answer first."""
    said = []
    if summary.n_forecasts:
        dates = counted(summary.n_dates, "first session")
        said.append(
            f"{summary.n_inside} of {counted(summary.n_forecasts, 'outcome')} fell inside the "
            f"80 % range ({summary.n_inside / summary.n_forecasts:.0%}); the range of ordinary "
            f"days held {summary.n_inside_ordinary}. They come from "
            f"{counted(summary.n_items, 'item')} on {dates}, whose markets move together."
        )
        if summary.n_signs:
            said.append(
                f"The middle had the sign of what happened in {summary.n_right} of "
                f"{summary.n_signs}."
            )
        if not math.isnan(summary.score_ratio):
            better = "more" if summary.score_ratio < 1 else "no more"
            said.append(
                f"Width and misses together were {summary.score_ratio:.2f} of those of ordinary "
                f"days: so far past news said {better} than ordinary days."
            )
        if summary.n_dates < FEW_DATES:
            said.append("These are too few dates to judge by.")
    else:
        said.append("No forecast that was made before a market had opened has its outcome yet.")
    if summary.n_open:
        said.append(f"{counted(summary.n_open, 'forecast')} still to be settled.")
    if summary.n_late:
        late = counted(summary.n_late, "forecast")
        said.append(f"{late} made when the market had opened since the news: not counted.")
    return tuple(said)


def track_record(items: Iterable[Item]) -> pd.DataFrame:
    """Return one row an item and market, in the order in which the forecasts were made.

    Times are ISO 8601 in UTC, returns decimal; what is not known is missing.
    """
    made = sorted(
        (item for item in items if item.made_at is not None),
        key=lambda item: (_iso(item.made_at) or "", item.item_id),
    )
    rows = [
        {
            "item_id": item.item_id,
            "made_at": _iso(item.made_at),
            "category": item.category,
            "direction": item.direction,
            "headline": item.headline,
            "published_at": _iso(item.published),
            "window": item.window,
            "page": item.page,
            "security": row.security,
            "low": row.low,
            "median": row.median,
            "high": row.high,
            "outcome": row.outcome,
            "inside": row.inside,
            "session": row.session or None,
            "status": row.status,
            "settled_at": _iso(row.settled_at),
            "level": row.level or None,
            "n_dates": row.n_dates,
            "ordinary_low": row.ordinary_low,
            "ordinary_high": row.ordinary_high,
            "note": _note(row),
        }
        for item in made
        for row in item.rows
    ]
    return _table(rows, COLUMNS)


def ledger(items: Sequence[Item]) -> pd.DataFrame:
    """Return one row an item that was seen, and what became of it."""
    rows: list[dict[str, object]] = [
        {
            name: getattr(item, name)
            for name in (
                "item_id",
                "source",
                "headline",
                "fate",
                "reason",
                "category",
                "direction",
                "confidence",
                "of",
                "relation",
                "page",
                "url",
            )
        }
        | {
            "published_at": _iso(item.published),
            "first_seen": _iso(item.first_seen),
            "edited_to": item.edits[-1].headline if item.edits else None,
        }
        for item in items
    ]
    return _table(rows, LEDGER)


def _note(row: MarketRow) -> str | None:
    """Return what is to be said of a row: what is missing, and why it does not count."""
    late = ""
    if row.status == "closed":
        late = "made when the session was over, so not counted"
    elif row.status == "trading":
        late = "made when the market had opened since the news, so not counted"
    return "; ".join(part for part in (row.why, late, row.note) if part) or None


def _numbers(row: MarketRow) -> tuple[float, float, float, float, float]:
    """Return range, outcome and ordinary range of a settled row; NaN where there is no number."""
    values = (row.low, row.high, row.outcome, row.ordinary_low, row.ordinary_high)
    low, high, outcome, ordinary_low, ordinary_high = (
        math.nan if value is None else value for value in values
    )
    return low, high, outcome, ordinary_low, ordinary_high


def _table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns)).astype(object)
    return frame.where(frame.notna() & (frame != ""), None)


def _iso(time: dt.datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"
