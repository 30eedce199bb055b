"""A second derivation of what many tests at once come to, by loops, for the tests to compare with.

Written from the definitions alone, on top of `oracle`: every placement of the event dates is
listed, every market and window is one member, and each p-value is counted out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import oracle
import oracle_placebo
import oracle_units
from oracle import Case, Window

Member = tuple[Window, str]


def reaches(value: float, other: float) -> bool:
    """Whether `value` is at least `other`, up to rounding."""
    return value >= other - 1e-9 * abs(other)


def pvalues(values: Sequence[float]) -> list[float]:
    """Share of all placements at or beyond each one; NaN where a placement has no statistic."""
    known = [v for v in values if not math.isnan(v)]
    return [
        math.nan if math.isnan(v) else sum(reaches(other, v) for other in known) / len(known)
        for v in values
    ]


def step_down(
    table: Sequence[Sequence[float]], real: int, alone: Sequence[float] | None = None
) -> tuple[list[float], list[float]]:
    """Joint and adjusted p-values of the members: ``table[placement][member]``, `real` among them.

    With `alone`, the p-values the members have by themselves, these give the order and are the
    least an adjusted p-value can be.
    """
    n_members = len(table[0])
    by_member = [pvalues([line[j] for line in table]) for j in range(n_members)]
    joint = [by_member[j][real] for j in range(n_members)]
    alone = joint if alone is None else alone
    left = sorted(
        (j for j in range(n_members) if not math.isnan(joint[j]) and not math.isnan(alone[j])),
        key=lambda j: (alone[j], joint[j]),
    )
    adjusted = [math.nan] * n_members
    before = compared = 0.0
    while left:
        smallest = [
            min((by_member[j][b] for j in left if not math.isnan(by_member[j][b])), default=None)
            for b in range(len(table))
        ]
        there = [p for p in smallest if p is not None]
        first = left.pop(0)
        compared = max(compared, joint[first])
        share = sum(p <= compared * (1 + 1e-9) for p in there) / len(there)
        before = max(before, alone[first], share)
        adjusted[first] = before
    return joint, adjusted


def alone_pvalue(case: Case, window: Window, name: str, side: str = "two-sided") -> float:
    """P-value of one market's own placebo test: the share of all its placements."""
    pairs = [pair for pair in case.pairs if pair[1] == name]
    only = replace(case, returns={name: case.returns[name]}, pairs=pairs)
    found = oracle_placebo.placebo(only, window)
    turn = {"two-sided": abs, "less": lambda t: -t, "greater": lambda t: t}[side]
    return sum(reaches(turn(draw), turn(found.T)) for draw in found.draws) / found.n


def holm(values: Sequence[float]) -> list[float]:
    """Each p-value times the number of those not smaller, never below one before it."""
    out = []
    for p in values:
        steps = [min(1.0, q * sum(other >= q for other in values)) for q in values if q <= p]
        out.append(max(steps))
    return out


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Smallest of ``q n / rank(q)`` over all p-values not below."""
    n = len(values)
    return [
        min(min(1.0, q * n / sum(other <= q for other in values)) for q in values if q >= p)
        for p in values
    ]


def member_t(z: Sequence[float], n_dates: int) -> float:
    """T of one market from the z of its dates."""
    present = [value for value in z if not math.isnan(value)]
    if n_dates == 1:
        return present[0] if present else math.nan
    if len(present) < 2:
        return math.nan
    mean = sum(present) / len(present)
    variance = sum((value - mean) ** 2 for value in present) / (len(present) - 1)
    return math.sqrt(len(present)) * mean / math.sqrt(variance) if variance > 0 else math.nan


def family(
    case: Case, windows: Sequence[Window], side: str = "two-sided"
) -> tuple[dict[Member, float], dict[Member, float], int]:
    """Own and adjusted p-value of every window and market, and the number of placements.

    All pairs are one group, and all of them have an abnormal return in every window.
    """
    longest = max(windows, key=lambda w: w[1] - w[0])
    hull = (min(w[0] for w in windows), max(0, *(w[1] for w in windows)))
    gap = max(longest[1] - longest[0] + 1, 5)
    parts = oracle_units.units(case, longest)
    groups = oracle_placebo.clusters(case, longest)
    members = [[i for u in group for i in parts[u]] for group in groups]
    spans = [oracle_placebo.span(case, pairs) for pairs in members]
    choices = [oracle_placebo.admissible_moves(case, pairs, hull) for pairs in members]
    places = []
    for moves in itertools.product(*choices):
        placed = [(a + m, b + m) for (a, b), m in zip(spans, moves, strict=True)]
        if all(
            p[0] - q[1] >= gap or q[0] - p[1] >= gap for p, q in itertools.combinations(placed, 2)
        ):
            places.append(moves)
    real = (0,) * len(groups)
    if real not in places:
        places.append(real)
    names = list(dict.fromkeys(security for _, security, _ in case.pairs))
    keys = [(window, name) for window in windows for name in names]
    known: dict[tuple[str, int, Window], float] = {}

    def z_of(security: str, row: int, window: Window) -> float:
        key = (security, row, window)
        if key not in known:
            known[key] = oracle_placebo.z_at(case, security, row, window)
        return known[key]

    table = []
    for moves in places:
        line = []
        for window, name in keys:
            z, dates = [], set()
            for pairs, move in zip(members, moves, strict=True):
                for i in pairs:
                    _, security, day0 = case.pairs[i]
                    if security != name or day0 in dates:
                        continue
                    dates.add(day0)
                    row = (
                        oracle_placebo.moved_row(case, security, day0, move)
                        if move
                        else oracle.position(case, security, day0)
                    )
                    z.append(z_of(security, row, window))
            t = member_t(z, len(dates))
            line.append(abs(t) if side == "two-sided" else -t if side == "less" else t)
        table.append(line)
    own = [alone_pvalue(case, window, name, side) for window, name in keys]
    _, adjusted = step_down(table, places.index(real), own)
    return dict(zip(keys, own, strict=True)), dict(zip(keys, adjusted, strict=True)), len(places)
