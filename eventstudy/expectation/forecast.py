"""What such news did before, at today's volatility, as of a moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.analyses.contrasts import BLOCK_WEEKDAYS
from eventstudy.estimation.clusters import weekday_number
from eventstudy.expectation.moments import Moment, as_utc
from eventstudy.expectation.page_words import benchmark_title
from eventstudy.expectation.pooling import (
    FEWEST_DAYS,
    USUAL,
    History,
    Method,
    Pool,
    Prediction,
    pool,
    range_of,
)
from eventstudy.expectation.values import MarketForecast, PastReaction
from eventstudy.inference.contrast import (
    MIN_PERMUTATIONS,
    TwoGroups,
    differences,
)
from eventstudy.inference.permutations import permutations
from eventstudy.inference.pvalues import rank_pvalue
from eventstudy.reporting import wording
from eventstudy.reporting.finding import holm
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.expectation.past_dates import PastDates
    from eventstudy.expectation.reactions import Reactions
    from eventstudy.expectation.values import Record, Strength

DRAWS, SEED = 1999, 20250502


def forecast(
    reactions: Reactions,
    *,
    category: str | None,
    direction: str | None,
    now: Moment,
    published: Moment | None = None,
    method: Method = USUAL,
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
        The moment asked; a time with a zone, or one in UTC.
    published
        When the news broke, where that is known. A market whose first session after it is over by
        `now` has the forecast of that moment, as what it did since is part of the outcome.
    method
        How a range is made of the past.
    draws, seed
        Permutations of the labels in the contrast, where they are too many to list.

    Returns
    -------
    One forecast a market, in the study's order, of those that have a price and a past date by
    then.
    """
    history = History(reactions, method)
    asked = (category or None, direction or None)
    moments = _moments(history, as_utc(now), None if published is None else as_utc(published))
    pools: dict[np.datetime64, Pool] = {}
    found = []
    for n, moment in enumerate(moments):
        if moment not in pools:
            leads = [history.lead(each, moment) for each in range(len(moments))]
            pools[moment] = pool(history, moment, leads)
        each = _of_market(pools[moment], n, asked, moment, draws, seed)
        if each is not None and moment < as_utc(now):
            over = "the first session after the news is over: the range is that of the news' moment"
            each = replace(each, notes=(*each.notes, over))
        found.append(each)
    return tuple(each for each in found if each is not None)


def _moments(
    history: History, now: np.datetime64, published: np.datetime64 | None
) -> list[np.datetime64]:
    """Return when the forecast of each market is made: now, or when the news broke."""
    n = len(history.reactions.days)
    if published is None or published >= now:
        return [now] * n
    late = published + np.timedelta64(round(60 * history.reactions.cutoff_minutes), "s")
    is_over = [history.last_session(m, late) < history.last_session(m, now) for m in range(n)]
    return [published if over else now for over in is_over]


def strength(
    forecasts: Sequence[MarketForecast], record: Record | None = None
) -> tuple[Strength, str]:
    """Say how sure the answer is, and why: the rule's sentence.

    ``firm``: the two directions differ in a market with p at most 1 % after Holm's correction over
    the markets, and at least 20 dates stand on either side. ``some``: at most 10 %, and 8 dates.
    ``little`` otherwise. Where the record of such forecasts is given and its interval does not lie
    below one, they have not been shown to beat ordinary days, and ``firm`` becomes ``some``.
    """
    tested = [each for each in forecasts if each.contrast_p is not None]
    if not tested:
        return "little", "no market has past dates of both directions, so nothing is tested"
    best = min(tested, key=lambda each: each.contrast_p or 0.0)
    corrected = holm([each.contrast_p or 0.0 for each in tested])
    adjusted = min(corrected)
    fewest = min(best.contrast_n_own, best.contrast_n)
    word: Strength = "little"
    if adjusted <= 0.01 and fewest >= 20:
        word = "firm"
    elif adjusted <= 0.1 and fewest >= wording.MIN_DATES:
        word = "some"
    many = f", all {len(tested)} markets counted" if len(tested) > 1 else ""
    clearest = (
        f"{best.security} ({best.contrast_n_own} dates of such news, {best.contrast_n} of its "
        f"opposite; {wording.p_equals(adjusted)}{many})"
    )
    differed = "moved differently after such news than after its opposite"
    if word == "little":
        why = "it may be chance" if fewest >= wording.MIN_DATES else "the dates are few"
        where = f"in {clearest}" if len(tested) == 1 else f"even in the clearest, {clearest}"
        return word, f"whether markets {differed} cannot be told; {why} {where}"
    if len(tested) == 1:
        reason = f"{clearest} {differed}"
    else:
        n_told = sum(p <= 0.1 for p in corrected)
        reason = f"{n_told} of {len(tested)} markets {differed}, clearest {clearest}"
    if word == "firm" and record and not (record.beats_ordinary_days and record.is_settled):
        word = "some"
        reason += (
            "; not firm, because such forecasts so far were not clearly better than the range of "
            "ordinary days"
        )
    return word, reason


