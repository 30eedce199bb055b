"""Places of sessions in their order, of the data themselves: small whole numbers, summed as such.

A session is sorted by one whole number: the bits of its value, the last few of which say where it
stands. A second sort, of places behind sessions, brings the places back into the order of time.
Positions that miss a session, or hold two of nearly one value, are ranked one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.ranking import ranked
from eventstudy.inference.session_order import (
    SortedResiduals,
    both_windows,
    coded,
    median_of,
    pivots_of,
    portions,
    room_for,
    signs_about,
)
from eventstudy.kernels import marks_in_rows

if TYPE_CHECKING:
    from typing import Literal

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.evidence import Evidence

    Scores = Literal["ranks", "shares", "signs"]
    _Places = npt.NDArray[np.unsignedinteger]

# Bits that tell sessions apart, the numbers that hold these, and those that hold them twice.
_FEW = (8, np.uint8, np.uint16)
_MORE = (12, np.uint16, np.uint32)
# The bits of a float but its sign, and of infinity.
_SIZE = np.int64(2**63 - 1)
_INFINITY = 0x7FF0 << 48
# Whole numbers that single precision tells apart.
_EXACT = 1 << 24
# Sessions summed at a time, and positions from which on that is done for all of them.
_LINES = 32
_MANY = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionPlaces(SortedResiduals):
    """Places of the sessions of ``U`` positions, from 0 in ascending order.

    Attributes
    ----------
    both : ``(L+W, U)`` place of each session of both windows among them
    own : ``(L, U)`` place of each residual among those of its position
    rest : ``(R,)`` positions that are no part of these, as they miss a session or hold ties
    at_rest : ``(U,)`` number among `rest`; -1 of others
    scores : ``(R, L+W)`` of `rest`: by name, 0 where missing
    has_score : ``(R, L+W)`` of `rest`: which sessions are there
    codes : ``(R, L)`` as of `OrderedResiduals`
    shares : ``(R, L)`` as of `OrderedResiduals`
    """

    both: _Places
    own: _Places
    rest: IntArray
    at_rest: IntArray
    scores: dict[str, FloatArray]
    has_score: BoolArray
    codes: npt.NDArray[np.signedinteger]
    shares: FloatArray

    def score_sums(self, name: Scores, rows: IntArray, sign: FloatArray) -> FloatArray:
        """Sum of the scores of every session over some positions, times their sign, ``(L+W,)``."""
        width = len(self.both)
        plain, rest = self._split(rows)
        weight = sign[plain]
        if name == "signs":
            kind = self.both.dtype.type
            total = _sums(self.both > kind((width - 1) // 2), rows[plain], weight)
            total -= _sums(self.both < kind(width // 2), rows[plain], weight)
        else:
            total = _sums(self.both, rows[plain], weight) - 0.5 * (width - 1) * weight.sum()
            if name == "shares":
                total /= width + 1.0
        return total + sign[rest] @ self.scores[name][self.at_rest[rows[rest]]]

    def score_counts(self, rows: IntArray) -> FloatArray:
        """Positions among some with a score, of every session, ``(L+W,)``."""
        _, rest = self._split(rows)
        missing = ~self.has_score[self.at_rest[rows[rest]]]
        return np.asarray(float(len(rows)) - missing.sum(axis=0))

    def share_sums(self, rows: IntArray, sign: FloatArray) -> FloatArray:
        """Sum of the shares of every residual over some positions, times their sign, ``(L,)``."""
        span = len(self.own)
        plain, rest = self._split(rows)
        weight = sign[plain]
        whole = weight.sum()
        total = (_sums(self.own, rows[plain], weight) + whole) / (span + 2.0) - 0.5 * whole
        return np.asarray(total + sign[rest] @ self.shares[self.at_rest[rows[rest]]])

    def residual_counts(self, rows: IntArray) -> FloatArray:
        """Positions among some with a residual, of every estimation session, ``(L,)``."""
        _, rest = self._split(rows)
        missing = self.codes[self.at_rest[rows[rest]]] < 0
        return np.asarray(float(len(rows)) - missing.sum(axis=0))

    def lift_sums(self, rows: IntArray, code: IntArray, weight: FloatArray) -> FloatArray:
        """Weighted sum over positions ``(N,)`` of the ranks a value of `code` adds, ``(L,)``.

        Residuals above it move up by one, its equals by a half. A position has one code.
        """
        if np.bincount(rows, minlength=1).max() > 1:
            rows, first, number = np.unique(rows, return_index=True, return_inverse=True)
            code = code[first]
            weight = np.bincount(number, weights=weight).astype(np.float64)
        plain, _ = self._split(rows)
        # The code of a value that no residual equals is even.
        is_counted = (code & 1) == 0
        is_counted[is_counted] = self.at_rest[rows[is_counted]] < 0
        total = np.zeros(len(self.own))
        for each in np.unique(weight[is_counted]).tolist():
            if each:
                of = is_counted & (weight == each)
                limit = np.full(self.own.shape[1], len(self.both), dtype=np.int64)
                limit[rows[of]] = code[of] // 2
                most = np.iinfo(self.own.dtype).max  # beyond every place
                held: _Places = np.minimum(limit, most).astype(self.own.dtype)
                total += each * marks_in_rows(self.own >= held)
        other = ~is_counted & (weight != 0.0)
        is_plain = np.zeros(len(rows), dtype=bool)
        is_plain[plain] = True
        for of, has_places in ((other & is_plain, True), (other & ~is_plain, False)):
            if of.any():
                held_codes = self._codes(rows[of], has_places=has_places)
                above = code[of].astype(np.int16)[:, None]
                steps = (held_codes > above).astype(np.float64) + (held_codes >= above)
                total += 0.5 * weight[of] @ steps
        return total

    def _codes(self, rows: IntArray, *, has_places: bool) -> npt.NDArray[np.signedinteger]:
        """Codes ``(n, L)`` of the residuals of positions all of which have places, or none."""
        if not has_places:
            return self.codes[self.at_rest[rows]]
        codes: npt.NDArray[np.int16] = 2 * self.own[:, rows].T.astype(np.int16) + np.int16(1)
        return codes

    def _split(self, rows: IntArray) -> tuple[IntArray | slice, IntArray]:
        """Which of some positions have places, and which are ranked one by one."""
        if not self.rest.size:
            return slice(None), np.empty(0, dtype=np.int64)
        is_rest = self.at_rest[rows] >= 0
        return np.flatnonzero(~is_rest), np.flatnonzero(is_rest)


def session_places(evidence: Evidence) -> SessionPlaces | None:
    """Return the places of the sessions of the data; None of draws, and of very long windows."""
    table = evidence.table
    width = table.residuals.shape[1] + table.abnormal.shape[1]
    if evidence.n_draws > 1 or width > 1 << _MORE[0]:
        return None
    return evidence.dependence.once("session places", lambda: _placed(table))


def rows_and_signs(evidence: Evidence) -> tuple[IntArray, FloatArray]:
    """Return the positions of the data, ``(N,)``, and their signs."""
    rows = np.concatenate([block.rows[block.pick[0]] for block in evidence.blocks])
    columns = np.concatenate([block.columns for block in evidence.blocks])
    return rows, evidence.sign[columns]


def _placed(table: AbnormalReturns) -> SessionPlaces:
    size, span = table.residuals.shape
    width = span + table.abnormal.shape[1]
    bits, kind, twice = _FEW if width <= 1 << _FEW[0] else _MORE
    both, own = np.zeros((width, size), kind), np.zeros((span, size), kind)
    ordered = np.full((size, room_for(span)), np.inf)
    is_plain = np.empty(size, dtype=bool)
    values = np.empty((0, width))
    for part in portions(table):
        values = both_windows(table, part)
        values += 0.0  # there is one zero
        order, is_plain[part] = _order(values, bits)
        both[:, part] = _places(order.astype(twice), bits).T
        among = order.astype(kind)[order < span].reshape(len(order), span)
        own[:, part] = _places(among.astype(twice), bits).T
        scaled = table.residuals[part] / table.fit.sigma[part, None]
        at = among + np.arange(len(among), dtype=np.int64)[:, None] * span
        ordered[part, :span] = scaled.ravel().take(at)
    is_plain &= np.isfinite(table.fit.sigma) & (table.fit.sigma > 0)
    rest = np.flatnonzero(~is_plain)
    at_rest = np.full(size, -1)
    at_rest[rest] = np.arange(len(rest))
    values = both_windows(table, rest)
    has_score = np.isfinite(values)
    ranks, in_order = ranked(values)
    signs = signs_about(values, median_of(in_order))
    shares = ranks / (has_score.sum(axis=1, keepdims=True) + 1.0)
    scores = {"ranks": ranks, "shares": shares, "signs": signs}
    number = np.full(size, float(span))
    of_rest = coded(*ranked(table.residuals[rest] / table.fit.sigma[rest, None]))
    ordered[rest, :span], number[rest] = of_rest.ordered, of_rest.number
    return SessionPlaces(
        sorted=ordered,
        pivots=pivots_of(ordered),
        number=number,
        both=both,
        own=own,
        rest=rest,
        at_rest=at_rest,
        scores={name: np.where(has_score, each, 0.0) for name, each in scores.items()},
        has_score=has_score,
        codes=of_rest.codes,
        shares=of_rest.shares,
    )


def _order(values: FloatArray, bits: int) -> tuple[IntArray, BoolArray]:
    """Columns of each row in ascending order, and whether its values are there and well apart."""
    last = np.int64((1 << bits) - 1)
    held = values.view(np.int64)
    key = held >> np.int64(63)
    key &= _SIZE
    key ^= held
    key &= ~last
    key |= np.arange(values.shape[1])
    key.sort(axis=1)
    # More than the bits that were lost lie between two values, also after they are scaled. What is
    # too large for a whole number counts as close, and is ranked one by one.
    apart = (key[:, 1:] - key[:, :-1]).min(axis=1, initial=2 << bits) >= 2 << bits
    is_finite = (key[:, -1] < _INFINITY) & (key[:, 0] > -_INFINITY - 1)
    key &= last
    return key, apart & is_finite


def _places(order: _Places, bits: int) -> _Places:
    """Place of each column in the order of its row; `order` is overwritten."""
    order <<= bits
    order |= np.arange(order.shape[1], dtype=order.dtype)
    order.sort(axis=1)
    order &= (1 << bits) - 1
    return order


def _sums(
    values: npt.NDArray[np.bool_ | np.unsignedinteger], rows: IntArray, weight: FloatArray
) -> FloatArray:
    """Sum over some columns of whole numbers ``(S, U)`` times whole weights, ``(S,)``."""
    if _MANY * len(rows) < values.shape[1]:
        return np.asarray(values[:, rows].astype(np.float64) @ weight)
    of_all = np.bincount(rows, weights=weight, minlength=values.shape[1])
    is_exact = len(values) * np.abs(of_all).sum() < _EXACT
    kind = np.float32 if is_exact else np.float64
    held: npt.NDArray[np.floating] = of_all.astype(kind)
    total = np.empty(len(values))
    for begin in range(0, len(values), _LINES):
        lines = slice(begin, begin + _LINES)
        some: npt.NDArray[np.floating] = values[lines].astype(kind)
        total[lines] = some @ held
    return total
