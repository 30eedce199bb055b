"""Which forms of time and date each input accepts, and its error messages.

One input, such as a column of a file, an option or an argument, is one `Door`. All read the same
ISO 8601: a calendar day, hour and minute, an offset from UTC; `DOORS` has what one of them reads
besides. The reading itself is in `timestamps`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years every door accepts."""

Form = Literal[
    "time", "date", "compact date", "date as midnight", "midnight as date", "year first", "press"
]
Kind = Literal[
    "empty",
    "too long",
    "unreadable",
    "week",
    "date alone",
    "no offset",
    "outside the years",
    "no such day",
    "no such time",
    "no such offset",
    "twice",
    "never",
    "which month",
    "weekday",
    "zone name",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Door:
    """What one place accepts as a time or a date.

    Parameters
    ----------
    name
        Its key in `DOORS`.
    where
        The columns, options and arguments it stands for.
    reads
        ``"time"``: ISO 8601 with hour and minute; ``"date"``: 2025-05-02; ``"compact date"``:
        20250502; ``"date as midnight"``: a date is the time 00:00 of it; ``"midnight as date"``: a
        time of 00:00 is the date, whatever its offset; ``"year first"``: 2025/5/2 9:00 or 2025.5.2;
        ``"press"``: RFC 822 as in mail and RSS, seconds since 1970.
    is_zone_enough
        Whether a zone may stand in for the offset of a time.
    why
        Why it accepts just that.
    subject, quote, example
        What a message calls the text, how it is quoted, and what is to be written instead.
    says
        Its own messages by kind of error, where they differ from those all doors share.
    """

    name: str
    where: str
    reads: tuple[Form, ...]
    is_zone_enough: bool = False
    why: str
    subject: str
    quote: Literal["'", '"'] = "'"
    example: str
    says: Mapping[Kind, str] = field(default_factory=dict)


LONGEST: Final = 100
"""The most characters a time may have."""

_NO_ISO_TIME: Final = "{quoted} is not an ISO 8601 time; write it like {example}"
_NO_ISO_DATE: Final = "{quoted} is not an ISO date; write it like {example}"
_NO_BAR: Final = (
    "{quoted} is not an ISO 8601 time of the years {first} to {last}; write it like {example}"
)
_SENTENCES: Final[Mapping[Kind, str]] = {
    "empty": "{subject} is empty",
    "too long": "{quoted} is no date; write it like {example}",
    "unreadable": _NO_ISO_TIME,
    "week": " (weeks of the year are not read)",
    "date alone": "{quoted} is a date without a time; write it like {example}",
    "no offset": "{quoted} has no offset from UTC; write it like {example}",
    "outside the years": "{quoted} lies outside the years {first} to {last}",
    "no such day": "{quoted}: the calendar has no such day",
    "no such time": "{quoted}: the day has no such time",
    "no such offset": "{quoted}: no place on earth has this offset",
    "twice": "{quoted} is there twice in {zone}, where the clock changes; write it with its offset",
    "never": "{quoted} does not exist in {zone}, where the clock changes; write it with its offset",
    "which month": "{quoted} does not say which number is the month; write it like 2025-05-02",
    "weekday": "{quoted}: {date} was a {weekday}; weekday and date contradict each other",
    "zone name": (
        "{quoted}: the zone {name!r} has no meaning of its own; write the offset, as in {example}"
    ),
}


def _strict_messages(sentence: str) -> dict[Kind, str]:
    """Return messages for a door to which an impossible day or hour is no date or time."""
    return {"unreadable": sentence, "no such day": sentence, "no such time": sentence}


# ---- what each door accepts ------------------------------------------------------------------

_TIME, _DATE = "2025-05-02T09:00+08:00", "2025-05-02"

EVENT_TIME: Final = Door(
    name="event_time",
    where="`published_at` of an events file, frame or correction; `--event`",
    reads=("time",),
    why="the time decides the session: its offset is written, never supplied by a zone",
    subject="published_at",
    example=_TIME,
    says={
        **_strict_messages(_NO_ISO_TIME),
        "date alone": (
            "{quoted} is a date without a time; put it in the column date, or write a time such as "
            "{example}"
        ),
        "no offset": (
            "{quoted} has no offset from UTC; write it like {example} (or end it with Z for UTC)"
        ),
    },
)
EVENT_DATE: Final = Door(
    name="event_date",
    where="`date` of an events file, frame or correction",
    reads=("date", "compact date"),
    why="a time in this column would be dropped; it belongs into published_at",
    subject="date",
    example=_DATE,
    says=_strict_messages(_NO_ISO_DATE),
)
EVENT_CLOCK: Final = Door(
    name="event_clock",
    where="`date` with a clock time and a time zone beside it in an events file or frame",
    reads=("time", "year first", "press"),
    is_zone_enough=True,
    why="a column of the table says the zone of its clock times",
    subject="date and time",
    example="2025-05-02 09:00",
    says={
        "unreadable": "{quoted} is no date with a clock time; write the time like 09:00",
        "no offset": "{quoted} has no timezone; fill it in, or write published_at with an offset",
        "zone name": (
            "{quoted}: the zone {name!r} has no meaning of its own; put its name into timezone, "
            "such as America/New_York, or write published_at with an offset"
        ),
    },
)
NEWS: Final = Door(
    name="news",
    where="items of csv, json, xlsx and feeds; front matter; `--published`",
    reads=("time", "date", "compact date", "year first", "press"),
    is_zone_enough=True,
    why="strangers wrote it: whatever has one meaning is read, what has two is rejected",
    subject="published",
    example=_TIME,
    says={
        "unreadable": "{quoted} is no ISO 8601 or RFC 822 date; write it like {example}",
        "no offset": (
            "{quoted} is a time without an offset from UTC; write it like {example}, or say which "
            "timezone such times are in"
        ),
        "zone name": (
            "{quoted}: the zone {name!r} has no meaning of its own; write the offset, as in "
            "{example}, or name the zone whose clocks have it with --timezone (timezone=), such as "
            "Asia/Shanghai"
        ),
    },
)
ARTICLE: Final = Door(
    name="article",
    where="`published` of `split_article`",
    reads=("time", "date", "compact date"),
    is_zone_enough=True,
    why="its caller writes it: ISO 8601 is enough; the zone is that of the article's words",
    subject="published",
    example="2025-05-02T12:00+08:00",
    says={
        "empty": (
            "no time of publication, from which its claims are dated; give one such as {example} "
            "or 2025-05-02"
        ),
        "no offset": (
            "{quoted} has no offset from UTC; write it like {example}, or give the time zone"
        ),
    },
)
BAR: Final = Door(
    name="bar",
    where="times of intraday bars",
    reads=("time", "year first", "date as midnight"),
    is_zone_enough=True,
    why=(
        "vendors write as they like, in the exchange's own clock, and leave the 00:00 of a bar at "
        "midnight out"
    ),
    subject="timestamp",
    quote='"',
    example="2025-05-02T09:30-04:00",
    says={
        **_strict_messages(_NO_BAR),
        "outside the years": _NO_BAR,
        "no offset": (
            "{quoted} has no offset from UTC; write it like {example}, or name the zone with "
            "timezone="
        ),
    },
)
PRICE_DATE: Final = Door(
    name="price_date",
    where="dates of daily prices in files, frames and databases",
    reads=("date", "midnight as date"),
    why=(
        "frames write dates as midnight, in the market's own zone; eight digits may be a number of "
        "the sheet"
    ),
    subject="date",
    quote='"',
    example=_DATE,
    says={
        "empty": "the date is empty",
        "unreadable": _NO_ISO_DATE,
        "no such day": "{quoted} does not exist",
        "outside the years": "{text}: the date lies outside the years {first} to {last}",
    },
)
FACTOR_DATE: Final = Door(
    name="factor_date",
    where="dates of Kenneth French's daily files",
    reads=("compact date",),
    why="these files write no other; six digits are a month's and four a year's",
    subject="date",
    example="20250502",
    says=_strict_messages("{quoted} is none; dates are written {example}"),
)
STUDY_DATE: Final = Door(
    name="study_date",
    where="`prices.start`, `prices.end` of a study file or of `read_sql_prices`",
    reads=("date", "compact date"),
    why="bounds of daily prices are days",
    subject="prices.start",
    example=_DATE,
    says=_strict_messages(_NO_ISO_DATE),
)
OPTION_DATE: Final = Door(
    name="option_date",
    where="`--start`, `--end`; `start`, `end` of what fetches",
    reads=("date", "compact date"),
    why="bounds of what is fetched are days",
    subject="--start:",
    quote='"',
    example=_DATE,
    says=_strict_messages("{quoted} is not a date; write it like {example}"),
)
MOMENT: Final = Door(
    name="moment",
    where="`--at`, `--now`, `--since`; `published_at`, `now` of `expect`",
    reads=("time", "year first"),
    is_zone_enough=True,
    why="typed in a hurry by its reader, whose zone is one option away",
    subject="--at",
    example="2025-05-02T09:00+08:00",
    says={
        "no offset": (
            "{quoted} has no offset from UTC; write it like {example}, or say whose clock it is "
            "with --tz (zone=), such as Asia/Hong_Kong"
        ),
    },
)
DOORS: Final[Mapping[str, Door]] = MappingProxyType(
    {
        door.name: door
        for door in (
            EVENT_TIME,
            EVENT_DATE,
            EVENT_CLOCK,
            NEWS,
            ARTICLE,
            BAR,
            PRICE_DATE,
            FACTOR_DATE,
            STUDY_DATE,
            OPTION_DATE,
            MOMENT,
        )
    }
)
"""All doors by name."""


class TimestampError(ValueError):
    """A text that is no time, or a time its door does not accept; the message says what to write.

    Parameters
    ----------
    kind
        What is wrong.
    text
        What was written.
    door
        Where it came in.
    subject
        What the message calls the text, such as the name of its column.
    parts
        Further values in the message of some kinds, such as the weekday.
    """

    def __init__(
        self, kind: Kind, text: str, door: Door, subject: str | None = None, **parts: object
    ) -> None:
        self.kind, self.text, self.door, self.parts = kind, text, door, parts
        self.subject = subject or door.subject
        shown = repr(text if len(text) <= LONGEST else text[:60])[1:-1]
        cut = "" if len(text) <= LONGEST else "..."
        sentences = {**_SENTENCES, **door.says}
        sentence = sentences[kind]
        if kind == "week":
            sentence = sentences["unreadable"] + sentence
        super().__init__(
            sentence.format(
                subject=self.subject,
                text=shown,
                quoted=f"{self.subject} {door.quote}{shown}{door.quote}{cut}",
                example=door.example,
                first=FIRST_YEAR,
                last=LAST_YEAR,
                **parts,
            )
        )
