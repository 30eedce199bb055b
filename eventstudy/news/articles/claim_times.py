"""Values: the time an article was published, and the time of one of its claims."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from eventstudy.io.timestamps import clock_change, iso_text

_RULES_WITHOUT_TIME = ("publication", "reference", "reported time", "month of data", "out of range")

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
        Zone of its relative words; None for a date alone without a zone.
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
        Aware, in `zone`; None for a date alone.
    date
        Local date.
    zone
        The zone of both.
    precision
        One of ``events.HALF_WIDTH``.
    rule
        The rule that gave it, such as ``"weekday, part"``; ``"publication"`` where none did.
    words
        The words it comes from, or None.
    tense
        Where it lies relative to the publication.
    start, end
        First and last day meant where that is more than a day, or belongs to something the claim
        only mentions; None where open.
    assumed
        Which time was taken where the clocks of `zone` show the written one twice or never.
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
        return self.tense in ("now", "past", "future") and self.rule not in _RULES_WITHOUT_TIME


def publication_time(anchor: Anchor) -> ClaimTime:
    """Return the time of a claim that has only its article's."""
    return ClaimTime(
        instant=anchor.instant, date=anchor.date, zone=anchor.zone, precision=anchor.precision
    )


def time_at(
    anchor: Anchor,
    day: dt.date,
    instant: dt.datetime | None,
    zone: dt.tzinfo | None,
    precision: str,
) -> ClaimTime:
    """Return the time of a claim that happened on a day or at an instant of it."""
    if anchor.instant is None:
        instant = None  # an article of a date alone has claims of dates alone
    tense: Tense
    assumed = None
    if instant is not None and anchor.instant is not None:
        written, instant = instant, _existing(instant).astimezone(zone)
        assumed = _assumption(written, instant, anchor.instant)
        day = instant.date() if precision != "day" else day
        tense = "future" if instant > anchor.instant else "past"
    else:
        today = anchor.today(zone)
        tense = "future" if day > today else "now" if day == today else "past"
        precision = "day"
    return ClaimTime(
        instant=instant, date=day, zone=zone, precision=precision, tense=tense, assumed=assumed
    )


def _existing(local: dt.datetime) -> dt.datetime:
    """Return an hour the clock skips as it would have been without the change."""
    there_and_back = local.astimezone(dt.UTC).astimezone(local.tzinfo)
    if there_and_back.replace(tzinfo=None) != local.replace(tzinfo=None):
        return local.replace(fold=0).astimezone(dt.UTC).astimezone(local.tzinfo)
    return local


def _assumption(written: dt.datetime, instant: dt.datetime, published: dt.datetime) -> str | None:
    """Return what was assumed of a time the clocks show twice or never; None for any other."""
    if written.tzinfo is None or instant.astimezone(dt.UTC) == published.astimezone(dt.UTC):
        return None  # the instant of publication is known
    change = clock_change(written.replace(tzinfo=None), written.tzinfo)
    if change is None:
        return None
    fault = "is there twice" if change == "twice" else "does not exist"
    change_in_zone = f"in {zone_name(written.tzinfo)}, where the clock changes"
    return f"{written:%Y-%m-%d %H:%M} {fault} {change_in_zone}; read as {iso_text(instant)}"


def time_of_period(
    anchor: Anchor,
    first: dt.date | None,
    last: dt.date | None,
    *,
    future: bool,
    rule: str,
    words: str,
) -> ClaimTime:
    """Return the time of a claim about more than a day: its article's date, and the days meant."""
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
