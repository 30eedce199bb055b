"""Arrays in, arrays out: moment tables, least squares over windows, volatility paths.

Shapes: ``T`` sessions, ``N`` securities, ``K`` factors, ``P`` event-security pairs, ``L`` window
length. Missing values are NaN and stay missing. Nothing here knows a date, a label or a frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from eventstudy._typing import BoolArray, FloatArray, IntArray, Parts

DECAY = 0.94
"""Weight of yesterday's variance in today's (RiskMetrics 1996)."""

# A window's cross products carry the rounding of the running sums they are the difference of, and
# the solution multiplies it by their condition number. Beyond this factor, 4e-10 in the end, a
# pair is solved again from the observations themselves.
_MAX_STRAIN = 1e6
# The same for residual sums of squares beside the running sum of squares.
_MIN_RSS_SHARE = 1e-6
# Series summed at a time, so that they stay in the processor's own memory.
_SERIES = 16


def gather(values: FloatArray, security: IntArray, first: IntArray, length: int) -> FloatArray:
    """Cut one window a pair out of a table of series.

    Parameters
    ----------
    values
        ``(N, T)`` or ``(N, T, K)``.
    security, first
        ``(P,)`` row and first column of each window; columns outside ``0..T-1`` give NaN.
    length
        Window length ``L``.

    Returns
    -------
    ``(P, L)`` or ``(P, L, K)``.
    """
    if not len(security) or length < 1:
        return np.empty((len(security), max(length, 0), *values.shape[2:]))
    if is_repeated(values):
        values, security = values[:1], np.zeros(len(security), dtype=np.int64)
    # Each window is one stretch of its series once that is padded: a copy of memory, where an
    # index of every cell would be read too.
    before = max(0, -int(first.min()))
    after = max(0, int(first.max()) + length - values.shape[1])
    if (before or after) and len(security) * length < values.shape[0] * values.shape[1]:
        column = first[:, None] + np.arange(length)
        inside = (column >= 0) & (column < values.shape[1])
        read: FloatArray = values[security[:, None], np.where(inside, column, 0)]
        read = read.astype(np.float64, copy=False)
        read[~inside] = np.nan
        return read
    margin = [(0, 0), (before, after)] + [(0, 0)] * (values.ndim - 2)
    padded = np.pad(values, margin, constant_values=np.nan) if before or after else values
    cells = values.shape[2] if values.ndim > 2 else 1
    if not cells:
        return np.empty((len(security), length, 0))
    lines = np.ascontiguousarray(padded).reshape(len(values), -1)
    stretches = np.lib.stride_tricks.sliding_window_view(lines, length * cells, axis=1)
    cut: FloatArray = stretches[security, (first + before) * cells]
    return cut.reshape(len(security), length, *values.shape[2:])


def is_repeated(values: NDArray[Any]) -> bool:
    """Whether all rows of a table are one row in memory, as `numpy.broadcast_to` makes them."""
    return len(values) > 1 and values.strides[0] == 0


def in_parts(length: int, parts: Parts) -> BoolArray:
    """Which sessions of a window its `parts` hold, ``(L,)``; all of them where there are none."""
    if not parts:
        return np.ones(length, dtype=bool)
    inside = np.zeros(length, dtype=bool)
    for begin, stop in parts:
        inside[begin:stop] = True
    return inside


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MomentTables:
    """Running sums of a regression's moments along the sessions of every security.

    Entry ``t`` holds the sum over sessions ``0..t-1``, so that any window is one subtraction.
    Factors and returns are centred first, which keeps the subtraction exact enough.

    Attributes
    ----------
    n : ``(N, T+1)``; x, xy : ``(N, T+1, K)``; y, yy : ``(N, T+1)``; xx : ``(N, T+1, K, K)``
    x_centre : ``(N, K)``; y_centre : ``(N,)``
    """

    n: FloatArray
    x: FloatArray
    y: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    x_centre: FloatArray
    y_centre: FloatArray


def moment_tables(y: FloatArray, x: FloatArray) -> MomentTables:
    """Build the running sums of ``y`` ``(N, T)`` and ``x`` ``(N, T, K)``.

    A session with any missing value contributes nothing.
    """
    valid = np.isfinite(y)
    valid &= np.isfinite(x[:1] if is_repeated(x) else x).all(axis=-1)
    # Securities of one calendar and benchmark that miss the same sessions share all but `y`.
    is_shared = is_repeated(x) and bool((valid == valid[:1]).all())
    n, x_run, xx_run, x_centre = _factor_sums(valid[:1] if is_shared else valid, x)
    n_series, columns, factors = x.shape
    y_centre = np.empty(n_series)
    y_run, yy_run = np.empty((2, n_series, columns + 1))
    xy_run = np.empty((n_series, columns + 1, factors))
    for begin in range(0, n_series, _SERIES):
        part = slice(begin, begin + _SERIES)
        xc = _centred(x[part], valid[part], x_centre[:1] if is_shared else x_centre[part])
        yc = np.where(valid[part], y[part], 0.0)
        y_centre[part] = yc.sum(axis=1) / np.maximum(valid[part].sum(axis=1), 1)
        yc = _centred(y[part], valid[part], y_centre[part])
        _running(yc, y_run[part])
        _running(yc * yc, yy_run[part])
        _running(xc * yc[..., None], xy_run[part])
    if is_shared:
        n, x_run, xx_run, x_centre = (
            np.broadcast_to(table, (n_series, *table.shape[1:]))
            for table in (n, x_run, xx_run, x_centre)
        )
    return MomentTables(
        n=n,
        x=x_run,
        y=y_run,
        xx=xx_run,
        xy=xy_run,
        yy=yy_run,
        x_centre=x_centre,
        y_centre=y_centre,
    )


def _factor_sums(
    valid: BoolArray, x: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Running sums of `valid` ``(N, T)``, of factors and their products, and means of factors."""
    n_series, columns = valid.shape
    factors = x.shape[2]
    n = np.empty((n_series, columns + 1))
    x_run = np.empty((n_series, columns + 1, factors))
    xx_run = np.empty((n_series, columns + 1, factors, factors))
    centre = np.empty((n_series, factors))
    for begin in range(0, n_series, _SERIES):
        part = slice(begin, min(begin + _SERIES, n_series))
        filled = np.where(valid[part, :, None], x[part], 0.0)
        count = np.maximum(valid[part].sum(axis=1), 1)
        centre[part] = filled.sum(axis=1) / count[:, None]
        xc = _centred(x[part], valid[part], centre[part])
        _running(valid[part], n[part])
        _running(xc, x_run[part])
        _running(xc[..., :, None] * xc[..., None, :], xx_run[part])
    return n, x_run, xx_run, centre


