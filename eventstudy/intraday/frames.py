"""Arrays back to labels: the frames of an intraday study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.estimation.groups import make_groups
from eventstudy.inference.pvalues import interval_reach, student_pvalue
from eventstudy.intraday.estimation import pattern
from eventstudy.intraday.grid import clock_text
from eventstudy.intraday.same_day import DayPosition
from eventstudy.intraday.statistics import grouping_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.events.table import Events
    from eventstudy.intraday.bars import IntradayBars
    from eventstudy.intraday.estimation import Position, WindowSeries
    from eventstudy.intraday.grid import Grid
    from eventstudy.intraday.placement import Pair
    from eventstudy.intraday.specification import IntradaySpecification
    from eventstudy.intraday.statistics import WindowOutcome

DROPPED = ("event_id", "security", "stage", "reason")
_DAYS = ("event_id", "security", "session", "role", "bars", "bars_of_window", "reason")
CAAR = ("group", "minute", "caar", "std_error", "ci_low", "ci_high", "n_pairs", "n_dates")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EstimatedPairs:
    """The pairs of a study, and what their frames are made from.

    Attributes
    ----------
    begin : first bar of the window, counted from bar 0
    slices : bars of every CAR window, counted from the first of the window
    series : the window of each pair on every session; none where it is estimated on its own day
    claimed : bars inside the windows of events, by security
    """

    study: IntradaySpecification
    events: Events
    minutes: int
    begin: int
    slices: list[slice]
    pairs: list[Pair]
    grids: list[Grid]
    series: list[WindowSeries]
    positions: Sequence[Position | DayPosition]
    claimed: Mapping[str, BoolArray]

    @property
    def is_same_day(self) -> bool:
        """Whether what is normal comes from the day of the news itself."""
        return self.study.estimation == "same_day"

    def event_id(self, pair: Pair) -> str:
        """Return the name of a pair's event."""
        return str(self.events.frame["event_id"].iloc[pair.event])


