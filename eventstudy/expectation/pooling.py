"""The ladder: what a kind of news, its direction and all news add to ordinary days, pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy.expectation.past_dates import Days, days_of, past_dates
from eventstudy.reporting.wording import MIN_DATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, FloatArray
    from eventstudy.expectation.reactions import Reactions
    from eventstudy.expectation.values import Level

FEWEST_DAYS = 60
"""Ordinary windows a range is made of, at the least."""
PRIOR_DATES = 30
"""Dates that the spread of ordinary days counts as, beside that of the dates of news."""
SHARE = 0.8
"""Of outcomes the range is to hold."""

Centre = Literal["none", "mean", "contrast"]
Pooling = Literal["full", "half", "eb"]
Spread = Literal["days", "scaled", "news", "step", "t"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a range is made of the past.

    Attributes
    ----------
    centre
        What a direction adds to ordinary days: ``contrast``, half the difference between it and
        the opposite one; ``mean``, its own mean less theirs; ``none``, nothing.
    pooling
        Weight of what a step of the ladder adds to the one above: ``eb``, estimated (empirical
        Bayes); ``half``; ``full``, all of it.
    kinds
        Whether the kind of news has a step of its own.
    spread
        Around the centre: ``days``, as ordinary days; ``scaled``, the same stretched as the dates
        of the direction were; ``news``, as all dates of news; ``step``, as the dates of the step;
        ``t``, Student's t with their standard deviation.
    lead
        Whether what the benchmark did since the market's last close is taken into account.
    ordinary
        Whether the days are those without news; else all.
    """

    centre: Centre = "contrast"
    pooling: Pooling = "eb"
    kinds: bool = True
    spread: Spread = "scaled"
    lead: bool = True
    ordinary: bool = True


USUAL = Method()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """What ordinary days say of a market at a moment, in daily volatilities.

    Attributes
    ----------
    centre : expected return over the window
    sample : ``(S,)`` deviations from it
    plain : ``(S,)`` returns of ordinary days, whatever the benchmark did
    count : past dates of news whose window was over
    residual : ``(count,)`` what these dates did beyond the same expectation
    slope : on what the benchmark did; None where that is not taken into account
    is_ordinary : whether `plain` holds days without news only
    """

    centre: float
    sample: FloatArray
    plain: FloatArray
    count: int
    residual: FloatArray
    slope: float | None
    is_ordinary: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """The distribution of a market's return over the window, in daily volatilities.

    Attributes
    ----------
    level : step of the ladder
    chosen : ``(count,)`` past dates of that step
    sample : values that are equally likely; empty where there are fewer than 8 dates
    effect : what the news adds to ordinary days
    kind_weight : weight of what the kind adds to its direction
    """

    level: Level
    chosen: BoolArray
    sample: FloatArray
    effect: float
    kind_weight: float

    def quantiles(self) -> tuple[float, float, float]:
        """Return the low end, the middle and the high end of the range."""
        return range_of(self.sample)


def range_of(sample: FloatArray) -> tuple[float, float, float]:
    """Return low end, middle and high end of the 80 % range of equally likely values.

    The quantile of ``p`` is the value number ``p (n + 1)``, so that the range of ``n`` past values
    holds the next one in 80 % of cases.

    Examples
    --------
    >>> range_of(np.arange(1.0, 10.0))
    (1.0, 5.0, 9.0)
    """
    tail = (1 - SHARE) / 2
    low, middle, high = np.quantile(sample, [tail, 0.5, 1 - tail], method="weibull")
    return float(low), float(middle), float(high)


def shrinkage(number: FloatArray, gap: FloatArray, within: float) -> float:
    """Return the variance of true gaps around their parents, by the method of moments.

    ``tau^2 = max(0, (sum n g^2 / s^2 - J) / (sum n)) s^2`` for ``J`` gaps ``g`` of means over
    ``n`` dates with the variance ``s^2`` (DerSimonian and Laird 1986, around a centre that is
    given). The weight of a gap is then ``tau^2 / (tau^2 + s^2 / n)`` (Efron and Morris 1973).

    Examples
    --------
    >>> shrinkage(np.array([10.0, 10.0]), np.array([1.0, -1.0]), 1.0)
    0.9
    """
    if not len(number) or within <= 0:
        return 0.0
    excess = float((number * gap**2).sum() / within - len(number))
    return max(0.0, excess / float(number.sum())) * within


