"""Times that cannot be taken at their word: one rule for events files and for news.

Whoever has only a date often writes a time all the same: 00:00:00, noon, or midnight of another
zone turned into UTC. One time alone cannot tell; all times of a table, a feed or an outlet can.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from eventstudy.io.packaged import packaged_tables
from eventstudy.io.timestamps import Timestamp, iso_text
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEWEST: Final = 3
"""So many times of one kind are no accident."""
_SHARE_AT_MIDNIGHT: Final = 0.1
_SHARE_OF_ONE_CLOCK: Final = 0.9
_MIDNIGHT: Final = dt.time()
_PLACEHOLDERS: Final = frozenset({dt.time(12), dt.time(23, 59), dt.time(23, 59, 59)})
_WEST, _EAST = dt.timedelta(hours=-12), dt.timedelta(hours=14)
_A_DAY: Final = dt.timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is wrong with the time of one event or item.

    Parameters
    ----------
    reason
        One sentence without a subject, the same for all times in doubt for the same reason.
    precision
        How well the time is known then; None where it is only remarked on.
    date
        The day it stands for, where it is a date and no time; None where the time is kept.
    """

    reason: str
    precision: Literal["day"] | None = "day"
    date: dt.date | None = None


def doubts_about(
    times: Sequence[Timestamp | None],
    zones: Sequence[str | None],
    *,
    is_schedule_likely: bool,
) -> list[Doubt | None]:
    """Return what is wrong with each time of one table, feed or outlet; None where nothing is.

    Parameters
    ----------
    times
        Times and dates as they were read; None where there is none.
    zones
        IANA name of the zone each is said to be in, if any.
    is_schedule_likely
        Whether one clock time all over may be the hour of a schedule, as in a table of events
        that somebody made; it is then only remarked on, unless it is noon, a minute to midnight
        or midnight elsewhere.

    Notes
    -----
    Three or more times at 00:00:00, if they are a tenth of all, are dates, and so are times that
    are all midnight of one zone with changing clocks. Fewer at 00:00:00 keep their time and are
    known to the day. One clock time in nine of ten, on three dates, is known to the day, too.
    """
    found: list[Doubt | None] = [None] * len(times)
    timed = [(at, time) for at, time in enumerate(times) if time is not None and time.instant]
    if not timed:
        return found
    _find_midnights_elsewhere(timed, found)
    _find_midnights(timed, zones, found)
    _find_one_clock(timed, found, is_schedule_likely=is_schedule_likely)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Times of one table, feed or outlet, each with what is known of it.

    Parameters
    ----------
    times
        As they came, but a date alone where a time stood for one.
    precisions
        The one given, else that of the doubt, else that of the time; ``""`` where there is none.
    reasons
        Why a time is in doubt, a sentence without a subject; None where it is not.
    kept
        Of how many times the precision given was taken at its word all the same, a sentence each.
    """

    times: list[Timestamp | None]
    precisions: list[str]
    reasons: list[str | None]
    kept: tuple[str, ...]

    @property
    def assumed(self) -> tuple[str, ...]:
        """What is in doubt and what was kept, a sentence each with the number of times."""
        counts = Counter(reason for reason in self.reasons if reason is not None)
        said = (f"{counted(count, 'time')}: {reason}" for reason, count in counts.items())
        return (*said, *self.kept)


def settled(
    times: Sequence[Timestamp | None],
    zones: Sequence[str | None],
    given: Sequence[str | None],
    *,
    is_schedule_likely: bool,
) -> Settled:
    """Return times with the precision that is left of them after `doubts_about`.

    Parameters
    ----------
    times, zones, is_schedule_likely
        As there.
    given
        The precision written beside each time, which wins; None or empty where there is none.
    """
    doubts = doubts_about(times, zones, is_schedule_likely=is_schedule_likely)
    precisions = [
        word or ("" if time is None else time.precision)
        for time, word in zip(times, given, strict=True)
    ]
    out = list(times)
    reasons: list[str | None] = [None] * len(out)
    kept: list[Doubt] = []
    for at, doubt in enumerate(doubts):
        if doubt is None:
            continue
        if given[at]:
            if given[at] != "day" and doubt.date is not None:
                kept.append(doubt)
            continue
        reasons[at] = doubt.reason
        precisions[at] = doubt.precision or precisions[at]
        if doubt.date is not None:
            out[at] = Timestamp(date=doubt.date)
    said = tuple(
        f"{counted(count, 'time')}: {reason}, but the precision given is taken at its word"
        for reason, count in Counter(doubt.reason for doubt in kept).items()
    )
    return Settled(times=out, precisions=precisions, reasons=reasons, kept=said)


def midnight_of(time: Timestamp, zone: str | None) -> tuple[dt.date, str] | None:
    """Return whose midnight a time is, the date first; None if it is no midnight.

    Its own offset counts before the zone named beside it.
    """
    for name, what in ((None, "00:00:00"), (zone, f"midnight in {zone}")):
        if time.instant is not None and (local := _local(time, name)).time() == _MIDNIGHT:
            return local.date(), what
    return None


def _find_midnights(
    timed: Sequence[tuple[int, Timestamp]],
    zones: Sequence[str | None],
    found: list[Doubt | None],
) -> None:
    """Find times that are 00:00:00 at their own offset, or in the zone named beside them."""
    midnights = {
        at: midnight for at, time in timed if (midnight := midnight_of(time, zones[at])) is not None
    }
    are_dates = len(midnights) >= _FEWEST and len(midnights) >= _SHARE_AT_MIDNIGHT * len(timed)
    for at, (date, what) in midnights.items():
        if found[at] is not None:
            continue
        if are_dates:
            found[at] = Doubt(reason=f"{what} stands for a date, not for a time", date=date)
        else:
            found[at] = Doubt(
                reason=f"{what} may stand for a date alone, so the time is known to the day only"
            )


@cache
def _zones(which: Literal["changing", "usual"]) -> tuple[str, ...]:
    """Return zones in which news is written."""
    return tuple(packaged_tables("eventstudy.io", "midnights.toml")[which])


def _find_midnights_elsewhere(
    timed: Sequence[tuple[int, Timestamp]], found: list[Doubt | None]
) -> None:
    """Find times that are all midnight in a zone, whose clocks changed between them."""
    if len(timed) < _FEWEST or len({_utc_clock(time) for _, time in timed}) != 2:
        return
    for zone in _zones("changing"):
        local = [_local(time, zone) for _, time in timed]
        if all(time.time() == _MIDNIGHT for time in local):
            for (at, _), time in zip(timed, local, strict=True):
                found[at] = Doubt(
                    reason=f"midnight in {zone} stands for a date, not for a time", date=time.date()
                )
            return


def _find_one_clock(
    timed: Sequence[tuple[int, Timestamp]],
    found: list[Doubt | None],
    *,
    is_schedule_likely: bool,
) -> None:
    """Find one clock time, at the own offset, on almost every date."""
    rest = [(at, time) for at, time in timed if found[at] is None]
    clocks = Counter(_local(time, None).time() for _, time in rest)
    if not clocks:
        return
    clock, count = clocks.most_common(1)[0]
    same = [(at, time) for at, time in rest if _local(time, None).time() == clock]
    if count < _SHARE_OF_ONE_CLOCK * len(timed) or len({t.date for _, t in same}) < _FEWEST:
        return
    elsewhere = [zone for zone in _zones("usual") if all(_is_midnight(t, zone) for _, t in same)]
    doubt = Doubt(
        reason=f"{clock:%H:%M:%S} on every date may stand for a date alone"
        + (f" (it is midnight in {elsewhere[0]})" if elsewhere else "")
        + ", so the time is known to the day only"
    )
    if is_schedule_likely and clock not in _PLACEHOLDERS and not elsewhere:
        said = f"{clock:%H:%M:%S} on every date is taken as the hour of a schedule"
        doubt = Doubt(reason=said, precision=None)
    for at, _ in same:
        found[at] = doubt


def _local(time: Timestamp, zone: str | None) -> dt.datetime:
    if zone is None:
        local = time.local
    else:
        local = None if time.instant is None else time.instant.astimezone(zoneinfo.ZoneInfo(zone))
    if local is None:
        raise TypeError("a date alone has no clock time")
    return local


def _is_midnight(time: Timestamp, zone: str) -> bool:
    return _local(time, zone).time() == _MIDNIGHT


def _utc_clock(time: Timestamp) -> dt.time | None:
    return None if time.instant is None else time.instant.time()


# ---- what a row says twice -------------------------------------------------------------------


def contradictions(time: Timestamp | None, zone: str | None, date: Timestamp | None) -> list[str]:
    """Return what zone and date beside a time contradict of it, one sentence each."""
    if time is None:
        return []
    found = (offset_problem(time, zone), None if date is None else date_problem(time, date.date))
    return [problem for problem in found if problem is not None]


def offset_problem(time: Timestamp, zone: str | None) -> str | None:
    """Return what is wrong with an offset that the zone named beside it does not have that day.

    UTC is at home everywhere: times are often turned into it, and the zone kept.
    """
    if zone is None or time.instant is None or time.zone is not None or not time.offset:
        return None
    there = time.instant.astimezone(zoneinfo.ZoneInfo(zone))
    if there.utcoffset() == time.offset:
        return None
    return (
        f"the time {time.iso} contradicts the timezone {zone}, whose offset is "
        f"{iso_text(there)[-6:]} then; correct one of the two"
    )


def date_problem(time: Timestamp, date: dt.date) -> str | None:
    """Return what is wrong with a date that is not that of the time, in any zone; None if nothing.

    A day more is allowed, and the weekend behind it: the date may be that of the report, or of the
    session after the news.
    """
    if time.instant is None:
        return None
    first = (time.instant + _WEST).date() - _A_DAY
    last = (time.instant + _EAST).date() + _A_DAY
    if last.weekday() >= _SATURDAY:
        last += (7 - last.weekday()) * _A_DAY
    if first <= date <= last:
        return None
    return f"the date {date.isoformat()} contradicts the time {time.iso}; correct one of the two"