def _centred(values: FloatArray, valid: BoolArray, centre: FloatArray) -> FloatArray:
    """Values ``(N, T, ...)`` less the centre of their series, 0 where they are not valid."""
    centred = values - centre[:, None]
    centred[~valid] = 0.0
    return centred


def _running(values: NDArray[Any], out: FloatArray) -> None:
    """Write sums over sessions ``0..t-1`` of `values` ``(N, T, ...)`` to `out`."""
    out[:, 0] = 0.0
    np.cumsum(values, axis=1, out=out[:, 1:])


def window_bounds(first: IntArray, length: int, n_columns: int) -> tuple[IntArray, IntArray]:
    """Clip windows to the columns there are; returns start and stop, each ``(P,)``."""
    return np.clip(first, 0, n_columns), np.clip(first + length, 0, n_columns)


def window_moments(
    tables: MomentTables, security: IntArray, first: IntArray, length: int
) -> FloatArray:
    """Cross products ``X'X`` over one window a pair, ``(P, 1+K, 1+K)``.

    The constant comes first, and the factors are taken less `MomentTables.x_centre`. A window
    without a session (`length` 0 or less) gives zeros.
    """
    start, stop = window_bounds(first, max(length, 0), tables.n.shape[1] - 1)

    def over(table: FloatArray) -> FloatArray:
        return table[security, stop] - table[security, start]

    n_factors = tables.x.shape[2]
    out = np.empty((len(security), n_factors + 1, n_factors + 1))
    out[:, 0, 0] = over(tables.n)
    out[:, 0, 1:] = out[:, 1:, 0] = over(tables.x)
    out[:, 1:, 1:] = over(tables.xx)
    return out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeastSquares:
    """Least squares with an intercept, one regression a pair.

    Attributes
    ----------
    n : ``(P,)`` observations
    intercept : ``(P,)``; slopes : ``(P, K)``
    rss, tss : ``(P,)`` residual and (centred) total sum of squares
    x_mean : ``(P, K)`` means of the factors over the observations
    x_precision : ``(P, K, K)`` inverse of the centred cross products ``sum (x-mean)(x-mean)'``
    singular : ``(P,)`` factors that do not vary, or are collinear: coefficients are NaN
    """

    n: IntArray
    intercept: FloatArray
    slopes: FloatArray
    rss: FloatArray
    tss: FloatArray
    x_mean: FloatArray
    x_precision: FloatArray
    singular: BoolArray


