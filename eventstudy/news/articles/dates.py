"""Which day or which stretch of days words of time mean, seen from a base date.

The conventions, where words leave a choice:

- a weekday is the latest one not after the base, the first one not before it where the sentence
  looks ahead; "last" excludes the base itself; "next Friday" is the Friday of the next week
  (Monday to Sunday), "coming" the first one after the base;
- a date without a year is the latest one not after the base, or the next one where the sentence
  looks ahead, or where the latest lies more than nine months back and the next at most three
  months ahead;
- a month without a year likewise; early, mid and late are its thirds by tens of days;
- seasons are those of the north, three whole months; a winter begins in December of its year.
"""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING

from eventstudy.news.articles.vocabulary import MONTHS, NUMBERS, WEEKDAYS

if TYPE_CHECKING:
    from eventstudy.news.articles.time_expressions import Mention

Span = tuple[dt.date | None, dt.date | None]

_FAR, _NEAR = 270, 90
_RELATIVE = {
    "yesterday": -1,
    "last": -1,
    "today": 0,
    "this": 0,
    "tonight": 0,
    "tomorrow": 1,
    "day before yesterday": -2,
    "day after tomorrow": 2,
    "昨日": -1,
    "昨天": -1,
    "今日": 0,
    "今天": 0,
    "明日": 1,
    "明天": 1,
    "前天": -2,
    "一昨日": -2,
}
_CJK_DAYS = ("月一", "火二", "水三", "木四", "金五", "土六", "日天")
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_BACK = ("last", "past", "previous")
_AHEAD = ("next", "coming")


def day_of(mention: Mention, base: dt.date, *, future: bool) -> dt.date | None:
    """Return the day a mention of kind ``"day"`` means; None if there is none (30 February).

    Parameters
    ----------
    base
        The publication's date where the day is meant.
    future
        Whether the sentence looks ahead.
    """
    if mention.rule == "date":
        return _date(mention.groups, base, future=future)
    if mention.rule == "weekday":
        return _weekday(mention.groups, base, future=future)
    word = mention.groups.get("cjk_day") or mention.groups["word"]
    return base + dt.timedelta(_RELATIVE.get(" ".join(word.lower().split()), 0))


def _date(groups: dict[str, str], base: dt.date, *, future: bool) -> dt.date | None:
    month, day = _month_number(groups), int(groups["day"])
    if "year" in groups:
        return _valid(int(groups["year"]), month, day)
    # Eight years to either side: 29 February may be so far away.
    years = range(base.year - 8, base.year + 9)
    days = [date for year in years if (date := _valid(year, month, day)) is not None]
    latest = max((date for date in days if date <= base), default=None)
    coming = min((date for date in days if date >= base), default=None)
    if latest is None or coming is None:
        return latest or coming
    is_ahead = (base - latest).days > _FAR and (coming - base).days <= _NEAR
    return coming if future or is_ahead else latest


def _weekday(groups: dict[str, str], base: dt.date, *, future: bool) -> dt.date:
    index = _weekday_number(groups)
    which = (groups.get("week") or groups.get("first") or "").lower()
    monday = base - dt.timedelta(base.weekday())
    if which:
        return monday + dt.timedelta(index + 7 * {"last": -1, "this": 0, "next": 1}[which])
    which = groups.get("which", "").lower()
    latest = base - dt.timedelta((base.weekday() - index) % 7)
    coming = base + dt.timedelta((index - base.weekday()) % 7)
    if which in _BACK:
        return latest if latest < base else latest - dt.timedelta(7)
    if which == "next":
        return monday + dt.timedelta(7 + index)
    if which == "this":
        return monday + dt.timedelta(index)
    if which == "coming":
        return coming if coming > base else coming + dt.timedelta(7)
    return coming if future else latest


def _weekday_number(groups: dict[str, str]) -> int:
    if "cjk" in groups:
        return next(number for number, signs in enumerate(_CJK_DAYS) if groups["cjk"] in signs)
    return next(
        number for number, name in enumerate(WEEKDAYS) if name.startswith(groups["weekday"][:3])
    )


def span_of(mention: Mention, base: dt.date, *, future: bool) -> Span:
    """Return first and last day of a mention of kind ``"period"``, None for an end that is open.

    Both are None where the words name no days (31 April to 2 May).
    """
    groups = mention.groups
    span_rules = {
        "dates": _dates,
        "month": _month,
        "month of data": _month,
        "week": _calendar_unit,
        "weekend": _weekend,
        "quarter": _quarter,
        "season": _season,
        "year": _year,
        "span": _length,
    }
    return span_rules[mention.rule](groups, base, future)


