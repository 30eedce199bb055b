"""Every study of a specification curve on the data, reduced to what its placebos need."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns, cumulate
from eventstudy.estimation.clusters import weekday_number
from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import EventStudyError, Refusal
from eventstudy.inference.design import pair_structure
from eventstudy.study.design import make_design
from eventstudy.study.labels import sample_labels
from eventstudy.study.preparation import estimate, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.estimation.clusters import Structure
    from eventstudy.events.table import Events
    from eventstudy.inference.design import Design
    from eventstudy.inference.placements import PlaceboTable
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.specification import Specification
    from eventstudy.windows import Window

_Numbers = TypeVar("_Numbers", AbnormalReturns, CumulativeReturns)

LOST = Refusal(reason="no pair of the group is left")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InWindow:
    """The group's pairs in one window: those that have an abnormal return there.

    Attributes
    ----------
    held : ``(n,)`` places among the pairs of the run
    structure : which of them are one observation
    real, placebo : cumulated over the window, of those pairs and of every placebo position
    """

    held: IntArray
    structure: Structure
    real: CumulativeReturns
    placebo: CumulativeReturns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """One study of the curve: the group's pairs, and what their placebos need; no more.

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
    windows: dict[Window, InWindow]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What one run gave: itself or why not, and what it warned of."""

    run: Run | Refusal
    warnings: tuple[tuple[type[Warning], str], ...]


def run_specification(
    study: Specification,
    windows: Sequence[Window],
    group: str,
    events: Events,
    prices: PricePanel,
) -> Answer:
    """Carry one study out for `group`, as ``fit`` does, up to its abnormal returns."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            run: Run | Refusal = _run(study, windows, group, events, prices)
        except EventStudyError as error:
            run = Refusal(reason=str(error))
    return Answer(run=run, warnings=tuple((one.category, str(one.message)) for one in heard))


def _run(
    study: Specification,
    windows: Sequence[Window],
    label: str,
    events: Events,
    prices: PricePanel,
) -> Run | Refusal:
    data = prepare(study, events, prices)
    sample, table = estimate(data)
    labels = sample_labels(data, sample)
    by = [] if label == "all" else [label.partition("=")[0]]
    groups = {group.label: group for group in make_groups(labels, by)}
    if label not in groups:
        return LOST
    design = make_design(data, sample, table)
    pairs = groups[label].pairs
    pairs = pairs[design.sign[pairs] != 0]
    if not pairs.size:
        return LOST
    return Run(
        pair=sample.pair[pairs],
        security=sample.security[pairs],
        day0=sample.day0[pairs],
        weekday=weekday_number(design.date[pairs]),
        extension=sample.extension[pairs],
        sign=design.sign[pairs],
        placebo=replace(design.placebo, table=_emptied(design.placebo.table)),
        windows={
            window: found
            for window in windows
            if (found := _in_window(design, pairs, window)) is not None
        },
    )


def _in_window(design: Design, pairs: IntArray, window: Window) -> InWindow | None:
    real = cumulate(design.table, window, simple=design.simple)
    held = np.flatnonzero(real.n_sessions[pairs] > 0)
    if not held.size:
        return None
    rows = pairs[held]
    return InWindow(
        held=held,
        structure=pair_structure(design, rows, window),
        real=_kept(real, rows),
        placebo=_kept(cumulate(design.placebo.table, window, simple=design.simple), None),
    )


def _emptied(value: _Numbers) -> _Numbers:
    """The same value without a number in it: a curve keeps hundreds of tables."""
    changes: dict[str, Any] = {
        field.name: getattr(value, field.name)[:0].copy()
        for field in fields(value)
        if isinstance(getattr(value, field.name), np.ndarray)
    }
    return replace(value, **changes)


def _kept(cumulated: CumulativeReturns, rows: IntArray | None) -> CumulativeReturns:
    """CAR and z of some rows (None: all), which is all that a curve asks for."""
    chosen = slice(None) if rows is None else rows
    return replace(_emptied(cumulated), car=cumulated.car[chosen], z=cumulated.z[chosen])


def run_specifications(
    tasks: Sequence[tuple[Specification, tuple[Window, ...]]],
    group: str,
    events: Events,
    prices: PricePanel,
    *,
    jobs: int,
    progress: Callable[[int], None],
) -> list[Answer]:
    """Carry out every study, in order, in `jobs` processes; the answers are the same for any."""
    answers: list[Answer] = []
    if jobs == 1 or len(tasks) < 2:
        for study, windows in tasks:
            answers.append(run_specification(study, windows, group, events, prices))
            progress(1)
        return answers
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A forked process inherits locks of threads it does not have; a spawned one begins anew.
    context = multiprocessing.get_context("spawn")
    one = partial(_one, group=group, events=events, prices=prices)
    with ProcessPoolExecutor(min(jobs, len(tasks)), context) as pool:
        for answer in pool.map(one, tasks, chunksize=max(1, len(tasks) // (8 * jobs))):
            answers.append(answer)
            progress(1)
    return answers


def _one(
    task: tuple[Specification, tuple[Window, ...]],
    *,
    group: str,
    events: Events,
    prices: PricePanel,
) -> Answer:
    return run_specification(*task, group, events, prices)
