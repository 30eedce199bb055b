"""A source of prices."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy import SOURCES, PricePanel, PriceSource
from eventstudy.prices.inputs import read_panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.studyfile.prices import PriceRequest


@SOURCES.register("flat", summary="prices that grow a little every day", source="")
@dataclass(frozen=True, slots=True, kw_only=True)
class Flat(PriceSource):
    """Prices made up; its fields are keys of ``[prices]``.

    Parameters
    ----------
    level
        The first price.
    """

    level: float = 100.0

    def read(
        self, request: PriceRequest, progress: Callable[[str, int, int], None] | None = None
    ) -> PricePanel:
        """Return a price a weekday, for every market the study names."""
        del progress
        first = request.first or dt.date(2025, 1, 1)
        last = request.last or first
        dates = pd.bdate_range(first - dt.timedelta(days=500), last + dt.timedelta(days=30))
        moves = [1.0 + 0.01 * (day % 7) for day in range(len(dates))]
        grown = [self.level * 1.001**day * move for day, move in enumerate(moves)]
        frame = pd.DataFrame({name: grown for _, name in request.names}, index=dates)
        return read_panel(frame, content="prices", kind=request.kind, name="flat")
