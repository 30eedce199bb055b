"""Times of events written in two or three columns: a date, a clock time and a time zone."""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from eventstudy.events.timing_words import timing_sentences
from eventstudy.io.doors import EVENT_CLOCK, EVENT_DATE, TimestampError
from eventstudy.io.timestamps import ISO, YEAR_FIRST, Timestamp, read_time
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NAME: Final = re.compile(
    r"(?:(?:event|news|announcement|announce|announced|ann|release|publication|publish|published"
    r"|pub|local|clock)[ _.-]*)?(?P<what>time|tims|hour|clock)(?:[ _.-]*of[ _.-]*day)?"
    r"(?:[ _.,([/-]+(?P<rest>.*?)[)\] ]*)?"
)
_NO_ZONE: Final = frozenset({"", "local", "24h", "hhmm", "hh:mm", "act"})
_ABBREVIATIONS: Final = frozenset({
    "et", "est", "edt", "ct", "cst", "cdt", "mt", "mst", "mdt", "pt", "pst", "pdt", "bst", "cet",
    "cest", "jst", "kst", "hkt", "sgt", "ist", "aest", "aedt",
})  # fmt: skip
_ZONE_COLUMNS: Final = ("timezone", "tz", "time_zone", "timezone_name", "zone")
_MINUTE: Final = ("minute", "minutes", "min")
_OFFSET: Final = re.compile(r"(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d{2}))?")
_DAYS: Final = re.compile(r"0 days ")  # how pandas writes a span of time
_HALF_DAY: Final = re.compile(
    r"(\d{1,2})((?::\d{2}){0,2}) ?([ap])\.? ?m\b\.?", re.IGNORECASE | re.ASCII
)
_CLOCK: Final = re.compile(r"(\d{1,2})(:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(.*)", re.ASCII)
_HOUR: Final = re.compile(r"(\d{1,2})(?:\.0+)?", re.ASCII)
_DIGITS: Final = re.compile(r"\d{3,6}", re.ASCII)
_YEARS: Final = range(1900, 2100)


class ClockTimes(NamedTuple):
    """Times read of several columns; None and nothing where there are none."""

    times: list[Timestamp | None]
    zones: list[str]
    """Of each row as written; empty where no column names one."""
    said: tuple[str, ...]
    problems: list[tuple[int, str]]


class _Column(NamedTuple):
    name: str
    is_hour: bool
    zone: str
    """IANA name or offset such as ``+08:00`` that its name says; empty for none."""


class BareClocks(NamedTuple):
    """Clock times that nothing gives a zone: their column, rows, and a column of other zones."""

    column: str
    rows: list[int]
    zones: str
    """Title of the column that names zones of other rows; empty where there is none."""


def is_clock_title(title: str) -> bool:
    """Whether a column is called as one of clock times may be: time, hour, Announcement Time."""
    return _column(title) is not None


def are_clocks(texts: Iterable[str]) -> bool:
    """Whether every filled cell is a clock time alone, such as 16:00 or 4:00 PM; one must be."""
    clocks = [text for text in texts if text]
    return bool(clocks) and all(
        _clock(text) is not None and not _is_whole_time(text) for text in clocks
    )


def bare_clocks(cells: Mapping[str, Sequence[str]]) -> BareClocks | None:
    """Return the clock times of a table that neither their column nor their row gives a zone."""
    published = next((cells[one] for one in cells if one.strip().lower() == "published_at"), None)
    zones = next((name for name in _zone_columns(cells) if any(cells[name])), "")
    for name in cells:
        column = _column(name)
        if column is None or column.zone:
            continue
        held = {at: cell for at, cell in enumerate(cells[name]) if cell}
        held = {at: cell for at, cell in held.items() if not (published and published[at])}
        clocks = _clocks(column, held, cells) if held else None
        at = [at for at, clock in (clocks or {}).items() if not _has_zone(clock)]
        if at := [one for one in at if not (zones and cells[zones][one])]:
            return BareClocks(name, at, zones)
    return None


def row_zones(cells: Mapping[str, Sequence[str]]) -> list[str] | None:
    """Return the zone that each row of a table names, empty where none; None of all without one."""
    zones = next((name for name in _zone_columns(cells) if any(cells[name])), None)
    return None if zones is None else list(cells[zones])