class History:
    """The past of a study's markets, cut at any moment."""

    def __init__(self, reactions: Reactions, method: Method = USUAL) -> None:
        self.reactions = reactions
        self.method = method
        self.dates = [past_dates(reactions, n) for n in range(len(reactions.days))]
        self.all_days = [days_of(days, ordinary=False) for days in reactions.days]
        self.ordinary_days = [days_of(days, ordinary=True) for days in reactions.days]

        self._seen = [
            np.maximum.accumulate(
                np.where(np.isfinite(days.returns), np.arange(len(days.returns)), -1)
            )
            for days in reactions.days
        ]

    def last_session(self, market: int, moment: np.datetime64) -> int:
        """Return the number of the last session that was over and has a return, -1 without one."""
        over = int(np.searchsorted(self.reactions.days[market].closed, moment, side="right"))
        return int(self._seen[market][over - 1]) if over else -1

    def days(self, market: int, moment: np.datetime64) -> Days:
        """Return the ordinary days of a market; all days where too few are ordinary."""
        ordinary = self.ordinary_days[market]
        has_enough = ordinary.known(moment) >= FEWEST_DAYS
        return ordinary if has_enough else self.all_days[market]

    def lead(self, market: int, moment: np.datetime64) -> float:
        """Return what the benchmark did since the market's last close, in daily volatilities.

        NaN where it had no close since, or nothing is known of it; so, too, where the market's
        prices end before its last session that is over. What the benchmark does after the market's
        next open is part of the window, and does not count.
        """
        days = self.reactions.days[market]
        last = self.last_session(market, moment)
        if not self.method.lead or last < 0 or last + 1 >= len(days.session):
            return float("nan")
        if days.closed[last + 1] <= moment:
            return float("nan")
        end = min(moment, days.opened[last + 1])  # NaT where it is not known
        start = days.closed[last]
        levels = self.reactions.levels
        closes = np.searchsorted(levels.closed, [start, end], side="right")
        if np.isnat(end) or closes[1] <= closes[0]:
            return float("nan")
        moved = levels.between(np.array([start]), np.array([end]))[0]
        return float(moved / days.volatility[last + 1])

    def base(self, market: int, moment: np.datetime64, lead: float) -> Base | None:
        """Return what ordinary days say; None where too few windows were over.

        `lead` is what the benchmark did since the market's last close, in daily volatilities; NaN
        where nothing is known of it.
        """
        days, dates = self.days(market, moment), self.dates[market]
        used = days if self.method.ordinary else self.all_days[market]
        plain = days.z[: days.known(moment)]
        if len(plain) < FEWEST_DAYS:
            return None
        count = dates.known(moment)
        fitted = _line(used, moment) if np.isfinite(lead) else None
        if fitted is not None:
            level, slope, sample = fitted
            residual = dates.z[:count] - level - slope * np.nan_to_num(dates.lead[:count])
            return Base(
                centre=level + slope * lead,
                sample=sample,
                plain=plain,
                count=count,
                residual=residual,
                slope=slope,
                is_ordinary=days is self.ordinary_days[market],
            )
        z = used.z[: used.known(moment)]
        centre = float(z.mean())
        return Base(
            centre=centre,
            sample=z - centre,
            plain=plain,
            count=count,
            residual=dates.z[:count] - centre,
            slope=None,
            is_ordinary=days is self.ordinary_days[market],
        )


def _line(days: Days, moment: np.datetime64) -> tuple[float, float, FloatArray] | None:
    """Return level, slope and residuals of the returns on what the benchmark had done."""
    count = days.known(moment)
    seen = np.isfinite(days.lead[:count])
    x, z = days.lead[:count][seen], days.z[:count][seen]
    if (x != 0).sum() < FEWEST_DAYS:
        return None
    deviation = x - x.mean()
    slope = float(deviation @ z / (deviation @ deviation))
    level = float(z.mean() - slope * x.mean())
    return level, slope, z - level - slope * x


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """What the steps of the ladder add, as of a moment: the weights of every market together.

    Attributes
    ----------
    bases : of each market; None where it has too few days
    within : variance of a date around the mean of its direction, in daily volatilities squared
    directions : variance of what directions add to ordinary days
    kinds : variance of what kinds add to their directions
    """

    history: History
    bases: Sequence[Base | None]
    within: float
    directions: float
    kinds: float

    def is_ordinary(self, market: int) -> bool:
        """Whether the band of ordinary days of a market is made of days without news."""
        base = self.bases[market]
        return base is not None and base.is_ordinary

    def predict(self, market: int, category: str | None, direction: str | None) -> Prediction:
        """Return what such news is expected to do in a market that has a base."""
        base = self.bases[market]
        if base is None:
            raise ValueError("the market has no base")
        method, dates = self.history.method, self.history.dates[market]
        kind = dates.having((category, direction), base.count, clean=True)
        own = np.ones(base.count, dtype=bool)
        if direction is not None:
            own = dates.having((None, direction), base.count, clean=True)
        effect = 0.0
        if direction is not None and own.sum() >= MIN_DATES:
            opposite = self._opposite(market, direction, base.count)
            gap, number = _gap(base.residual, own, opposite, method.centre)
            effect = self._weight(number, self.directions) * gap
        weight = 0.0
        if method.kinds and category is not None and kind.any():
            weight = self._weight(float(kind.sum()), self.kinds)
        level: Level = "all"
        chosen = np.ones(base.count, dtype=bool)
        if weight > 0 and kind.sum() >= MIN_DATES:
            level, chosen = "category", kind
            effect += weight * (float(base.residual[kind].mean()) - effect)
        elif direction is not None and own.sum() >= MIN_DATES:
            level, chosen = "direction", own
            if weight > 0:
                effect += weight * (float(base.residual[kind].mean()) - effect)
        sample = np.array([])
        if chosen.sum() >= MIN_DATES:
            sample = base.centre + effect + _spread(method.spread, base, chosen, effect)
        return Prediction(
            level=level, chosen=chosen, sample=sample, effect=effect, kind_weight=weight
        )

    def _opposite(self, market: int, direction: str, count: int) -> BoolArray:
        name = self.history.reactions.opposites.get(direction)
        if name is None:
            return np.zeros(count, dtype=bool)
        return self.history.dates[market].having((None, name), count, clean=True)

    def _weight(self, number: float, variance: float) -> float:
        fixed = {"full": 1.0, "half": 0.5}.get(self.history.method.pooling)
        if fixed is not None:
            return fixed
        return variance / (variance + self.within / number) if variance > 0 else 0.0


