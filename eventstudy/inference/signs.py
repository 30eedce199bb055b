"""Tests on the signs of the CARs, and on their signed ranks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.inference.pair_sums import pair_sums, positions, signs
from eventstudy.inference.pvalues import normal_pvalue, two_tailed_pvalue
from eventstudy.inference.statistic import StatisticValues, register_sums, z_values
from eventstudy.inference.sums import Totals, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.statistic import Sided

# Values of one line from which on their ranks are not kept one by one.
_MANY = 100_000
_EXACT_UP_TO = 50
# Codes that 16 bits hold.
_MOST_CODES = np.iinfo(np.uint16).max
# Whole numbers that single precision tells apart.
_WHOLE = 1 << 24
# Values of one line that are in memory at a time.
_AT_ONCE = 1_000_000
# Sizes of numbers told apart by their first bits, behind the sign: 11 of the exponent and 8 more.
_SHIFT = 44
_SIZES = 1 << 19
# Behind all sizes, and even, as what is not positive; numbers that differ by less are of one size.
_NO_VALUE = np.uint64(2**64 - 2)
_ONE_SIZE = np.uint64(2)


def _positive(evidence: Evidence) -> Totals:
    """Number of positive CARs, and of CARs."""
    return evidence.of_group(f"positive {evidence.presence}", lambda: _positive_sums(evidence))


def _positive_sums(evidence: Evidence) -> Totals:
    if (evidence.sign > 0).all():
        car = evidence.window.car
        held = np.column_stack([car > 0, np.isfinite(car)]).astype(np.float64)
        return Totals(tuple(pair_sums(evidence, held).T))
    values = evidence.gather(evidence.window.car)
    positive = (values > 0).sum(axis=1).astype(np.float64)
    return Totals((positive, np.isfinite(values).sum(axis=1).astype(np.float64)))


@register_sums(
    "sign",
    collect=_positive,
    summary="share of positive CARs against one half",
    null="positive and negative abnormal returns are equally likely",
    assumes="independent pairs; symmetric abnormal returns",
    distribution="N(0,1)",
    source="Brown and Warner (JFE 1980)",
)
def sign(sums: Totals, asked: Sided) -> StatisticValues:
    """``(w - N/2) / sqrt(N/4)``; zero is not positive."""
    positive, n = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, (positive - n / 2.0) / np.sqrt(n / 4.0), np.nan)
    return z_values(asked, value, reason="no pair")


@register_sums(
    "sign_exact",
    collect=_positive,
    summary="sign with its exact binomial p-value",
    null="positive and negative abnormal returns are equally likely",
    assumes="independent pairs; symmetric abnormal returns",
    distribution="Binomial(N, 1/2) of the positive CARs",
    source="Brown and Warner (JFE 1980)",
)
def sign_exact(sums: Totals, asked: Sided) -> StatisticValues:
    """``(w - N/2) / sqrt(N/4)`` as `sign`, with the p-value that w has exactly.

    ``P(X >= w)`` for greater, ``P(X <= w)`` for less, twice the smaller (at most 1) two-sided, X
    the number of heads in N tosses. Zero is not positive. NaN without a pair.
    """
    from scipy.special import bdtr

    positive, n = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, (positive - n / 2.0) / np.sqrt(n / 4.0), np.nan)
    tosses = n.astype(np.int64)
    lower = bdtr(positive, tosses, 0.5)
    upper = bdtr(n - positive, tosses, 0.5)
    pvalue = two_tailed_pvalue(lower, upper, asked.alternative)
    return StatisticValues(
        statistic=value,
        df=np.full(len(value), np.nan),
        pvalue=np.where(n > 0, pvalue, np.nan),
        reason="no pair",
    )


def _positive_in_both(evidence: Evidence) -> Totals:
    """`_positive`, the sum of the pairs' shares of positive residuals, and number of the group."""
    name = f"positive shares {evidence.presence}"
    share, number = evidence.of_residuals(name, lambda: _positive_shares(evidence))
    return Totals((*_positive(evidence).parts, share, number))


