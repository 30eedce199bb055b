"""The contrast of two groups in plain loops: differences, standard errors, every permutation."""

from __future__ import annotations

import itertools
import math


def difference(values, labels, blocks, strata):
    """Difference of means and its standard error; `values` is a list of markets, None missing.

    Without strata the difference of the two means; else the coefficient of the label in a
    regression with a constant a stratum.
    """
    n = len(labels)
    used, parts = [], {}
    for line in values:
        units = [e for e in range(n) if line[e] is not None]
        own_mean, own_share = {}, {}
        for stratum in set(strata):
            inside = [e for e in units if strata[e] == stratum]
            if inside:
                own_mean[stratum] = sum(line[e] for e in inside) / len(inside)
                own_share[stratum] = sum(labels[e] for e in inside) / len(inside)
        g = {e: labels[e] - own_share[strata[e]] for e in units}
        v = {e: line[e] - own_mean[strata[e]] for e in units}
        tells = [e for e in units if abs(g[e]) > 1e-12]
        sides = {
            side: len({blocks[e] for e in tells if labels[e] == side}) for side in (True, False)
        }
        if min(sides.values()) < 2:
            continue
        total = sum(g[e] ** 2 for e in units)
        d = sum(g[e] * v[e] for e in units) / total
        u = {
            e: math.sqrt(sides[labels[e]] / (sides[labels[e]] - 1)) * g[e] * (v[e] - d * g[e])
            / total
            for e in tells
        }  # fmt: skip
        used.append((d, u))
    if not used:
        return None
    for _, u in used:
        for e, part in u.items():
            parts[blocks[e]] = parts.get(blocks[e], 0.0) + part / len(used)
    mean = sum(d for d, _ in used) / len(used)
    return mean, math.sqrt(sum(part**2 for part in parts.values()))


def labellings(labels, blocks, strata):
    """Labels of every different order of the blocks in each stratum; units stand in order."""
    orders = []
    for stratum in dict.fromkeys(strata):
        patterns = {}
        for label, block, own in zip(labels, blocks, strata, strict=True):
            if own == stratum:
                patterns.setdefault(block, []).append(label)
        listed = [tuple(pattern) for pattern in patterns.values()]
        orders.append(_all(listed))
    for parts in itertools.product(*orders):
        yield [label for order in parts for pattern in order for label in pattern]


def _all(patterns):
    if not patterns:
        return {()}
    found = set()
    for first in set(patterns):
        rest = list(patterns)
        rest.remove(first)
        found |= {(first, *tail) for tail in _all(rest)}
    return found


def tested(z, labels, blocks, strata):
    """T, two-sided p, p against larger and against smaller, number of orders."""
    mean, error = difference(z, labels, blocks, strata)
    own = mean / error
    drawn = []
    for other in labellings(labels, blocks, strata):
        found = difference(z, other, blocks, strata)
        drawn.append(None if found is None or found[1] < 1e-14 else found[0] / found[1])
    tie = 1e-9 * abs(own)
    both = sum(t is None or abs(t) >= abs(own) - tie for t in drawn)
    above = sum(t is None or t >= own - tie for t in drawn)
    below = sum(t is None or t <= own + tie for t in drawn)
    return own, *(count / len(drawn) for count in (both, above, below)), len(drawn)
