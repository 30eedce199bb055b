"""Finds the words of time in a sentence: their kind and their place, not yet what they mean.

Every pattern has a bounded length and begins at the edge of a word or number, so that no text,
however odd, takes more than time in proportion to its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from eventstudy.news.articles.vocabulary import (
    AMBIGUOUS_ZONES,
    MONTHS,
    NUMBERS,
    WEEKDAYS,
    alternatives,
    tables,
)

Kind = Literal["day", "part", "clock", "trade", "offset", "period"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words of time in a sentence.

    Parameters
    ----------
    kind
        What they give: a day, a part of a day, a clock time, a moment of a trading day, a
        distance from now or from the event before, or more than a day.
    rule
        Name of the pattern.
    start, end
        Where they stand.
    groups
        What the named groups of the pattern matched.
    """

    kind: Kind
    rule: str
    start: int
    end: int
    groups: dict[str, str]


_SHORT_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "Jun",
    "Jul",
    "Aug",
    "Sept",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)})\b\.?)"
_YEAR = r"(?P<year>(?:1[0-9]|2[01])\d\d)(?![\w%]|[.,]\d)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\w%]|[.,:]\d)"
_COUNT = rf"(?P<count>{'|'.join(NUMBERS)}|\d{{1,3}})"
_UNIT = r"(?P<unit>minute|hour|day|week|month|year)s?"
_PARTS = r"morning|afternoon|evening|night|dawn"
_PHASE = r"(?:early|mid-?|late)"
_DAYS = "|".join(WEEKDAYS)
_SHORT_DAYS = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri)(?:\.|(?=[,)]))"
_DATA = (
    r"data|figures?|readings?|reports?|numbers|index|PMI|CPI|PPI|GDP|sales|output|production|"
    r"inflation|payrolls|jobs|exports|imports|trade|earnings|results|survey|print|release|orders"
)
_PREPOSITION = (
    r"in|during|since|until|till|from|by|of|for|early(?:\sin)?|late(?:\sin)?|mid-?|last|this|next|"
    r"through|before|after|back\sin|throughout"
)
_SEASON = r"(?P<season>spring|summer|autumn|fall|winter)"