def dropped_frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return event_id, security, stage, reason of the pairs that were lost."""
    return pd.DataFrame(rows, columns=list(DROPPED))


def alignment_frame(estimated: EstimatedPairs) -> pd.DataFrame:
    """Return which bar each news time falls into; one row a pair.

    ``minutes_into_bar`` is negative for news while the market was shut: the bar begins later.
    """
    rows = []
    for pair, grid, position in zip(
        estimated.pairs, estimated.grids, estimated.positions, strict=True
    ):
        begin = grid.slot_starts[pair.slot]
        local = grid.calendar.wall_time(np.array([pair.news]))[0]
        notes = list(pair.notes)
        n_days = len(position.days)
        if not estimated.is_same_day and n_days < estimated.study.days:
            notes.append(f"{n_days} of the {estimated.study.days} days asked for")
        label = grid.sessions
        rows.append({
            "event_id": estimated.event_id(pair),
            "security": pair.security,
            "published_utc": pd.Timestamp(pair.news, tz="UTC"),
            "published_local": f"{np.datetime64(local, 'm')}".replace("T", " "),
            "timezone": grid.calendar.timezone,
            "session": pd.Timestamp(label[pair.session]),
            "bar_start": pd.Timestamp(begin, tz="UTC"),
            "bar_clock": clock_text(grid.clocks[grid.slot_clock[pair.slot]]),
            "bar_minutes": grid.minutes,
            "minutes_into_bar": _minutes_between(pair.news, begin),
            "n_days": n_days,
            "n_returns": position.n_returns,
            "first_day": pd.Timestamp(label[position.days[0]]),
            "last_day": pd.Timestamp(label[position.days[-1]]),
            "beta": position.beta,
            "crosses": pair.crosses,
            "note": "; ".join(notes),
        })  # fmt: skip
    return pd.DataFrame(rows)


def abnormal_frame(estimated: EstimatedPairs) -> pd.DataFrame:
    """Return abnormal returns by bar; one row a pair and bar, decimal returns.

    ``minute`` is when the bar begins, in minutes of trading from the begin of bar 0;
    ``from_news`` in minutes of the clock from the news. ``path`` cumulates from the first bar.
    """
    parts = []
    for pair, grid, position in zip(
        estimated.pairs, estimated.grids, estimated.positions, strict=True
    ):
        width = len(pair.offset)
        tau = estimated.begin + np.arange(width)
        inside = pair.column >= 0
        at = pair.session + pair.offset[inside], pair.column[inside]

        def put(values: Any, empty: Any, where: Any = inside) -> Any:  # noqa: ANN401
            out = np.full(len(where), empty, dtype=np.asarray(values).dtype)
            out[where] = values
            return out

        starts = put(grid.starts[at], np.datetime64("NaT", "ns"))
        error = np.sqrt(position.variance)
        path = [position.total(slice(0, stop)) for stop in range(1, width + 1)]
        parts.append(pd.DataFrame({
            "event_id": estimated.event_id(pair),
            "security": pair.security,
            "tau": tau,
            "minute": tau * grid.minutes,
            "bar_start": pd.DatetimeIndex(starts).tz_localize("UTC"),
            "clock": [clock_text(grid.clocks[c]) if c >= 0 else "" for c in pair.column],
            "from_news": [_minutes_between(start, pair.news) for start in starts],
            "return": put(grid.returns[at], np.nan),
            "normal_return": position.normal,
            "abnormal_return": position.abnormal,
            "std_error": error,
            "standardized": position.abnormal / error,
            "n_days": position.n,
            "path": [np.nan if total is None else total.car for total in path],
            "path_std_error": [np.nan if total is None else total.std_error for total in path],
            "path_df": [np.nan if total is None else total.df for total in path],
            "after_break": put(grid.after_break[at], False),
            "from_open": put(grid.from_open[at], False),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def car_frame(
    estimated: EstimatedPairs,
    outcomes: Sequence[Sequence[WindowOutcome]],
    levels: Sequence[Sequence[float]],
    ranks: Sequence[tuple[FloatArray, IntArray]],
) -> pd.DataFrame:
    """Return every pair's CAR in every window of minutes, with its tests.

    ``covers_from`` and ``covers_to`` are where the returns that are there begin and end, in minutes
    of the clock from the news; one over a break begins at the last close before it. ``level`` is
    the volatility known before the window over that of the estimation days, or of the bars that
    are estimated on; ``scaled_t`` is t over it. ``n_placebos`` counts other days, or
    earlier windows of the same day.
    """
    rows = []
    for p, (pair, grid, position) in enumerate(
        zip(estimated.pairs, estimated.grids, estimated.positions, strict=True)
    ):
        for w, (window, bars) in enumerate(
            zip(estimated.study.windows, estimated.slices, strict=True)
        ):
            outcome, (pvalues, numbers) = outcomes[w][p], ranks[w]
            present = np.flatnonzero(np.isfinite(position.abnormal[bars])) + bars.start
            at = pair.session + pair.offset[present], pair.column[present]
            total = outcome.total
            row: dict[str, Any] = {
                "event_id": estimated.event_id(pair),
                "security": pair.security,
                "window_start": window[0],
                "window_end": window[1],
                "n_bars": len(present),
                "bars_missing": bars.stop - bars.start - len(present),
            }
            if total is not None:
                starts = grid.starts[at]
                end = starts[-1] + np.timedelta64(grid.minutes, "m")
                value = total.car / total.std_error
                level = levels[w][p]
                scaled = value / level
                row |= {
                    "covers_from": _minutes_between(
                        _return_begins(grid, int(at[0][0]), int(at[1][0])), pair.news
                    ),
                    "covers_to": _minutes_between(end, pair.news),
                    "car": total.car,
                    "std_error": total.std_error,
                    "t": value,
                    "df": total.df,
                    "pvalue": float(student_pvalue(value, total.df)),
                    "level": level,
                    "scaled_t": scaled,
                    "scaled_pvalue": float(student_pvalue(scaled, total.df)),
                    "placebo_pvalue": pvalues[p],
                    "n_placebos": numbers[p],
                    "n_days": 1 if estimated.is_same_day else total.n_days,
                }
            rows.append(row)
    columns = (
        "event_id", "security", "window_start", "window_end", "covers_from", "covers_to", "car",
        "std_error", "t", "df", "pvalue", "level", "scaled_t", "scaled_pvalue", "placebo_pvalue",
        "n_placebos", "n_days", "n_bars", "bars_missing",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def caar_frame(estimated: EstimatedPairs) -> pd.DataFrame:
    """Return the mean path of each group; ``minute`` is the end of a bar, from the begin of bar 0.

    Intervals are at 95 %. Of several dates: the mean, pairs of one session as one, t(E-1). Of one
    pair: its forecast error. Of several pairs of one session there is none.
    """
    labels = grouping_labels(estimated.events, estimated.pairs)
    width = len(estimated.pairs[0].offset)
    totals = [
        [position.total(slice(0, stop)) for stop in range(1, width + 1)]
        for position in estimated.positions
    ]
    dates = np.array([
        grid.sessions[pair.session]
        for pair, grid in zip(estimated.pairs, estimated.grids, strict=True)
    ])  # fmt: skip
    rows = []
    for group in make_groups(labels, estimated.study.by):
        for w in range(width):
            of_pairs = [(p, totals[p][w]) for p in group.pairs]
            present = [(p, total) for p, total in of_pairs if total is not None]
            values = np.array([total.car for _, total in present])
            row: dict[str, Any] = {
                "group": group.label,
                "minute": (estimated.begin + w + 1) * estimated.minutes,
                "caar": values.mean() if len(values) else np.nan,
                "n_pairs": len(values),
            }
            _, portfolio = np.unique(dates[[p for p, _ in present]], return_inverse=True)
            n_dates = int(portfolio.max(initial=-1)) + 1
            row["n_dates"] = n_dates
            spread, df = np.nan, np.nan
            if n_dates > 1:
                sums = np.bincount(portfolio, weights=values - values.mean())
                spread = float(np.sqrt((sums**2).sum() * n_dates / (n_dates - 1)) / len(values))
                df = n_dates - 1
            elif len(present) == 1:
                spread, df = present[0][1].std_error, present[0][1].df
            reach = float(interval_reach(spread, df))
            row |= {
                "std_error": spread,
                "ci_low": row["caar"] - reach,
                "ci_high": row["caar"] + reach,
            }
            rows.append(row)
    return pd.DataFrame(rows, columns=list(CAAR))


def pattern_frame(estimated: EstimatedPairs) -> pd.DataFrame:
    """Return the volatility of every clock time on the estimation days of each pair.

    ``volatility`` is the root of the mean square of a bar by level of the day times pattern of the
    clock, decimal; ``raw`` the plain root mean square of that clock time. Of pairs estimated on
    their own day: on all days of the security, without the windows of events.
    """
    parts = []
    made: dict[str, tuple[FloatArray, FloatArray, IntArray]] = {}
    for pair, grid, position in zip(
        estimated.pairs, estimated.grids, estimated.positions, strict=True
    ):
        if estimated.is_same_day:
            if pair.security not in made:
                claimed = estimated.claimed[pair.security]
                outside = np.where(claimed, np.nan, grid.returns)
                made[pair.security] = _pattern(outside[np.isfinite(outside).any(axis=1)])
            volatility, raw, n = made[pair.security]
        else:
            volatility, raw, n = _pattern(grid.returns[position.days])
        parts.append(pd.DataFrame({
            "event_id": estimated.event_id(pair),
            "security": pair.security,
            "clock": [clock_text(clock) for clock in grid.clocks],
            "minutes": grid.clocks,
            "volatility": volatility,
            "raw": raw,
            "n_days": n,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _pattern(values: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Volatility by clock time, the plain one, and the number of days, of days ``(M, C)``."""
    mean, q = pattern(values)
    n = np.isfinite(values).sum(axis=0)
    raw = np.sqrt(np.where(n > 0, np.nansum(values**2, axis=0) / np.maximum(n, 1), np.nan))
    return np.sqrt(mean * q), raw, n


