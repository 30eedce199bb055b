"""When a claim says it happened, seen from the time its article was published.

What comes out is an instant with a precision, a date alone (precision day), or the article's own
time, never more than the words give. Which words count, where a sentence has several:

1. Words inside a quotation, or behind "said ... that / would / will", tell when what was said
   takes place, not when it was said; they are kept in `start` and `end` (rule "reported time").
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
from eventstudy.news.articles.claim_times import Anchor, ClaimTime, moment_at, spanning
from eventstudy.news.articles.time_expressions import Mention, find_mentions
from eventstudy.news.articles.time_roles import Placed, assign_roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READ = 2000
"""Letters of a claim that are searched for words of time."""

_MENTIONS = 12
"""Words of time that count in a claim: its first ones."""

_RANGE = re.compile(r"\s*(?:,|and|or|to|through|[-–—])\s*(?:on\s)?$", re.IGNORECASE)
_LASTING = re.compile(
    r"(?:for|over|in|during)\b[^,;]*\b(?:past|last|recent)\b|for\s", re.IGNORECASE
)


def resolve(text: str, anchor: Anchor, before: ClaimTime | None = None) -> ClaimTime:
    """Return when the claim `text` happened.

    Parameters
    ----------
    anchor
        When its article was published.
    before
        The last claim with a time of its own, from which "hours later" counts.
    """
    claim = text[:READ]
    published = ClaimTime(
        instant=anchor.instant, date=anchor.date, zone=anchor.zone, precision=anchor.precision
    )
    roles = assign_roles(claim, find_mentions(claim)[:_MENTIONS])
    if not roles:
        return published
    try:
        found = _resolved(claim, roles, anchor, before)
    except (OverflowError, ValueError):  # years no calendar has
        found = None
    if found is None:
        return published
    years = [day.year for day in (found.date, found.start, found.end) if day is not None]
    if not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
        return replace(published, rule="out of range", words=found.words)
    return found


# ---- what they mean ---------------------------------------------------------------------------


def _resolved(
    text: str, roles: Sequence[Placed], anchor: Anchor, before: ClaimTime | None
) -> ClaimTime | None:
    timed = [role for role in roles if role.role == "time"]
    by_kind = {
        kind: next((role for role in timed if role.mention.kind == kind), None)
        for kind in ("day", "offset", "clock", "trade", "part", "period")
    }
    hour = by_kind["clock"] or by_kind["trade"] or _part(by_kind["part"], by_kind["day"], text)
    for found in (
        _own(text, by_kind, hour, timed, _elsewhere(text, anchor), before),
        *(_period_moment(text, role, anchor) for role in roles if role.role == "since"),
        None if by_kind["period"] is None else _period_moment(text, by_kind["period"], anchor),
        *(_mentioned(text, role, anchor) for role in roles if role.role not in ("time", "since")),
    ):
        if found is not None:
            return found
    return None


def _elsewhere(text: str, anchor: Anchor) -> Anchor:
    """The time of publication on the clocks the sentence names: "Thursday, Tokyo time"."""
    zone = clocks.named_zone(text)
    if zone is None:
        return anchor
    moment = None if anchor.instant is None else anchor.instant.astimezone(zone)
    return replace(anchor, instant=moment, zone=zone, date=anchor.today(zone))


def _own(
    text: str,
    by_kind: Mapping[str, Placed | None],
    hour: Placed | None,
    timed: Sequence[Placed],
    anchor: Anchor,
    before: ClaimTime | None,
) -> ClaimTime | None:
    """The day or instant of the claim itself, where its words give one."""
    day, offset = _named_day(text, timed), by_kind["offset"]
    if day is not None:
        day = _in_its_week(day, by_kind["period"])
        hour = hour if hour is not None and _is_close(day.mention, hour.mention) else None
        return _range(text, timed, anchor) or _day_moment(text, day, hour, anchor)
    if offset is not None:
        return _offset_moment(text, offset.mention, anchor, before)
    return None if hour is None else _hour_moment(text, hour, anchor)


def _named_day(text: str, timed: Sequence[Placed]) -> Placed | None:
    """The first day, or the date right behind it: "Wednesday, 2 April" is the date."""
    days = [placed for placed in timed if placed.mention.kind == "day"]
    if len(days) > 1 and days[0].mention.rule == "weekday" and days[1].mention.rule == "date":
        between = text[days[0].mention.end : days[1].mention.start]
        if len(between) <= 3 and not between.strip(" ,("):
            return days[1]
    return days[0] if days else None


def _is_close(day: Mention, hour: Mention) -> bool:
    """Whether a time of day stands near enough to a day to be of it."""
    gap = max(day.start - hour.end, hour.start - day.end)
    return gap <= (60 if hour.kind == "clock" else 30)


def _in_its_week(day: Placed, period: Placed | None) -> Placed:
    """A weekday beside a week is one day: "next week, on Thursday"."""
    if period is None or day.mention.rule != "weekday":
        return day
    groups = period.mention.groups
    week = {"past": "last", "previous": "last", "coming": "next"}
    is_bare = not {"which", "week", "first"} & day.mention.groups.keys()
    if period.mention.rule != "week" or groups["unit"].lower() != "week" or not is_bare:
        return day
    which = groups["which"].lower()
    mention = replace(day.mention, groups={**day.mention.groups, "week": week.get(which, which)})
    return replace(day, mention=mention, future=day.future or period.future)


def _part(part: Placed | None, day: Placed | None, text: str) -> Placed | None:
    """A part of the day counts with a day, a place, or "in the" before it."""
    if part is None:
        return None
    mention = part.mention
    led = text[max(0, mention.start - 8) : mention.start].lower()
    alone = mention.rule == "overnight" or "place" in mention.groups or led.endswith("in the ")
    return part if day is not None or alone else None


def _words(text: str, *mentions: Mention) -> str:
    ordered = sorted(mentions, key=lambda mention: mention.start)
    return " ... ".join(text[mention.start : mention.end].strip() for mention in ordered)


def _range(text: str, timed: Sequence[Placed], anchor: Anchor) -> ClaimTime | None:
    """Several days in a row ("Monday and Tuesday") are more than a day."""
    days = [role for role in timed if role.mention.kind == "day"]
    for one, other in pairwise(days):
        between = text[one.mention.end : other.mention.start]
        if one.mention.rule != other.mention.rule or not _RANGE.fullmatch(between or "x"):
            continue
        ends = [
            dates.day_of(role.mention, anchor.date, future=other.future) for role in (one, other)
        ]
        if None in ends or ends[0] == ends[1]:
            continue
        span = sorted(end for end in ends if end is not None)
        return spanning(
            anchor,
            span[0],
            span[1],
            future=other.future,
            rule=f"{one.mention.rule}s",
            words=_words(text, one.mention, other.mention),
        )
    return None


def _day_moment(text: str, role: Placed, hour: Placed | None, anchor: Anchor) -> ClaimTime | None:
    mention = role.mention
    when, hour_words = _hour_with(text, mention, hour)
    zone = when.zone or anchor.zone if when is not None else anchor.zone
    today = anchor.today(zone)
    day = dates.day_of(mention, today, future=role.future)
    if day is None:
        return None
    used = [mention] if hour is None or hour_words is None else [mention, hour.mention]
    rule = mention.rule if hour_words is None else f"{mention.rule}, {hour_words}"
    if mention.groups.get("part") or mention.groups.get("shade", "") in ("early", "late"):
        rule = f"{mention.rule}, part" if hour_words is None else rule
    moment = None if when is None else when.on(day, anchor.zone)
    if when is not None and moment is not None:
        moment, day = _not_ahead(moment, day, mention, when, anchor, future=role.future)
    found = moment_at(anchor, day, moment, zone, when.precision if when and moment else "day")
    return replace(found, rule=rule, words=_words(text, *used))


def _hour_with(
    text: str, day: Mention, hour: Placed | None
) -> tuple[clocks.Hour | None, str | None]:
    """The time of day that goes with a day, and the name of its rule."""
    if hour is not None and hour.mention.rule != "overnight":
        return clocks.hour_of(hour.mention, text), hour.mention.rule
    word = " ".join(day.groups.get("word", "").lower().split())
    if part := day.groups.get("part"):
        return clocks.part(f"{day.groups.get('shade', '')}{part}"), None
    if word == "tonight":
        return clocks.part("night"), None
    if word == "earlier this morning":
        return clocks.part("morning"), None
    if (shade := day.groups.get("shade", "").lower()) in ("early", "late"):
        return clocks.part(shade), None
    return None, None


def _not_ahead(
    moment: dt.datetime,
    day: dt.date,
    mention: Mention,
    when: clocks.Hour,
    anchor: Anchor,
    *,
    future: bool,
) -> tuple[dt.datetime | None, dt.date]:
    """Take a weekday one week earlier where it lies ahead and nothing says so, or later."""
    if anchor.instant is None:
        return moment, day
    half = dt.timedelta(minutes=HALF_WIDTH[when.precision])
    is_bare = mention.rule == "weekday" and not ({"which", "week", "first"} & mention.groups.keys())
    if not future and moment - half > anchor.instant and is_bare:
        day -= dt.timedelta(7)
        return when.on(day, anchor.zone), day
    if future and moment + half < anchor.instant and is_bare:
        day += dt.timedelta(7)
        return when.on(day, anchor.zone), day
    if not future and moment > anchor.instant >= moment - half:
        return anchor.instant.astimezone(moment.tzinfo), day
    return moment, day


def _hour_moment(text: str, role: Placed, anchor: Anchor) -> ClaimTime | None:
    """A time of day without a day: the latest one that was, or the next one to come."""
    mention = role.mention
    if mention.rule == "overnight":
        midnight = None
        if anchor.zone is not None:
            midnight = dt.datetime.combine(anchor.date, dt.time(), tzinfo=anchor.zone)
        # 18:00 to 6:00 is wider than a session, and lies within twelve hours of midnight.
        found = moment_at(anchor, anchor.date, midnight, anchor.zone, "day")
        return replace(found, rule="overnight", words=_words(text, mention))
    when = clocks.hour_of(mention, text)
    zone = when.zone or anchor.zone
    today = anchor.today(zone)
    if when.exchange is None and when.time is None:
        return None
    half = dt.timedelta(minutes=HALF_WIDTH[when.precision])
    step = 1 if role.future else -1
    for shift in range(-1, 12):  # no holiday is longer
        day = today + dt.timedelta(step * shift)
        moment = when.on(day, anchor.zone)
        if anchor.instant is None:
            if shift >= 0 and (moment is not None or when.exchange is None):
                found = moment_at(anchor, day, moment, zone, when.precision)
                return replace(found, rule=mention.rule, words=_words(text, mention))
            continue
        if moment is None:
            continue
        if (moment + half >= anchor.instant) if role.future else (moment - half <= anchor.instant):
            if not role.future and moment > anchor.instant:
                moment = anchor.instant.astimezone(moment.tzinfo)
            found = moment_at(anchor, moment.astimezone(zone).date(), moment, zone, when.precision)
            return replace(found, rule=mention.rule, words=_words(text, mention))
    return None


def _offset_moment(
    text: str, mention: Mention, anchor: Anchor, before: ClaimTime | None
) -> ClaimTime | None:
    groups = mention.groups
    words = _words(text, mention)
    if mention.rule == "ago":
        base: ClaimTime | None = ClaimTime(
            instant=anchor.instant, date=anchor.date, zone=anchor.zone, precision=anchor.precision
        )
        sign = -1
    else:
        side = groups["side"].lower()
        sign = -1 if side in ("earlier", "before", "previous", "prior") else 1
        base = before
        if base is None and sign < 0:
            base = ClaimTime(
                instant=anchor.instant,
                date=anchor.date,
                zone=anchor.zone,
                precision=anchor.precision,
            )
    if base is None:
        return None
    count = 1 if mention.rule == "next day" else dates.number(groups.get("count"))
    unit = "day" if mention.rule == "next day" else groups["unit"].lower()
    if unit in ("minute", "hour"):
        return _shifted(anchor, base, sign, count, unit, mention.rule, words)
    if count is None or unit in ("month", "year") or (unit == "week" and mention.rule == "ago"):
        return _some_units(anchor, base, sign, count, unit, mention.rule, words)
    day = dates.back(base.date, -sign * count, unit)
    if day > anchor.today(base.zone):
        return None
    found = moment_at(anchor, day, None, base.zone, "day")
    return replace(found, rule=mention.rule, words=words)


def _shifted(
    anchor: Anchor, base: ClaimTime, sign: int, count: int | None, unit: str, rule: str, words: str
) -> ClaimTime:
    """Some minutes or hours from a time; from a date alone they lead to that date."""
    if base.instant is None or anchor.instant is None:
        found = moment_at(anchor, base.date, None, base.zone, "day")
        return replace(found, rule=rule, words=words)
    wide = "minute_est" if unit == "minute" else "session" if count is None else "approx"
    if count is None:
        minutes = 180 if unit == "hour" else 15
    else:
        minutes = count * (60 if unit == "hour" else 1)
    moment = min(base.instant + sign * dt.timedelta(minutes=minutes), anchor.instant)
    zone = base.zone or base.instant.tzinfo
    found = moment_at(
        anchor, moment.astimezone(zone).date(), moment, zone, clocks.worst(base.precision, wide)
    )
    return replace(found, rule=rule, words=words)


def _some_units(
    anchor: Anchor, base: ClaimTime, sign: int, count: int | None, unit: str, rule: str, words: str
) -> ClaimTime:
    """Half a unit to either side is meant: "two weeks ago" is no day."""
    if count is None:
        first, last = (None, base.date) if sign < 0 else (base.date, None)
    else:
        middle = dates.back(base.date, -sign * count, unit)
        half = dt.timedelta({"day": 1, "week": 3, "month": 15, "year": 183}[unit])
        first, last = middle - half, middle + half
    return spanning(anchor, first, last, future=False, rule=rule, words=words)


def _period_moment(text: str, role: Placed, anchor: Anchor) -> ClaimTime | None:
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
        return ClaimTime(
            instant=anchor.instant,
            date=anchor.date,
            zone=anchor.zone,
            precision=anchor.precision,
            rule=f"since {mention.rule}" if mention.rule != "span" else "span",
            words=words,
            tense="since",
            start=first,
            end=anchor.date,
        )
    return spanning(anchor, first, last, future=role.future, rule=mention.rule, words=words)


def _mentioned(text: str, role: Placed, anchor: Anchor) -> ClaimTime | None:
    """Keep the days of something the claim mentions; the claim itself has the article's time."""
    mention = role.mention
    first = last = None
    if mention.kind == "day":
        first = last = dates.day_of(mention, anchor.date, future=role.future)
    elif mention.kind == "period" and mention.rule != "span":  # a length alone has no days
        first, last = dates.span_of(mention, anchor.date, future=role.future)
    rule = "reported time" if role.role == "reported" else "reference"
    return ClaimTime(
        instant=anchor.instant,
        date=anchor.date,
        zone=anchor.zone,
        precision=anchor.precision,
        rule="month of data" if mention.rule == "month of data" else rule,
        words=_words(text, mention),
        start=first,
        end=last,
    )
