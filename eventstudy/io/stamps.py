"""Dates and times as vendors write them, a column at a time, with what was understood.

The forms of ISO 8601 are those of `eventstudy.io.timestamps`; here stand the others: day and month
in either order, eight digits, years of the Minguo calendar, English month names, serial numbers of
spreadsheets, seconds since 1970. A column has one form. Where day and month could change places
and nothing in the column decides, it is refused.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eventstudy._typing import BoolArray, IntArray

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?|\d{6}|\d{4}"
_OFFSET = r"(?:UTC|GMT)?[+-]\d{2}:?\d{2}|(?:UTC|GMT)?[+-]\d{1,2}"
_ZONE = rf"Z|UTC|GMT|{_OFFSET}|[A-Z][A-Za-z]+/[A-Z][A-Za-z_/]+"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SATURDAY: Final = _WEEKDAYS.index("sat")
_DAYS: Final = {
    "year first": r"(?P<a>\d{4})(?:[-/.]|年)(?P<b>\d{1,2})(?:[-/.]|月)(?P<c>\d{1,2})日?",
    "eight digits": r"(?P<a>\d{4})(?P<b>\d{2})(?P<c>\d{2})",
    "year last": r"(?P<a>\d{1,2})[-/.] ?(?P<b>\d{1,2})[-/.] ?(?P<c>\d{4})",
    "short year": r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{2})",
    "minguo": r"(?P<a>\d{2,3})(?:[-/.]|年)(?P<b>\d{1,2})(?:[-/.]|月)(?P<c>\d{1,2})日?",
    "minguo digits": r"(?P<a>\d{3})(?P<b>\d{2})(?P<c>\d{2})",
    "day name": rf"(?P<a>\d{{1,2}})[- /]?(?P<b>{_MONTH})[- /,]*(?P<c>\d{{4}}|\d{{2}})",
    "month name": rf"(?P<b>{_MONTH}) ?(?P<a>\d{{1,2}}),? (?P<c>\d{{4}})",
}
_STAMPS: Final = {
    form: re.compile(
        rf"(?:(?P<weekday>{'|'.join(_WEEKDAYS)})[a-z]*,? )?{day}"
        rf"(?:[T ,]+(?P<clock>{_CLOCK}))? ?(?P<zone>{_ZONE})?",
        re.IGNORECASE | re.ASCII,
    )
    for form, day in _DAYS.items()
}
_MINGUO_ALONE: Final = re.compile(r"\d{3}(?:[-/.]\d|年)", re.ASCII)
"""A year of three digits, which no other calendar in use has."""
_NUMBER: Final = re.compile(r"\d+(?:\.\d*)?", re.ASCII)
_UNITS: Final = {10: "s", 13: "ms", 16: "us", 19: "ns"}
"""By the digits of a time since September 2001; one before it may have a digit less."""
_UNIT_NAMES: Final = {
    "s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds",
}  # fmt: skip
_SERIAL_ZERO: Final = np.datetime64("1899-12-30")
_SERIALS: Final = (20_000, 80_000)
"""Serial days of a spreadsheet that are read as dates: October 1954 to January 2119."""
ORDERS: Final = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}
_PATTERNS: Final = {"dmy": "dd/mm/yy", "mdy": "mm/dd/yy", "ymd": "yy/mm/dd"}
MINGUO: Final = 1911
_FEWEST_TO_TELL: Final = 3
_NAT = np.datetime64("NaT", "us")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stamps:
    """A column of dates or times.

    Parameters
    ----------
    local
        Day and clock as written, ``datetime64[us]``; in UTC for seconds since 1970; NaT where a
        cell is none.
    offset
        From UTC as it was written, ``timedelta64[us]``; NaT where there was none.
    zones
        Name of a zone as it was written beside each time; empty where there was none.
    has_clock
        Which cells had a time of day.
    said
        What was understood, a phrase each.
    """

    local: np.ndarray
    offset: np.ndarray
    zones: np.ndarray
    has_clock: BoolArray
    said: tuple[str, ...] = ()

    @property
    def is_instant(self) -> BoolArray:
        """Which cells say a moment, not only a local time."""
        return np.asarray(~np.isnat(self.offset))


def as_texts(cells: pd.Series) -> pd.Series:
    """Return cells as stripped text; whole numbers without decimals, an empty cell as ``""``."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return cells.map(lambda cell: "" if pd.isna(cell) else str(cell)).astype(object)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        numbers = cells.to_numpy(dtype=float, na_value=np.nan)
        whole = ["" if np.isnan(x) else f"{x:.0f}" if x == np.floor(x) else repr(x)
                 for x in numbers.tolist()]  # fmt: skip
        return pd.Series(whole, index=cells.index, dtype=object)
    texts = cells.fillna("").astype(str).str.replace("\u00a0", " ").str.strip()
    return texts.astype(object)


