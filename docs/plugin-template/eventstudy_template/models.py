"""A model of normal returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eventstudy.models import MODELS, NormalReturnModel


@MODELS.register("half_market", summary="the mean plus half the benchmark's move", source="")
@dataclass(frozen=True, slots=True, kw_only=True)
class HalfMarket(NormalReturnModel):
    """The mean plus a share of what the benchmark moved; its fields are keys of ``[model]``.

    Parameters
    ----------
    benchmark
        Market or column.
    share
        Of the benchmark's return.
    """

    benchmark: str = "SPX"
    share: float = 0.5

    name: ClassVar[str] = "half_market"

    def estimate(self, y: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return intercept and slope of one pair, from its returns and the benchmark's."""
        return float((y - self.share * x[:, 0]).mean()), np.array([self.share])
