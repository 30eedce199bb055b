"""The oracle: the placebo test, with every placement of the event dates listed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from oracle import Case, Fit, Window, abnormal_at, fit_at, normal_return, position, regressors, t_of
from oracle_units import units


def conditional_volatility_at(
    case: Case, security: str, row0: int, a: int, fit: Fit | None = None
) -> float:
    """h: the volatility of the first session of W, known before it.

    Starts at s^2 as the forecast for the first estimation session and is updated with the squared
    abnormal return of every session from that one through a - 1, the gap and the event window
    before a among them. Choice: masked sessions are updated with as well (they are not missing).
    """
    fit = fit or fit_at(case, security, row0)
    assert fit is not None
    r = case.returns[security]
    h2 = fit.sigma**2
    for row in range(max(row0 + case.estimation[0], 0), min(row0 + a, len(r))):
        x = regressors(case, security, row)
        if x is None or math.isnan(r.iloc[row]):
            continue
        h2 = 0.94 * h2 + 0.06 * (float(r.iloc[row]) - normal_return(fit, x)) ** 2
    return math.sqrt(h2)


def conditional_volatility(case: Case, i: int, a: int) -> float:
    """h of pair i for a window that starts at event time `a`."""
    _, security, day0 = case.pairs[i]
    return conditional_volatility_at(case, security, position(case, security, day0), a)


def z_at(case: Case, security: str, row0: int, window: Window) -> float:
    """Sum over W of AR / h; NaN without an abnormal return there."""
    fit = fit_at(case, security, row0)
    if fit is None:
        return math.nan
    h = conditional_volatility_at(case, security, row0, window[0], fit)
    ar = abnormal_at(case, security, row0, fit, window)["abnormal_return"].dropna()
    return float(sum(ar)) / h if len(ar) and h > 0 else math.nan


def _t_of_units(z_units: list[list[float]], n_units: int) -> float:
    """T from the z of each unit's pairs. `n_units`: units on the real dates.

    Choice: a placement that leaves fewer than two of several units has no T.
    """
    means = []
    for zs in z_units:
        present = [z for z in zs if not math.isnan(z)]
        if present:
            means.append(sum(present) / len(present))
    if n_units == 1:
        return means[0] if means else math.nan
    return t_of(means)


def placebo_T(case: Case, window: Window) -> float:
    """The placebo statistic on the real dates; with one unit, its Z."""
    parts = units(case, window)
    z = [
        [z_at(case, s, position(case, s, d), window) for _, s, d in (case.pairs[i] for i in part)]
        for part in parts
    ]
    return _t_of_units(z, len(parts))


def weekday_number(date: pd.Timestamp) -> int:
    """Monday-to-Friday days since 1970-01-01."""
    return int(np.busday_count(np.datetime64("1970-01-01"), np.datetime64(date, "D")))


def span(case: Case, pairs: Iterable[int]) -> tuple[int, int]:
    """Earliest and latest day 0 of some pairs, as weekday numbers."""
    days = [weekday_number(case.pairs[i][2]) for i in pairs]
    return min(days), max(days)


def clusters(case: Case, window: Window) -> list[list[int]]:
    """Unit numbers (of ``units(case, window)``) of each cluster, earliest cluster first.

    Choice: a unit spans the day 0s of all its pairs, those counted in another unit among them.
    """
    whole = units(case, window, everywhere_once=False)
    parts = [next(of for of in whole if set(part) & set(of)) for part in units(case, window)]
    gap = max(window[1] - window[0] + 1, 5)
    order = sorted(range(len(parts)), key=lambda u: span(case, parts[u]))
    out: list[list[int]] = []
    latest = -(10**9)
    for u in order:
        first, last = span(case, parts[u])
        if out and first - latest < gap:
            out[-1].append(u)
        else:
            out.append([u])
        latest = max(latest, last)
    return out


@lru_cache(maxsize=20000)
def moved_row(case: Case, security: str, day0: pd.Timestamp, move: int) -> int:
    """Row of the first session on or after day 0 moved by `move` weekdays; -1 off the rows."""
    target = pd.Timestamp(np.busday_offset(np.datetime64(day0, "D"), move, roll="forward"))
    dates = case.returns[security].index
    row = int((dates < target).sum())
    return row if target >= dates[0] and row < len(dates) else -1


def admissible_row(case: Case, security: str, row: int, window: Window) -> bool:
    """Enough estimation sessions, and W inside the rows."""
    if row < 0 or row + window[0] < 0 or row + window[1] >= len(case.returns[security]):
        return False
    return fit_at(case, security, row) is not None


def admissible_moves(case: Case, pairs: Sequence[int], window: Window) -> list[int]:
    """Whole numbers of weekdays by which these pairs can all move together."""
    first, last = span(case, pairs)
    securities = {case.pairs[i][1] for i in pairs}
    start = min(weekday_number(case.returns[s].index[0]) for s in securities)
    end = max(weekday_number(case.returns[s].index[-1]) for s in securities)
    known: dict[tuple[str, int], bool] = {}
    moves = []
    for move in range(start - last - 1, end - first + 2):
        good = True
        for i in pairs:
            _, security, day0 = case.pairs[i]
            key = (security, moved_row(case, security, day0, move))
            if key not in known:
                known[key] = admissible_row(case, *key, window)
            if not known[key]:
                good = False
                break
        if good:
            moves.append(move)
    return moves


@dataclass(frozen=True)
class Placebo:
    """The whole placebo distribution."""

    T: float
    pvalue: float
    n: int
    moves: list[tuple[int, ...]]  # one move per cluster, in the order of ``clusters``
    draws: list[float]  # T at each of `moves`


def placebo(case: Case, window: Window, *, most: int = 100_000) -> Placebo:
    """Every placement, the real one included; p NaN with fewer than 20 of them.

    Placements are moves, not distinct session sets. Clusters keep their moved spans
    max(L, 5) weekdays apart, in either order. Choices: should the real dates themselves be
    inadmissible (W beyond the rows), they are added as one placement; a placement whose T does
    not exist is none.
    """
    parts = units(case, window)
    groups = clusters(case, window)
    gap = max(window[1] - window[0] + 1, 5)
    members = [[i for u in group for i in parts[u]] for group in groups]
    spans = [span(case, pairs) for pairs in members]
    choices = [admissible_moves(case, pairs, window) for pairs in members]
    if math.prod(len(c) for c in choices) > most:
        raise ValueError("too many placements to list")
    placements = []
    for moves in itertools.product(*choices):
        placed = [(a + m, b + m) for (a, b), m in zip(spans, moves, strict=True)]
        apart = all(
            p[0] - q[1] >= gap or q[0] - p[1] >= gap for p, q in itertools.combinations(placed, 2)
        )
        if apart:
            placements.append(moves)
    real = (0,) * len(groups)
    if groups and real not in placements:
        placements.append(real)
    known_row: dict[tuple[int, int], int] = {}
    known_z: dict[tuple[str, int], float] = {}

    def z_of(i: int, move: int) -> float:
        _, security, day0 = case.pairs[i]
        if (i, move) not in known_row:
            known_row[i, move] = (
                moved_row(case, security, day0, move) if move else position(case, security, day0)
            )
        key = (security, known_row[i, move])
        if key not in known_z:
            known_z[key] = z_at(case, *key, window)
        return known_z[key]

    draws = []
    for moves in placements:
        z = [
            [z_of(i, move) for i in parts[u]]
            for group, move in zip(groups, moves, strict=True)
            for u in group
        ]
        draws.append(_t_of_units(z, len(parts)))
    t = draws[placements.index(real)] if placements else math.nan
    there = [not math.isnan(draw) for draw in draws]
    placements = list(itertools.compress(placements, there))
    draws = list(itertools.compress(draws, there))
    n = len(placements)
    p = math.nan
    if n >= 20 and not math.isnan(t):
        # a hair of tolerance, so that the real placement and its equals count whatever the order
        p = sum(1 for v in draws if abs(v) >= abs(t) * (1 - 1e-12)) / n
    return Placebo(t, p, n, placements, draws)
