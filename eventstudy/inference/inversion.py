"""P-value, interval and smallest visible effect of a test that is ranked among its own draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.pvalues import against_null, direction_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import Alternative, BoolArray, FloatArray
    from eventstudy.inference.placements import Placements
    from eventstudy.inference.statistic import Located

POWER = 0.8
_STEPS = 30
_DOUBLINGS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboResult:
    """What the placebo distribution says.

    Attributes
    ----------
    pvalue : rank of ``|T|`` among the draws
    critical : the ``|T|`` beyond which p is 5 % or less; NaN, as what follows from it, where the
        draws are too few for that
    effect, effect_low, effect_high : mean Z in daily conditional standard deviations, with the
        interval of effects the test does not reject at 5 %, NaN where it is open
    mde : effect found with 80 % power at 5 %, in the same unit, on dates as rough as these
    mde_drawn : the same on dates like those of the draws
    n_draws : placements used
    """

    pvalue: float
    critical: float
    effect: float
    effect_low: float
    effect_high: float
    mde: float
    mde_drawn: float
    n_draws: int


def rank_located(
    real: Located,
    drawn: Located,
    placements: Placements,
    *,
    alternative: Alternative = "two-sided",
    level: float = LEVEL,
    stretch: float = 1.0,
) -> PlaceboResult | None:
    """Rank the real statistic among its placebo values; None where it does not exist.

    Parameters
    ----------
    real, drawn
        The statistic as a function of the effect, on the data and in the draws.
    stretch
        How much rougher the real dates are than those of the draws, for the smallest visible
        effect; see `stretch_of`.

    Notes
    -----
    The interval holds the effects ``d`` that the test does not reject when ``d`` is taken out of
    the group's own dates, in the data and in every draw that holds one of them. Without that a
    large effect stands among the draws it is compared with, and widens its own interval.
    """
    judged = _judged(real, drawn, placements, alternative, level)
    if judged is None:
        return None
    turn, effect = judged.turn, float(judged.real.effect[0])
    if judged.edge is None:  # so few draws that no statistic is significant
        nothing = float("nan")
        return PlaceboResult(
            pvalue=judged.pvalue, critical=nothing, effect=turn * effect, effect_low=nothing,
            effect_high=nothing, mde=nothing, mde_drawn=nothing, n_draws=judged.n_draws,
        )  # fmt: skip
    low, high = _ends(judged.real, judged.edge, is_both=alternative == "two-sided")
    bounds = (low, high) if turn > 0 else (-high, -low)
    mde, mde_drawn = _visible(judged, [stretch, 1.0])
    return PlaceboResult(
        pvalue=judged.pvalue,
        critical=judged.critical,
        effect=turn * effect,
        effect_low=bounds[0],
        effect_high=bounds[1],
        mde=mde,
        mde_drawn=mde_drawn,
        n_draws=judged.n_draws,
    )


def visible_in_draws(
    real: Located,
    drawn: Located,
    placements: Placements,
    *,
    alternative: Alternative = "two-sided",
    level: float = LEVEL,
) -> float:
    """`mde_drawn` of `rank_located` alone; NaN where there is none."""
    judged = _judged(real, drawn, placements, alternative, level)
    return float("nan") if judged is None or judged.edge is None else _visible(judged, [1.0])[0]


class _Judged(NamedTuple):
    """A statistic among its placebo values.

    Attributes
    ----------
    pvalue, n_draws : its rank, and among how many
    turn : -1 where the negatives of the returns were asked about, else 1
    real, valid : the statistic so turned, on the data and in the draws that have one
    edge, critical : what it must exceed, and this of no effect; None and NaN where it cannot
    """

    pvalue: float
    n_draws: int
    turn: float
    real: Located
    valid: Located
    edge: _Critical | None
    critical: float


def _judged(
    real: Located, drawn: Located, placements: Placements, alternative: Alternative, level: float
) -> _Judged | None:
    """Rank a statistic among its placebo values; None where it does not exist."""
    # To ask whether returns fell is to ask whether their negatives rose.
    turn = direction_of(alternative)
    if turn < 0:
        real, drawn = real.turned(), drawn.turned()
    side: Alternative = "two-sided" if alternative == "two-sided" else "greater"
    statistic = float(real.statistic()[0])
    draws = drawn.statistic()
    ranked = placements.rank(statistic, draws, side)
    if ranked is None:
        return None
    pvalue, n_draws = ranked
    is_valid = np.isfinite(draws)
    # The data count once, among the draws or beside them.
    valid = drawn if is_valid.all() else drawn.lines(is_valid)
    rest = is_valid & ~_stands_still(placements) if placements.lists_real else is_valid
    number = int(rest.sum())
    # p <= level just when |T| exceeds this draw: so many may reach it beside the real one.
    if not 0 <= _allowed(level, number) < number:
        return _Judged(pvalue, n_draws, turn, real, valid, None, float("nan"))
    others = drawn.lines(rest) if placements.lists_real else valid
    edge = _Critical(others, draws[rest], side, level)
    return _Judged(pvalue, n_draws, turn, real, valid, edge, edge.values([0.0])[0])


def _visible(judged: _Judged, stretches: list[float]) -> list[float]:
    """Smallest effect that is visible on dates rougher than those of the draws."""
    needed = judged.valid.needed(judged.critical, np.array(stretches)[:, None])
    found: list[float] = np.maximum(0.0, quantile(needed, POWER)).tolist()
    return found


def stretch_of(real: Located, drawn: Located) -> float:
    """Spread between the real dates over its root mean square in the draws.

    1 where it cannot be told, as in a single date that borrows from no others.
    """
    own, others = float(real.scale[0]), drawn.scale
    others = others[np.isfinite(others)]
    if not np.isfinite(own) or not others.size or not own > 0:
        return 1.0
    typical = float(np.sqrt(np.mean(others**2)))
    return own / typical if typical > 0 else 1.0


def quantile(values: FloatArray, share: float) -> FloatArray:
    """Quantile of each line of ``(S, B)``, ``(S,)``: `numpy.quantile`, to the digit and sooner.

    Examples
    --------
    >>> quantile(np.array([[3.0, 1.0, 2.0]]), 0.75).tolist()
    [2.5]
    """
    place = share * (values.shape[1] - 1)
    low = int(place)
    high = min(low + 1, values.shape[1] - 1)
    # What is missing comes last, so that a line that misses something has it there.
    ordered = np.partition(values, sorted({low, high, values.shape[1] - 1}), axis=1)
    part = place - low
    below, step = ordered[:, low], ordered[:, high] - ordered[:, low]
    between = below + step * part if part < 0.5 else ordered[:, high] - step * (1.0 - part)
    return np.where(np.isnan(ordered[:, -1]), np.nan, between)


def _stands_still(placements: Placements) -> BoolArray:
    """Whether a draw leaves every cluster where it is, ``(B,)``."""
    still = [block.moves[block.pick] == 0 for block in placements.blocks]
    return np.asarray(np.all(still, axis=0))


class _Critical:
    """The critical value as a function of the effect taken out of the group's own dates."""

    def __init__(
        self, drawn: Located, statistic: FloatArray, side: Alternative, level: float
    ) -> None:
        is_touched = drawn.is_touched
        allowed = _allowed(level, len(statistic))
        # Only draws that hold one of the dates change; of the rest the largest are enough.
        fixed = np.sort(against_null(statistic[~is_touched], side))
        self._fixed = fixed[max(len(fixed) - allowed - 1, 0) :]
        self._touched = drawn if is_touched.all() else drawn.lines(is_touched)
        self._unchanged = against_null(statistic[is_touched], side)
        self._side = side
        self._allowed = allowed
        self._number = len(statistic)
        self._level = level

    def values(self, effects: Sequence[float]) -> list[float]:
        """Return the ``|T|`` beyond which p is 5 % or less once each of `effects` is taken out."""
        taken = [effect for effect in effects if effect]
        if not taken or not self._unchanged.size:
            return [self._of_none] * len(effects)
        changed = against_null(self._touched.without(np.array(taken)[:, None]), self._side)
        found = iter(self._edges(changed))
        return [next(found) if effect else self._of_none for effect in effects]

    def _edges(self, changed: FloatArray) -> list[float]:
        """Return the largest ``|T|`` that more draws reach than may, for each line."""
        # A draw without a statistic is no draw, as for the p-value.
        is_there = np.isfinite(changed)
        if is_there.all():
            return self._edge(changed, self._allowed)
        edges = []
        for line, has_value in zip(changed, is_there, strict=True):
            number = self._number - int((~has_value).sum())
            edges += self._edge(line[has_value][None, :], _allowed(self._level, number))
        return edges

    @cached_property
    def _of_none(self) -> float:
        return self._edge(self._unchanged[None, :], self._allowed)[0]

    def _edge(self, changed: FloatArray, allowed: int) -> list[float]:
        """Return the largest ``|T|`` that more than `allowed` draws reach, for each line."""
        fixed = np.broadcast_to(self._fixed, (len(changed), len(self._fixed)))
        values = np.concatenate([fixed, changed], axis=1)
        at = values.shape[1] - 1 - allowed
        if allowed < 0 or at < 0:  # so few draws that no statistic is significant
            return [float("inf")] * len(changed)
        ordered = np.partition(values, at, axis=1) if changed.size else values
        edges: list[float] = ordered[:, at].tolist()
        return edges


