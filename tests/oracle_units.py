"""The oracle: which pairs are one observation, and which one portfolio."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import pandas as pd
from oracle import (
    Case,
    Place,
    Window,
    abnormal,
    counted,
    fit_pair,
    kept,
    n_columns,
    position,
    window_dates,
)


def connected(n: int, linked: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected components of 0..n-1, each in rising order, by their first member."""
    label = list(range(n))
    for a, b in linked:
        old, new = max(label[a], label[b]), min(label[a], label[b])
        label = [new if v == old else v for v in label]
    return [[i for i in range(n) if label[i] == first] for first in sorted(set(label))]


def event_units(case: Case, window: Window | None = None) -> list[list[str]]:
    """Events joined by single linkage: day 0 shared in more than half of common markets.

    Without a common market: any day 0 on one date. Choice: with a window, the markets
    of an event are those of its pairs counted there. Events whose first day 0 is one date are
    one news item: their markets count together.
    """
    first: dict[str, pd.Timestamp] = {}
    for event, _, day0 in case.pairs:
        first[event] = min(first.get(event, day0), day0)
    rows = sorted(kept(case) if window is None else counted(case, window))
    told = list(dict.fromkeys(case.pairs[i][0] for i in rows))
    news = list(dict.fromkeys(first[event] for event in told))
    items = [[event for event in told if first[event] == date] for date in news]
    days: dict[int, dict[str, pd.Timestamp]] = {}
    for i in rows:
        event, security, day0 = case.pairs[i]
        days.setdefault(news.index(first[event]), {})[security] = day0
    events = sorted(days)
    links = []
    for a, b in itertools.combinations(range(len(events)), 2):
        common = set(days[events[a]]) & set(days[events[b]])
        same = [m for m in common if days[events[a]][m] == days[events[b]][m]]
        meet = set(days[events[a]].values()) & set(days[events[b]].values())
        if len(same) > len(common) / 2 or (not common and meet):
            links.append((a, b))
    return [
        [event for item in part for event in items[item]] for part in connected(len(events), links)
    ]


def units(
    case: Case, window: Window | None = None, *, everywhere_once: bool = True
) -> list[list[int]]:
    """Pairs of each unit (indices into case.pairs), each (market, day 0) once.

    With a window: only the pairs counted in it. Choice: a (market, day 0) of two units belongs
    to the one whose pair comes first in the study, which lists events in order of time
    (``everywhere_once=False``: only repeats inside one unit are removed); empty units vanish.
    """
    allowed = set(kept(case) if window is None else counted(case, window))
    parts = event_units(case, window)
    unit_of = {event: u for u, events in enumerate(parts) for event in events}
    out: list[list[int]] = [[] for _ in parts]
    seen: set = set()
    for i in sorted(allowed):
        event, security, day0 = case.pairs[i]
        u = unit_of[event]
        key = (security, day0) if everywhere_once else (u, security, day0)
        if key not in seen:
            seen.add(key)
            out[u].append(i)
    return [unit for unit in out if unit]


# ---------------------------------------------------------------- portfolio t


def _windows_overlap(case: Case, a: list[int], b: list[int], window: Window) -> bool:
    """Whether two units share a session of W in a common market, or, without one, a date."""
    markets_a = {case.pairs[i][1] for i in a}
    markets_b = {case.pairs[j][1] for j in b}
    if markets_a & markets_b:
        for i, j in itertools.product(a, b):
            if case.pairs[i][1] != case.pairs[j][1]:
                continue
            security = case.pairs[i][1]
            rows_i = position(case, security, case.pairs[i][2])
            rows_j = position(case, security, case.pairs[j][2])
            if abs(rows_i - rows_j) <= window[1] - window[0]:
                return True
        return False
    # Choice: from first to last date, so that a holiday inside one window does not part them
    dates_a = set().union(*(window_dates(case, i, window, available=False) for i in a))
    dates_b = set().union(*(window_dates(case, j, window, available=False) for j in b))
    return min(dates_a) <= max(dates_b) and min(dates_b) <= max(dates_a)


def portfolio_units(case: Case, window: Window) -> list[list[int]]:
    """Units of `window`, those with overlapping windows merged, each (market, day 0) once."""
    parts = units(case, window, everywhere_once=False)
    links = [
        (a, b)
        for a, b in itertools.combinations(range(len(parts)), 2)
        if _windows_overlap(case, parts[a], parts[b], window)
    ]
    merged = []
    for component in connected(len(parts), links):
        chosen: dict[Place, int] = {}
        for i in sorted(i for part in component for i in parts[part]):
            chosen.setdefault((case.pairs[i][1], case.pairs[i][2]), i)
        merged.append(list(chosen.values()))
    return merged


def portfolios(case: Case, window: Window) -> list[dict]:
    """One line per portfolio: pairs, car, L, s, M, z.

    Choice: L is the number of sessions of W on which the portfolio has an abnormal return; a
    portfolio without residual degrees of freedom is left out.
    """
    k = n_columns(case)
    out = []
    for pairs in portfolio_units(case, window):
        frames = [abnormal(case, i, window).set_index("tau")["abnormal_return"] for i in pairs]
        total, length = 0.0, 0
        for tau in range(window[0], window[1] + 1):
            present = [float(f[tau]) for f in frames if not math.isnan(f[tau])]
            if present:
                total += sum(present) / len(present)
                length += 1
        by_date: dict[pd.Timestamp, list[float]] = {}
        for i in pairs:
            fit = fit_pair(case, i)
            assert fit is not None
            for date, e in fit.residuals.items():
                by_date.setdefault(date, []).append(float(e))
        u = [sum(v) / len(v) for v in by_date.values() if len(v) >= len(pairs) / 2]
        m = len(u)
        if m - k < 1:
            continue
        s = math.sqrt(sum(v * v for v in u) / (m - k))
        if s == 0:
            continue
        z = total / (s * math.sqrt(length + length**2 / m))
        out.append({"pairs": pairs, "car": total, "L": length, "s": s, "M": m, "z": z})
    return out