def window_least_squares(
    tables: MomentTables,
    y: FloatArray,
    x: FloatArray,
    security: IntArray,
    first: IntArray,
    length: int,
    parts: Parts = (),
) -> LeastSquares:
    """Regress ``y`` on a constant and ``x`` over one window a pair, from the running sums.

    Pairs whose cross products are ill conditioned, or whose fit is nearly perfect, are solved
    again by `plain_least_squares`, so that the result does not depend on the running sums.

    Parameters
    ----------
    parts
        Stretches ``(begin, stop)`` of the window, counted from its first session, that are used;
        empty for the whole window.
    """
    bounds = [
        window_bounds(first + begin, end - begin, y.shape[1])
        for begin, end in parts or ((0, length),)
    ]
    stop = bounds[-1][1]

    def over(table: FloatArray) -> FloatArray:
        total: FloatArray = table[security, bounds[0][1]] - table[security, bounds[0][0]]
        for low, high in bounds[1:]:
            total = total + (table[security, high] - table[security, low])
        return total

    n = over(tables.n)
    n_factors = x.shape[2]
    x_bar = over(tables.x) / np.maximum(n, 1.0)[:, None]
    y_bar = over(tables.y) / np.maximum(n, 1.0)
    sxx = over(tables.xx) - n[:, None, None] * x_bar[:, :, None] * x_bar[:, None, :]
    sxy = over(tables.xy) - n[:, None] * x_bar * y_bar[:, None]
    tss = np.maximum(over(tables.yy) - n * y_bar**2, 0.0)

    pairs = len(security)
    slopes = np.zeros((pairs, n_factors))
    precision = np.zeros((pairs, n_factors, n_factors))
    doubtful = np.zeros(pairs, dtype=bool)
    if n_factors:
        spread = np.sqrt(np.maximum(np.einsum("pkk->pk", sxx), 0.0))
        # A factor whose spread is rounding noise beside its own running sum has no spread.
        noise = np.sqrt(tables.xx[security, -1].diagonal(axis1=1, axis2=2)) * 1e-7
        flat = (spread <= noise).any(axis=1)
        scale = np.where(spread > 0, spread, 1.0)
        unit = sxx / (scale[:, :, None] * scale[:, None, :])
        unit[flat] = np.eye(n_factors)
        x_run = np.sqrt(tables.xx[security, stop].diagonal(axis1=1, axis2=2)) / scale
        y_run = np.sqrt(tables.yy[security, stop] / np.where(tss > 0, tss, 1.0))
        strain = x_run.max(axis=1) * np.maximum(x_run.max(axis=1), y_run)
        # One factor by itself has a condition of 1.
        condition = np.linalg.cond(unit) if n_factors > 1 else 1.0
        doubtful = flat | (condition * strain > _MAX_STRAIN)
        unit[doubtful] = np.eye(n_factors)
        inverse = np.linalg.inv(unit) if n_factors > 1 else 1.0 / unit
        precision = inverse / (scale[:, :, None] * scale[:, None, :])
        slopes = np.einsum("pkl,pl->pk", precision, sxy)
    rss = tss - np.einsum("pk,pk->p", slopes, sxy)
    doubtful |= rss <= _MIN_RSS_SHARE * np.maximum(tss, tables.yy[security, stop])
    x_mean = x_bar + tables.x_centre[security]
    intercept = y_bar + tables.y_centre[security] - np.einsum("pk,pk->p", slopes, x_mean)
    singular = np.zeros(pairs, dtype=bool)

    again = np.flatnonzero(doubtful & (n > n_factors + 1))
    if again.size:
        ys = gather(y, security[again], first[again], length)
        ys[:, ~in_parts(length, parts)] = np.nan
        xs = gather(x, security[again], first[again], length)
        for row, pair in enumerate(again):
            plain = plain_least_squares(ys[row], xs[row])
            if plain is None:
                singular[pair] = True
                intercept[pair], slopes[pair], rss[pair] = np.nan, np.nan, np.nan
                continue
            intercept[pair], slopes[pair], rss[pair], tss[pair] = plain[:4]
            x_mean[pair], precision[pair] = plain[4:]
    return LeastSquares(
        n=np.rint(n).astype(np.int64),
        intercept=intercept,
        slopes=slopes,
        rss=rss,
        tss=tss,
        x_mean=x_mean,
        x_precision=precision,
        singular=singular,
    )


