"""The placebo distribution of a joint regression: all its dummies moved together, many times.

Dummies of different groups overlap, and telling them apart is what the regression is for. So a
placebo keeps every distance between events and moves all of them by one number of sessions; what
leaves the sample at its end comes in again at its beginning. Clusters moved one by one, as for the
placebo test, would pull the overlaps apart; and a study whose windows chain is one single cluster
that has no room to move.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL
from eventstudy.inference.measured_size import wilson
from eventstudy.inference.placements import MIN_PLACEMENTS, too_few_placements
from eventstudy.inference.pvalues import rank_pvalue

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.analyses.event_dummies import Equation, Pairs
    from eventstudy.windows import Window

MOST_SHIFTS = 999
"""Shifts a joint regression is ranked among: each is a regression a market."""
PRIOR_DF = 4.0
"""Observations that the spread of all event sessions counts for beside a group's own dates."""
_FEWEST_EVENT_DF = 8
_SINGULAR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shiftable:
    """One market of a joint regression, and what is asked of it.

    Attributes
    ----------
    equation : with its rows divided by `volatility`
    dates, columns : ``(T,)`` label of every row of the equation, and its column in the data
    volatility : ``(T,)`` what rows were divided by
    pairs : whose dummies the equation holds
    cars : ``(K,)`` weights of the coefficients of each CAR, by name (group, window)
    restrictions : ``(q, K)`` weights that an F test takes to be 0 together, by name
    event_start : first session of the event window, of pairs whose windows start no earlier
    """

    equation: Equation
    dates: DateArray
    columns: IntArray
    volatility: FloatArray
    pairs: Pairs
    cars: Mapping[tuple[int, Window], FloatArray]
    restrictions: Mapping[Hashable, FloatArray]
    event_start: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShiftTest:
    """What the shifts say of one test.

    Attributes
    ----------
    statistic, pvalue : ranked among its values at all shifts
    n_dates : independent dates, 0 for an F test
    size, size_low, size_high : share of shifts at which the test by its own law rejects at 5 %
    n_shifts : shifts that have the statistic
    """

    statistic: float
    pvalue: float
    n_dates: int
    size: float
    size_low: float
    size_high: float
    n_shifts: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shifted:
    """Tests of every market by its place among the markets, and of all together by None.

    Attributes
    ----------
    tests : by market, or None, and the name of the question
    n_shifts : shifts drawn
    is_complete : whether these are all there are, so that the data are one of them
    reason : why there are none
    """

    tests: Mapping[tuple[int | None, Hashable], ShiftTest]
    n_shifts: int = 0
    is_complete: bool = False
    reason: str = ""


def shift_together(markets: Sequence[Shiftable], *, draws: int, seed: int) -> Shifted:
    """Rank every CAR and F statistic among those of the same regression at shifted dates.

    Parameters
    ----------
    markets
        Of one study; a shift moves them by the same number of dates.
    draws, seed
        Shifts wanted, at most `MOST_SHIFTS`; all there are where these are no more.

    Notes
    -----
    The statistic of a CAR ``g`` is ``g / sqrt(V)``. With ``w`` the weights of the sessions in
    ``g = sum w_t y_t`` and ``e`` the residuals, both of rows divided by volatility,
    ``V = (d0 s0^2 sum_own w^2 + (E-1) V_E) / (d0 + E-1) + s^2 sum_other w^2``: ``V_E`` is
    ``E/(E-1) sum_e (sum_{t in e} w_t e_t)^2`` over the group's ``E`` dates, ``s0`` the residual
    standard deviation of all sessions that hold a dummy, ``s`` that of all sessions, ``d0`` is
    `PRIOR_DF` (moderation after Smyth 2004). So sessions of events may be rougher than others by
    as much as they are, and a group of one date borrows from the others. Of all markets together,
    ``g`` is the mean of theirs, dates add over the markets, and products of two markets count by
    the correlation of their residuals. Everything is estimated anew at every shift.

    Sources: circular shifts, Politis and Romano (1992); ranks, Fisher (1935); docs/methods.md,
    section 7.
    """
    if not draws:
        return Shifted(tests={}, reason="no placebo draws were asked for (statistics.draws = 0)")
    dates = reduce(np.union1d, [market.dates for market in markets])
    n = len(dates)
    if n < MIN_PLACEMENTS:
        return Shifted(tests={}, reason=too_few_placements(n))
    most = min(draws, MOST_SHIFTS)
    is_complete = n - 1 <= most
    shifts = np.arange(1, n)
    if not is_complete:
        shifts = np.random.default_rng((seed, n)).choice(shifts, most, replace=False)
    questions = _together(markets)
    units = {name: _units(name, markets, dates) for name in questions}
    layouts = [
        _Layout(market, dates, [units[name][place] for name in market.cars])
        for place, market in enumerate(markets)
    ]
    if len(markets) == 1:  # its own mean, which nobody asks for
        questions = {}
    outcomes = [_outcome(layouts, questions, int(shift)) for shift in (0, *shifts)]
    own, drawn = outcomes[0], outcomes[1:]
    tests = {}
    for key, (statistic, is_rejected, n_dates) in own.items():
        moved = [outcome[key] for outcome in drawn if key in outcome]
        values = np.array([abs(value) for value, _, _ in moved])
        is_finite = np.isfinite(values)
        if not np.isfinite(statistic) or is_finite.sum() < MIN_PLACEMENTS:
            continue
        values = values[is_finite]
        rejections = np.array([rejected for _, rejected, _ in moved])[is_finite]
        if is_complete:  # the data are one of all shifts
            values = np.append(values, abs(statistic))
            rejections = np.append(rejections, is_rejected)
        has_law = bool(np.isfinite(rejections).all())
        hits = int(rejections.sum()) if has_law else 0
        low, high = wilson(hits, len(rejections)) if has_law else (np.nan, np.nan)
        tests[key] = ShiftTest(
            statistic=statistic,
            pvalue=float(rank_pvalue(abs(statistic), values, holds_value=is_complete)),
            n_dates=n_dates,
            size=hits / len(rejections) if has_law else np.nan,
            size_low=low,
            size_high=high,
            n_shifts=len(values),
        )
    return Shifted(tests=tests, n_shifts=len(drawn), is_complete=is_complete)


