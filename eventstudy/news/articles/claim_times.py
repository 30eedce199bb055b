"""The time of an article and the time of a claim, as they are passed on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from eventstudy.io.timestamps import clock_change, iso_text

_NOT_OWN = ("publication", "reference", "reported time", "month of data", "out of range")

Tense = Literal["now", "past", "future", "since", "past period", "present period"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """When an article was published.

    Parameters
    ----------
    instant
        Aware, in the article's zone; None for a date alone.
    date
        Its local date.
    zone
        Where its relative words are told; None for a date alone without a zone.
    precision
        One of ``events.HALF_WIDTH``.
    """

    instant: dt.datetime | None
    date: dt.date
    zone: dt.tzinfo | None
    precision: str

    def today(self, zone: dt.tzinfo | None) -> dt.date:
        """Return the date of publication in another zone."""
        if self.instant is None or zone is None:
            return self.date
        return self.instant.astimezone(zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTime:
    """When a claim happened.

    Parameters
    ----------
    instant
        Aware, in the zone it is told in; None for a date alone.
    date
        Local date.
    zone
        The zone of both.
    precision
        One of ``events.HALF_WIDTH``.
    rule
        What fired, such as ``"weekday, part"``; ``"publication"`` where nothing did.
    words
        What it fired on, or None.
    tense
        Where it lies against the publication.
    start, end
        First and last day meant where that is more than a day, or belongs to something the claim
        only mentions; None where open.
    assumed
        Which time was taken where the clocks of `zone` show the one told twice or never.
    """

    instant: dt.datetime | None
    date: dt.date
    zone: dt.tzinfo | None
    precision: str
    rule: str = "publication"
    words: str | None = None
    tense: Tense = "now"
    start: dt.date | None = None
    end: dt.date | None = None
    assumed: str | None = None

    @property
    def is_point(self) -> bool:
        """Whether the claim has a day or an instant of its own."""
        return self.tense in ("now", "past", "future") and self.rule not in _NOT_OWN


def moment_at(
    anchor: Anchor,
    day: dt.date,
    moment: dt.datetime | None,
    zone: dt.tzinfo | None,
    precision: str,
) -> ClaimTime:
    """A day or instant, and where it lies against the publication."""
    if anchor.instant is None:
        moment = None  # an article of a date alone has claims of dates alone
    tense: Tense
    assumed = None
    if moment is not None and anchor.instant is not None:
        local, moment = moment, _real(moment).astimezone(zone)
        assumed = _assumption(local, moment, anchor.instant)
        day = moment.date() if precision != "day" else day
        tense = "future" if moment > anchor.instant else "past"
    else:
        today = anchor.today(zone)
        tense = "future" if day > today else "now" if day == today else "past"
        precision = "day"
    return ClaimTime(
        instant=moment, date=day, zone=zone, precision=precision, tense=tense, assumed=assumed
    )


def _real(moment: dt.datetime) -> dt.datetime:
    """Return an hour the clock skips as it would have been without the change."""
    back = moment.astimezone(dt.UTC).astimezone(moment.tzinfo)
    if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
        return moment.replace(fold=0).astimezone(dt.UTC).astimezone(moment.tzinfo)
    return moment


def _assumption(local: dt.datetime, taken: dt.datetime, published: dt.datetime) -> str | None:
    """Return the sentence for a clock time that is not there just once; None for any other."""
    if local.tzinfo is None or taken.astimezone(dt.UTC) == published.astimezone(dt.UTC):
        return None  # the time of publication is known
    change = clock_change(local.replace(tzinfo=None), local.tzinfo)
    if change is None:
        return None
    what = "is there twice" if change == "twice" else "does not exist"
    return (
        f"{local:%Y-%m-%d %H:%M} {what} in {zone_name(local.tzinfo)}, where the clock changes; "
        f"read as {iso_text(taken)}"
    )


def spanning(
    anchor: Anchor,
    first: dt.date | None,
    last: dt.date | None,
    *,
    future: bool,
    rule: str,
    words: str,
) -> ClaimTime:
    """More than a day: the publication's date alone, the days meant beside it."""
    tense: Tense = "present period"
    if (first is not None and first > anchor.date) or (
        future and (last is None or last > anchor.date)
    ):
        tense = "future"
    elif last is not None and last < anchor.date:
        tense = "past period"
    return ClaimTime(
        instant=None,
        date=anchor.date,
        zone=anchor.zone,
        precision="day",
        rule=rule,
        words=words,
        tense=tense,
        start=first,
        end=last,
    )


def zone_name(zone: dt.tzinfo | None) -> str | None:
    """Return the IANA name of a zone, None for a fixed offset."""
    return zone.key if isinstance(zone, ZoneInfo) else None
