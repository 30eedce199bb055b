"""How long after the time they bear items are seen: what a feed's times are worth, measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.io.timestamp_columns import own_times
from eventstudy.text import counted, records

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = (
    "feed", "items", "minutes_between_looks", "median_delay", "delay_90", "late_by_15_minutes",
    "longest_certain_delay", "before_their_time",
)  # fmt: skip
"""Columns of `delays_of`; delays are minutes."""

_MINUTE: Final = np.timedelta64(60, "s")
_LATE: Final = 15.0
_SLACK: Final = 1.0  # minutes: clocks of two machines differ


def delays_of(items: pd.DataFrame) -> pd.DataFrame:
    """Measure, feed by feed, how long after the time they bear items were first seen.

    An item seen at one look and not at the look before appeared between the two: from its time to
    the look before is the delay that is certain, to the look that found it the longest that is
    possible. Items of the first look, and those that bear a date alone, say nothing.

    Parameters
    ----------
    items
        As ``items.csv``: feed, published_at, first_seen, not_before.

    Returns
    -------
    DataFrame
        A row a feed: items that say something, the median of minutes between the two looks, median
        and nine tenths of the longest delay, how many were surely 15 minutes late or more, the
        longest certain delay, and how many were there a minute or more before the time they bear.
    """
    usable = items[(items["not_before"] != "") & (items["published_at"] != "")]
    times = {
        name: own_times(usable[name], is_utc=True).dt.tz_localize(None)
        for name in ("published_at", "first_seen", "not_before")
    }
    longest = ((times["first_seen"] - times["published_at"]) / _MINUTE).to_numpy(float)
    certain = ((times["not_before"] - times["published_at"]) / _MINUTE).to_numpy(float)
    rows: list[Sequence[object]] = []
    for feed in dict.fromkeys(usable["feed"]):
        own = (usable["feed"] == feed).to_numpy()
        upper, lower = longest[own], certain[own]
        rows.append((
            feed, int(own.sum()), float(np.median(upper - lower)), float(np.median(upper)),
            float(np.quantile(upper, 0.9)), int((lower >= _LATE).sum()),
            max(float(lower.max()), 0.0), int((upper < -_SLACK).sum()),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def delay_sentences(delays: pd.DataFrame) -> list[str]:
    """Say what was measured, a sentence a feed."""
    said = []
    for row in records(delays):
        sentence = (
            f"{row.feed}: {counted(row.items, 'item')} appeared between two looks "
            f"{row.minutes_between_looks:,.0f} min apart, at most {row.median_delay:,.0f} min "
            f"(median; nine of ten: {row.delay_90:,.0f} min) after the time they bear"
        )
        if row.late_by_15_minutes:
            sentence += (
                f"; {row.late_by_15_minutes} came 15 min late or more, up to "
                f"{row.longest_certain_delay:,.0f} min: their time is not when they could be read"
            )
        if row.before_their_time:
            one = row.before_their_time == 1
            sentence += f"; {row.before_their_time} " + (
                "was there before the time it bears" if one else "were there before that time"
            )
        said.append(sentence)
    return said
