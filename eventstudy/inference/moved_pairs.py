"""Correlations of the pairs of kinds, summed on every weekday.

Two markets of a kind lie a number of weekdays apart, and are the same two positions wherever this
happens: each such couple is looked up once among the correlated positions on every weekday. A kind
is a sum over its couples, each from its own weekday on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moved_sums import add_shifted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.estimation.abnormal import CumulativeReturns
    from eventstudy.inference.correlation import CorrelatedPairs
    from eventstudy.inference.evidence import Evidence, Places
    from eventstudy.inference.moved_sums import Kind
    from eventstudy.windows import Window

# Weights of pairs that are kept for all windows, 8 bytes each.
_MOST_WEIGHTS = 8_000_000
MOST_COUPLES = 4_000
"""Couples of markets that are followed over the weekdays; kinds of more are summed by draw."""


# Couples that are listed at one time, some 100 bytes each.
_MOST_LISTED = 20_000_000


class MovedPairs:
    """Couples of positions on every weekday.

    Parameters
    ----------
    pairs
        Correlations of the positions whose windows meet.
    same, chosen
        Number of each row's distinct position, ``(U,)``, and a row of each.
    alike
        Correlation of each distinct position with itself.
    first, last
        First and last day of its widest window.
    """

    def __init__(
        self,
        pairs: CorrelatedPairs,
        same: IntArray,
        chosen: IntArray,
        alike: FloatArray,
        first: IntArray,
        last: IntArray,
    ) -> None:
        self._pairs, self._same, self._chosen, self._alike = pairs, same, chosen, alike
        self._first, self._last = first, last
        self._key = pairs.left * len(chosen) + pairs.right
        self._made: dict[tuple[int, int, int], IntArray | None] = {}
        # From so many weekdays on no window of the one market meets one of the other.
        self._apart: dict[tuple[int, int], int] = {}
        self._reach: int | None = None  # ... nor any window one of any market
        self._weights: dict[tuple[Window, str], FloatArray] = {}
        # Weights on weekdays of couples that meet in a window; None of others.
        self._series: dict[tuple[Window, str], dict[tuple[int, int, int], FloatArray | None]] = {}
        self._n_series = 0

    def sums(
        self, kinds: Sequence[Kind], places: Places, window: CumulativeReturns, presence: str
    ) -> FloatArray | None:
        """Sum of ``s_i s_j rho_ij n_ij / sqrt(L_i L_j)`` over the pairs of each kind, ``(K, D)``.

        None where the kinds hold more than `MOST_COUPLES` couples, or too many to be listed. What
        is said of a kind that stands still holds on all other weekdays. `presence` tells windows
        apart that have abnormal returns on other sessions.
        """
        lines = places.on_weekday.reshape(-1, places.n_days)
        if self._reach is None:
            self._reach = self._lags_that_meet(lines, lines)
        listed = _listed(kinds, places.on_weekday.shape, self._reach)
        if listed is None:
            return None
        owner, one, other, lag, later, weight = listed
        n_lags = int(lag.max(initial=0)) + 1
        couple, at = np.unique((one * len(lines) + other) * n_lags + lag, return_inverse=True)
        if len(couple) > MOST_COUPLES:
            return None
        if len(self._made) + len(couple) > 2 * MOST_COUPLES:
            self._made.clear()
        number = np.full(len(couple), -1)
        used: list[FloatArray] = []
        for place, (markets, apart) in enumerate(
            zip(*(each.tolist() for each in np.divmod(couple, n_lags)), strict=True)
        ):
            values = self._of_couple(lines, (*divmod(markets, len(lines)), apart), window, presence)
            if values is not None:
                number[place] = len(used)
                used.append(values)
        series = np.array(used).reshape(-1, places.n_days)
        column = number[at.reshape(-1)]
        keep = np.flatnonzero(column >= 0)
        keep = keep[np.lexsort((later[keep], owner[keep]))]
        out = np.zeros((len(kinds), places.n_days))
        add_shifted(out, owner[keep], later[keep], column[keep], weight[keep], series)
        return out

    def _of_couple(
        self,
        lines: IntArray,
        couple: tuple[int, int, int],
        window: CumulativeReturns,
        presence: str,
    ) -> FloatArray | None:
        """Weight of the couple of two markets on each weekday, ``(D,)``; None where all are 0.

        Most couples that meet lie too far apart for one window.
        """
        known = self._series.setdefault((window.window, presence), {})
        if couple in known:
            return known[couple]
        found = self._places(lines, *couple)
        values = None if found is None else self._of_window(window, presence).take(found)
        if values is None or not values.any():
            known[couple] = None
            return None
        self._n_series += 1
        if self._n_series * len(values) > _MOST_WEIGHTS:
            self._series, self._n_series = {}, 0
        else:
            known[couple] = values
        return values

    def _of_window(self, window: CumulativeReturns, presence: str) -> FloatArray:
        """Weights of the correlated pairs, of positions with themselves, and 0 for no couple."""
        key = window.window, presence
        if key not in self._weights:
            own = np.where(window.n_sessions[self._chosen] > 0, self._alike, 0.0)
            between = self._pairs.weights(window, self._chosen)
            if (len(self._weights) + 1) * len(between) > _MOST_WEIGHTS:
                self._weights.clear()
            self._weights[key] = np.concatenate([between, own, np.zeros(1)])
        return self._weights[key]

    def _places(self, lines: IntArray, one: int, other: int, lag: int) -> IntArray | None:
        """Where in the weights the couple of two markets stands on each weekday, ``(D,)``.

        None where they never meet.
        """
        if (one, other) not in self._apart:
            self._apart[one, other] = self._lags_that_meet(lines[one], lines[other])
        if lag >= self._apart[one, other]:
            return None
        if (one, other, lag) not in self._made:
            self._made[one, other, lag] = self._looked_up(lines, one, other, lag)
        return self._made[one, other, lag]

    def _lags_that_meet(self, one: IntArray, other: IntArray) -> int:
        """How many weekdays later the other markets' windows have all begun too late to meet.

        Of the rows of both on every weekday, ``(..., D)``; some weekdays may have none.
        """
        n_days, limit = one.shape[-1], np.iinfo(np.int64)
        last = np.where(one >= 0, self._last[self._same[one]], limit.min)
        first = np.where(other >= 0, self._first[self._same[other]], limit.max)
        last, first = last.reshape(-1, n_days).max(axis=0), first.reshape(-1, n_days).min(axis=0)
        # On this weekday or a later one.
        first = np.minimum.accumulate(first[::-1])[::-1]
        latest = np.searchsorted(first, last, side="right") - 1
        return int((latest - np.arange(n_days)).max(initial=-1)) + 1

    def _looked_up(self, lines: IntArray, one: int, other: int, lag: int) -> IntArray | None:
        n, n_pairs = len(self._chosen), len(self._key)
        n_days = lines.shape[1]
        day = np.flatnonzero((lines[one, : n_days - lag] >= 0) & (lines[other, lag:] >= 0))
        left, right = self._same[lines[one, day]], self._same[lines[other, day + lag]]
        found = np.full(n_days, n_pairs + n)
        if n_pairs:
            for key in (left * n + right, right * n + left):
                at = np.minimum(np.searchsorted(self._key, key), n_pairs - 1)
                is_there = self._key[at] == key
                found[day[is_there]] = at[is_there]
        is_same = left == right
        found[day[is_same]] = n_pairs + left[is_same]
        return found.astype(np.int32) if (found < n_pairs + n).any() else None


def couples_of(evidence: Evidence) -> MovedPairs | None:
    """Return the couples of some evidence's table; None where positions that meet are not few."""

    def make() -> MovedPairs | None:
        meeting = evidence.dependence.meeting(evidence.table)
        return None if meeting is None else MovedPairs(*meeting)

    return evidence.dependence.once("rho on weekdays", make)


