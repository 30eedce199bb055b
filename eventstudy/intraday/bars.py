"""Bars of a trading day as files hold them: when each begins, open, high, low, close, volume."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.intraday.cells import (
    NAMES,
    column_of,
    names_of,
    numbers_of,
    times_of,
)
from eventstudy.intraday.ticks import OUTSIDE, contradicts_itself
from eventstudy.intraday.vendor_bars import open_bars, vendor_times
from eventstudy.markets.market import check_zone
from eventstudy.registry import choose, nearest
from eventstudy.text import counted

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.intraday.vendor_bars import VendorBars

Labels = Literal["start", "end"]
"""Whether the time of a bar is that at which it begins or that at which it ends."""

TIMES = ("ts_utc", "timestamp", "datetime", "time", "date")
VALUES = ("open", "high", "low", "close", "volume")
LEFT_OUT = ("security", "reason", "bars", "first", "last")
_DAY = 24 * 60
_NS_A_MINUTE = 60_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntradayBars:
    """Bars of one or more securities, all of one length.

    Attributes
    ----------
    frame
        One row a bar, by security and time: ``security`` (str), ``start``
        (``datetime64[ns, UTC]``, when the bar begins), ``open``, ``high``, ``low``, ``close``
        (NaN where the cell was empty), ``volume``.
    minutes
        Length of a bar.
    labels
        What the times of the source were: ``"start"`` or ``"end"`` of the bar.
    name, sha256
        Where they came from, and the hash of that.
    left_out
        What was read and is not in `frame`: security, reason, bars, first, last.
    assumed
        How a file of a vendor was understood, a sentence each.

    Examples
    --------
    >>> import pandas as pd
    >>> times = pd.date_range("2025-05-05T09:30-04:00", periods=3, freq="5min")
    >>> frame = pd.DataFrame({"timestamp": times, "symbol": "ABC", "close": [10.0, 10.1, 10.0]})
    >>> IntradayBars.from_frame(frame)
    IntradayBars(bars: 3 bars of 5 minutes of ABC, 2025-05-05T13:30Z to 2025-05-05T13:40Z)
    """

    frame: pd.DataFrame
    minutes: int
    labels: str
    name: str
    sha256: str
    left_out: pd.DataFrame
    assumed: tuple[str, ...] = ()

    @property
    def securities(self) -> tuple[str, ...]:
        """Names of the securities, in the order of the source.

        Examples
        --------
        >>> import pandas as pd
        >>> times = pd.date_range("2025-05-05T09:30-04:00", periods=3, freq="5min")
        >>> frame = pd.DataFrame({"timestamp": times, "symbol": "ABC", "close": [10.0, 10.1, 10.0]})
        >>> IntradayBars.from_frame(frame).securities
        ('ABC',)
        """
        return tuple(dict.fromkeys(str(name) for name in self.frame["security"]))

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        names = self.securities
        names_text = ", ".join(names) if len(names) < 4 else f"{len(names)} securities"
        first, last = (f"{t:%Y-%m-%dT%H:%MZ}" for t in self.frame["start"].agg(["min", "max"]))
        size = f"{counted(len(self), 'bar')} of {counted(self.minutes, 'minute')} of {names_text}"
        return f"IntradayBars({self.name}: {size}, {first} to {last})"

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        timezone: str | None = None,
        labels: Labels = "start",
        security: str | None = None,
        minutes: int | None = None,
        name: str = "bars",
    ) -> IntradayBars:
        """Build bars from a frame with the columns of a file of bars; see `read_bars`.

        The times may be the index as well.

        Examples
        --------
        >>> times = pd.to_datetime(["2025-05-02T13:30Z", "2025-05-02T13:35Z", "2025-05-02T13:40Z"])
        >>> frame = pd.DataFrame({"timestamp": times, "open": 10.0, "close": [10.1, 10.0, 10.2]})
        >>> IntradayBars.from_frame(frame, security="SPY").securities
        ('SPY',)
        """
        if isinstance(frame.index, pd.DatetimeIndex):
            named = frame.index.name
            time_column = "timestamp" if named is None else str(named)
            frame = frame.rename_axis(time_column).reset_index()
        frame = frame.reset_index(drop=True)
        rows = np.arange(2, len(frame) + 2, dtype=np.int64)
        digest = hashlib.sha256(frame.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
        return _checked_bars(
            frame, rows, name, digest,
            timezone=timezone, labels=labels, security=security, minutes=minutes,
        )  # fmt: skip


def read_bars(
    path: str | os.PathLike[str],
    *,
    timezone: str | None = None,
    labels: Labels = "start",
    security: str | None = None,
    minutes: int | None = None,
    columns: Mapping[str, str] | None = None,
    date_format: str | None = None,
    dialect: str | None = None,
) -> IntradayBars:
    """Read bars from csv, parquet or xlsx.

    Parameters
    ----------
    path
        Columns: a time (``ts_utc``, ``timestamp``, ``datetime``, ``time`` or ``date``), ``close``,
        and optionally ``symbol`` (or ``security``), ``open``, ``high``, ``low``, ``volume``; the
        case of their names does not matter. Times are ISO 8601 with an offset; those of ``ts_utc``
        are UTC where they have none. Files of vendors (`docs/prices.md` lists them) are known by
        their heads; date and time may stand in two columns, and times be seconds since 1970.
    timezone
        Zone of times that have no offset. Without it such a time is an error.
    labels
        ``"start"`` if the time of a bar is that at which it begins, ``"end"`` if that at which
        it ends.
    security
        Name of the one security of a file without a column of names; by default what the name of
        the file begins with, up to the first ``_``, ``-`` or blank (``SPY_5min.csv``: SPY).
    minutes
        Length of a bar; by default the most common distance between neighbours.
    columns, date_format, dialect
        As for `eventstudy.read_prices`.

    Returns
    -------
    IntradayBars
        Missing bars stay missing. A row that repeats another to the last digit, and a bar whose
        open or close lies outside its own low and high, are left out and counted.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        Every cell that is wrong, by its row: a time without an offset or that does not exist, a
        price that is no positive number, a high below its low, two different bars of one time;
        bars of a day or longer, or of several lengths.

    Examples
    --------
    >>> import pandas as pd
    >>> times = [f"2025-05-02T09:{minute}-04:00" for minute in (30, 35, 40)]
    >>> frame = pd.DataFrame({"time": times, "open": 10.0, "close": [10.1, 10.0, 10.2]})
    >>> frame.to_csv("SPY_5min.csv", index=False)
    >>> read_bars("SPY_5min.csv").securities
    ('SPY',)
    """
    file = Path(path)
    opened = open_bars(file, columns, dialect)
    if security is None and column_of(opened.frame, NAMES) is None:
        security = opened.security or _security_of_file(file)
    return _checked_bars(
        opened.frame, opened.rows, opened.name, opened.sha256,
        timezone=timezone, labels=labels, security=security, minutes=minutes,
        opened=opened, date_format=date_format,
    )  # fmt: skip


def as_bars(bars: object) -> IntradayBars:
    """Return bars from whatever holds them: a path, a frame, a mapping of frames by security."""
    if isinstance(bars, IntradayBars):
        return bars
    if isinstance(bars, str | Path):
        return read_bars(bars)
    # What a fetch returns carries the bars by symbol beside errors and remarks.
    content = getattr(bars, "bars", bars)
    if isinstance(content, pd.DataFrame):
        return IntradayBars.from_frame(content)
    if isinstance(content, Mapping):
        parts = []
        missing = dict(getattr(bars, "errors", {}))
        for symbol, frame in content.items():
            part = cast("pd.DataFrame", frame)
            if part.empty:
                missing[symbol] = "no bar for these dates"
                continue
            if isinstance(part.index, pd.DatetimeIndex):
                part = part.rename_axis("timestamp").reset_index()
            parts.append(part.assign(symbol=str(symbol)))
        if not parts:
            raise SchemaError(["the bars hold no security"])
        together = pd.concat(parts, ignore_index=True)
        combined = IntradayBars.from_frame(together)
        notes = [(str(security), str(reason)) for security, reason in missing.items()]
        notes += [(str(note.security), str(note.detail)) for note in getattr(bars, "notes", ())]
        return replace(combined, left_out=_with_remarks(combined.left_out, notes))
    raise SpecificationError(
        f"bars: expected a path, a frame or frames by security, got {type(bars).__name__}"
    )


def _with_remarks(left_out: pd.DataFrame, notes: list[tuple[str, str]]) -> pd.DataFrame:
    """Add a row for everything a fetch did not bring; its number of bars, not known, is 0."""
    rows = [
        {"security": security, "reason": reason, "bars": 0, "first": pd.NaT, "last": pd.NaT}
        for security, reason in notes
    ]
    return left_out_frame([*_records(left_out), *rows])


def join_left_out(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return several frames of bars not used as one."""
    return left_out_frame([row for frame in frames for row in _records(frame)])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def left_out_rows(
    security: str, reason: str, starts: pd.DatetimeIndex | pd.Series
) -> list[dict[str, Any]]:
    """Return one row that counts bars as not used, for a reason; no row without bars."""
    if not len(starts):
        return []
    return [
        {
            "security": security,
            "reason": reason,
            "bars": len(starts),
            "first": starts.min(),
            "last": starts.max(),
        }
    ]


