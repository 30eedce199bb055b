"""When an item was published, read from what was written: never guessed, refused on doubt."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import Final, NamedTuple

from eventstudy.events import FIRST_YEAR, LAST_YEAR

_ZONE = r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
_DAY: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})", re.ASCII)
_MOMENT: Final = re.compile(
    rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}}|\d{{4}}/\d{{1,2}}/\d{{1,2}})[T ]\s*(?P<time>{_TIME})"
    rf"\s*(?P<zone>{_ZONE})?",
    re.IGNORECASE | re.ASCII,
)
_BASIC: Final = re.compile(
    r"(?P<day>\d{8})T(?P<time>\d{4}(?:\d{2}(?:\.\d+)?)?)(?P<zone>Z|[+-]\d{4})?",
    re.IGNORECASE | re.ASCII,
)
_MAIL: Final = re.compile(
    r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
    r"(?P<day>\d{1,2})[ -](?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ -]"
    rf"(?P<year>\d{{4}}|\d{{2}}),?(?:\s+(?P<time>{_TIME})\s*(?P<zone>[A-Za-z]{{1,5}}|[+-]\d{{4}})?)?",
    re.IGNORECASE | re.ASCII,
)
_SECONDS: Final = re.compile(r"1\d{9}(?:\d{3})?", re.ASCII)
_EITHER_WAY: Final = re.compile(r"\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?:\D.*)?", re.ASCII)
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
# RFC 822, 5.1. `email.utils` reads any other name as UTC.
_MAIL_ZONES: Final = {
    **dict.fromkeys(("Z", "UT", "UTC", "GMT"), 0),
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EXAMPLE: Final = "2025-05-02T09:00+08:00"
_WIDEST: Final = dt.timedelta(hours=15)


class Moment(NamedTuple):
    """A time or a date as it was written.

    Parameters
    ----------
    date
        The date at the item's own offset.
    time
        The moment with its offset; None for a date alone.
    notes
        What had to be read into it.
    is_local
        Whether it had no offset and was read in the zone given.
    """

    date: dt.date
    time: dt.datetime | None
    notes: tuple[str, ...] = ()
    is_local: bool = False

    @property
    def iso(self) -> str | None:
        """The moment in ISO 8601 at its own offset; None for a date alone."""
        if self.time is None:
            return None
        is_whole = not self.time.second and not self.time.microsecond
        return self.time.isoformat(timespec="minutes" if is_whole else "auto")


def read_moment(raw: str, zone: str | None = None) -> Moment:
    """Read ISO 8601, RFC 822 (the dates of mail and RSS) or seconds since 1970.

    Parameters
    ----------
    zone
        IANA name of the zone of a time that has no offset.

    Raises
    ------
    ValueError
        One sentence: not such a date, a time without offset, a year out of bounds.

    Examples
    --------
    >>> read_moment("Fri, 02 May 2025 09:00:00 +0800").iso
    '2025-05-02T09:00+08:00'
    >>> read_moment("2025-05-02").iso is None
    True
    """
    text = " ".join(raw.split())
    if len(text) > 100:
        raise ValueError(f"published {text[:60]!r}... is no date; write it like {_EXAMPLE}")
    if found := _DAY.fullmatch(text):
        parts = [int(part) for part in found.groups() if part and part.isdigit()]
        return Moment(_date(raw, *parts), None)
    if found := _MOMENT.fullmatch(text) or _BASIC.fullmatch(text):
        return _iso(raw, found, zone)
    if found := _MAIL.fullmatch(text):
        return _mail(raw, found, zone)
    if _SECONDS.fullmatch(text) and (seconds := int(text[:10])) < 1_900_000_000:
        time = dt.datetime.fromtimestamp(seconds, dt.UTC)
        return Moment(time.date(), time, ("published read as seconds since 1970",))
    if _EITHER_WAY.fullmatch(text):
        raise ValueError(
            f"published {text!r} does not say which number is the month; write it like 2025-05-02"
        )
    raise ValueError(f"published {text!r} is no ISO 8601 or RFC 822 date; write it like {_EXAMPLE}")


def _iso(raw: str, found: re.Match[str], zone: str | None) -> Moment:
    digits = re.findall(r"\d+", found["day"])
    if len(digits) == 1:
        digits = [digits[0][:4], digits[0][4:6], digits[0][6:]]
    date = _date(raw, *map(int, digits))
    return _placed(raw, date, _clock(raw, found["time"]), _offset(raw, found["zone"]), zone)


def _mail(raw: str, found: re.Match[str], zone: str | None) -> Moment:
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += 2000 if year < 50 else 1900  # RFC 2822, 4.3
    date = _date(raw, year, _MONTHS.index(found["month"].lower()) + 1, int(found["day"]))
    said = found["weekday"]
    if said and not _WEEKDAYS[date.weekday()].lower().startswith(said.lower()):
        raise ValueError(
            f"published {raw.strip()!r}: {date} was a {_WEEKDAYS[date.weekday()]}; "
            "weekday and date contradict each other"
        )
    if found["time"] is None:
        return Moment(date, None)
    name = found["zone"]
    notes: tuple[str, ...] = ()
    offset = None
    if name and name[0] in "+-":
        offset = _offset(raw, name)
    elif name:
        if name.upper() not in _MAIL_ZONES:
            raise ValueError(
                f"published {raw.strip()!r}: the zone {name!r} has no meaning of its own; "
                f"write the offset, as in {_EXAMPLE}"
            )
        offset = dt.timedelta(hours=_MAIL_ZONES[name.upper()])
        if offset:
            notes = (f"{name.upper()} read as RFC 822 has it, UTC{_signed(offset)}",)
    moment = _placed(raw, date, _clock(raw, found["time"]), offset, zone)
    return moment._replace(notes=(*notes, *moment.notes))


def _placed(
    raw: str, date: dt.date, clock: dt.time, offset: dt.timedelta | None, zone: str | None
) -> Moment:
    local = dt.datetime.combine(date, clock)
    if offset is not None:
        if abs(offset) > _WIDEST:
            raise ValueError(f"published {raw.strip()!r}: no place on earth has this offset")
        return Moment(date, local.replace(tzinfo=dt.timezone(offset)))
    if zone is None:
        raise ValueError(
            f"published {raw.strip()!r} is a time without an offset from UTC; "
            f"write it like {_EXAMPLE}, or say which timezone such times are in"
        )
    place = zoneinfo.ZoneInfo(zone)
    first, second = local.replace(tzinfo=place), local.replace(tzinfo=place, fold=1)
    if first.utcoffset() != second.utcoffset():
        is_gap = first.astimezone(dt.UTC).astimezone(place).replace(tzinfo=None) != local
        what = "does not exist" if is_gap else "is there twice"
        raise ValueError(
            f"published {raw.strip()!r} {what} in {zone}, where the clock changes; "
            "write it with its offset"
        )
    fixed = first.replace(tzinfo=dt.timezone(first.utcoffset() or dt.timedelta()))
    note = f"time without an offset read in {zone}"
    return Moment(date, fixed, (note,), is_local=True)


def _date(raw: str, year: int, month: int, day: int) -> dt.date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(
            f"published {raw.strip()!r} lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
        )
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError(f"published {raw.strip()!r}: the calendar has no such day") from None


def _clock(raw: str, text: str) -> dt.time:
    whole, _, fraction = text.replace(",", ".").partition(".")
    parts = whole.split(":") if ":" in whole else re.findall(r"\d\d", whole)
    hour, minute, second = (int(part) for part in (*parts, "0")[:3])
    try:
        return dt.time(hour, minute, second, int(f"{fraction:0<6}"[:6]))
    except ValueError:
        raise ValueError(f"published {raw.strip()!r}: the day has no such time") from None


def _offset(raw: str, text: str | None) -> dt.timedelta | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return dt.timedelta()
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if minutes >= 60:
        raise ValueError(f"published {raw.strip()!r}: no place on earth has this offset")
    size = dt.timedelta(hours=hours, minutes=minutes)
    return -size if text[0] == "-" else size


def _signed(offset: dt.timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