def read_stamps(
    cells: pd.Series,
    *,
    date_format: str | None = None,
    order: str | None = None,
    is_minguo: bool = False,
    are_sessions: bool = True,
    subject: str = "date",
    file: str = "",
) -> Stamps | None:
    """Read a column of dates or times in whatever one form it is written.

    Parameters
    ----------
    date_format
        ``"dmy"``, ``"mdy"``, ``"ymd"``, a pattern such as ``"dd/mm/yyyy"``, or the codes of
        `strptime`.
    order
        Order of day, month and year that the vendor is known to write; another one is found where
        some dates can only be read in that.
    is_minguo
        Years are those of the Minguo calendar.
    are_sessions
        Whether these are days of trading, so that the one order in which all are weekdays, in
        order and each once is theirs.
    subject, file
        What messages call the column and the file.

    Returns
    -------
    Stamps or None
        None where fewer than half of the filled cells have any one form.

    Raises
    ------
    SpecificationError
        Day and month could change places, and nothing decides; a date is no such weekday as stands
        beside it.
    """
    texts = as_texts(cells)
    if date_format is not None and "%" in date_format:
        return _by_format(texts, date_format)
    if date_format is not None:
        order = order_of(date_format)
    filled = texts != ""
    if not filled.any():
        return None
    # whichever form the first filled cells have; one glance for a long column
    glance = texts[filled].iloc[:50]
    is_minguo = is_minguo or glance.map(_MINGUO_ALONE.match).notna().mean() > 0.5
    numeric = glance.str.fullmatch(r"\d+(?:\.\d*)?", flags=re.ASCII)
    has_eight = glance.str.fullmatch(r"\d{8}(?:\.0)?", flags=re.ASCII).mean() > 0.5
    if numeric.mean() > 0.5 and not has_eight and not is_minguo:
        return _by_number(texts)
    forms = [form for form in _STAMPS if form.startswith("minguo") == is_minguo
             or form == "year first"]  # fmt: skip
    matched = {form: glance.map(_STAMPS[form].fullmatch).notna().mean() for form in forms}
    form = max(matched, key=matched.__getitem__)
    if matched[form] <= 0.5:
        return None
    return _by_form(
        texts, form, order, subject, file,
        is_sure=date_format is not None, are_sessions=are_sessions,
    )  # fmt: skip


@contextmanager
def named_date_format() -> Iterator[None]:
    """Raise an error about the order of dates as one about the argument ``date_format``."""
    try:
        yield
    except SpecificationError as error:
        raise SpecificationError(error.reason, file=error.file).at(key="date_format") from None


def is_like_a_stamp(text: str) -> bool:
    """Whether a text has the form of a date or time, or is a number that could stand for one."""
    return _NUMBER.fullmatch(text) is not None or any(
        stamp.fullmatch(text) for stamp in _STAMPS.values()
    )


def are_stamps(texts: Iterable[str]) -> bool:
    """Whether every text has the form of a date or time, and none is a plain number."""
    return all(
        not text.isdecimal() and any(stamp.fullmatch(text) for stamp in _STAMPS.values())
        for text in texts
    )


def order_of(date_format: str) -> str:
    """Return the order a date format such as ``"dmy"`` or ``"dd/mm/yyyy"`` stands for.

    Raises
    ------
    SpecificationError
        It says none.
    """
    letters = "".join(dict.fromkeys(re.sub("[^dmy]", "", date_format.lower().split("h")[0])))
    if letters not in ORDERS:
        raise SpecificationError(
            f"date_format {date_format!r} says no order of day, month and year; write one such as "
            '"dd/mm/yyyy", "mm/dd/yyyy" or "%d/%m/%Y"',
            key="prices.date_format",
        )
    return letters


