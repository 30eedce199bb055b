"""What a price file or frame holds: columns of prices or returns, each with its own dates."""

from __future__ import annotations

import hashlib
import html
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR
from eventstudy.io.timestamp_columns import midnights
from eventstudy.markets.market import column_names, symbol_in_brackets
from eventstudy.prices.adjustments import adjustments
from eventstudy.prices.bar_rules import usable_bars
from eventstudy.prices.frame_dates import read_index
from eventstudy.prices.frame_layout import layout_of, plain_numbers
from eventstudy.prices.units import surely_clean, unit_problems
from eventstudy.registry import choose, nearest, suggest, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import (
        BoolArray,
        CloseField,
        Content,
        DateArray,
        FloatArray,
        ReturnKind,
    )
    from eventstudy.markets.market import Market
    from eventstudy.prices.securities import Securities

CONTENTS = ("prices", "returns")
KINDS = ("simple", "log")
_MOST_BARS = 10

NO_DATE = cast("np.datetime64", np.datetime64("NaT", "D"))
"""Date of a check that is about a whole column."""


class Check(NamedTuple):
    """One row of the checks; `date` is `NO_DATE` when it is about the whole column."""

    security: str
    date: np.datetime64
    check: str
    severity: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PricePanel:
    """What a price file or frame holds, column by column, nothing filled.

    Parameters
    ----------
    names : tuple of str
        Columns in the order of the file.
    dates : tuple of array, each ``datetime64[D]``
        Rows of each column, strictly ascending. Prices: only the rows that hold a value. Returns:
        every row of the file.
    values : tuple of array of float
        Positive price levels, or decimal returns in which NaN is a missing return.
    content : {"prices", "returns"}
    kind : {"simple", "log"}
        What the returns are; for prices, what the user asked for.
    name : str
        File name, for messages.
    sha256 : str
        Of the file, or of the values of a frame.
    fields : dict of str to DataFrame
        Open, high, low and volume of the columns that have them, indexed by date.
    calendar : str or None
        ``"data"`` when a column's own rows are its sessions, an exchange code, or None for each
        market's own calendar.
    remarks : tuple of Check
        What was done to the columns on the way here, such as closes moved to the session they
        belong to; a row each of the data checks.
    inputs : tuple of (str, str)
        Where there was more than one, such as several files: name and SHA-256 of each.
    moved : tuple of str
        Columns whose closes were moved to the row of the session they belong to.
    assumed : tuple of str
        What reading the prices assumed, a sentence each; printed with the results of a study.
    securities : Securities or None
        What is known of the securities: attributes and benchmarks of their own.
    declared : tuple of Market
        What some columns are, such as factors with the hours of the market they are of.
    positions : dict of str to int
        Position of each column, of a name that is there twice the first.

    Examples
    --------
    >>> import eventstudy as es
    >>> prices = es.load_prices()
    >>> prices.names[:3], prices.content
    (('N225', 'TWII', 'HSI'), 'prices')
    """

    names: tuple[str, ...]
    dates: tuple[DateArray, ...]
    values: tuple[FloatArray, ...]
    content: Content = "prices"
    kind: ReturnKind = "simple"
    name: str = "prices"
    sha256: str = ""
    fields: dict[str, pd.DataFrame] = field(default_factory=dict)
    calendar: str | None = None
    remarks: tuple[Check, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    moved: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    securities: Securities | None = None
    declared: tuple[Market, ...] = ()
    positions: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        places = {name: at for at, name in reversed(list(enumerate(self.names)))}
        object.__setattr__(self, "positions", places)
        choose(self.content, CONTENTS, "prices.content")
        choose(self.kind, KINDS, "prices.kind")
        # columns given one and the same array share its copy, and so their sessions later on
        copies: dict[int, DateArray] = {}
        for dates in self.dates:
            if id(dates) not in copies:
                copies[id(dates)] = _read_only_copy(dates, "datetime64[D]")
        object.__setattr__(self, "dates", tuple(copies[id(dates)] for dates in self.dates))
        object.__setattr__(
            self, "values", tuple(_read_only_copy(v, "float64") for v in self.values)
        )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame | pd.Series,
        *,
        content: Content = "prices",
        kind: ReturnKind = "simple",
        name: str = "prices",
        calendar: str | None = None,
        security: str | None = None,
        field: CloseField = "close",
        date_format: str | None = None,
    ) -> PricePanel:
        """Read a frame: dates as index (or a ``date`` column), one column per security.

        Also read: columns of two levels, as ``yfinance.download`` returns them, and the bars of
        one security, which `security` names. A NaN price is no row of that column; a NaN return is
        a missing return. A zone of the index is dropped, its local date kept, since dates are each
        market's own. Times that are not midnight are converted where the markets of the columns
        prove what they are, which `assumed` says, and refused otherwise.

        Parameters
        ----------
        frame
            Closes, or decimal returns. A series is one security.
        content, kind
            As for `PricePanel`.
        name
            What messages call the frame.
        calendar
            As for `PricePanel`.
        security
            Name of the security whose bars, series or only column this is.
        field
            ``"adj_close"`` for the adjusted closes of bars.
        date_format
            How dates are written as text, as for `read_prices`, where day and month could change.

        Raises
        ------
        SchemaError
            Text, infinite or non-positive cells, percent, codes for missing, dates that repeat or
            run backwards, each named by its date; dates that can be read two ways.

        Examples
        --------
        >>> days = pd.to_datetime(["2025-05-01", "2025-05-02"])
        >>> bars = pd.DataFrame({"Open": [9.0, 10.0], "Close": [10.0, 11.0]}, index=days)
        >>> PricePanel.from_frame(bars, security="ABC")
        PricePanel prices: prices of 1 columns, 2025-05-01 to 2025-05-02
        """
        choose(content, CONTENTS, "content", key="content")
        choose(kind, KINDS, "kind", key="kind")
        layout = layout_of(frame, name, content, security, field)
        closes = layout.closes
        names = tuple(str(column) for column in closes.columns)
        if repeated := _repeated(names):
            raise SchemaError(
                [Problem(file=name, reason=f"column {one!r} appears twice") for one in repeated]
            )
        has_value = dict(zip(names, closes.notna().to_numpy().T, strict=True))
        index = read_index(
            closes.index, has_value, name, is_returns=content == "returns", date_format=date_format
        )
        plain = plain_numbers(closes)
        is_clean = np.zeros(len(names), bool)
        if plain is not None and not index.own:
            is_clean = surely_clean(names, plain, content)
        problems: list[Problem] = [] if index.own else date_problems(name, index.dates)
        dates, values = [], []
        fields: dict[str, pd.DataFrame] = {}
        remarks: list[Check] = []
        for position, column in enumerate(names):
            labels = index.own.get(column, index.dates)
            if plain is None:
                numbers, wrong = _numbers_of(closes.iloc[:, position], name, labels, column)
                problems += wrong
            else:
                numbers = plain[position]
            if not is_clean[position]:
                problems += value_problems(name, column, labels, numbers, content, kind)
            keep = np.ones(len(numbers), bool) if content == "returns" else ~np.isnan(numbers)
            if index.own:
                problems += date_problems(name, labels[keep], column)
            dates.append(labels if keep.all() else labels[keep])
            values.append(numbers if keep.all() else numbers[keep])
            if column in layout.bars:
                bars, odd = usable_bars(
                    numbers,
                    {
                        str(field): _numbers_of(cells, name, labels, column)[0]
                        for field, cells in layout.bars[column].items()
                    },
                )
                days = pd.DatetimeIndex(labels[keep].astype("datetime64[ns]"), name="date")
                fields[column] = pd.DataFrame({f: v[keep] for f, v in bars.items()}, index=days)
                remarks += bar_remarks(name, column, labels, odd)
            if column in layout.adjusted:
                adjusted = _numbers_of(layout.adjusted[column], name, labels, column)[0]
                head = "Adj Close"
                remarks += adjustment_remarks(name, column, labels, numbers, adjusted, head)
        if problems:
            raise SchemaError(problems)
        return cls(
            names=names,
            dates=tuple(dates),
            values=tuple(values),
            content=content,
            kind=kind,
            name=name,
            sha256=columns_digest(names, dates, values),
            fields=fields,
            calendar=calendar,
            remarks=tuple(remarks),
            assumed=(*layout.assumed, *index.assumed),
        )

    def position(self, column: str) -> int:
        """Return the position of a column, or raise naming the nearest one.

        Examples
        --------
        >>> import eventstudy as es
        >>> prices = es.load_prices()
        >>> prices.names[prices.position("HSI")]
        'HSI'
        """
        if column not in self.positions:
            raise unknown(f"{self.name} has no column {column!r}", column, self.names)
        return self.positions[column]

    def locate(self, market: Market) -> tuple[int, bool]:
        """Return the column that prices a market, and whether it has to be inverted.

        ``market.series`` when the file has it. Else, in any case, a column of the market's own
        name or of one of its aliases, which is quoted as the market already and never inverted;
        else one of a vendor's symbol, which is quoted as the series.

        Raises
        ------
        SpecificationError
            No such column; the nearest ones are named.

        Examples
        --------
        Of `PricePanel`, whose example makes ``prices``.

        >>> cnh = es.Market(name="CNH", label="Yuan", calendar="FX", series="USDCNH", inverse=True)
        >>> prices.names[prices.locate(cnh)[0]], prices.locate(cnh)[1]
        ('USDCNH', True)
        """
        series = market.series or market.name
        if series in self.positions:
            return self.positions[series], market.inverse
        lowered = {name.lower(): at for at, name in reversed(list(enumerate(self.names)))}
        for name in self.names:  # "Nikkei 225 (^N225)"
            lowered.setdefault(symbol_in_brackets(name).lower(), self.names.index(name))
        for spelling, is_inverted in column_names(market)[1:]:
            if spelling.lower() in lowered:
                return lowered[spelling.lower()], is_inverted
        described = market.name if series == market.name else f"{market.name} (series {series})"
        raise SpecificationError(
            f"{self.name} has no column for market {described}{nearest(series, self.names)}",
            suggestion=suggest(series, self.names),
        )

    def frame(self) -> pd.DataFrame:
        """Return the wide frame, dates x columns, NaN where a column has no value.

        Examples
        --------
        >>> import eventstudy as es
        >>> float(es.load_prices().frame().loc["2025-05-02", "HSI"])
        22504.68
        """
        arrays = {id(dates): dates for dates in self.dates}  # columns that share theirs, once
        filled = [dates for dates in arrays.values() if len(dates)]
        all_dates = np.unique(np.concatenate(filled)) if filled else np.empty(0, "datetime64[D]")
        table = np.full((len(self.names), len(all_dates)), np.nan)
        rows = {one: np.searchsorted(all_dates, dates) for one, dates in arrays.items()}
        for column, (dates, values) in enumerate(zip(self.dates, self.values, strict=True)):
            table[column, rows[id(dates)]] = values
        index = pd.DatetimeIndex(midnights(all_dates), name="date")
        return pd.DataFrame(table.T, index=index, columns=list(self.names))

    def span(self) -> tuple[np.datetime64, np.datetime64]:
        """Return the first and the last date of any column.

        Examples
        --------
        >>> import eventstudy as es
        >>> [str(date) for date in es.load_prices().span()]
        ['2017-01-02', '2026-08-21']
        """
        filled = [dates for dates in self.dates if len(dates)]
        if not filled:
            raise SchemaError([f"{self.name} holds no values"], file=self.name)
        return min(dates[0] for dates in filled), max(dates[-1] for dates in filled)

    def __repr__(self) -> str:
        filled = [dates for dates in self.dates if len(dates)]
        period = "no rows"
        if filled:
            first, last = self.span()
            period = f"{first} to {last}"
        content = self.content if self.content == "prices" else f"{self.kind} returns"
        return f"PricePanel {self.name}: {content} of {len(self.names)} columns, {period}"

    def _repr_html_(self) -> str:
        rows = [
            f"<tr><td>{html.escape(name)}</td><td>{dates[0] if len(dates) else ''}</td>"
            f"<td>{dates[-1] if len(dates) else ''}</td>"
            f"<td>{int(np.isfinite(values).sum())}</td></tr>"
            for name, dates, values in zip(self.names, self.dates, self.values, strict=True)
        ]
        shown = rows[:20] + ([f"<tr><td>... {len(rows) - 20} more</td></tr>"] if rows[20:] else [])
        head = "<tr><th>column</th><th>first</th><th>last</th><th>values</th></tr>"
        return f"<p>{html.escape(repr(self))}</p><table>{head}{''.join(shown)}</table>"


