"""A vendor's table made into one of the layouts of `columns`, saying what was understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.io.stamps import ORDERS, are_weekdays, as_texts, read_stamps
from eventstudy.io.timestamp_columns import read_dates
from eventstudy.prices.files.dialects.catalogue import GENERIC, sentence_of
from eventstudy.prices.files.dialects.choices import ReadingChoices
from eventstudy.prices.files.dialects.missing import without_missing_codes
from eventstudy.prices.files.dialects.opening import open_table
from eventstudy.prices.files.dialects.roles import RANGE, roles_of
from eventstudy.prices.files.dialects.values import plain_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from eventstudy._typing import Content, DateArray
    from eventstudy.io.stamps import Stamps
    from eventstudy.prices.files.cells import Cells
    from eventstudy.prices.files.dialects.catalogue import Dialect
    from eventstudy.prices.files.dialects.opening import Opened
    from eventstudy.prices.files.dialects.roles import Roles

_ADJUSTED = {"adj close", "adj. close", "adjclose"}
_BAR_LENGTHS = {"d", "1d", "day", "daily"}
_DAY = np.timedelta64(1, "D")
_NO_TIME = np.timedelta64(0, "us")


class Understood(NamedTuple):
    """A table in a layout of `columns`, which holds the sentences that say how it was read."""

    cells: Cells
    security: str | None = None
    dialect: str = GENERIC
    undated: tuple[Problem, ...] = ()
    """Rows without a date that were left out."""


class _UndatedRowsError(SchemaError):
    """Rows whose date is none."""

    def __init__(self, undated: list[Problem]) -> None:
        super().__init__(undated)
        self.undated = undated


def understand(
    path: Path,
    *,
    sheet: str | None = None,
    content: Content = "prices",
    choices: ReadingChoices | None = None,
    leaves_undated_out: bool = False,
) -> Understood:
    """Return a file of daily prices in a layout of `columns`, with what was understood of it.

    A file that stands in such a layout already, with ISO dates and plain numbers, is returned as
    it is and nothing is said.

    Parameters
    ----------
    sheet, content, choices
        As for `eventstudy.read_prices`.
    leaves_undated_out
        Leave rows without a date out, if they are fewer than half, and return their problems.

    Raises
    ------
    SourceError
        It cannot be read.
    SchemaError
        It has not the columns of its dialect, a date that is none, or several rows a day.
    SpecificationError
        Day and month could change places and nothing decides; a choice that does not fit.
    """
    chosen = choices or ReadingChoices()
    opened = open_table(path, sheet, chosen.dialect, chosen.encoding)
    try:
        return understood(opened, content, chosen)
    except _UndatedRowsError as error:
        # where half of the rows or more have none, the dates are of another form
        if not leaves_undated_out or 2 * len(error.undated) >= len(opened.cells.rows):
            raise
        undated = tuple(error.undated)
    keep = ~np.isin(opened.cells.rows, [problem.row or 0 for problem in undated])
    dated = opened.cells._replace(
        frame=opened.cells.frame[keep].reset_index(drop=True), rows=opened.cells.rows[keep]
    )
    return understood(opened._replace(cells=dated), content, chosen)._replace(undated=undated)


def understood(opened: Opened, content: Content, chosen: ReadingChoices) -> Understood:
    """Return an opened table as `understand` does one of a file."""
    cells, dialect = opened.cells, opened.dialect
    roles = roles_of(cells.frame, dialect, chosen.columns, content, cells.name)
    if roles is None:
        return Understood(_saying(cells, dialect, opened.said), opened.security)
    said = list(opened.said)
    columns = _chosen_close(cells, roles, chosen, content, said)
    dates, is_iso = _dates(cells, roles, dialect, chosen, said)
    table, rows = _canonical(cells, columns, dates, chosen)
    table, phrases = plain_values(
        table, dialect, delimiter=";" if cells.has_decimal_comma else ",", keep=("date", "security")
    )
    table, codes = without_missing_codes(table, dialect)
    said += [*phrases, *codes]
    table, rows = _ascending(table, rows, dialect, said)
    if roles.unused:
        said.append(f"columns not used: {', '.join(roles.unused)}")
    is_known = dialect.name != GENERIC
    if (
        is_iso
        and said == list(opened.said)
        and not is_known
        and _is_as_it_was(cells, roles, chosen)
    ):
        frame = cells.frame.copy(deep=False)
        frame[roles.date] = dates.astype("datetime64[s]")  # read once
        return Understood(_saying(cells._replace(frame=frame), dialect, said), opened.security)
    read = cells._replace(frame=table, rows=rows, has_decimal_comma=False)
    return Understood(_saying(read, dialect, said), opened.security, dialect.name)


def _is_as_it_was(cells: Cells, roles: Roles, choices: ReadingChoices) -> bool:
    """Whether the table needed nothing, so that it is read as it stands."""
    first = str(cells.frame.columns[0]).strip().lower()
    has_given = bool(choices.columns) or choices.start is not None or choices.end is not None
    in_order = first in {"date", "index"} or roles.layout != "wide"
    return (
        in_order
        and not has_given
        and choices.field == "close"
        and (
            (
                roles.date.strip().lower() in {"date", "index"}
                and set(roles.columns) - {"adj_close"}
                <= {str(c).strip().lower() for c in cells.frame.columns}
            )
            or roles.layout == "wide"
        )
    )


def _saying(cells: Cells, dialect: Dialect, said: Sequence[str]) -> Cells:
    """Return cells with a sentence for each thing that was understood."""
    if dialect.name != GENERIC:
        said = [sentence_of(dialect), *said, *([dialect.says] if dialect.says else [])]
    return cells._replace(
        assumed=tuple(f"{cells.name}: {phrase}" for phrase in dict.fromkeys(said))
    )


# ---- columns ---------------------------------------------------------------------------------


def _chosen_close(
    cells: Cells, roles: Roles, choices: ReadingChoices, content: Content, said: list[str]
) -> dict[str, str]:
    """Return by role the columns that are read, with the close that is asked for."""
    columns = dict(roles.columns)
    if roles.layout == "wide":
        if choices.field == "adj_close":
            raise SpecificationError(
                f'{cells.name} has one column a security; field = "adj_close" is for files with '
                "both closes",
                key="prices.field",
            )
        return columns
    _refuse_without_close(cells, columns, choices, content)
    adjusted = columns.pop("adj_close", None)
    adjusted_range = {role: columns.pop(f"adj_{role}", None) for role in RANGE}
    returns = columns.pop("return", None)
    if content == "returns" and returns is not None:
        columns.pop("close", None)
        for role in RANGE:
            columns.pop(role, None)
        return {"return": returns, **columns}
    if adjusted is not None and choices.field == "adj_close":
        said.append(f"closes are those of {adjusted!r}")
        columns["close"] = adjusted
        for role, title in adjusted_range.items():
            columns.pop(role, None)
            if title is not None:
                columns[role] = title
    elif adjusted is not None and "close" in columns:
        if adjusted.strip().lower() in _ADJUSTED and roles.layout == "bars":
            columns[adjusted] = adjusted  # a remark of `columns` says that it is not used
        if not _is_equal(cells.frame[adjusted], cells.frame[columns["close"]]):
            said.append(
                f"closes are those of {columns['close']!r}; {adjusted!r} differs and is not "
                'used: field = "adj_close" takes it'
            )
    if "close" in columns and columns["close"].strip().lower() not in {"close", "return"}:
        said.append(f"the close is the column {columns['close']!r}")
    return columns


def _refuse_without_close(
    cells: Cells, columns: Mapping[str, str], choices: ReadingChoices, content: Content
) -> None:
    """Raise where the close that is asked for is no column of the file."""
    value = "return" if content == "returns" and "return" in columns else "close"
    if value == "close" and choices.field == "adj_close":
        value = "adj_close"
    if value in columns:
        return
    listed = ", ".join(str(column) for column in cells.frame.columns)
    what = "adjusted close" if value == "adj_close" else f"column that is known to be the {value}"
    raise SchemaError(
        [f"{cells.name} has no {what}; its columns are {listed}; say which is with "
         f'columns = {{ {value} = "..." }}'],
        file=cells.name,
        row=1,
    )  # fmt: skip


def _is_equal(first: pd.Series, second: pd.Series) -> bool:
    one, other = (
        pd.to_numeric(cells, errors="coerce").to_numpy(float) for cells in (first, second)
    )
    return bool(np.allclose(one, other, rtol=1e-9, atol=0.0, equal_nan=True))


def _canonical(
    cells: Cells,
    columns: Mapping[str, str],
    dates: DateArray,
    choices: ReadingChoices,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the table under the names of its layout, from the start to the end that is asked."""
    parts = {"date": pd.Series(dates.astype("datetime64[s]"))}
    parts |= {role: cells.frame[title].reset_index(drop=True) for role, title in columns.items()}
    if "security" in parts:
        parts["security"] = as_texts(parts["security"])
        order = ["date", "security", *(role for role in parts if role not in ("date", "security"))]
        parts = {role: parts[role] for role in order}
    keep = np.ones(len(dates), dtype=bool)
    if choices.start is not None:
        keep &= dates >= np.datetime64(choices.start)
    if choices.end is not None:
        keep &= dates <= np.datetime64(choices.end)
    if not keep.any():
        raise SchemaError(
            [f"{cells.name} has no rows from {choices.start or dates.min()} to "
             f"{choices.end or dates.max()}; it has {dates.min()} to {dates.max()}"],
            file=cells.name,
        )  # fmt: skip
    table = pd.DataFrame(parts)
    return table[keep].reset_index(drop=True), cells.rows[keep]


