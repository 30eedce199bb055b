"""From bars and news times to results: the stages of an intraday study, in order."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.events.identity import known_names, with_markets
from eventstudy.events.reading import read_events
from eventstudy.events.table import Events
from eventstudy.exceptions import CoverageError, EventStudyWarning, Refusal, SpecificationError
from eventstudy.intraday import frames
from eventstudy.intraday.bars import as_bars, join_left_out, left_out_frame
from eventstudy.intraday.day_rows import windows_of_days
from eventstudy.intraday.estimation import (
    Position,
    WindowSeries,
    WindowSum,
    estimate_window,
    estimation_days,
    level_before,
    pattern,
    sum_window,
)
from eventstudy.intraday.grid import Grid, make_grid, market_of
from eventstudy.intraday.placement import Pair, bar_range, dropped_row, pairs_on_bars
from eventstudy.intraday.result import IntradayResults
from eventstudy.intraday.same_day import DayPosition, position_of_day
from eventstudy.intraday.statistics import (
    WindowData,
    WindowOutcome,
    evaluate_windows,
    pair_placebo,
)
from eventstudy.intraday.ticks import OUTSIDE, spikes
from eventstudy.io.timestamps import is_like_a_time
from eventstudy.markets.market import find_market
from eventstudy.registry import unknown
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.intraday.bars import IntradayBars
    from eventstudy.intraday.specification import IntradaySpecification


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EstimatedSeries:
    """A series with all its positions.

    Attributes
    ----------
    series : the window on every session
    sums : for every window a dictionary from session to the sum there
    levels : the same with the volatility known before, over that of the estimation days
    """

    series: WindowSeries
    sums: tuple[dict[int, WindowSum], ...]
    levels: tuple[dict[int, float], ...]


def run_intraday_study(
    study: IntradaySpecification, events: object, bars: object
) -> IntradayResults:
    """Fit `study` on events and bars; see `IntradayStudy.fit`."""
    event_table, loaded = as_events(events), as_bars(bars)
    grids, left_out, checks = _grids(study, loaded)
    benchmark = grids.pop(study.benchmark) if study.benchmark is not None else None
    # Several securities may share a market, so its name is not theirs.
    built_in = [market for name in grids if (market := find_market(name)) is not None]
    known = known_names(built_in, columns=loaded.securities)
    event_table = with_markets(event_table, known, len(grids))
    pairs, dropped = pairs_on_bars(study, event_table, grids)
    claimed = {name: _claimed(grid, pairs) for name, grid in grids.items()}
    masks = claimed if study.mask_events else {}
    ranges = [bar_range(window, loaded.minutes) for window in study.windows]
    begin = bar_range(study.window, loaded.minutes)[0]
    slices = [slice(low - begin, high - begin) for low, high in ranges]
    found: _OtherDays | _OwnDay
    if study.estimation == "same_day":
        found = _on_own_day(study, pairs, grids, masks, benchmark, begin, slices)
    else:
        found = _on_other_days(study, pairs, grids, masks, benchmark, slices)
    dropped += [
        dropped_row(event_table, pair.event, pair.security, refusal)
        for pair, refusal in found.refused
    ]
    lost = frames.dropped_frame(dropped)
    if not found.pairs:
        reasons = lost.groupby(["stage", "reason"], sort=False).size().rename("pairs").reset_index()
        why = str(lost["reason"].iloc[0]) if len(lost) else "no event and no security"
        raise CoverageError(f"no pair is left: {why}", reasons)
    own_grids = [grids[pair.security] for pair in found.pairs]
    windows = found.windows()
    statistics = evaluate_windows(
        study, event_table, found.pairs, windows,
        starts=np.array([
            grid.slot_starts[pair.slot] for pair, grid in zip(found.pairs, own_grids, strict=True)
        ]),
    )  # fmt: skip
    estimated = frames.EstimatedPairs(
        study=study,
        events=event_table,
        minutes=loaded.minutes,
        begin=begin,
        slices=slices,
        pairs=found.pairs,
        grids=own_grids,
        series=found.series,
        positions=found.positions,
        claimed=claimed,
    )
    return IntradayResults(
        alignment=frames.alignment_frame(estimated),
        abnormal_returns=frames.abnormal_frame(estimated),
        car=frames.car_frame(
            estimated,
            [data.observed for data in windows],
            found.levels(),
            [pair_placebo(data.observed, data.drawn) for data in windows],
        ),
        caar=frames.caar_frame(estimated),
        statistics=statistics,
        pattern=frames.pattern_frame(estimated),
        days=frames.days_frame(estimated),
        dropped=lost,
        left_out=join_left_out([loaded.left_out, left_out]),
        checks=checks,
        manifest=frames.manifest(study, event_table, loaded, grids),
    )


@dataclass(slots=True, kw_only=True)
class _OtherDays:
    """Pairs estimated on other days, those that could not be, and what tests need of them."""

    study: IntradaySpecification
    slices: list[slice]
    estimates: list[EstimatedSeries] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    refused: list[tuple[Pair, Refusal]] = field(default_factory=list)

    @property
    def series(self) -> list[WindowSeries]:
        return [self.estimates[index].series for index in self.index]

    def windows(self) -> list[WindowData]:
        sessions = [estimate.series.grid.sessions for estimate in self.estimates]
        days = [
            {s: estimation_of(estimate.series, s) for s in range(len(estimate.series.returns))}
            for estimate in self.estimates
        ]
        return [
            WindowData(
                observed=[
                    self._outcome(w, index, pair.session)
                    for pair, index in zip(self.pairs, self.index, strict=True)
                ],
                drawn=[
                    self._outcome(w, index, session)
                    for index, estimate in enumerate(self.estimates)
                    for session in estimate.sums[w]
                ],
                sessions=sessions,
                days=days,
                length=self.study.days,
            )
            for w in range(len(self.slices))
        ]

    def levels(self) -> list[list[float]]:
        return [[outcome.level for outcome in data.observed] for data in self.windows()]

    def _outcome(self, w: int, index: int, session: int) -> WindowOutcome:
        estimate = self.estimates[index]
        return WindowOutcome(
            row=index,
            session=session,
            total=estimate.sums[w].get(session),
            level=estimate.levels[w].get(session, np.nan),
        )


def _on_other_days(
    study: IntradaySpecification,
    pairs: Iterable[Pair],
    grids: Mapping[str, Grid],
    masks: Mapping[str, BoolArray],
    benchmark: Grid | None,
    slices: list[slice],
) -> _OtherDays:
    """Estimate every pair on earlier days."""
    found = _OtherDays(study=study, slices=slices)
    index_of: dict[tuple[object, ...], int] = {}
    for pair in pairs:
        grid = grids[pair.security]
        series = make_series(grid, pair.offset, pair.column, masks.get(pair.security), benchmark)
        n_days = min(int(series.usable[: pair.session].sum()), study.days)
        key = (pair.security, pair.offset.tobytes(), pair.column.tobytes(), n_days)
        series = (
            found.estimates[index_of[key]].series
            if key in index_of
            else replace(series, n_days=n_days)
        )
        position = _position(study, series, pair)
        if isinstance(position, Refusal):
            found.refused.append((pair, position))
            continue
        if key not in index_of:
            index_of[key] = len(found.estimates)
            found.estimates.append(_estimate_series(study, series, slices))
        found.pairs.append(pair)
        found.index.append(index_of[key])
        found.positions.append(position)
    return found


@dataclass(slots=True, kw_only=True)
class _OwnDay:
    """The same of pairs estimated on the bars of their own day before the window."""

    slices: list[slice]
    grids: list[Grid] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    positions: list[DayPosition] = field(default_factory=list)
    refused: list[tuple[Pair, Refusal]] = field(default_factory=list)

    @property
    def series(self) -> list[WindowSeries]:
        return []

    def windows(self) -> list[WindowData]:
        return [
            windows_of_days(self.pairs, self.grids, self.positions, bars) for bars in self.slices
        ]

    def levels(self) -> list[list[float]]:
        return [[position.level(bars) for position in self.positions] for bars in self.slices]


def _on_own_day(
    study: IntradaySpecification,
    pairs: Iterable[Pair],
    grids: Mapping[str, Grid],
    masks: Mapping[str, BoolArray],
    benchmark: Grid | None,
    begin: int,
    slices: list[slice],
) -> _OwnDay:
    """Estimate every pair on the bars of its own day before the window."""
    found = _OwnDay(slices=slices)
    factors: dict[str, FloatArray] = {}
    for pair in pairs:
        grid = grids[pair.security]
        if benchmark is not None and pair.security not in factors:
            factors[pair.security] = _on_bars(benchmark, grid)
        position = position_of_day(
            study, grid, pair,
            begin=begin, claimed=masks.get(pair.security), factor=factors.get(pair.security),
        )  # fmt: skip
        if isinstance(position, Refusal):
            found.refused.append((pair, position))
            continue
        if beyond := int((pair.offset != 0).sum()):
            note = f"{counted(beyond, 'bar')} of the window in another session, left out"
            pair = replace(pair, notes=(*pair.notes, note))  # noqa: PLW2901 - what is known of it
        found.pairs.append(pair)
        found.grids.append(grid)
        found.positions.append(position)
    return found


def as_events(events: object) -> Events:
    """Return events from whatever holds them; one time of news is one event."""
    if isinstance(events, Events):
        return events
    if isinstance(events, pd.DataFrame):
        return Events.from_frame(events)
    if isinstance(events, str) and is_like_a_time(events) and not _is_file(events):
        frame = pd.DataFrame({"event_id": ["news"], "published_at": [events]})
        return Events.from_frame(frame, name="event")
    return read_events(str(events))


def _is_file(text: str) -> bool:
    """Return whether a text is the path of a file or ends as a file name does; no time does."""
    return Path(text).suffix[1:2].isalpha() or Path(text).exists()


def _grids(
    study: IntradaySpecification, bars: IntradayBars
) -> tuple[dict[str, Grid], pd.DataFrame, pd.DataFrame]:
    names = bars.securities
    for name in [
        study.benchmark,
        *(dict(study.market) if isinstance(study.market, tuple) else ()),
    ]:
        if name is not None and name not in names:
            raise unknown(f"{bars.name} has no bars of {name!r}", name, names)
    if study.benchmark is not None and len(names) == 1:
        raise SpecificationError(f"{bars.name} holds the benchmark alone; add another security")
    grids: dict[str, Grid] = {}
    rows: list[dict[str, Any]] = []
    checks = [
        {"security": bars.name, "check": "bars_read", "detail": said.removeprefix(f"{bars.name}: ")}
        for said in bars.assumed
    ]
    for name in names:
        market = market_of(name, study.market_for(name))
        grids[name], left, wrong = make_grid(
            bars, name, market, hours=study.hours, overnight=study.overnight, kind=study.kind,
            least_sessions=1 if study.estimation == "same_day" else 2,
        )  # fmt: skip
        rows += left
        if wrong:
            checks.append({"security": name, "check": "bar_labels", "detail": wrong})
            warnings.warn(f"{name}: {wrong}", EventStudyWarning, stacklevel=4)
        found = spikes(bars.frame[bars.frame["security"] == name])
        if found:
            checks.append({"security": name, "check": "price_spike", "detail": found})
            warnings.warn(f"{name}: {found}", EventStudyWarning, stacklevel=4)
    odd = bars.left_out[bars.left_out["reason"] == OUTSIDE]
    for name, count, first in zip(odd["security"], odd["bars"], odd["first"], strict=True):
        detail = f"{counted(int(count), 'bar')} left out, the first of {first}: {OUTSIDE}"
        checks.append({"security": name, "check": "bar_contradiction", "detail": detail})
    return (
        grids,
        left_out_frame(rows),
        pd.DataFrame(checks, columns=["security", "check", "detail"]),
    )


def _claimed(grid: Grid, pairs: Iterable[Pair]) -> BoolArray:
    """Which bars lie in the window of an event of this security, ``(S, C)``."""
    out = np.zeros(grid.returns.shape, dtype=bool)
    for pair in pairs:
        if pair.security == grid.security:
            inside = pair.column >= 0
            out[pair.session + pair.offset[inside], pair.column[inside]] = True
    return out


def make_series(
    grid: Grid,
    offset: IntArray,
    column: IntArray,
    claimed: BoolArray | None,
    benchmark: Grid | None,
    n_days: int = 0,
) -> WindowSeries:
    """Return one window of a grid on every session."""
    n_sessions = len(grid.sessions)
    session = np.arange(n_sessions)[:, None] + offset
    inside = (session >= 0) & (session < n_sessions) & (column >= 0)
    at = np.where(inside, session, 0)

    def on_window(values: FloatArray) -> FloatArray:
        return np.where(inside, values[at, column], np.nan)

    returns = on_window(grid.returns)
    masked = returns
    if claimed is not None:
        masked = np.where(inside & claimed[at, column], np.nan, returns)
    factor = None
    if benchmark is not None:
        factor = on_window(_on_bars(benchmark, grid))
    return WindowSeries(
        grid=grid, offset=offset, column=column, returns=returns, masked=masked, factor=factor,
        n_days=n_days,
    )  # fmt: skip


def _on_bars(benchmark: Grid, grid: Grid) -> FloatArray:
    """The benchmark's return of the bar that begins at the same instant, ``(S, C)``."""
    starts = benchmark.slot_starts
    values = benchmark.flat(benchmark.returns)
    at = np.minimum(np.searchsorted(starts, grid.starts), len(starts) - 1)
    return np.where(starts[at] == grid.starts, values[at], np.nan)