def _by_format(texts: pd.Series, date_format: str) -> Stamps:
    try:
        parsed = pd.to_datetime(texts, format=date_format, errors="coerce", utc="%z" in date_format)
    except ValueError as error:
        raise SpecificationError(
            f"date_format {date_format!r} is no format of dates ({error})", key="prices.date_format"
        ) from None
    is_instant = parsed.dt.tz is not None
    local = (parsed.dt.tz_localize(None) if is_instant else parsed).to_numpy().astype("M8[us]")
    return _stamps(local, is_utc=is_instant, said=(f"dates are written {date_format}",))


def _by_number(texts: pd.Series) -> Stamps | None:
    """Read serial days of a spreadsheet, or seconds since 1970 and their fractions."""
    numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce").to_numpy(dtype=float)
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return None
    low, high = _SERIALS
    if ((finite >= low) & (finite < high)).all():
        micro = np.round(np.where(np.isfinite(numbers), numbers, 0) * 86_400) * 1e6
        local = (_SERIAL_ZERO + micro.astype("m8[us]")).astype("M8[us]")
        local[~np.isfinite(numbers)] = _NAT
        return _stamps(local, said=("dates are serial days of a spreadsheet",))
    lengths = set(texts[texts != ""].str.partition(".")[0].str.len())
    longest = max(lengths)
    if not lengths <= {longest, longest - 1} or (unit := _UNITS.get(longest)) is None:
        return None
    whole = texts.str.partition(".")[0]
    values = pd.to_numeric(whole.where(whole != "", "0")).to_numpy(dtype=np.int64)
    local = values.astype(f"M8[{unit}]").astype("M8[us]")
    local[(texts == "").to_numpy()] = _NAT
    return _stamps(local, is_utc=True, said=(f"times are {_UNIT_NAMES[unit]} since 1970 (UTC)",))


def _stamps(local: np.ndarray, *, is_utc: bool = False, said: tuple[str, ...] = ()) -> Stamps:
    offset = np.full(len(local), np.timedelta64("NaT", "us"))
    if is_utc:
        offset[~np.isnat(local)] = np.timedelta64(0, "us")
    zones = np.full(len(local), "", dtype=object)
    clock = local - local.astype("M8[D]")
    has_clock = np.asarray(clock != np.timedelta64(0, "us")) & ~np.isnat(local)
    return Stamps(local=local, offset=offset, zones=zones, has_clock=has_clock, said=said)


def _by_form(
    texts: pd.Series,
    form: str,
    order: str | None,
    subject: str,
    file: str,
    *,
    is_sure: bool,
    are_sessions: bool,
) -> Stamps:
    parts = texts.str.extract(rf"^{_STAMPS[form].pattern}$", flags=re.IGNORECASE | re.ASCII)
    said: list[str] = []
    first, second, third = (parts[name] for name in "abc")
    weekday = _weekdays(parts["weekday"])
    if form in {"day name", "month name"}:
        days = _days(_full_years(third), _places(second, _MONTHS) + 1, first)
    elif form in {"minguo", "minguo digits"}:
        days = _days(pd.to_numeric(first) + MINGUO, second, third)
        said.append(f"years are those of the Minguo calendar ({MINGUO} added)")
    elif form in {"year last", "short year"}:
        days, phrase = _ordered(
            form, (first, second, third), order, weekday, texts, subject, file,
            is_sure=is_sure, are_sessions=are_sessions,
        )  # fmt: skip
        said.append(phrase)
    else:
        days = _days(first, second, third)
        if form == "eight digits":
            said.append("dates are eight digits, year first")
    _check_weekdays(days, weekday, texts, subject, file)
    clock, has_clock = _clocks(parts["clock"])
    offset, zones = _offsets(parts["zone"])
    local = days.astype("M8[us]") + clock
    return Stamps(local=local, offset=offset, zones=zones, has_clock=has_clock, said=tuple(said))


def _places(texts: pd.Series, names: tuple[str, ...]) -> pd.Series:
    """Return the place from 0 among `names` of the three letters each text begins with."""
    return texts.str[:3].str.lower().map({name: place for place, name in enumerate(names)})


def weekday_of(days: np.ndarray) -> IntArray:
    """Return the weekday of each date, Monday 0 to Sunday 6."""
    # 1970-01-01 was a Thursday.
    return np.asarray((days.astype("M8[D]").astype(np.int64) + 3) % 7)


def are_weekdays(days: np.ndarray) -> bool:
    """Whether no date is a Saturday or Sunday."""
    return bool((weekday_of(days) < _SATURDAY).all())


