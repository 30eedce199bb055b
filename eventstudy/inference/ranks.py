"""Tests on ranks: Corrado's family, and the generalised rank test of whole windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.lifted_ranks import lifts, taken
from eventstudy.inference.moments import Moments, scar_moments
from eventstudy.inference.once import mark_of
from eventstudy.inference.one_session import ranks_with_one, sign_sums_with_one
from eventstudy.inference.pair_sums import pair_sums
from eventstudy.inference.session_order import (
    has_session,
    ordered_residuals,
    ranked_sessions,
    session_signs,
)
from eventstudy.inference.session_places import rows_and_signs, session_places
from eventstudy.inference.statistic import (
    StatisticValues,
    register_sums,
    t_values,
    z_values,
)
from eventstudy.inference.sums import SessionScores, Totals

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.session_order import OrderedResiduals
    from eventstudy.inference.session_places import Scores, SessionPlaces
    from eventstudy.inference.statistic import Sided

_ALIKE = "all ranks are equal"
_NO_SCALE = "fewer than two pairs, or equal SCARs, so that there is nothing to scale them by"


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
    placed = session_places(evidence)
    if placed is not None:
        return _grank_sums_of_data(evidence, placed, scale)
    ordered = ordered_residuals(evidence)
    keep = np.isfinite(evidence.window.scar)
    lifted, event = lifts(evidence, ordered, scale)
    evidence.of_group(_windows_ranks(evidence), lambda: event)
    total = _share_totals(evidence, keep, ordered.shares) + lifted
    name = f"ranked numbers {mark_of(keep)}"
    number, n0 = evidence.of_residuals(name, lambda: _grank_numbers(evidence, keep, ordered))
    return Totals((total, number, event, n0, (~np.isfinite(scale)).astype(np.float64)))


def _grank_numbers(
    evidence: Evidence, keep: BoolArray, ordered: OrderedResiduals
) -> tuple[FloatArray, FloatArray]:
    """Pairs that `keep` leaves in: of every session ``(B, L)``, and in all ``(B,)``."""
    held = [keep[block.rows].sum(axis=1, dtype=np.float64) for block in evidence.blocks]
    n0 = evidence.unstack(np.concatenate(held))
    number = np.repeat(n0[:, None], ordered.codes.shape[1], axis=1)
    if not ordered.is_whole:
        is_there = ordered.codes >= 0
        used = _rows(evidence)
        missed = ~is_there[used[keep[used]]].all(axis=0)
        there = (is_there[:, missed] & keep[:, None]).astype(np.float64)
        number[:, missed] = pair_sums(evidence, there, signed=False, in_halves=True)
    return number, n0


def _grank_sums_of_data(evidence: Evidence, placed: SessionPlaces, scale: FloatArray) -> Totals:
    rows, sign = rows_and_signs(evidence)
    code, has_code = (part[0] for part in placed.code(rows[None], evidence.window.scar, scale))
    number = placed.number[rows]
    weight = has_code * sign / (number + 2.0)
    lifted = placed.lift_sums(rows, code, weight)
    is_in = np.isfinite(evidence.window.scar[rows])
    total = lifted + _shares_of_data(evidence, placed, rows, sign, is_in)
    event = (weight * (0.5 * (code - number))).sum()
    counts = placed.residual_counts(rows[is_in])
    held = total[None], counts[None], np.array([event]), np.array([float(is_in.sum())])
    return Totals((*held, (~np.isfinite(scale)).astype(np.float64)))


def _shares_of_data(
    evidence: Evidence,
    placed: SessionPlaces,
    rows: IntArray,
    sign: FloatArray,
    is_in: BoolArray,
) -> FloatArray:
    """Sum of the shares of the pairs that are in, ``(L,)``.

    Windows of a group differ in few pairs: these are taken from the sum of all.
    """
    if evidence.group is None or len(evidence.absent) > evidence.n_pairs:
        return placed.share_sums(rows[is_in], sign[is_in])
    total = evidence.of_group(
        "shares",
        lambda: placed.share_sums(
            np.concatenate([rows, evidence.absent]), np.concatenate([sign, evidence.absent_sign])
        ),
    )
    for out, of_out in ((rows[~is_in], sign[~is_in]), (evidence.absent, evidence.absent_sign)):
        if len(out):
            total = total - placed.share_sums(out, of_out)
    return total


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
    ordered = session_places(evidence) or ordered_residuals(evidence)
    keep = np.isfinite(evidence.window.scar)
    scale = _spread(scars)
    total = evidence.of_group(
        _windows_ranks(evidence), lambda: _share_of_windows(evidence, ordered, scale)
    )

    def variances() -> FloatArray:
        own = np.where(keep, ordered.number / (ordered.number + 2.0) / 12.0, 0.0)
        return pair_sums(evidence, own[:, None], signed=False)[:, 0]

    variance = evidence.of_residuals(f"ranked variances {mark_of(keep)}", variances)
    return Totals((total, np.where(np.isfinite(scale), variance, 0.0)))


def _windows_ranks(evidence: Evidence) -> str:
    """Name of the sum of the windows' ranks, which two tests begin with."""
    return f"ranks of windows {evidence.presence}"