def clock_times(
    cells: Mapping[str, Sequence[str]], rows: Sequence[int], names: Sequence[str]
) -> ClockTimes:
    """Read the times of events that have a date, a clock time and a zone in columns of their own.

    Parameters
    ----------
    cells
        Column -> text of its cells, empty where missing.
    rows
        Row of each event in its file.
    names
        The columns among which one of clock times is looked for.

    Returns
    -------
    ClockTimes
        None for a row whose ``published_at`` is filled, which wins, or without a clock time.
    """
    blank = [""] * len(rows)
    published = cells.get("published_at", blank)
    nothing = ClockTimes([None] * len(rows), list(cells.get("timezone", blank)), (), [])
    found = {}
    said = []
    for name in names:
        if (column := _column(name)) is None:
            continue
        held = {at: cells[name][at] for at in range(len(rows)) if cells[name][at]}
        held = {at: cell for at, cell in held.items() if not published[at]}
        if not held:
            continue
        if (clocks := _clocks(column, held, cells)) is None:
            example = next(iter(held.values()))[:40]
            said.append(
                f"column {name!r} holds no clock times (such as {example!r}), so it is not read "
                "as the hour of the news"
            )
        else:
            found[column] = clocks
    if not found:
        said += timing_sentences(cells, names, [not time for time in published])
        return nothing._replace(said=tuple(said))
    if len(found) > 1:
        listed = " and ".join(repr(column.name) for column in found)
        sentence = f"columns {listed} both have times; keep one, or write published_at"
        return nothing._replace(problems=[(1, sentence)])
    (column, clocks), *_ = found.items()
    zone_column = next((name for name in _zone_columns(cells) if any(cells[name])), "")
    zones = list(cells[zone_column]) if zone_column else list(blank)
    dates = cells.get("date", blank)
    lacking = [at for at in clocks if not (column.zone or zones[at] or _has_zone(clocks[at]))]
    if lacking and not zone_column:
        sentence = (
            f"column {column.name!r} has times but no timezone column says where; add timezone, "
            "or write published_at with an offset"
        )
        return nothing._replace(problems=[(1, sentence)])
    times: list[Timestamp | None] = [None] * len(rows)
    problems = []
    for at, clock in clocks.items():
        try:
            times[at] = _time(column, clock, dates[at], zones[at], cells[column.name][at])
        except TimestampError as error:
            if error.door is not EVENT_DATE:  # the column date says itself what is wrong with it
                problems.append((rows[at], str(error)))
        except ValueError as error:
            problems.append((rows[at], str(error)))
    where = Counter(_where(time) for time in times if time is not None)
    shown = ", ".join(name for name, _ in where.most_common(3)) + (
        f" and {len(where) - 3} more" if len(where) > 3 else ""
    )
    count = counted(len(clocks), "time")
    said.append(f"{count} read from the columns 'date' and {column.name!r}, in {shown}")
    is_bare = [not time and at not in clocks for at, time in enumerate(published)]
    said += timing_sentences(cells, names, is_bare)
    return ClockTimes(times, zones, tuple(said), problems)


def _where(time: Timestamp) -> str:
    return time.zone or f"UTC{(time.iso or '')[-6:]}".removesuffix("+00:00")


def _time(column: _Column, clock: str, date: str, zone: str, cell: str) -> Timestamp:
    """Read one time; `zone` is that of its row.

    Raises
    ------
    ValueError
        What is wrong with it, one sentence.
    """
    if column.zone and zone and zone != column.zone:
        raise ValueError(
            f"column {column.name!r} is in {column.zone} and the timezone is {zone!r}; "
            "leave one of the two out"
        )
    if _is_whole_time(clock):
        text = clock
    elif not date:
        raise ValueError(f"{column.name} {cell!r} has no date beside it")
    else:
        text = f"{read_time(date, EVENT_DATE).date.isoformat()} {clock}"
    named = column.zone or zone
    if named[:1] in ("+", "-"):
        text, named = text if _has_zone(clock) else f"{text}{named}", ""
    if named and not _is_zone(named):  # the column timezone says itself what is wrong with it
        named = "UTC"
    subject = f"date and {column.name}"
    return read_time(text, EVENT_CLOCK, zone=named or None, subject=subject)


