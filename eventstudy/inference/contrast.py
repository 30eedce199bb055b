"""Do two kinds of events differ: a studentised difference of means, its labels permuted.

Ordinary days play no part: the dates of the two groups are compared with each other, so that what
all of them share (rough times, a drift) cancels. The labels are what is random. They keep their
order inside each block of dates that lie close together, and the blocks change places
(docs/methods.md, section 13).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.pvalues import rank_pvalue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.permutations import Permutations

MIN_PERMUTATIONS = 20
"""With fewer different permutations no p-value could be 5 %."""
_CHUNK = 100_000  # so that the sums over the blocks stay in the processor's cache
# Standard errors from its centre at which an end of an interval is looked for, then rounds between.
_GRID = np.append(np.arange(0.0, 6.0, 0.2), np.geomspace(6.0, 100.0, 20))
_ROUNDS = 9
_EIGHTHS, _NEXT, _SIDES = np.arange(8.0), np.arange(2), np.arange(2)[:, None]
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
    first = np.asarray(first, dtype=np.bool_)
    blocks = _Blocks.of(groups)
    markets = [_Market.of(values[:, number], blocks) for number in range(values.shape[1])]
    most = max(1, _CHUNK // max([1, *(market.sums.shape[0] for market in markets)]))
    parts = [
        _differences(markets, blocks, first[at : at + most]) for at in range(0, len(first), most)
    ]
    return (
        np.concatenate([mean for mean, _ in parts], axis=1),
        np.concatenate([covariance for _, covariance in parts], axis=2),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Blocks:
    """Blocks and strata of units, which all markets share.

    Attributes
    ----------
    begins : ``(P,)`` first unit of each block
    stratum : ``(P,)`` of each block
    of_stratum : ``(S, P)`` which blocks a stratum holds, as 0 and 1
    of_units : ``(E, S)`` which stratum a unit belongs to, as 0 and 1
    """

    begins: IntArray
    stratum: IntArray
    of_stratum: FloatArray
    of_units: FloatArray

    @classmethod
    def of(cls, groups: TwoGroups) -> _Blocks:
        """Take the runs of units of one block."""
        begins = np.flatnonzero(np.r_[True, np.diff(groups.block) != 0][: len(groups.block)])
        indicators = _indicators(groups.stratum)
        return cls(
            begins=begins,
            stratum=indicators[begins].argmax(axis=1),
            of_stratum=np.ascontiguousarray(indicators[begins].T),
            of_units=indicators,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Market:
    """What `differences` needs of the values of one market, whatever the labels.

    A sum over a block of a value times the labels is a product with one sparse matrix, and what
    a unit weighs follows from its label and the share of the first group in its stratum alone.

    Attributes
    ----------
    sums : ``(P + K P, E)`` adds the units of each block that are there, then each of their values
    sizes : ``(S, 1)`` units of each stratum that are there
    """

    sums: csr_array
    sizes: FloatArray

    @classmethod
    def of(cls, values: FloatArray, blocks: _Blocks) -> _Market:
        """Take the values ``(K, E)`` less their means in each stratum."""
        from scipy.sparse import csr_array

        strata = blocks.of_units
        is_there = np.isfinite(values[0])
        sizes = is_there @ strata
        weights = np.empty((len(values) + 1, len(strata)))
        weights[0] = is_there
        v = np.where(is_there, values, 0.0)
        weights[1:] = np.where(is_there, v - v @ (strata / np.maximum(sizes, 1.0)) @ strata.T, 0.0)
        units = np.tile(np.arange(len(strata)), len(weights))
        begins = blocks.begins + len(strata) * np.arange(len(weights))[:, None]
        pointer = np.append(begins.ravel(), len(units))
        return cls(
            sums=csr_array((weights.ravel(), units, pointer), shape=(begins.size, len(strata))),
            sizes=sizes[:, None],
        )


def _differences(
    markets: Sequence[_Market], blocks: _Blocks, first: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """`differences` of a few labellings."""
    label = np.ascontiguousarray(first.T, dtype=np.float64)
    every = np.ones((label.shape[0], 1))
    n_blocks = len(blocks.begins)
    n_values = markets[0].sums.shape[0] // n_blocks - 1
    parts = np.zeros((0, 0, 0))
    mean, n_used = np.zeros((n_values, len(first))), np.zeros(len(first))
    for market in markets:
        # Of each block: its units, and sums of their values; of the first group, and of all.
        of_first = (market.sums @ label).reshape(n_values + 1, n_blocks, -1)
        of_second = (market.sums @ every).reshape(n_values + 1, n_blocks, 1) - of_first
        share = (blocks.of_stratum @ of_first[0]) / np.maximum(market.sizes, 1.0)
        total = (market.sizes * share * (1.0 - share)).sum(axis=0)
        is_used = total > TIE
        # A stratum of one kind alone tells nothing, and its blocks do not count.
        tells = (share > TIE) & (1.0 - share > TIE)
        factors = []
        for side in (of_first[0], of_second[0]):
            number = ((side > 0) & (tells if len(tells) == 1 else tells[blocks.stratum])).sum(
                axis=0
            )
            is_used &= number >= 2
            factors.append(np.sqrt(number / np.maximum(number - 1, 1)))
        total = np.where(is_used, total, 1.0)
        difference = np.where(is_used, of_first[1:].sum(axis=1) / total, 0.0)
        weight = np.where(is_used, (1.0 - share) * factors[0] / total, 0.0)
        other = np.where(is_used, share * factors[1] / total, 0.0)
        square, other_square = weight * (1.0 - share), other * share
        if len(share) > 1:
            weight, other, square, other_square = (
                each[blocks.stratum] for each in (weight, other, square, other_square)
            )
        squares = square * of_first[0] + other_square * of_second[0]
        mean += difference
        added = of_first[1:]
        added *= weight
        of_second[1:] *= other
        added -= of_second[1:]
        added -= np.multiply(difference[:, None], squares, out=of_second[1:])
        parts = np.add(parts, added, out=parts) if parts.size else added
        n_used += is_used
    n_used = np.where(n_used == 0, np.nan, n_used)
    covariance = np.empty((n_values, n_values, len(first)))
    for k in range(n_values):
        for other_k in range(k + 1):
            product = np.einsum("pb,pb->b", parts[k], parts[other_k]) / n_used**2
            covariance[k, other_k] = covariance[other_k, k] = product
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
    every, every_covariance = differences(values, groups, np.concatenate([real, drawn.first]))
    mean, covariance = every[:, :1], every_covariance[..., :1]
    statistic = float(_t(mean, covariance, np.zeros((1, 1)), 1)[0, 0])
    if not np.isfinite(statistic):
        return None
    ranks = _Ranks(mean, covariance, every[:, 1:], every_covariance[..., 1:], drawn.is_all)
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
        lines = taken[:, None]
        own = np.abs(_t(self.mean, self.covariance, lines, shift))[:, 0]
        draws = np.abs(_t(self.mean_drawn, self.covariance_drawn, lines, shift))
        draws = np.where(np.isnan(draws), np.inf, draws)
        return rank_pvalue(own, draws, holds_value=self.is_all)

    def least(self) -> float:
        """Two-sided p-value of the permutation with the largest ``|T|``."""
        draws = np.abs(_t(self.mean_drawn, self.covariance_drawn, np.zeros((1, 1)), 1))[0]
        top = np.max(draws, where=np.isfinite(draws), initial=0.0)
        return float(
            rank_pvalue(top, np.where(np.isnan(draws), np.inf, draws), holds_value=self.is_all)
        )

    def one_sided(self) -> tuple[float, float]:
        """P-values against a larger first group, and against a smaller one."""
        nothing = np.zeros((1, 1))
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
        of_data, of_data_covariance = self.mean[:, 0], self.covariance[..., 0]

        def is_kept(taken: FloatArray) -> BoolArray:
            t = _t(of_data, of_data_covariance, taken, shift)
            is_finite = np.isfinite(t)
            terms = np.empty((len(taken), 6))
            terms[:, 0], terms[:, 1], terms[:, 2] = 1.0, taken, taken**2
            edge2 = np.where(is_finite, (t * (1.0 - TIE)) ** 2, 0.0)
            np.multiply(edge2[:, None], terms[:, :3], out=terms[:, 3:])
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
        grids = []
        for turn in (-1.0, 1.0):
            grid = np.sort(np.append(_GRID, -turn * centre / step))
            grids.append(turn * grid[grid >= 0])
        # Both ends are looked for at once.
        ends = np.array([self._last_inside(grid, is_kept, centre, step) for grid in grids])
        for _ in range(_ROUNDS):
            first, last = ends[:, :1], ends[:, 1:]
            finer = np.concatenate([first + _EIGHTHS * ((last - first) / 8.0), last], axis=1)
            is_inside = is_kept(centre + step * finer[:, 1:-1].ravel()).reshape(2, 7)
            at = np.where(is_inside.any(axis=1), 7 - is_inside[:, ::-1].argmax(axis=1), 0)
            ends = finer[_SIDES, at[:, None] + _NEXT]
        low, high = np.where(np.isfinite(ends[:, 1]), centre + step * ends[:, 0], np.nan)
        return float(low), float(high)

    @staticmethod
    def _last_inside(
        grid: FloatArray, is_kept: Callable[[FloatArray], BoolArray], centre: float, step: float
    ) -> tuple[float, float]:
        """Return the last place of a grid that is inside, and the next; NaN where there is none."""
        last = int(np.flatnonzero(is_kept(centre + step * grid)).max(initial=0))
        if last + 1 == len(grid):
            return np.nan, np.nan
        return float(grid[last]), float(grid[last + 1])


def _t(mean: FloatArray, covariance: FloatArray, d: FloatArray, shift: int) -> FloatArray:
    """``T`` of labellings with multiples `d` of value `shift` out of Z.

    ``(V, 1)`` of them, and means ``(K, B)``, give ``(V, B)``.
    """
    own, cross, square = covariance[0, 0], covariance[0, shift], covariance[shift, shift]
    variance = own - 2.0 * d * cross + d**2 * square
    # What is 0 in exact arithmetic is rounding here.
    size = mean[0] ** 2 + own + d**2 * (mean[shift] ** 2 + square)
    variance = np.where(variance > TIE**2 * size, variance, np.nan)
    return np.asarray((mean[0] - d * mean[shift]) / np.sqrt(variance), dtype=np.float64)
