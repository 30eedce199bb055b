"""What a study too large to keep every placebo position estimates when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import IntArray
    from eventstudy.estimation.abnormal import AbnormalReturns, CumulativeReturns
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.windows import Window


class PositionEstimates(Protocol):
    """The placebo positions of a study, estimated when asked and not kept."""

    def totals(self, windows: Sequence[Window]) -> dict[Window, CumulativeReturns]:
        """CAR, z and volatility of every position in each window; the rest is NaN."""
        ...

    def taken(self, rows: IntArray) -> tuple[AbnormalReturns, ResidualDependence]:
        """Abnormal returns of some positions, and how their residuals move together."""
        ...
