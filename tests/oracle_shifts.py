"""The placebo of a joint regression by dense algebra, one shift after the other.

Written from docs/methods.md, section 7, alone. Nothing here imports the package.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd


class Market:
    """Returns over the sessions used, each with its volatility, and the day 0s of each group."""

    def __init__(self, returns: pd.Series, h: pd.Series, factors: pd.DataFrame | None = None):
        self.y = returns
        self.h = h
        self.factors = factors


def chains(days: list[list[pd.Timestamp]], dates: list[pd.Timestamp], length: int) -> list[int]:
    """Number of the independent date of each event, given the day 0s of its markets."""
    places = [[dates.index(day) for day in of] for of in days]
    order = sorted(range(len(days)), key=lambda e: (min(places[e]), max(places[e])))
    unit = [0] * len(days)
    number, reach = -1, -(10**9)
    for e in order:
        if min(places[e]) - reach >= length:
            number += 1
        reach = max(reach, *places[e])
        unit[e] = number
    return unit


def statistics(
    markets: dict[str, Market],
    events: list[tuple[str, pd.Timestamp]],
    shift: int,
    event: tuple[int, int],
    group: str,
    window: tuple[int, int],
) -> dict[str, float]:
    """Statistic of each market, and of all together, with all event dates `shift` dates later."""
    dates = sorted(set().union(*[set(m.y.index) for m in markets.values()]))
    kinds = sorted({kind for kind, _ in events})
    own = [e for e, (kind, _) in enumerate(events) if kind == group]
    length = window[1] - window[0] + 1
    unit = dict(zip(own, chains([[events[e][1]] for e in own], dates, length), strict=True))
    n_units = 1 + max(unit.values())
    out: dict[str, float] = {}
    parts = {}
    for name, market in markets.items():
        sessions = list(market.y.index)
        t = len(sessions)
        rows: dict[tuple[str, int], set[int]] = {
            (kind, tau): set() for kind in kinds for tau in range(event[0], event[1] + 1)
        }
        unit_of: dict[int, int] = {}
        for e, (kind, day) in enumerate(events):
            moved = dates[(dates.index(day) + shift) % len(dates)]
            start = next((r for r in range(t) if sessions[r] >= moved), 0)
            for tau in range(event[0], event[1] + 1):
                row = (start + tau) % t
                rows[kind, tau].add(row)
                if kind == group and window[0] <= tau <= window[1]:
                    unit_of[row] = unit[e]
        x = [np.ones(t)] if market.factors is None else [np.ones(t), *market.factors.to_numpy().T]
        base = len(x)
        x += [np.array([1.0 if r in at else 0.0 for r in range(t)]) for at in rows.values()]
        weight = 1.0 / market.h.to_numpy()
        design = np.column_stack(x) * weight[:, None]
        y = market.y.to_numpy() * weight
        inverse = np.linalg.inv(design.T @ design)
        beta = inverse @ design.T @ y
        residuals = y - design @ beta
        pick = np.zeros(design.shape[1])
        for number, (kind, tau) in enumerate(rows):
            if kind == group and window[0] <= tau <= window[1]:
                pick[base + number] = 1.0
        share = design @ inverse @ pick
        s2 = residuals @ residuals / (t - design.shape[1])
        touched = sorted(set().union(*rows.values()))
        free = len(touched) - len(rows)
        s02 = (residuals[touched] ** 2).sum() / free if free >= 8 else s2
        parts[name] = (pick @ beta, share, residuals, s2, s02, unit_of, sessions)
        out[name] = together([parts[name]], np.eye(1), n_units)
        classical = math.sqrt(s2 * (pick @ inverse @ pick))
        out[f"{name} classical"] = abs(pick @ beta) / classical
        out[f"{name} df"] = t - design.shape[1]
    names = list(markets)
    rho = np.eye(len(names))
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if i != j:
                left = dict(zip(parts[a][6], parts[a][2], strict=True))
                right = dict(zip(parts[b][6], parts[b][2], strict=True))
                both = [day for day in left if day in right]
                cross = sum(left[d] * right[d] for d in both)
                bottom = sum(left[d] ** 2 for d in both) * sum(right[d] ** 2 for d in both)
                rho[i, j] = cross / math.sqrt(bottom)
    out["all"] = together(list(parts.values()), rho, n_units)
    return out


def together(parts: list[tuple], rho: np.ndarray, n_units: int) -> float:
    """Mean CAR over its moderated standard error."""
    m = len(parts)
    score = [0.0] * n_units
    for _, share, residuals, _, _, unit_of, _ in parts:
        for row, unit in unit_of.items():
            score[unit] += share[row] * residuals[row] / m
    own = other = 0.0
    for i, (_, share_a, _, s2_a, s02_a, own_a, dates_a) in enumerate(parts):
        for j, (_, share_b, _, s2_b, s02_b, own_b, dates_b) in enumerate(parts):
            row_b = {day: row for row, day in enumerate(dates_b)}
            for row, day in enumerate(dates_a):
                if day not in row_b:
                    continue
                product = rho[i, j] * share_a[row] * share_b[row_b[day]] / m**2
                if row in own_a and row_b[day] in own_b:
                    own += product * math.sqrt(s02_a * s02_b)
                if row not in own_a and row_b[day] not in own_b:
                    other += product * math.sqrt(s2_a * s2_b)
    between = sum(v * v for v in score) * n_units / (n_units - 1) if n_units > 1 else 0.0
    variance = (4.0 * own + (n_units - 1) * between) / (4.0 + n_units - 1) + other
    return float(np.mean([part[0] for part in parts]) / math.sqrt(variance))
