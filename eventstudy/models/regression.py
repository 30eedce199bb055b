"""Normal returns by regression on the same session: market model, several factors, robust."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.models.base import (
    MODELS,
    EstimationSample,
    ModelFit,
    NormalReturnModel,
    fit_least_squares,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray

_MOST_ROUNDS = 50


@MODELS.register(
    "market_model",
    summary="normal return = alpha + beta x benchmark return, by OLS",
    source="MacKinlay (JEL 1997); Campbell, Lo, MacKinlay (1997, ch. 4)",
)
@dataclass(frozen=True, slots=True)
class MarketModel(NormalReturnModel):
    """Regression on one benchmark; k = 2.

    Parameters
    ----------
    benchmark
        A market or a column of the price file.
    sync
        ``"asof"``, ``"same_date"`` or ``"lag"``; None takes the study's default.
    rolling
        True: session ``tau`` of the event window has a model of its own, estimated on the
        estimation window moved by ``tau`` less the first session of the event window.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.MarketModel("BMK"), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "beta"]].iloc[0].round(2).to_dict()
    {'n_obs': 200.0, 'beta': 1.17}
    """

    benchmark: str = "SPX"
    sync: str | None = None
    rolling: bool = False
    name: ClassVar[str] = "market_model"

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        return fit_least_squares(self, sample)


@MODELS.register(
    "factor",
    summary="normal return = alpha + b'F for factors of your own (Fama-French, Carhart, ...)",
    source="Fama and French (JFE 1993); Carhart (JF 1997)",
)
@dataclass(frozen=True, slots=True)
class FactorModel(NormalReturnModel):
    """Regression on several factors; k = 1 + K.

    Parameters
    ----------
    factors
        Columns of the price file, or markets.
    sync, rolling
        As for `MarketModel`.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.FactorModel(("BMK",)), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "r_squared"]].iloc[0].round(2).to_dict()
    {'n_obs': 200.0, 'r_squared': 0.65}
    """

    factors: tuple[str, ...] = field()
    sync: str | None = None
    rolling: bool = False
    name: ClassVar[str] = "factor"

    if TYPE_CHECKING:  # a list will do, where the field holds a tuple

        def __init__(
            self, factors: Sequence[str], sync: str | None = None, rolling: bool = False
        ) -> None: ...

    def __post_init__(self) -> None:
        if isinstance(self.factors, str) or not all(isinstance(f, str) for f in self.factors):
            raise SpecificationError(
                'model.factors must be a list of names, e.g. factors = ["MKT", "SMB", "HML"]',
                key="model.factors",
            )
        object.__setattr__(self, "factors", tuple(self.factors))
        if not self.factors:
            raise SpecificationError("model factor needs at least one name in model.factors").at(
                key="model.factors"
            )
        if len(set(self.factors)) != len(self.factors):
            raise SpecificationError(
                f"model.factors names one factor twice: {self.factors}", key="model.factors"
            )

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        """The constant alpha, and a beta for each factor."""
        return ("alpha", *(f"beta_{factor}" for factor in self.factors))

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        return fit_least_squares(self, sample)


@MODELS.register(
    "robust",
    summary="market model by Huber's M-estimator: single wild sessions count less",
    source="Huber (1964); statsmodels RLM",
)
@dataclass(frozen=True, slots=True)
class RobustMarketModel(NormalReturnModel):
    """Market model by iterated reweighting, Huber's weights with c = 1.345; k = 2.

    The scale is the residuals' median absolute deviation, anew in every round, and a round that
    changes the deviance by less than 1e-8 is the last. ``s^2 = RSS/(M-2)`` over all residuals.
    A pair that takes more than 50 rounds is estimated by least squares and listed.

    Parameters
    ----------
    benchmark, sync
        As for `MarketModel`.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.RobustMarketModel("BMK"), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "beta"]].iloc[0].round(2).to_dict()
    {'n_obs': 200.0, 'beta': 1.17}
    """

    benchmark: str = "SPX"
    sync: str | None = None
    name: ClassVar[str] = "robust"
    fallback_reason: ClassVar[str] = (
        f"Huber's weights did not settle in {_MOST_ROUNDS} rounds: least squares used instead"
    )

    def estimate(self, y: FloatArray, x: FloatArray) -> tuple[float, FloatArray] | None:
        """Estimate one pair."""
        from statsmodels.robust.norms import HuberT
        from statsmodels.robust.robust_linear_model import RLM

        # In units of their own, so that when the rounds settle does not depend on the unit.
        y_unit, x_unit = y.std() or 1.0, np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
        design = np.column_stack([np.ones(len(y)), x / x_unit])
        with warnings.catch_warnings():
            # Returns that are equal to one line, most of them: a scale of 0 ends the rounds.
            warnings.simplefilter("ignore")
            result = RLM(y / y_unit, design, M=HuberT()).fit(maxiter=_MOST_ROUNDS)
        if result.fit_history["iteration"] >= _MOST_ROUNDS or not result.scale > 0:
            return None
        return float(result.params[0] * y_unit), result.params[1:] * y_unit / x_unit
