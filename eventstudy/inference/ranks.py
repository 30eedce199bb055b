"""Tests on ranks: Corrado's family, and the generalised rank test of whole windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from eventstudy.inference.moments import Moments, scar_moments
from eventstudy.inference.ranking import number_above
from eventstudy.inference.session_order import ordered_residuals, ranked_sessions, session_signs
from eventstudy.inference.statistic import (
    StatisticValues,
    register_sums,
    t_values,
    z_values,
)
from eventstudy.inference.sums import SessionScores, Totals

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.session_order import OrderedResiduals
    from eventstudy.inference.statistic import Sided

    _Numbers = TypeVar("_Numbers", bound=npt.NDArray[np.number])

_ALIKE = "all ranks are equal"
_NO_SCALE = "fewer than two pairs, or equal SCARs, so that there is nothing to scale them by"
# Entries of one step, so that memory does not grow with draws and pairs.
_STEP = 150_000
# Pairs of as many weights are counted weight by weight.
_FEW_WEIGHTS = 64


def _rank_sums(evidence: Evidence) -> SessionScores:
    return _sessions(evidence, "ranks")


def _share_sums(evidence: Evidence) -> SessionScores:
    return _sessions(evidence, "shares")


def _sign_sums(evidence: Evidence) -> SessionScores:
    return _sessions(evidence, "signs")


@register_sums(
    "corrado_rank",
    collect=_rank_sums,
    summary="rank of the event session within the pair's own estimation and event window",
    null="event sessions rank like any other",
    assumes="independent sessions; equal window lengths",
    distribution="N(0,1)",
    source="Corrado (JFE 1989); windows as Cowan (RQFA 1992)",
)
def corrado_rank(sums: SessionScores, asked: Sided) -> StatisticValues:
    """``sqrt L mean(D over W) / S``, D the mean centred rank of a session.

    Ranks are mid-ranks over the estimation and the whole event window of each pair, less their
    mean; D is over the pairs of the group present on the session, also those absent in the window;
    S is the root of the mean of ``D^2`` over all sessions with a pair. NaN where S is 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        daily = np.where(sums.count > 0, sums.total / sums.count, 0.0)
    return z_values(asked, _over_window(sums, daily), reason=_ALIKE)


@register_sums(
    "corrado_zivney_rank",
    collect=_share_sums,
    summary="corrado_rank with ranks standardised by their number: for windows of unequal length",
    null="event sessions rank like any other",
    assumes="independent sessions; events that do not raise variance",
    distribution="N(0,1)",
    source="Corrado and Zivney (JFQA 1992)",
)
def corrado_zivney_rank(sums: SessionScores, asked: Sided) -> StatisticValues:
    """``sum of D over W / (sqrt L S)`` with ``D = sum U / sqrt(N_tau)``, ``U = K/(T_i+1) - 1/2``.

    K and the pairs as for `corrado_rank`, ``T_i`` the number of ranked sessions of a pair, ``S``
    the root of the mean of ``D^2`` over all sessions with a pair. NaN where S is 0.
    """
    return _corrado_zivney(sums, asked, _ALIKE)


@register_sums(
    "corrado_zivney_sign",
    collect=_sign_sums,
    summary="sign of the event session about the pair's own median",
    null="event sessions lie above the median as often as below",
    assumes="independent sessions",
    distribution="N(0,1)",
    source="Corrado and Zivney (JFQA 1992)",
)
def corrado_zivney_sign(sums: SessionScores, asked: Sided) -> StatisticValues:
    """``sum of D over W / (sqrt L S)``, ``D = sum G / sqrt(N_tau)``, ``G = sign(AR - median)``.

    The median is over the estimation and the whole event window of the pair, and G is 0 on it; D
    and S as for `corrado_zivney_rank`. NaN where S is 0.
    """
    return _corrado_zivney(sums, asked, "no session differs from its median")