def left_out_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows of bars not used as a frame with the columns `LEFT_OUT`, times in UTC."""
    frame = pd.DataFrame(rows, columns=list(LEFT_OUT))
    for column in ("first", "last"):
        stamps = pd.to_datetime(frame[column], utc=True)
        frame[column] = stamps.dt.as_unit("ns")
    return frame


def _security_of_file(file: Path) -> str:
    """Return what the name of a file begins with, up to the first ``_``, ``-`` or blank."""
    stem = file.stem
    for mark in "_- ":
        stem = stem.partition(mark)[0] or stem
    return stem


def _checked_bars(
    frame: pd.DataFrame,
    rows: IntArray,
    name: str,
    sha256: str,
    *,
    timezone: str | None,
    labels: str,
    security: str | None,
    minutes: int | None,
    opened: VendorBars | None = None,
    date_format: str | None = None,
) -> IntradayBars:
    choose(labels, get_args(Labels), "labels")
    if timezone is not None:
        check_zone(timezone, "timezone")
    if frame.empty:
        raise SchemaError([f"{name} has no rows"], file=name)
    when, close = column_of(frame, TIMES), column_of(frame, ("close",))
    lacks = [
        f"no column {required}{nearest(required, [str(c) for c in frame.columns])}"
        for required, present in (("timestamp", when), ("close", close))
        if present is None
    ]
    if lacks or when is None:
        raise SchemaError(lacks, file=name, row=1)
    problems: list[tuple[int, str]] = []
    label = None
    said = [] if opened is None else list(opened.said)
    has_own_zone = opened is not None and opened.zone is not None
    if date_format is None and not has_own_zone:
        label = times_of(frame[when], when, rows, timezone, problems)
    other: list[tuple[int, str]] = []
    if label is None or problems:
        read = vendor_times(
            frame[when], rows, other,
            timezone=timezone, vendor_zone=opened and opened.zone, order=opened and opened.order,
            date_format=date_format, subject=when, file=name,
        )  # fmt: skip
        is_other_form = label is None or bool(label.isna().all()) or len(other) < len(problems)
        if read is not None and is_other_form:
            label, problems = read[0], other
            said += read[1]
    if label is None:
        raise SchemaError([f"{name}: the column {when!r} holds no times"], file=name)
    n_unlisted = int(np.count_nonzero(label.isna())) - len(problems)
    values = {column: numbers_of(frame, column, rows, problems) for column in VALUES}
    securities = names_of(frame, security, rows, problems)
    for column in VALUES[:4]:
        problems += [
            (int(rows[at]), f"{column} {values[column][at]:g} is not positive")
            for at in np.flatnonzero(values[column] <= 0)
        ]
    problems += [
        (int(rows[at]), "the high is below the low")
        for at in np.flatnonzero(values["high"] < values["low"])
    ]
    if problems:
        problems.sort(key=lambda problem: problem[0])
        raise SchemaError(
            [Problem(file=name, row=row, reason=why) for row, why in problems],
            n_unlisted=n_unlisted,
        )
    table = pd.DataFrame({"security": securities, "start": label, **values, "row": rows})
    table, left_out = _without_repeats(table, name)
    table, odd = _without_contradictions(table, name)
    left_out = join_left_out([left_out, odd])
    length = _bar_minutes(table, name) if minutes is None else _checked_minutes(minutes)
    if labels == "end":
        table["start"] = table["start"] - pd.Timedelta(minutes=length)
    order = {
        security: position for position, security in enumerate(dict.fromkeys(table["security"]))
    }
    table = (
        table.assign(_rank=table["security"].map(order))
        .sort_values(["_rank", "start"], kind="stable", ignore_index=True)
        .drop(columns=["_rank", "row"])
    )
    return IntradayBars(
        frame=table, minutes=length, labels=labels, name=name, sha256=sha256, left_out=left_out,
        assumed=tuple(f"{name}: {phrase}" for phrase in dict.fromkeys(said)),
    )  # fmt: skip


def _without_repeats(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out rows that repeat another one; two different bars of one time are an error."""
    keys = ["security", "start"]
    repeated = table.duplicated(keys, keep=False)
    repeats: BoolArray = np.zeros(len(table), dtype=bool)
    if repeated.any():
        repeats = table.duplicated([*keys, *VALUES], keep="first").to_numpy(dtype=bool)
        differs = (repeated & ~repeats).to_numpy(dtype=bool)
        differing = table[differs].duplicated(keys, keep="first")
        if differing.any():
            rows = table[differs][differing]
            raise SchemaError([
                Problem(
                    file=name, row=int(row),
                    reason=f"another bar of {security} at {start:%Y-%m-%dT%H:%MZ} with "
                    "other numbers stands above",
                )
                for security, start, row in zip(
                    rows["security"], rows["start"], rows["row"], strict=True
                )
            ])  # fmt: skip
    listed: list[dict[str, Any]] = []
    for security, part in table[repeats].groupby("security", sort=False):
        listed += left_out_rows(str(security), "repeats another row", part["start"])
    return table[~repeats].reset_index(drop=True), left_out_frame(listed)


