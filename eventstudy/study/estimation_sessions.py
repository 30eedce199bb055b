"""The sessions of a study's markets that models are estimated on, and those that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy import kernels
from eventstudy.estimation.gaps import WindowGaps
from eventstudy.prices.market_series import unpriced_sessions
from eventstudy.windows import Window

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.events import alignment
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.study.setting import Setting
    from eventstudy.study.specification import Specification


def estimation_parts(study: Specification) -> tuple[Window, ...]:
    """Return the sessions models are estimated on: their lags and leads lie in the window too."""
    lags, leads = study.model.reach
    return tuple(
        Window(part.start + lags, part.end - leads)
        for part in study.estimation_window.parts
        if part.length > lags + leads
    )


def regressors(study: Specification, returns: ReturnsPanel) -> tuple[FloatArray, tuple[str, ...]]:
    """Return what the model regresses on, ``(N, T, K)``, and its names."""
    return study.model.design(returns.factors, returns.factor_names)


def usable_sessions(
    study: Specification, tables: kernels.MomentTables, returns: ReturnsPanel
) -> IntArray:
    """Usable estimation sessions of every position, ``(N, T)``."""
    n_series, columns = returns.returns.shape
    day0 = np.arange(columns)
    # Markets that share their sessions share one line in memory.
    lines = tables.n[:1] if kernels.is_repeated(tables.n) else tables.n
    counts = np.zeros((len(lines), columns), dtype=np.int64)
    for part in estimation_parts(study):
        start, stop = kernels.window_bounds(day0 + part.start, part.length, columns)
        for at, n in enumerate(lines):  # of whole numbers
            counts[at] += (n.take(stop) - n.take(start)).astype(np.int64)
    return np.broadcast_to(counts, (n_series, columns))


def window_gaps(study: Specification, setting: Setting, returns: ReturnsPanel) -> WindowGaps | None:
    """Return which event windows lack a session, where the study wants them complete."""
    if not study.complete_windows:
        return None
    unpriced = [unpriced_sessions(series.calendar) for series in setting.securities]
    return WindowGaps.of(returns, regressors(study, returns)[0], study.event_window, unpriced)


def masked_returns(
    study: Specification,
    aligned: alignment.Alignment,
    selected: BoolArray,
    returns: ReturnsPanel,
) -> FloatArray:
    """Returns without the event windows of any selected event of the market, for estimation only.

    A pair's own window ends after its estimation window, so leaving out all events leaves out the
    other ones.
    """
    out = returns.returns.copy()
    rows = np.flatnonzero(aligned.is_wanted & selected[aligned.event])
    wider = np.zeros(len(rows), dtype=np.int64)
    if study.ambiguous == "widen":
        unclear = aligned.frame["ambiguous"].to_numpy(dtype=bool)[rows]
        wider[unclear] = (aligned.latest - aligned.earliest)[rows][unclear]
    first = study.event_window.start - int(wider.max(initial=0))
    for tau in range(first, study.event_window.end + 1):
        column = aligned.day0[rows] + tau
        column[tau < study.event_window.start - wider] = -1
        inside = (column >= 0) & (column < returns.n_sessions[aligned.security[rows]])
        out[aligned.security[rows[inside]], column[inside]] = np.nan
    return out


def estimation_dates(
    study: Specification, returns: ReturnsPanel, table: AbnormalReturns
) -> DateArray:
    """Return the sessions of the estimation window of every position, ``(P, L)``; NaT outside."""
    columns = table.day0[:, None] + study.estimation_window.taus
    inside = (columns >= 0) & (columns < returns.dates.shape[1])
    dates = returns.dates[table.security[:, None], np.where(inside, columns, 0)]
    dates[~inside] = np.datetime64("NaT", "D")
    return dates
