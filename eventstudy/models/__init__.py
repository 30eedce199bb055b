"""Normal-return models: what a market would have returned without the news."""

from __future__ import annotations

from eventstudy.models.base import (
    MODELS,
    EstimationSample,
    ModelFit,
    NormalReturnModel,
    model_keys,
)
from eventstudy.models.benchmark import ConstantMean, MarketAdjusted, Raw
from eventstudy.models.controls import ControlGroup, FactorAdjusted, SyntheticControl
from eventstudy.models.lagged import AugmentedMarketModel, Dimson, ScholesWilliams
from eventstudy.models.regression import FactorModel, MarketModel, RobustMarketModel
from eventstudy.models.volatility import Egarch, Garch, GjrGarch

__all__ = [
    "MODELS",
    "AugmentedMarketModel",
    "ConstantMean",
    "ControlGroup",
    "Dimson",
    "Egarch",
    "EstimationSample",
    "FactorAdjusted",
    "FactorModel",
    "Garch",
    "GjrGarch",
    "MarketAdjusted",
    "MarketModel",
    "ModelFit",
    "NormalReturnModel",
    "Raw",
    "RobustMarketModel",
    "ScholesWilliams",
    "SyntheticControl",
    "model_keys",
]
