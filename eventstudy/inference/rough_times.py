"""Placebo dates before which markets were rough, drawn in proportion to the variance known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.clusters import weekday_number
from eventstudy.inference.design import MIN_GAP

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.inference import Evidence
    from eventstudy.inference.design import Cumulated, Design
    from eventstudy.inference.evidence import Block

_SWEEPS = 5
_STREAM = 10
# Steps from the first place that a chance may mean, before the rest is looked up.
_STEPS = 2
# Chances of all rounds that are drawn at once, 8 bytes each; of more, those of one round.
_MOST_CHANCES = 1 << 21
# Days that small numbers can tell apart.
_SMALL = 1 << 15


class _Offers:
    """Places by a chance in [0, 1): the first whose share ``(M,)``, ascending to 1, is above it."""

    __slots__ = ("_first", "_share")

    def __init__(self, share: FloatArray) -> None:
        self._share = share
        # The first place of each of so many equal parts; a power of two divides without rounding.
        parts = 2 << len(share).bit_length()
        before = np.bincount(np.ceil(share * parts).astype(np.intp), minlength=parts + 1)
        self._first = np.cumsum(before)[:parts]

    def at(self, chance: FloatArray) -> IntArray:
        """Return the places of chances, as ``searchsorted(share, chance, side="right")`` does."""
        place = self._first.take((chance * len(self._first)).astype(np.intp))
        for _ in range(_STEPS):
            place += self._share.take(place) <= chance
        rest = self._share.take(place) <= chance
        if rest.any():
            place[rest] = np.searchsorted(self._share, chance[rest], side="right")
        return np.asarray(place)


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
    day = weekday_number(design.date[drawn.origin])
    begin = weekday_number(design.begin[drawn.origin])
    first = [int(begin[block.columns].min()) for block in drawn.blocks]
    last = [int(day[block.columns].max()) for block in drawn.blocks]
    shares = [np.cumsum(variance[block.rows].mean(axis=1)) for block in drawn.blocks]
    offers = {c: _Offers(share / share[-1]) for c, share in enumerate(shares) if share[-1] > 0}
    # Where each cluster begins in each draw ``(C, B)``, and how many days it takes with the gap
    # before and behind it. A place is free where none begins less than that before it ends.
    picks = np.stack([block.pick for block in drawn.blocks])
    lengths = np.array(last) - np.array(first)
    lows = [low + block.moves for low, block in zip(first, drawn.blocks, strict=True)]
    origin = min(int(low.min()) for low in lows)
    span = max(int(low.max()) for low in lows) - origin + 2 * (int(lengths.max()) + gap)
    small, unsigned = (np.int16, np.uint16) if span < _SMALL else (np.int32, np.uint32)
    lows = [(low - origin).astype(small) for low in lows]
    begins = np.stack([low[pick] for low, pick in zip(lows, picks, strict=True)])
    begins -= small(gap)
    reach = (lengths + 2 * gap - 1).astype(unsigned)[:, None]
    since = np.empty_like(begins)
    # As an unsigned number what lies before is far behind.
    behind = since.view(unsigned)
    is_apart = np.empty(begins.shape, dtype=bool)
    is_free = np.empty(begins.shape[1], dtype=bool)
    is_all = _SWEEPS * len(offers) * picks.shape[1] <= _MOST_CHANCES
    for rounds in (_SWEEPS,) if is_all else (1,) * _SWEEPS:
        # Chances are those of one round after the other; what they offer hangs on no draw.
        chances = rng.random((rounds, len(offers), picks.shape[1]))
        offered = []
        for number, (c, offer) in enumerate(offers.items()):
            at = offer.at(chances[:, number])
            low, length = lows[c].take(at), int(lengths[c])
            offered.append(
                (c, at, low - small(gap), low + small(length - 1), reach + unsigned(length))
            )
        for each in range(rounds):
            for c, at, begin, end, apart in offered:
                np.subtract(end[each], begins, out=since)
                np.greater_equal(behind, apart, out=is_apart)
                is_apart[c] = True
                np.logical_and.reduce(is_apart, axis=0, out=is_free)
                np.copyto(picks[c], at[each], where=is_free)
                np.copyto(begins[c], begin[each], where=is_free)
    return tuple(replace(block, pick=picks[c]) for c, block in enumerate(drawn.blocks))
