"""What such news did before, at today's volatility, as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.analyses.contrasts import BLOCK_WEEKDAYS
from eventstudy.estimation.clusters import weekday_number
from eventstudy.expectation.values import MarketForecast, PastReaction
from eventstudy.inference.contrast import MIN_PERMUTATIONS, TwoGroups, contrast, permutations
from eventstudy.text import counted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.expectation.reactions import MarketDays, Reactions
    from eventstudy.expectation.values import Level, Strength

FEWEST_DATES = 8
"""Independent dates a range is made of, at the least."""
SHARE = 0.8
"""Of outcomes the range is to hold."""
DRAWS, SEED = 1999, 20250502


def forecast(
    reactions: Reactions,
    *,
    category: str | None,
    direction: str | None,
    now: dt.datetime | np.datetime64 | pd.Timestamp,
    draws: int = DRAWS,
    seed: int = SEED,
) -> tuple[MarketForecast, ...]:
    """Say of every market what such news did before, as far as was known at `now`.

    Parameters
    ----------
    reactions
        Of the study; see `past_reactions`.
    category, direction
        Of the news asked about; None where it is not known.
    now
        The moment asked; a time with a zone, or a ``datetime64`` in UTC.
    draws, seed
        Permutations of the labels in the contrast, where they are too many to list.

    Returns
    -------
    One forecast a market, in the study's order, of those that have a price and a past date by
    then.
    """
    moment = as_utc(now)
    found = (
        _of_market(reactions, n, category, direction, moment, draws, seed)
        for n in range(len(reactions.days))
    )
    return tuple(each for each in found if each is not None)


def strength(forecasts: Sequence[MarketForecast]) -> tuple[Strength, str]:
    """Say how sure the answer is, and why: the rule's sentence.

    ``firm``: the two directions differ in a market with p at most 1 % after Holm's correction over
    the markets, and at least 20 dates stand on either side. ``some``: at most 10 %, and 8 dates.
    ``little`` otherwise.
    """
    tested = [each for each in forecasts if each.contrast_p is not None]
    if not tested:
        return "little", "no market has past dates of both directions, so nothing is tested"
    best = min(tested, key=lambda each: each.contrast_p or 0.0)
    adjusted = min(1.0, (best.contrast_p or 0.0) * len(tested))
    fewest = min(best.n_dates, best.contrast_n)
    word: Strength = "little"
    if adjusted <= 0.01 and fewest >= 20:
        word = "firm"
    elif adjusted <= 0.1 and fewest >= FEWEST_DATES:
        word = "some"
    return word, (
        f"the directions differ most in {best.security}: {best.n_dates} against "
        f"{counted(best.contrast_n, 'date')}, p {adjusted:.2g} after correction for "
        f"{counted(len(tested), 'market')}"
    )


def as_utc(moment: dt.datetime | np.datetime64 | pd.Timestamp) -> np.datetime64:
    """Return a moment as ``datetime64[ns]`` in UTC."""
    stamp = pd.Timestamp(moment)
    if stamp.tz is not None:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    return stamp.to_datetime64().astype("M8[ns]")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Dates:
    """Past dates of one market, oldest first; ``D`` of them.

    Attributes
    ----------
    day0, raw, z, beyond : ``(D,)``; `z` and `beyond` in daily volatilities known before
    items : rows of the events of each date
    """

    day0: IntArray
    raw: FloatArray
    z: FloatArray
    beyond: FloatArray
    items: tuple[pd.DataFrame, ...]

    def having(self, column: str, value: str | None) -> BoolArray:
        """Whether an item of the date has this value."""
        return np.array([(rows[column] == value).any() for rows in self.items], dtype=bool)

    def both(self, category: str | None, direction: str | None) -> BoolArray:
        """Whether one item of the date has both of these values."""
        return np.array(
            [
                ((rows["category"] == category) & (rows["direction"] == direction)).any()
                for rows in self.items
            ],
            dtype=bool,
        )


def _dates_of(reactions: Reactions, market: int, moment: np.datetime64) -> _Dates:
    days = reactions.days[market]
    rows = reactions.frame[reactions.frame["market"] == market]
    rows = rows[rows["over_utc"].to_numpy() <= moment]
    groups = [(int(day0), part) for day0, part in rows.groupby("day0", sort=True)]
    day0 = np.array([each for each, _ in groups], dtype=np.int64)
    scale = days.volatility[day0]
    beyond = np.where(days.beyond_known[day0] <= moment, days.beyond[day0], np.nan)
    return _Dates(
        day0=day0,
        raw=days.raw[day0],
        z=days.raw[day0] / scale,
        beyond=beyond / scale,
        items=tuple(part for _, part in groups),
    )


def _of_market(
    reactions: Reactions,
    market: int,
    category: str | None,
    direction: str | None,
    moment: np.datetime64,
    draws: int,
    seed: int,
) -> MarketForecast | None:
    days = reactions.days[market]
    known = np.flatnonzero((days.closed <= moment) & np.isfinite(days.returns))
    if not len(known):
        return None
    last = int(known[-1])
    today = float(days.volatility[last + 1])
    if not np.isfinite(today):
        return None
    dates = _dates_of(reactions, market, moment)
    if not len(dates.day0):
        return None
    opposite = reactions.opposites.get(direction or "")
    own = dates.having("direction", direction) if direction else np.ones(len(dates.z), bool)
    other = dates.having("direction", opposite) if opposite else np.zeros(len(dates.z), bool)
    mixed = own & other if opposite else np.zeros(len(dates.z), bool)
    of_kind = dates.both(category, direction) if direction else dates.having("category", category)
    level, chosen = _level(of_kind & ~mixed, own & ~mixed, direction)
    ordinary = _ordinary(days, moment)
    low_day, high_day = np.quantile(ordinary, [0.1, 0.9]) * today
    z = dates.z[chosen]
    middle = low = high = None
    if len(z) >= FEWEST_DATES:
        low, middle, high = (float(q) for q in _quantiles(z) * today)
    beyond = dates.beyond[chosen]
    beyond = beyond[np.isfinite(beyond)]
    b_middle = b_low = b_high = None
    if len(beyond) >= FEWEST_DATES:
        b_low, b_middle, b_high = (float(q) for q in _quantiles(beyond) * today)
    difference, pvalue = _contrast(
        days, dates, own & ~mixed, other & ~mixed, today, reactions, draws, seed
    )
    if not opposite:
        difference = pvalue = None
    same_kind = dates.having("category", category)
    return MarketForecast(
        security=days.security,
        level=level,
        n_dates=len(z),
        median=middle,
        low=low,
        high=high,
        beyond_median=b_middle,
        beyond_low=b_low,
        beyond_high=b_high,
        ordinary_low=float(low_day),
        ordinary_high=float(high_day),
        n_up=int((z > 0).sum()),
        n_same_kind=int((same_kind & chosen).sum()),
        contrast=difference,
        contrast_p=pvalue,
        contrast_n=int((other & ~mixed).sum()),
        n_mixed=int(mixed.sum()),
        daily_volatility=today,
        prices_to=days.session[last],
        past=tuple(
            _past(days, dates, int(at), today, is_same_kind=bool(same_kind[at]))
            for at in np.flatnonzero(chosen)
        ),
        notes=(),
    )


def _level(of_kind: BoolArray, own: BoolArray, direction: str | None) -> tuple[Level, BoolArray]:
    """Return the first step of the ladder with enough dates, and which dates these are."""
    if of_kind.sum() >= FEWEST_DATES:
        return "category", of_kind
    if direction and own.sum() >= FEWEST_DATES:
        return "direction", own
    return "all", np.ones(len(own), dtype=bool)


def _quantiles(z: FloatArray) -> FloatArray:
    tail = (1 - SHARE) / 2
    return np.asarray(np.quantile(z, [tail, 0.5, 1 - tail], method="weibull"), dtype=np.float64)


def _ordinary(days: MarketDays, moment: np.datetime64) -> FloatArray:
    """Returns over the window of ordinary sessions, in daily volatilities known before."""
    used = days.is_ordinary & (days.over <= moment) & np.isfinite(days.raw)
    z = days.raw[used] / days.volatility[:-1][used]
    return np.asarray(z[np.isfinite(z)], dtype=np.float64)


def _contrast(
    days: MarketDays,
    dates: _Dates,
    own: BoolArray,
    other: BoolArray,
    today: float,
    reactions: Reactions,
    draws: int,
    seed: int,
) -> tuple[float | None, float | None]:
    """Return the difference of the two directions at today's volatility, and its p-value."""
    if not own.any() or not other.any():
        return None, None
    difference = float(dates.z[own].mean() - dates.z[other].mean()) * today
    used = np.flatnonzero(own | other)
    block = _blocks(dates.day0[used], weekday_number(days.session[dates.day0[used]]), reactions)
    groups = TwoGroups(
        car=dates.z[None, used] * today,
        z=dates.z[None, used],
        per_return=np.full((1, len(used)), 1 / today),
        first=own[used],
        block=block,
        stratum=np.zeros(len(used), dtype=np.int64),
    )
    drawn = permutations(groups.first, groups.block, groups.stratum, draws=draws, seed=[seed])
    if drawn.n_distinct < MIN_PERMUTATIONS:
        return difference, None
    result = contrast(groups, drawn)
    return difference, None if result is None else result.pvalue


def _blocks(day0: IntArray, weekday: IntArray, reactions: Reactions) -> IntArray:
    """Number the dates so that those whose windows share sessions move together, in short runs."""
    block = np.zeros(len(day0), dtype=np.int64)
    begin = 0
    for at in range(1, len(day0)):
        is_apart = day0[at] - day0[at - 1] >= reactions.window.length
        is_apart |= weekday[at] - weekday[begin] >= max(BLOCK_WEEKDAYS, 2 * reactions.window.length)
        begin = at if is_apart else begin
        block[at] = block[at - 1] + int(is_apart)
    return block


def _past(
    days: MarketDays, dates: _Dates, at: int, today: float, *, is_same_kind: bool
) -> PastReaction:
    beyond = float(dates.beyond[at]) * today
    rows = dates.items[at]
    return PastReaction(
        session=days.session[dates.day0[at]],
        event_ids=tuple(rows["event_id"]),
        headlines=tuple(text or "" for text in rows["headline"]),
        raw=float(dates.raw[at]),
        rescaled=float(dates.z[at]) * today,
        beyond=beyond if np.isfinite(beyond) else None,
        is_same_kind=is_same_kind,
    )
