"""The one reader of times and dates written as text.

Which forms are accepted depends on where the text was written (`doors`). A time without an offset
is read only where a zone may replace it and is given; a local time that the zone's clocks show
twice or never is refused.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR, LONGEST, TimestampError

if TYPE_CHECKING:
    from eventstudy.io.doors import Door, Form, Kind

Precision = Literal["exact", "approx", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """A time or a date as it was written.

    Parameters
    ----------
    date
        The day at the writer's own offset.
    instant
        The time in UTC; None for a date alone.
    offset
        From UTC, as it was written or as the clocks of `zone` had it; None for a date alone.
    zone
        IANA name of the zone that stood in for an offset; None where none was needed.
    assumed
        What the reader assumed, one sentence each.
    is_doubtful
        Whether what was written may be an hour off: a name of winter time in summer.
    """

    date: dt.date
    instant: dt.datetime | None = None
    offset: dt.timedelta | None = None
    zone: str | None = None
    assumed: tuple[str, ...] = ()
    is_doubtful: bool = False

    @property
    def precision(self) -> Precision:
        """``"exact"``, ``"approx"`` if doubtful, ``"day"`` for a date alone, as in events files."""
        if self.instant is None:
            return "day"
        return "approx" if self.is_doubtful else "exact"

    @property
    def local(self) -> dt.datetime | None:
        """The time at its own offset; None for a date alone."""
        if self.instant is None or self.offset is None:
            return None
        return self.instant.astimezone(dt.timezone(self.offset))

    @property
    def iso(self) -> str | None:
        """The time in ISO 8601 at its own offset; None for a date alone."""
        return None if self.local is None else iso_text(self.local)


# ---- the grammar -----------------------------------------------------------------------------

_ZONE = r"(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)"
_FRACTION = r"(?:[.,]\d+)?"
_CALENDAR_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2})", re.ASCII)
ISO: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2}|\d{8})(?:T ?| |(?<=\d{8})(?=\d{6}(?:\D|$)))(?P<time>"
    rf"\d{{2}}:\d{{2}}(?::\d{{2}}{_FRACTION})?|\d{{4}}(?:\d{{2}}{_FRACTION})?|(?<=T)\d{{2}})"
    rf" ?(?P<zone>{_ZONE})?",
    re.IGNORECASE | re.ASCII,
)
"""A day and a time of it, with or without an offset; groups ``day``, ``time``, ``zone``."""
_WEEK: Final = re.compile(r"\d{4}-?W\d{2}", re.IGNORECASE | re.ASCII)
MIDNIGHT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
"""A date, or midnight of it with any offset; the date is the first group."""
_CLOCK = rf"\d{{1,2}}:\d{{2}}(?::\d{{2}}{_FRACTION})?"
YEAR_FIRST: Final = re.compile(
    r"(?P<day>\d{4}([-/.])\d{1,2}\2\d{1,2})"
    rf"(?:(?:T ?| )(?P<time>{_CLOCK}) ?(?P<zone>{_ZONE})?)?",
    re.IGNORECASE | re.ASCII,
)
"""The same with any separator of the day and without leading zeros; also a day alone."""
_MAIL: Final = re.compile(
    r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
    r"(?P<day>\d{1,2})[ -](?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ -]"
    rf"(?P<year>\d{{4}}|\d{{2}}),?"
    rf"(?:\s+(?P<time>{_CLOCK})\s*(?P<zone>[A-Za-z]{{1,5}}|[+-]\d{{4}})?)?",
    re.IGNORECASE | re.ASCII,
)
_CTIME: Final = re.compile(  # as C and Python print a time, with an offset
    r"(?P<weekday>[a-z]{3,9}) (?P<month>[a-z]{3}) (?P<day>\d{1,2}) "
    r"(?P<time>\d{2}:\d{2}:\d{2}) (?P<zone>[a-z]{1,5}|[+-]\d{4}) (?P<year>\d{4})",
    re.IGNORECASE | re.ASCII,
)
_NAMED: Final = re.compile(  # ISO 8601 but for the name of its zone
    rf"(?P<day>\d{{4}}([-/.])\d{{1,2}}\2\d{{1,2}})(?:T ?| )(?P<time>{_CLOCK}) ?"
    r"(?P<name>(?!am|pm)[a-z]{2,5})",
    re.IGNORECASE | re.ASCII,
)
_SECONDS: Final = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d{1,9})?", re.ASCII)
_EITHER_WAY: Final = re.compile(r"\d{1,2}([-/.])\d{1,2}\1(?:\d{4}|\d{2})(?:\D.*)?", re.ASCII)
_LIKE_A_TIME: Final = re.compile(
    r"\s*\d{4}(?:[-/.]?\d{2}[-/.]?\d{2}|-?W\d{2}(?:-?\d)?)(?:[T\W]|$)", re.IGNORECASE | re.ASCII
)
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# RFC 822, 5.1, and the zone whose clocks have these names. CST is left out: it is as often that of
# China, 14 hours away. `email.utils` reads any name it does not know as UTC.
_UTC_NAMES: Final = frozenset({"Z", "UT", "UTC", "GMT"})
_MAIL_ZONES: Final = {
    **dict.fromkeys(("EST", "EDT"), "America/New_York"),
    "CDT": "America/Chicago",
    **dict.fromkeys(("MST", "MDT"), "America/Denver"),
    **dict.fromkeys(("PST", "PDT"), "America/Los_Angeles"),
}
_WIDEST: Final = dt.timedelta(hours=15)


# ---- the reader ------------------------------------------------------------------------------


def read_time(
    text: str, door: Door, *, zone: str | None = None, subject: str | None = None
) -> Timestamp:
    """Read a time or a date as its door accepts it.

    Parameters
    ----------
    zone
        IANA name, known to exist, of the zone of a time without an offset; without effect where
        the door wants the offset itself.
    subject
        What a message calls the text; the door's own word by default.

    Raises
    ------
    TimestampError
        One sentence: what is wrong with the text and what to write.

    Examples
    --------
    >>> from eventstudy.io.doors import BAR, NEWS
    >>> read_time("Fri, 02 May 2025 09:00:00 +0800", NEWS).iso
    '2025-05-02T09:00+08:00'
    >>> read_time("2025-05-02 09:00", BAR, zone="Asia/Tokyo").assumed
    ('time without an offset read in Asia/Tokyo',)
    >>> read_time("2025-05-02", NEWS).precision
    'day'
    """
    stands_in = zone if door.is_zone_enough else None
    return _Reading(" ".join(text.split()), door, stands_in, subject).result()


def read_day(value: dt.date | str, door: Door, subject: str) -> dt.date:
    """Return a day given as such, as a time of it, or as text.

    Raises
    ------
    TimestampError
        It is no date of the years the package knows; the message begins with `subject`.
    """
    day = value.date() if isinstance(value, dt.datetime) else value
    return read_time(str(day), door, subject=subject).date


def written(value: dt.date) -> str:
    """Return a date or a time of Python or pandas as the text `read_time` reads."""
    # A timestamp at midnight without a zone is how pandas holds a plain date.
    if isinstance(value, dt.datetime) and value.tzinfo is None and value.time() == dt.time():
        value = value.date()
    return value.isoformat()


def iso_text(time: dt.datetime) -> str:
    """Return a time in ISO 8601, to the minute where it has no seconds."""
    is_whole = not time.second and not time.microsecond
    return time.isoformat(timespec="minutes" if is_whole else "auto")


def is_like_a_time(text: str) -> bool:
    """Whether a text begins like a date, so that `read_time` can name what is wrong with it."""
    return len(text) <= LONGEST and _LIKE_A_TIME.match(text) is not None


def clock_change(local: dt.datetime, zone: dt.tzinfo) -> Literal["twice", "never"] | None:
    """Return whether the clocks of a zone show a local time twice or never; None for once."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    back = first.astimezone(dt.UTC).astimezone(zone)
    return "twice" if back.replace(tzinfo=None) == local.replace(tzinfo=None) else "never"