def is_in_range(dates: DateArray) -> BoolArray:
    """Return which dates lie in the years that are read."""
    years = dates.astype("datetime64[Y]").astype("int64") + 1970
    return np.asarray((years >= FIRST_YEAR) & (years <= LAST_YEAR))


def date_problems(name: str, dates: DateArray, security: str = "") -> list[Problem]:
    """Return a problem for each date that is out of range, repeats or runs backwards."""
    of = f" of {security}" if security else ""
    out_of_range = f"the date{of} lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
    reasons = [(row, out_of_range) for row in np.flatnonzero(~is_in_range(dates))]
    step = np.diff(dates).astype("int64")
    repeated = f"the date appears twice{of}; keep one row"
    reasons += [(row + 1, repeated) for row in np.flatnonzero(step == 0)]
    reasons += [
        (row + 1, f"the row{of} comes after {dates[row]}; sort the rows by date")
        for row in np.flatnonzero(step < 0)
    ]
    return [
        Problem(file=name, date=dates[row], security=security, reason=reason, is_named=True)
        for row, reason in reasons
    ]


def value_problems(
    name: str,
    column: str,
    dates: DateArray,
    values: FloatArray,
    content: Content,
    kind: ReturnKind,
    field: str = "",
) -> list[Problem]:
    """Return a problem for each cell of a column, or its `field`, that is no price (or return)."""
    of = f"{field} " if field else ""

    def problem(reason: str, row: np.intp | None = None) -> Problem:
        date = None if row is None else dates[row]
        return Problem(file=name, date=date, security=column, reason=of + reason)

    infinite = np.flatnonzero(np.isinf(values))
    problems = [problem(f"{values[row]} is not finite", row) for row in infinite]
    odd, is_explained = unit_problems(column, dates, values, content, kind)
    problems += [problem(reason, None if row is None else np.intp(row)) for row, reason in odd]
    if content == "prices":
        remedy = "leave the cell empty where there was no session"
        is_wrong = (values <= 0) & np.isfinite(values) & ~is_explained
        problems += [
            problem(f"{values[row]:g} is not positive; {remedy}", row)
            for row in np.flatnonzero(is_wrong)
        ]
    return problems


