"""What a normal-return model is given, what it gives back, and how one is registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from eventstudy._registry import Registry

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.kernels import MomentTables


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EstimationSample:
    """The estimation windows of ``P`` pairs, as positions in the panel.

    Attributes
    ----------
    returns : ``(N, T)`` decimal returns, NaN where missing or masked
    factors : ``(N, T, K)`` on each security's own sessions
    tables : running sums of both
    security, first : ``(P,)`` row and first column of each estimation window
    length : sessions in the estimation window, usable or not
    """

    returns: FloatArray
    factors: FloatArray
    tables: MomentTables
    security: IntArray
    first: IntArray
    length: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelFit:
    """Normal-return models of ``P`` pairs with ``K`` factors.

    The normal return of session ``tau`` is ``intercept + slopes'x``; its forecast error has
    variance ``sigma^2 (1 + mean_weight + (x - x_mean)' x_precision (x - x_mean))``.

    Attributes
    ----------
    n_obs : ``(P,)`` usable estimation sessions M
    n_parameters : k, the estimated coefficients (docs/methods.md, section 3)
    df : ``(P,)`` degrees of freedom of ``sigma``
    sigma : ``(P,)`` residual standard deviation, decimal
    r_squared : ``(P,)`` ``1 - RSS/TSS``; NaN for a model without estimated coefficients
    mean_weight : ``(P,)`` 1/M where an intercept is estimated, else 0
    coefficients, coefficient_names : what ``models.csv`` shows
    failed : ``(P,)`` True where no model could be estimated
    """

    model: str
    intercept: FloatArray
    slopes: FloatArray
    n_obs: IntArray
    n_parameters: int
    df: FloatArray
    sigma: FloatArray
    r_squared: FloatArray
    mean_weight: FloatArray
    x_mean: FloatArray
    x_precision: FloatArray
    coefficients: FloatArray
    coefficient_names: tuple[str, ...]
    failed: BoolArray


@runtime_checkable
class NormalReturnModel(Protocol):
    """A model is a frozen specification that names its factors and fits an `EstimationSample`."""

    @property
    def name(self) -> str:
        """Registered name."""

    @property
    def factors(self) -> tuple[str, ...]:
        """Markets or columns whose returns the model uses, in the order of ``x``."""

    @property
    def sync(self) -> str | None:
        """How factor returns are paired in time; None takes the study's default."""

    @property
    def min_sessions(self) -> int:
        """Fewest usable estimation sessions the model can be estimated from."""

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""


MODELS: Registry[type[NormalReturnModel]] = Registry("model")

# Below this share of the series' own mean square, a residual variance is rounding: the model fits
# the estimation window exactly and no abnormal return can be standardised.
_EXACT_FIT = 1e-20


def residual_sigma(rss: FloatArray, df: FloatArray, mean_square: FloatArray) -> FloatArray:
    """``sqrt(rss/df)``, with NaN where the fit is exact or no degree of freedom is left."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(df > 0, rss / np.where(df > 0, df, 1.0), np.nan)
        sigma = np.sqrt(np.where(variance > _EXACT_FIT * mean_square, variance, np.nan))
    return np.asarray(sigma, dtype=np.float64)
