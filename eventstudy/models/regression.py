"""Normal returns by ordinary least squares: the market model and models of several factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.kernels import window_least_squares
from eventstudy.models.base import MODELS, EstimationSample, ModelFit, residual_sigma


@MODELS.register(
    "market_model",
    summary="normal return = alpha + beta x benchmark return, by OLS",
    source="MacKinlay (JEL 1997); Campbell, Lo, MacKinlay (1997, ch. 4)",
)
@dataclass(frozen=True, slots=True)
class MarketModel:
    """Regression on one benchmark; k = 2.

    Parameters
    ----------
    benchmark
        A market or a column of the price file.
    sync
        ``"asof"``, ``"same_date"`` or ``"lag"``; None takes the study's default.
    """

    benchmark: str = "SPX"
    sync: str | None = None
    name: ClassVar[str] = "market_model"
    min_sessions: ClassVar[int] = 4

    @property
    def factors(self) -> tuple[str, ...]:
        """The benchmark."""
        return (self.benchmark,)

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        return _fit_ols(self.name, ("alpha", "beta"), sample)


@MODELS.register(
    "factor",
    summary="normal return = alpha + b'F for factors of your own (Fama-French, Carhart, ...)",
    source="Fama and French (JFE 1993); Carhart (JF 1997)",
)
@dataclass(frozen=True, slots=True)
class FactorModel:
    """Regression on several factors; k = 1 + K."""

    factors: tuple[str, ...]
    sync: str | None = None
    name: ClassVar[str] = "factor"

    def __post_init__(self) -> None:
        if isinstance(self.factors, str) or not all(isinstance(f, str) for f in self.factors):
            raise SpecificationError(
                'model.factors must be a list of names, e.g. factors = ["MKT", "SMB", "HML"]'
            )
        object.__setattr__(self, "factors", tuple(self.factors))
        if not self.factors:
            raise SpecificationError("model factor needs at least one name in model.factors")
        if len(set(self.factors)) != len(self.factors):
            raise SpecificationError(f"model.factors names one factor twice: {self.factors}")

    @property
    def min_sessions(self) -> int:
        """Two more than the coefficients."""
        return len(self.factors) + 3

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        names = ("alpha", *(f"beta_{factor}" for factor in self.factors))
        return _fit_ols(self.name, names, sample)


def _fit_ols(name: str, coefficient_names: tuple[str, ...], sample: EstimationSample) -> ModelFit:
    ls = window_least_squares(
        sample.tables, sample.returns, sample.factors, sample.security, sample.first, sample.length
    )
    parameters = len(coefficient_names)
    df = (ls.n - parameters).astype(np.float64)
    n = np.maximum(ls.n, 1)
    y_mean = ls.intercept + np.einsum("pk,pk->p", ls.slopes, ls.x_mean)
    sigma = residual_sigma(ls.rss, df, ls.tss / n + y_mean**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        r_squared = 1.0 - ls.rss / ls.tss
    return ModelFit(
        model=name,
        intercept=ls.intercept,
        slopes=ls.slopes,
        n_obs=ls.n,
        n_parameters=parameters,
        df=df,
        sigma=sigma,
        r_squared=r_squared,
        mean_weight=1.0 / n,
        x_mean=ls.x_mean,
        x_precision=ls.x_precision,
        coefficients=np.column_stack([ls.intercept, ls.slopes]),
        coefficient_names=coefficient_names,
        failed=ls.singular | ~np.isfinite(sigma),
    )