@dataclass(frozen=True, slots=True)
class _Reading:
    """One text, where it was written, and the steps of reading it."""

    text: str
    door: Door
    zone: str | None
    subject: str | None

    def error(self, kind: Kind, **parts: object) -> TimestampError:
        return TimestampError(kind, self.text, self.door, self.subject, **parts)

    def result(self) -> Timestamp:
        text, reads = self.text, self.door.reads
        if not text:
            raise self.error("empty")
        if len(text) > LONGEST:
            raise self.error("too long")
        if match := _CALENDAR_DAY.fullmatch(text):
            date = self.date(*(part for part in match.groups() if part))
            return self.day(date, "date" if match[1] else "compact date")
        if "midnight as date" in reads and (match := MIDNIGHT.fullmatch(text)):
            return Timestamp(date=self.date(*match[1].split("-")))
        if "time" in reads and (match := ISO.fullmatch(text)):
            return self.time(match, _CALENDAR_DAY.fullmatch(match["day"]))
        if "year first" in reads and (match := YEAR_FIRST.fullmatch(text)):
            if match["time"] is None:
                return self.day(self.date(*re.split("[-/.]", match["day"])), "date")
            return self.time(match, None)
        if "press" in reads:
            return self.press()
        raise self.error("week" if _WEEK.match(text) else "unreadable")

    def day(self, date: dt.date, form: Form) -> Timestamp:
        """Return a date without a time, if its form is accepted."""
        if form in self.door.reads:
            return Timestamp(date=date)
        if form == "date" and "date as midnight" in self.door.reads:
            placed = self.placed(date, dt.time(), None)
            return _with(placed, "date without a time read as its midnight")
        raise self.error("date alone" if "time" in self.door.reads else "unreadable")

    def time(self, match: re.Match[str], day: re.Match[str] | None) -> Timestamp:
        """Read day, time and zone of a match."""
        parts = day.groups() if day else re.split("[-/.]", match["day"])
        date = self.date(*(part for part in parts if part))
        return self.placed(date, self.clock(match["time"]), self.offset(match["zone"]))

    def press(self) -> Timestamp:
        """Read the forms of mail, feeds and tables: RFC 822, seconds since 1970."""
        text = self.text
        if match := _MAIL.fullmatch(text) or _as_mail(text):
            return self.mail(match)
        if match := _NAMED.fullmatch(text):
            date = self.date(*re.split("[-/.]", match["day"]))
            return self.abbreviated(date, self.clock(match["time"]), match["name"].upper())
        if _SECONDS.fullmatch(text) and (seconds := int(text[:10])) < 1_900_000_000:
            time = dt.datetime.fromtimestamp(seconds, dt.UTC)
            return _with(
                Timestamp(date=time.date(), instant=time, offset=dt.timedelta()),
                f"{self.subject or self.door.subject} read as seconds since 1970",
            )
        if _EITHER_WAY.fullmatch(text):
            raise self.error("which month")
        raise self.error("week" if _WEEK.match(text) else "unreadable")

    def mail(self, match: re.Match[str]) -> Timestamp:
        year = int(match["year"])
        if len(match["year"]) == 2:
            year += 2000 if year < 50 else 1900  # RFC 2822, 4.3
        date = self.date(year, _MONTHS.index(match["month"].lower()) + 1, match["day"])
        weekday = _WEEKDAYS[date.weekday()]
        if match["weekday"] and not weekday.lower().startswith(match["weekday"].lower()):
            raise self.error("weekday", date=date, weekday=weekday)
        if match["time"] is None:
            return Timestamp(date=date)
        name = (match["zone"] or "").upper()
        if not name or name[0] in "+-":
            return self.placed(date, self.clock(match["time"]), self.offset(match["zone"]))
        return self.abbreviated(date, self.clock(match["time"]), name)

    def abbreviated(self, date: dt.date, clock: dt.time, name: str) -> Timestamp:
        """Return a time whose zone is an abbreviation, in upper case.

        One that clocks of the zone given have means what it means there; the others mean what
        RFC 822 says, if it says anything that is the only meaning.
        """
        if name in _UTC_NAMES:
            return self.placed(date, clock, dt.timedelta())
        zone, whose = self.zone, f"{self.zone} has it"
        if zone is None or name not in _names_of(zone, date.year):
            zone, whose = _MAIL_ZONES.get(name), "RFC 822 has it"
        if zone is None:
            raise self.error("zone name", name=name)
        offset = _names_of(zone, date.year).get(name)
        if offset is None:  # a year in which its clocks had other names
            raise self.error("zone name", name=name)
        in_use = dt.datetime.combine(date, clock, zoneinfo.ZoneInfo(zone))
        placed = _with(
            self.placed(date, clock, offset), f"{name} read as {whose}, UTC{_signed(offset)}"
        )
        if name not in {in_use.tzname(), in_use.replace(fold=1).tzname()}:
            said = f"{name} is not what clocks in {zone} show on that day, so the hour is in doubt"
            placed = replace(placed, assumed=(*placed.assumed, said), is_doubtful=True)
        return replace(placed, zone=zone) if zone == self.zone else placed

    def placed(self, date: dt.date, clock: dt.time, offset: dt.timedelta | None) -> Timestamp:
        """Return a local time with its own offset, or with that of the zone."""
        local = dt.datetime.combine(date, clock)
        if offset is not None:
            return _at(local, offset)
        if self.zone is None:
            raise self.error("no offset")
        clocks = zoneinfo.ZoneInfo(self.zone)
        if (change := clock_change(local, clocks)) is not None:
            raise self.error(change, zone=self.zone)
        offset = local.replace(tzinfo=clocks).utcoffset() or dt.timedelta()
        return _at(local, offset, self.zone, (f"time without an offset read in {self.zone}",))

    def date(self, *parts: str | int) -> dt.date:
        year, month, day = map(int, parts)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise self.error("outside the years")
        try:
            return dt.date(year, month, day)
        except ValueError:
            raise self.error("no such day") from None

    def clock(self, text: str) -> dt.time:
        whole_seconds, _, fraction = text.replace(",", ".").partition(".")
        parts = (
            whole_seconds.split(":") if ":" in whole_seconds else re.findall(r"\d\d", whole_seconds)
        )
        hour, minute, second = (int(part) for part in (*parts, "0", "0")[:3])
        try:
            return dt.time(hour, minute, second, int(f"{fraction:0<6}"[:6]))
        except ValueError:
            raise self.error("no such time") from None

    def offset(self, text: str | None) -> dt.timedelta | None:
        if text is None:
            return None
        if text[0] not in "+-":
            return dt.timedelta()
        hours, minutes, seconds = (int(part) for part in (*re.findall(r"\d\d", text), 0, 0)[:3])
        size = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if minutes >= 60 or seconds >= 60 or size > _WIDEST:
            raise self.error("no such offset")
        return -size if text[0] == "-" else size


