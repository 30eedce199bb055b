"""When a claim says it happened, seen from the time its article was published.

What comes out is an instant with a precision, a date alone (precision day), or the article's own
time, never more than the words give. Which words count, where a sentence has several:

1. Words inside a quotation, or behind "said ... that / would / will", tell when what was said
   takes place, not when it was said; its days are in `start` and `end` (rule "reported time").
2. Words behind "before", "after", "until", "ahead of" and their like only place the claim
   against something else (rule "reference").
3. Of what remains a day, a clock time, a trading word or a distance ("two hours later") beats a
   month, week or year. A day takes the clock time, else the trading word, else the part of the
   day that stands in the same sentence.
4. More than a day cannot be dated to a day: the claim has the publication's date alone, and the
   days meant stand in `start` and `end`. "since ..." is a statement about the time of
   publication, and has that time.

A time that would lie after the publication although nothing in the sentence looks ahead is taken
one week (a weekday) or one day (a clock time) earlier, or, where its half-width reaches back to
the publication, at the publication.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from eventstudy.events.table import HALF_WIDTH
from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR
from eventstudy.news.articles import clocks, dates
from eventstudy.news.articles.claim_times import (
    Anchor,
    ClaimTime,
    publication_time,
    time_at,
    time_of_period,
)
from eventstudy.news.articles.time_expressions import Mention, find_mentions
from eventstudy.news.articles.time_roles import MentionRole, assign_roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READ_LIMIT = 2000
"""Letters of a claim that are searched for words of time."""

_MAX_MENTIONS = 12
"""So many words of time count in a claim, the first ones."""

_RANGE = re.compile(r"\s*(?:,|and|or|to|through|[-–—])\s*(?:on\s)?$", re.IGNORECASE)
_LASTING = re.compile(
    r"(?:for|over|in|during)\b[^,;]*\b(?:past|last|recent)\b|for\s", re.IGNORECASE
)


def resolve(text: str, anchor: Anchor, previous: ClaimTime | None = None) -> ClaimTime:
    """Return when the claim `text` happened.

    Parameters
    ----------
    anchor
        When its article was published.
    previous
        Time of the last claim that has one of its own, from which "hours later" counts.
    """
    claim = text[:READ_LIMIT]
    published = publication_time(anchor)
    roles = assign_roles(claim, find_mentions(claim)[:_MAX_MENTIONS])
    if not roles:
        return published
    try:
        time = _resolved(claim, roles, anchor, previous)
    except (OverflowError, ValueError):  # years no calendar has
        time = None
    if time is None:
        return published
    years = [day.year for day in (time.date, time.start, time.end) if day is not None]
    if not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
        return replace(published, rule="out of range", words=time.words)
    return time


# ---- what the words mean ------------------------------------------------------------------------


def _resolved(
    text: str, roles: Sequence[MentionRole], anchor: Anchor, previous: ClaimTime | None
) -> ClaimTime | None:
    timed = [role for role in roles if role.role == "time"]
    by_kind = {
        kind: next((role for role in timed if role.mention.kind == kind), None)
        for kind in ("day", "offset", "clock", "trade", "part", "period")
    }
    part = _usable_part(by_kind["part"], by_kind["day"], text)
    hour = by_kind["clock"] or by_kind["trade"] or part
    times = (
        _from_own_words(text, by_kind, hour, timed, _in_named_zone(text, anchor), previous),
        *(_from_period(text, role, anchor) for role in roles if role.role == "since"),
        None if by_kind["period"] is None else _from_period(text, by_kind["period"], anchor),
        *(_mentioned(text, role, anchor) for role in roles if role.role not in ("time", "since")),
    )
    return next((time for time in times if time is not None), None)


def _in_named_zone(text: str, anchor: Anchor) -> Anchor:
    """Return the publication on the clocks the sentence names: "Thursday, Tokyo time"."""
    zone = clocks.named_zone(text)
    if zone is None:
        return anchor
    instant = None if anchor.instant is None else anchor.instant.astimezone(zone)
    return replace(anchor, instant=instant, zone=zone, date=anchor.today(zone))


def _from_own_words(
    text: str,
    by_kind: Mapping[str, MentionRole | None],
    hour: MentionRole | None,
    timed: Sequence[MentionRole],
    anchor: Anchor,
    previous: ClaimTime | None,
) -> ClaimTime | None:
    """Return the day or instant of the claim itself, where its words give one."""
    day, offset = _named_day(text, timed), by_kind["offset"]
    if day is not None:
        day = _with_week(day, by_kind["period"])
        hour = hour if hour is not None and _is_close(day.mention, hour.mention) else None
        return _from_range(text, timed, anchor) or _from_day(text, day, hour, anchor)
    if offset is not None:
        return _from_offset(text, offset.mention, anchor, previous)
    return None if hour is None else _from_hour(text, hour, anchor)


def _named_day(text: str, timed: Sequence[MentionRole]) -> MentionRole | None:
    """Return the first day, or the date right behind it: "Wednesday, 2 April" is the date."""
    days = [role for role in timed if role.mention.kind == "day"]
    if len(days) > 1 and days[0].mention.rule == "weekday" and days[1].mention.rule == "date":
        between = text[days[0].mention.end : days[1].mention.start]
        if len(between) <= 3 and not between.strip(" ,("):
            return days[1]
    return days[0] if days else None


def _is_close(day: Mention, hour: Mention) -> bool:
    """Whether a time of day stands near enough to a day to be of it."""
    gap = max(day.start - hour.end, hour.start - day.end)
    return gap <= (60 if hour.kind == "clock" else 30)


def _is_bare_weekday(mention: Mention) -> bool:
    """Whether a weekday stands without a word that says of which week."""
    return mention.rule == "weekday" and not {"which", "week", "first"} & mention.groups.keys()


def _with_week(day: MentionRole, period: MentionRole | None) -> MentionRole:
    """Give a weekday the week that stands beside it: "next week, on Thursday"."""
    if period is None or not _is_bare_weekday(day.mention):
        return day
    groups = period.mention.groups
    if period.mention.rule != "week" or groups["unit"].lower() != "week":
        return day
    which = groups["which"].lower()
    week = {"past": "last", "previous": "last", "coming": "next"}.get(which, which)
    mention = replace(day.mention, groups={**day.mention.groups, "week": week})
    return replace(day, mention=mention, future=day.future or period.future)


def _usable_part(
    part: MentionRole | None, day: MentionRole | None, text: str
) -> MentionRole | None:
    """Return the part of the day if it counts: with a day, a place, or "in the" before it."""
    if part is None:
        return None
    mention = part.mention
    before = text[max(0, mention.start - 8) : mention.start].lower()
    counts = mention.rule == "overnight" or "place" in mention.groups or before.endswith("in the ")
    return part if day is not None or counts else None


def _words(text: str, *mentions: Mention) -> str:
    ordered = sorted(mentions, key=lambda mention: mention.start)
    return " ... ".join(text[mention.start : mention.end].strip() for mention in ordered)


def _from_range(text: str, timed: Sequence[MentionRole], anchor: Anchor) -> ClaimTime | None:
    """Return the period of several days in a row, "Monday and Tuesday"."""
    days = [role for role in timed if role.mention.kind == "day"]
    for left, right in pairwise(days):
        between = text[left.mention.end : right.mention.start]
        if left.mention.rule != right.mention.rule or not _RANGE.fullmatch(between or "x"):
            continue
        ends = [
            dates.day_of(role.mention, anchor.date, future=right.future) for role in (left, right)
        ]
        if None in ends or ends[0] == ends[1]:
            continue
        first, last = sorted(end for end in ends if end is not None)
        return time_of_period(
            anchor,
            first,
            last,
            future=right.future,
            rule=f"{left.mention.rule}s",
            words=_words(text, left.mention, right.mention),
        )
    return None


def _from_day(
    text: str, role: MentionRole, hour: MentionRole | None, anchor: Anchor
) -> ClaimTime | None:
    """Return the time of a claim that names a day, with the time of day beside it."""
    mention = role.mention
    time_of_day, hour_rule = _time_of_day_with(text, mention, hour)
    zone = time_of_day.zone or anchor.zone if time_of_day is not None else anchor.zone
    today = anchor.today(zone)
    day = dates.day_of(mention, today, future=role.future)
    if day is None:
        return None
    used = [mention] if hour is None or hour_rule is None else [mention, hour.mention]
    rule = mention.rule if hour_rule is None else f"{mention.rule}, {hour_rule}"
    if mention.groups.get("part") or mention.groups.get("phase", "") in ("early", "late"):
        rule = f"{mention.rule}, part" if hour_rule is None else rule
    instant = None if time_of_day is None else time_of_day.on(day, anchor.zone)
    if time_of_day is not None and instant is not None:
        instant, day = _in_likely_week(
            instant, day, mention, time_of_day, anchor, future=role.future
        )
    precision = time_of_day.precision if time_of_day and instant else "day"
    time = time_at(anchor, day, instant, zone, precision)
    return replace(time, rule=rule, words=_words(text, *used))


def _time_of_day_with(
    text: str, day: Mention, hour: MentionRole | None
) -> tuple[clocks.TimeOfDay | None, str | None]:
    """Return the time of day that goes with a day, and the rule of its own words."""
    if hour is not None and hour.mention.rule != "overnight":
        return clocks.time_of_day(hour.mention, text), hour.mention.rule
    word = " ".join(day.groups.get("word", "").lower().split())
    if part := day.groups.get("part"):
        return clocks.part_of_day(f"{day.groups.get('phase', '')}{part}"), None
    if word == "tonight":
        return clocks.part_of_day("night"), None
    if word == "earlier this morning":
        return clocks.part_of_day("morning"), None
    if (phase := day.groups.get("phase", "").lower()) in ("early", "late"):
        return clocks.part_of_day(phase), None
    return None, None


def _in_likely_week(
    instant: dt.datetime,
    day: dt.date,
    mention: Mention,
    time_of_day: clocks.TimeOfDay,
    anchor: Anchor,
    *,
    future: bool,
) -> tuple[dt.datetime | None, dt.date]:
    """Return the instant of a weekday a week earlier or later, where its tense asks for that."""
    if anchor.instant is None:
        return instant, day
    half = dt.timedelta(minutes=HALF_WIDTH[time_of_day.precision])
    is_bare = _is_bare_weekday(mention)
    if not future and instant - half > anchor.instant and is_bare:
        day -= dt.timedelta(7)
        return time_of_day.on(day, anchor.zone), day
    if future and instant + half < anchor.instant and is_bare:
        day += dt.timedelta(7)
        return time_of_day.on(day, anchor.zone), day
    if not future and instant > anchor.instant >= instant - half:
        return anchor.instant.astimezone(instant.tzinfo), day
    return instant, day


def _from_hour(text: str, role: MentionRole, anchor: Anchor) -> ClaimTime | None:
    """Return the time of a claim that names no day: the latest such hour, or the next to come."""
    mention = role.mention
    if mention.rule == "overnight":
        midnight = None
        if anchor.zone is not None:
            midnight = dt.datetime.combine(anchor.date, dt.time(), tzinfo=anchor.zone)
        # 18:00 to 6:00 is wider than a session, and lies within twelve hours of midnight.
        time = time_at(anchor, anchor.date, midnight, anchor.zone, "day")
        return replace(time, rule="overnight", words=_words(text, mention))
    time_of_day = clocks.time_of_day(mention, text)
    zone = time_of_day.zone or anchor.zone
    today = anchor.today(zone)
    if time_of_day.exchange is None and time_of_day.time is None:
        return None
    half = dt.timedelta(minutes=HALF_WIDTH[time_of_day.precision])
    step = 1 if role.future else -1
    for shift in range(-1, 12):  # no closure of an exchange is longer
        day = today + dt.timedelta(step * shift)
        instant = time_of_day.on(day, anchor.zone)
        if anchor.instant is None:
            if shift >= 0 and (instant is not None or time_of_day.exchange is None):
                time = time_at(anchor, day, instant, zone, time_of_day.precision)
                return replace(time, rule=mention.rule, words=_words(text, mention))
            continue
        if instant is None:
            continue
        earliest, latest = instant - half, instant + half
        if latest >= anchor.instant if role.future else earliest <= anchor.instant:
            if not role.future and instant > anchor.instant:
                instant = anchor.instant.astimezone(instant.tzinfo)
            time = time_at(
                anchor, instant.astimezone(zone).date(), instant, zone, time_of_day.precision
            )
            return replace(time, rule=mention.rule, words=_words(text, mention))
    return None


def _from_offset(
    text: str, mention: Mention, anchor: Anchor, previous: ClaimTime | None
) -> ClaimTime | None:
    """Return the time of a claim told as a distance: from the publication or the claim before."""
    groups = mention.groups
    words = _words(text, mention)
    if mention.rule == "ago":
        base: ClaimTime | None = publication_time(anchor)
        sign = -1
    else:
        side = groups["side"].lower()
        sign = -1 if side in ("earlier", "before", "previous", "prior") else 1
        base = previous
        if base is None and sign < 0:
            base = publication_time(anchor)
    if base is None:
        return None
    count = 1 if mention.rule == "next day" else dates.count_of(groups.get("count"))
    unit = "day" if mention.rule == "next day" else groups["unit"].lower()
    if unit in ("minute", "hour"):
        return _from_minutes(anchor, base, sign, count, unit, mention.rule, words)
    if count is None or unit in ("month", "year") or (unit == "week" and mention.rule == "ago"):
        return _from_units(anchor, base, sign, count, unit, mention.rule, words)
    day = dates.units_before(base.date, -sign * count, unit)
    if day > anchor.today(base.zone):
        return None
    time = time_at(anchor, day, None, base.zone, "day")
    return replace(time, rule=mention.rule, words=words)


def _from_minutes(
    anchor: Anchor, base: ClaimTime, sign: int, count: int | None, unit: str, rule: str, words: str
) -> ClaimTime:
    """Return the time some minutes or hours from another; from a date alone, that date."""
    if base.instant is None or anchor.instant is None:
        time = time_at(anchor, base.date, None, base.zone, "day")
        return replace(time, rule=rule, words=words)
    precision = "minute_est" if unit == "minute" else "session" if count is None else "approx"
    if count is None:
        minutes = 180 if unit == "hour" else 15
    else:
        minutes = count * (60 if unit == "hour" else 1)
    instant = min(base.instant + sign * dt.timedelta(minutes=minutes), anchor.instant)
    zone = base.zone or base.instant.tzinfo
    time = time_at(
        anchor,
        instant.astimezone(zone).date(),
        instant,
        zone,
        clocks.coarsest(base.precision, precision),
    )
    return replace(time, rule=rule, words=words)


def _from_units(
    anchor: Anchor, base: ClaimTime, sign: int, count: int | None, unit: str, rule: str, words: str
) -> ClaimTime:
    """Return the period half a unit to either side: "two weeks ago" is no day."""
    if count is None:
        first, last = (None, base.date) if sign < 0 else (base.date, None)
    else:
        middle = dates.units_before(base.date, -sign * count, unit)
        half = dt.timedelta({"day": 1, "week": 3, "month": 15, "year": 183}[unit])
        first, last = middle - half, middle + half
    return time_of_period(anchor, first, last, future=False, rule=rule, words=words)


def _from_period(text: str, role: MentionRole, anchor: Anchor) -> ClaimTime | None:
    """Return the time of a claim about more than a day, or about what has lasted since then."""
    mention = role.mention
    words = _words(text, mention)
    if mention.kind == "day":
        first = dates.day_of(mention, anchor.date, future=False)
        last = first
    else:
        first, last = dates.span_of(mention, anchor.date, future=role.future)
    if first is None and last is None:
        return None
    is_lasting = role.role == "since" or (mention.rule == "span" and bool(_LASTING.match(words)))
    if is_lasting and (first is None or first <= anchor.date):
        return replace(
            publication_time(anchor),
            rule=f"since {mention.rule}" if mention.rule != "span" else "span",
            words=words,
            tense="since",
            start=first,
            end=anchor.date,
        )
    return time_of_period(anchor, first, last, future=role.future, rule=mention.rule, words=words)


def _mentioned(text: str, role: MentionRole, anchor: Anchor) -> ClaimTime | None:
    """Return the article's time, beside it the days of something the claim only mentions."""
    mention = role.mention
    first = last = None
    if mention.kind == "day":
        first = last = dates.day_of(mention, anchor.date, future=role.future)
    elif mention.kind == "period" and mention.rule != "span":  # a length alone has no days
        first, last = dates.span_of(mention, anchor.date, future=role.future)
    rule = "reported time" if role.role == "reported" else "reference"
    return replace(
        publication_time(anchor),
        rule="month of data" if mention.rule == "month of data" else rule,
        words=_words(text, mention),
        start=first,
        end=last,
    )