def _without_contradictions(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out bars whose open or close lies outside their own low and high."""
    is_odd = contradicts_itself(table)
    if not is_odd.any():
        return table, left_out_frame([])
    if is_odd.all():
        reason = f"every bar is odd: {OUTSIDE}; are the columns named rightly?"
        raise SchemaError([reason], file=name)
    listed: list[dict[str, Any]] = []
    for security, part in table[is_odd].groupby("security", sort=False):
        listed += left_out_rows(str(security), OUTSIDE, part["start"])
    return table[~is_odd].reset_index(drop=True), left_out_frame(listed)


def _bar_minutes(table: pd.DataFrame, name: str) -> int:
    """Return the minutes of a bar: the most common distance between neighbours."""
    minutes_of: dict[str, int] = {}
    for security, part in table.groupby("security", sort=False):
        starts = np.sort(part["start"].dt.tz_localize(None).to_numpy().astype("M8[ns]"))
        if len(starts) < 2:
            continue
        steps, counts = np.unique(np.diff(starts).astype(np.int64), return_counts=True)
        step = int(steps[np.argmax(counts)])
        if step % _NS_A_MINUTE or step <= 0:
            raise SchemaError([
                f"the bars of {security} are {step / 1e9:g} seconds apart; "
                "bars of whole minutes are needed"
            ], file=name)  # fmt: skip
        minutes_of[str(security)] = step // _NS_A_MINUTE
    if not minutes_of:
        raise SchemaError(["one bar only, which has no length; say minutes="], file=name)
    lengths = sorted(set(minutes_of.values()))
    if len(lengths) > 1:
        first = {
            length: next(w for w, m in minutes_of.items() if m == length) for length in lengths
        }
        listed = ", ".join(f"{first[length]} {length}" for length in lengths)
        raise SchemaError(
            [f"bars of several lengths (minutes: {listed}); give one at a time"], file=name
        )
    if lengths[0] >= _DAY:
        raise SchemaError([
            f"bars of {lengths[0]} minutes are no bars inside a day; "
            "a study of daily prices is EventStudy"
        ], file=name)  # fmt: skip
    return lengths[0]


def _checked_minutes(minutes: object) -> int:
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes < _DAY:
        raise SpecificationError(
            f"minutes = {minutes!r}: the length of a bar is 1 to {_DAY - 1} whole minutes",
            key="minutes",
        )
    return minutes
