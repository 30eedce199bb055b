"""All specifications of a curve at the same placebo dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.design import MIN_GAP
from eventstudy.inference.evidence import Block, Evidence
from eventstudy.inference.moments import pair_moments
from eventstudy.inference.moves import choose_moves
from eventstudy.inference.placebo import rank_among_placebos, unit_t, unit_z
from eventstudy.inference.placements import (
    MIN_PLACEMENTS,
    Placements,
    admissible_moves,
    draw_seed,
    too_few_placements,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import Alternative, FloatArray, IntArray
    from eventstudy.curve.runs import PairsInWindow, SpecificationRun
    from eventstudy.estimation.abnormal import CumulativeReturns
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EstimatedSpecification:
    """One specification: a run and a window in which it has abnormal returns."""

    run: SpecificationRun
    window: Window
    in_window: PairsInWindow

    @property
    def weekday(self) -> IntArray:
        """Weekday of day 0 of its pairs, ``(n,)``."""
        return self.run.weekday[self.in_window.rows]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedPlacements:
    """The clusters of all specifications and the moves each of them takes in every draw.

    Attributes
    ----------
    first : ``(C,)`` weekday each cluster starts on, ascending
    moves : admissible moves of each cluster, in every specification
    pick : ``(B, C)`` the move each takes in each draw
    enumerated, holds_real : whether these are all placements, with the real dates among them
    reason : why there are none
    """

    first: IntArray
    moves: tuple[IntArray, ...]
    pick: IntArray
    enumerated: bool
    holds_real: bool
    reason: str = ""

    @property
    def n_draws(self) -> int:
        """B."""
        return len(self.pick)


def place_together(
    specs: Sequence[EstimatedSpecification], *, draws: int, seed: int
) -> SharedPlacements:
    """Draw placements that every specification can take.

    Units of any specification nearer than the longest window (5 weekdays at least) are one
    cluster, and so is what one pair does in several of them. A move counts when it is admissible
    in all.
    """
    gap = max(MIN_GAP, *(spec.window.length for spec in specs))
    end = max(0, *(spec.window.end for spec in specs))
    spans = _spans(specs, gap)
    moves: list[IntArray] = []
    for number in range(len(spans)):
        moves_of_specs = [_moves(spec, spans[:, 0], number)[0] for spec in specs]
        of_specifications = [move for move in moves_of_specs if move is not None]
        moves.append(
            reduce(np.intersect1d, of_specifications)
            if of_specifications
            else np.zeros(1, dtype=np.int64)
        )
    none = SharedPlacements(
        first=spans[:, 0], moves=tuple(moves), pick=np.empty((0, len(spans)), dtype=np.int64),
        enumerated=False, holds_real=False,
    )  # fmt: skip
    if not draws:
        return replace(none, reason="no placebo draws were asked for")
    if any(not move.size for move in moves):
        return replace(none, reason="no placebo date has full windows in every specification")
    pick, enumerated = choose_moves(spans, moves, gap, draws, draw_seed(seed, gap, end))
    if pick is None:
        return replace(none, reason="the event dates leave no room to move them apart")
    if enumerated and len(pick) < MIN_PLACEMENTS:
        return replace(
            none,
            reason=too_few_placements(len(pick), " in every specification"),
        )
    is_unmoved = np.column_stack([move[pick[:, c]] == 0 for c, move in enumerate(moves)])
    return replace(
        none, pick=pick, enumerated=enumerated, holds_real=bool(is_unmoved.all(axis=1).any())
    )


def _spans(specs: Sequence[EstimatedSpecification], gap: int) -> IntArray:
    """First and last weekday of every cluster ``(C, 2)``, `gap` or more apart."""
    low, high = [], []
    earliest: dict[int, int] = {}
    latest: dict[int, int] = {}
    for spec in specs:
        weekday, unit = spec.weekday, spec.in_window.structure.unit
        begin = np.full(int(unit.max()) + 1, np.iinfo(np.int64).max)
        finish = np.full(int(unit.max()) + 1, np.iinfo(np.int64).min)
        np.minimum.at(begin, unit, weekday)
        np.maximum.at(finish, unit, weekday)
        low.append(begin)
        high.append(finish)
        pairs = spec.run.pair[spec.in_window.rows]
        for pair, day in zip(pairs.tolist(), weekday.tolist(), strict=True):
            earliest[pair] = min(day, earliest.get(pair, day))
            latest[pair] = max(day, latest.get(pair, day))
    starts = np.concatenate([*low, np.array(list(earliest.values()), dtype=np.int64)])
    ends = np.concatenate([*high, np.array(list(latest.values()), dtype=np.int64)])
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    is_new = np.r_[True, starts[1:] - reach[:-1] >= gap]
    last = np.r_[np.flatnonzero(is_new)[1:] - 1, len(starts) - 1]
    return np.column_stack([starts[is_new], reach[last]])


def _moves(
    spec: EstimatedSpecification, first: IntArray, cluster: int
) -> tuple[IntArray | None, IntArray, IntArray]:
    """Admissible moves of a cluster in one specification, its positions there, and its pairs.

    Moves are None where the specification has no pair in the cluster.
    """
    cluster_of = np.searchsorted(first, spec.weekday, side="right") - 1
    members = np.flatnonzero(cluster_of == cluster)
    if not members.size:
        return None, np.empty((0, 0), dtype=np.int64), members
    run, pairs = spec.run, spec.in_window.rows[members]
    move, row = admissible_moves(
        run.placebo,
        run.security[pairs],
        run.day0[pairs],
        run.weekday[pairs],
        run.extension[pairs],
        spec.window.start,
        max(spec.window.end, 0),
    )
    return move, row, members


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankedSpecification:
    """One specification: the real dates and every draw.

    Attributes
    ----------
    estimate, std_error : mean CAR, and its standard error by units
    statistic, effect : T, and the mean of Z
    pvalue, critical : of the placebo test; NaN without draws
    statistics, effects, estimates : ``(B,)`` the same in every draw
    """

    n_pairs: int
    n_units: int
    estimate: float
    std_error: float
    statistic: float
    effect: float
    pvalue: float
    critical: float
    statistics: FloatArray
    effects: FloatArray
    estimates: FloatArray


def rank_together(
    spec: EstimatedSpecification, shared: SharedPlacements, alternative: Alternative
) -> RankedSpecification:
    """Test one specification against the placements all of them share."""
    run, in_window = spec.run, spec.in_window
    n = len(in_window.rows)
    identity = Block(
        columns=np.arange(n),
        rows=np.arange(n)[None, :],
        moves=np.zeros(1, dtype=np.int64),
        pick=np.zeros(1, dtype=np.int64),
    )
    real = _evidence(spec, in_window.real, (identity,), alternative)
    z = unit_z(real)
    car = in_window.real.car * run.sign[in_window.rows]
    facts: dict[str, Any] = {
        "n_pairs": n,
        "n_units": in_window.structure.n_units,
        "estimate": float(car.mean()),
        "std_error": _std_error(car, in_window.structure.unit),
        "statistic": float(unit_t(z)[0]),
        "effect": float(z.mean()),
    }
    if not shared.n_draws:
        no_draws = np.empty(0)
        return RankedSpecification(
            **facts, pvalue=np.nan, critical=np.nan,
            statistics=no_draws, effects=no_draws, estimates=no_draws,
        )  # fmt: skip
    blocks = []
    for number, moves in enumerate(shared.moves):
        move, row, members = _moves(spec, shared.first, number)
        if move is None:
            continue
        at = np.searchsorted(move, moves)
        blocks.append(
            Block(columns=members, rows=row[at], moves=moves, pick=shared.pick[:, number])
        )
    drawn = _evidence(spec, in_window.placebo, tuple(blocks), alternative)
    placed = Placements(
        blocks=drawn.blocks, enumerated=shared.enumerated, holds_real=shared.holds_real
    )
    ranked = rank_among_placebos(real, drawn, placed)
    z = unit_z(drawn)
    is_there = np.isfinite(z)
    with np.errstate(invalid="ignore"):
        effects = np.where(is_there, z, 0.0).sum(axis=1) / is_there.sum(axis=1)
    return RankedSpecification(
        **facts,
        pvalue=np.nan if ranked is None else ranked.pvalue,
        critical=np.nan if ranked is None else ranked.critical,
        statistics=unit_t(z),
        effects=effects,
        estimates=pair_moments(drawn, in_window.placebo.car).mean,
    )


def _evidence(
    spec: EstimatedSpecification,
    window: CumulativeReturns,
    blocks: tuple[Block, ...],
    alternative: Alternative,
) -> Evidence:
    run, in_window = spec.run, spec.in_window
    no_pairs = np.empty(0, dtype=np.int64)
    no_residuals = ResidualDependence(np.empty((0, 0), dtype="datetime64[D]"), np.empty((0, 0)))
    return Evidence(
        table=run.placebo.table,
        window=window,
        blocks=blocks,
        structure=in_window.structure,
        origin=run.pair[in_window.rows],
        sign=run.sign[in_window.rows],
        absent=no_pairs,
        absent_sign=np.empty(0),
        dependence=no_residuals,
        alternative=alternative,
    )


def _std_error(car: FloatArray, unit: IntArray) -> float:
    """Standard error of the mean CAR, pairs of one unit as one: that of the CAAR band."""
    units = int(unit.max()) + 1
    if units < 2:
        return float("nan")
    total = np.bincount(unit, weights=car - car.mean(), minlength=units)
    return float(np.sqrt(units / (units - 1) * (total @ total)) / len(car))
