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
from eventstudy.markets.market import load_markets
from eventstudy.prices.files.cells import read_cells
from eventstudy.prices.files.columns import columns_of
from eventstudy.prices.fx_labels import YAHOO_FX, dated_closes, label_sentence
from eventstudy.prices.panel import (
    CONTENTS,
    KINDS,
    NO_DATE,
    Check,
    PricePanel,
    join_panels,
)
from eventstudy.registry import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import Content, FxClose, ReturnKind
    from eventstudy.markets.market import Market
    from eventstudy.prices.files.cells import Cells
    from eventstudy.prices.files.columns import Columns


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
) -> PricePanel:
    r"""Read a file of prices, or of returns, or several that belong together.

    Parameters
    ----------
    path
        csv (comma, semicolon or tab; in a semicolon file the decimal mark may be a comma), parquet
        or xlsx. Wide: the first column is ``date``, then one column per security. Long: the
        columns ``date``, ``security``, ``close`` and optionally ``open, high, low, volume``. Bars
        of one security: ``Date, Open, High, Low, Close[, Adj Close], Volume``, in any order of
        columns. A list of files is read file by file and joined.
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

    Returns
    -------
    PricePanel
        An empty cell is missing: no row in a column of prices, a missing return in one of returns.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        Every cell or date that is wrong, by its ISO date; the message is the first. A column that
        two files hold.
    SpecificationError
        An option that does not fit the file.

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
        _read_price_file(Path(file), content, kind, calendar, security=security, sheet=sheet)
        for file in paths
    ]
    panel = panels[0] if len(panels) == 1 else join_panels(panels)
    return panel if fx_close == "written" else shift_fx_closes(panel, fx_close, declared)


def _read_price_file(
    path: Path,
    content: Content,
    kind: ReturnKind,
    calendar: str | None,
    *,
    security: str | None,
    sheet: str | None,
) -> PricePanel:
    cells = read_cells(path, sheet)
    columns = columns_of(cells, content, kind, security, path.stem)
    if columns.problems:
        raise SchemaError(columns.problems)
    remarks = columns.remarks
    if len(cells.sheets) > 1 and sheet is None:
        others = len(cells.sheets) - 1
        detail = f"{cells.name}: sheet {cells.sheet!r} was read, the first of {others + 1}"
        remarks += tuple(_remark(name, "sheet", "info", detail) for name in columns.names[:1])
    return replace(panel_of(cells, columns, content, kind, calendar), remarks=remarks)


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
        for name in (market.name, market.series, market.yahoo, *market.aliases)
        if name is not None
    }


def _remark(security: str, check: str, severity: str, detail: str) -> Check:
    return Check(security, NO_DATE, check, severity, detail)