def pool(history: History, moment: np.datetime64, leads: Sequence[float]) -> Pool:
    """Estimate the weights of the ladder from what was known at a moment.

    `leads` are those of `History.base`, one a market.
    """
    bases = [history.base(n, moment, lead) for n, lead in enumerate(leads)]
    opposites = history.reactions.opposites
    square, freedom = 0.0, 0
    gaps: list[tuple[float, float]] = []
    kinds: list[tuple[float, float]] = []
    for base, dates in zip(bases, history.dates, strict=True):
        if base is None or not base.count:
            continue
        r = base.residual
        # Labels that occur later only stay out, so that they change not even a rounding.
        members = dates.is_clean[: base.count, : dates.n_labels[base.count]].astype(np.float64)
        number = members.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = (r @ members) / number
        centre: dict[str, float] = {}
        labels = [(label, at) for label, at in dates.column.items() if at < len(number)]
        for (category, direction), at in labels:
            if category is None and direction is not None and number[at] >= 2:
                square += float((r - mean[at]) ** 2 @ members[:, at])
                freedom += int(number[at]) - 1
                other = dates.column.get((None, opposites.get(direction)))
                sides = members[:, at] > 0, np.zeros(base.count, dtype=bool)
                if other is not None and other < len(number) and direction in opposites:
                    sides = sides[0], members[:, other] > 0
                gap, size = _gap(r, *sides, history.method.centre)
                centre[direction] = gap
                gaps.append((size, gap))
        for (category, direction), at in labels:
            if category is not None and direction in centre and number[at] > 0:
                kinds.append((float(number[at]), float(mean[at]) - centre[direction]))
    within = square / freedom if freedom else 1.0
    found = []
    for each in (gaps, kinds):
        table = np.array(each, dtype=np.float64).reshape(-1, 2)
        found.append(shrinkage(table[:, 0], table[:, 1], within))
    return Pool(history=history, bases=bases, within=within, directions=found[0], kinds=found[1])


def _gap(
    residual: FloatArray, own: BoolArray, opposite: BoolArray, centre: Centre
) -> tuple[float, float]:
    """Return what a direction adds to ordinary days, and the dates its precision amounts to.

    Half a difference of two means has the variance ``s^2 (1/n + 1/m) / 4``, that of a mean over
    ``4 / (1/n + 1/m)`` dates.
    """
    number = float(own.sum())
    if centre == "none":
        return 0.0, number
    mean = float(residual[own].mean())
    if centre == "mean" or not opposite.any():
        return mean, number
    other = float(opposite.sum())
    return (mean - float(residual[opposite].mean())) / 2, 4 / (1 / number + 1 / other)


def _spread(spread: Spread, base: Base, chosen: BoolArray, effect: float) -> FloatArray:
    """Return deviations from the centre that are equally likely."""
    if spread == "days":
        return base.sample
    dates = base.residual[chosen]
    if spread == "scaled":
        own = float(((dates - effect) ** 2).sum())
        usual = float((base.sample**2).mean())
        stretch = np.sqrt((own / usual + PRIOR_DATES) / (len(dates) + PRIOR_DATES))
        return np.asarray(base.sample * stretch)
    if spread == "news":
        return np.asarray(base.residual - base.residual.mean())
    if spread == "step":
        return np.asarray(dates - dates.mean(), dtype=np.float64)
    from scipy.special import stdtrit

    n = len(dates)
    grid = (np.arange(200) + 0.5) / 200
    return np.asarray(stdtrit(n - 1, grid) * dates.std(ddof=1) * np.sqrt(1 + 1 / n))
