"""How sure an answer is, by one stated rule, and what must be known before it is passed on."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

from eventstudy.reporting import wording
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from eventstudy.expectation.question import Reading
    from eventstudy.expectation.values import (
        MarketExpectation,
        MarketForecast,
        Record,
        Strength,
    )

FEW, MANY = 8, 20
"""Dates below which there is no range, and from which an answer may be firm."""
LEVELS: Final = {"some": 0.10, "firm": 0.05}
"""Below which the adjusted p-value of the clearest contrast must lie."""
RULE: Final = (
    f"firm: {MANY} past dates or more and p below {LEVELS['firm']:.2f} for the clearest difference "
    "between the directions, multiplied by the number of markets, from forecasts that beat ordinary "
    f"days so far; some: {FEW} dates and p below {LEVELS['some']:.2f}; else little"
)
"""The rule in one sentence."""
SURE_ENOUGH: Final = 0.7
"""Confidence of the rules below which the label itself is a caveat."""
MOST_CAVEATS: Final = 3
COVERAGE: Final = (0.72, 0.88)
"""Between which the share of outcomes inside an 80 % range should lie."""

_HINDSIGHT = (
    "The list of past news was made by people who knew what happened next: its moves are too "
    "large on average."
)


def strength_of(
    markets: Sequence[MarketExpectation], direction: str, record: Record | None
) -> tuple[Strength, str]:
    """Return how sure the answer is, by `RULE`, and the sentence that says why.

    The dates are the median over markets. The p-value is the smallest of the markets' contrasts
    times their number (Bonferroni), at most 1.

    Parameters
    ----------
    markets
        Those without a forecast do not count.
    direction
        Asked for, named in the sentence.
    record
        How such forecasts did; None where not measured, which does not stand against "firm".
    """
    forecasts = [market for market in markets if market.forecast is not None]
    if not forecasts:
        return "little", "no past date of such news is known in any of the markets"
    pairs = [(market.title, market.forecast) for market in forecasts if market.forecast]
    n_dates = int(median(forecast.n_dates for _, forecast in pairs))
    said = counted(n_dates, "past date")
    tested = [(title, forecast) for title, forecast in pairs if forecast.contrast_p is not None]
    if not tested:
        return "little", f"{said}; nothing to compare them with"
    title, clearest = min(tested, key=lambda pair: _p(pair[1]))
    p = min(1.0, _p(clearest) * len(tested))
    change = "" if clearest.contrast is None else f" {wording.percent(clearest.contrast, 1)}"
    among = f", {wording.p_equals(p)} as the best of {len(tested)}" if len(tested) > 1 else ""
    said += (
        f"; clearest: {title}, {direction} less the other direction{change} "
        f"({wording.p_equals(_p(clearest))}{among})"
    )
    is_beaten = record is not None and not record.beats_ordinary_days
    if n_dates >= MANY and p < LEVELS["firm"] and not is_beaten:
        return "firm", said
    if n_dates >= FEW and p < LEVELS["some"]:
        return "some", said
    return "little", said


def caveats_of(
    markets: Sequence[MarketExpectation],
    reading: Reading,
    record: Record | None,
    *,
    is_bundled: bool,
    ended_early: Mapping[str, np.datetime64],
) -> tuple[str, ...]:
    """Return what must be known before the answer is passed on, a sentence each, gravest first.

    Parameters
    ----------
    markets
        With their forecasts.
    reading
        What the headline was read as.
    record
        How such forecasts did so far.
    is_bundled
        Whether the past news is the bundled list.
    ended_early
        By title of the market: last session with a price, where later ones were over.
    """
    said = list(_of_the_record(record))
    if is_bundled:
        said.append(_HINDSIGHT)
    said += _of_the_dates(markets, reading)
    if ended_early:
        ends = [f"{title} on {session}" for title, session in ended_early.items()]
        dates = {str(session) for session in ended_early.values()}
        if len(dates) == 1 and len(ended_early) > 2:
            ends = [f"{len(ended_early)} markets on {min(dates)}"]
        said.append(
            f"Prices end before the last session that is over: {listed(ends)}. What is called "
            "today's volatility is that of then."
        )
    if reading.confidence is not None and reading.confidence < SURE_ENOUGH:
        said.append(
            f"The rules are only {reading.confidence:.2f} sure that this is {reading.category}, "
            f"{reading.direction}; --category and --direction say it better."
        )
    return tuple(said)


def _of_the_record(record: Record | None) -> list[str]:
    if record is None or not record.n_forecasts:
        return []
    behind = f"{counted(record.n_forecasts, 'forecast')} scored"
    if not record.beats_ordinary_days:
        return [
            "So far such forecasts said no more of what followed than the range of ordinary days "
            f"did: error {record.crps_ratio:.2f} times as large ({behind})."
        ]
    low, high = COVERAGE
    if not low <= record.coverage <= high:
        return [
            f"So far {wording.share(record.coverage, record.n_forecasts)} of outcomes fell inside "
            f"ranges meant for 80 % ({behind})."
        ]
    return []


def _of_the_dates(markets: Sequence[MarketExpectation], reading: Reading) -> list[str]:
    forecasts = [market.forecast for market in markets if market.forecast is not None]
    if not forecasts:
        return []
    same = max(forecast.n_same_kind for forecast in forecasts)
    levels = {forecast.level for forecast in forecasts}
    if levels == {"category"} and same >= FEW:
        return []
    whose = (
        "all news, whatever its direction"
        if levels == {"all"}
        else f"all {reading.direction} news"
        if levels == {"direction"}
        else "a wider kind of news where marked"
    )
    if levels == {"category"}:
        return [f"Only {counted(same, 'past date')} of exactly this kind: dots, not ranges."]
    only = f"Only {counted(same, 'past date')}" if same else "No past date"
    verb = "is" if same == 1 or not same else "are"
    return [f"{only} of exactly this kind {verb} known, so that the range is that of {whose}."]


def _p(forecast: MarketForecast) -> float:
    return 1.0 if forecast.contrast_p is None else forecast.contrast_p
