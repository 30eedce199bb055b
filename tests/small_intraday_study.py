"""Simulated bars, and what an intraday study of them must say, in plain loops."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from eventstudy import IntradayStudy
from eventstudy.markets.calendars import exchange_sessions

NEWS = "2025-04-03T12:10-04:00"
THREE_NEWS = ["2025-03-20T13:40-04:00", "2025-04-02T14:30-04:00", "2025-04-10T13:30-04:00"]
ALONE = [time[:10] for time in THREE_NEWS]


def make_bars(
    *,
    names=("AAA",),
    start="2025-02-03",
    end="2025-04-30",
    minutes=30,
    missing=0.0,
    seed=0,
    tail=5,
    code="XNYS",
):
    """Bars of regular hours: U-shaped volatility, day levels, missing bars; open to close gaps."""
    rng = np.random.default_rng(seed)
    calendar = exchange_sessions(code, start, end)
    rows = []
    for name in names:
        price = 100.0
        for opens, closes in zip(calendar.opens, calendar.closes, strict=True):
            level = np.exp(0.4 * rng.normal())
            times = np.arange(opens, closes, np.timedelta64(minutes, "m"))
            price *= np.exp(0.01 * rng.normal())
            for k, time in enumerate(times):
                x = 2 * k / max(len(times) - 1, 1) - 1
                sd = 0.001 * level * (1 + 1.5 * x * x)
                opened = price * np.exp(0.0001 * rng.normal())
                price = opened * np.exp(sd * rng.standard_t(tail))
                if rng.random() < missing:
                    continue
                rows.append((
                    pd.Timestamp(time, tz="UTC"), name, opened, max(opened, price) * 1.0001,
                    min(opened, price) * 0.9999, price, 1000.0,
                ))  # fmt: skip
    columns = ["timestamp", "symbol", "open", "high", "low", "close", "volume"]
    return pd.DataFrame(rows, columns=columns)


def returns_by_day(frame, name, *, minutes, zone="America/New_York", include=False):
    """{date: {clock minutes: return}} by the rule of the bar before."""
    part = frame[frame["symbol"] == name].sort_values("timestamp")
    out, last_time, last_close, last_day = {}, None, None, None
    lasts = {}
    for row in part.itertuples():
        local = row.timestamp.tz_convert(zone)
        day, clock = local.date(), local.hour * 60 + local.minute
        lasts[day] = (clock, row.close)
        step = None if last_time is None else (row.timestamp - last_time).total_seconds() / 60
        if step == minutes and last_day == day:
            value = row.close / last_close - 1
        else:
            value = row.close / row.open - 1
        out.setdefault(day, {})[clock] = value
        last_time, last_close, last_day = row.timestamp, row.close, day
    return out


def oracle(
    days,
    event_day,
    clocks,
    window,
    *,
    n_days=20,
    least=10,
    masked=(),
    factor=None,
):
    """AR, variances, CAR, t of one window of clocks; `window` is a slice of them.

    `days` maps dates to {clock: return}; `masked` holds (date, clock) that do not count; `factor`
    is a map like `days`.
    """

    def value(date, clock):
        if (date, clock) in masked:
            return None
        r = days.get(date, {}).get(clock)
        if r is None or (factor is not None and factor.get(date, {}).get(clock) is None):
            return None
        return r

    dates = sorted(days)
    usable = [d for d in dates if any(value(d, k) is not None for k in clocks)]
    before = [d for d in usable if d < event_day][-n_days:]
    after = [d for d in usable if d > event_day]
    before = before + after[: n_days - len(before)]
    sample = {k: [(d, value(d, k)) for d in before if value(d, k) is not None] for k in clocks}
    mean = {k: sum(r for _, r in v) / len(v) for k, v in sample.items() if v}
    beta, var_beta, correction, x_mean = 0.0, 0.0, 1.0, {}
    good = [k for k in clocks if len(sample[k]) >= least]
    if factor is not None:
        x_mean = {k: sum(factor[d][k] for d, _ in v) / len(v) for k, v in sample.items() if v}
        sxx = sum((factor[d][k] - x_mean[k]) ** 2 for k in good for d, _ in sample[k])
        sxy = sum((factor[d][k] - x_mean[k]) * (r - mean[k]) for k in good for d, r in sample[k])
        beta = sxy / sxx
        scores = {}
        for k in good:
            for d, r in sample[k]:
                u = factor[d][k] - x_mean[k]
                scores[d] = scores.get(d, 0.0) + u * (r - mean[k] - beta * u)
        m = len({d for k in clocks for d, _ in sample[k]})
        var_beta = sum(s * s for s in scores.values()) / sxx**2 * m / (m - 1)
        freedom = sum(len(sample[k]) - 1 for k in good)
        correction = freedom / (freedom - 1)

    def residual(k, d, r):
        return r - mean[k] - (beta * (factor[d][k] - x_mean[k]) if factor is not None else 0.0)

    ar, variance, n = {}, {}, {}
    for k in clocks:
        own = days.get(event_day, {}).get(k)
        n[k] = len(sample[k])
        x_own = None if factor is None else factor.get(event_day, {}).get(k)
        if own is None or k not in good or (factor is not None and x_own is None):
            continue
        lever = 0.0 if factor is None else x_own - x_mean[k]
        s2 = correction * sum(residual(k, d, r) ** 2 for d, r in sample[k]) / (n[k] - 1)
        ar[k] = own - mean[k] - beta * lever
        variance[k] = s2 * (1 + 1 / n[k]) + lever**2 * var_beta
    present = [k for k in clocks[window] if k in ar]
    if not present:
        return None
    by_day = {}
    for k in present:
        weight = math.sqrt(correction * (1 + 1 / n[k]) / (n[k] - 1))
        for d, r in sample[k]:
            by_day[d] = by_day.get(d, 0.0) + weight * residual(k, d, r)
    own_part = sum(v * v for v in by_day.values())
    lever = 0.0 if factor is None else sum(factor[event_day][k] - x_mean[k] for k in present)
    car, total = sum(ar[k] for k in present), own_part + lever**2 * var_beta
    df = min(n[k] for k in present) - 1
    t = car / math.sqrt(total)
    return {
        "days": before,
        "ar": ar,
        "variance": variance,
        "n": n,
        "car": car,
        "std_error": math.sqrt(total),
        "t": t,
        "df": df,
        "pvalue": 2 * stats.t.sf(abs(t), df),
        "sigma": math.sqrt(own_part / (1 + 1 / len(by_day))),
        "beta": beta,
    }


def level_oracle(days, before, event_day, first_clock, all_clocks):
    """Volatility known before a bar, over that of the days `before`."""
    q = dict.fromkeys(all_clocks, 1.0)
    levels = {}
    for _ in range(2):
        shares = {k: [] for k in all_clocks}
        for d in before:
            seen = days.get(d, {})
            expected = sum(q[k] for k in seen)
            levels[d] = sum(r * r for r in seen.values()) / expected
            for k, r in seen.items():
                shares[k].append(r * r / levels[d])
        q = {k: sum(v) / len(v) for k, v in shares.items()}
        mean = sum(q.values()) / len(q)
        q = {k: v / mean for k, v in q.items()}
    average = sum(levels.values()) / len(levels)
    # every place of the grid counts for the age of a bar, whether or not it has one
    places = [(d, k) for d in sorted(days) for k in all_clocks]
    earlier = [p for p in places if p < (event_day, first_clock)]
    length = len(all_clocks)
    half = max(length / 4, 20)
    earlier = earlier[-math.ceil(7 * half) :]
    top = bottom = count = 0.0
    for age, (d, k) in enumerate(reversed(earlier)):
        r = days.get(d, {}).get(k)
        if r is None:
            continue
        weight = 0.5 ** (age / half)
        top += weight * r * r / (average * q[k])
        bottom += weight
        count += 1
    if count < max(5, length // 2):
        return math.nan
    return math.sqrt(top / bottom)


def fx_bars(start="2025-03-03", periods=24 * 40, seed=0):
    """Hourly bars around the clock, the weekend included."""
    rng = np.random.default_rng(seed)
    times = pd.date_range(f"{start}T00:00Z", periods=periods, freq="h")
    close = 150 * np.exp(np.cumsum(0.001 * rng.normal(size=periods)))
    return pd.DataFrame({
        "timestamp": times, "symbol": "USDJPY", "open": np.r_[150.0, close[:-1]], "close": close
    })  # fmt: skip


def fit(news, frame=None, **options):
    settings = {"market": "SPX", "window": (-60, 90), "windows": ((0, 60),)} | options
    frame = make_bars(start="2025-02-03", end="2025-04-30") if frame is None else frame
    return IntradayStudy(**settings).fit(news, frame)


def days_alone(frame, days=ALONE):
    local = frame["timestamp"].dt.tz_convert("America/New_York").dt.strftime("%Y-%m-%d")
    return frame[local.isin(days)].reset_index(drop=True)


def same_day_study(**options):
    asked = {"market": "SPX", "estimation": "same_day", "window": (-10, 30), "draws": 99}
    return IntradayStudy(**(asked | {"windows": ((0, 10), (0, 30), (-10, 0))} | options))


def events_of(news=THREE_NEWS):
    return pd.DataFrame({"event_id": [f"E{k}" for k in range(len(news))], "published_at": news})