def plain_least_squares(
    y: FloatArray, x: FloatArray
) -> tuple[float, FloatArray, float, float, FloatArray, FloatArray] | None:
    """Regress one pair from its observations by singular values: the reference kernel.

    Parameters
    ----------
    y : ``(L,)``; x : ``(L, K)``; sessions with a missing value are left out.

    Returns
    -------
    intercept, slopes, rss, tss, factor means, precision; None where the factors are collinear.
    """
    valid = np.isfinite(y) & np.isfinite(x).all(axis=-1)
    yv, xv = y[valid], x[valid]
    x_mean, y_mean = xv.mean(axis=0), float(yv.mean())
    yc, xc = yv - y_mean, xv - x_mean
    n_factors = xv.shape[1]
    slopes = np.zeros(n_factors)
    precision = np.zeros((n_factors, n_factors))
    if n_factors:
        scale = np.sqrt((xc**2).sum(axis=0))
        if (scale <= 1e-13 * np.sqrt((xv**2).sum(axis=0))).any():
            return None
        u, s, vt = np.linalg.svd(xc / scale, full_matrices=False)
        if s[-1] <= s[0] * 1e-12:
            return None
        slopes = (vt.T @ ((u.T @ yc) / s)) / scale
        precision = (vt.T * s**-2) @ vt / np.outer(scale, scale)
    residuals = yc - xc @ slopes
    return (
        float(y_mean - x_mean @ slopes),
        slopes,
        float(residuals @ residuals),
        float(yc @ yc),
        x_mean,
        precision,
    )


