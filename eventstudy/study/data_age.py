"""How old the prices of a study are, where its events come near their end or lie behind it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import pandas as pd

from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from eventstudy.reporting.record import StudyRecord

_GOES_ON: Final = {
    "bundled": "eventstudy data update brings a copy of them to date",
    "yahoo": "run it again, with a later prices.end and without offline",
    "fred": "run it again, with a later prices.end and without offline",
    "frankfurter": "run it again, with a later prices.end and without offline",
    "cfets": "run it again, with a later prices.end and without offline",
    "twse": "run it again, with a later prices.end and without offline",
}
"""Sources that go on after a study was written, and how to have what is newer."""

_OLD: Final = 10
_NEAR: Final = 15


def data_age(results: StudyRecord, today: dt.date | None = None) -> str:
    """Return how old the prices are, in a sentence; empty where that changes nothing.

    It matters where the source goes on, a market's last session is more than ten days old, and the
    newest event lies less than fifteen days before it, or behind it.

    Parameters
    ----------
    today
        The present by default.
    """
    source = str(results.spec.get("prices", {}).get("source", ""))
    if source not in _GOES_ON or results.events.empty or results.prices.empty:
        return ""
    present = today or dt.datetime.now(dt.UTC).date()
    newest = pd.to_datetime(results.events["date"]).max().date()
    ends = {
        name: last
        for name, last in last_sessions(results).items()
        if (present - last).days > _OLD and (last - newest).days < _NEAR
    }
    if not ends:
        return ""
    by_day: dict[dt.date, list[str]] = {}
    for name, last in ends.items():
        by_day.setdefault(last, []).append(results.labels.get(name, name))
    parts = [
        f"of {listed(names)} {{}}on {day} ({counted((present - day).days, 'day')} ago)"
        for day, names in sorted(by_day.items())
    ]
    return (
        f"Prices {listed([part.format('' if n else 'end ') for n, part in enumerate(parts)])}, and "
        f"the newest event is of {newest}: what markets did since then is not in the results; "
        f"{_GOES_ON[source]}."
    )


def last_sessions(results: StudyRecord) -> dict[str, dt.date]:
    """Return the last session with a price of each market that is studied."""
    frame = results.prices
    dates = pd.DatetimeIndex(frame.get("date", frame.index))
    found = {}
    for name in dict.fromkeys(results.models["security"]):
        if name in frame:
            filled = dates[frame[name].notna().to_numpy()]
            if len(filled):
                found[name] = filled.max().date()
    return found
