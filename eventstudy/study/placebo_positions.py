"""Placebo positions of a study too large to keep all of them with their sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.abnormal import AbnormalReturns, volatility_start
from eventstudy.estimation.scaled_returns import Positions, scaled_returns
from eventstudy.inference.design import WINDOWS_AT_A_TIME
from eventstudy.models.base import fit_model
from eventstudy.study.estimation_sessions import regressors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import IntArray
    from eventstudy.estimation.abnormal import CumulativeReturns
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.models.base import ModelFit
    from eventstudy.study.preparation import Prepared
    from eventstudy.windows import Window

# Positions a model is fitted at at a time.
_AT_A_TIME = 8_000


class RecentWindows:
    """The windows asked about last, as they may be asked about again: an economy, never a state.

    A copy of it, as of a result that is saved, begins anew.
    """

    def __init__(self) -> None:
        self._known: dict[Window, CumulativeReturns] = {}

    def __reduce__(self) -> tuple[type[RecentWindows], tuple[()]]:
        return type(self), ()

    def of(
        self,
        windows: Sequence[Window],
        make: Callable[[Sequence[Window]], dict[Window, CumulativeReturns]],
    ) -> dict[Window, CumulativeReturns]:
        """Return the windows, those made by `make` that are not known."""
        # What is not asked about now goes before new ones come, so that both need not be held.
        self._known = {window: self._known[window] for window in windows if window in self._known}
        new = [window for window in windows if window not in self._known]
        found = self._known | (make(new) if new else {})
        self._known = {window: found[window] for window in list(windows)[-WINDOWS_AT_A_TIME:]}
        return {window: found[window] for window in windows}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceboPositions:
    """Positions with the coefficients of their models, and what else is estimated when asked.

    Attributes
    ----------
    data : what they are estimated from
    table : the positions and their models, with no session of any
    recent : the windows asked about last
    """

    data: Prepared
    table: AbnormalReturns
    recent: RecentWindows

    def totals(self, windows: Sequence[Window]) -> dict[Window, CumulativeReturns]:
        """CAR, z and volatility of every position in each window; the rest is NaN."""
        return self.recent.of(windows, self._totals)

    def _totals(self, windows: Sequence[Window]) -> dict[Window, CumulativeReturns]:
        study, table = self.data.study, self.table
        return scaled_returns(
            self.data.returns.returns,
            regressors(study, self.data.returns)[0],
            Positions(
                security=table.security,
                day0=table.day0,
                extension=table.extension,
                intercept=table.fit.intercept,
                slopes=table.fit.slopes,
                sigma=table.fit.sigma,
            ),
            windows,
            begin=volatility_start(study.estimation_window, study.event_window),
        )

    def taken(self, rows: IntArray) -> tuple[AbnormalReturns, ResidualDependence]:
        """Abnormal returns of some positions, and how their residuals move together."""
        table = self.table
        found = self.data.abnormal_at(table.security[rows], table.day0[rows], table.extension[rows])
        return found, self.data.dependence_of(found)


def placebo_positions(
    data: Prepared,
    security: IntArray,
    day0: IntArray,
    extension: IntArray,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> PlaceboPositions:
    """Fit the model at every position, and keep its coefficients alone."""
    study, number = data.study, len(security)
    fits: list[ModelFit] = []
    for begin in range(0, number, _AT_A_TIME):
        some = slice(begin, begin + _AT_A_TIME)
        fits.append(fit_model(study.model, data.estimation_sample(security[some], day0[some])))
        if progress is not None:
            progress(min(begin + _AT_A_TIME, number), number)
    fit = _joined(fits)
    event = study.event_window
    taus = np.arange(event.start - int(extension.max(initial=0)), event.end + 1, dtype=np.int64)
    nothing = np.empty((number, 0))
    return PlaceboPositions(
        data=data,
        recent=RecentWindows(),
        table=AbnormalReturns(
            security=security,
            day0=day0,
            extension=extension,
            event=event,
            taus=taus,
            dates=nothing.astype("datetime64[D]"),
            returns=nothing,
            normal=nothing,
            abnormal=nothing,
            factors=np.empty((number, 0, fit.slopes.shape[1])),
            std_error=nothing,
            standardized=nothing,
            residuals=nothing,
            volatility=nothing,
            fit=fit,
        ),
    )


def _joined(fits: Sequence[ModelFit]) -> ModelFit:
    """One fit of all positions: what a path of returns needs, and which of them failed."""
    one = fits[0]
    return replace(
        one,
        intercept=np.concatenate([fit.intercept for fit in fits]),
        slopes=np.concatenate([fit.slopes for fit in fits]),
        sigma=np.concatenate([fit.sigma for fit in fits]),
        failed=np.concatenate([fit.failed for fit in fits]),
        fallback=None
        if one.fallback is None
        else np.concatenate([fit.fallback for fit in fits if fit.fallback is not None]),
        n_obs=one.n_obs[:0],
        df=one.df[:0],
        r_squared=one.r_squared[:0],
        mean_weight=one.mean_weight[:0],
        x_mean=one.x_mean[:0],
        x_precision=one.x_precision[:0],
        coefficients=one.coefficients[:0],
        variance=None,
    )
