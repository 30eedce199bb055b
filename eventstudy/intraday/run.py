"""The intraday study: a specification that can be carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.intraday.pipeline import run_intraday_study
from eventstudy.intraday.specification import IntradaySpecification

if TYPE_CHECKING:
    from eventstudy.intraday.result import IntradayResults


@dataclass(frozen=True, slots=True, kw_only=True)
class IntradayStudy(IntradaySpecification):  # noqa: D101 - shows those of the specification
    __doc__ = IntradaySpecification.__doc__

    def fit(self, events: object, bars: object) -> IntradayResults:
        """Carry the study out.

        Parameters
        ----------
        events
            `Events`, a frame or a file of events, or one news time such as
            ``"2025-04-09T13:18-04:00"``.
        bars
            `IntradayBars`, a file, a frame, or frames by security.

        Returns
        -------
        IntradayResults

        Raises
        ------
        SpecificationError
            A market or benchmark that is not there.
        CoverageError
            No pair is left.
        """
        return run_intraday_study(self, events, bars)