def estimation_of(series: WindowSeries, session: int) -> IntArray:
    """Return the estimation days of one day of a series."""
    return estimation_days(series.usable, session, series.n_days)


def _position(study: IntradaySpecification, series: WindowSeries, pair: Pair) -> Position | Refusal:
    """Return the position of a pair, or why there is none."""
    fewer = f"fewer than min_days = {study.min_days}"
    if series.n_days < study.min_days:
        reason = (
            f"{series.n_days} earlier days have bars of this window, {fewer}; estimation "
            '"same_day" takes the bars of its own day before the window'
        )
        return Refusal(stage="min_days", reason=reason)
    position = estimate_window(
        series, pair.session, estimation_of(series, pair.session), study.min_days
    )
    if np.isfinite(position.abnormal).any():
        return position
    has_return = np.isfinite(series.returns[pair.session])
    if not has_return.any():
        return Refusal(stage="model", reason="no bar of the window has a return")
    if (most := position.n[has_return].max()) < study.min_days:
        reason = f"no bar of the window has more than {most} earlier days, {fewer}"
        return Refusal(stage="min_days", reason=reason)
    if not np.isfinite(position.normal[has_return]).any():
        reason = "the benchmark has no return in the window, or none that varies on earlier days"
        return Refusal(stage="model", reason=reason)
    return Refusal(stage="model", reason="no bar of the window varies on earlier days")


def _estimate_series(
    study: IntradaySpecification, series: WindowSeries, slices: list[slice]
) -> EstimatedSeries:
    """Estimate a series on every session on which that can be done."""
    grid = series.grid
    sums: tuple[dict[int, WindowSum], ...] = tuple({} for _ in slices)
    levels: tuple[dict[int, float], ...] = tuple({} for _ in slices)
    patterns: dict[bytes, tuple[float, FloatArray]] = {}
    for session in np.flatnonzero(np.isfinite(series.returns).any(axis=1)):
        days = estimation_of(series, int(session))
        if len(days) < series.n_days:
            continue
        position = estimate_window(series, int(session), days, study.min_days)
        for w, bars in enumerate(slices):
            total = sum_window(position, bars)
            if total is None:
                continue
            sums[w][int(session)] = total
            key = days.tobytes()
            if key not in patterns:
                patterns[key] = pattern(grid.returns[days])
            at = session + series.offset[bars.start], series.column[bars.start]
            is_there = 0 <= at[0] < len(grid.sessions) and at[1] >= 0
            slot = int(grid.slot[at]) if is_there else -1
            levels[w][int(session)] = level_before(grid, slot, patterns[key])
    return EstimatedSeries(series=series, sums=sums, levels=levels)