def _listed(
    kinds: Sequence[Kind], shape: tuple[int, ...], reach: int
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray, FloatArray] | None:
    """Whose each couple of the kinds is, and its markets, lag, first weekday and weight.

    None where they are too many, which is known before they are listed.
    """
    held = [_Held(kind, shape, reach) for kind in kinds]
    if sum(each.n_couples for each in held) > _MOST_LISTED:
        return None
    if any(each.n_together * (each.n_together - 1) // 2 > MOST_COUPLES for each in held):
        return None
    listed = [each.couples() for each in held]
    owner = np.repeat(np.arange(len(kinds)), [len(each[0]) for each in listed])
    one, other, lag, later, weight = (np.concatenate(part) for part in zip(*listed, strict=True))
    return owner, one, other, lag, later, weight


class _Held:
    """Positions of a kind, each once, and how many couples of them may share a session.

    Parameters
    ----------
    shape
        Widths, markets and weekdays.
    reach
        From so many weekdays apart on no two positions share one.
    """

    def __init__(self, kind: Kind, shape: tuple[int, ...], reach: int) -> None:
        n_widths, n_markets, _ = shape
        place = (kind.later * n_markets + kind.security) * n_widths + kind.width
        held, at = np.unique(place, return_inverse=True)
        self._sign = np.bincount(at.reshape(-1), weights=kind.sign)
        self._number = np.bincount(at.reshape(-1))
        self._later, market = np.divmod(held, n_markets * n_widths)
        self._line = market % n_widths * n_markets + market // n_widths
        until = np.searchsorted(self._later, self._later + reach)
        self._n_after = np.maximum(until - np.arange(len(held)) - 1, 0)
        self.n_couples = int(self._n_after.sum())
        # So many markets on one weekday are couples of each with each.
        self.n_together = int(np.unique(self._later, return_counts=True)[1].max(initial=0))

    def couples(self) -> tuple[IntArray, IntArray, IntArray, IntArray, FloatArray]:
        """Markets of each couple, their weekdays apart and after the first, and weight.

        Pairs of one market on one weekday are one position, coupled with itself.
        """
        later, line, sign, number = self._later, self._line, self._sign, self._number
        one = np.repeat(np.arange(len(later)), self._n_after)
        before = np.cumsum(self._n_after) - self._n_after
        other = np.arange(len(one)) - before[one] + one + 1
        again = np.flatnonzero(number > 1)
        weight = sign[one] * sign[other]
        one, other = np.append(one, again), np.append(other, again)
        weight = np.append(weight, (sign[again] ** 2 - number[again]) / 2.0)
        return line[one], line[other], later[other] - later[one], later[one], weight
