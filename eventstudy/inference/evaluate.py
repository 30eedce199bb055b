"""Groups x windows x statistics: the tidy frame, with the measured size of every test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal import CumulativeReturns, cumulate
from eventstudy.aggregation import Group, Structure, structure
from eventstudy.inference.base import (
    STATISTICS,
    Block,
    Evidence,
    Statistic,
    StatisticValues,
)
from eventstudy.inference.resampling import (
    MIN_PLACEMENTS,
    PlaceboResult,
    PlaceboTable,
    Placements,
    draw_seed,
    place,
    rank_among_placebos,
    volatility_decile,
)
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from eventstudy._typing import Alternative, DateArray, DrawsFrom, FloatArray, IntArray
    from eventstudy.abnormal import AbnormalReturns
    from eventstudy.inference.workings import Workings

LEVEL = 0.05
MIN_GAP = 5
"""Weekdays that separate two clusters at the least (docs/methods.md, section 6)."""

COLUMNS = (
    "group", "window_start", "window_end", "measure", "name", "estimate", "std_error",
    "statistic", "df", "pvalue", "ci_low", "ci_high", "n_pairs", "n_events", "size", "size_low",
    "size_high", "mde", "n_dates", "note", "effect", "effect_low", "effect_high", "mde_return",
    "n_units", "n_draws",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """The pairs of a study and all that tests of them need.

    Attributes
    ----------
    table, workings : abnormal returns of the ``P`` pairs, and what derives from them
    event, sign : ``(P,)`` rank of the event in time, and the sign it is multiplied by; 0 leaves a
        pair out of every group
    date, begin : ``(P,)`` label of day 0, and of the earliest one the pair stands for (policies
        ``widen`` and ``merge``)
    placebo, placebo_workings : the same of every position a placebo can take
    simple : whether returns are simple
    draws, seed : of the placebos
    alternative : which deviations from the null count
    draws_from : ``all`` dates, or those whose volatility known beforehand is like the real one's
    """

    table: AbnormalReturns
    workings: Workings
    event: IntArray
    sign: FloatArray
    date: DateArray
    begin: DateArray
    placebo: PlaceboTable
    placebo_workings: Workings
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


def evaluate(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[tuple[Window, str]],
    names: Sequence[str],
    *,
    progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Test every group in every window with every statistic.

    Parameters
    ----------
    groups
        From `eventstudy.aggregation.make_groups`.
    windows
        Window and measure, ``"ar"`` for one session or ``"car"``.
    names
        Registered statistics.
    progress
        Called with 1 after each group.

    Returns
    -------
    One row a group, window, measure and statistic, with the columns of ``statistics.csv``.
    Estimates are decimal returns; `effect` and `mde` are in daily conditional standard deviations.
    """
    import pandas as pd

    tests = [STATISTICS[name].value for name in names]
    size_window = _size_window(design, windows)
    # First the session at which the size of all tests of single sessions is measured.
    order = [
        window
        for window in dict.fromkeys([size_window, *(window for window, _ in windows)])
        if window is not None
    ]
    sessions = {window: cumulate_both(design, window) for window in order}
    rows: list[dict[str, object]] = []
    for group in groups:
        rows += _group_rows(design, group, windows, sessions, tests)
        if progress is not None:
            progress(1)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    # A column of no notes at all is one of floats.
    notes = [note if isinstance(note, str) else "" for note in frame["note"]]
    return frame.assign(note=pd.Series(notes, index=frame.index, dtype=str))


def _group_rows(
    design: Design,
    group: Group,
    windows: Sequence[tuple[Window, str]],
    sessions: dict[Window, Cumulated],  # in the order they are to be tested
    tests: Sequence[Statistic],
) -> Iterator[dict[str, object]]:
    pairs = group.pairs[design.sign[group.pairs] != 0]
    memo = Memo()
    answers = {
        window: _window_rows(design, pairs, session, tests, memo)
        for window, session in sessions.items()
    }
    for window, measure in windows:
        for answer in answers[window]:
            yield {
                "group": group.label,
                "window_start": window.start,
                "window_end": window.end,
                "measure": measure,
                **answer,
            }


def _size_window(design: Design, windows: Sequence[tuple[Window, str]]) -> Window | None:
    """Session at which tests of single sessions are measured; None where there are none."""
    if all(window.length > 1 for window, _ in windows):
        return None
    event = design.table.event
    at = 0 if event.start <= 0 <= event.end else event.start
    return Window(at, at)


class Memo:
    """What the windows of one group share, by the pairs they hold."""

    def __init__(self) -> None:
        self.units: dict[bytes, IntArray] = {}
        self.placements: dict[tuple[bytes, int, int, int], Placements] = {}
        self.sizes: dict[tuple[bytes, str], dict[str, object]] = {}
        self.is_measured = False