def _weekdays(texts: pd.Series) -> np.ndarray:
    """Return the weekdays that stand beside dates, Monday 0 to Sunday 6; NaN where none does."""
    weekday = np.full(len(texts), np.nan)
    is_there = texts.notna().to_numpy()
    weekday[is_there] = _places(texts[is_there], _WEEKDAYS).to_numpy(dtype=float)
    return weekday


def _contradicts(days: np.ndarray, weekday: np.ndarray) -> BoolArray:
    """Return which dates are no such weekday as stands beside them."""
    return np.asarray(np.isfinite(weekday) & ~np.isnat(days) & (weekday_of(days) != weekday))


def _check_weekdays(
    days: np.ndarray, weekday: np.ndarray, texts: pd.Series, subject: str, file: str
) -> None:
    """Refuse dates that contradict the weekday beside them: one of the two is a mistake."""
    (wrong,) = np.nonzero(_contradicts(days, weekday))
    if not wrong.size:
        return
    example, day = texts.iloc[wrong[0]], pd.Timestamp(days[wrong[0]]).day_name()
    more = f" ({len(wrong):,} in all are other days than they say)" if len(wrong) > 1 else ""
    raise SpecificationError(
        f"{subject} {example!r} is a {day}{more}; correct the date or the weekday", file=file
    )


def _full_years(texts: pd.Series) -> pd.Series:
    years = pd.to_numeric(texts)
    return years.where(years >= 100, years + np.where(years < 50, 2000, 1900))


def _days(year: pd.Series, month: pd.Series, day: pd.Series) -> np.ndarray:
    years, months, days = (pd.to_numeric(part) for part in (year, month, day))
    known = years.between(FIRST_YEAR, LAST_YEAR) & months.notna() & days.notna()
    table = pd.DataFrame({"year": years, "month": months, "day": days})[known].astype(int)
    out = np.full(len(years), np.datetime64("NaT", "D"))
    if len(table):
        parsed = pd.to_datetime(table, errors="coerce")
        out[known.to_numpy()] = parsed.to_numpy().astype("M8[D]")
    return out


def _ordered(
    form: str,
    parts: tuple[pd.Series, pd.Series, pd.Series],
    order: str | None,
    weekday: np.ndarray,
    texts: pd.Series,
    subject: str,
    file: str,
    *,
    is_sure: bool,
    are_sessions: bool,
) -> tuple[np.ndarray, str]:
    """Return days of which the order of day and month has to be found, and how it was.

    An `order` that is not sure gives way to one in which every cell is a date.
    """
    a, b, c = parts
    readings = {"dmy": (c, b, a), "mdy": (c, a, b)}
    if form == "short year":
        readings["ymd"] = (a, b, c)
    read = {name: _days(_full_years(y), m, d) for name, (y, m, d) in readings.items()}
    filled = (texts != "").to_numpy()
    complete = {name: days for name, days in read.items() if not np.isnat(days[filled]).any()}
    agreeing = {
        name: days for name, days in complete.items() if not _contradicts(days, weekday).any()
    }
    if len(agreeing) == 1 < len(complete) and not is_sure:
        ((name, days),) = agreeing.items()
        return days, f"dates are {ORDERS[name]}: only so they are the weekdays beside them"
    if order in read and (is_sure or order in complete or not complete):
        return read[order], f"dates are {ORDERS[order]}"
    if not complete:  # one cell is wrong in each: the one with the most dates names it
        best = max(read, key=lambda name: int((~np.isnat(read[name])).sum()))
        counts = [int((~np.isnat(days)).sum()) for days in read.values()]
        if counts.count(max(counts)) == 1:
            return read[best], f"dates are {ORDERS[best]}"
        is_first = {name: ~np.isnat(read[name]) for name in ("dmy", "mdy")}
        only_dmy = np.flatnonzero(is_first["dmy"] & ~is_first["mdy"])
        only_mdy = np.flatnonzero(is_first["mdy"] & ~is_first["dmy"])
        if len(only_dmy) and len(only_mdy):
            raise SpecificationError(
                f"{subject} {texts.iloc[only_dmy[0]]!r} has the day first and "
                f"{texts.iloc[only_mdy[0]]!r} the month; write all in one order",
                file=file,
            ).at(key="prices.date_format")
        complete = read
    distinct = {days[filled].tobytes(): name for name, days in reversed(complete.items())}
    if len(distinct) == 1:
        (name,) = distinct.values()
        if len(complete) > 1:
            return complete[name], "every date is the same whether day or month comes first"
        return complete[name], f"dates are {ORDERS[name]}: a number above 12 is there"
    likeliest = None
    if are_sessions:
        likeliest = _likeliest({name: days[filled] for name, days in complete.items()})
    if likeliest is None:
        raise SpecificationError(
            f"{subject} {_two_meanings(list(complete), texts[filled].iloc[0])}", file=file
        ).at(key="prices.date_format")
    return complete[likeliest], (
        f"dates are {ORDERS[likeliest]}: only so all are weekdays, in order, each once"
    )


