"""Carry out every specification of a curve on the data, by any workers.

Of each is kept what its placebo test needs, or the reason why it could not be carried out.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns, cumulate
from eventstudy.estimation.clusters import weekday_number
from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import EventStudyError, Refusal
from eventstudy.inference.design import pair_structure, placebo_totals
from eventstudy.study.design import make_design
from eventstudy.study.labels import sample_labels
from eventstudy.study.preparation import estimate, prepare
from eventstudy.text import grouping_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.estimation.clusters import Structure
    from eventstudy.events.table import Events
    from eventstudy.execution.workers import Workers
    from eventstudy.inference.design import Design
    from eventstudy.inference.placements import PlaceboTable
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.specification import Specification
    from eventstudy.windows import Window

_Numbers = TypeVar("_Numbers", AbnormalReturns, CumulativeReturns)

NO_PAIRS = Refusal(reason="no pair of the group is left")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairsInWindow:
    """The group's pairs in one window: those that have an abnormal return there.

    Attributes
    ----------
    rows : ``(n,)`` rows among the pairs of the run
    structure : which of them are one observation
    real, placebo : cumulated over the window, of those pairs and of every placebo position
    """

    rows: IntArray
    structure: Structure
    real: CumulativeReturns
    placebo: CumulativeReturns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpecificationRun:
    """One study of the curve on the data: the group's pairs, and what their placebos need.

    Attributes
    ----------
    pair : ``(P,)`` rows of the alignment, the same for every study of the curve
    security, day0, weekday, extension, sign : ``(P,)``
    placebo : where a placebo may fall, without the numbers there
    windows : what there is in each window that holds an abnormal return
    """

    pair: IntArray
    security: IntArray
    day0: IntArray
    weekday: IntArray
    extension: IntArray
    sign: FloatArray
    placebo: PlaceboTable
    windows: dict[Window, PairsInWindow]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunOutcome:
    """A run or the reason why there is none, and the warnings it gave."""

    run: SpecificationRun | Refusal
    warnings: tuple[tuple[type[Warning], str], ...]


def run_specification(
    study: Specification,
    windows: Sequence[Window],
    group: str,
    events: Events,
    prices: PricePanel,
) -> RunOutcome:
    """Carry one study out for `group`, as ``fit`` does, up to its abnormal returns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            run: SpecificationRun | Refusal = _run(study, windows, group, events, prices)
        except EventStudyError as error:
            run = Refusal(reason=str(error))
    return RunOutcome(
        run=run, warnings=tuple((warning.category, str(warning.message)) for warning in caught)
    )


def _run(
    study: Specification,
    windows: Sequence[Window],
    label: str,
    events: Events,
    prices: PricePanel,
) -> SpecificationRun | Refusal:
    data = prepare(study, events, prices)
    sample, table = estimate(data)
    labels = sample_labels(data, sample)
    by = [] if label == "all" else [grouping_of(label)]
    groups = {group.label: group for group in make_groups(labels, by)}
    if label not in groups:
        return NO_PAIRS
    design = make_design(data, sample, table)
    pairs = groups[label].pairs
    pairs = pairs[design.sign[pairs] != 0]
    if not pairs.size:
        return NO_PAIRS
    return SpecificationRun(
        pair=sample.pair[pairs],
        security=sample.security[pairs],
        day0=sample.day0[pairs],
        weekday=weekday_number(design.date[pairs]),
        extension=sample.extension[pairs],
        sign=design.sign[pairs],
        placebo=replace(design.placebo, table=_emptied(design.placebo.table), estimates=None),
        windows={
            window: in_window
            for window in windows
            if (in_window := _in_window(design, pairs, window)) is not None
        },
    )


def _in_window(design: Design, pairs: IntArray, window: Window) -> PairsInWindow | None:
    real = cumulate(design.table, window, simple=design.simple)
    present = np.flatnonzero(real.n_sessions[pairs] > 0)
    if not present.size:
        return None
    pairs_present = pairs[present]
    return PairsInWindow(
        rows=present,
        structure=pair_structure(design, pairs_present, window),
        real=_reduced(real, pairs_present),
        placebo=_reduced(placebo_totals(design, [window])[window], None),
    )


def _emptied(value: _Numbers) -> _Numbers:
    """Return the value with its arrays empty: a curve keeps hundreds of tables."""
    changes: dict[str, Any] = {
        field.name: getattr(value, field.name)[:0].copy()
        for field in fields(value)
        if isinstance(getattr(value, field.name), np.ndarray)
    }
    return replace(value, **changes)


def _reduced(cumulated: CumulativeReturns, rows: IntArray | None) -> CumulativeReturns:
    """Return CAR and z of some rows (None: all), all that a curve needs, and nothing else."""
    chosen = slice(None) if rows is None else rows
    return replace(_emptied(cumulated), car=cumulated.car[chosen], z=cumulated.z[chosen])


def run_specifications(
    tasks: Sequence[tuple[Specification, tuple[Window, ...]]],
    group: str,
    events: Events,
    prices: PricePanel,
    *,
    workers: Workers,
    progress: Callable[[int], None],
) -> list[RunOutcome]:
    """Carry out every study, in order; the outcomes are the same whoever does.

    `progress` is called with 1 as each is done.
    """
    asked = (group, events, prices)
    return workers.map(_run_task, tasks, asked, lambda _: progress(1))


def _run_task(
    asked: tuple[str, Events, PricePanel], task: tuple[Specification, tuple[Window, ...]]
) -> RunOutcome:
    study, windows = task
    group, events, prices = asked
    return run_specification(study, windows, group, events, prices)
