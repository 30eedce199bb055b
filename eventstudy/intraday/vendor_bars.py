"""Files of bars as vendors write them, made into the columns that `bars` reads."""

from __future__ import annotations

import re
import zoneinfo
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import SchemaError
from eventstudy.io.stamps import ORDERS, as_texts, read_stamps
from eventstudy.prices.files.dialects.catalogue import GENERIC, heading, sentence_of
from eventstudy.prices.files.dialects.opening import open_table
from eventstudy.prices.files.dialects.roles import roles_of
from eventstudy.prices.files.dialects.values import plain_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from eventstudy._typing import IntArray
    from eventstudy.prices.files.dialects.catalogue import Dialect

_VALUES = ("open", "high", "low", "close", "volume")
_SYMBOL_OF_HISTDATA = re.compile(r"DAT_[A-Z]+_([A-Z0-9]+)_", re.IGNORECASE)
_FIXED = re.compile(r"([+-])(\d{2}):(\d{2})")


class VendorBars(NamedTuple):
    """Bars under the names `bars` knows, and how they were read."""

    frame: pd.DataFrame
    rows: IntArray
    name: str
    sha256: str
    said: list[str]
    """A phrase for each thing that was understood."""
    order: str | None = None
    """Order of day, month and year that the vendor writes."""
    zone: str | None = None
    """Of times without an offset, where the vendor always writes the same: a name or an offset."""
    security: str | None = None


def open_bars(
    path: Path, columns: Mapping[str, str] | None = None, dialect: str | None = None
) -> VendorBars:
    """Return a file of bars with the time in ``timestamp``, names in ``symbol``, prices plain.

    A file that has these columns already is returned as it is.

    Raises
    ------
    SourceError, SchemaError, SpecificationError
        As `open_table`; a column that is named and not there.
    """
    opened = open_table(path, None, dialect)
    cells, form, said = opened.cells, opened.dialect, list(opened.said)
    titles = {heading(str(column)): str(column) for column in reversed(cells.frame.columns)}
    is_split = "date" in titles and "time" in titles
    is_generic = form.name == GENERIC
    if is_generic and not columns and not is_split:
        frame, phrases = plain_values(
            cells.frame, form, delimiter=_delimiter(cells), keep=_others(titles)
        )
        said += phrases
        return VendorBars(frame, cells.rows, cells.name, cells.sha256, said)
    roles = roles_of(cells.frame, form, columns or {}, "prices", cells.name)
    if roles is None or "close" not in roles.columns:
        raise SchemaError(
            [f"{cells.name} has no column that is known to be the close; say which is, in columns"],
            file=cells.name,
            row=1,
        )
    times = cells.frame[roles.date]
    if roles.time is not None:
        times = (as_texts(times) + " " + as_texts(cells.frame[roles.time])).str.strip()
        said.append(f"the time is {roles.date} and {roles.time} together")
    parts = {"timestamp": times}
    if "security" in roles.columns:
        parts["symbol"] = cells.frame[roles.columns["security"]]
    parts |= {role: cells.frame[roles.columns[role]] for role in _VALUES if role in roles.columns}
    table = pd.DataFrame(parts)
    table, phrases = plain_values(
        table, form, delimiter=_delimiter(cells), keep=("timestamp", "symbol")
    )
    said += phrases
    if roles.unused:
        said.append(f"columns not used: {', '.join(roles.unused)}")
    if not is_generic and not form.is_plain:
        said.insert(0, sentence_of(form))
    security = opened.security
    if form.name == "histdata" and (named := _SYMBOL_OF_HISTDATA.match(path.stem)):
        security = named[1]
    order = form.dates if form.dates in ORDERS else None
    zone = _zone(form, roles.date)
    return VendorBars(table, cells.rows, cells.name, cells.sha256, said, order, zone, security)


def _delimiter(cells: object) -> str:
    return ";" if getattr(cells, "has_decimal_comma", False) else ","


