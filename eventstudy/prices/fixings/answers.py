"""The clients: what each source is asked, and how its answer becomes rows by date.

None of them knows the network: a client names addresses and reads bodies.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from eventstudy.exceptions import DataError, SourceError
from eventstudy.io.addresses import json_of
from eventstudy.io.doors import OPTION_DATE, TimestampError
from eventstudy.io.stamps import MINGUO
from eventstudy.io.timestamps import read_day
from eventstudy.text import excerpt, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventstudy.prices.fixings.known import FixingSource

BAR: Final = ("open", "high", "low", "close")

_EMPTY: Final = ("", ".", "-", "--", "---", "null")
_WEEKLY: Final = 5  # rows at the least, all a week apart, that are no daily rates
_DAY_BEFORE: Final = dt.timedelta(days=10)  # how far back lies the day before, holidays included
_TWSE_FIELDS: Final = ("日期", "開盤指數", "最高指數", "最低指數", "收盤指數")


class Question(NamedTuple):
    """What is asked of a source: a symbol, between two dates, a page."""

    symbol: str
    start: dt.date
    end: dt.date
    page: int = 1


class Answer(NamedTuple):
    """What came.

    Attributes
    ----------
    rows : date to numbers by field: close, or a whole bar
    n_empty : days the source lists without a number, as holidays
    has_more : whether another page follows
    """

    rows: dict[dt.date, dict[str, float]]
    n_empty: int = 0
    has_more: bool = False


def address_of(source: FixingSource, question: Question) -> str:
    """Return the address of a question."""
    symbol, start, end, page = question
    base = source.address
    if source.name == "fred":
        query = {"id": symbol, "cosd": start, "coed": end}
    elif source.name == "frankfurter":
        currency, quote = symbol.split("/")
        base, query = f"{base}/{start}..{end}", {"base": currency, "symbols": quote}
    elif source.name == "cfets":
        query = {"startDate": start, "endDate": end, "currency": symbol, "pageNum": page,
                 "pageSize": 50}  # fmt: skip
    else:
        query = {"date": f"{start:%Y%m}01", "response": "json"}
    return f"{base}?{urlencode({key: str(value) for key, value in query.items()})}"


def read_answer(source: FixingSource, body: bytes, question: Question) -> Answer:
    """Read an answer by the form of its source.

    Raises
    ------
    SourceError, DataError
        It is not of that form, or a number or date in it is none.
    """
    text = body.decode("utf-8-sig", "replace").strip()
    if text.startswith("<"):
        raise SourceError("it sent a web page instead of numbers: unknown to it, closed or guarded")
    answer = _FORMS[source.name](text, question)
    outside = [day for day in answer.rows if not question.start <= day <= question.end]
    for day in outside:
        del answer.rows[day]
    if outside and not answer.rows:
        raise DataError(
            f"it answered for {min(outside)} to {max(outside)}, and was asked for "
            f"{question.start} to {question.end}"
        )
    return answer


def _fred(text: str, question: Question) -> Answer:
    try:
        lines = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise DataError(f"its table cannot be read ({error})") from None
    head = [cell.strip() for cell in lines[0]] if lines else []
    if len(head) != 2 or head[0].upper() not in ("DATE", "OBSERVATION_DATE"):
        raise _changed(f"its columns are {listed(head) or 'none'}")
    if head[1] != question.symbol:
        raise DataError(f"it answered with {excerpt(head[1])}, and was asked for {question.symbol}")
    rows, n_empty = {}, 0
    for n, line in enumerate(lines[1:], 2):
        if len(line) != 2:
            raise SourceError(f"its answer breaks off in line {n}")
        number = _number(line[1], line[0])
        if number is None:
            n_empty += 1
        else:
            rows[_day(line[0])] = {"close": number}
    return Answer(rows, n_empty)


def _frankfurter(text: str, question: Question) -> Answer:
    answer = _json(text)
    base, quote = question.symbol.split("/")
    if "rates" not in answer and "message" in answer:
        raise DataError(f"it says {excerpt(answer['message'])!r}")
    rates = answer.get("rates")
    if not isinstance(rates, dict):
        raise _changed(f"no rates; it has {listed(list(answer))}")
    if answer.get("base") != base or answer.get("amount", 1) != 1:
        raise DataError(
            f"it answered for {answer.get('amount', 1)} {excerpt(answer.get('base'))}, and was "
            f"asked for {base}"
        )
    rows, n_empty = {}, 0
    for day, quotes in rates.items():
        if not isinstance(quotes, dict):
            raise _changed("a day without rates by currency")
        number = _number(quotes.get(quote), day)
        if number is None:
            n_empty += 1
        else:
            rows[_day(day)] = {"close": number}
    days = sorted(rows)
    steps = [(after - before).days for before, after in itertools.pairwise(days)]
    if len(steps) >= _WEEKLY and min(steps) >= 6:
        raise DataError(
            "it answered with a row a week, means of weeks perhaps, not with daily rates"
        )
    # For a span that begins with a day off, rates begin with the day before it.
    for day in days:
        if question.start - _DAY_BEFORE <= day < question.start:
            del rows[day]
    return Answer(rows, n_empty)


def _cfets(text: str, question: Question) -> Answer:
    answer = _json(text)
    head, data = _table(answer, "head"), _table(answer, "data")
    if str(head.get("rep_code", "200")) != "200":
        raise SourceError(
            f"it refused: {head.get('rep_code')} {excerpt(head.get('rep_message', ''))}".rstrip()
        )
    records = answer.get("records")
    if not isinstance(records, list):
        raise _changed(f"no records; it has {listed(list(answer))}")
    if not records and (flag := str(data.get("flagMessage") or "").strip()):
        raise SourceError(f"it refused: {excerpt(flag)}")
    labels = _list(data.get("searchlist")) or _list(data.get("head"))
    if records and question.symbol not in labels:
        others = listed([excerpt(label) for label in labels]) or "no pair"
        raise DataError(f"it answered with {others}, and was asked for {question.symbol}")
    units = int(re.match(r"\d*", question.symbol)[0] or 1)  # type: ignore[index]
    rows, n_empty = {}, 0
    for record in records:
        values = record.get("values") if isinstance(record, dict) else None
        if not isinstance(values, list) or len(values) != len(labels):
            raise _changed("a day whose values are not those of its pairs")
        number = _number(values[labels.index(question.symbol)], record.get("date"))
        if number is None:
            n_empty += 1
        else:
            rows[_day(record.get("date"))] = {"close": number / units}
    n_pages = data.get("pageTotal", 1)
    return Answer(rows, n_empty, isinstance(n_pages, int) and question.page < n_pages)


def _twse(text: str, _: Question) -> Answer:
    answer = _json(text)
    tables = answer.get("tables")
    table = tables[0] if isinstance(tables, list) and tables else answer
    if not isinstance(table, dict):
        raise _changed("a table that is none")
    if not isinstance(table.get("data"), list):
        said = str(answer.get("stat", ""))
        if said in ("", "OK"):
            raise _changed(f"no data; it has {listed(list(answer))}")
        if "沒有符合條件" in said:  # no data for this month
            return Answer({})
        raise SourceError(f"it says {excerpt(said)!r}")
    fields: list[str] = [str(name) for name in _list(table.get("fields"))]
    absent = [name for name in _TWSE_FIELDS if name not in fields]
    if absent:
        raise _changed(f"its columns lack {listed(absent, 'or')}; they are {listed(fields)}")
    places = [fields.index(name) for name in _TWSE_FIELDS]
    rows, n_empty = {}, 0
    for row in _list(table["data"]):
        if not isinstance(row, list) or len(row) != len(fields):
            raise _changed("a row of another length than its columns")
        day, *cells = (row[place] for place in places)
        numbers = [_number(cell, day) for cell in cells]
        if numbers[-1] is None:
            n_empty += 1
            continue
        rows[_minguo_day(day)] = {
            name: math.nan if number is None else number
            for name, number in zip(BAR, numbers, strict=True)
        }
    return Answer(rows, n_empty)


_FORMS: Final[Mapping[str, Callable[[str, Question], Answer]]] = {
    "fred": _fred,
    "frankfurter": _frankfurter,
    "cfets": _cfets,
    "twse": _twse,
}


def _json(text: str) -> dict[str, Any]:
    answer = json_of(text)
    if not isinstance(answer, dict):
        raise _changed(f"a {type(answer).__name__} where a table was")
    return answer


def _table(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    return part if isinstance(part, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _changed(what: str) -> DataError:
    return DataError(f"its form has changed: {what}")


def _number(cell: object, day: object) -> float | None:
    """Return a number of the source; None for a cell that says there is none."""
    text = "" if cell is None else str(cell).strip().replace(",", "")
    if text in _EMPTY:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise DataError(f"{excerpt(day)}: {excerpt(cell)!r} is no price")
    return number


def _day(cell: object) -> dt.date:
    try:
        return read_day(str(cell).strip(), OPTION_DATE, "date")
    except TimestampError:
        raise DataError(f"{excerpt(cell)!r} is no date") from None


def _minguo_day(cell: object) -> dt.date:
    try:
        year, month, day = (int(part) for part in str(cell).strip().split("/"))
        return dt.date(year + MINGUO, month, day)
    except (ValueError, OverflowError):
        raise DataError(f"{excerpt(cell)!r} is no date of a Minguo year") from None
