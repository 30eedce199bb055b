"""P-values of a regression from its regressors shuffled over dates."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.analyses.formulas import CONSTANT
from eventstudy.estimation.clusters import renumbered
from eventstudy.inference.pvalues import rank_pvalue
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray

FEWEST = 20
"""With fewer arrangements no p-value can fall to 0.05."""
# Rows times columns held at a time: 64 MB of doubles.
_AT_A_TIME = 8_000_000
_MOST_CELLS = 20_000_000
# Draws times the cube of the regressors: what the inverses of all draws cost, a minute or less.
_MOST_WORK = 4e9
_SINGULAR = 1e-10
# The share of a coefficient along combinations that the data do not determine.
_LOST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """The rows of a regression and what its regressors are made of.

    Attributes
    ----------
    y, root : ``(n,)`` outcome, and roots of the weights
    x : ``(n, k)`` regressors
    cells : ``(n,)`` rows of the columns they are made of
    at : the regressors of other rows of such cells
    security : ``(n,)`` numbers of the markets
    date : ``(n,)`` independent dates, numbered in order of time
    block : ``(n,)`` dates whose windows overlap
    """

    y: FloatArray
    root: FloatArray
    x: FloatArray
    cells: pd.DataFrame
    at: Callable[[pd.DataFrame], FloatArray]
    security: IntArray
    date: IntArray
    block: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shuffled:
    """P-values ``(k,)``, NaN where there is none; `notes` says why, and what was averaged."""

    pvalue: FloatArray
    notes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Dates:
    """The values of dates, and where they can go.

    Attributes
    ----------
    x : ``(D, K, k)`` regressors of rows of kind K with the values of a date
    kind : ``(n,)`` of each row: what stays in it
    shape : ``(D,)`` number of the values of a date
    block : ``(D,)`` from 0
    n_averaged : dates whose events differ in a column
    """

    x: FloatArray
    kind: IntArray
    shape: IntArray
    block: IntArray
    n_averaged: int


def shuffle_dates(
    rows: Rows, names: Sequence[str], n_absorbed: int = 0, *, draws: int, seed: int
) -> Shuffled:
    """Return Freedman and Lane's permutation p-values of the coefficients, by date.

    Parameters
    ----------
    rows
        Of the regression.
    names
        ``(k,)`` of the regressors.
    n_absorbed
        How many of the first have coefficients nobody asks about.
    draws, seed
        Of the permutations.

    Returns
    -------
    Two-sided p-values ``(1 + #{|t_b| >= |t|}) / (1 + draws)``, t with errors clustered by block.

    Notes
    -----
    For each coefficient the outcome is what the other regressors leave of it. The values of dates
    (all columns of events together, so that dummies, squares and interactions stay what they are)
    are then laid over other dates, which is the same as to move the residuals (Freedman and Lane
    1983). Where the events of a date differ in a column, they get the mean of its regressors: of a
    category the share of the events. What differs within dates by market (``security``, a column
    of firms) stays in its row, and interactions with it are computed anew; a coefficient that no
    move changes has no p-value.

    Dates whose windows overlap are a block: the series of values, cut between blocks, is put
    together again in random order and laid over the dates in order of time. Values of neighbouring
    dates so stay together: shuffled one by one, labels that persist over overlapping windows reject
    12 % where 5 % is meant. Statistics are studentised by block, so that dates of unequal variance
    do no harm in large samples (DiCiccio and Romano 2017).
    """
    k = rows.x.shape[1]
    nothing = np.full(k, np.nan)
    if not draws:
        return Shuffled(pvalue=nothing, notes=[_without("statistics.draws is 0")])
    if draws * float(k) ** 3 > _MOST_WORK:
        why = f"{counted(k, 'coefficient')} are too many to be estimated {draws:,} times"
        return Shuffled(pvalue=nothing, notes=[_without(why)])
    dates = _dates(rows)
    if isinstance(dates, str):
        return Shuffled(pvalue=nothing, notes=[_without(dates)])
    arrangements = _arrangements(dates)
    if arrangements < FEWEST:
        why = f"there {'is' if arrangements == 1 else 'are'} only {counted(arrangements, 'way')}"
        return Shuffled(pvalue=nothing, notes=[_without(f"{why} to arrange the dates")])
    changes = np.ptp(dates.x, axis=0).max(axis=0) > 0
    terms = n_absorbed + np.flatnonzero(changes[n_absorbed:])
    notes = []
    if dates.n_averaged:
        of = counted(dates.n_averaged, "date")
        notes.append(f"permutations take the mean of the events of {of} that differ in a column")
    still = [names[j] for j in range(n_absorbed, k) if not changes[j] and names[j] != CONSTANT]
    if still:
        notes.append(_without("values differ within dates, not between them", _first(still)))
    pvalue = nothing.copy()
    if terms.size:
        pvalue[terms], is_lost = _ranked(rows, dates, terms, draws, seed)
        if is_lost.any():
            lost = _first([names[j] for j in terms[is_lost]])
            notes.append(_without("dates do not tell it apart from the other terms", lost))
    return Shuffled(pvalue=pvalue, notes=notes)


def _without(why: str, names: Sequence[str] = ()) -> str:
    of = f" of {listed(names)}" if names else ""
    return f"permutation p{of} not available: {why}"


def _first(names: list[str]) -> list[str]:
    return [*names[:3], "others"] if len(names) > 4 else names


def _dates(rows: Rows) -> _Dates | str:
    cells, date = rows.cells, rows.date
    n, n_dates = len(date), int(date.max()) + 1
    several = np.bincount(date, minlength=n_dates) > 1
    _, place = np.unique(np.column_stack([date, rows.security]), axis=0, return_inverse=True)
    codes = {str(name): pd.factorize(cells[name])[0] for name in cells.columns}
    stays, differs = [], np.zeros(n_dates, dtype=bool)
    for name, code in codes.items():
        several_values = _differs(code, date)
        by_market = np.ones(n_dates, dtype=bool)
        by_market[date[_differs(code, place.reshape(-1))[place.reshape(-1)]]] = False
        is_of_markets = 2 * (several_values & by_market).sum() > several.sum() > 0
        if name == "security" or is_of_markets:
            stays.append(name)
        else:
            differs |= several_values
    moving = [name for name in codes if name not in stays]
    if not moving:
        return "every column differs within dates"
    kind, kind_row = _numbered([codes[name] for name in stays], n)
    value, value_row = _numbered([codes[name] for name in moving], n)
    if len(kind_row) * max(len(value_row), n_dates) * rows.x.shape[1] > _MOST_CELLS:
        return "too many combinations of values within and between dates"
    a, b = np.meshgrid(kind_row, value_row, indexing="ij")
    columns = {name: cells[name].to_numpy()[(a if name in stays else b).ravel()] for name in codes}
    grid = rows.at(pd.DataFrame(columns)).reshape(len(kind_row), len(value_row), -1)
    if not np.isfinite(grid).all():
        return "a term has no finite value at other dates"
    parts = np.zeros((n_dates, len(value_row)))
    np.add.at(parts, (date, value), 1.0)
    parts /= parts.sum(axis=1, keepdims=True)
    shape = np.unique(parts, axis=0, return_inverse=True)[1].reshape(-1)
    first = np.unique(date, return_index=True)[1]
    return _Dates(
        x=np.tensordot(parts, grid, axes=(1, 1)),
        kind=kind,
        shape=shape.astype(np.int64),
        block=renumbered(rows.block[first]),
        n_averaged=int(differs.sum()),
    )


def _differs(code: IntArray, part: IntArray) -> BoolArray:
    """Whether each part holds more than one code."""
    n = int(part.max()) + 1
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    np.minimum.at(low, part, code)
    np.maximum.at(high, part, code)
    return high > low


def _numbered(codes: list[IntArray], n: int) -> tuple[IntArray, IntArray]:
    """Number the distinct combinations of codes, and return the first row of each."""
    if not codes:
        return np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64)
    _, first, number = np.unique(
        np.column_stack(codes), axis=0, return_index=True, return_inverse=True
    )
    return number.reshape(-1).astype(np.int64), first.astype(np.int64)


def _arrangements(dates: _Dates) -> int:
    """Return in how many ways the values of blocks can be put together, at most `FEWEST`."""
    series = [tuple(dates.shape[dates.block == b].tolist()) for b in np.unique(dates.block)]
    log = math.lgamma(len(series) + 1)
    log -= sum(math.lgamma(count + 1) for count in Counter(series).values())
    return FEWEST if log >= math.log(FEWEST - 0.5) else round(math.exp(log))


def _ranked(
    rows: Rows, dates: _Dates, terms: IntArray, draws: int, seed: int
) -> tuple[FloatArray, BoolArray]:
    """Return p-values, and which coefficients the means of dates do not tell apart."""
    # Rows of one date and kind have the same regressors in every draw: their mean says the same.
    keys, cell = np.unique(
        np.column_stack([rows.block, rows.date, dates.kind]), axis=0, return_inverse=True
    )
    weight = np.bincount(cell.reshape(-1), weights=rows.root**2)
    total = np.bincount(cell.reshape(-1), weights=rows.root**2 * rows.y)
    root, (_, date, kind) = np.sqrt(weight), keys.T
    y = total / root
    begins = np.flatnonzero(np.r_[True, np.diff(keys[:, 0]) != 0])
    # Blocks in order of time, and the dates of a block beside each other.
    block = dates.block
    start = np.full(int(block.max()) + 1, len(block))
    np.minimum.at(start, block, np.arange(len(block)))
    in_blocks = np.lexsort((np.arange(len(block)), start[block]))
    of_place = block[in_blocks]

    def laid(source: IntArray) -> FloatArray:
        """Return the regressors ``(B, n, k)`` where each date has the values of its source."""
        return np.asarray(dates.x[source[:, date], kind] * root[:, None], dtype=np.float64)

    x = laid(np.arange(len(block))[None])
    left = np.empty((len(y), len(terms)))
    for at, term in enumerate(terms):
        others = np.delete(x[0], term, axis=1)
        left[:, at] = y - others @ np.linalg.lstsq(others, y, rcond=None)[0]
    actual = _statistics(x, left, terms, begins)[0]
    rng = np.random.default_rng((seed, len(block), len(y)))
    drawn = np.empty((draws, len(terms)))
    step = max(1, _AT_A_TIME // x.size)
    for begin in range(0, draws, step):
        count = min(step, draws - begin)
        lot = rng.random((count, len(start)))[:, of_place]
        source = np.empty((count, len(block)), dtype=np.int64)
        source[:, in_blocks] = in_blocks[np.argsort(lot, axis=1, kind="stable")]
        drawn[begin : begin + count] = _statistics(laid(source), left, terms, begins)
    return rank_pvalue(actual, np.ascontiguousarray(drawn.T)), np.isnan(actual)


def _statistics(x: FloatArray, left: FloatArray, terms: IntArray, begins: IntArray) -> FloatArray:
    """Return ``|t|`` ``(B, J)`` of each term with its own outcome, NaN where it is not identified.

    A constant that would correct for the number of clusters is the same in every draw.
    """
    scale = np.linalg.norm(x, axis=1, keepdims=True)
    x = x / np.where(scale == 0, 1.0, scale)
    across = np.swapaxes(x, 1, 2)
    size, axes = np.linalg.eigh(across @ x)
    is_null = size <= _SINGULAR
    inverse = np.where(is_null, 0.0, 1.0 / np.where(is_null, 1.0, size))
    bread = (axes * inverse[:, None, :]) @ np.swapaxes(axes, 1, 2)
    slopes = bread @ (across @ left)
    own = slopes[:, terms, np.arange(len(terms))]
    influence = x @ bread[:, :, terms]
    scores = np.add.reduceat(influence * (left - x @ slopes), begins, axis=1)
    error = np.sqrt((scores**2).sum(axis=1))
    share_lost = (axes[:, terms] ** 2 * is_null[:, None, :]).sum(axis=2)
    is_told = (share_lost <= _LOST) & (error > 0)
    return np.where(is_told, np.abs(own) / np.where(is_told, error, 1.0), np.nan)
