"""What the windows' own values add to the ranks of estimation sessions, summed over pairs.

Residuals above the value of their pair's window move up by one, its equals by a half. In draws a
position has nearly the same rank in all of them, as only the scale of the draw differs. So draws of
neighbouring scales are summed by the ranks at one scale between them, as a matrix product, and the
few sessions between a value's ranks at the two scales are put right one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from eventstudy.inference.moved_counts import moved_counts
from eventstudy.inference.pair_sums import are_told_apart, counts, positions, signs
from eventstudy.inference.ranking import number_above

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.moved_counts import MovedCounts
    from eventstudy.inference.session_order import OrderedResiduals

    _Numbers = TypeVar("_Numbers", bound=npt.NDArray[np.number])

# Entries of one step, so that memory does not grow with draws and pairs.
_STEP = 150_000
# Pairs of as many weights are counted weight by weight.
_FEW_WEIGHTS = 64
# Positions a pair from which on draws are summed pair by pair: most of the product would be 0.
_SPARSE = 16
# Positions whose sessions are compared at a time.
_ROWS = 1024


def lifts(
    evidence: Evidence, ordered: OrderedResiduals, scale: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sum over pairs of what windows add to the ranks of sessions, over M + 2, and their own ranks.

    Parameters
    ----------
    scale : ``(B,)`` what the SCARs of each draw are divided by; NaN where it has none

    Returns
    -------
    ``(B, L)`` and, of centred ranks, ``(B,)``.
    """
    if evidence.n_draws == 1:
        return _lifts_of_data(evidence, ordered, scale)
    rows, sign = positions(evidence), signs(evidence)
    scar = evidence.window.scar
    total = np.zeros((evidence.n_draws, ordered.codes.shape[1]))
    event = np.zeros(evidence.n_draws)
    is_sparse = len(scar) > _SPARSE * evidence.n_pairs
    of_days = None if is_sparse else moved_counts(evidence, signed=True)
    if of_days is not None and not are_told_apart(1.0, of_days.n_terms):
        of_days = None
    deep = max(1, (_ROWS if is_sparse else _STEP) // max(1, evidence.n_pairs))
    by_scale = np.argsort(scale, kind="stable")
    by_scale = by_scale[: int(np.isfinite(scale).sum())]
    for begin in range(0, len(by_scale), deep):
        draws = by_scale[begin : begin + deep]
        held = rows[draws]
        code, has_code = ordered.code(held, scar, scale[draws])
        number = ordered.number[held]
        weight = has_code / (number + 2.0) if sign is None else has_code * sign / (number + 2.0)
        event[draws] = (weight * (0.5 * (code - number))).sum(axis=1)  # rank less (M+2)/2
        if is_sparse and len(draws) == 1:
            total[draws[0]] = _lifted(ordered, held[0], code[0], weight[0])
        elif is_sparse:
            steps = _above(ordered.codes[held].reshape(-1, total.shape[1]), code.ravel())
            total[draws] = (weight[:, None, :] @ steps.reshape(*held.shape, -1))[:, 0]
        else:
            middle = scale[draws[len(draws) // 2]]
            own = scale[draws]
            days = None if of_days is None else (of_days, draws)
            total[draws] = _by_middle(ordered, held, code, weight, scar, own, middle, sign, days)
    return total, event


def _lifts_of_data(
    evidence: Evidence, ordered: OrderedResiduals, scale: FloatArray
) -> tuple[FloatArray, FloatArray]:
    total, event = np.zeros((1, ordered.codes.shape[1])), np.zeros(1)
    rows, sign = positions(evidence)[0], signs(evidence)
    for begin in range(0, len(rows), _STEP):
        some = slice(begin, begin + _STEP)
        code, has_code = ordered.code(rows[None, some], evidence.window.scar, scale)
        number = ordered.number[rows[some]]
        weight = has_code[0] / (number + 2.0)
        if sign is not None:
            weight *= sign[some]
        event += (weight * (0.5 * (code[0] - number))).sum()
        total += _lifted(ordered, rows[some], code[0], weight)
    return total, event


def _by_middle(
    ordered: OrderedResiduals,
    held: IntArray,
    code: IntArray,
    weight: FloatArray,
    scar: FloatArray,
    scale: FloatArray,
    middle: float,
    sign: FloatArray | None,
    days: tuple[MovedCounts, IntArray] | None,
) -> FloatArray:
    """Sum of `weight` times the lifts of pairs ``(b, N)``, by those at the scale `middle`.

    Returns
    -------
    ``(b, L)``
    """
    size, width = ordered.codes.shape
    is_used = np.zeros(size, dtype=bool)
    is_used[held] = True
    used, at = np.flatnonzero(is_used), np.cumsum(is_used) - 1
    code_of, has_of = (part[0] for part in ordered.code(used[None], scar, np.array([middle])))
    # Halves, which single precision adds up to the last digit, nearly all over the same number.
    n_lines = len(used) if days is None else size
    line = np.arange(len(used)) if days is None else used
    kind = np.float32 if are_told_apart(1.0, held.shape[1]) else np.float64
    values = np.zeros((n_lines, width), dtype=kind)
    for begin in range(0, len(used), _ROWS):
        some = slice(begin, begin + _ROWS)
        values[line[some]] = _above(ordered.codes[used[some]], code_of[some])
    values[line[~has_of]] = 0.0
    place = at[held]
    if days is None:
        total = (counts(place, sign, len(used), kind) @ values).astype(np.float64)
    else:
        total = days[0].sums(values, days[1])
    total /= width + 2.0
    number = ordered.number[used]
    short = np.flatnonzero(number != width)
    if short.size:
        beside = 1.0 / (number[short] + 2.0) - 1.0 / (width + 2.0)
        among = np.full(len(used), -1)
        among[short] = np.arange(len(short))
        total += counts(among[place], sign, len(short)) @ (values[line[short]] * beside[:, None])
    other = code_of[place]
    is_other = (code != other) & (weight != 0.0)
    # The code of a value between two residuals is even: as many lie below as half of it.
    is_plain = (code | other) & 1 == 0
    line, pair = np.nonzero(is_other & is_plain & ordered.is_tied[held])
    row = held[line, pair]
    for each, by in ((code, scale[line]), (other, middle)):
        is_equal = ordered.sorted[row, each[line, pair] // 2] == scar[row] / by
        is_plain[line[is_equal], pair[is_equal]] = False
    line, pair = np.nonzero(is_other & is_plain)
    if line.size:
        _step(total, ordered, held, (line, pair), code, other, weight)
    line, pair = np.nonzero(is_other & ~is_plain)
    for begin in range(0, len(line), _ROWS):
        lines, pairs = line[begin : begin + _ROWS], pair[begin : begin + _ROWS]
        codes = ordered.codes[held[lines, pairs]]
        more = _above(codes, code[lines, pairs]) - _above(codes, other[lines, pairs])
        np.add.at(total, lines, more * weight[lines, pairs][:, None])
    return total


def _step(
    total: FloatArray,
    ordered: OrderedResiduals,
    held: IntArray,
    which: tuple[IntArray, IntArray],
    code: IntArray,
    other: IntArray,
    weight: FloatArray,
) -> None:
    """Add the sessions between the ranks of some pairs at two scales, or take them away."""
    width = ordered.places.shape[1]
    new, old = code[which] // 2, other[which] // 2
    first, number = np.minimum(new, old), np.abs(new - old)
    begin = np.cumsum(number) - number
    # Place after place of one position, pair after pair.
    place = np.repeat(held[which] * width + first - begin, number) + np.arange(number.sum())
    session = ordered.places.reshape(-1).take(place)
    cell = np.repeat(which[0] * width, number) + session
    signed = np.repeat(np.where(new < old, weight[which], -weight[which]), number)
    total += np.bincount(cell, weights=signed, minlength=total.size).reshape(total.shape)


def _above(codes: npt.NDArray[np.signedinteger], code: IntArray) -> npt.NDArray[np.float32]:
    """1 for residuals above a value of their line, 0.5 for its equals, ``(n, L)``."""
    limit = code.astype(codes.dtype)[:, None]
    is_above: BoolArray = codes > limit
    found = is_above.astype(np.float32)
    is_equal = codes == limit
    if is_equal.any():
        found[is_equal] = 0.5
    return found


def _lifted(
    ordered: OrderedResiduals, rows: IntArray, code: IntArray, weight: FloatArray
) -> FloatArray:
    """Weighted sum over pairs ``(N,)`` of the ranks the window's own value adds, ``(L,)``.

    Residuals above it move up by one, its equals by a half. By counting: few weights occur, as
    they depend on M alone.
    """
    codes = taken(ordered.codes, rows)
    moved = code.astype(codes.dtype)[:, None]
    weights, number = np.unique(weight, return_inverse=True)
    if len(weights) > _FEW_WEIGHTS:
        half_steps = (codes > moved).view(np.int8) + (codes >= moved).view(np.int8)
        return np.asarray(0.5 * weight @ half_steps, dtype=np.float64)
    total = np.zeros(codes.shape[1])
    # The code of a value that no residual equals is even, and meets none that is odd.
    is_apart = ordered.is_untied and not (code & 1).any()
    for at, each in enumerate(weights.tolist()):
        if not each:
            continue
        of = slice(None) if len(weights) == 1 else np.flatnonzero(number == at)
        some, limit = codes[of], moved[of]
        above = number_above(some, limit)
        equal_or_above = above if is_apart else number_above(some, limit, or_equal=True)
        total += 0.5 * each * (above + equal_or_above)
    return total


def taken(values: _Numbers, rows: IntArray) -> _Numbers:
    """Return these rows of `values`; no copy where they are all of them in order."""
    is_all = len(rows) == len(values) and bool((rows == np.arange(len(rows))).all())
    return values if is_all else cast("_Numbers", values[rows])