def days_frame(estimated: EstimatedPairs) -> pd.DataFrame:
    """Return which earlier sessions each pair was estimated on, and which were passed over.

    Of a pair estimated on its own day that is the session, with the bars and their hours.
    """
    if estimated.is_same_day:
        return _own_days_frame(estimated)
    rows = []
    for pair, grid, series, position in zip(
        estimated.pairs, estimated.grids, estimated.series, estimated.positions, strict=True
    ):
        width = int((pair.column >= 0).sum())
        usable = set(position.days.tolist())
        for session in range(int(position.days[0]), pair.session):
            n_usable = int(
                np.isfinite(series.estimation_returns(pair.session, np.array([session]))).sum()
            )
            n_present = int(np.isfinite(series.returns[session]).sum())
            reason = _missing_bars_reason(grid, series, session, n_usable, n_present, width)
            rows.append({
                "event_id": estimated.event_id(pair),
                "security": pair.security,
                "session": pd.Timestamp(grid.sessions[session]),
                "role": "estimation" if session in usable else "passed over",
                "bars": n_usable,
                "bars_of_window": width,
                "reason": reason,
            })  # fmt: skip
    return pd.DataFrame(rows, columns=list(_DAYS))


def _own_days_frame(estimated: EstimatedPairs) -> pd.DataFrame:
    rows = []
    for pair, grid, position in zip(
        estimated.pairs, estimated.grids, estimated.positions, strict=True
    ):
        if not isinstance(position, DayPosition):
            raise TypeError("a pair of its own day has a position of that day")
        first, last = (grid.clocks[grid.slot_clock[slot]] for slot in position.span)
        rows.append({
            "event_id": estimated.event_id(pair),
            "security": pair.security,
            "session": pd.Timestamp(grid.sessions[pair.session]),
            "role": "estimation",
            "bars": position.n_returns,
            "bars_of_window": int((pair.column >= 0).sum()),
            "reason": f"its own bars from {clock_text(first)} to {clock_text(last + grid.minutes)}",
        })  # fmt: skip
    return pd.DataFrame(rows, columns=list(_DAYS))