def _share_of_windows(
    evidence: Evidence, ordered: OrderedResiduals | SessionPlaces, scale: FloatArray
) -> FloatArray:
    """Sum of the centred ranks of the windows over M + 2, ``(B,)``."""
    total, number = np.zeros(evidence.n_draws), ordered.number
    for block in evidence.blocks:
        rows = block.rows[block.pick]
        code, has_code = ordered.code(rows, evidence.window.scar, scale)
        share = (0.5 * code + 1.0) / (number[rows] + 2.0) - 0.5
        total += np.where(has_code, share * evidence.sign[block.columns], 0.0).sum(axis=1)
    return total


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


def _scores(evidence: Evidence, name: Scores) -> FloatArray:
    """Scores over each position's estimation and event window, ``(U, L+W)``."""
    if name == "signs":
        return session_signs(evidence)
    ranks = ranked_sessions(evidence)[0]
    if name == "ranks":
        return ranks
    number = np.isfinite(ranks).sum(axis=1, keepdims=True)
    return evidence.dependence.once(name, lambda: np.asarray(ranks / (number + 1.0)))


def _sessions(evidence: Evidence, name: Scores) -> SessionScores:
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


def _session_sums(evidence: Evidence, name: Scores) -> tuple[FloatArray, FloatArray]:
    """Sum of the scores of every session and number of its pairs, ``(B, L+W)`` each."""
    placed = session_places(evidence)
    if placed is not None:
        rows, sign = rows_and_signs(evidence)
        rows = np.concatenate([rows, evidence.absent])
        sign = np.concatenate([sign, evidence.absent_sign])
        return placed.score_sums(name, rows, sign)[None], placed.score_counts(rows)[None]
    has_score = has_session(evidence)
    if name == "shares" and (evidence.n_draws > 1 or has_score.all()):
        return _share_sums_of_ranks(evidence, has_score)
    column = evidence.event_column
    if name == "signs" and column is not None and evidence.n_draws > 1:
        total = sign_sums_with_one(evidence, column)
    else:
        filled = _filled(evidence, name, has_score)
        total = pair_sums(evidence, filled, in_halves=name != "shares")
        total = total + evidence.absent_sign @ filled[evidence.absent]
    mark = evidence.dependence.once("ranked mark", lambda: mark_of(has_score))
    count = evidence.of_residuals(f"scores {mark}", lambda: _session_counts(evidence, has_score))
    return total, count


def _filled(evidence: Evidence, name: Scores, has_score: BoolArray) -> npt.NDArray[np.floating]:
    """`_scores` with 0 where there is none."""
    column = evidence.event_column
    if name == "ranks" and column is not None:
        return evidence.dependence.once("ranks with one", lambda: ranks_with_one(evidence, column))
    scores = _scores(evidence, name)
    if has_score.all():
        return scores
    return evidence.dependence.once(f"{name} filled", lambda: np.where(has_score, scores, 0.0))


def _share_sums_of_ranks(evidence: Evidence, has_score: BoolArray) -> tuple[FloatArray, FloatArray]:
    """`_session_sums` of ranks over their number and one: nearly all are over the same."""
    ranks, count = evidence.of_group("sessions of ranks", lambda: _session_sums(evidence, "ranks"))
    width = has_score.shape[1]
    total = ranks / (width + 1.0)
    number = has_score.sum(axis=1)
    is_short = number < width
    if is_short.any():
        more = np.zeros(has_score.shape)
        beside = 1.0 / (number[is_short] + 1.0) - 1.0 / (width + 1.0)
        more[is_short] = _filled(evidence, "ranks", has_score)[is_short] * beside[:, None]
        total += pair_sums(evidence, more, among=is_short)
        total += evidence.absent_sign @ more[evidence.absent]
    return total, count


def _session_counts(evidence: Evidence, has_score: BoolArray) -> FloatArray:
    """Pairs with a score on every session, ``(B, L+W)``."""
    # Only on sessions that somebody misses is there anything to count.
    missed = np.asarray(~has_score[_rows(evidence)].all(axis=0))
    count = np.full((evidence.n_draws, has_score.shape[1]), float(evidence.n_pairs))
    if missed.any():
        there = has_score[:, missed].astype(np.float64)
        count[:, missed] = pair_sums(evidence, there, signed=False, in_halves=True)
    return np.asarray(count + has_score[evidence.absent].sum(axis=0))


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


def _share_totals(evidence: Evidence, keep: BoolArray, shares: FloatArray) -> FloatArray:
    """Sum of the shares of the pairs that `keep` leaves in, ``(B, L)``.

    Windows of a group differ in few pairs: these are taken from the sum of all.
    """
    if evidence.group is None or len(evidence.absent) > evidence.n_pairs:
        name = f"shares {mark_of(keep)}"
        held = shares if keep.all() else np.where(keep[:, None], shares, 0.0)
        return evidence.of_residuals(name, lambda: pair_sums(evidence, held))
    (block,) = evidence.blocks
    rows = np.concatenate([block.rows[0], evidence.absent])
    sign = np.concatenate([evidence.sign[block.columns], evidence.absent_sign])
    total = evidence.of_group("shares", lambda: sign @ taken(shares, rows))
    out = ~keep[rows]
    return np.asarray((total - sign[out] @ shares[rows[out]])[None, :])


def _spread(scars: Moments) -> FloatArray:
    return np.where((scars.n > 1) & (scars.sd > 0), scars.sd, np.nan)