def _positive_shares(evidence: Evidence) -> tuple[FloatArray, FloatArray]:
    """Sum of the pairs' shares of positive residuals, and number of the group, ``(B,)`` each."""
    up, down = evidence.dependence.once(
        "shares of signs", lambda: _shares_of_signs(evidence.table.residuals)
    )
    share = np.where(
        evidence.sign > 0,
        evidence.gather(up, signed=False),
        evidence.gather(down, signed=False),
    )
    # The share is a property of the group: pairs without an abnormal return in W belong to it.
    absent = evidence.absent
    others = np.where(evidence.absent_sign > 0, up[absent], down[absent])
    number = np.full(evidence.n_draws, float(evidence.n_pairs + len(others)))
    return share.sum(axis=1) + others.sum(), number


@register_sums(
    "generalized_sign",
    collect=_positive_in_both,
    summary="share of positive CARs against the share in the estimation window",
    null="positive abnormal returns are as likely as in the estimation window",
    assumes="independent pairs",
    distribution="N(0,1)",
    source="Cowan (RQFA 1992)",
)
def generalized_sign(sums: Totals, asked: Sided) -> StatisticValues:
    """``(w - N p) / sqrt(N p (1-p))``, p the mean share of positive estimation residuals."""
    positive, n, share, number = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        p = share / number
        value = (positive - n * p) / np.sqrt(n * p * (1.0 - p))
    return z_values(
        asked, np.where(np.isfinite(value), value, np.nan), reason="no pair, or no variation"
    )


