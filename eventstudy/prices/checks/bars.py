"""A close against the open, high, low and volume of its own and the next row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.prices.bar_rules import is_outside_range, is_range_inverted
from eventstudy.prices.checks.base import isolated_reversals, local_scale
from eventstudy.prices.fx_labels import MIN_ROWS, FxConvention, fx_convention
from eventstudy.prices.panel import Check

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.prices.checks.base import Column

OFF_BAR_SD = 5.0
OFF_BAR_MIN_ROWS = 60
WINDOW = 121  # sessions in which the scale of the day is taken


def bar_checks(column: Column) -> list[Check]:
    """List bars that contradict themselves or their close, filled rows, missing volumes."""
    if column.bars is None or len(column.dates) == 0:
        return []
    bars = column.bars.reindex(pd.DatetimeIndex(column.dates.astype("datetime64[ns]")))
    fields = {
        name: bars[name].to_numpy(dtype=np.float64)
        if name in bars
        else np.full(len(column.dates), np.nan)
        for name in ("open", "high", "low", "volume")
    }
    checks = (
        _fx_label_shift(column, fields["open"])
        if column.is_fx
        else _possible_fx_label_shift(column, fields)
    )
    checks += _contradictory_bars(column, fields)
    if column.levels is not None:
        checks += _filled_rows(column, fields)
        if not column.is_fx:
            checks += _closes_off_bar(column, column.levels, fields["open"])
    return checks + _zero_volume(column, fields["volume"])


def fx_label_of(column: Column, opens: FloatArray | None = None) -> FxConvention | None:
    """Return where the closes of a currency belong; None without levels or bars."""
    if column.levels is None or (opens is None and column.bars is None):
        return None
    frame = _open_close(column, opens)
    return fx_convention(frame)


def _open_close(column: Column, opens: FloatArray | None) -> pd.DataFrame:
    index = pd.DatetimeIndex(column.dates.astype("datetime64[ns]"))
    frame = pd.DataFrame({"close": column.levels}, index=index)
    if opens is not None:
        frame["open"] = opens
    elif column.bars is not None and "open" in column.bars:
        frame["open"] = column.bars["open"].reindex(index)
    return frame


def _fx_label_shift(column: Column, opens: FloatArray) -> list[Check]:
    """Closes of a currency that are prices of the start of their day, all or in some years."""
    if column.levels is None:
        return []
    frame = _open_close(column, opens)
    all_years = fx_convention(frame)
    years = column.dates.astype("datetime64[Y]").astype(np.int64) + 1970
    parts = {
        int(year): fx_convention(frame[years == year])
        for year, count in zip(*np.unique(years, return_counts=True), strict=True)
        if count > MIN_ROWS
    }
    start_years = [year for year, part in parts.items() if part.label == "start_of_day"]
    end_years = [year for year, part in parts.items() if part.label == "end_of_day"]
    if all_years.label != "start_of_day" and not start_years:
        return []
    if start_years and end_years:
        years_affected = f"in {_year_spans(start_years)}, and not in {_year_spans(end_years)}, "
        advice = "take closes of one kind from one source"
    else:
        years_affected, advice = "", 'move them with fx_close = "next_row"'
    since = start_years[0] if start_years and end_years else None
    first = column.dates[0] if since is None else np.datetime64(f"{since}-01-01", "D")
    at = int(np.searchsorted(column.dates, first))
    detail = (
        f"{years_affected}closes are prices of the start of their day, so the return of a session "
        f"stands one row late: {all_years}; {advice}"
    )
    return [Check(column.name, column.dates[at], "fx_label_shift", "error", detail)]


def _possible_fx_label_shift(column: Column, fields: dict[str, FloatArray]) -> list[Check]:
    """Closes at the open of their own row in a column of no known market: perhaps a currency."""
    if column.clock is not None or column.levels is None or (fields["volume"] > 0).any():
        return []
    convention = fx_convention(_open_close(column, fields["open"]))
    # stocks of another continent move by night too, but not ten times as much
    if convention.label != "start_of_day" or convention.same > 0.1 * convention.next:
        return []
    detail = (
        f"{convention}: if this is a currency, the return of a session stands one row late; name "
        "the column after the pair, such as USDJPY (security says it for a file of bars)"
    )
    return [Check(column.name, column.dates[0], "fx_label_shift", "warning", detail)]


def _year_spans(years: list[int]) -> str:
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(f"{s[0]} to {s[-1]}" if len(s) > 1 else str(s[0]) for s in spans)


def _contradictory_bars(column: Column, fields: dict[str, FloatArray]) -> list[Check]:
    low, high = fields["low"], fields["high"]
    checks = []
    with np.errstate(invalid="ignore"):
        is_inverted = is_range_inverted(low, high)
        for row in np.flatnonzero(is_inverted).tolist():
            detail = f"low {low[row]:g} is above high {high[row]:g}: neither can be used"
            checks.append(
                Check(column.name, column.dates[row], "bar_contradiction", "warning", detail)
            )
        # a close that was moved is a price of the next row's first moment, a weekend later even
        close = None if column.is_moved else column.levels
        for name, value in (("open", fields["open"]), ("close", close)):
            if value is None:
                continue
            is_outside = is_outside_range(value, low, high)
            for row in np.flatnonzero(is_outside & ~is_inverted).tolist():
                detail = (
                    f"{name} {value[row]:g} lies outside the range {low[row]:g} to {high[row]:g} "
                    "of its own row: compare it with another source"
                )
                checks.append(
                    Check(column.name, column.dates[row], "bar_contradiction", "warning", detail)
                )
    return checks


def _filled_rows(column: Column, fields: dict[str, FloatArray]) -> list[Check]:
    """Sessions whose open, high, low and close all repeat the close before."""
    close = column.levels
    if close is None:
        return []
    same = np.zeros(len(close), dtype=bool)
    same[1:] = close[1:] == close[:-1]
    flat = same & (fields["high"] == fields["low"]) & (fields["high"] == close)
    return [
        Check(
            column.name,
            column.dates[row],
            "filled_row",
            "warning",
            f"open, high, low and close repeat the close of {column.dates[row - 1]}: filled in "
            "for a closure? leave the row out",
        )
        for row in np.flatnonzero(flat).tolist()
    ]


def _closes_off_bar(column: Column, close: FloatArray, opens: FloatArray) -> list[Check]:
    """A close far from its own open, from which the next open comes all the way back."""
    with np.errstate(invalid="ignore", divide="ignore"):
        day = np.log(close[:-1] / opens[:-1])
        night = np.log(opens[1:] / close[:-1])
    rows = np.flatnonzero(np.isfinite(day) & np.isfinite(night))
    if len(rows) < OFF_BAR_MIN_ROWS:
        return []
    day, night = day[rows], night[rows]
    scales = local_scale(day, WINDOW), local_scale(night, WINDOW)
    hits = isolated_reversals(day, night, (OFF_BAR_SD * scales[0], OFF_BAR_SD * scales[1]))
    return [
        Check(
            column.name,
            column.dates[rows[row]],
            "close_off_bar",
            "warning",
            f"the close {close[rows[row]]:g} lies {100 * day[row]:+.2f} % from its open and the "
            f"next open comes back by {100 * night[row]:+.2f} %, "
            f"{abs(day[row]) / scales[0][row]:.0f} and "
            f"{abs(night[row]) / scales[1][row]:.0f} robust standard deviations: compare it with "
            "another source",
        )
        for row in np.flatnonzero(hits).tolist()
    ]


def _zero_volume(column: Column, volume: FloatArray) -> list[Check]:
    """Sessions with a volume of zero in a column that otherwise has one, in one check."""
    has_volume = np.isfinite(volume)
    zero = np.flatnonzero(has_volume & (volume == 0.0))
    if len(zero) == 0 or len(zero) > has_volume.sum() / 2:
        return []
    first, last = column.dates[zero[0]], column.dates[zero[-1]]
    period = f"on {first}" if len(zero) == 1 else f"from {first} to {last}"
    detail = (
        f"volume 0 on {len(zero)} of {int(has_volume.sum()):,} sessions, {period}: left out of "
        "studies of volume; were these closures?"
    )
    return [Check(column.name, first, "zero_volume", "info", detail)]
