"""From words to days: which day or stretch of days a mention means, seen from a base date.

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
    near = [_valid(year, month, day) for year in range(base.year - 8, base.year + 9)]
    days = [found for found in near if found is not None]
    back = max((found for found in days if found <= base), default=None)
    ahead = min((found for found in days if found >= base), default=None)
    if back is None or ahead is None:
        return back or ahead
    is_ahead = (base - back).days > _FAR and (ahead - base).days <= _NEAR
    return ahead if future or is_ahead else back


def _weekday(groups: dict[str, str], base: dt.date, *, future: bool) -> dt.date:
    index = _weekday_number(groups)
    which = (groups.get("week") or groups.get("first") or "").lower()
    monday = base - dt.timedelta(base.weekday())
    if which:
        return monday + dt.timedelta(index + 7 * {"last": -1, "this": 0, "next": 1}[which])
    which = groups.get("which", "").lower()
    back = base - dt.timedelta((base.weekday() - index) % 7)
    ahead = base + dt.timedelta((index - base.weekday()) % 7)
    if which in _BACK:
        return back if back < base else back - dt.timedelta(7)
    if which == "next":
        return monday + dt.timedelta(7 + index)
    if which == "this":
        return monday + dt.timedelta(index)
    if which == "coming":
        return ahead if ahead > base else ahead + dt.timedelta(7)
    return ahead if future else back


def _weekday_number(groups: dict[str, str]) -> int:
    if "cjk" in groups:
        return next(place for place, signs in enumerate(_CJK_DAYS) if groups["cjk"] in signs)
    return next(
        place for place, name in enumerate(WEEKDAYS) if name.startswith(groups["weekday"][:3])
    )


def span_of(mention: Mention, base: dt.date, *, future: bool) -> Span:
    """Return first and last day of a mention of kind ``"period"``; None where it is open.

    Both are None where the words name no days (31 April to 2 May).
    """
    groups = mention.groups
    finders = {
        "dates": _dates,
        "month": _month,
        "month of data": _month,
        "week": _unit,
        "weekend": _weekend,
        "quarter": _quarter,
        "season": _season,
        "year": _year,
        "span": _stretch,
    }
    return finders[mention.rule](groups, base, future)


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
    this = (base.year, base.month)
    if "year" in groups:
        year = int(groups["year"])
    elif future:
        year = base.year + ((base.year, number) < this)
    else:
        year = base.year - ((base.year, number) > this)
    shade = groups.get("shade", "").lower().strip(" -")
    first, last = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}.get(shade, (1, 31))
    end = calendar.monthrange(year, number)[1]
    return dt.date(year, number, first), dt.date(year, number, min(last, end))


def _unit(groups: dict[str, str], base: dt.date, future: bool) -> Span:  # noqa: ARG001
    which, unit = groups["which"].lower(), groups["unit"].lower()
    if which == "past":
        return back(base, 1, unit), base
    step = -1 if which in _BACK else 1 if which in _AHEAD else 0
    if unit == "week":
        first = base - dt.timedelta(base.weekday()) + dt.timedelta(7 * step)
        last = first + dt.timedelta(6)
    else:
        length = {"month": 1, "quarter": 3, "year": 12}[unit]
        first, last = _months(
            base.year, base.month - (base.month - 1) % length + step * length, length
        )
    shade = groups.get("shade", "").lower()
    if not step and shade == "earlier":
        last = base
    if not step and shade == "later":
        first = base
    return first, last


def _weekend(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    which = groups.get("which", "").lower()
    ahead = base + dt.timedelta((5 - base.weekday()) % 7)
    if base.weekday() == 6:
        ahead = base - dt.timedelta(1)
    if which == "next" or future or which == "this":
        saturday = ahead + dt.timedelta(7 if which == "next" and base.weekday() >= 5 else 0)
    else:
        saturday = ahead if ahead <= base and which != "last" else ahead - dt.timedelta(7)
    return saturday, saturday + dt.timedelta(1)


def _quarter(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    names = {"first": 0, "second": 1, "third": 2, "fourth": 3, "1": 0, "2": 1, "3": 2, "4": 3}
    length = 6 if groups.get("unit", "").lower() == "half" else 3
    place = names[groups["which"].lower()]
    if place * length >= 12:
        return None, None
    return _stretch_of_year(groups, base, place * length + 1, length, future=future)


def _season(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    month = _SEASONS[groups["season"].lower()]
    which = groups.get("which", "").lower()
    span = _stretch_of_year(groups, base, month, 3, future=future or which == "next")
    if which == "last" and span[1] is not None and span[1] >= base:
        return _months(base.year - 1, month, 3)
    return span


def _stretch_of_year(
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
    shade = groups.get("shade", "").lower().strip(" -")
    first, length = {"early": (1, 4), "mid": (5, 4), "late": (9, 4)}.get(shade, (1, 12))
    return _months(year, first, length)


def _stretch(groups: dict[str, str], base: dt.date, future: bool) -> Span:
    count = number(groups.get("count"))
    unit = groups["unit"].lower()
    if unit in ("minute", "hour"):
        return base, base
    ahead = future or groups.get("past", "").lower() in _AHEAD
    if count is None:
        return (base, None) if ahead else (None, base)
    return (base, back(base, -count, unit)) if ahead else (back(base, count, unit), base)


def number(word: str | None) -> int | None:
    """Return the number a count says, None where there is none."""
    if word is None:
        return None
    return NUMBERS.get(word.lower()) or int(word if word.isascii() and word.isdigit() else 1)


def back(base: dt.date, count: int, unit: str) -> dt.date:
    """Return the day `count` units before `base`; the month's last day where it is shorter."""
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
        place for place, name in enumerate(MONTHS, 1) if name.startswith(groups["month"][:3])
    )


def _valid(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