def discounted_sums(values: FloatArray, decay: float = DECAY) -> tuple[FloatArray, FloatArray]:
    """Exponentially weighted running sums of the products of several series.

    Entry ``t`` holds ``sum_j decay^m_j v_j w_j`` over the sessions ``j < t`` on which every series
    has a value, ``m_j`` the number of such sessions after ``j`` and before ``t``. A stretch of
    sessions is the difference of two entries, the earlier one times ``decay`` to the power of its
    sessions.

    Parameters
    ----------
    values : ``(N, T, C)``

    Returns
    -------
    ``(C (C+1) / 2, N, T+1)`` sums of the products of series ``c <= d``, those of the first series
    first, and ``(N, T+1)`` the number of sessions with all values before each.
    """
    n, t, series = values.shape
    has_all: BoolArray = np.asarray(np.isfinite(values).all(axis=2))
    filled = np.where(has_all[..., None], values, 0.0)
    one, other = np.triu_indices(series)
    news = np.ascontiguousarray((filled[..., one] * filled[..., other]).transpose(1, 2, 0))
    keep = np.where(has_all, decay, 1.0).T
    sums = np.zeros((t + 1, len(one), n))
    for session in range(t):
        np.multiply(sums[session], keep[session], out=sums[session + 1])
        sums[session + 1] += news[session]
    count = np.zeros((n, t + 1))
    np.cumsum(has_all, axis=1, out=count[:, 1:])
    return np.ascontiguousarray(sums.transpose(1, 2, 0)), count


# Paths taken side by side.
_PATHS = 512


def ewma_variance(
    path: FloatArray, start: FloatArray, decay: float = DECAY, *, begin: int = 0
) -> FloatArray:
    """One-session-ahead variance along each path of abnormal returns.

    ``h2[:, 0] = start``; ``h2[:, t+1] = decay h2[:, t] + (1-decay) path[:, t]^2``, a missing
    session leaving it as it was.

    Parameters
    ----------
    path : ``(P, S)``; start : ``(P,)``
    begin
        First column that is asked for. Where nothing is missing what lies before it is one
        weighted sum, ``decay^b start + (1-decay) sum_j decay^(b-1-j) path[:, j]^2``.

    Returns
    -------
    ``(P, S+1-begin)``: column ``t`` of the whole is known before session ``t``.
    """
    variance = np.empty((len(path), path.shape[1] + 1 - begin))
    weight = (1.0 - decay) * decay ** np.arange(begin - 1, -1, -1.0)
    # As many paths side by side as stay in the processor's own memory. What a path has does not
    # depend on those beside it.
    for low in range(0, len(path), _PATHS):
        part = slice(low, low + _PATHS)
        squares, first = path[part] ** 2, start[part]
        gaps = np.flatnonzero(~(np.isfinite(squares).all(axis=1) & np.isfinite(first)))
        if begin:
            first = decay**begin * first + np.einsum("ps,s->p", squares[:, :begin], weight)
            if gaps.size:
                first[gaps] = _variances(squares[gaps, :begin], start[part][gaps], decay)[-1]
        variance[part] = _variances(squares[:, begin:], first, decay, is_whole=not gaps.size).T
    return variance


def _variances(
    squares: FloatArray, start: FloatArray, decay: float, *, is_whole: bool = False
) -> FloatArray:
    """`ewma_variance` of squares, session by session: ``(S+1, P)``."""
    news = np.array(squares.T, order="C")
    news *= 1.0 - decay
    out = np.empty((len(news) + 1, news.shape[1]))
    out[0] = start
    for t in range(len(news)):
        step = np.multiply(out[t], decay, out=out[t + 1])
        step += news[t]
        if not is_whole:
            np.copyto(step, out[t], where=~np.isfinite(step))
    return out


def newey_west_lags(n: IntArray | int) -> FloatArray:
    """Lags of a Newey-West covariance over `n` sessions: ``floor(4 (n/100)^(2/9))`` (1994)."""
    return np.floor(4.0 * (np.asarray(n) / 100.0) ** (2.0 / 9.0))


def marks_in_rows(marks: BoolArray) -> IntArray:
    """Count the marks of each row, ``(V,)``, eight at a time."""
    return np.asarray(np.bitwise_count(np.packbits(marks, axis=1)).sum(axis=1, dtype=np.int64))
