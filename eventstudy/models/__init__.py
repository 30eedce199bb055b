"""Normal-return models: what a market would have returned without the news."""

from __future__ import annotations

from eventstudy.models.base import MODELS, EstimationSample, ModelFit, NormalReturnModel
from eventstudy.models.benchmark import ConstantMean, MarketAdjusted
from eventstudy.models.regression import FactorModel, MarketModel

__all__ = [
    "MODELS",
    "ConstantMean",
    "EstimationSample",
    "FactorModel",
    "MarketAdjusted",
    "MarketModel",
    "ModelFit",
    "NormalReturnModel",
]
