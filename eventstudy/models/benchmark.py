"""Normal returns without a regression: constant mean, raw and market-adjusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.models.base import (
    MODELS,
    EstimationSample,
    ModelFit,
    NormalReturnModel,
    residual_sigma,
)

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray


@MODELS.register(
    "constant_mean",
    summary="normal return = mean of the estimation window (total reaction)",
    source="Brown and Warner (JFE 1980, 1985)",
)
@dataclass(frozen=True, slots=True)
class ConstantMean(NormalReturnModel):
    """Normal return is the mean return of the estimation window; k = 1.

    Parameters
    ----------
    rolling
        True: session ``tau`` of the event window has a mean of its own, over the estimation
        window moved by ``tau`` less the first session of the event window.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.ConstantMean(), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "alpha"]].iloc[0].round(2).to_dict()
    {'n_obs': 200.0, 'alpha': 0.0}
    """

    rolling: bool = False
    name: ClassVar[str] = "constant_mean"

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        ls = sample.least_squares()
        df = (ls.n - 1).astype(np.float64)
        n = np.maximum(ls.n, 1)
        sigma = residual_sigma(ls.rss, df, ls.tss / n + ls.intercept**2)
        return ModelFit(
            model=self.name,
            intercept=ls.intercept,
            slopes=ls.slopes,
            n_obs=ls.n,
            n_parameters=1,
            df=df,
            sigma=sigma,
            r_squared=np.zeros(len(df)),
            mean_weight=1.0 / n,
            x_mean=ls.x_mean,
            x_precision=ls.x_precision,
            coefficients=ls.intercept[:, None],
            coefficient_names=("alpha",),
            failed=~np.isfinite(sigma),
        )


class _Given(NormalReturnModel):
    """A normal return that is given: nothing is estimated but the variance, if that; k = 0."""

    __slots__ = ()

    is_given: ClassVar[bool] = True

    @property
    def n_parameters(self) -> int:
        """None: only the variance is estimated."""
        return 0

    @property
    def min_sessions(self) -> int:
        """Two more than the mean of the residuals takes, where a variance is asked for."""
        return 3

    def _fit(self, y: FloatArray, normal: FloatArray, slopes: FloatArray) -> ModelFit:
        """Return the model with the variance of ``y - normal`` ``(P, L)`` about its mean."""
        residuals = y - normal
        valid = np.isfinite(residuals)
        n = valid.sum(axis=1)
        safe = np.maximum(n, 1)
        mean = np.where(valid, residuals, 0.0).sum(axis=1) / safe
        rss = (np.where(valid, residuals - mean[:, None], 0.0) ** 2).sum(axis=1)
        df = (n - 1).astype(np.float64)
        mean_square = (np.where(valid, y, 0.0) ** 2).sum(axis=1) / safe
        sigma = residual_sigma(rss, df, mean_square)
        has_variance = n >= self.min_sessions
        pairs, k = slopes.shape
        return ModelFit(
            model=self.name,
            intercept=np.zeros(pairs),
            slopes=slopes,
            n_obs=n.astype(np.int64),
            n_parameters=0,
            df=df,
            sigma=np.where(has_variance, sigma, np.nan),
            r_squared=np.full(pairs, np.nan),
            mean_weight=np.zeros(pairs),
            x_mean=np.zeros((pairs, k)),
            x_precision=np.zeros((pairs, k, k)),
            coefficients=np.empty((pairs, 0)),
            coefficient_names=(),
            failed=has_variance & ~np.isfinite(sigma),
        )


@MODELS.register(
    "raw",
    summary="normal return = 0 (raw returns; nothing is estimated but the variance)",
    source="Ritter (JF 1991), raw beside adjusted returns",
)
@dataclass(frozen=True, slots=True)
class Raw(_Given):
    """Normal return is 0: the abnormal return is the return itself; k = 0.

    The variance is that of `MarketAdjusted`. With ``min_obs = 0`` pairs without an estimation
    window stay, with CARs but without a variance.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.Raw(), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "sigma"]].iloc[0].round(2).to_dict()
    {'n_obs': 200.0, 'sigma': 0.02}
    """

    name: ClassVar[str] = "raw"

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate the variance of every pair that has three sessions."""
        y, x = sample.observations()
        return self._fit(y, np.zeros_like(y), np.zeros((len(y), x.shape[2])))


@MODELS.register(
    "market_adjusted",
    summary="normal return = benchmark return (alpha 0, beta 1)",
    source="Brown and Warner (JFE 1980, 1985)",
)
@dataclass(frozen=True, slots=True)
class MarketAdjusted(_Given):
    """Normal return is the benchmark's; nothing is estimated but the variance; k = 0.

    The residual variance is taken about the residuals' mean, with M - 1 degrees of freedom, and
    carries no forecast term. With ``min_obs = 0`` nothing is estimated: no
    pair needs an estimation window, and none has a variance.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.MarketAdjusted("BMK"), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "sigma"]].iloc[0].round(2).to_dict()
    {'n_obs': 200.0, 'sigma': 0.01}
    """

    benchmark: str = "SPX"
    sync: str | None = None
    name: ClassVar[str] = "market_adjusted"

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate the variance of every pair that has three sessions."""
        y, x = sample.observations()
        return self._fit(y, x[..., 0], np.ones((len(y), 1)))