def absent(reactions: Reactions, now: Moment) -> dict[str, str]:
    """Return the markets without a forecast at a moment, each with the reason."""
    history, moment = History(reactions), as_utc(now)
    reasons = {}
    for n, days in enumerate(reactions.days):
        base = history.base(n, moment, float("nan"))
        last = history.last_session(n, moment)
        if last < 0:
            reasons[days.security] = "it has no price by then"
        elif base is None or not np.isfinite(days.volatility[last + 1]):
            reasons[days.security] = (
                f"fewer than {FEWEST_DAYS} windows of its prices were over by then"
            )
        elif not base.count:
            reasons[days.security] = "no past news of the study was over by then"
    return reasons


def _of_market(
    pooled: Pool,
    market: int,
    asked: tuple[str | None, str | None],
    moment: np.datetime64,
    draws: int,
    seed: int,
) -> MarketForecast | None:
    history = pooled.history
    reactions, dates = history.reactions, history.dates[market]
    days, base = reactions.days[market], pooled.bases[market]
    last = history.last_session(market, moment)
    today = float(days.volatility[last + 1])
    if base is None or not base.count or not np.isfinite(today):
        return None
    category, direction = asked
    found = pooled.predict(market, category, direction)
    z, chosen = dates.z[: base.count], np.flatnonzero(found.chosen)
    middle = low = high = None
    if len(found.sample):
        low, middle, high = (value * today for value in found.quantiles())
    beyond = _beyond(dates, base.count, moment)
    b_low, b_middle, b_high = _range(beyond[chosen], today)
    day_low, _, day_high = range_of(base.plain)
    test = _contrast(history, market, base.count, direction, today, draws, seed)
    same_kind = dates.having((category, None), base.count)
    lead = history.lead(market, moment) * today if base.slope is not None else None
    return MarketForecast(
        security=days.security,
        level=found.level,
        n_dates=len(chosen),
        median=middle,
        low=low,
        high=high,
        beyond_median=b_middle,
        beyond_low=b_low,
        beyond_high=b_high,
        ordinary_low=day_low * today,
        ordinary_high=day_high * today,
        n_up=int((z[chosen] > 0).sum()),
        n_same_kind=int(same_kind[chosen].sum()),
        contrast=test.difference,
        contrast_p=test.pvalue,
        contrast_n=test.n_opposite,
        n_mixed=test.n_mixed,
        daily_volatility=today,
        prices_to=days.session[last],
        past=tuple(
            _past(reactions, market, dates, int(at), today, beyond[at], is_same_kind=same_kind[at])
            for at in chosen
        ),
        notes=tuple(_notes(pooled, market, found, asked, lead, test)),
        contrast_n_own=test.n_own,
        lead=lead,
        as_of=moment,
    )


def _beyond(dates: PastDates, count: int, moment: np.datetime64) -> FloatArray:
    """Returns beyond the benchmark of the first `count` dates, where they were known."""
    known = dates.beyond_known[:count] <= moment
    return np.where(known, dates.beyond[:count], np.nan)


def _range(z: FloatArray, today: float) -> tuple[float | None, float | None, float | None]:
    """Low end, middle and high end of values; None where they are too few."""
    z = z[np.isfinite(z)]
    if len(z) < wording.MIN_DATES:
        return None, None, None
    low, middle, high = range_of(z)
    return low * today, middle * today, high * today


def _notes(
    pooled: Pool,
    market: int,
    found: Prediction,
    asked: tuple[str | None, str | None],
    lead: float | None,
    test: _Test,
) -> Iterator[str]:
    """Say what was assumed, and why a number is missing."""
    category, direction = asked
    reactions = pooled.history.reactions
    n_dates = int(found.chosen.sum())
    if n_dates < wording.MIN_DATES:
        yield (
            f"{counted(n_dates, 'past date')} of news only: they are shown, and a range needs "
            f"{wording.MIN_DATES}"
        )
    elif found.level == "all" and direction is not None:
        yield (
            f"fewer than {wording.MIN_DATES} past dates of {direction} news: the range is of all "
            "news"
        )
    elif found.level == "direction" and category is not None:
        if pooled.kinds > 0:
            yield (
                f"fewer than {wording.MIN_DATES} past dates of {category}: the range is of all "
                f"{direction} news, moved {found.kind_weight:.0%} of the way to its kind"
            )
        else:
            yield (
                f"past kinds of {direction} news differed no more than chance would have it: the "
                "range is of that direction"
            )
    if test.why:
        yield test.why
    if lead is not None:
        yield (
            f"{benchmark_title(str(reactions.levels.name))} moved {lead:+.2%} since the market's "
            "last known close; the range takes that into account, the past dates do not"
        )
    if not pooled.is_ordinary(market):
        yield "too few days without news: the band of ordinary days holds all days"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """A direction against the opposite one; `why` says why a number is missing."""

    n_own: int
    n_opposite: int = 0
    n_mixed: int = 0
    difference: float | None = None
    pvalue: float | None = None
    why: str = ""


