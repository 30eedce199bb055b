"""What must be known before an answer is passed on, the gravest first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from eventstudy.reporting import wording
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from eventstudy.expectation.question import Reading
    from eventstudy.expectation.values import (
        MarketExpectation,
        Record,
    )

SURE_ENOUGH: Final = 0.7
"""Confidence below which the label itself is a caveat."""
MOST_CAVEATS: Final = 3
COVERAGE: Final = (0.72, 0.88)
"""Between which the share of outcomes inside an 80 % range should lie."""

_HINDSIGHT = (
    "The list of past news was made by people who knew what happened next: its moves are too "
    "large on average."
)


def caveats_of(
    markets: Sequence[MarketExpectation],
    reading: Reading,
    record: Record | None,
    *,
    is_bundled: bool,
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
    """
    said = _of_the_record(record)
    if is_bundled:
        said.append(_HINDSIGHT)
    said += _of_the_dates(markets, reading)
    if reading.confidence is not None and reading.confidence < SURE_ENOUGH:
        said.append(
            f"That this is {reading.category}, {reading.direction} is right only "
            f"{reading.confidence:.0%} of the time; --category and --direction (category=, "
            "direction=) say it better."
        )
    return tuple(said)


def stale_prices(ended_early: Mapping[str, np.datetime64]) -> str:
    """Return that prices end before the last session that is over; empty where none do.

    Parameters
    ----------
    ended_early
        By title of the market: last session with a price, where later ones were over.

    Examples
    --------
    >>> import numpy as np
    >>> stale_prices({"Nikkei 225": np.datetime64("2025-04-10")})[:39]
    'Prices of Nikkei 225 end on 2025-04-10,'
    """
    if not ended_early:
        return ""
    by_day: dict[str, list[str]] = {}
    for title, session in ended_early.items():
        by_day.setdefault(str(session), []).append(title)
    if len(by_day) > 2:
        many = counted(len(ended_early), "market")
        ends = [f"of {many} end between {min(by_day)} and {max(by_day)}"]
    else:
        ends = [
            f"of {counted(len(titles), 'market') if len(titles) > 2 else listed(titles)} "
            f"{'end ' if not n else ''}on {day}"
            for n, (day, titles) in enumerate(sorted(by_day.items()))
        ]
    return (
        f"Prices {listed(ends)}, and later sessions are over: what markets did since then, and how "
        "volatile they are now, is not in these numbers."
    )


def _of_the_record(record: Record | None) -> list[str]:
    if record is None or not record.n_forecasts:
        return []
    behind = f"{counted(record.n_forecasts, 'forecast')} scored"
    if not record.beats_ordinary_days:
        return [
            "So far such forecasts said no more of what followed than the range of ordinary days "
            f"did: error {record.crps_ratio:.2f} times as large ({behind})."
        ]
    if math.isfinite(record.ratio_high) and not record.is_settled:
        return [
            "So far such forecasts were better than the range of ordinary days by no more than "
            f"chance can bring: error {record.crps_ratio:.2f} times as large, 95 % interval "
            f"{record.ratio_low:.2f} to {record.ratio_high:.2f} ({behind})."
        ]
    low, high = COVERAGE
    if not low <= record.coverage <= high:
        return [
            f"So far {wording.share(record.coverage, record.n_forecasts)} of outcomes fell inside "
            f"ranges meant for 80 % ({behind})."
        ]
    return []


def _of_the_dates(markets: Sequence[MarketExpectation], reading: Reading) -> list[str]:
    """Return what stands in for dates of exactly this kind, where these are too few."""
    known = [(market.title, market.forecast) for market in markets if market.forecast is not None]
    wider = [
        (title, each)
        for title, each in known
        if each.level != "category" and each.n_same_kind < wording.MIN_DATES
    ]
    if not wider:
        return []
    same = max(each.n_same_kind for _, each in wider)
    only = f"only {counted(same, 'past date')} are" if same > 1 else f"only {same} past date is"
    only = only if same else "no past date is"
    names = {
        "direction": f"all {reading.direction} news",
        "all": "all news, whatever its direction",
    }
    titles = {level: [title for title, each in wider if each.level == level] for level in names}
    whose = [
        what if len(titles[level]) == len(wider) else f"{what} ({listed(titles[level])})"
        for level, what in names.items()
        if titles[level]
    ]
    has_range = any(each.low is not None for _, each in wider)
    if len(wider) == len(known):
        shown = "ranges stand on" if has_range else "dates shown are of"
        return [f"{only.capitalize()} of exactly this kind; the {shown} {listed(whose)}."]
    where = listed([title for title, _ in wider])
    shown = "dates shown are of"
    if has_range:
        shown = "range stands on" if len(wider) == 1 else "ranges stand on"
    whole = f"For {where} {only} of exactly this kind; "
    return [f"{whole}{'its' if len(wider) == 1 else 'their'} {shown} {listed(whose)}."]