def _allowed(level: float, number: int) -> int:
    """Return how many of so many draws may reach a statistic whose p is `level` or less."""
    return int(level * (number + 1) + TIE) - 1


def _ends(real: Located, edge: _Critical, *, is_both: bool) -> tuple[float, float]:
    """Return the effects below and above which the test rejects, NaN where there is none.

    The upper one is the lower one of the negative returns; a one-sided interval has none.
    """
    sides = [(real, 1.0), (real.turned(), -1.0)][: 2 if is_both else 1]
    # Where T is just critical; the critical value depends on the effect as far as draws hold it.
    known, ends = edge.values([0.0]) * len(sides), [float("nan")] * len(sides)
    searched = list(range(len(sides)))
    for _ in range(_STEPS):
        for number in searched:
            ends[number] = -float(sides[number][0].needed(known[number])[0])
        edges = edge.values([sides[number][1] * ends[number] for number in searched])
        left = []
        for number, found in zip(searched, edges, strict=True):
            if not abs(found - known[number]) <= TIE * abs(found):
                known[number] = found
                left.append(number)
        searched = left
        if not searched:
            break
    for number in searched:
        ends[number] = float("nan")
    low, high = [
        _checked_end(of_side, edge, turn, known[number], ends[number])
        for number, (of_side, turn) in enumerate(sides)
    ] + [float("nan")] * (2 - len(sides))
    return low, -high


