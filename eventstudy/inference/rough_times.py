"""Placebo dates before which markets were rough, drawn in proportion to the variance known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.clusters import weekday_number
from eventstudy.inference.design import MIN_GAP

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.inference import Evidence
    from eventstudy.inference.design import Cumulated, Design
    from eventstudy.inference.evidence import Block

_SWEEPS = 5
_STREAM = 10


def relative_variance(design: Design, session: Cumulated) -> FloatArray:
    """Variance known before every position, over the mean of its market's positions, ``(U,)``."""
    variance = session.placebo.volatility**2
    security = design.placebo.table.security
    is_there = np.isfinite(variance)
    number = np.bincount(security[is_there])
    total = np.bincount(security[is_there], weights=variance[is_there])
    mean = total / np.maximum(number, 1)
    scale = np.append(mean, np.ones(int(security.max(initial=0)) + 1 - len(mean)))[security]
    return np.where(is_there & (scale > 0), variance / np.where(scale > 0, scale, 1.0), 0.0)


def rough_blocks(design: Design, drawn: Evidence, session: Cumulated) -> tuple[Block, ...]:
    """Return the clusters of the draws, placed in proportion to the variance known beforehand.

    A placement counts by the product over its clusters of the mean of `relative_variance` over the
    cluster's pairs; clusters stay as far apart as in the draws. From each draw on, every cluster
    in turn is offered a place drawn in that proportion, and takes it where it is free: a
    Metropolis chain of independent proposals (Hastings 1970), five rounds, with the study's seed.
    """
    variance = relative_variance(design, session)
    gap = max(session.window.length, MIN_GAP)
    rng = np.random.default_rng((*drawn.seed, _STREAM))
    pick = np.column_stack([block.pick for block in drawn.blocks])
    day = weekday_number(design.date[drawn.origin])
    begin = weekday_number(design.begin[drawn.origin])
    moves = [block.moves for block in drawn.blocks]
    first = np.array([int(begin[block.columns].min()) for block in drawn.blocks])
    last = np.array([int(day[block.columns].max()) for block in drawn.blocks])
    weights = [variance[block.rows].mean(axis=1) for block in drawn.blocks]
    # Where each cluster lies in each draw with the gap around it, ``(C, B)``, and small.
    picks = np.ascontiguousarray(pick.T)
    lows = [(begin + options).astype(np.int32) for begin, options in zip(first, moves, strict=True)]
    lengths = (last - first).astype(np.int32)
    begins = np.stack([lows[c][picks[c]] for c in range(len(moves))])
    ends = begins + lengths[:, None] + np.int32(gap)
    begins -= np.int32(gap)
    shares = [np.cumsum(weight) for weight in weights]
    shares = [share / share[-1] if share[-1] > 0 else share[:0] for share in shares]
    for _ in range(_SWEEPS):
        for c, share in enumerate(shares):
            if not share.size:
                continue
            offer = np.searchsorted(share, rng.random(len(pick)), side="right")
            low = lows[c][offer]
            high = low + lengths[c]
            is_apart = ends <= low
            is_apart |= begins >= high
            is_apart[c] = True
            taken = np.flatnonzero(is_apart.all(axis=0))
            picks[c, taken] = offer[taken]
            begins[c, taken], ends[c, taken] = low[taken] - gap, high[taken] + gap
    return tuple(replace(block, pick=picks[c]) for c, block in enumerate(drawn.blocks))