# ---- dates -----------------------------------------------------------------------------------


def _dates(
    cells: Cells, roles: Roles, dialect: Dialect, choices: ReadingChoices, said: list[str]
) -> tuple[DateArray, bool]:
    """Return the day of each row, and whether all were written in ISO 8601."""
    column = cells.frame[roles.date]
    if roles.period is not None:
        lengths = {text.lower() for text in as_texts(cells.frame[roles.period]).unique()}
        if not lengths <= _BAR_LENGTHS:
            raise _several_rows_a_day(cells.name)
    wrong: list[tuple[int, Exception]] = []
    if choices.date_format is None or pd.api.types.is_datetime64_any_dtype(column.dtype):
        dates, problems = read_dates(column)
        wrong = list(problems)
        if not wrong:
            return dates, True
    if roles.time is not None:
        column = (as_texts(column) + " " + as_texts(cells.frame[roles.time])).str.strip()
    stamps = read_stamps(
        column,
        date_format=choices.date_format,
        order=dialect.dates if dialect.dates in ORDERS else None,
        is_minguo=dialect.dates == "minguo",
        subject=roles.date,
        file=cells.name,
    )
    if stamps is None:
        raise _no_dates(cells, roles, wrong)
    if choices.date_format is not None and np.isnat(stamps.local).all():
        dates, problems = read_dates(column)  # the order said may be that of events alone
        if not problems:
            return dates, True
    _check_cells(cells, column, stamps, wrong)
    said += stamps.said
    securities = None if "security" not in roles.columns else cells.frame[roles.columns["security"]]
    return _days_of(stamps, securities, cells.name, said), False