def _others(titles: Mapping[str, str]) -> tuple[str, ...]:
    """Return the columns of a table of bars that hold no numbers."""
    return tuple(title for name, title in titles.items() if name not in _VALUES)


def _zone(form: Dialect, title: str) -> str | None:
    words = set(re.findall("[a-z]+", title.lower()))
    return "UTC" if words & {"gmt", "utc"} else form.zone or None


def vendor_times(
    cells: pd.Series,
    rows: IntArray,
    problems: list[tuple[int, str]],
    *,
    timezone: str | None,
    vendor_zone: str | None = None,
    order: str | None = None,
    date_format: str | None = None,
    subject: str = "timestamp",
    file: str = "",
) -> tuple[pd.DatetimeIndex, list[str]] | None:
    """Return times of bars in UTC from forms other than ISO 8601, with what was understood.

    Parameters
    ----------
    timezone
        Of times that say none, as the user gave it.
    vendor_zone
        Of the same where the vendor always writes it: a name, or a fixed offset such as
        ``"-05:00"``.
    order, date_format, subject, file
        As `read_stamps`.
    problems
        Gains row and sentence of each cell that is none.

    Returns
    -------
    tuple or None
        None where the cells have no one form.

    Raises
    ------
    SpecificationError
        Day and month could change places, and nothing decides.
    """
    stamps = read_stamps(cells, date_format=date_format, order=order, subject=subject, file=file)
    if stamps is None:
        return None
    said = [phrase.replace("dates are", "dates of times are") for phrase in stamps.said]
    texts = as_texts(cells)
    out = stamps.local - stamps.offset
    is_open = np.isnat(stamps.offset) & ~np.isnat(stamps.local)
    problems += [
        (int(rows[at]), f'{subject} "{texts.iloc[at]}" is no time as the others')
        for at in np.flatnonzero(np.isnat(stamps.local))
    ]
    # what the vendor always writes holds, whatever zone the user meant for files that do not say
    zones = np.where(stamps.zones == "", vendor_zone or timezone or "", stamps.zones)
    for zone in dict.fromkeys(zones[is_open].tolist()):
        where = is_open & (zones == zone)
        if not zone:
            problems += [
                (int(rows[at]), f'{subject} "{texts.iloc[at]}" has no offset from UTC; name the '
                 "zone with timezone=")
                for at in np.flatnonzero(where)
            ]  # fmt: skip
            continue
        out[where] = _in_utc(stamps.local[where], zone, rows[where], subject, problems)
        written = bool((stamps.zones[where] == zone).any())
        if written or zone == vendor_zone:
            clock = f"UTC{zone} all year, without daylight saving"
            said.append(f"times are in {clock if _FIXED.fullmatch(zone) else zone}")
        if zone == vendor_zone and timezone not in (None, zone):
            said.append(f"the timezone {timezone} that was given is not used")
    return pd.DatetimeIndex(out.astype("M8[ns]")).tz_localize("UTC"), said


def _in_utc(
    local: np.ndarray, zone: str, rows: IntArray, subject: str, problems: list[tuple[int, str]]
) -> np.ndarray:
    if match := _FIXED.fullmatch(zone):
        minutes = int(match[2]) * 60 + int(match[3])
        return np.asarray(local + np.timedelta64(minutes if match[1] == "-" else -minutes, "m"))
    try:
        clocks = zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        problems += [(int(row), f"{subject}: no zone is called {zone!r}") for row in rows]
        return np.full(len(local), np.datetime64("NaT", "us"))
    stamps = pd.DatetimeIndex(local).tz_localize(clocks, ambiguous="NaT", nonexistent="NaT")
    out = stamps.tz_convert("UTC").tz_localize(None).to_numpy().astype("M8[us]")
    problems += [
        (
            int(rows[at]),
            f"{subject}: {local[at]} is there twice or never in {zone}, where the clock changes; "
            "write it with its offset",
        )
        for at in np.flatnonzero(np.isnat(out))
    ]
    return out
