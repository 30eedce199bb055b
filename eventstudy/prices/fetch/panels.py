"""Stored bars -> the columns of a panel, and what there is to say about them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.prices.fetch.series import NO_DATE
from eventstudy.prices.fx_labels import MOST_BETWEEN, fx_convention, redate_closes
from eventstudy.prices.panel import Check, PricePanel
from eventstudy.prices.yahoo.client import reasons_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from eventstudy._typing import FxClose
    from eventstudy.prices.fetch.series import FetchedSeries, FetchLog

_WORDS = {
    "fx_label_shift": "closes moved",
    "fx_label_kept": "closes as written",
    "fx_label_unclear": "closes as written",
    "not_in_store": "incomplete",
    "unfinished_session": "today left out",
}


def daily_of(
    series: FetchedSeries, bars: pd.DataFrame, start: dt.date, end: dt.date, fx_close: FxClose
) -> tuple[pd.DataFrame, list[Check]]:
    """Return the daily rows of the dates asked for, closes at the session they belong to."""
    checks = []
    if series.is_fx and len(bars):
        bars, check = _dated(series, bars, fx_close)
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
    found = revisions[(revisions["symbol"] == series.symbol) & (revisions["field"] == "close")]
    labels = pd.to_datetime(found["label"])
    found = found[(labels >= pd.Timestamp(start)) & (labels <= pd.Timestamp(end))]
    columns = (found[name] for name in ("label", "old", "new", "seen"))
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


def _dated(
    series: FetchedSeries, bars: pd.DataFrame, fx_close: FxClose
) -> tuple[pd.DataFrame, Check]:
    """Move a currency's closes to the session they belong to, if they have to be moved."""
    convention = fx_convention(bars)
    told = convention.label
    is_next = fx_close == "next_row" or (fx_close == "detect" and told == "start_of_day")
    said = {
        "start_of_day": "they are prices of the start of the day",
        "end_of_day": "they are prices of the end of the day",
        "unclear": "that does not tell which end of the day they belong to",
    }[told]
    done = "each is moved to the row before and the last row is left out"
    done = done if is_next else "they are taken as written"
    check = "fx_label_shift" if is_next else "fx_label_kept"
    if fx_close != "detect":
        done += f', as fx_close = "{fx_close}" asks'
    elif told == "unclear":
        check = "fx_label_unclear"
        done += '; fx_close = "next_row" moves them'
    is_doubtful = told != ("start_of_day" if is_next else "end_of_day")
    if is_next:
        between = np.diff(bars.index.to_numpy())
        bars = redate_closes(bars)
        # behind a hole the next row is not the end of this session
        bars = bars.assign(close=bars["close"].where(between <= MOST_BETWEEN))
    severity = "warning" if is_doubtful else "info"
    detail = f"{convention}; {said}; {done}"
    return bars, Check(series.symbol, NO_DATE, check, severity, detail)


def remarks_of(wanted: Iterable[FetchedSeries], told: FetchLog) -> tuple[Check, ...]:
    """Return everything that was found out, under the names of the series."""
    remarks: list[Check] = []
    for series in wanted:
        if series.symbol in told.failures:
            why = told.failures[series.symbol]
            remarks.append(Check(series.name, NO_DATE, "symbol_failed", "error", why))
        remarks += [c._replace(security=series.name) for c in told.remarks.get(series.symbol, [])]
    return tuple(remarks)


def panel_of(columns: Mapping[str, pd.DataFrame], remarks: tuple[Check, ...]) -> PricePanel:
    """Return the panel of daily bars by series."""
    closes = pd.concat({name: bars["close"] for name, bars in columns.items()}, axis=1)
    return replace(
        PricePanel.from_frame(closes.sort_index().rename_axis("date"), name="yahoo"),
        fields={name: bars.drop(columns="close") for name, bars in columns.items()},
        remarks=remarks,
        moved=tuple(one.security for one in remarks if one.check == "fx_label_shift"),
    )


def table_of(
    columns: Mapping[str, pd.DataFrame], wanted: Iterable[FetchedSeries], told: FetchLog
) -> pd.DataFrame:
    """Return a row a series: what is there now, what is new, what is to be said."""
    rows = []
    for series in wanted:
        bars = columns.get(series.name)
        written = told.written.get(series.symbol)
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
                "remark": _remark(series, told),
            }
        )
    return pd.DataFrame(rows)


def _remark(series: FetchedSeries, told: FetchLog) -> str:
    checks = told.remarks.get(series.symbol, [])
    said = ["failed"] if series.symbol in told.failures else []
    said += [_WORDS[check.check] for check in checks if check.check in _WORDS]
    left = sum(c.check in ("row_without_close", "impossible_price", "repeated_row") for c in checks)
    said += [f"{left} rows left out"] if left else []
    return ", ".join(dict.fromkeys(said))


def nothing_of(wanted: Iterable[FetchedSeries], told: FetchLog) -> str:
    """Say why there is not a single price."""
    failures = {one.name: told.failures[one.symbol] for one in wanted}
    if set(failures.values()) == {told.outage}:
        return told.outage
    return f"no prices came. {reasons_of(failures)}"
