"""How such forecasts did so far, walking forward through a study's own events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from eventstudy.expectation.moments import Moment, as_utc
from eventstudy.expectation.pooling import USUAL, History, Method, Pool, pool, range_of
from eventstudy.expectation.values import Record
from eventstudy.inference.pvalues import interval_reach

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.expectation.pooling import Base, Prediction
    from eventstudy.expectation.reactions import MarketDays, Reactions

Made = Literal["news", "open"]
"""When a forecast is made: when the news broke, or when the market next opens."""

_SCORES = (
    "level", "n_dates", "low", "median", "high", "ordinary_low", "ordinary_high", "is_inside",
    "is_inside_ordinary", "is_hit", "brier", "ordinary_brier", "crps", "ordinary_crps", "has_lead",
)  # fmt: skip
COLUMNS = (
    "event_id", "security", "category", "direction", "session", "made_utc", "over_utc",
    "volatility", "outcome", *_SCORES,
)  # fmt: skip
"""Columns of the frame of past forecasts."""


def walk_forward(
    reactions: Reactions,
    *,
    method: Method = USUAL,
    made: Made = "news",
    until: Moment | None = None,
) -> tuple[pd.DataFrame, Record | None]:
    """Forecast every past event from what was known then, and score it by what happened.

    Parameters
    ----------
    reactions
        Of the study; see `past_reactions`.
    method
        How a range is made of the past.
    made
        ``"news"``: each forecast is made when its news broke. ``"open"``: when the market next
        opened, where that is later; what the benchmark did until then is known.
    until
        Forecasts whose window was over by then; all by default.

    Returns
    -------
    frame
        One row a forecast of an event in a market: event_id, security, category, direction,
        session (day 0), made_utc, over_utc, volatility (daily, decimal), outcome (decimal), level,
        n_dates, low, median, high, ordinary_low, ordinary_high (decimal; NaN where there was no
        range), is_inside, is_inside_ordinary, is_hit (the median had the sign of the outcome; 1 or
        0), brier, ordinary_brier (of the chance of a rise), crps, ordinary_crps (in daily
        volatilities, so that a currency and an index count alike), has_lead (whether the benchmark
        had moved since the market's last close).
    record
        Its summary; None without a scored forecast.

    Notes
    -----
    A forecast of news with a date alone is made at the market's close before its day 0. Events that
    were known beforehand are no news, and are not forecast.

    References
    ----------
    Gneiting and Raftery (JASA 2007), proper scores; Brier (Monthly Weather Review 1950).
    """
    history = History(reactions, method)
    frame = reactions.frame
    market, day0 = (frame[name].to_numpy(dtype=np.int64) for name in ("market", "day0"))
    published = frame["published_utc"].dt.tz_localize(None).to_numpy().astype("M8[ns]")
    category, direction = (frame[name].tolist() for name in ("category", "direction"))
    is_known = frame["is_known"].to_numpy(dtype=bool)
    end = None if until is None else as_utc(until)
    pools: dict[np.datetime64, Pool] = {}
    rows = []
    for at, (n, t) in enumerate(zip(market.tolist(), day0.tolist(), strict=True)):
        days = reactions.days[n]
        if is_known[at] or (end is not None and not days.over[t] <= end):
            continue
        moment = _made(days, published[at], t, made)
        if moment not in pools:
            leads = [history.lead(each, moment) for each in range(len(reactions.days))]
            pools[moment] = pool(history, moment, leads)
        base = pools[moment].bases[n]
        if base is not None and base.count:
            predicted = pools[moment].predict(n, category[at], direction[at])
            outcome = float(days.raw[t] / days.volatility[t])
            scored = _scored(predicted, base, outcome, float(days.volatility[t]))
            rows.append({"row": at, "made_utc": moment} | scored)
    scores = pd.DataFrame(rows, columns=["row", "made_utc", *_SCORES])
    kept = frame.iloc[scores["row"].to_numpy(dtype=np.int64)].reset_index(drop=True)
    kept = kept.rename(columns={"raw": "outcome"})
    out = pd.concat([kept, scores.drop(columns="row")], axis=1)[list(COLUMNS)]
    return out, _record(out)


def score_table(walked: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Return the scores of forecasts, of all of them or for each value of a column.

    Parameters
    ----------
    walked
        What `walk_forward` returns.
    by
        One of its columns, such as ``security`` or ``level``.

    Returns
    -------
    One row a group: its name (``all``), n (forecasts with a range), n_dates (dates the outcomes
    fell on), coverage and ordinary_coverage (of the 80 % ranges), width and ordinary_width (in
    daily volatilities), hit_rate, brier and ordinary_brier (of the chance of a rise), crps and
    ordinary_crps (means, in daily volatilities), crps_ratio with its 95 % interval ratio_low and
    ratio_high (NaN on one date). The interval is that of the mean difference of the two CRPS over
    the mean of ordinary days, forecasts whose outcomes fell on one date taken together.
    """
    scored = walked[walked["low"].notna()]
    groups = [("all", scored)] if by is None else list(scored.groupby(by, sort=False))
    return pd.DataFrame(
        [{by or "group": name} | _summary(part) for name, part in groups if len(part)]
    )


def _summary(part: pd.DataFrame) -> dict[str, float]:
    scale = part["volatility"]
    ordinary = float(part["ordinary_crps"].mean())
    difference = part["crps"] - part["ordinary_crps"]
    mean = float(difference.mean())
    of_date = (difference - mean).groupby(part["session"]).sum()
    n_dates = len(of_date)
    reach = float("nan")
    if n_dates > 1:
        error = np.sqrt((of_date**2).sum() * n_dates / (n_dates - 1)) / len(part)
        reach = float(interval_reach(error, n_dates - 1)) / ordinary
    return {
        "n": len(part),
        "n_dates": n_dates,
        "coverage": float(part["is_inside"].mean()),
        "ordinary_coverage": float(part["is_inside_ordinary"].mean()),
        "width": float(((part["high"] - part["low"]) / scale).mean()),
        "ordinary_width": float(((part["ordinary_high"] - part["ordinary_low"]) / scale).mean()),
        "hit_rate": float(part["is_hit"].mean()),
        "brier": float(part["brier"].mean()),
        "ordinary_brier": float(part["ordinary_brier"].mean()),
        "crps": float(part["crps"].mean()),
        "ordinary_crps": ordinary,
        "crps_ratio": 1 + mean / ordinary,
        "ratio_low": 1 + mean / ordinary - reach,
        "ratio_high": 1 + mean / ordinary + reach,
    }


def _record(walked: pd.DataFrame) -> Record | None:
    table = score_table(walked)
    if table.empty:
        return None
    scored = walked[walked["low"].notna()]
    row = table.iloc[0]
    return Record(
        n_forecasts=int(row["n"]),
        coverage=float(row["coverage"]),
        width=float((scored["high"] - scored["low"]).mean()),
        ordinary_width=float((scored["ordinary_high"] - scored["ordinary_low"]).mean()),
        hit_rate=float(row["hit_rate"]),
        crps_ratio=float(row["crps_ratio"]),
        ratio_low=float(row["ratio_low"]),
        ratio_high=float(row["ratio_high"]),
        n_dates=int(row["n_dates"]),
        brier=float(row["brier"]),
        ordinary_brier=float(row["ordinary_brier"]),
    )


def _scored(
    predicted: Prediction, base: Base, outcome: float, volatility: float
) -> dict[str, object]:
    """Return a forecast and its scores; `outcome` is in daily volatilities."""
    line: dict[str, object] = {
        "level": predicted.level,
        "n_dates": int(predicted.chosen.sum()),
        "has_lead": base.slope is not None,
    }
    if not len(predicted.sample):
        return line
    low, middle, high = predicted.quantiles()
    day_low, _, day_high = range_of(base.plain)
    rose = float(outcome > 0)
    return line | {
        "low": low * volatility,
        "median": middle * volatility,
        "high": high * volatility,
        "ordinary_low": day_low * volatility,
        "ordinary_high": day_high * volatility,
        "is_inside": float(low <= outcome <= high),
        "is_inside_ordinary": float(day_low <= outcome <= day_high),
        "is_hit": float(middle * outcome > 0),
        "brier": (float((predicted.sample > 0).mean()) - rose) ** 2,
        "ordinary_brier": (float((base.plain > 0).mean()) - rose) ** 2,
        "crps": crps(predicted.sample, outcome),
        "ordinary_crps": crps(base.plain, outcome),
    }


def crps(sample: FloatArray, outcome: float) -> float:
    """Return the continuous ranked probability score of equally likely values; smaller is better.

    ``mean |x - y| - mean |x - x'| / 2`` over all values and all pairs of them: the integral of
    ``(F(t) - 1{y <= t})^2``, in the unit of the values (Gneiting and Raftery 2007, eq. 21).

    Examples
    --------
    >>> crps(np.array([-1.0, 1.0]), 0.0)
    0.5
    """
    ordered = np.sort(sample)
    n = len(ordered)
    weight = 2 * np.arange(1, n + 1) - n - 1
    return float(np.abs(ordered - outcome).mean() - (weight @ ordered) / n**2)


def _made(days: MarketDays, published: np.datetime64, day0: int, made: Made) -> np.datetime64:
    """Return when a forecast is made; of news with a date alone at the close before its day 0."""
    news = days.closed[day0 - 1] if np.isnat(published) else published
    opened = days.opened[day0]
    is_later = made == "open" and not np.isnat(opened) and opened > news
    return np.datetime64(opened if is_later else news)
