"""The oracle: random studies to compare on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from oracle import Case, Window, kept

DATES = ("dispersed", "common", "partial", "one_security", "two_clusters")


def _event_rows(
    rng: np.random.Generator, dates: str, n: int, first: int, last: int, length: int
) -> list[int]:
    """Weekday rows of n events between `first` and `last`."""
    if dates == "common":
        return [int(rng.integers(first, last + 1))] * n
    if dates == "partial":  # each event's window overlaps the next one's
        rows = [first + int(rng.integers(0, max(1, last - first - n * length)))]
        while len(rows) < n:
            rows.append(min(last, rows[-1] + int(rng.integers(1, max(2, length)))))
        return rows
    if dates == "two_clusters":
        near = [first + int(rng.integers(0, 3)) for _ in range((n + 1) // 2)]
        return near + [last - int(rng.integers(0, 3)) for _ in range(n // 2)]
    rows = sorted(int(v) for v in np.linspace(first, last, n))
    if dates == "dispersed":  # every third event shares the date of the one before
        rows = [rows[e - 1] if e % 3 == 2 else row for e, row in enumerate(rows)]
    return rows


def random_case(
    rng: np.random.Generator,
    *,
    model: str = "market_model",
    dates: str = "dispersed",
    n_securities: int = 4,
    n_events: int = 6,
    n_weekdays: int = 320,
    estimation: Window = (-120, -11),
    event: Window = (-3, 5),
    min_obs: int = 40,
    missing: float = 0.04,
    holidays: float = 0.03,
    n_factors: int | None = None,
    beyond_end: bool = False,
    empty_window: Window | None = None,
    mask: bool = False,
    only_kept: bool = True,
) -> Case:
    """A random study with every awkward thing at once.

    Each security has its own calendar (different holidays), its own volatility and a factor
    correlated with everybody's; returns go missing in both windows, factors now and then; early
    events have truncated estimation windows; markets may react one session apart and leave out
    events. `dates`: "dispersed" (some shared), "common" (one date), "partial" (overlapping
    windows), "one_security" (one security, many events), "two_clusters". `beyond_end` puts the
    last event so near the end that its window leaves the rows. `empty_window` empties that window
    for the first pair. `mask` bars every event window from estimation.
    """
    weekdays = pd.bdate_range("2021-01-04", periods=n_weekdays)
    columns = n_factors or (3 if model == "factor" else 1)
    market = 0.009 * rng.standard_t(5, (n_weekdays, columns))
    common = 0.006 * rng.standard_normal(n_weekdays)
    returns: dict[str, pd.Series] = {}
    factors: dict[str, pd.DataFrame] = {}
    names = [f"S{s}" for s in range(n_securities)]
    for name in names:
        open_rows = np.flatnonzero(rng.random(n_weekdays) >= holidays)
        beta = rng.uniform(0.3, 1.5, columns)
        noise = rng.uniform(0.004, 0.016) * rng.standard_t(5, n_weekdays)
        own = market + 0.002 * rng.standard_normal(market.shape)
        r = rng.normal(0, 0.0005) + own @ beta + common + noise
        r[rng.random(n_weekdays) < missing] = np.nan
        own[rng.random(n_weekdays) < missing / 4] = np.nan
        index = weekdays[open_rows]
        returns[name] = pd.Series(r[open_rows], index=index, name=name)
        returns[name].iloc[0] = np.nan
        labels = ["beta"] if columns == 1 else [f"F{c}" for c in range(columns)]
        factors[name] = pd.DataFrame(own[open_rows], index=index, columns=labels)
    first = min_obs + int(0.1 * min_obs) - estimation[1] + 4  # shorter than the whole window
    last = n_weekdays - event[1] - max(6, n_weekdays // 20)
    length = event[1] - event[0] + 1
    rows = _event_rows(rng, dates, n_events, first, last, length)
    if beyond_end:
        rows[-1] = n_weekdays - 1 - max(1, event[1] // 2)
    pairs: list[tuple[str, str, pd.Timestamp]] = []
    for e, row in enumerate(rows):
        affected = [m for m in names if rng.random() < 0.85] or names[:1]
        if dates == "one_security":
            affected = names[:1]
        for name in affected:
            sessions = returns[name].index
            at = int(sessions.searchsorted(weekdays[row])) + int(rng.random() < 0.15)
            if at < len(sessions):
                pairs.append((f"E{e}", name, sessions[at]))
    for p, (_, name, day0) in enumerate(pairs):
        r = returns[name]
        at = r.index.get_loc(day0)
        if p == 1 or rng.random() < 0.2:
            row = at + int(rng.integers(event[0], event[1] + 1))
            if 0 <= row < len(r):
                r.iloc[row] = np.nan
        if p == 0 and empty_window is not None:
            r.iloc[max(at + empty_window[0], 0) : at + empty_window[1] + 1] = np.nan
    barred: dict[str, list[int]] | None = None
    if mask:
        barred = {}
        for name in names:
            inside: set[int] = set()
            for _, security, day0 in pairs:
                if security == name:
                    at = returns[name].index.get_loc(day0)
                    inside |= set(range(at + event[0], at + event[1] + 1))
            barred[name] = sorted(row for row in inside if 0 <= row < len(returns[name]))
    case = Case(
        returns=returns,
        factors=None if model == "constant_mean" else factors,
        pairs=pairs,
        model=model,
        estimation=estimation,
        event=event,
        min_obs=min_obs,
        mask=barred,
    )
    if only_kept:
        keep = kept(case)
        case = replace(case, pairs=[pairs[i] for i in keep])
    return case