class _DrawnSizes:
    """CARs of draws by the order of their sizes among those of all positions.

    Attributes
    ----------
    codes : ``(B, N)`` twice the place of each size, and 1 more where it is positive; the largest
        where there is none or it is 0
    none : this largest one
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        car = evidence.window.car
        is_used = np.isfinite(car) & (car != 0)
        sizes, place = np.unique(np.abs(car[is_used]), return_inverse=True)
        self.none = 2 * len(sizes)
        kind = np.uint16 if self.none <= _MOST_CODES else np.uint64
        of_position: npt.NDArray[np.unsignedinteger] = np.full(len(car), self.none, dtype=kind)
        of_position[is_used] = 2 * place.reshape(-1) + (car[is_used] > 0)
        codes: npt.NDArray[np.unsignedinteger] = of_position.take(positions(evidence))
        turned = signs(evidence)
        if turned is not None:
            is_other = (turned < 0) & (codes < self.none)
            codes = np.bitwise_xor(codes, is_other.astype(kind))
        self.codes = codes

    def plus(self, other: Values) -> Values:
        """Return the CARs of these pairs and of others."""
        return Values(parts=(self._evidence.gather(self._evidence.window.car),)).plus(other)


def _cars(evidence: Evidence) -> Values | _DrawnSizes:
    if evidence.n_draws > 1:
        return _DrawnSizes(evidence)
    return Values(parts=(evidence.gather(evidence.window.car),))


@register_sums(
    "wilcoxon",
    collect=_cars,
    summary="signed ranks of the CARs (statistic is W+)",
    null="the CARs are symmetric about zero",
    assumes="independent pairs; symmetry",
    distribution="exact to N = 50 without ties, else N(0,1) with tie correction",
    source="Wilcoxon (1945)",
)
def wilcoxon(cars: Values | _DrawnSizes, asked: Sided) -> StatisticValues:
    """Sum of the ranks of the positive CARs; zeros dropped."""
    ranks = _signed_ranks(cars)
    n, plus = ranks.n, ranks.plus
    pvalue = np.full(len(n), np.nan)
    exact = (n > 0) & (n <= _EXACT_UP_TO) & ~ranks.is_tied
    for number in np.unique(n[exact]):
        rows = exact & (n == number)
        lower, upper = wilcoxon_tails(int(number))
        at = np.rint(plus[rows]).astype(np.int64)
        pvalue[rows] = two_tailed_pvalue(lower[at], upper[at], asked.alternative)
    normal = (n > 0) & ~exact
    if normal.any():
        m = n[normal].astype(np.float64)
        ties = ranks.tie_sums(normal)
        spread = np.sqrt((m * (m + 1) * (2 * m + 1) - ties / 2.0) / 24.0)
        z = (plus[normal] - m * (m + 1) / 4.0) / spread
        pvalue[normal] = normal_pvalue(z, asked.alternative)
    return StatisticValues(
        statistic=np.where(n > 0, plus, np.nan),
        df=np.full(len(n), np.nan),
        pvalue=pvalue,
        reason="every CAR is zero or missing",
    )


class _SignedRanks(NamedTuple):
    """What is known of the signed ranks of each line.

    Attributes
    ----------
    n : ``(B,)`` values that are there and not 0
    plus : ``(B,)`` sum of the ranks of the positive ones
    is_tied : ``(B,)`` whether two are of one size
    tie_sums : of some lines, sum of ``c^3 - c`` over the sizes, ``c`` the values of that size
    """

    n: IntArray
    plus: FloatArray
    is_tied: BoolArray
    tie_sums: Callable[[BoolArray], FloatArray]


def _signed_ranks(cars: Values | _DrawnSizes) -> _SignedRanks:
    if isinstance(cars, _DrawnSizes):
        return _ranks_of_draws(cars)
    if len(cars.parts[0]) == 1 and sum(part.shape[1] for part in cars.parts) > _AT_ONCE:
        return _ranks_by_size(cars)
    values = cars.values
    used = np.isfinite(values) & (values != 0)
    n = used.sum(axis=1)
    if len(values) == 1 and n[0] > _MANY:
        plus, ties = _ranks_of_many(values[used])
        tied = np.ones(1, dtype=bool)
        return _SignedRanks(n, np.array([plus]), tied, lambda _: np.array([ties]))
    return _ranks_by_line(values, used, n)


def _ranks_by_line(values: FloatArray, used: BoolArray, n: IntArray) -> _SignedRanks:
    """`_signed_ranks` of lines ``(B, N)`` of which `n` values are `used`.

    The bits of a size ascend as it does, and its sign has room behind them: one sort of whole
    numbers tells places and signs. Sizes that are equal share the mean of their places.
    """
    if not values.size:
        nothing = np.zeros(len(values))
        return _SignedRanks(n, nothing, nothing > 0, lambda lines: nothing[lines])
    key = np.abs(values).view(np.uint64) << np.uint64(1)
    key |= values > 0
    key[~used] = _NO_VALUE
    key.sort(axis=1)
    n_lines, width = key.shape
    is_first = np.ones(key.shape, dtype=bool)
    is_first[:, 1:] = (key[:, 1:] ^ key[:, :-1]) >= _ONE_SIZE
    first = np.flatnonzero(is_first)
    number = np.diff(first, append=key.size).astype(np.float64)
    line, place = np.divmod(first, width)
    number[key.ravel()[first] == _NO_VALUE] = 0.0
    positive = np.add.reduceat((key & np.uint64(1)).ravel().astype(np.float64), first)
    ranks = positive * (place + (number + 1.0) / 2.0)
    plus: FloatArray = np.bincount(line, weights=ranks, minlength=n_lines).astype(np.float64)
    ties: FloatArray = np.bincount(line, weights=number**3 - number, minlength=n_lines).astype(
        np.float64
    )
    return _SignedRanks(n, plus, ties > 0, lambda lines: ties[lines])


def _ranks_of_draws(cars: _DrawnSizes) -> _SignedRanks:
    """`_signed_ranks` of draws: places of the positive sizes, and what ties make of these."""
    codes = np.sort(cars.codes, axis=1, kind="stable")
    n_lines, width = codes.shape
    n = (codes < cars.none).sum(axis=1)
    # Sums of places are whole numbers, which single precision holds as long as they are small.
    kind = np.float32 if width * (width + 1) < _WHOLE else np.float64
    positive = codes & codes.dtype.type(1)
    plus = (positive.astype(kind) @ np.arange(1, width + 1, dtype=kind)).astype(np.float64)
    is_same = np.zeros(codes.shape, dtype=bool)
    is_same[:, :-1] = (codes[:, 1:] ^ codes[:, :-1]) < 2
    is_same[:, :-1] &= codes[:, :-1] < cars.none
    ties = np.zeros(n_lines)
    same = np.flatnonzero(is_same)
    if same.size:
        begin = same[np.diff(same, prepend=-2) != 1]  # first and last of each run of one size
        end = same[np.diff(same, append=codes.size + 1) != 1] + 1
        number = end - begin + 1.0
        runs = np.cumsum(number.astype(np.int64))
        member = np.arange(int(runs[-1])) + np.repeat(end + 1 - runs, number.astype(np.int64))
        starts = runs - number.astype(np.int64)
        held = positive.ravel().take(member).astype(np.float64)
        line, place = np.divmod(begin, width)
        shared = np.add.reduceat(held, starts) * (place + (number + 1.0) / 2.0)
        own = np.add.reduceat(held * (member % width + 1.0), starts)
        plus += np.bincount(line, weights=shared - own, minlength=n_lines)
        ties += np.bincount(line, weights=number**3 - number, minlength=n_lines)
    return _SignedRanks(n, plus, ties > 0, lambda lines: ties[lines])


def _ranks_by_size(cars: Values) -> _SignedRanks:
    """`_signed_ranks` of one line of very many values, so many of neighbouring sizes at a time.

    The ranks of the next larger ones begin where those of the smaller ones end. Values are read
    anew for each share of them.
    """
    number = np.zeros(_SIZES, dtype=np.int64)
    for some in _portions(cars):
        number += np.bincount(_size_code(some), minlength=_SIZES)
    share = (np.cumsum(number) - 1) // _AT_ONCE
    plus = ties = 0.0
    n = 0
    for at in np.unique(share[number > 0]):
        is_own = share == at
        values = np.concatenate([some[is_own[_size_code(some)]] for some in _portions(cars)])
        of_share, of_ties = _ranks_of_many(values)
        plus += of_share + n * int((values > 0).sum())
        ties += of_ties
        n += len(values)
    return _SignedRanks(
        np.array([n]), np.array([plus]), np.ones(1, dtype=bool), lambda _: np.array([ties])
    )


def _portions(cars: Values) -> Iterator[FloatArray]:
    """Return the values of a line that are there and not 0, some hundred thousand at a time."""
    some: list[FloatArray] = []
    for part in cars.parts:
        line = part[0]
        some.append(line[np.isfinite(line) & (line != 0)])
        if sum(map(len, some)) > _MANY:
            yield np.concatenate(some)
            some = []
    yield np.concatenate([np.empty(0), *some])


def _size_code(values: FloatArray) -> IntArray:
    """Place of each size among `_SIZES` that ascend: power of two and first digits after it."""
    return (np.abs(values).view(np.int64) >> _SHIFT).astype(np.int64)


def _ranks_of_many(values: FloatArray) -> tuple[float, float]:
    """Sum of the mid-ranks of the positive among all sizes, of very many values that are not 0.

    And the sum of ``c^3 - c`` over the sizes, ``c`` the values of that size. By one sort of whole
    numbers, as `_ranks_by_line`.
    """
    key = np.abs(values).view(np.uint64) << np.uint64(1)
    key |= values > 0
    key.sort()
    is_first = np.ones(len(key), dtype=bool)
    np.greater_equal(key[1:] ^ key[:-1], _ONE_SIZE, out=is_first[1:])
    is_positive = (key & np.uint64(1)).astype(bool)
    if is_first.all():
        return float((np.flatnonzero(is_positive) + 1).sum()), 0.0
    first = np.flatnonzero(is_first)
    number = np.diff(first, append=len(key)).astype(np.float64)
    positive = np.add.reduceat(is_positive, first, dtype=np.float64)
    return float(positive @ (first + (number + 1.0) / 2.0)), float((number**3 - number).sum())


def _shares_of_signs(residuals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Share of the residuals of every position that are positive, and negative, ``(U,)`` each."""
    number = np.isfinite(residuals).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (residuals > 0).sum(axis=1) / number, (residuals < 0).sum(axis=1) / number


@functools.cache
def wilcoxon_tails(n: int) -> tuple[FloatArray, FloatArray]:
    """``P(W+ <= w)`` and ``P(W+ >= w)`` for ``w = 0 .. n(n+1)/2``."""
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1.0
    for rank in range(1, n + 1):
        ways[rank:] += ways[:-rank].copy()
    share = ways / 2.0**n
    return np.cumsum(share), np.cumsum(share[::-1])[::-1]