def _at(
    local: dt.datetime, offset: dt.timedelta, zone: str | None = None, assumed: tuple[str, ...] = ()
) -> Timestamp:
    instant = local.replace(tzinfo=dt.timezone(offset)).astimezone(dt.UTC)
    return Timestamp(date=local.date(), instant=instant, offset=offset, zone=zone, assumed=assumed)


@lru_cache(maxsize=256)
def _names_of(zone: str, year: int) -> dict[str, dt.timedelta]:
    """Return what the clocks of a zone call their time in a year, and its offset."""
    clocks = zoneinfo.ZoneInfo(zone)
    firsts = [dt.datetime(year, month, 1, tzinfo=clocks) for month in range(1, 13)]
    return {
        name: offset
        for first in firsts
        if (name := first.tzname()) and (offset := first.utcoffset()) is not None
    }


def _as_mail(text: str) -> re.Match[str] | None:
    """Return the match of a time as C prints it, put into the order of mail; None for others."""
    if (match := _CTIME.fullmatch(text)) is None:
        return None
    return _MAIL.fullmatch(
        "{weekday}, {day} {month} {year} {time} {zone}".format(**match.groupdict())
    )


def _with(stamp: Timestamp, assumption: str) -> Timestamp:
    return replace(stamp, assumed=(assumption, *stamp.assumed))


def _signed(offset: dt.timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
