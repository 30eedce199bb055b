"""The design tests are evaluated on, and the evidence of one group and window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.abnormal import CumulativeReturns, cumulate
from eventstudy.estimation.clusters import Structure, structure
from eventstudy.inference.evidence import Block, Evidence
from eventstudy.inference.placements import (
    PlaceboTable,
    Placements,
    draw_placements,
    draw_seed,
    volatility_decile,
)

if TYPE_CHECKING:
    from eventstudy._typing import Alternative, DateArray, DrawsFrom, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.windows import Window


MIN_GAP = 5
"""Weekdays that separate two clusters at the least (docs/methods.md, section 6)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """The pairs of a study and all that tests of them need.

    Attributes
    ----------
    table, dependence : abnormal returns of the ``P`` pairs, and what derives from them
    event, sign : ``(P,)`` rank of the event in time, and the sign it is multiplied by; 0 leaves a
        pair out of every group
    date, begin : ``(P,)`` label of day 0, and of the earliest one the pair stands for (policies
        ``widen`` and ``merge``)
    placebo, placebo_dependence : the same of every position a placebo can take
    simple : whether returns are simple
    draws, seed : of the placebos
    alternative : which deviations from the null count
    draws_from : ``all`` dates, or those whose volatility known beforehand is like the real one's
    """

    table: AbnormalReturns
    dependence: ResidualDependence
    event: IntArray
    sign: FloatArray
    date: DateArray
    begin: DateArray
    placebo: PlaceboTable
    placebo_dependence: ResidualDependence
    simple: bool
    draws: int
    seed: int
    alternative: Alternative = "two-sided"
    draws_from: DrawsFrom = "all"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cumulated:
    """One window, cumulated once for the data and once for the placebo positions.

    Attributes
    ----------
    decile : ``(U,)`` of the volatility of each placebo position; None where dates are not matched
    """

    window: Window
    real: CumulativeReturns
    placebo: CumulativeReturns
    decile: IntArray | None = None


def cumulate_both(design: Design, window: Window) -> Cumulated:
    """Cumulate the pairs and every placebo position over one window."""
    placebo = cumulate(design.placebo.table, window, simple=design.simple)
    is_matched = design.draws_from == "volatility_matched"
    return Cumulated(
        window=window,
        real=cumulate(design.table, window, simple=design.simple),
        placebo=placebo,
        decile=volatility_decile(design.placebo, placebo.volatility) if is_matched else None,
    )


class GroupCache:
    """What the windows of one group share, by the pairs they hold."""

    def __init__(self) -> None:
        self.units: dict[bytes, IntArray] = {}
        self.placements: dict[tuple[bytes, int, int, int], Placements] = {}
        self.sizes: dict[tuple[bytes, str], dict[str, object]] = {}
        self.is_measured = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """The evidence of one group in one window, and where its placebos went.

    Attributes
    ----------
    real, drawn : the data, and the placebo draws (None without any)
    placed : the draws' placements, with the reason where there are none
    built : which pairs are one observation
    """

    real: Evidence
    drawn: Evidence | None
    placed: Placements
    built: Structure


def gather_evidence(
    design: Design,
    held: IntArray,
    absent: IntArray,
    session: Cumulated,
    memo: GroupCache,
) -> Gathered:
    """Return the evidence of the pairs `held` of a group in one window."""
    window = session.window
    sign = design.sign[held]
    held_key = held.tobytes()
    built = pair_structure(design, held, window, memo.units.get(held_key))
    memo.units[held_key] = built.unit
    gap = max(window.length, MIN_GAP)
    seed = draw_seed(design.seed, gap, max(window.end, 0))
    real = Evidence(
        table=design.table,
        window=session.real,
        blocks=(
            Block(
                columns=np.arange(len(held)),
                rows=held[None, :],
                moves=np.zeros(1, dtype=np.int64),
                pick=np.zeros(1, dtype=np.int64),
            ),
        ),
        structure=built,
        origin=held,
        sign=sign,
        absent=absent,
        absent_sign=design.sign[absent],
        dependence=design.dependence,
        alternative=design.alternative,
        seed=seed,
    )
    # Windows that reach equally far admit the same placebo dates: the estimation window, which
    # must be inside the data anyway, starts before any of them. Only where it does not, or where
    # dates are matched by the volatility before the window, does the window's start count.
    has_start = session.decile is not None or design.placebo.first_row is not None
    key = (held_key, gap, max(window.end, 0), window.start if has_start else 0)
    placed = memo.placements.get(key)
    if placed is None:
        placed = place_pairs(
            design, built, held, start=window.start, end=window.end, gap=gap, seed=seed,
            decile=session.decile,
        )  # fmt: skip
        memo.placements[key] = placed
    drawn = (
        Evidence(
            table=design.placebo.table,
            window=session.placebo,
            blocks=placed.blocks,
            structure=built,
            origin=held,
            sign=sign,
            absent=absent[:0],
            absent_sign=sign[:0],
            dependence=design.placebo_dependence,
            alternative=design.alternative,
            seed=seed,
        )
        if placed.blocks
        else None
    )
    return Gathered(real=real, drawn=drawn, placed=placed, built=built)


def place_pairs(
    design: Design,
    built: Structure,
    held: IntArray,
    *,
    start: int,
    end: int,
    gap: int,
    seed: tuple[int, ...],
    decile: IntArray | None = None,
) -> Placements:
    """Draw placebo dates of the pairs `held`; see `eventstudy.inference.placements.place`."""
    return draw_placements(
        design.placebo,
        built,
        security=design.table.security[held],
        day0=design.table.day0[held],
        date=design.date[held],
        extension=design.table.extension[held],
        start=start,
        end=max(end, 0),
        gap=gap,
        draws=design.draws,
        seed=seed,
        decile=decile,
        begin=design.begin[held],
    )


def pair_structure(
    design: Design, held: IntArray, window: Window, unit: IntArray | None = None
) -> Structure:
    """Find units, portfolios and clusters of the pairs `held` in one window."""
    table = design.table
    rows = np.arange(len(held))
    extension = table.extension[held]
    first = np.clip(window.start - extension - table.taus[0], 0, len(table.taus) - 1)
    last = np.clip(window.end - table.taus[0], 0, len(table.taus) - 1)
    date = design.date[held]
    dates = table.dates[held]
    first_date, last_date = dates[rows, first], dates[:, last]
    return structure(
        event=design.event[held],
        security=table.security[held],
        day0=table.day0[held],
        date=date,
        first_date=np.where(np.isnat(first_date), date, first_date),
        last_date=np.where(np.isnat(last_date), date, last_date),
        extension=extension,
        sign=design.sign[held],
        length=window.length,
        gap=max(window.length, MIN_GAP),
        unit=unit,
        begin=design.begin[held],
    )