def _window_rows(
    design: Design,
    pairs: IntArray,
    session: Cumulated,
    tests: Sequence[Statistic],
    memo: Memo,
) -> list[dict[str, object]]:
    window = session.window
    is_held = session.real.n_sessions[pairs] > 0
    held, absent = pairs[is_held], pairs[~is_held]
    facts: dict[str, object] = {
        "n_pairs": len(held),
        "n_events": len(np.unique(design.event[held])),
        "n_dates": len(np.unique(design.date[held])),
    }
    if not held.size:
        return [
            {"name": test.name, "note": "no abnormal return in this window", **facts}
            for test in tests
        ]
    gathered = gather_evidence(design, held, absent, session, memo)
    real, drawn, placed, built = gathered.real, gathered.drawn, gathered.placed, gathered.built
    sign, held_key = real.sign, held.tobytes()
    ranked = rank_among_placebos(real, drawn, placed) if drawn is not None else None
    estimates = {
        "car": float(np.mean(session.real.car[held] * sign)),
        "bhar": float(np.mean(session.real.bhar[held] * sign)),
    }
    facts["n_units"] = built.n_units
    median_h = float(np.median(session.real.volatility[held]))
    rows = []
    for test in tests:
        estimate = estimates[test.quantity]
        facts["estimate"] = estimate
        if design.alternative != "two-sided" and not test.directed:
            note = f"not available: {test.name} has no direction, so it is two-sided only"
            rows.append({"name": test.name, **facts, "note": note})
            continue
        answer = test.compute(real)
        row = {"name": test.name, **facts, **_answer(answer, estimate)}
        if test.randomised:
            row |= _randomised(answer, ranked, placed, built, median_h)
        elif drawn is not None and test.measured:
            # A session is as good as another to a placebo, so that those that hold the same pairs
            # share the measurement at the first of them, whatever else is asked.
            size_key = (held_key, test.name)
            if window.length > 1:
                row |= _measured_size(test.compute(draws_for(test, drawn)))
            elif size_key in memo.sizes:
                row |= memo.sizes[size_key]
            else:
                size = _measured_size(test.compute(draws_for(test, drawn)))
                if not memo.is_measured:
                    memo.sizes[size_key] = size
                row |= size
        if not np.isfinite(answer.statistic[0]):
            row["note"] = f"not available: {answer.reason}"
        elif answer.note:
            row["note"] = "; ".join(filter(None, [str(row.get("note", "")), answer.note]))
        rows.append(row)
    memo.is_measured = True
    return rows


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
    memo: Memo,
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
        workings=design.workings,
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
            workings=design.placebo_workings,
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
    """Draw placebo dates of the pairs `held`; see `eventstudy.inference.resampling.place`."""
    return place(
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


def _answer(answer: StatisticValues, estimate: float) -> dict[str, object]:
    statistic = float(answer.statistic[0])
    row: dict[str, object] = {
        "statistic": statistic,
        "df": float(answer.df[0]) if np.isfinite(statistic) else np.nan,
        "pvalue": float(answer.pvalue[0]),
    }
    if answer.std_error is not None and np.isfinite(statistic):
        from scipy.special import stdtrit

        std_error = float(answer.std_error[0])
        reach = -float(stdtrit(answer.df[0], LEVEL / 2)) * std_error
        row |= {"std_error": std_error, "ci_low": estimate - reach, "ci_high": estimate + reach}
    return row


def _randomised(
    answer: StatisticValues,
    ranked: PlaceboResult | None,
    placed: Placements,
    built: Structure,
    median_h: float,
) -> dict[str, object]:
    if ranked is None:
        reason = placed.reason
        if not reason:
            is_there = np.isfinite(answer.statistic[0])
            reason = (
                f"fewer than {MIN_PLACEMENTS} placements have a statistic"
                if is_there
                else answer.reason
            )
        return {"pvalue": np.nan, "note": f"not available: {reason}"}
    notes = []
    if built.n_units == 1:
        notes.append("one date: event-induced variance cannot be told from an effect")
    if placed.enumerated:
        notes.append(f"all {ranked.n_draws} placements used")
    if not np.isfinite(ranked.critical):
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


def draws_for(test: Statistic, drawn: Evidence) -> Evidence:
    """Return the draws a test is measured over: a costly one takes fewer."""
    return drawn if test.most_draws is None else drawn.thinned(test.most_draws)


def _measured_size(answer: StatisticValues) -> dict[str, object]:
    pvalues = answer.pvalue[np.isfinite(answer.pvalue)]
    if not pvalues.size:
        return {}
    rejected = int((pvalues <= LEVEL).sum())
    low, high = wilson(rejected, len(pvalues))
    size = rejected / len(pvalues)
    row: dict[str, object] = {
        "size": size,
        "size_low": low,
        "size_high": high,
        "n_draws": len(pvalues),
    }
    if low > LEVEL:
        row["note"] = f"over-rejects: {size:.1%} of placebos at 5 %"
    elif high < LEVEL:
        row["note"] = f"under-rejects: {size:.1%} of placebos at 5 %"
    return row


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927).

    Examples
    --------
    >>> low, high = wilson(100, 2000)
    >>> round(low, 4), round(high, 4)
    (0.0413, 0.0604)
    """
    z = 1.959963984540054
    share = hits / trials
    centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    reach = np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2)) * z / (1 + z**2 / trials)
    low = 0.0 if hits == 0 else float(centre - reach)
    high = 1.0 if hits == trials else float(centre + reach)
    return low, high