def _missing_bars_reason(
    grid: Grid, series: WindowSeries, session: int, n_usable: int, n_present: int, width: int
) -> str:
    """Return why a day lacks bars of the window; empty where it has all of them."""
    if n_usable == width:
        return ""
    parts = []
    if n_usable < n_present:
        parts.append(f"{n_present - n_usable} inside the window of an event")
    if n_present < width:
        at = session + series.offset, series.column
        inside = (at[0] >= 0) & (at[0] < len(grid.sessions)) & (at[1] >= 0)
        slots = grid.slot[np.where(inside, at[0], 0), at[1]]
        shut = int((inside & (slots < 0)).sum())
        if shut:
            parts.append(f"{shut} outside a shorter session")
        if n_missing := width - n_present - shut:
            parts.append(f"{n_missing} missing")
    return ", ".join(parts)


def manifest(
    study: IntradaySpecification, events: Events, bars: IntradayBars, grids: Mapping[str, Grid]
) -> dict[str, Any]:
    """Return what was asked, of which data, with which versions."""
    import platform
    from importlib.metadata import version

    packages = ("market-reaction", "numpy", "pandas", "scipy", "exchange_calendars")
    return {
        "tool": "eventstudy",
        "study": study.to_dict(),
        "bars": {"minutes": bars.minutes, "labels": bars.labels},
        "inputs": {
            "events": {"name": events.name, "sha256": events.sha256},
            "bars": {"name": bars.name, "sha256": bars.sha256},
        },
        "calendars": {
            name: f"{grid.calendar.version}, {grid.calendar.timezone}"
            for name, grid in grids.items()
        },
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in packages},
    } | ({"assumed": list(events.assumed)} if events.assumed else {})


def _return_begins(grid: Grid, session: int, clock: int) -> np.datetime64:
    """Instant from which on a bar's return counts: its begin, or the last close before a break."""
    slot = int(grid.slot[session, clock])
    if slot and grid.after_break[session, clock] and not grid.from_open[session, clock]:
        has_bar = grid.has_bar[grid.slot_session[:slot], grid.slot_clock[:slot]]
        last = int(np.flatnonzero(has_bar)[-1])
        before = grid.slot_session[last], grid.slot_clock[last]
        end: np.datetime64 = grid.starts[before] + np.timedelta64(grid.minutes, "m")
        return end
    begin: np.datetime64 = grid.starts[session, clock]
    return begin


def _minutes_between(later: np.datetime64, earlier: np.datetime64) -> float:
    if np.isnat(later) or np.isnat(earlier):
        return float("nan")
    return float((later - earlier) / np.timedelta64(1, "s")) / 60.0