def _contrast(
    history: History,
    market: int,
    count: int,
    direction: str | None,
    today: float,
    draws: int,
    seed: int,
) -> _Test:
    """Compare a direction with the opposite one at today's volatility, dates of both left out."""
    reactions, dates = history.reactions, history.dates[market]
    days = reactions.days[market]
    if direction is None:
        return _Test(n_own=0, why="the direction is not known, so that nothing is compared")
    own = dates.having((None, direction), count, clean=True)
    opposite = reactions.opposites.get(direction)
    if opposite is None:
        return _Test(
            n_own=int(own.sum()), why=f"{direction} news has no opposite, so nothing is compared"
        )
    other = dates.having((None, opposite), count, clean=True)
    numbers = _Test(
        n_own=int(own.sum()),
        n_opposite=int(other.sum()),
        n_mixed=int(dates.having((None, direction), count).sum() - own.sum()),
    )
    for side, name in ((own, direction), (other, opposite)):
        if not side.any():
            return replace(numbers, why=f"no past date of {name} news alone to compare with")
    z = dates.z[:count]
    numbers = replace(numbers, difference=float(z[own].mean() - z[other].mean()) * today)
    used = np.flatnonzero(own | other)
    sessions = dates.day0[used]
    groups = TwoGroups(
        car=z[None, used] * today,
        z=z[None, used],
        per_return=np.full((1, len(used)), 1 / today),
        first=own[used],
        block=_blocks(sessions, weekday_number(days.session[sessions]), reactions.window.length),
        stratum=np.zeros(len(used), dtype=np.int64),
    )
    drawn = permutations(groups.first, groups.block, groups.stratum, draws=draws, seed=[seed])
    if drawn.n_ways < MIN_PERMUTATIONS:
        return replace(numbers, why="too few dates of the two directions for a p-value")
    real, drawn_t = (_studentised(groups, first) for first in (groups.first[None], drawn.first))
    pvalue = float(rank_pvalue(real, drawn_t, holds_value=drawn.is_all)[0])
    if not np.isfinite(pvalue):
        return replace(numbers, why="too few dates apart of the two directions for a p-value")
    return replace(numbers, pvalue=pvalue)


def _studentised(groups: TwoGroups, first: BoolArray) -> FloatArray:
    """Size of the studentised difference for every labelling; infinite where it does not exist.

    The statistic of `eventstudy.inference.contrast.contrast`, without its intervals.
    """
    mean, covariance = differences(groups.z[None], groups, first)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.abs(mean[0]) / np.sqrt(covariance[0, 0])
    return np.asarray(np.where(np.isnan(size), np.inf, size), dtype=np.float64)


def _blocks(day0: IntArray, weekday: IntArray, length: int) -> IntArray:
    """Number dates in blocks whose labels move together: windows that share sessions, in runs.

    A run is cut where it lasts longer than the blocks of `eventstudy.analyses.contrasts`.
    """
    block = np.zeros(len(day0), dtype=np.int64)
    begin = 0
    for at in range(1, len(day0)):
        is_apart = day0[at] - day0[at - 1] >= length
        is_apart |= weekday[at] - weekday[begin] >= max(BLOCK_WEEKDAYS, 2 * length)
        begin = at if is_apart else begin
        block[at] = block[at - 1] + int(is_apart)
    return block


def _past(
    reactions: Reactions,
    market: int,
    dates: PastDates,
    at: int,
    today: float,
    beyond: float,
    *,
    is_same_kind: bool,
) -> PastReaction:
    days, rows = reactions.days[market], reactions.frame.iloc[dates.items[at]]
    session = dates.day0[at]
    return PastReaction(
        session=days.session[session],
        event_ids=tuple(rows["event_id"]),
        headlines=tuple(text or "" for text in rows["headline"]),
        raw=float(days.raw[session]),
        rescaled=float(dates.z[at]) * today,
        beyond=float(beyond) * today if np.isfinite(beyond) else None,
        is_same_kind=bool(is_same_kind),
    )
