"""Groups x windows x statistics: the tidy frame, with the measured size of every test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.execution.remade import Remade
from eventstudy.execution.workers import SERIAL
from eventstudy.inference.design import (
    Cumulated,
    Design,
    EachWindow,
    GroupCache,
    gather_evidence,
)
from eventstudy.inference.joint_draws import StudyDraws
from eventstudy.inference.measured_draws import MeasuredDraws
from eventstudy.inference.measured_size import (
    NOT_MEASURED,
    MeasuredSize,
    measured_size,
    size_in_rough_times,
)
from eventstudy.inference.placebo import ONE_DATE
from eventstudy.inference.pvalues import interval_reach
from eventstudy.inference.randomised import GroupDraws
from eventstudy.inference.rough_times import rough_blocks
from eventstudy.inference.same_pairs import alike, of_same_pairs
from eventstudy.inference.statistic import STATISTICS, Statistic, StatisticValues
from eventstudy.text import unavailable
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import DateArray, FloatArray, IntArray
    from eventstudy.estimation.clusters import Structure
    from eventstudy.estimation.groups import Group
    from eventstudy.execution.workers import Workers
    from eventstudy.inference.design import Gathered
    from eventstudy.inference.evidence import Evidence

COLUMNS = (
    "group", "window_start", "window_end", "measure", "name", "estimate", "std_error",
    "statistic", "df", "pvalue", "ci_low", "ci_high", "n_pairs", "n_events", "size", "size_low",
    "size_high", "size_rough", "size_rough_low", "size_rough_high", "mde", "n_dates", "n_days",
    "note", "effect", "effect_low", "effect_high", "mde_return", "n_units", "n_draws",
    "influential_date", "estimate_without", "pvalue_corrected", "sizes_off",
)  # fmt: skip
ROUGH_DRAWS = 500
"""Draws in rough times that the size of a test is measured over, at the most."""


def evaluate(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[tuple[Window, str]],
    names: Sequence[str],
    *,
    progress: Callable[[int], None] | None = None,
    workers: Workers = SERIAL,
) -> pd.DataFrame:
    """Test every group in every window with every statistic.

    Parameters
    ----------
    groups
        From `eventstudy.estimation.groups.make_groups`.
    windows
        Window and measure, ``"ar"`` for one session or ``"car"``.
    names
        Registered statistics.
    progress
        Called with the number of groups that are done since it was called last.
    workers
        Who tests the groups: the rows are the same whoever does.

    Returns
    -------
    One row a group, window, measure and statistic, with the columns of ``statistics.csv``.
    Estimates are decimal returns; `effect` and `mde` are in daily conditional standard deviations.
    """
    asked = _Asked(
        design=design,
        groups=groups,
        windows=windows,
        tests=[STATISTICS[name].value for name in names],
        made=Remade(),
    )
    chunks = of_same_pairs(design, groups, range(len(groups)))
    if workers is not SERIAL:
        chunks = alike(design, groups, [window for window, _ in windows])

    def done(number: int) -> None:
        if progress is not None:
            progress(len(chunks[number]))

    found = dict(
        pair
        for chunk, rows in zip(chunks, workers.map(_chunk_rows, chunks, asked, done), strict=True)
        for pair in zip(chunk, rows, strict=True)
    )
    rows = [row for number in range(len(groups)) for row in found[number]]
    return tidy_statistics(rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """What is asked of every group, and what the groups share."""

    design: Design
    groups: Sequence[Group]
    windows: Sequence[tuple[Window, str]]
    tests: Sequence[Statistic]
    made: Remade[tuple[Mapping[Window, Cumulated], StudyDraws | None]]

    def of_all(self) -> tuple[Mapping[Window, Cumulated], StudyDraws | None]:
        """Return the windows in the order they are tested in, and the draws of the whole study."""

        def make() -> tuple[Mapping[Window, Cumulated], StudyDraws | None]:
            # First the session at which the size of all tests of single sessions is measured.
            size_window = _size_window(self.design, self.windows)
            order = [
                window
                for window in dict.fromkeys([size_window, *(window for window, _ in self.windows)])
                if window is not None
            ]
            is_moved = any(test.randomised for test in self.tests)
            study = StudyDraws(self.design, self.groups) if is_moved else None
            return EachWindow(self.design, order), study

        return self.made.once(make)


def _chunk_rows(asked: _Asked, chunk: Sequence[int]) -> list[list[dict[str, object]]]:
    """Return the rows of some groups by their numbers, a list each."""
    cumulated, study = asked.of_all()
    found: dict[int, list[dict[str, object]]] = {}
    for numbers in of_same_pairs(asked.design, asked.groups, chunk):
        groups = [asked.groups[number] for number in numbers]
        rows = _rows_of_each(asked.design, groups, asked.windows, cumulated, asked.tests, study)
        found.update(zip(numbers, rows, strict=True))
    return [found[number] for number in chunk]


def _rows_of_each(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[tuple[Window, str]],
    cumulated: Mapping[Window, Cumulated],  # in the order they are to be tested
    tests: Sequence[Statistic],
    study: StudyDraws | None,
) -> list[list[dict[str, object]]]:
    """Return the rows of groups of the same pairs, a list each.

    Tests of the pairs alone are the same in all of them. What a test borrows from the dates outside
    depends on the grouping, so that such a test is made for each.
    """
    is_all = len(groups[0].pairs) == len(design.sign)
    cache = study.cache if study is not None and is_all else GroupCache()
    asked = {window for window, _ in windows}
    # What is ranked among its own draws has no size that other windows share.
    measured = [test for test in tests if not test.randomised]
    borrowing = [test for test in tests if "others" in test.needs]
    answers: list[dict[Window, list[dict[str, object]]]] = [{} for _ in groups]
    for window, totals in cumulated.items():
        first = _window_rows(
            design, groups[0], totals, tests if window in asked else measured, cache, study
        )
        answers[0][window] = first
        for group, rows in zip(groups[1:], answers[1:], strict=True):
            again = borrowing if window in asked else []
            again_rows = _window_rows(design, group, totals, again, cache, study) if again else []
            anew = {row["name"]: row for row in again_rows}
            rows[window] = [anew.get(row["name"], row) for row in first]
        if study is not None:
            study.leave(window)
    return [
        [
            {
                "group": group.label,
                "window_start": window.start,
                "window_end": window.end,
                "measure": measure,
                **row,
            }
            for window, measure in windows
            for row in rows[window]
        ]
        for group, rows in zip(groups, answers, strict=True)
    ]


NO_MOMENTS = (
    "it needs a variance, residuals or volatility of the estimation window, and with "
    "sample.min_obs = 0 nothing is estimated"
)


def _size_window(design: Design, windows: Sequence[tuple[Window, str]]) -> Window | None:
    """Session at which tests of single sessions are measured; None where there are none."""
    if all(window.length > 1 for window, _ in windows):
        return None
    event = design.table.event
    at = 0 if event.start <= 0 <= event.end else event.start
    return Window(at, at)


def _window_rows(
    design: Design,
    group: Group,
    totals: Cumulated,
    tests: Sequence[Statistic],
    cache: GroupCache,
    study: StudyDraws | None,
) -> list[dict[str, object]]:
    pairs = group.pairs[design.sign[group.pairs] != 0]
    has_return = totals.real.n_sessions[pairs] > 0
    present, absent = pairs[has_return], pairs[~has_return]
    facts: dict[str, object] = {
        "n_pairs": len(present),
        "n_events": int(np.count_nonzero(np.bincount(design.event[present]))),
        "n_dates": 0,
        "n_days": len(np.unique(design.date[present])),
    }
    if not present.size:
        return [{"name": test.name, "note": NO_RETURN, **facts} for test in tests]
    # A test of the whole study moved together takes the group's dates from its draws.
    is_drawn = any(
        "others" not in test.needs if test.randomised else test.measured for test in tests
    )
    gathered = gather_evidence(design, present, absent, totals, cache, is_drawn=is_drawn)
    real, drawn, structure = gathered.real, gathered.drawn, gathered.structure
    randomised = GroupDraws(design, study, group, gathered, totals)
    measured = MeasuredDraws(design, tests, totals.window)
    sign = real.sign
    signed = {
        quantity: getattr(totals.real, quantity)[present] * sign
        for quantity in dict.fromkeys(test.quantity for test in tests)
    }
    estimates = {quantity: float(np.mean(values)) for quantity, values in signed.items()}
    facts["n_dates"] = facts["n_units"] = structure.n_units
    without = {
        quantity: _influence(design, present, values, structure)
        for quantity, values in signed.items()
    }
    median_h = float(np.median(totals.real.volatility[present]))
    rows = []
    for test in tests:
        estimate = estimates[test.quantity]
        facts |= {"estimate": estimate} | without[test.quantity]
        if design.alternative != "two-sided" and not test.directed:
            rows.append({"name": test.name, **facts} | undirected_row(test))
            continue
        answer = test.compute(randomised.of(test).real)
        found: dict[str, object] = {}
        if test.randomised:
            found = _randomised(test, answer, randomised, structure, median_h)
        elif drawn is not None and test.measured:
            size = _size_of(test, design, gathered, totals, cache, measured)
            found = size.row(float(answer.pvalue[0]))
        is_estimated = bool(design.table.fit.n_obs.any())
        rows.append(
            {"name": test.name, **facts}
            | answer_row(test, answer, estimate, found, is_estimated=is_estimated)
        )
    cache.is_measured = True
    return rows


def _influence(
    design: Design, pairs: IntArray, values: FloatArray, structure: Structure
) -> dict[str, object]:
    """Return the independent date without which the mean differs most, and the mean without it.

    Nothing where there is one date only. A date is named by the first of its day 0s.
    """
    first = np.full(int(structure.unit.max()) + 1, np.datetime64("9999-12-31", "D"))
    np.minimum.at(first, structure.unit, design.date[pairs])
    number = np.bincount(structure.unit).astype(np.float64)
    sums = np.bincount(structure.unit, weights=values).astype(np.float64)
    return influence(sums, number, first, total=values.sum(), mean=values.mean())


def influence(
    sums: FloatArray, number: FloatArray, first: DateArray, *, total: float, mean: float
) -> dict[str, object]:
    """Return the unit without which the mean differs most, and the mean without it.

    Of units that move the mean alike, but for the last digits of sums, the earliest.

    Parameters
    ----------
    sums, number, first
        ``(E,)`` sum of each unit's abnormal returns, number of its pairs, and first day 0.
    total, mean
        Of all pairs.
    """
    is_there = number > 0
    if np.count_nonzero(is_there) < 2 or not np.isfinite(sums).all():
        return {}
    rest = np.full(len(number), np.nan)
    rest[is_there] = (total - sums[is_there]) / (number.sum() - number[is_there])
    moved = np.abs(rest - mean)
    alike = np.flatnonzero(moved >= np.nanmax(moved) * (1.0 - 1e-9))
    most = alike[np.argmin(first[alike])]
    return {"influential_date": str(first[most]), "estimate_without": float(rest[most])}


def answer_row(
    test: Statistic,
    answer: StatisticValues,
    estimate: float,
    found: dict[str, object],
    *,
    is_estimated: bool,
) -> dict[str, object]:
    """Return a test's cells: of its answer, of what draws `found` beside it, and the note.

    `is_estimated` says whether any session was estimated on.
    """
    row = _answer(answer, estimate) | found
    is_known = np.isfinite(answer.statistic[0])
    if not is_known and not is_estimated:
        row["note"] = unavailable(NO_MOMENTS)
    elif not is_known and not test.randomised:
        row["note"] = unavailable(answer.reason)
    elif answer.note:
        row["note"] = "; ".join(filter(None, [str(row.get("note", "")), answer.note]))
    return row


def undirected_row(test: Statistic) -> dict[str, object]:
    """Return the cells of a test without direction, asked for one side."""
    return {"note": unavailable(f"{test.name} has no direction, so it is two-sided only")}


def tidy_statistics(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Return the frame of ``statistics.csv``: texts are texts, also where there are none."""
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    # A column of no texts at all is one of floats.
    texts = {
        name: [text if isinstance(text, str) else "" for text in frame[name]]
        for name in ("note", "influential_date", "sizes_off")
    }
    return frame.assign(
        **{name: pd.Series(text, index=frame.index, dtype=str) for name, text in texts.items()}
    )