def _two_meanings(orders: list[str], example: str) -> str:
    if "ymd" not in orders:
        return (
            f"{example!r} can be read with the day or the month first, and nothing decides; say "
            'which with date_format = "dd/mm/yyyy" or "mm/dd/yyyy"'
        )
    ways = [f"{ORDERS[order]} ({_PATTERNS[order]})" for order in orders]
    return (
        f"{example!r} can be read as {' or '.join(ways)}, and nothing decides; say which with "
        f'date_format, such as date_format = "{_PATTERNS[orders[0]]}"'
    )


def _likeliest(readings: dict[str, np.ndarray]) -> str | None:
    """Return the one reading of dates that is ordered, all weekdays and the closest together."""
    spans = {name: int(np.ptp(days.astype(np.int64))) for name, days in readings.items()}
    plausible = []
    for name, days in readings.items():
        unique = days[np.r_[True, days[1:] != days[:-1]]]  # bars of one day repeat it
        steps = np.diff(unique.astype(np.int64))
        is_ordered = (steps > 0).all() or (steps < 0).all()
        if are_weekdays(days) and is_ordered and len(unique) >= _FEWEST_TO_TELL:
            plausible.append(name)
    if len(plausible) != 1 or spans[plausible[0]] > min(spans.values()):
        return None
    return plausible[0]


def _clocks(texts: pd.Series) -> tuple[np.ndarray, BoolArray]:
    """Return times of day as differences from midnight, and which cells had one."""
    given = texts.fillna("").str.strip()
    has_clock = (given != "").to_numpy(dtype=bool)
    clock = np.full(len(given), np.timedelta64(0, "us"))
    if not has_clock.any():
        return clock, has_clock
    digits = given.str.fullmatch(r"\d{4}|\d{6}", flags=re.ASCII)
    padded = given.where(~digits, given.str[:2] + ":" + given.str[2:4] + ":" +
                         given.str[4:].where(given.str.len() > 4, "00"))  # fmt: skip
    parts = padded.str.extract(
        r"^(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?(?: ?([AaPp])\.?[Mm]\.?)?$", flags=re.ASCII
    )
    hour, minute = (pd.to_numeric(parts[at]) for at in (0, 1))
    second = pd.to_numeric(parts[2].fillna("0").str.replace(",", "."))
    half = parts[3].fillna("").str.lower()
    hour = hour.where(half == "", hour % 12 + np.where(half == "p", 12, 0))
    wrong = (hour > 23) | (minute > 59) | (second >= 60)
    micro = ((hour * 60 + minute) * 60 + second).where(~wrong) * 1e6
    values = micro.to_numpy(dtype=float)
    is_wrong = has_clock & ~np.isfinite(values)
    clock = np.where(np.isfinite(values), np.round(np.nan_to_num(values)), 0).astype("m8[us]")
    clock[is_wrong] = np.timedelta64("NaT", "us")
    return clock, has_clock


def _offsets(texts: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets from UTC, NaT where none is written, and names of zones."""
    given = texts.fillna("").str.strip()
    offset = np.full(len(given), np.timedelta64("NaT", "us"))
    zones = np.full(len(given), "", dtype=object)
    for text in given.unique():
        if not text:
            continue
        where = (given == text).to_numpy()
        match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", text, re.IGNORECASE)
        if text.upper() in {"Z", "UTC", "GMT"}:
            offset[where] = np.timedelta64(0, "us")
        elif match:
            minutes = int(match[2]) * 60 + int(match[3] or 0)
            size = np.timedelta64(-minutes if match[1] == "-" else minutes, "m")
            offset[where] = size.astype("m8[us]")
        else:
            zones[where] = text
    return offset, zones
