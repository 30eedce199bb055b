"""Long frames: a row a security and date, such as CRSP and Compustat ship them.

They are read as files of that form are (`prices.files.dialects`), so that a frame and the file it
was read from give the same panel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import SchemaError
from eventstudy.prices.files.cells import Cells
from eventstudy.prices.files.columns import columns_of
from eventstudy.prices.files.dialects.catalogue import GENERIC, dialects, heading, recognised
from eventstudy.prices.files.dialects.choices import ReadingChoices
from eventstudy.prices.files.dialects.opening import Opened
from eventstudy.prices.files.dialects.understanding import understood
from eventstudy.prices.files.reading import panel_of
from eventstudy.prices.panel import PricePanel, columns_digest
from eventstudy.registry import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import CloseField, Content, ReturnKind
    from eventstudy.prices.files.dialects.catalogue import Dialect

_CRSP = "crsp"
_NAMES = ("permco", "gvkey", "cusip", "ncusip", "sedol", "figi", "lei", "tic", "firm", "firm_id",
          "firmid", "company", "stock", "asset", "id")  # fmt: skip
"""Further columns that name securities, where a price or return stands beside them."""
_VALUES = ("close", "return", "adj_close")


class LongLayout(NamedTuple):
    """Which columns of a long frame are what."""

    dialect: Dialect
    columns: dict[str, str]
    """By role: date, security, and what there is of close, return, adj_close."""

    def content(self, wanted: Content | None) -> Content:
        """Return what is read: what is wanted, else returns where CRSP has them or none but them.

        CRSP's returns hold dividends and splits, its prices do not.
        """
        if wanted is not None:
            return wanted
        has_price = "close" in self.columns or "adj_close" in self.columns
        is_crsp = self.dialect.name.startswith(_CRSP)
        return "returns" if "return" in self.columns and (is_crsp or not has_price) else "prices"


def long_layout(frame: pd.DataFrame, given: Mapping[str, str]) -> LongLayout | None:
    """Return which columns of a frame are what, if it is a long one; else None.

    Parameters
    ----------
    frame
        With one level of columns, the date among them.
    given
        Columns by role, where the user says so.

    Raises
    ------
    SpecificationError
        A column is given that the frame has not.
    """
    titles = [str(column) for column in frame.columns]
    for role, title in given.items():
        if title not in titles:
            raise unknown(f"the frame has no column {title!r}, given as {role}", title, titles)
    known = dialects()
    dialect = recognised([titles]) or known[GENERIC]
    by_heading = {heading(title): title for title in reversed(titles)}
    if dialect.shape != "table" or "security" not in dialect.fields:
        dialect = known[GENERIC]
    if dialect.name == GENERIC and "date" in by_heading and {"prc", "ret"} & set(by_heading):
        dialect = known[_CRSP]  # under another identifier than the permno
    generic = known[GENERIC].fields

    def find(role: str, further: Sequence[str] = ()) -> str | None:
        names = (*dialect.fields.get(role, ()), *generic.get(role, ()), *further)
        return next((by_heading[name] for name in names if name in by_heading), None)

    columns = dict(given)
    for role in ("date", *_VALUES):
        if role not in columns and (held := find(role)) is not None:
            columns[role] = held
    if "security" not in columns:
        named = find("security", _NAMES)
        if named is None or named in columns.values():
            return None
        columns["security"] = named
    if "date" not in columns or not any(role in columns for role in _VALUES):
        return None
    return LongLayout(dialect, columns)


def read_long_frame(
    frame: pd.DataFrame,
    layout: LongLayout,
    *,
    content: Content,
    kind: ReturnKind = "simple",
    name: str = "prices",
    calendar: str | None = None,
    field: CloseField = "close",
    date_format: str | None = None,
) -> PricePanel:
    """Read a long frame as a file of its form is read.

    Raises
    ------
    SchemaError
        No column holds what is wanted; cells or dates that are wrong, as for files.
    """
    ordered, is_moved = _by_date(frame, layout)
    ordered = ordered.set_axis([str(column) for column in ordered.columns], axis="columns")
    rows = np.arange(2, len(ordered) + 2, dtype=np.int64)
    choices = ReadingChoices(columns=layout.columns, field=field, date_format=date_format)
    opened = Opened(Cells(name, ordered, rows, ""), _without_words(layout, content))
    _check_value(layout, content, field, name)
    cells = understood(opened, content, choices).cells
    columns = columns_of(cells, content, kind, None, name)
    if columns.problems:
        raise SchemaError(columns.problems)
    panel = panel_of(cells, columns, content, kind, calendar)
    used = layout.columns["security"]
    assumed = [f"{name}: a long table, a row a date and {used!r}", *panel.assumed]
    if content == "returns" and "return" in layout.columns:
        closes = layout.columns.get("close")
        others = f'; content="prices" takes {closes!r}' if closes else ""
        assumed.append(f"{name}: returns are those of {layout.columns['return']!r}{others}")
    elif "return" in layout.columns:
        assumed.append(
            f'{name}: {layout.columns["return"]!r} is not used; content="returns" takes it'
        )
    if is_moved:
        assumed.append(f"{name}: rows were brought into the order of dates")
    return replace(
        panel,
        sha256=columns_digest(panel.names, panel.dates, panel.values),
        assumed=tuple(dict.fromkeys(assumed)),
    )


def _without_words(layout: LongLayout, content: Content) -> Dialect:
    """Return the dialect without its sentence about closes where returns are read."""
    return replace(layout.dialect, says="") if content == "returns" else layout.dialect


def _check_value(layout: LongLayout, content: Content, field: CloseField, name: str) -> None:
    wanted = "return" if content == "returns" else field
    if wanted in layout.columns or (content == "returns" and "close" in layout.columns):
        return
    what = {"return": "returns", "close": "prices", "adj_close": "adjusted closes"}[wanted]
    has = {role: title for role, title in layout.columns.items() if role in _VALUES}
    listed = ", ".join(f"{title!r} ({role})" for role, title in has.items())
    raise SchemaError([f"{name}: no column of {what}; there is {listed}"], file=name)


def _by_date(frame: pd.DataFrame, layout: LongLayout) -> tuple[pd.DataFrame, bool]:
    """Return a frame whose rows ascend by date in each security, and whether they had to be moved.

    Dates that are no dates, numbers or ISO text stay where they are.
    """
    dates = frame[layout.columns["date"]]
    if not (pd.api.types.is_numeric_dtype(dates.dtype) or dates.dtype.kind == "M"):
        texts = dates.astype("str")
        if not texts.str.match(r"\d{4}-\d\d-\d\d").all():
            return frame, False
        dates = texts
    codes = pd.factorize(frame[layout.columns["security"]].astype("str"))[0]
    ranks = pd.factorize(dates, sort=True)[0]
    order = np.lexsort((ranks, codes))
    if (order == np.argsort(codes, kind="stable")).all():
        return frame, False
    return frame.iloc[order].reset_index(drop=True), True