NO_RETURN = "no abnormal return in this window"


def _answer(answer: StatisticValues, estimate: float) -> dict[str, object]:
    statistic = float(answer.statistic[0])
    row: dict[str, object] = {
        "statistic": statistic,
        "df": float(answer.df[0]) if np.isfinite(statistic) else np.nan,
        "pvalue": float(answer.pvalue[0]),
    }
    if answer.std_error is not None and np.isfinite(statistic):
        std_error = float(answer.std_error[0])
        reach = float(interval_reach(std_error, answer.df[0]))
        row |= {"std_error": std_error, "ci_low": estimate - reach, "ci_high": estimate + reach}
    return row


def _randomised(
    test: Statistic,
    answer: StatisticValues,
    draws: GroupDraws,
    structure: Structure,
    median_h: float,
) -> dict[str, object]:
    ranked = draws.rank(test)
    if ranked is None:
        return {"pvalue": np.nan, "note": unavailable(draws.reason(test, answer))}
    notes = []
    if structure.n_units == 1 and test.locate is not None and not test.needs:
        notes.append(ONE_DATE)
    if draws.of(test).placements.enumerated:
        notes.append(f"all {ranked.n_draws} placements used")
    if test.locate is not None and not np.isfinite(ranked.critical):
        notes.append(f"{ranked.n_draws} placebos cannot reject at 5 %: no interval, no mde")
    return {
        "pvalue": ranked.pvalue,
        "effect": ranked.effect,
        "effect_low": ranked.effect_low,
        "effect_high": ranked.effect_high,
        "mde": ranked.mde,
        "mde_return": ranked.mde * median_h,
        "n_draws": ranked.n_draws,
        "note": "; ".join(notes),
    }


