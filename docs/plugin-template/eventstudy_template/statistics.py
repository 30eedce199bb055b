"""A test statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy import register
from eventstudy.inference.statistic import z_values

if TYPE_CHECKING:
    from eventstudy.inference import Evidence, StatisticValues


@register(
    "share_up",
    summary="share of pairs that rose, against one half",
    null="as many pairs rise as fall",
    assumes="independent pairs",
    distribution="standard normal",
    source="own work",
)
def share_up(evidence: Evidence) -> StatisticValues:
    """Return the standardised share of pairs whose CAR is positive, a value a draw."""
    cars = evidence.gather(evidence.window.car)
    n = np.isfinite(cars).sum(axis=1)
    return z_values(evidence, ((cars > 0).sum(axis=1) - n / 2) / np.sqrt(n / 4))
