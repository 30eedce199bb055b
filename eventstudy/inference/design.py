"""`Design`, the pairs and placebo positions tests are run on, and the evidence drawn from it.

`gather_evidence` gives what every statistic of one group and window is computed from;
`study.design` makes the `Design` of a study.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.abnormal import CumulativeReturns, cumulate
from eventstudy.estimation.clusters import Structure, structure
from eventstudy.inference.draw_memory import DrawMemory
from eventstudy.inference.evidence import Block, Evidence
from eventstudy.inference.once import Once, OnceOf
from eventstudy.inference.placements import (
    PlaceboTable,
    Placements,
    draw_placements,
    draw_seed,
    volatility_decile,
)
from eventstudy.inference.unit_series import MovablePairs, UnitSeries
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eventstudy._typing import Alternative, DateArray, DrawsFrom, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.inference.measured_size import MeasuredSize


_FEW_DRAWS = 4
MIN_GAP = 5
"""Weekdays that separate two clusters at the least (docs/methods.md, section 6)."""

WINDOWS_AT_A_TIME = 3
"""Windows of which the totals of all positions are held, where sessions are not."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """The pairs of a study and all that tests of them need.

    Attributes
    ----------
    table, dependence : abnormal returns of the ``P`` pairs, and how their residuals move together
    event, sign : ``(P,)`` rank of the event in time, and the sign it is multiplied by; 0 leaves a
        pair out of every group
    moment : ``(P,)`` number of the time its event became known; events of one time have the same
    slot : ``(P,)`` what day 0s of different markets that overlap in calendar time have in common
    date, begin : ``(P,)`` label of day 0, and of the earliest one the pair stands for (policies
        ``widen`` and ``merge``)
    placebo, placebo_dependence : the same of every position a placebo can take
    simple : whether returns are simple
    draws, seed : of the placebos
    alternative : which deviations from the null count
    draws_from : ``all`` dates, or those whose volatility known beforehand is like the real one's
    memory : of the draws, for whoever asks for the same again
    """

    table: AbnormalReturns
    dependence: ResidualDependence
    event: IntArray
    moment: IntArray
    sign: FloatArray
    slot: DateArray
    date: DateArray
    begin: DateArray
    placebo: PlaceboTable
    placebo_dependence: ResidualDependence
    simple: bool
    draws: int
    seed: int
    alternative: Alternative = "two-sided"
    draws_from: DrawsFrom = "all"
    memory: DrawMemory = field(default_factory=DrawMemory)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cumulated:
    """One window, cumulated once for the data and once for the placebo positions.

    Attributes
    ----------
    decile : ``(U,)`` of the volatility of each placebo position; None where dates are not matched
    moved : means of ``placebo.z`` over units on any weekday; None where the draws visit few of them
    places : the placebo positions on any weekday; None where they are estimated when asked
    """

    window: Window
    real: CumulativeReturns
    placebo: CumulativeReturns
    decile: IntArray | None = None
    moved: UnitSeries | None = None
    places: MovablePairs | None = None


def cumulate_both(design: Design, window: Window) -> Cumulated:
    """Cumulate the pairs and every placebo position over one window."""
    return cumulate_all(design, [window])[window]


def cumulate_all(design: Design, windows: Iterable[Window]) -> dict[Window, Cumulated]:
    """Cumulate the pairs and every placebo position over windows, each of them once."""
    each = list(dict.fromkeys(windows))
    is_matched = design.draws_from == "volatility_matched"
    # In a large study each draw is gathered: series of units on all weekdays would be too many.
    pairs = None
    if design.placebo.estimates is None and design.draws:
        pairs = MovablePairs(design.table, design.date, design.placebo)
    is_dense = _FEW_DRAWS * design.draws > design.placebo.on_or_after.shape[1]
    found = {}
    for window, placebo in placebo_totals(design, each).items():
        found[window] = Cumulated(
            window=window,
            real=cumulate(design.table, window, simple=design.simple),
            placebo=placebo,
            decile=volatility_decile(design.placebo, placebo.volatility) if is_matched else None,
            moved=UnitSeries(pairs, placebo.z) if pairs is not None and is_dense else None,
            places=pairs,
        )
    return found


class EachWindow(Mapping[Window, Cumulated]):
    """Windows cumulated once, or, in a study too large for that, a few at a time when asked."""

    def __init__(self, design: Design, windows: Iterable[Window]) -> None:
        self._design = design
        self._windows = list(dict.fromkeys(windows))
        self._kept = {} if design.placebo.estimates else cumulate_all(design, self._windows)

    def __getitem__(self, window: Window) -> Cumulated:
        if self._design.placebo.estimates is None:
            return self._kept[window]
        at = self._windows.index(window)
        begin = at - at % WINDOWS_AT_A_TIME
        return cumulate_all(self._design, self._windows[begin : begin + WINDOWS_AT_A_TIME])[window]

    def __iter__(self) -> Iterator[Window]:
        return iter(self._windows)

    def __len__(self) -> int:
        return len(self._windows)


def placebo_totals(design: Design, windows: Sequence[Window]) -> dict[Window, CumulativeReturns]:
    """Cumulate every placebo position over windows; of a large study see `PositionEstimates`."""
    placebo = design.placebo
    if placebo.estimates is not None:
        return placebo.estimates.totals(windows)
    return {window: cumulate(placebo.table, window, simple=design.simple) for window in windows}


class GroupCache:
    """What the windows of one group share, by the pairs that have an abnormal return in them.

    Attributes
    ----------
    whole : what depends on all pairs of a group, those absent in a window too
    placements : of the draws, by gap and reach of the window too
    rough : blocks of draws in rough times, by window
    sizes : measured in the first window that holds the pairs, by statistic too
    is_measured : whether that window has been gone through
    """

    def __init__(self) -> None:
        self.whole: dict[bytes, Once] = {}
        self.placements: dict[tuple[bytes, int, int, int], Placements] = {}
        self.rough: dict[tuple[bytes, int, int], tuple[Block, ...]] = {}
        self.sizes: dict[tuple[bytes, str], MeasuredSize] = {}
        self.is_measured = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """The evidence of one group in one window, and where its placebos went.

    Attributes
    ----------
    real, drawn : the data, and the placebo draws (None without any)
    placements : those of the draws, with the reason where there are none
    structure : which pairs are one observation
    """

    real: Evidence
    drawn: Evidence | None
    placements: Placements
    structure: Structure


def gather_evidence(
    design: Design,
    pairs: IntArray,
    absent: IntArray,
    totals: Cumulated,
    cache: GroupCache,
    *,
    is_drawn: bool = True,
) -> Gathered:
    """Return the evidence of `pairs` of a group that have an abnormal return in one window.

    `absent` are the pairs of the group that have none. What other windows of the same pairs need
    too is kept in `cache`. Without `is_drawn` no placebo dates are drawn, where no test asks for
    those of the group alone.
    """
    window = totals.window
    sign = design.sign[pairs]
    pairs_key = pairs.tobytes()
    pairs_structure = pair_structure(design, pairs, window)
    gap = max(window.length, MIN_GAP)
    seed = draw_seed(design.seed, gap, max(window.end, 0))
    real = Evidence(
        table=design.table,
        window=totals.real,
        blocks=(
            Block(
                columns=np.arange(len(pairs)),
                rows=pairs[None, :],
                moves=np.zeros(1, dtype=np.int64),
                pick=np.zeros(1, dtype=np.int64),
            ),
        ),
        structure=pairs_structure,
        origin=pairs,
        sign=sign,
        absent=absent,
        absent_sign=design.sign[absent],
        dependence=design.dependence,
        alternative=design.alternative,
        seed=seed,
        group=cache.whole.setdefault(np.sort(np.r_[pairs, absent]).tobytes(), Once()),
    )
    # Windows that reach equally far admit the same placebo dates: the estimation window, which
    # must be inside the data anyway, starts before any of them. Only where it does not, or where
    # dates are matched by the volatility before the window, does the window's start count.
    has_start = totals.decile is not None or design.placebo.first_row is not None
    key = (pairs_key, gap, max(window.end, 0), window.start if has_start else 0)
    placements = cache.placements.get(key)
    if placements is None and not is_drawn:
        placements = Placements(blocks=(), enumerated=False, holds_real=False)
    elif placements is None:
        placements = place_pairs(
            design, pairs_structure, pairs, start=window.start, end=window.end, gap=gap, seed=seed,
            decile=totals.decile,
        )  # fmt: skip
        cache.placements[key] = placements
    drawn = (
        Evidence(
            table=design.placebo.table,
            window=totals.placebo,
            blocks=placements.blocks,
            structure=pairs_structure,
            origin=pairs,
            sign=sign,
            absent=absent[:0],
            absent_sign=sign[:0],
            dependence=design.placebo_dependence,
            alternative=design.alternative,
            seed=seed,
            moved=totals.moved,
            places=totals.places,
            once=OnceOf(placements.blocks, sign),
        )
        if placements.blocks
        else None
    )
    return Gathered(real=real, drawn=drawn, placements=placements, structure=pairs_structure)


def n_placements(windows: Iterable[Window]) -> int:
    """Count the windows that do not share their placebo dates, of the same pairs."""
    return len({(max(window.length, MIN_GAP), max(window.end, 0)) for window in windows})


def place_pairs(
    design: Design,
    pairs_structure: Structure,
    pairs: IntArray,
    *,
    start: int,
    end: int,
    gap: int,
    seed: tuple[int, ...],
    decile: IntArray | None = None,
) -> Placements:
    """Draw placebo dates of `pairs`; see `eventstudy.inference.placements.draw_placements`."""
    return draw_placements(
        design.placebo,
        pairs_structure,
        security=design.table.security[pairs],
        day0=design.table.day0[pairs],
        date=design.date[pairs],
        extension=design.table.extension[pairs],
        start=start,
        end=max(end, 0),
        gap=gap,
        draws=design.draws,
        seed=seed,
        decile=decile,
        begin=design.begin[pairs],
        choose=design.memory.choose_moves,
        positions=design.memory.positions(design.placebo, start, max(end, 0)),
    )


def pair_structure(design: Design, pairs: IntArray, window: Window) -> Structure:
    """Find units, portfolios and clusters of `pairs` in one window."""
    table = design.table
    extension = table.extension[pairs]
    first = np.clip(window.start - extension - table.taus[0], 0, len(table.taus) - 1)
    last = np.clip(window.end - table.taus[0], 0, len(table.taus) - 1)
    event, sign = design.event[pairs], design.sign[pairs]
    date, begin = design.date[pairs], design.begin[pairs]
    first_date, last_date = table.dates[pairs, first], table.dates[pairs, last]
    moment, slot, security = design.moment[pairs], design.slot[pairs], table.security[pairs]
    day0 = table.day0[pairs]
    gap = max(window.length, MIN_GAP)

    def find(unit: IntArray | None) -> Structure:
        return structure(
            event=event,
            security=security,
            day0=day0,
            date=date,
            first_date=np.where(np.isnat(first_date), date, first_date),
            last_date=np.where(np.isnat(last_date), date, last_date),
            extension=extension,
            sign=sign,
            length=window.length,
            gap=gap,
            moment=moment,
            slot=slot,
            unit=unit,
            begin=begin,
        )

    return design.memory.structure(
        (moment, security, day0, slot),
        (event, date, begin, first_date, last_date, extension, sign, np.array([window.length])),
        find,
    )