def _dates(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    first = _date(groups, base, future=future)
    if first is None:
        return None, None
    last = _valid(first.year, first.month, int(groups["last"]))
    return (first, last) if last is not None and last > first else (None, None)


def _month(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    number = _month_number(groups)
    if not 1 <= number <= 12:
        return None, None
    this_month = (base.year, base.month)
    if "year" in groups:
        year = int(groups["year"])
    elif future:
        year = base.year + ((base.year, number) < this_month)
    else:
        year = base.year - ((base.year, number) > this_month)
    phase = groups.get("phase", "").lower().strip(" -")
    first, last = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}.get(phase, (1, 31))
    end = calendar.monthrange(year, number)[1]
    return dt.date(year, number, first), dt.date(year, number, min(last, end))


def _calendar_unit(groups: dict[str, str], base: dt.date, future: bool) -> Span:  # noqa: ARG001
    which, unit = groups["which"].lower(), groups["unit"].lower()
    if which == "past":
        return units_before(base, 1, unit), base
    step = -1 if which in _BACK else 1 if which in _AHEAD else 0
    if unit == "week":
        first = base - dt.timedelta(base.weekday()) + dt.timedelta(7 * step)
        last = first + dt.timedelta(6)
    else:
        length = {"month": 1, "quarter": 3, "year": 12}[unit]
        first, last = _months(
            base.year, base.month - (base.month - 1) % length + step * length, length
        )
    phase = groups.get("phase", "").lower()
    if not step and phase == "earlier":
        last = base
    if not step and phase == "later":
        first = base
    return first, last


def _weekend(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    which = groups.get("which", "").lower()
    coming = base + dt.timedelta((5 - base.weekday()) % 7)
    if base.weekday() == 6:
        coming = base - dt.timedelta(1)
    if which == "next" or future or which == "this":
        saturday = coming + dt.timedelta(7 if which == "next" and base.weekday() >= 5 else 0)
    else:
        saturday = coming if coming <= base and which != "last" else coming - dt.timedelta(7)
    return saturday, saturday + dt.timedelta(1)


def _quarter(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    numbers = {"first": 0, "second": 1, "third": 2, "fourth": 3, "1": 0, "2": 1, "3": 2, "4": 3}
    length = 6 if groups.get("unit", "").lower() == "half" else 3
    index = numbers[groups["which"].lower()]
    if index * length >= 12:
        return None, None
    return _months_of_year(groups, base, index * length + 1, length, future=future)


def _season(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    month = _SEASONS[groups["season"].lower()]
    which = groups.get("which", "").lower()
    span = _months_of_year(groups, base, month, 3, future=future or which == "next")
    if which == "last" and span[1] is not None and span[1] >= base:
        return _months(base.year - 1, month, 3)
    return span


def _months_of_year(
    groups: dict[str, str], base: dt.date, month: int, length: int, *, future: bool
) -> Span:
    if "year" in groups:
        return _months(int(groups["year"]), month, length)
    first, last = _months(base.year, month, length)
    if future and last < base:
        return _months(base.year + 1, month, length)
    if not future and first > base:
        return _months(base.year - 1, month, length)
    return first, last


def _year(groups: dict[str, str], base: dt.date, future: bool) -> Span:  # noqa: ARG001
    year = int(groups["year"])
    phase = groups.get("phase", "").lower().strip(" -")
    first, length = {"early": (1, 4), "mid": (5, 4), "late": (9, 4)}.get(phase, (1, 12))
    return _months(year, first, length)


def _length(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    count = count_of(groups.get("count"))
    unit = groups["unit"].lower()
    if unit in ("minute", "hour"):
        return base, base
    ahead = future or groups.get("past", "").lower() in _AHEAD
    if count is None:
        return (base, None) if ahead else (None, base)
    if ahead:
        return base, units_before(base, -count, unit)
    return units_before(base, count, unit), base


def count_of(word: str | None) -> int | None:
    """Return the number a word or a numeral stands for, None where there is none."""
    if word is None:
        return None
    return NUMBERS.get(word.lower()) or int(word if word.isascii() and word.isdigit() else 1)


def units_before(base: dt.date, count: int, unit: str) -> dt.date:
    """Return the day `count` units before `base`; the last day of a month that is too short."""
    if unit in ("day", "week"):
        return base - dt.timedelta(count * (7 if unit == "week" else 1))
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(base.year * 12 + base.month - 1 - months, 12)
    return dt.date(year, month + 1, min(base.day, calendar.monthrange(year, month + 1)[1]))


def _months(year: int, month: int, length: int) -> tuple[dt.date, dt.date]:
    """First and last day of `length` months from a month that may lie in another year."""
    first = year * 12 + month - 1
    last = first + length - 1
    end = calendar.monthrange(last // 12, last % 12 + 1)[1]
    return dt.date(first // 12, first % 12 + 1, 1), dt.date(last // 12, last % 12 + 1, end)


def _month_number(groups: dict[str, str]) -> int:
    if "num" in groups:
        return int(groups["num"])
    return next(
        number for number, name in enumerate(MONTHS, 1) if name.startswith(groups["month"][:3])
    )


def _valid(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