class _Layout:
    """Where the dummies of one market stand: fixed by the real dates, whatever the shift."""

    def __init__(self, market: Shiftable, dates: DateArray, unit: list[IntArray]) -> None:
        equation, pairs = market.equation, market.pairs
        self.market = market
        self.dates = dates
        self.at = np.searchsorted(dates, market.dates)
        is_dummy = equation.kept & (equation.group >= 0)
        self.is_base = equation.kept & (equation.group < 0)
        base = equation.design[:, self.is_base]
        self.basis = np.linalg.qr(base)[0] if base.shape[1] else base
        self.y = self._less_base(equation.y)
        self.kept = np.flatnonzero(is_dummy)
        columns = {
            (int(equation.group[at]), int(equation.tau[at])): number
            for number, at in enumerate(self.kept)
        }
        # Two events of one group and day are one.
        group_days = np.column_stack([pairs.group, pairs.day0, pairs.extension])
        _, which = np.unique(group_days, axis=0, return_index=True)
        tau = np.unique(equation.tau[equation.group >= 0])
        entries = [
            (int(pair), int(t), columns.get((int(pairs.group[pair]), int(t)), -1))
            for pair in which
            for t in tau
            if t >= market.event_start - pairs.extension[pair]
        ]
        self.pair, self.tau, self.column = np.array(entries, dtype=np.int64).reshape(-1, 3).T
        # Row of the equation of every session of the market; -1 for what is not in it.
        size = int(max(market.columns.max(), pairs.day0.max())) + int(np.abs(tau).max(initial=0))
        row_of = np.full(size + 2, -1, dtype=np.int64)
        row_of[market.columns] = np.arange(len(market.columns))
        session = pairs.day0[self.pair] + self.tau
        self.real_row = np.where(session >= 0, row_of[np.maximum(session, 0)], -1)
        self.place = np.searchsorted(dates, _days(market)[self.pair])
        self.names = list(market.cars)
        weights = [market.cars[name][self.kept] for name in self.names]
        self.weights = np.array(weights).reshape(len(weights), len(self.kept)).T
        self.unit = unit
        self.n_dates = np.array([int(own.max()) + 1 for own in unit], dtype=np.int64)
        self.held = [
            np.flatnonzero(
                (pairs.group[self.pair] == group)
                & (self.tau <= window.end)
                & (self.tau >= window.start - pairs.extension[self.pair])
            )
            for group, window in self.names
        ]

    def _less_base(self, values: FloatArray) -> FloatArray:
        """Return the residuals of columns on the constant and the regressors."""
        rest: FloatArray = values - self.basis @ (self.basis.T @ values)
        return rest

    def rows(self, shift: int) -> IntArray:
        """Return the row of every entry after a shift; -1 where it is not in the sample."""
        if not shift:
            return self.real_row
        market = self.market
        moved = self.dates[(self.place + shift) % len(self.dates)]
        start = np.searchsorted(market.dates, moved)
        rows: IntArray = (start + self.tau) % len(market.dates)
        return rows


def _days(market: Shiftable) -> DateArray:
    """Return the date of every pair's day 0, or of the first session in the sample after it."""
    at = np.searchsorted(market.columns, market.pairs.day0)
    return market.dates[np.minimum(at, len(market.dates) - 1)]


