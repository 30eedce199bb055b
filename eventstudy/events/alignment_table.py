"""An alignment as a table: the columns of ``alignment.csv``, and where each session stands now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.desk_clock import session_status
from eventstudy.markets.market import check_zone

if TYPE_CHECKING:
    from eventstudy._typing import DateArray

CONTRACT = (
    "event_id",
    "security",
    "published_utc",
    "session",
    "state",
    "minutes_to_close",
    "span_days",
    "ambiguous",
    "overlaps",
    "benchmark_reacts_later",
)
"""The first columns of ``alignment.csv``."""

HOURS = ("opens_utc", "closes_utc")
"""When the session of a pair opens and closes, in UTC."""

AT_A_MOMENT = ("opens", "closes", "status")
"""The same in a zone, and where the session stands at a moment."""

_UTC = "%Y-%m-%dT%H:%M:%SZ"


def with_moment(
    frame: pd.DataFrame, now: dt.datetime | None, zone: str | None = None
) -> pd.DataFrame:
    """Return an alignment with opens and closes in a zone, and the status of each session at `now`.

    Parameters
    ----------
    frame
        Of an `Alignment`.
    now
        A time with a zone; None: no status.
    zone
        IANA name; UTC by default.

    Returns
    -------
    DataFrame
        Further columns: opens, closes, in `zone`, NaT where unknown; status, ``"to_open"`` (the
        market has not opened since the news), ``"trading"``, ``"closed"`` (its session is over),
        None where the hours are not known and for news that lies after `now`.

    Raises
    ------
    SpecificationError
        `now` has no zone; an unknown zone.
    """
    clock = ZoneInfo(check_zone(zone, "zone")) if zone is not None else dt.UTC
    opens, closes = (frame[name] for name in HOURS)
    shown = frame.assign(opens=opens.dt.tz_convert(clock), closes=closes.dt.tz_convert(clock))
    if now is None:
        return shown
    if now.tzinfo is None:
        raise SpecificationError(f"{now} has no time zone; give it one", key="now")
    moment = np.datetime64(now.astimezone(dt.UTC).replace(tzinfo=None), "ns")
    status = session_status(_bare(opens), _bare(closes), moment)
    status[(frame["published_utc"] > pd.Timestamp(now)).to_numpy()] = None
    return shown.assign(status=pd.Series(status, index=frame.index, dtype=object))


def to_contract(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the first columns of ``alignment.csv``: texts, missing where unknown."""
    shown = frame[list(CONTRACT)].copy()
    shown["published_utc"] = frame["published_utc"].dt.strftime(_UTC)
    shown["session"] = frame["session"].dt.strftime("%Y-%m-%d")
    shown["span_days"] = frame["span_days"].astype("Int64")
    return shown


def to_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return all columns of ``alignment.csv``, and those of a moment where one was asked for.

    An alignment that was saved without opens and closes has none.
    """
    shown = to_contract(frame)
    for name in (column for column in HOURS if column in frame):
        shown[name] = frame[name].dt.strftime(_UTC)
    for name in (column for column in AT_A_MOMENT if column in frame):
        column = frame[name]
        shown[name] = column if name == "status" else column.map(_local_text)
    return shown.assign(catch_up=frame["catch_up"], reason=frame["reason"])


def _bare(times: pd.Series) -> DateArray:
    """Return times in UTC as ``datetime64[ns]``."""
    return np.asarray(times.dt.tz_localize(None).to_numpy(), dtype="M8[ns]")


def _local_text(time: pd.Timestamp) -> str | None:
    return None if pd.isna(time) else time.isoformat(timespec="minutes")