def _size_of(
    test: Statistic,
    design: Design,
    gathered: Gathered,
    totals: Cumulated,
    cache: GroupCache,
    measured: MeasuredDraws,
) -> MeasuredSize:
    """Return how often a test rejects in the draws, on dates of all times and of rough ones.

    A session is as good as another to a placebo, so that those that hold the same pairs share the
    measurement at the first of them, whatever else is asked.
    """
    key = (gathered.real.origin.tobytes(), test.name)
    is_session = totals.window.length == 1
    if is_session and key in cache.sizes:
        return cache.sizes[key]
    drawn = gathered.drawn
    if drawn is None:
        return NOT_MEASURED
    if not measured.number(drawn):
        return NOT_MEASURED.noted(measured.fewer(drawn))
    answer = measured.values(test, drawn)
    is_all = gathered.placements.lists_real and len(answer.pvalue) == drawn.n_draws
    size = measured_size(answer, holds_value=is_all)
    if size.cells:
        size = size.noted(measured.fewer(drawn))
    rough = _in_rough_times(design, gathered, totals, cache)
    if rough is not None:
        found = size_in_rough_times(measured.values(test, rough, is_rough=True))
        size = replace(size, cells=size.cells | found)
    if is_session and not cache.is_measured:
        cache.sizes[key] = size.of_another()
    return size


def _in_rough_times(
    design: Design, gathered: Gathered, totals: Cumulated, cache: GroupCache
) -> Evidence | None:
    """Return some of the draws, each moved to where markets were rough beforehand.

    None where no volatility is known, and where the draws are as rough as the real dates already.
    """
    drawn = gathered.drawn
    if drawn is None or design.draws_from != "all":
        return None
    if not np.isfinite(totals.placebo.volatility).any():
        return None
    window = totals.window
    key = (gathered.real.origin.tobytes(), window.start, window.end)
    if key not in cache.rough:
        lines = drawn.spread(ROUGH_DRAWS)
        some = tuple(replace(block, pick=block.pick[lines]) for block in drawn.blocks)
        moved = rough_blocks(design, replace(drawn, blocks=some), totals)
        cache.rough[key] = tuple(block.picked() for block in moved)
    return replace(drawn, blocks=cache.rough[key])