def _units(
    name: tuple[int, Window], markets: Sequence[Shiftable], dates: DateArray
) -> list[IntArray]:
    """Number of the independent date of every pair of every market; -1 for other groups' pairs.

    Events whose windows share sessions are one, in whatever market they do.
    """
    group, window = name
    spans: dict[int, tuple[int, int]] = {}
    for market in markets:
        place = np.searchsorted(dates, _days(market))
        for pair in np.flatnonzero(market.pairs.group == group):
            event, at = int(market.pairs.event[pair]), int(place[pair])
            low, high = spans.get(event, (at, at))
            spans[event] = min(low, at - int(market.pairs.extension[pair])), max(high, at)
    unit_of: dict[int, int] = {}
    reach, unit = -(10**9), -1
    for event, (low, high) in sorted(spans.items(), key=lambda item: item[1]):
        if low - reach >= window.length:
            unit += 1
        reach = max(reach, high)
        unit_of[event] = unit
    return [
        np.array(
            [
                unit_of[int(event)] if own == group else -1
                for event, own in zip(market.pairs.event, market.pairs.group, strict=True)
            ],
            dtype=np.int64,
        )
        for market in markets
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """One market at one shift: rows divided by volatility, constant and regressors taken out."""

    beta: FloatArray
    inverse: FloatArray
    residuals: FloatArray
    df: int
    variance: float
    own: FloatArray  # (F, T) standard deviation each session of the group adds to each CAR
    other: FloatArray  # (F, T) and each other session
    scores: FloatArray  # (F, E) what each date adds to the error of each CAR


def _fit(layout: _Layout, shift: int) -> _Fit | None:
    """Solve the normal equations of the dummies; None where they cannot be told apart."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve
    from scipy.sparse import csr_array

    market = layout.market
    rows = layout.rows(shift)
    in_sample = rows >= 0
    has_dummy = in_sample & (layout.column >= 0)
    scale = 1.0 / market.volatility
    n, k = len(market.dates), len(layout.kept)
    cells = np.unique(rows[has_dummy] * k + layout.column[has_dummy])
    row, column = cells // k, cells % k
    dummies = csr_array((scale[row], (row, column)), shape=(n, k))
    on_base = dummies.T @ layout.basis  # (k, base)
    cross = (dummies.T @ dummies).toarray() - on_base @ on_base.T
    length = np.sqrt(np.maximum(np.diag(cross), 0.0))
    if not (length > 0).all():
        return None
    try:
        factor = cho_factor(cross / np.outer(length, length))
    except LinAlgError:
        return None
    if np.diag(factor[0]).min() ** 2 < _SINGULAR:
        return None
    inverse = cho_solve(factor, np.eye(k)) / np.outer(length, length)
    beta = inverse @ (dummies.T @ layout.y)
    residuals = layout.y - (dummies @ beta - layout.basis @ (on_base.T @ beta))
    solved = inverse @ layout.weights
    session_weights = dummies @ solved - layout.basis @ (on_base.T @ solved)
    df = n - k - layout.basis.shape[1]
    variance = float(residuals @ residuals) / max(df, 1)
    is_event = np.zeros(n, dtype=bool)
    is_event[row] = True
    event_df = int(is_event.sum()) - k
    event_variance = variance
    if event_df >= _FEWEST_EVENT_DF:
        event_variance = float((residuals[is_event] ** 2).sum()) / event_df
    owner = np.full((len(layout.names), n), -1, dtype=np.int64)
    for number, (held, unit) in enumerate(zip(layout.held, layout.unit, strict=True)):
        own = held[in_sample[held]]
        owner[number, rows[own]] = unit[layout.pair[own]]
    is_own = owner >= 0
    weights = session_weights.T
    line, at = np.nonzero(is_own)
    most = int(layout.n_dates.max(initial=1))
    cells = line * most + owner[line, at]
    scores: FloatArray = np.bincount(
        cells, weights=weights[line, at] * residuals[at], minlength=len(owner) * most
    ).astype(np.float64)
    return _Fit(
        beta=beta,
        inverse=inverse,
        residuals=residuals,
        df=df,
        variance=variance,
        own=np.where(is_own, weights, 0.0) * np.sqrt(event_variance),
        other=np.where(is_own, 0.0, weights) * np.sqrt(variance),
        scores=scores.reshape(len(owner), most),
    )


_Outcome = dict[tuple["int | None", "Hashable"], tuple[float, float, int]]


def _together(markets: Sequence[Shiftable]) -> dict[tuple[int, Window], list[tuple[int, int]]]:
    """Return which CARs of which markets each mean over the markets takes."""
    questions: dict[tuple[int, Window], list[tuple[int, int]]] = {}
    for place, market in enumerate(markets):
        for number, name in enumerate(market.cars):
            questions.setdefault(name, []).append((place, number))
    return questions


def _outcome(
    layouts: Sequence[_Layout],
    questions: Mapping[tuple[int, Window], Sequence[tuple[int, int]]],
    shift: int,
) -> _Outcome:
    """Statistic, whether the test by its own law rejects (NaN: it has none), dates; by question."""
    from scipy.special import fdtrc, stdtrit

    outcome: _Outcome = {}
    fits = [_fit(layout, shift) for layout in layouts]
    for place, (layout, fit) in enumerate(zip(layouts, fits, strict=True)):
        if fit is None or fit.df < 1 or fit.variance <= 0:
            continue
        beyond = float(stdtrit(fit.df, 1.0 - LEVEL / 2.0))
        estimates = fit.beta @ layout.weights
        priors, rests = (fit.own**2).sum(axis=1), (fit.other**2).sum(axis=1)
        classical = (layout.weights * (fit.inverse @ layout.weights)).sum(axis=0) * fit.variance
        is_rejected = np.abs(estimates) >= beyond * np.sqrt(classical)
        for number, name in enumerate(layout.names):
            n_dates = int(layout.n_dates[number])
            spread = _moderated(priors[number], rests[number], fit.scores[number, :n_dates])
            statistic = float(estimates[number]) / spread
            outcome[place, name] = statistic, float(is_rejected[number]), n_dates
        for hypothesis, rows in layout.market.restrictions.items():
            contrast = rows[:, layout.kept]
            value = contrast @ fit.beta
            middle = contrast @ fit.inverse @ contrast.T
            try:
                statistic = float(value @ np.linalg.solve(middle, value))
            except np.linalg.LinAlgError:  # sums that are one another at this shift
                continue
            statistic /= len(value) * fit.variance
            pvalue = float(fdtrc(len(value), fit.df, statistic))
            outcome[place, hypothesis] = statistic, float(pvalue <= LEVEL), 0
    solved = [fit for fit in fits if fit is not None and fit.df > 0]
    if not questions or len(solved) < len(fits):
        return outcome
    correlation = _correlation(layouts, solved)
    n = len(layouts[0].dates)
    placed = [
        tuple(_on_dates(part, layout.at, n) for part in (fit.own, fit.other))
        for layout, fit in zip(layouts, solved, strict=True)
    ]
    for name, members in questions.items():
        number_of = len(members)
        estimate = (
            sum(float(layouts[at].weights[:, of] @ solved[at].beta) for at, of in members)
            / number_of
        )
        chosen = [at for at, _ in members]
        between = correlation[np.ix_(chosen, chosen)]
        prior, rest = (
            float((between * (lines @ lines.T)).sum()) / number_of**2
            for lines in (np.array([placed[at][side][of] for at, of in members]) for side in (0, 1))
        )
        n_dates = max(int(layouts[at].n_dates[of]) for at, of in members)
        scores = np.zeros(n_dates)
        for at, of in members:
            held = solved[at].scores[of, :n_dates]
            scores[: len(held)] += held / number_of
        spread = _moderated(prior, rest, scores)
        outcome[None, name] = estimate / spread, np.nan, n_dates
    return outcome


def _on_dates(values: FloatArray, at: IntArray, n: int) -> FloatArray:
    """Values of a market's sessions ``(F, T)`` on all dates, 0 where it has no session."""
    placed = np.zeros((len(values), n))
    placed[:, at] = values
    return placed


def _correlation(layouts: Sequence[_Layout], fits: Sequence[_Fit]) -> FloatArray:
    """Correlation of the residuals of two markets on the dates they have in common."""
    on_dates = np.zeros((len(layouts), len(layouts[0].dates)))
    is_there: BoolArray = np.zeros(on_dates.shape, dtype=bool)
    for line, (layout, fit) in enumerate(zip(layouts, fits, strict=True)):
        on_dates[line, layout.at] = fit.residuals
        is_there[line, layout.at] = True
    cross = on_dates @ on_dates.T
    own = (on_dates**2) @ is_there.T
    bottom = np.sqrt(own * own.T)
    correlation = np.where(bottom > 0, cross / np.where(bottom > 0, bottom, 1.0), 0.0)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _moderated(prior: float, rest: float, scores: FloatArray) -> float:
    """Standard error of a CAR: the spread of its dates, moderated by that of all events."""
    n = len(scores)
    between = n / (n - 1) * float(scores @ scores) if n > 1 else 0.0
    own = (PRIOR_DF * prior + (n - 1) * between) / (PRIOR_DF + n - 1)
    return float(np.sqrt(max(own + rest, 1e-300)))