def _numbers_of(
    cells: pd.Series, name: str, dates: DateArray, security: str
) -> tuple[FloatArray, list[Problem]]:
    """Return a column as numbers, NaN where empty or text, and a problem for each text."""
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = np.isnan(numbers) & cells.notna().to_numpy()
    return numbers, [
        Problem(
            file=name,
            date=dates[row],
            security=security,
            reason=f'"{cells.iloc[row]}" is not a number',
        )
        for row in np.flatnonzero(wrong)
    ]


def bar_remarks(
    name: str, security: str, dates: DateArray, odd: Sequence[tuple[int, str]], subject: str = ""
) -> list[Check]:
    """Return a remark on each bar that contradicts itself; one on all where they are many.

    `odd` are rows and reasons, as `usable_bars` returns them; `subject` stands before a reason.
    """
    place = f"{name}: {subject} " if subject else f"{name}: "
    if len(odd) > _MOST_BARS:
        first, last = odd[0], odd[-1]
        said = (
            f"{place}{first[1]}; so it is of {len(odd):,} bars, {dates[first[0]]} to "
            f"{dates[last[0]]}"
        )
        return [Check(security, dates[first[0]], "bar_contradiction", "warning", said)]
    return [
        Check(security, dates[row], "bar_contradiction", "warning", f"{place}{reason}")
        for row, reason in odd
    ]


