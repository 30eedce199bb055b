"""P-values of a regression from its regressors shuffled over dates."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.pvalues import rank_pvalue
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray

FEWEST = 20
"""With fewer arrangements no p-value can fall to 0.05."""
# Rows times columns held at a time: 64 MB of doubles.
_AT_A_TIME = 8_000_000
_MOST_CELLS = 40_000_000
_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows of a regression and what its regressors are made of.

    Attributes
    ----------
    y, root : ``(n,)`` outcome, and roots of the weights
    x : ``(n, k)`` regressors
    cells : ``(n,)`` rows of the columns they are made of; ``security`` stays in its row
    at : the regressors of other rows of such cells
    date : ``(n,)`` independent dates, numbered in order of time
    block : ``(n,)`` dates whose windows overlap
    """

    y: FloatArray
    root: FloatArray
    x: FloatArray
    cells: pd.DataFrame
    at: Callable[[pd.DataFrame], FloatArray]
    date: IntArray
    block: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shuffled:
    """P-values ``(k,)``, NaN where there is none; `notes` says why, and what stayed in place."""

    pvalue: FloatArray
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """Regressors by where a row stays and which date's values it takes.

    Attributes
    ----------
    grid : ``(K, V, k)`` regressors of rows of kind K with the values V of a date
    kind : ``(n,)`` of each row
    value : ``(D,)`` of each date, -1 where its rows differ
    stays : columns that differ within dates
    is_mixed : ``(D,)`` dates whose rows differ in a column that is one value in most dates
    """

    grid: FloatArray
    kind: IntArray
    value: IntArray
    stays: list[str]
    is_mixed: BoolArray


def shuffle_dates(rows: Rows, names: Sequence[str], *, draws: int, seed: int) -> Shuffled:
    """Return Freedman and Lane's permutation p-values of the coefficients, by date.

    Parameters
    ----------
    rows
        Of the regression.
    names
        ``(k,)`` of the regressors.
    draws, seed
        Of the permutations.

    Returns
    -------
    Two-sided p-values ``(1 + #{|t_b| >= |t|}) / (1 + draws)``, t with errors clustered by block.

    Notes
    -----
    For each coefficient the outcome is what the other regressors leave of it. The values of a date
    (all columns of events together, so that dummies, squares and interactions stay what they are)
    then move to another date, which is the same as to move the residuals (Freedman and Lane 1983).
    What differs within a date (``security``, a column of firms) stays in its row, and interactions
    with it are computed anew. Dates whose windows overlap move together as a block, to a block of
    as many dates, in their order (Winkler et al. 2014). Statistics are studentised, so that unequal
    variances of dates do no harm in large samples (DiCiccio and Romano 2017). A date with several
    values in a column keeps them, and so does its block; a coefficient that no move changes has
    no p-value.
    """
    k = rows.x.shape[1]
    nothing = np.full(k, np.nan)
    if not draws:
        return Shuffled(pvalue=nothing, notes=[_without("statistics.draws is 0")])
    plan = _plan(rows)
    if isinstance(plan, str):
        return Shuffled(pvalue=nothing, notes=[_without(plan)])
    moves, n_kept = _exchangeable(rows, plan)
    arrangements = _arrangements(moves, plan.value)
    if arrangements < FEWEST:
        why = (
            f"the dates can be arranged in {counted(arrangements, 'way')} only"
            if arrangements > 1
            else "no two dates can be exchanged"
        )
        return Shuffled(pvalue=nothing, notes=[_without(why)])
    changes = np.ptp(plan.grid[:, np.unique(plan.value[plan.value >= 0])], axis=1).max(axis=0) > 0
    terms = np.flatnonzero(changes)
    notes = []
    if n_kept:
        notes.append(f"{counted(n_kept, 'date')} kept in place in the permutations")
    if not changes.all():
        still = [name for name, moved in zip(names, changes, strict=True) if not moved]
        still = [name for name in still if name != "constant"]
        if still:
            shown = [*still[:3], "others"] if len(still) > 4 else still
            notes.append(_without("the same at every date, or differing within dates", shown))
    pvalue = nothing.copy()
    if terms.size:
        pvalue[terms], n_singular = _ranked(rows, plan, moves, terms, draws, seed)
        if n_singular:
            notes.append(f"{n_singular} of {draws} permutations left out: collinear")
    return Shuffled(pvalue=pvalue, notes=notes)


def _without(why: str, names: Sequence[str] = ()) -> str:
    of = f" of {listed(names)}" if names else ""
    return f"permutation p{of} not available: {why}"