def _check_cells(
    cells: Cells, column: pd.Series, stamps: Stamps, wrong: list[tuple[int, Exception]]
) -> None:
    """Refuse cells that are no dates as the others are; `wrong` says why they are not ISO."""
    is_none = np.isnat(stamps.local)
    if stamps.has_clock.mean() <= 0.5:  # a time among dates is a slip, not a form
        is_none |= stamps.has_clock & (stamps.local != stamps.local.astype("M8[D]"))
    if is_none.any():
        messages = {at: error for at, error in wrong if is_none[at]}
        texts = as_texts(column)
        for at in np.flatnonzero(is_none).tolist():
            text = texts.iloc[at]
            plain = f'date "{text}" is no date as the others are' if text else "the date is empty"
            if at not in messages or stamps.said:
                messages[at] = ValueError(plain)
        raise _date_problems(cells, sorted(messages.items()))


def _no_dates(cells: Cells, roles: Roles, wrong: list[tuple[int, Exception]]) -> SchemaError:
    if wrong:
        return _date_problems(cells, wrong)
    return SchemaError([f"{cells.name}: the column {roles.date!r} holds no dates"], file=cells.name)


def _date_problems(cells: Cells, wrong: list[tuple[int, Exception]]) -> _UndatedRowsError:
    return _UndatedRowsError([
        Problem(file=cells.name, row=int(cells.rows[at]), reason=str(error)) for at, error in wrong
    ])  # fmt: skip