def adjustment_remarks(
    name: str,
    security: str,
    dates: DateArray,
    closes: FloatArray,
    adjusted: FloatArray,
    column: str,
) -> list[Check]:
    """Return remarks on an adjusted close that is not used: one, and one a session it concerns."""
    if np.array_equal(closes, adjusted, equal_nan=True):
        return []
    detail = (
        f"{name} has a column {column!r} that is not used: closes are those of 'Close'; "
        'field = "adj_close" takes the adjusted ones'
    )
    return [
        Check(security, NO_DATE, "column_not_used", "warning", detail),
        *(
            Check(security, dates[row], "adjustment_in_return", "warning", said)
            for row, said in adjustments(closes, adjusted, column)
        ),
    ]


def _repeated(names: Sequence[str]) -> list[str]:
    counts = Counter(names)
    return [name for name, count in counts.items() if count > 1]


def columns_digest(
    names: Sequence[str], dates: Sequence[DateArray], values: Sequence[FloatArray]
) -> str:
    """Return a SHA-256 of columns, of their dates and values alone."""
    digest = hashlib.sha256("\x1f".join(names).encode())
    days: dict[int, bytes] = {}  # of each array once
    for column_dates, column_values in zip(dates, values, strict=True):
        if id(column_dates) not in days:
            as_days = column_dates.astype("datetime64[D]").astype("<i8")
            days[id(column_dates)] = np.ascontiguousarray(as_days).tobytes()
        digest.update(days[id(column_dates)])
        digest.update(np.ascontiguousarray(column_values, dtype="<f8").data)
    return digest.hexdigest()


def _read_only_copy(array: np.ndarray, dtype: str) -> np.ndarray:
    if array.dtype == dtype and array.flags.owndata and not array.flags.writeable:
        return array
    # a copy, so that locking it does not lock the caller's array
    copy = np.array(array, dtype=dtype)
    copy.setflags(write=False)
    return copy
