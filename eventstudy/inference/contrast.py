"""Do two kinds of events differ: a studentised difference of means, its labels permuted.

Ordinary days play no part: the dates of the two groups are compared with each other, so that what
all of them share (rough times, a drift) cancels. The labels are what is random. They keep their
order inside each block of dates that lie close together, and the blocks change places
(docs/methods.md, section 13).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from math import factorial, prod
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.pvalues import rank_pvalue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray

MOST_LISTED = 10_000
"""All orders of the blocks are gone through where there are no more than these."""
MIN_PERMUTATIONS = 20
"""With fewer different permutations no p-value could be 5 %."""
_CHUNK = 2_000_000
# Standard errors from its centre at which an end of an interval is looked for, then rounds between.
_GRID = np.append(np.arange(0.0, 6.0, 0.2), np.geomspace(6.0, 100.0, 20))
_ROUNDS = 9
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoGroups:
    """The ``E`` units of two groups in ``M`` markets, for one window.

    Units stand in the order of stratum, block and time, as `in_order` puts them.

    Attributes
    ----------
    car, z : ``(M, E)`` CAR, and CAR over the volatility known before it; NaN where a unit has no
        pair in a market
    per_return : ``(M, E)`` what a CAR larger by 1 adds to z: one over that volatility
    first : ``(E,)`` whether a unit is of the first group
    block : ``(E,)`` units that may depend on each other, whose labels move together
    stratum : ``(E,)`` units among which labels are permuted
    """

    car: FloatArray
    z: FloatArray
    per_return: FloatArray
    first: BoolArray
    block: IntArray
    stratum: IntArray

    def in_order(self, time: IntArray) -> TwoGroups:
        """Return the units by stratum, block and `time` ``(E,)``, blocks by their first unit."""
        begin = np.full(int(self.block.max(initial=-1)) + 1, np.iinfo(np.int64).max)
        np.minimum.at(begin, self.block, time)
        order = np.lexsort((time, self.block, begin[self.block], self.stratum))
        return self.taken(order)

    def taken(self, units: IntArray) -> TwoGroups:
        """Return these units, in this order."""
        return replace(
            self,
            car=self.car[:, units],
            z=self.z[:, units],
            per_return=self.per_return[:, units],
            first=self.first[units],
            block=self.block[units],
            stratum=self.stratum[units],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Permutations:
    """Labels ``(B, E)`` of every permutation: True is the first group.

    Attributes
    ----------
    first : the labels
    is_all : whether these are all permutations, the real labels among them
    n_ways : how many of them differ, or, where only some are drawn, how many orders of the blocks
        there are
    """

    first: BoolArray
    is_all: bool
    n_ways: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastResult:
    """What the contrast of two groups says, in decimal returns and in daily volatilities (h).

    Attributes
    ----------
    estimate, std_error : difference of mean CARs, first group less second, and its standard error
    ci_low, ci_high : differences in CAR the test does not reject at 5 %; NaN where open
    effect, effect_low, effect_high : the same of Z
    statistic : difference of mean Z over its standard error
    pvalue, pvalue_greater, pvalue_less : its rank among the permutations
    least_pvalue : the smallest `pvalue` any permutation has
    """

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    effect: float
    effect_low: float
    effect_high: float
    statistic: float
    pvalue: float
    pvalue_greater: float
    pvalue_less: float
    least_pvalue: float


def permutations(
    first: BoolArray, block: IntArray, stratum: IntArray, *, draws: int, seed: Sequence[int]
) -> Permutations:
    """Return the labels with the blocks of each stratum in another order.

    Parameters
    ----------
    first, block, stratum
        ``(E,)`` as in `TwoGroups`, in its order.
    draws, seed
        Random orders, where there are more than `MOST_LISTED`.

    Examples
    --------
    >>> labels = np.array([True, True, False, False])
    >>> found = permutations(labels, np.array([0, 0, 1, 2]), np.zeros(4, int), draws=9, seed=[1])
    >>> found.first.astype(int).tolist(), found.is_all
    ([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], True)
    """
    patterns: dict[int, dict[int, tuple[bool, ...]]] = {}
    for unit, (level, number) in enumerate(zip(stratum.tolist(), block.tolist(), strict=True)):
        blocks = patterns.setdefault(level, {})
        blocks[number] = (*blocks.get(number, ()), bool(first[unit]))
    alike = [Counter(blocks.values()) for blocks in patterns.values()]
    count = prod(
        factorial(counts.total()) // prod(factorial(n) for n in counts.values()) for counts in alike
    )
    if count <= MOST_LISTED:
        orders = [list(_orders(counts)) for counts in alike]
        rows = [[label for part in parts for label in part] for parts in product(*orders)]
        labels = np.array(rows, dtype=bool).reshape(len(rows), len(first))
        return Permutations(first=labels, is_all=True, n_ways=len(np.unique(labels, axis=0)))
    rng = np.random.default_rng(list(seed))
    _, number = np.unique(block, return_inverse=True)
    _, level = np.unique(stratum, return_inverse=True)
    key = rng.random((draws, int(number.max()) + 1))[:, number.reshape(-1)] + level.reshape(-1)
    labels = first[np.argsort(key, axis=1, kind="stable")]
    return Permutations(first=labels, is_all=False, n_ways=count)


def _orders(counts: Counter[tuple[bool, ...]]) -> Iterator[list[bool]]:
    """Labels of every order of the patterns of blocks, those that look alike not told apart."""
    if not counts.total():
        yield []
        return
    for pattern in [pattern for pattern, n in counts.items() if n]:
        rest = counts.copy()
        rest[pattern] -= 1
        for tail in _orders(rest):
            yield [*pattern, *tail]


def differences(
    values: FloatArray, groups: TwoGroups, first: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return the difference of two groups' means for every labelling, and its covariance.

    In market ``m``, with ``g`` the label (0 or 1) less its mean in the stratum and ``v`` a value
    less its own, ``D_m = sum g v / sum g^2``: the plain difference of the means where there is one
    stratum. ``D`` is the mean of ``D_m`` over markets with units of both sides in two blocks or
    more, as otherwise the spread is not known. A unit contributes
    ``u = mean_m c g (v - D_m g) / sum g^2``, and the covariance is the sum over blocks of the
    products of their summed ``u``; ``c^2 = C/(C-1)``, ``C`` the blocks that hold units of its side
    in the market. With one unit a block this is the variance of Welch's t.

    Parameters
    ----------
    values
        ``(K, M, E)`` values of the units, NaN where missing, the same everywhere for every ``K``.
    groups
        The units the values belong to; blocks and strata count.
    first
        ``(B, E)`` labels.

    Returns
    -------
    ``(K, B)`` and ``(K, K, B)``; NaN where there is no such market.
    """
    begins = np.flatnonzero(np.r_[True, np.diff(groups.block) != 0][: len(groups.block)])
    most = max(1, _CHUNK // max(1, first.shape[1]))
    parts = [
        _differences(values, groups.stratum, begins, first[at : at + most])
        for at in range(0, len(first), most)
    ]
    return (
        np.concatenate([mean for mean, _ in parts], axis=1),
        np.concatenate([covariance for _, covariance in parts], axis=2),
    )


def _differences(
    values: FloatArray, stratum: IntArray, begins: IntArray, first: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """`differences` of units whose blocks begin at `begins`."""
    n_values, n_markets, n_units = values.shape
    of_stratum = _indicators(stratum)
    has_one = len(begins) == n_units  # a block a unit
    parts = np.zeros((n_values, len(first), n_units))
    mean = np.zeros((n_values, len(first)))
    n_used = np.zeros(len(first))
    for market in range(n_markets):
        is_there = np.isfinite(values[0, market])
        sizes = of_stratum[is_there].sum(axis=0)
        share = of_stratum / np.maximum(sizes, 1.0)
        v = np.where(is_there, values[:, market], 0.0)
        v = np.where(is_there, v - v @ share @ of_stratum.T, 0.0)
        label = np.where(is_there, first, 0.0)
        g = np.where(is_there, label - label @ share @ of_stratum.T, 0.0)
        total = np.einsum("be,be->b", g, g)
        # A stratum of one kind alone tells nothing, and its blocks do not count.
        tells = np.abs(g) > TIE
        is_used = total > TIE
        factors = []
        for side in (first & tells, ~first & tells):
            held = side if has_one else np.logical_or.reduceat(side, begins, axis=1)
            number = held.sum(axis=1)
            is_used &= number >= 2
            factors.append(np.sqrt(number / np.maximum(number - 1, 1)))
        g[~is_used] = 0.0
        total = np.where(is_used, total, 1.0)
        weight = g * np.where(first, factors[0][:, None], factors[1][:, None]) / total[:, None]
        square = weight * g
        for k in range(n_values):
            difference = g @ v[k] / total
            mean[k] += difference
            parts[k] += weight * v[k] - difference[:, None] * square
        n_used += is_used
    n_used = np.where(n_used == 0, np.nan, n_used)
    of_block = parts if has_one else np.add.reduceat(parts, begins, axis=2)
    covariance = np.einsum("kbp,lbp->klb", of_block, of_block) / n_used**2
    return mean / n_used, covariance


def _indicators(number: IntArray) -> FloatArray:
    """Return which column of ``(E, numbers)`` each unit belongs to, as 0 and 1."""
    levels, column = np.unique(number, return_inverse=True)
    return np.asarray(column.reshape(-1)[:, None] == np.arange(len(levels)), dtype=np.float64)


def contrast(groups: TwoGroups, drawn: Permutations) -> ContrastResult | None:
    """Test whether the first group moved more than the second; None where T does not exist.

    ``T`` is the difference of the groups' mean Z over its standard error (see `differences`),
    ranked among its values for every permutation of the labels; one without a ``T`` counts as
    larger. The intervals are those of the test: ``d`` is taken out of the CARs of the first group
    (of its ``Z``, ``d`` over each unit's volatility), and what is not rejected at 5 % is inside.
    Over several markets ``d`` is the mean of differences in proportion to their volatility.

    References
    ----------
    Wu and Ding (JASA 2021), why the difference is studentised; Hagemann (J. Econometrics 2019),
    labels permuted over clusters; Fisher (1935).
    """
    with np.errstate(divide="ignore"):
        volatility = np.nanmean(1.0 / groups.per_return, axis=1, keepdims=True)
    per_return = groups.per_return * volatility / volatility.mean()
    one = np.where(np.isfinite(groups.z), 1.0, np.nan)
    values = np.stack([groups.z, groups.first * per_return, groups.first * one])
    real = groups.first[None, :]
    mean, covariance = differences(values, groups, real)
    statistic = float(_t(mean, covariance, np.zeros(1), 1)[0, 0])
    if not np.isfinite(statistic):
        return None
    mean_drawn, covariance_drawn = differences(values, groups, drawn.first)
    ranks = _Ranks(mean, covariance, mean_drawn, covariance_drawn, drawn.is_all)
    raw, raw_covariance = differences(groups.car[None], groups, real)
    ci = ranks.interval(1)
    effect = ranks.interval(2)
    greater, less = ranks.one_sided()
    return ContrastResult(
        estimate=float(raw[0, 0]),
        std_error=float(np.sqrt(raw_covariance[0, 0, 0])),
        ci_low=ci[0],
        ci_high=ci[1],
        effect=float(mean[0, 0]),
        effect_low=effect[0],
        effect_high=effect[1],
        statistic=statistic,
        pvalue=float(ranks.pvalues(np.zeros(1), 1)[0]),
        pvalue_greater=greater,
        pvalue_less=less,
        least_pvalue=ranks.least(),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Ranks:
    """Ranks of ``T`` among permutations, also with a constant taken out of the first group.

    Attributes
    ----------
    mean, covariance : ``(K, 1)`` and ``(K, K, 1)`` of the data: ``Z``, then what is taken out
    mean_drawn, covariance_drawn : ``(K, B)`` and ``(K, K, B)`` of the permutations
    is_all : whether the data are among these
    """

    mean: FloatArray
    covariance: FloatArray
    mean_drawn: FloatArray
    covariance_drawn: FloatArray
    is_all: bool

    def pvalues(self, taken: FloatArray, shift: int) -> FloatArray:
        """Two-sided p-values with ``taken`` ``(V,)`` times value `shift` taken out of Z."""
        own = np.abs(_t(self.mean, self.covariance, taken, shift))[:, 0]
        draws = np.abs(_t(self.mean_drawn, self.covariance_drawn, taken, shift))
        draws = np.where(np.isnan(draws), np.inf, draws)
        return rank_pvalue(own, draws, holds_value=self.is_all)

    def least(self) -> float:
        """Two-sided p-value of the permutation with the largest ``|T|``."""
        draws = np.abs(_t(self.mean_drawn, self.covariance_drawn, np.zeros(1), 1))[0]
        top = np.max(draws, where=np.isfinite(draws), initial=0.0)
        return float(
            rank_pvalue(top, np.where(np.isnan(draws), np.inf, draws), holds_value=self.is_all)
        )

    def one_sided(self) -> tuple[float, float]:
        """P-values against a larger first group, and against a smaller one."""
        nothing = np.zeros(1)
        own = _t(self.mean, self.covariance, nothing, 1)[:, 0]
        draws = _t(self.mean_drawn, self.covariance_drawn, nothing, 1)
        greater, less = (
            rank_pvalue(
                turn * own,
                np.where(np.isnan(draws), np.inf, turn * draws),
                holds_value=self.is_all,
            )
            for turn in (1.0, -1.0)
        )
        return float(greater[0]), float(less[0])

    def _keeps(self, shift: int) -> Callable[[FloatArray], BoolArray]:
        """Return whether `pvalues` is above 5 %, from multiples ``(V,)`` of value `shift`.

        ``|T|`` of a labelling reaches an edge where ``(m - d s)^2 - edge^2 (v - 2 d c + d^2 q)`` is
        not negative: a product of what depends on ``d`` and of what depends on the labels.
        """
        m, s = self.mean_drawn[0], self.mean_drawn[shift]
        own = self.covariance_drawn[0, 0]
        cross, square = self.covariance_drawn[0, shift], self.covariance_drawn[shift, shift]
        # What is 0 in exact arithmetic is rounding here, and counts as reached.
        labels = np.stack(
            [
                m**2 + _ROUNDING * (m**2 + own),
                -2.0 * m * s,
                s**2 + _ROUNDING * (s**2 + square),
                -own,
                2.0 * cross,
                -square,
            ]
        )
        labels[:, ~np.isfinite(labels).all(axis=0)] = 0.0  # one without a T counts as larger
        beside = 0 if self.is_all else 1

        def is_kept(taken: FloatArray) -> BoolArray:
            t = _t(self.mean, self.covariance, taken, shift)[:, 0]
            edge2 = (t * (1.0 - TIE)) ** 2
            powers = np.stack([np.ones_like(taken), taken, taken**2], axis=1)
            is_finite = np.isfinite(t)
            terms = np.column_stack([powers, np.where(is_finite, edge2, 0.0)[:, None] * powers])
            reached = np.count_nonzero(terms @ labels >= 0.0, axis=1)
            pvalue = (beside + reached) / (beside + labels.shape[1])
            return np.asarray(is_finite & (pvalue > LEVEL + TIE))

        return is_kept

    def interval(self, shift: int) -> tuple[float, float]:
        """Smallest and largest multiple of value `shift` whose p-value is above 5 %."""
        # Nothing is left of the difference at the centre, so that its p-value is 1.
        is_kept = self._keeps(shift)
        centre = float(self.mean[0, 0] / self.mean[shift, 0])
        step = float(np.sqrt(self.covariance[0, 0, 0])) / abs(float(self.mean[shift, 0]))
        ends = []
        for turn in (-1.0, 1.0):
            grid = np.sort(np.append(_GRID, -turn * centre / step))
            grid = grid[grid >= 0]
            is_inside = is_kept(centre + turn * step * grid)
            last = int(np.flatnonzero(is_inside).max(initial=0))
            if last + 1 == len(grid):
                ends.append(np.nan)
                continue
            inside, outside = grid[last], grid[last + 1]
            for _ in range(_ROUNDS):
                finer = np.linspace(inside, outside, 9)
                is_inside = is_kept(centre + turn * step * finer[1:-1])
                last = int(np.flatnonzero(is_inside).max(initial=-1)) + 1
                inside, outside = finer[last], finer[last + 1]
            ends.append(float(centre + turn * step * inside))
        return ends[0], ends[1]


def _t(mean: FloatArray, covariance: FloatArray, taken: FloatArray, shift: int) -> FloatArray:
    """``T`` of every labelling with `taken` ``(V,)`` of value `shift` out of Z: ``(V, B)``."""
    d = taken[:, None]
    own, cross, square = covariance[0, 0], covariance[0, shift], covariance[shift, shift]
    variance = own - 2.0 * d * cross + d**2 * square
    # What is 0 in exact arithmetic is rounding here.
    size = mean[0] ** 2 + own + d**2 * (mean[shift] ** 2 + square)
    variance = np.where(variance > TIE**2 * size, variance, np.nan)
    return np.asarray((mean[0] - d * mean[shift]) / np.sqrt(variance), dtype=np.float64)