def _days_of(stamps: Stamps, securities: pd.Series | None, name: str, said: list[str]) -> DateArray:
    """Return the days of stamps, whose times of day say no more than when a session closed."""
    days = stamps.local.astype("datetime64[D]")
    clock = stamps.local - days
    has_clock = clock != np.timedelta64(0, "us")
    if not has_clock.any():
        return np.asarray(days)
    keys = pd.DataFrame({"day": days})
    if securities is not None:
        keys["security"] = securities.astype(str).to_numpy()
    if keys.duplicated().mean() > 0.2:
        raise _several_rows_a_day(name)
    is_utc = stamps.is_instant & (stamps.offset == np.timedelta64(0, "us"))
    if not (is_utc & has_clock).any():
        said.append("times of day are not used; the date is the day as written")
        return np.asarray(days)
    # a stamp in UTC may stand for the day before or after: weekdays tell which
    shifted: DateArray = np.asarray(days + _DAY)
    is_weekday = [are_weekdays(part) for part in (days, shifted)]
    if is_weekday == [False, True]:
        said.append(
            "times in UTC are midnights of a zone east of it: each is the day after, as weekdays "
            "show"
        )
        return np.asarray(shifted)
    given = clock[has_clock]
    starts_in_day = bool((given < np.timedelta64(15, "h")).all())
    # midnights of Sydney and Auckland, where too few days are there to tell by
    is_far_east = (given >= np.timedelta64(10, "h")) & (given % np.timedelta64(1, "h") == _NO_TIME)
    if is_weekday == [True, False] or (
        starts_in_day and is_weekday[0] and not (is_weekday[1] and is_far_east.all())
    ):
        said.append("times in UTC are taken for the day they have in UTC")
        return np.asarray(days)
    raise SpecificationError(
        "times in UTC do not tell the day of the session here; write the dates "
        "of the market itself, such as 2025-05-02",
        file=name,
    )


def _several_rows_a_day(name: str) -> SchemaError:
    return SchemaError(
        [f"{name} has several rows a day: bars inside the day are for eventstudy.read_bars and "
         "`eventstudy intraday`; daily prices have one row a day"],
        file=name,
    )  # fmt: skip


def _ascending(
    table: pd.DataFrame, rows: np.ndarray, dialect: Dialect, said: list[str]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a table that stands newest first turned round; any other order stays."""
    if len(table) < 2:
        return table, rows
    dates = table["date"].to_numpy()
    codes = np.zeros(len(table), dtype=np.int64)
    if "security" in table:
        codes = pd.factorize(table["security"])[0]
    order = np.argsort(codes, kind="stable")
    steps = np.diff(dates[order])[np.diff(codes[order]) == 0]
    is_too_short = len(steps) < 2 and dialect.name == GENERIC  # two rows may be a slip
    if not len(steps) or is_too_short or not (steps < np.timedelta64(0, "s")).all():
        return table, rows
    turned = np.lexsort((dates, codes))
    said.append("the newest row was first; turned round")
    return table.iloc[turned].reset_index(drop=True), rows[turned]
