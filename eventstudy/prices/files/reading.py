"""Prices and returns from files: wide, long or one security's bars, told apart by their header."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from eventstudy import _typing
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.progress import held_reading
from eventstudy.io.timestamps import read_day
from eventstudy.log import logged
from eventstudy.markets.market import column_names, load_markets
from eventstudy.prices.files.columns import columns_of
from eventstudy.prices.files.dialects.choices import ReadingChoices
from eventstudy.prices.files.dialects.understanding import understand, understood
from eventstudy.prices.files.names import name_in_file_name
from eventstudy.prices.fx_labels import YAHOO_FX, dated_closes, label_sentence
from eventstudy.prices.joined import join_panels
from eventstudy.prices.panel import (
    CONTENTS,
    KINDS,
    NO_DATE,
    Check,
    PricePanel,
)
from eventstudy.registry import choose
from eventstudy.text import counted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import CloseField, Content, EmptyCells, FxClose, ReturnKind
    from eventstudy.markets.market import Market
    from eventstudy.prices.files.cells import Cells
    from eventstudy.prices.files.columns import Columns
    from eventstudy.prices.files.dialects.opening import Opened


@logged("read")
def read_prices(
    path: str | PathLike[str] | Sequence[str | PathLike[str]],
    *,
    content: Content = "prices",
    kind: ReturnKind = "simple",
    calendar: str | None = None,
    security: str | None = None,
    sheet: str | None = None,
    fx_close: FxClose = "written",
    declared: Sequence[Market] = (),
    columns: Mapping[str, str] | None = None,
    date_format: str | None = None,
    dialect: str | None = None,
    encoding: str | None = None,
    field: CloseField = "close",
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    empty: EmptyCells = "missing",
) -> PricePanel:
    r"""Read a file of prices, or of returns, or several that belong together.

    Parameters
    ----------
    path
        csv (comma, semicolon or tab; in a semicolon file the decimal mark may be a comma), parquet
        or xlsx. Wide: the first column is ``date``, then one column per security. Long: the
        columns ``date``, ``security``, ``close`` and optionally ``open, high, low, volume``. Bars
        of one security: ``Date, Open, High, Low, Close[, Adj Close], Volume``, in any order of
        columns. Files of vendors (`docs/prices.md` lists them) are known by their heads. A list
        of files is read file by file and joined.
    content
        Price levels, or decimal returns of the given `kind` (0.01 is one percent).
    kind
        ``simple`` or ``log``.
    calendar
        ``"data"`` if a column's own rows are its sessions, an exchange code, or None for each
        market's own calendar.
    security
        What the bars of one security are called; by default the symbol a file of yfinance names,
        else the name of the file without its ending, in upper case.
    sheet
        Sheet of an xlsx file; its only or first one by default. A remark of the panel says which
        of several was read.
    fx_close
        For columns whose market is traded as foreign exchange. ``"written"`` takes closes as they
        are dated; ``"next_row"`` takes them for prices of the start of their day, as Yahoo's are,
        and moves each to the session it belongs to; ``"detect"`` does so where the opens of the
        file show it. A remark of the panel says what was done.
    declared
        Markets of the user's own, for `fx_close`.
    columns
        Which column is what, where the file does not show it: ``{"date": "Day", "close": "Px",
        "security": "Sym"}``, also open, high, low, volume, adj_close, return, time; of a wide
        file a column for each security: ``{"N225": "Nikkei"}``.
    date_format
        How dates are written: ``"dd/mm/yyyy"``, ``"mdy"``, or codes such as ``"%d/%m/%y"``.
    dialect
        Name of a vendor's form of file, where it is not to be found out; ``"generic"`` for none.
    encoding
        What text files are in, such as ``"cp949"``; by default told from their bytes.
    field
        ``"close"``, or ``"adj_close"`` for the adjusted closes of a file that has both.
    start, end
        First and last date that is read.
    empty
        Of returns: ``"missing"`` reads an empty cell as a session with a missing return,
        ``"no_session"`` as a day on which that column's market was closed.

    Returns
    -------
    PricePanel
        An empty cell is missing: no row in a column of prices, a missing return in one of returns.
        `PricePanel.assumed` says how a file of a vendor was understood.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        Every cell or date that is wrong, by its ISO date; the message is the first. A column that
        two files hold.
    SpecificationError
        An option that does not fit the file; dates in which day and month could change places.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "prices.csv"
    >>> _ = path.write_text("date,N225\n2025-05-01,36452.30\n2025-05-02,36830.69\n")
    >>> read_prices(path)
    PricePanel prices.csv: prices of 1 columns, 2025-05-01 to 2025-05-02
    """
    choose(content, CONTENTS, "prices.content")
    choose(kind, KINDS, "prices.kind")
    choose(fx_close, get_args(_typing.FxClose), "prices.fx_close")
    if fx_close != "written" and content == "returns":
        raise SpecificationError(
            f'prices.fx_close = "{fx_close}" moves closes, and the content is returns; '
            "leave it out, or give prices",
            key="prices.fx_close",
        )
    choices = ReadingChoices(
        columns=columns or {},
        date_format=date_format,
        dialect=dialect,
        encoding=encoding,
        field=field,
        start=date_bound(start, "start"),
        end=date_bound(end, "end"),
        empty=empty,
    )
    paths = [path] if isinstance(path, str | PathLike) else list(path)
    if not paths:
        raise SpecificationError("prices.file is empty; name a file", key="prices.file")
    if security is not None and len(paths) > 1:
        raise SpecificationError(
            "prices.security names the bars of one file, and there are several files; "
            "name each file after its security instead",
            key="prices.security",
        )
    for file in paths:
        if "://" in str(file):  # never repeated: an address may hold a password
            raise SourceError(
                "prices.file takes the path of a file, not an address; a database is "
                'source = "sql" with prices.url',
                key="prices.file",
            )
    panels = [
        _read_price_file(
            Path(file), content, kind, calendar, security=security, sheet=sheet, choices=choices
        )
        for file in paths
    ]
    panel = panels[0] if len(panels) == 1 else join_panels(panels)
    return panel if fx_close == "written" else shift_fx_closes(panel, fx_close, declared)


@held_reading()
def _read_price_file(
    path: Path,
    content: Content,
    kind: ReturnKind,
    calendar: str | None,
    *,
    security: str | None,
    sheet: str | None,
    choices: ReadingChoices,
) -> PricePanel:
    read = understand(path, sheet=sheet, content=content, choices=choices)
    cells = read.cells
    stem = name_in_file_name(path.stem)
    columns = columns_of(cells, content, kind, security or read.security, stem)
    if columns.problems:
        raise SchemaError(columns.problems)
    remarks = columns.remarks
    if len(cells.sheets) > 1 and sheet is None:
        others = len(cells.sheets) - 1
        detail = f"{cells.name}: sheet {cells.sheet!r} was read, the first of {others + 1}"
        remarks += tuple(_remark(name, "sheet", "info", detail) for name in columns.names[:1])
    panel = panel_of(cells, columns, content, kind, calendar)
    said = panel.assumed
    if columns.names == [stem] and stem != path.stem.upper():
        said = (*said, f"{cells.name}: its security is called {stem} after the file's name")
    panel = replace(panel, remarks=remarks, assumed=said)
    return panel if content == "prices" else _without_closed_days(panel, choices.empty)


def panel_of_cells(
    opened: Opened,
    content: Content,
    kind: ReturnKind,
    calendar: str | None,
    choices: ReadingChoices,
) -> PricePanel:
    """Return a table that is a file's, or a part of one, as `read_prices` reads it.

    Raises
    ------
    SchemaError
        Cells that are no dates, prices or returns.
    """
    cells = understood(opened, content, choices).cells
    columns = columns_of(cells, content, kind, opened.security, "")
    if columns.problems:
        raise SchemaError(columns.problems)
    panel = panel_of(cells, columns, content, kind, calendar)
    return panel if content == "prices" else _without_closed_days(panel, choices.empty)


def date_bound(value: dt.date | str | None, key: str) -> dt.date | None:
    """Return a date given as such or as ISO text; an error names `key`."""
    try:
        return None if value is None else read_day(value, STUDY_DATE, f"prices.{key}")
    except TimestampError as error:
        raise SpecificationError(str(error)).at(key=f"prices.{key}") from None


def _without_closed_days(panel: PricePanel, empty: EmptyCells) -> PricePanel:
    """Return returns with empty cells as asked, and a sentence about those inside a column.

    An empty cell before the first or after the last return of a column is no missing return of a
    session that anybody doubts, and is not counted.
    """
    counts: dict[str, int] = {}
    dates, values = [], []
    for name, days, returns in zip(panel.names, panel.dates, panel.values, strict=True):
        is_there = np.isfinite(returns)
        keep = is_there if empty == "no_session" else np.ones(len(returns), dtype=bool)
        dates.append(days[keep])
        values.append(returns[keep])
        filled = np.flatnonzero(is_there)
        if len(filled):
            counts[name] = int((~is_there[filled[0] : filled[-1] + 1]).sum())
    usual = float(np.median(list(counts.values()))) if counts else 0.0
    striking = {name: n for name, n in counts.items() if n > max(usual, 0.0)}
    if not striking and usual:
        striking = counts
    if striking and empty == "missing":
        most = sorted(striking, key=striking.__getitem__, reverse=True)
        shown = ", ".join(f"{name} {striking[name]}" for name in most[:5])
        others = f" and {len(most) - 5} more columns" if len(most) > 5 else ""
        said = (
            f"{panel.name}: empty cells among the returns ({shown}{others}) are read as sessions "
            'with a missing return; if the market was closed, say empty = "no_session"'
        )
    elif sum(counts.values()) and empty == "no_session":
        said = f"{panel.name}: {counted(sum(counts.values()), 'empty cell')} read as no session"
    else:
        return replace(panel, dates=tuple(dates), values=tuple(values))
    return replace(panel, dates=tuple(dates), values=tuple(values), assumed=(*panel.assumed, said))


def panel_of(
    cells: Cells, columns: Columns, content: Content, kind: ReturnKind, calendar: str | None
) -> PricePanel:
    """Return the columns of a file as a panel, whatever is wrong with them."""
    return PricePanel(
        names=tuple(columns.names),
        dates=tuple(columns.dates),
        values=tuple(columns.values),
        content=content,
        kind=kind,
        name=cells.name,
        sha256=cells.sha256,
        fields=columns.fields,
        calendar=calendar,
        remarks=columns.remarks,
        assumed=cells.assumed,
    )


def shift_fx_closes(
    panel: PricePanel, fx_close: FxClose, declared: Sequence[Market] = ()
) -> PricePanel:
    """Return the panel with start-of-day closes of currencies moved to the session they belong to.

    Parameters
    ----------
    panel
        Prices. Columns of other markets stay as they are.
    fx_close
        As for `read_prices`.
    declared
        Markets of the user's own.

    Returns
    -------
    PricePanel
        With a remark ``fx_label_shift`` for each currency, moved or not: a warning where the file
        does not tell, or tells otherwise. Where ``"detect"`` cannot tell, closes stay as written.
    """
    if fx_close == "written":
        return panel
    currencies = _fx_columns(declared)
    dates, values, remarks = list(panel.dates), list(panel.values), list(panel.remarks)
    moved_names = list(panel.moved)
    for at, name in enumerate(panel.names):
        if name.casefold() not in currencies and not name.endswith(YAHOO_FX):
            continue
        bars = pd.DataFrame(
            {"close": panel.values[at]},
            index=pd.DatetimeIndex(panel.dates[at].astype("datetime64[ns]"), name="date"),
        )
        if name in panel.fields and "open" in panel.fields[name]:
            bars["open"] = panel.fields[name]["open"].reindex(bars.index)
        dated, stretches = dated_closes(bars, fx_close)
        if any(is_moved for _, is_moved in stretches):
            moved_names.append(name)
            kept = dated["close"].dropna()
            dates[at] = kept.index.to_numpy().astype("datetime64[D]")
            values[at] = kept.to_numpy(dtype=np.float64)
        detail, is_doubtful = label_sentence(bars, stretches)
        severity = "warning" if is_doubtful else "info"
        remarks.append(_remark(name, "fx_label_shift", severity, detail))
    return replace(
        panel,
        dates=tuple(dates),
        values=tuple(values),
        remarks=tuple(remarks),
        moved=tuple(moved_names),
    )


def _fx_columns(declared: Sequence[Market]) -> set[str]:
    """Names of columns that price a market of foreign exchange."""
    markets = {**load_markets(), **{market.name: market for market in declared}}
    return {
        name.casefold()
        for market in markets.values()
        if market.calendar == "FX"
        for name, _ in column_names(market)
    }


def _remark(security: str, check: str, severity: str, detail: str) -> Check:
    return Check(security, NO_DATE, check, severity, detail)