def _checked_end(real: Located, edge: _Critical, turn: float, known: float, end: float) -> float:
    """Return a lower end that agrees with the test, found by halves where `end` does not.

    `known` is the critical value at the end, `turn` -1 for the negative returns.
    """
    mean = float(real.effect[0])

    def exceeds(statistic: FloatArray, effect: float) -> bool:
        critical = edge.values([turn * effect])[0]
        return float(statistic[0]) > critical + TIE * abs(critical)

    def rejects(effect: float) -> bool:
        return exceeds(real.less(effect).statistic(), effect)

    is_rejected = exceeds(real.statistic(), 0.0)
    # The interval leaves out 0 just when the test rejects.
    if np.isfinite(end) and is_rejected == (end > 0.0):
        return end
    inner = mean if is_rejected else min(mean, 0.0)
    outer, reach = 0.0, max(abs(float(real.needed(known)[0]) + mean), TIE)
    if not is_rejected:
        for _ in range(_DOUBLINGS):
            outer = inner - reach
            if rejects(outer):
                break
            reach *= 2.0
        else:
            return float("nan")
    for _ in range(2 * _STEPS):
        middle = 0.5 * (inner + outer)
        inner, outer = (inner, middle) if rejects(middle) else (middle, outer)
    return 0.5 * (inner + outer)
