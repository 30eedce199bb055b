"""Stored bars as the columns of a panel, with remarks on them, and as a table for the user."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.prices.fx_labels import dated_closes, label_sentence
from eventstudy.prices.panel import NO_DATE, Check, PricePanel
from eventstudy.prices.yahoo.client import reasons_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from eventstudy._typing import FxClose
    from eventstudy.prices.fetch.series import FetchedSeries, FetchLog

_REMARK_TEXT = {
    "fx_label_shift": "closes moved",
    "fx_label_kept": "closes as written",
    "fx_label_unclear": "closes as written",
    "not_in_store": "incomplete",
    "short_answer": "incomplete",
    "unfinished_session": "today left out",
}


def daily_of(
    series: FetchedSeries, bars: pd.DataFrame, start: dt.date, end: dt.date, fx_close: FxClose
) -> tuple[pd.DataFrame, list[Check]]:
    """Return the daily rows of the dates asked for, closes at the session they belong to."""
    checks = []
    if series.is_fx and len(bars):
        bars, check = _with_dated_closes(series, bars, fx_close)
        checks.append(check)
    bars = bars.loc[pd.Timestamp(start) : pd.Timestamp(end)]
    bars = bars[bars["close"].notna()]
    if not (bars["volume"] > 0).any():
        bars = bars.drop(columns="volume")  # Yahoo writes 0 where it has none
    return bars, checks


def revisions_of(
    series: FetchedSeries, start: dt.date, end: dt.date, revisions: pd.DataFrame
) -> list[Check]:
    """Return a remark for each close of these dates that the vendor has changed."""
    changed = revisions[(revisions["symbol"] == series.symbol) & (revisions["field"] == "close")]
    labels = pd.to_datetime(changed["label"])
    changed = changed[(labels >= pd.Timestamp(start)) & (labels <= pd.Timestamp(end))]
    columns = (changed[name] for name in ("label", "old", "new", "seen"))
    return [
        Check(
            series.symbol,
            np.datetime64(label, "D"),
            "revised_close",
            "warning",
            f"Yahoo's close was {old:.10g} and is {new:.10g} as of {seen:%Y-%m-%d}; "
            "the newer is used",
        )
        for label, old, new, seen in zip(*columns, strict=True)
    ]


def _with_dated_closes(
    series: FetchedSeries, bars: pd.DataFrame, fx_close: FxClose
) -> tuple[pd.DataFrame, Check]:
    """Return the bars, a currency's closes moved to their session if need be, and the remark."""
    dated, stretches = dated_closes(bars, fx_close)
    is_moved = any(moved for _, moved in stretches)
    check = "fx_label_shift" if is_moved else "fx_label_kept"
    detail, is_doubtful = label_sentence(bars, stretches)
    if fx_close != "detect":
        detail += f', as fx_close = "{fx_close}" asks'
    elif all(stretch.convention.label == "unclear" for stretch, _ in stretches):
        check = "fx_label_unclear"
        detail += '; fx_close = "next_row" moves them'
    severity = "warning" if is_doubtful else "info"
    if stretches[-1][1]:
        dated = dated.iloc[:-1]
    return dated, Check(series.symbol, NO_DATE, check, severity, detail)


def remarks_of(all_series: Iterable[FetchedSeries], log: FetchLog) -> tuple[Check, ...]:
    """Return failures and remarks of the log, under the names of the series."""
    remarks: list[Check] = []
    for series in all_series:
        if series.symbol in log.failures:
            reason = log.failures[series.symbol]
            remarks.append(Check(series.name, NO_DATE, "symbol_failed", "error", reason))
        remarks += [
            check._replace(security=series.name) for check in log.remarks.get(series.symbol, [])
        ]
    return tuple(remarks)


def daily_panel(columns: Mapping[str, pd.DataFrame], remarks: tuple[Check, ...]) -> PricePanel:
    """Return the panel of daily bars by series."""
    closes = pd.concat({name: bars["close"] for name, bars in columns.items()}, axis=1)
    return replace(
        PricePanel.from_frame(closes.sort_index().rename_axis("date"), name="yahoo"),
        fields={name: bars.drop(columns="close") for name, bars in columns.items()},
        remarks=remarks,
        moved=tuple(remark.security for remark in remarks if remark.check == "fx_label_shift"),
    )


def table_of(
    columns: Mapping[str, pd.DataFrame], all_series: Iterable[FetchedSeries], log: FetchLog
) -> pd.DataFrame:
    """Return a row a series: rows, first and last date, new and revised rows, a short remark."""
    rows = []
    for series in all_series:
        bars = columns.get(series.name)
        written = log.written.get(series.symbol)
        changed = 0 if written is None else int((written.revised["field"] == "close").sum())
        rows.append(
            {
                "market": series.name,
                "symbol": series.symbol,
                "rows": 0 if bars is None else len(bars),
                "first": None if bars is None else f"{bars.index[0]:%Y-%m-%d}",
                "last": None if bars is None else f"{bars.index[-1]:%Y-%m-%d}",
                "new": 0 if written is None else written.new,
                "revised": changed,
                "remark": _short_remark(series, log),
            }
        )
    return pd.DataFrame(rows)


def _short_remark(series: FetchedSeries, log: FetchLog) -> str:
    checks = log.remarks.get(series.symbol, [])
    parts = ["failed"] if series.symbol in log.failures else []
    parts += [_REMARK_TEXT[check.check] for check in checks if check.check in _REMARK_TEXT]
    n_left_out = sum(
        check.check in ("row_without_close", "impossible_price", "repeated_row") for check in checks
    )
    parts += [f"{n_left_out} rows left out"] if n_left_out else []
    return ", ".join(dict.fromkeys(parts))


def no_prices_message(all_series: Iterable[FetchedSeries], log: FetchLog) -> str:
    """Return the sentence that says why there is not a single price."""
    failures = {series.name: log.failures[series.symbol] for series in all_series}
    if set(failures.values()) == {log.outage}:
        return log.outage
    return f"no prices came. {reasons_of(failures)}"