@cache
def _patterns() -> tuple[tuple[Kind, str, re.Pattern[str]], ...]:
    zones = "|".join(tables()["zones"])
    places = alternatives(tables()["places"])
    zone = (
        rf"(?:\s*\(?(?:(?P<zone>(?:{zones})(?![\w])(?:[+-]\d{{1,2}}(?!\d))?)"
        rf"|(?P<place>{places}|local)(?:\s+(?:standard|daylight|summer))?\s+time"
        rf"|(?P<us>Eastern|Pacific)(?!\w)|(?P<unread>(?:{'|'.join(AMBIGUOUS_ZONES)})(?!\w))))?"
    )
    around = (
        r"(?:(?P<about>about|around|roughly|nearly|almost|circa|shortly\safter|shortly\sbefore|"
        r"just\safter|just\sbefore|soon\safter|before|after)\s+)?"
    )
    where = rf"(?:\s+(?:in|at)\s+(?P<place>{places})(?!\w))?"
    case, any_case = 0, re.IGNORECASE
    patterns: list[tuple[Kind, str, str, int]] = [
        ("day", "date", r"(?<![\d.-])(?P<year>\d{4})-(?P<num>\d{2})-(?P<day>\d{2})(?![\d-])", case),
        (
            "day",
            "date",
            r"(?<!\d)(?:(?P<year>\d{4})年)?(?P<num>\d{1,2})月(?P<day>\d{1,2})[日号號]",
            case,
        ),
        ("period", "month", r"(?<!\d)(?:(?P<year>\d{4})年)(?P<num>\d{1,2})月(?!\d)", case),
        (
            "period",
            "dates",
            rf"(?<!\w){_MONTH}\s+{_DAY}\s?(?:[-–—]|to|through)\s?(?P<last>\d{{1,2}})"
            rf"(?![\w%]|[.,]\d)(?:,?\s+{_YEAR})?",
            case,
        ),
        ("day", "date", rf"(?<!\w){_MONTH}\s+{_DAY}(?:\s*,?\s+{_YEAR})?", case),
        ("day", "date", rf"(?<![\w$.,]){_DAY}\s+(?:of\s+)?{_MONTH}(?!\w)(?:,?\s+{_YEAR})?", case),
        (
            "period",
            "month",
            rf"(?<!\w)(?:(?P<phase>{_PHASE})[\s-]+)?{_MONTH},?\s+(?:of\s+)?{_YEAR}",
            case,
        ),
        (
            "period",
            "month",
            rf"(?<!\w)(?P<phase>(?:[Ee]arly|[Mm]id|[Ll]ate)[\s-]+){_MONTH}(?!\w)",
            case,
        ),
        ("period", "month", rf"(?<!\w)(?i:(?:{_PREPOSITION})[\s-]+){_MONTH}(?![\w'’]|\s+\d)", case),
        (
            "period",
            "month of data",
            rf"(?<!\w){_MONTH}(?:['’]s)?\s+(?:\w+\s+){{0,2}}?(?:{_DATA})"
            r"(?!\w)",
            case,
        ),
        (
            "day",
            "weekday",
            rf"(?<!\w)(?:(?P<first>(?i:last|this|next))\s+week\s+on\s+)?"
            rf"(?:(?P<phase>(?i:early|late|mid))[\s-]+(?:on\s+)?)?"
            rf"(?:(?P<which>(?i:last|next|this|past|previous|coming))\s+)?"
            rf"(?P<weekday>{_DAYS}|{_SHORT_DAYS})(?![\w])(?:['’]s(?!\w))?"
            rf"(?:\s+(?:of\s+)?(?P<week>last|this|next)\s+week(?!\w))?",
            case,
        ),
        ("day", "weekday", r"(?:上|本|这|下)?(?:周|週|星期)(?P<cjk>[一二三四五六日天])", case),
        ("day", "weekday", r"(?P<cjk>[月火水木金土日])曜日?", case),
        ("day", "relative day", r"(?P<cjk_day>昨日|昨天|今日|今天|明日|明天|前天|一昨日)", case),
        (
            "day",
            "relative day",
            r"(?<!\w)(?:the\s)?(?P<word>day\s(?:before\syesterday|after\stomorrow))(?!\w)",
            any_case,
        ),
        ("day", "relative day", r"(?<!\w)(?P<word>yesterday|today|tomorrow)(?!\w)", any_case),
        (
            "day",
            "relative day",
            rf"(?<!\w)(?P<word>this|tomorrow|yesterday|last)\s+(?P<phase>{_PHASE}"
            rf"\s+)?(?P<part>{_PARTS})(?!\w)",
            any_case,
        ),
        ("day", "relative day", r"(?<!\w)(?P<word>tonight)(?!\w)", any_case),
        (
            "day",
            "relative day",
            r"(?<!\w)(?P<word>later\stoday|earlier\stoday|earlier\sin\sthe\sday|"
            r"later\sin\sthe\sday|earlier\sthis\smorning)(?!\w)",
            any_case,
        ),
        ("part", "overnight", r"(?<!\w)overnight(?!\w)", any_case),
        (
            "offset",
            "ago",
            rf"(?<!\w)(?:(?:about|around|some|nearly)\s+)?{_COUNT}\s+{_UNIT}\s+ago(?!\w)",
            any_case,
        ),
        ("offset", "ago", rf"(?<!\w)(?P<few>a\sfew|several|some)?\s?{_UNIT}\s+ago(?!\w)", any_case),
        (
            "offset",
            "later",
            rf"(?<!\w)(?:(?:about|some|just|only)\s+)?(?:{_COUNT}|(?P<few>a\sfew|"
            rf"several))\s+{_UNIT}\s+(?P<side>later|earlier|before|after\sthat)(?!\w)",
            any_case,
        ),
        (
            "offset",
            "later",
            rf"(?<!\w)(?:just\s)?{_UNIT}\s+(?P<side>later|earlier)(?!\w)",
            any_case,
        ),
        (
            "offset",
            "next day",
            r"(?<!\w)the\s(?P<side>next|following|previous|prior)\sday(?!\w)",
            any_case,
        ),
        (
            "offset",
            "next day",
            r"(?<!\w)the\sday\s(?P<side>before|after)(?!\w|\s(?:yesterday|tom))",
            any_case,
        ),
        (
            "period",
            "week",
            r"(?<!\w)(?P<phase>earlier|later|early|late)?\s?(?:in\s)?(?P<which>this|"
            r"last|next|past|previous|coming)\s(?P<unit>week|month|quarter|year)(?:['’]s)?(?!\w)",
            any_case,
        ),
        (
            "period",
            "weekend",
            r"(?<!\w)(?:(?:over|at|during)\sthe|(?P<which>this|last|next|past))\s"
            r"weekend(?!\w)",
            any_case,
        ),
        (
            "period",
            "quarter",
            rf"(?<!\w)(?P<which>first|second|third|fourth)[\s-](?P<unit>quarter|half)"
            rf"(?!\w)(?:\s+of\s+{_YEAR})?",
            any_case,
        ),
        ("period", "quarter", rf"(?<!\w)Q(?P<which>[1-4])(?!\w)(?:\s+(?:of\s+)?{_YEAR})?", case),
        ("period", "season", rf"(?<!\w)(?:the\s+)?{_SEASON}\s+(?:of\s+)?{_YEAR}", any_case),
        ("period", "season", rf"(?<!\w)(?P<which>this|last|next)\s+{_SEASON}(?!\w)", any_case),
        (
            "period",
            "year",
            rf"(?<!\w)(?:(?P<phase>{_PHASE})[\s-]+|(?:in|since|during|of|from|until|by|"
            rf"before|after|throughout)\s+){_YEAR}(?!\s?[a-z]?(?:percent|points|people|jobs|yuan|yen))",
            any_case,
        ),
        ("period", "year", rf"(?<![\w$.,-]){_YEAR}['’]s(?!\w)", case),
        (
            "period",
            "span",
            rf"(?<!\w)(?:for|over|during|within|in|after)\s+(?:(?:about|more\sthan|nearly|"
            rf"almost)\s+)?(?:the\s+)?(?P<past>past|last|recent|next|coming)?\s*(?:{_COUNT}\s+|(?P<few>"
            rf"several|many|a\sfew|some|few|recent)\s+)?{_UNIT}(?!\w|\s(?:later|ago|earlier))",
            any_case,
        ),
        (
            "part",
            "part",
            rf"(?<!\w)(?P<part>(?:{_PHASE}[\s-]+)?(?:{_PARTS}))(?!\w){where}",
            any_case,
        ),
        (
            "clock",
            "clock",
            rf"(?<![\w.:$]){around}(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<min>[0-5]\d))?\s?"
            rf"(?P<half>[ap])\.?m(?:\.|(?!\w)){zone}",
            any_case,
        ),
        (
            "clock",
            "clock",
            rf"(?<![\w.:$]){around}(?P<hour>[01]?\d|2[0-3])[:.](?P<min>[0-5]\d)"
            rf"(?::[0-5]\d)?(?![\w.:%]){zone}",
            any_case,
        ),
        (
            "clock",
            "clock",
            rf"(?<![\w.:$]){around}(?P<hour>[01]\d|2[0-3])(?P<min>[0-5]\d)\s?\(?(?P<zone>"
            rf"{zones})(?!\w)",
            any_case,
        ),
        ("clock", "clock", rf"(?<!\w){around}(?P<word>noon|midday|midnight)(?!\w){zone}", any_case),
        (
            "trade",
            "after close",
            r"(?<!\w)(?:after|following)\s(?:the\s)?(?:(?:closing\s)?bell|"
            r"(?:market\s|markets\s)?(?:close|closed)|(?:market\s|trading\s)hours)(?!\w)",
            any_case,
        ),
        (
            "trade",
            "after hours",
            r"(?<!\w)(?:after[\s-]hours|post-?market|extended)(?:\s(?:trading|trade"
            r"|session))?(?!\w)",
            any_case,
        ),
        (
            "trade",
            "before open",
            r"(?<!\w)(?:before|ahead\sof)\s(?:the\s)?(?:(?:opening\s)?bell|"
            r"(?:market\s|markets\s)?(?:open|opened|opening))(?!\w)",
            any_case,
        ),
        ("trade", "pre market", r"(?<!\w)pre-?market(?:\strad(?:ing|e))?(?!\w)", any_case),
        (
            "trade",
            "at close",
            r"(?<!\w)at\s(?:the\s)?(?:(?:market\s)?close|closing\sbell)(?!\w)",
            any_case,
        ),
        (
            "trade",
            "at open",
            r"(?<!\w)at\s(?:the\s)?(?:(?:market\s)?open(?:ing)?|opening\sbell)(?!\w)",
            any_case,
        ),
        (
            "trade",
            "early trade",
            r"(?<!\w)(?:in\s)?early\s(?:trade|trading|deals|dealings)(?!\w)",
            any_case,
        ),
        (
            "trade",
            "late trade",
            r"(?<!\w)(?:in\s)?late\s(?:trade|trading|deals|dealings)(?!\w)",
            any_case,
        ),
    ]
    return tuple((kind, rule, re.compile(text, flags)) for kind, rule, text, flags in patterns)