def _plan(rows: Rows) -> _Plan | str:
    cells, date = rows.cells, rows.date
    n_dates = int(date.max()) + 1
    size = np.bincount(date, minlength=n_dates)
    codes = {name: pd.factorize(cells[name])[0] for name in cells.columns}
    stays, mixed = [], np.zeros(n_dates, dtype=bool)
    moving: list[str] = []
    for name, code in codes.items():
        low = np.full(n_dates, np.iinfo(np.int64).max)
        high = np.full(n_dates, -1)
        np.minimum.at(low, date, code)
        np.maximum.at(high, date, code)
        differs = high > low
        if name == "security" or 2 * differs.sum() > (size > 1).sum() > 0:
            stays.append(str(name))
        else:
            moving.append(str(name))
            mixed |= differs
    if not moving:
        return "every column differs within dates"
    kind, kind_row = _numbered([codes[name] for name in stays], len(date))
    value, value_row = _numbered([codes[name] for name in moving], len(date))
    n_cells = len(kind_row) * len(value_row) * rows.x.shape[1]
    if n_cells > _MOST_CELLS:
        return "too many combinations of values within and between dates"
    a, b = np.meshgrid(kind_row, value_row, indexing="ij")
    columns = {
        name: cells[name].to_numpy()[(a if name in stays else b).ravel()] for name in cells.columns
    }
    grid = rows.at(pd.DataFrame(columns)).reshape(len(kind_row), len(value_row), -1)
    if not np.isfinite(grid).all():
        return "a term has no finite value at other dates"
    of_date = np.full(n_dates, -1, dtype=np.int64)
    of_date[date] = value
    of_date[mixed] = -1
    return _Plan(grid=grid, kind=kind, value=of_date, stays=stays, is_mixed=mixed)


def _numbered(codes: list[IntArray], n: int) -> tuple[IntArray, IntArray]:
    """Number the distinct combinations of codes, and return the first row of each."""
    if not codes:
        return np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64)
    _, first, number = np.unique(
        np.column_stack(codes), axis=0, return_index=True, return_inverse=True
    )
    return number.reshape(-1).astype(np.int64), first.astype(np.int64)


def _exchangeable(rows: Rows, plan: _Plan) -> tuple[list[IntArray], int]:
    """Return dates ``(blocks, length)`` that can be exchanged, and how many dates cannot."""
    first = np.unique(rows.date, return_index=True)[1]
    block = rows.block[first]
    by_length: dict[int, list[IntArray]] = {}
    for number in np.unique(block):
        dates = np.flatnonzero(block == number)
        if not plan.is_mixed[dates].any():
            by_length.setdefault(len(dates), []).append(dates)
    moves = [np.array(blocks) for blocks in by_length.values() if len(blocks) > 1]
    return moves, len(block) - sum(dates.size for dates in moves)


def _arrangements(moves: list[IntArray], value: IntArray) -> int:
    """Return in how many ways values can be arranged, at most `FEWEST`."""
    log = 0.0
    for dates in moves:
        same = Counter(map(tuple, value[dates].tolist()))
        log += math.lgamma(len(dates) + 1) - sum(math.lgamma(count + 1) for count in same.values())
    return FEWEST if log >= math.log(FEWEST - 0.5) else round(math.exp(log))


def _ranked(
    rows: Rows, plan: _Plan, moves: list[IntArray], terms: IntArray, draws: int, seed: int
) -> tuple[FloatArray, int]:
    order = np.argsort(rows.block, kind="stable")
    begins = np.flatnonzero(np.r_[True, np.diff(rows.block[order]) != 0])
    root, kind, date = rows.root[order], plan.kind[order], rows.date[order]
    x = rows.x[order] * root[:, None]
    y = rows.y[order] * root
    left = np.empty((len(y), len(terms)))
    for at, term in enumerate(terms):
        others = np.delete(x, term, axis=1)
        left[:, at] = y - others @ np.linalg.lstsq(others, y, rcond=None)[0]
    stays = np.isin(date, np.concatenate([dates.ravel() for dates in moves]), invert=True)
    rng = np.random.default_rng((seed, len(plan.value), len(y)))
    actual = _statistics(x[None], left, terms, begins)[0]
    drawn = np.empty((draws, len(terms)))
    step = max(1, _AT_A_TIME // x.size)
    for begin in range(0, draws, step):
        count = min(step, draws - begin)
        value = np.tile(plan.value, (count, 1))
        for dates in moves:
            shuffled = rng.permuted(np.tile(np.arange(len(dates)), (count, 1)), axis=1)
            value[:, dates.ravel()] = plan.value[dates][shuffled].reshape(count, -1)
        moved = plan.grid[kind, value[:, date]] * root[:, None]
        moved[:, stays] = x[stays]
        drawn[begin : begin + count] = _statistics(moved, left, terms, begins)
    singular = np.isnan(drawn).all(axis=1)
    return rank_pvalue(actual, np.ascontiguousarray(drawn.T)), int(singular.sum())


def _statistics(
    x: FloatArray, left: FloatArray, terms: IntArray, begins: IntArray
) -> FloatArray:
    """Return ``|t|`` ``(B, J)`` of each term with its own outcome, NaN where it is not identified.

    A constant that would correct for the number of clusters is the same in every draw.
    """
    scale = np.linalg.norm(x, axis=1, keepdims=True)
    is_zero = (scale == 0).any(axis=(1, 2))
    x = x / np.where(scale == 0, 1.0, scale)
    across = np.swapaxes(x, 1, 2)
    gram = across @ x
    is_singular = is_zero | (np.linalg.eigvalsh(gram)[:, 0] <= _SINGULAR)
    gram[is_singular] = np.eye(x.shape[2])
    bread = np.linalg.inv(gram)
    slopes = bread @ (across @ left)
    own = slopes[:, terms, np.arange(len(terms))]
    influence = x @ bread[:, :, terms]
    scores = np.add.reduceat(influence * (left - x @ slopes), begins, axis=1)
    error = np.sqrt((scores**2).sum(axis=1))
    error[is_singular] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(own) / error, dtype=np.float64)