def _grank_sums(evidence: Evidence, scars: Moments) -> Totals:
    """Sum and number of the ranks of every session, of the windows', and whether none is scaled."""
    scale = _spread(scars)
    ordered = ordered_residuals(evidence)
    scar = evidence.window.scar
    keep = np.isfinite(scar)
    signed, lines = _lines(evidence, keep)
    total = _share_totals(evidence, keep, signed, ordered.shares)
    event = np.zeros(evidence.n_draws)
    for block in evidence.blocks:
        if not block.rows.size:
            continue
        rows, weight = _merged(block.rows, evidence.sign[block.columns])
        wide = max(1, min(rows.shape[1], _STEP))
        deep = max(1, _STEP // wide)
        for first in range(0, rows.shape[1], wide):
            columns = slice(first, first + wide)
            for begin in range(0, evidence.n_draws, deep):
                draws = slice(begin, begin + deep)
                pair_rows = rows[block.pick[draws], columns]
                code, has_code = ordered.code(pair_rows, scar, scale[draws])
                weights = has_code * weight[columns] / (ordered.number[pair_rows] + 2.0)
                total[draws] += _lifted(ordered, pair_rows, code, weights)
                centred_rank = 0.5 * (code - ordered.number[pair_rows])  # rank less (M+2)/2
                event[draws] += (weights * centred_rank).sum(axis=1)
    n0 = evidence.unstack(np.asarray(lines.sum(axis=1), dtype=np.float64).ravel())
    number = np.repeat(n0[:, None], ordered.codes.shape[1], axis=1)
    if not ordered.is_whole:
        is_there = ordered.codes >= 0
        used = _rows(evidence)
        missed = ~is_there[used[keep[used]]].all(axis=0)
        number[:, missed] = evidence.unstack(lines @ is_there[:, missed].astype(np.float64))
    return Totals((total, number, event, n0, (~np.isfinite(scale)).astype(np.float64)))


@register_sums(
    "grank_t",
    first=scar_moments,
    collect=_grank_sums,
    summary="rank of the whole window's rescaled SCAR among the pair's estimation sessions",
    null="the window ranks like one more session of the estimation window",
    assumes="sessions of one distribution; pairs that share dates not closely correlated; "
    "robust to event-induced variance",
    distribution="t(T-2)",
    source="Kolari and Pynnonen (J. Empirical Finance 2011)",
    most_draws=500,
)
def grank_t(sums: Totals, asked: Sided) -> StatisticValues:
    """``Z sqrt((T-2)/(T-1-Z^2))``, ``Z = Ubar_0/S``.

    ``SCAR* = SCAR/sd(SCAR)`` (sd with N-1 over the counted pairs) is ranked beside the M
    standardised residuals e/s of its pair (no leverage term): ``U = rank/(M+2) - 1/2``, mid-ranks.
    ``Ubar_t`` is the mean over the ``n_t`` pairs with a residual on t, ``Ubar_0`` that of the
    ``n_0`` windows; ``S^2`` is the mean of ``(n_t/n_0) Ubar_t^2`` over the T sessions, the
    estimation sessions with a residual and the window. Its size is measured over 500 of the draws,
    each of which ranks all sessions anew. NaN with fewer than two pairs, with equal SCARs, and
    where ``Z^2 >= T - 1``.
    """
    total, number, event, n0, is_unscaled = sums.parts
    sessions = (number > 0).sum(axis=1) + 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        square = np.where(number > 0, total**2 / number, 0.0).sum(axis=1) / n0
        mean = event / n0
        spread = np.sqrt((square + mean**2) / sessions)
        z = np.where(spread > 0, mean / spread, np.nan)
        radicand = sessions - 1.0 - z**2
        value = z * np.sqrt((sessions - 2.0) / np.where(radicand > 0, radicand, np.nan))
    value = np.where((is_unscaled == 0) & (sessions > 2), value, np.nan)
    reason = f"{_NO_SCALE}; or no session ranks apart from the window's"
    return t_values(asked, value, sessions - 2.0, reason=reason)


def _grank_shares(evidence: Evidence, scars: Moments) -> Totals:
    """Sum of the windows' ranks, and of the variances they have by themselves."""
    ordered = ordered_residuals(evidence)
    scale = _spread(scars)
    number = ordered.number
    total, variance = np.zeros((2, evidence.n_draws))
    for block in evidence.blocks:
        rows = block.rows[block.pick]
        code, has_code = ordered.code(rows, evidence.window.scar, scale)
        share = (0.5 * code + 1.0) / (number[rows] + 2.0) - 0.5
        total += np.where(has_code, share * evidence.sign[block.columns], 0.0).sum(axis=1)
        variance += np.where(has_code, number[rows] / (number[rows] + 2.0) / 12.0, 0.0).sum(axis=1)
    return Totals((total, variance))


@register_sums(
    "grank_z",
    first=scar_moments,
    collect=_grank_shares,
    summary="grank_t with the variance ranks have by themselves",
    null="the window ranks like one more session of the estimation window",
    assumes="independent pairs; robust to event-induced variance; fails when markets share dates",
    distribution="N(0,1)",
    source="Kolari and Pynnonen (J. Empirical Finance 2011)",
)
def grank_z(sums: Totals, asked: Sided) -> StatisticValues:
    """``Ubar_0 n_0 / sqrt(sum (T_i-1)/(T_i+1)/12)`` with ``T_i = M_i + 1``; U as for `grank_t`.

    NaN with fewer than two pairs and with equal SCARs.
    """
    total, variance = sums.parts
    with np.errstate(divide="ignore", invalid="ignore"):
        value = total / np.sqrt(variance)
    return z_values(asked, value, reason=_NO_SCALE)


# ---------------------------------------------------------------- Corrado's family


def _corrado_zivney(sums: SessionScores, asked: Sided, reason: str) -> StatisticValues:
    daily = sums.total / np.sqrt(np.maximum(sums.count, 1.0))
    return z_values(asked, _over_window(sums, daily), reason=reason)


def _scores(evidence: Evidence, name: str) -> FloatArray:
    """Scores over each position's estimation and event window, ``(U, L+W)``."""
    if name == "signs":
        return session_signs(evidence)
    ranks = ranked_sessions(evidence)[0]
    if name == "ranks":
        return ranks
    number = np.isfinite(ranks).sum(axis=1, keepdims=True)
    return evidence.dependence.once(name, lambda: np.asarray(ranks / (number + 1.0)))


def _sessions(evidence: Evidence, name: str) -> SessionScores:
    """Sum of the scores of every session and number of its pairs.

    Every session has the pairs present on it, also those absent in the window, so that the windows
    of a group share them.
    """
    table = evidence.table
    total, count = evidence.of_group(f"sessions of {name}", lambda: _session_sums(evidence, name))
    inside = np.zeros(total.shape[1], dtype=bool)
    if table.extension.any():  # sessions that the window of one of these very pairs holds
        present = evidence.window.present[_rows(evidence)] > 0
        inside[table.residuals.shape[1] :] = present.any(axis=0)
    else:
        inside[table.residuals.shape[1] + evidence.columns] = True
    return SessionScores(
        total=total, count=count, inside=inside, is_estimated=bool(table.fit.n_obs.any())
    )


def _session_sums(evidence: Evidence, name: str) -> tuple[FloatArray, FloatArray]:
    """Sum of the scores of every session and number of its pairs, ``(B, L+W)`` each."""
    has_score = evidence.dependence.once("ranked", lambda: np.isfinite(_scores(evidence, "ranks")))
    if name == "shares" and has_score.all():  # of as many sessions each
        ranks, count = evidence.of_group(
            "sessions of ranks", lambda: _session_sums(evidence, "ranks")
        )
        return ranks / (has_score.shape[1] + 1.0), count
    scores = filled = _scores(evidence, name)
    if not has_score.all():
        filled = evidence.dependence.once(
            f"{name} filled", lambda: np.where(has_score, scores, 0.0)
        )
    signed, lines = _lines(evidence, np.ones(len(scores), dtype=bool))
    total = evidence.unstack(signed @ filled)
    total = total + evidence.absent_sign @ filled[evidence.absent]
    # Only on sessions that somebody misses is there anything to count.
    missed = ~has_score[_rows(evidence)].all(axis=0)
    count = np.full_like(total, float(evidence.n_pairs))
    count[:, missed] = evidence.unstack(lines @ has_score[:, missed].astype(np.float64))
    return total, count + has_score[evidence.absent].sum(axis=0)


def _lines(evidence: Evidence, keep: BoolArray) -> tuple[csr_array, csr_array]:
    """Signed count and count of the positions of every placement, each position once a line."""
    counts = evidence.stack(keep, signed=False)
    counts.sum_duplicates()
    if (evidence.sign > 0).all():
        return counts, counts
    signed = evidence.stack(keep)
    signed.sum_duplicates()
    return signed, counts


def _rows(evidence: Evidence) -> IntArray:
    """Positions that some draw may hold."""
    is_used = np.zeros(len(evidence.table.security), dtype=bool)
    for block in evidence.blocks:
        is_used[block.rows] = True
    return np.flatnonzero(is_used)


def _over_window(sums: SessionScores, daily: FloatArray) -> FloatArray:
    """``sqrt L mean(D over W) / S``, ``(B,)``; NaN where the scores do not differ.

    NaN, too, where no session was estimated on: a session is ranked among others.
    """
    count, inside = sums.count, sums.inside
    if not sums.is_estimated:
        return np.full(len(daily), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((daily**2).sum(axis=1) / (count > 0).sum(axis=1))
        length = (count[:, inside] > 0).sum(axis=1)
        average = daily[:, inside].sum(axis=1) / length
        return np.where(spread > 0, np.sqrt(length) * average / spread, np.nan)


# ---------------------------------------------------------------- generalised ranks


def _share_totals(
    evidence: Evidence, keep: BoolArray, signed: csr_array, shares: FloatArray
) -> FloatArray:
    """Sum of the shares of the pairs that `keep` leaves in, ``(B, L)``.

    Windows of a group differ in few pairs: these are taken from the sum of all.
    """
    if evidence.group is None or len(evidence.absent) > evidence.n_pairs:
        return evidence.unstack(signed @ shares)
    (block,) = evidence.blocks
    rows = np.concatenate([block.rows[0], evidence.absent])
    sign = np.concatenate([evidence.sign[block.columns], evidence.absent_sign])
    total = evidence.of_group("shares", lambda: sign @ _taken(shares, rows))
    out = ~keep[rows]
    return np.asarray((total - sign[out] @ shares[rows[out]])[None, :])


def _spread(scars: Moments) -> FloatArray:
    return np.where((scars.n > 1) & (scars.sd > 0), scars.sd, np.nan)


def _merged(rows: IntArray, sign: FloatArray) -> tuple[IntArray, FloatArray]:
    """Columns of `rows` ``(M, n)`` and their signs, those that are the same made one.

    Pairs of one position stay together wherever they move.
    """
    if len(rows) == 1 and (np.diff(rows[0]) > 0).all():
        return rows, sign
    order = np.lexsort((rows[0], rows[len(rows) // 2], rows[-1]))
    ordered = rows[:, order]
    is_first = np.r_[True, (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)]
    return ordered[:, is_first], np.add.reduceat(sign[order], np.flatnonzero(is_first))


def _lifted(
    ordered: OrderedResiduals, rows: IntArray, code: IntArray, weight: FloatArray
) -> FloatArray:
    """Weighted sum over pairs of the ranks the window's own value adds, ``(draws, L)``.

    Residuals above it move up by one, its equals by a half. Few codes occur at each position, so
    that what moves is found once for each and then added up.
    """
    from scipy.sparse import csr_array

    if len(rows) == 1:
        return _lifted_once(ordered, rows[0], code[0], weight[0])
    most = 2 * ordered.codes.shape[1] + 1
    cells, line = np.unique((rows * most + code).ravel(), return_inverse=True)
    row, value = np.divmod(cells, most)
    residual_codes = ordered.codes[row]
    moved = value.astype(residual_codes.dtype)[:, None]
    table = (residual_codes > moved).astype(np.float64)
    if (residual_codes == moved).any():
        table += 0.5 * (residual_codes == moved)
    pointer = np.arange(len(rows) + 1) * rows.shape[1]
    holds = csr_array((weight.ravel(), line.ravel(), pointer), shape=(len(rows), len(cells)))
    return np.asarray(holds @ table)


def _lifted_once(
    ordered: OrderedResiduals, rows: IntArray, code: IntArray, weight: FloatArray
) -> FloatArray:
    """`_lifted` of one draw, by counting: few weights occur, as they depend on M alone."""
    codes = _taken(ordered.codes, rows)
    moved = code.astype(codes.dtype)[:, None]
    weights, number = np.unique(weight, return_inverse=True)
    if len(weights) > _FEW_WEIGHTS:
        half_steps = (codes > moved).view(np.int8) + (codes >= moved).view(np.int8)
        return np.asarray((0.5 * weight @ half_steps)[None, :], dtype=np.float64)
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
    return total[None, :]


def _taken(values: _Numbers, rows: IntArray) -> _Numbers:
    """Return these rows of `values`; no copy where they are all of them in order."""
    is_all = len(rows) == len(values) and bool((rows == np.arange(len(rows))).all())
    return values if is_all else cast("_Numbers", values[rows])
