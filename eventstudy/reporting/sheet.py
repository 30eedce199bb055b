"""One table of the report as texts, made of a frame by a cell a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.text import Record, is_missing, plain, records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    Cell = Callable[[Record], str]
    Column = tuple[str, bool, Cell]  # its head, whether it holds numbers, the text of a row

_MOST_OPEN = 25
_REMARK = "remark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table, ready to be escaped and set.

    Attributes
    ----------
    caption : of the table
    heads : column heads, each with whether it holds numbers
    rows : texts; the first of a row is a name and is not broken
    notes : sentences below the table, each true of every row
    folded : whether the table starts closed, being long
    file : the csv that holds all of it; empty for none
    places : names of the rows that links lead to; empty where rows have none
    """

    caption: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    folded: bool
    file: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the report, ready to be escaped and set.

    Attributes
    ----------
    anchor : what links to it name
    title : its heading
    note : sentences above its tables
    sheets : its tables, in order
    """

    anchor: str
    title: str
    note: str
    sheets: tuple[Sheet, ...]


def make_sheet(caption: str, frame: pd.DataFrame, columns: Sequence[Column]) -> Sheet:
    """Return the table of a frame; a remark all rows share stands once below."""
    rows = [tuple(cell(row) for _, _, cell in columns) for row in records(frame)]
    heads = [(head, is_number) for head, is_number, _ in columns]
    # A remark all rows share stands once below; a column that is empty everywhere is left out.
    notes = {row[-1] for row in rows} if len(rows) > 1 and heads[-1][0] == _REMARK else set()
    shared = [note for note in notes if note] if len(notes) == 1 else []
    if shared:
        rows = [(*row[:-1], "") for row in rows]
    kept = [j for j in range(len(heads)) if j == 0 or any(row[j] for row in rows)]
    return Sheet(
        caption=caption,
        heads=tuple(heads[j] for j in kept),
        rows=tuple(tuple(row[j] for j in kept) for row in rows),
        notes=tuple(shared),
        folded=len(frame) > _MOST_OPEN,
    )


def text_cell(column: str) -> Cell:
    """Return the text of a column."""
    return lambda row: plain(getattr(row, column, ""))


def label_cell(column: str) -> Cell:
    """Return a value of a column as a reader would write it."""
    return lambda row: wording.value_label(plain(getattr(row, column, "")))


def number_cell(column: str, digits: int = 2) -> Cell:
    """Return the number of a column."""
    return lambda row: wording.number(getattr(row, column, None), digits)


def count_cell(column: str) -> Cell:
    """Return the whole number of a column."""
    return number_cell(column, 0)


def p_cell(column: str) -> Cell:
    """Return the p-value of a column."""
    return lambda row: wording.p_value(getattr(row, column, None)) or "n/a"


def share_cell(column: str) -> Cell:
    """Return the share of a column in percent."""

    def cell(row: Record) -> str:
        value = getattr(row, column, None)
        return "" if is_missing(value) else f"{100 * float(str(value)):.0f}"

    return cell


def percent_cell(column: str, *, sign: bool = True) -> Cell:
    """Return the decimal return of a column in percent."""

    def cell(row: Record) -> str:
        value = getattr(row, column, None)
        return "" if is_missing(value) else wording.number(100 * float(str(value)), sign=sign)

    return cell


def window_cell(row: Record) -> str:
    """Return the window of a row."""
    return wording.window_label(int(row.window_start), int(row.window_end))


def interval_cell(row: Record) -> str:
    """Return the 95 % interval of a row in percent."""
    ends = [percent_cell(end)(row) for end in ("ci_low", "ci_high")]
    return " to ".join(ends) if all(ends) else ""