def _zone_columns(cells: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns that name a time zone, the package's own first."""
    plain = {re.sub(r"[ .-]", "_", name.casefold()): name for name in cells}
    return [plain[name] for name in _ZONE_COLUMNS if name in plain]


def _column(name: str) -> _Column | None:
    match = _NAME.fullmatch(name.strip().casefold())
    if match is None:
        return None
    rest = (match["rest"] or "").strip()
    zone = "" if rest in _NO_ZONE or rest in _ABBREVIATIONS else _zone_of(rest)
    return None if zone is None else _Column(name, match["what"] == "hour", zone)


def _zone_of(words: str) -> str | None:
    """Return the zone that words such as ``new york`` or ``utc+8`` name, or None."""
    if match := _OFFSET.fullmatch(words):
        return f"{match[1]}{int(match[2]):02d}:{match[3] or '00'}"
    return _places().get(re.sub(r"[ -]", "_", words))


def _is_zone(name: str) -> bool:
    return name in _all_zones()


@cache
def _all_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@cache
def _places() -> dict[str, str]:
    """Zones by their names and, where only one has it, by that of their place, in lower case."""
    zones = [zone for zone in _all_zones() if "/" in zone and not zone.startswith("Etc")]
    counts = Counter(zone.rsplit("/", 1)[1].casefold() for zone in zones)
    places = {zone.rsplit("/", 1)[1].casefold(): zone for zone in zones}
    unique = {place: zone for place, zone in places.items() if counts[place] == 1}
    whole = {zone.casefold(): zone for zone in zones}
    return unique | whole | dict.fromkeys(("utc", "gmt", "z"), "UTC")


def _is_whole_time(text: str) -> bool:
    return ISO.fullmatch(text) is not None or (
        (match := YEAR_FIRST.fullmatch(text)) is not None and match["time"] is not None
    )


def _has_zone(clock: str) -> bool:
    """Whether a clock time names its own offset or zone."""
    for form in (ISO, YEAR_FIRST):
        if match := form.fullmatch(clock):
            return match["zone"] is not None
    match = _CLOCK.fullmatch(clock)
    return match is not None and bool(match[3].strip())


def _clocks(
    column: _Column, held: Mapping[int, str], cells: Mapping[str, Sequence[str]]
) -> dict[int, str] | None:
    """Return the filled cells as ``16:00``, as they are where they are none; None if none is."""
    minutes = next((cells[name] for name in cells if name.casefold() in _MINUTE), None)
    texts = {at: _DAYS.sub("", " ".join(cell.split()), count=1) for at, cell in held.items()}
    if column.is_hour and all(_HOUR.fullmatch(text) for text in texts.values()):
        beside = {at: "" if minutes is None else minutes[at] for at in texts}
        return {
            at: f"{_hour(text)}:{_hour(beside[at]) if beside[at] else '00'}"
            for at, text in texts.items()
        }
    if all(_DIGITS.fullmatch(text) for text in texts.values()):  # 930 or 160000
        if all(int(text) in _YEARS for text in texts.values()):
            return None
        split = {at: text.zfill(4 if len(text) < 5 else 6) for at, text in texts.items()}
        return {at: ":".join(re.findall("..", text)) for at, text in split.items()}
    read = {at: _clock(text) for at, text in texts.items()}
    if all(clock is None for clock in read.values()):
        return None
    return {at: clock or texts[at] for at, clock in read.items()}


def _hour(text: str) -> str:
    match = _HOUR.fullmatch(text)
    return match[1].zfill(2) if match else text


def _clock(text: str) -> str | None:
    """Return a clock time with hours from 0 to 23 and what follows it; None if it is none."""
    if _is_whole_time(text):
        return text
    if (match := _HALF_DAY.match(text)) and 1 <= int(match[1]) <= 12:
        hour = int(match[1]) % 12 + (12 if match[3] in "pP" else 0)
        return f"{hour:02d}{match[2] or ':00'}{_spaced(text[match.end() :])}"
    if match := _CLOCK.fullmatch(text):
        return f"{match[1].zfill(2)}{match[2]}{_spaced(match[3])}"
    return None


def _spaced(rest: str) -> str:
    rest = rest.strip()
    return f" {rest}" if rest else ""