@cache
def _time_hint() -> re.Pattern[str]:
    """Return the pattern of what every mention has some of; most sentences have none of it."""
    words = (
        "day|days|week|weeks|month|months|quarter|half|year|years|ago|later|earlier|hour|hours|minute|"
        "minutes|today|tonight|tomorrow|yesterday|overnight|morning|afternoon|evening|night|dawn|noon|"
        "midday|midnight|weekend|spring|summer|autumn|fall|winter|close|closed|bell|hours|open|opened|"
        "opening|market|premarket|trade|trading|deals|dealings|session|extended|postmarket|closing"
    )
    names = "|".join([*MONTHS, *_SHORT_MONTHS, *WEEKDAYS, "Mon", "Tue", "Wed", "Thu", "Fri"])
    return re.compile(
        rf"\d|[月曜周週期昨今明前]|\b(?:{words})\b|(?-i:\b(?:{names}))", re.IGNORECASE
    )


def find_mentions(text: str) -> list[Mention]:
    """Return the words of time in `text`, in their order; the longer wins where two overlap.

    Examples
    --------
    >>> mentions = find_mentions("It fell late Friday in early trade")
    >>> [(mention.rule, mention.kind) for mention in mentions]
    [('weekday', 'day'), ('early trade', 'trade')]
    """
    if not _time_hint().search(text):
        return []
    mentions: list[Mention] = []
    for kind, rule, compiled in _patterns():
        for match in compiled.finditer(text):
            groups = {name: value for name, value in match.groupdict().items() if value}
            begin = match.start() + len(match[0]) - len(match[0].lstrip())
            mentions.append(
                Mention(kind=kind, rule=rule, start=begin, end=match.end(), groups=groups)
            )
    mentions.sort(key=lambda mention: (mention.start, -mention.end))
    longest: list[Mention] = []
    for mention in mentions:
        if not longest or mention.start >= longest[-1].end:
            longest.append(mention)
        elif mention.end - mention.start > longest[-1].end - longest[-1].start:
            longest[-1] = mention
    exclusions = (_is_name, _is_number, _is_idiom)
    return [mention for mention in longest if not any(test(text, mention) for test in exclusions)]


_NAME_BEFORE = re.compile(r"(?:Black|Good|Cyber|Ash|Super|Ruby|Palm|Bloody|Man)\s$")


def _is_name(text: str, mention: Mention) -> bool:
    """Whether the words belong to a name (Black Friday) and tell no time."""
    return mention.rule == "weekday" and bool(_NAME_BEFORE.search(text[: mention.start][-8:]))


_BEFORE_CLOCK = re.compile(r"(?:\bat|\bby|\bfrom|\bsince|\buntil|,)\s*\(?$", re.IGNORECASE)


def _is_number(text: str, mention: Mention) -> bool:
    """Whether a clock time may as well be a score, a ratio or a price."""
    groups = mention.groups
    if mention.rule != "clock" or {"half", "zone", "place", "us", "word"} & groups.keys():
        return False
    is_led = "about" in groups or bool(_BEFORE_CLOCK.search(text[: mention.start][-12:]))
    return "." in text[mention.start : mention.end] or not is_led


def _is_idiom(text: str, mention: Mention) -> bool:
    """Whether the words are a manner of speaking ("for the week") and tell no length."""
    if mention.rule != "span" or {"count", "few", "past"} & mention.groups.keys():
        return False
    return not text[mention.start : mention.end].endswith("s")
