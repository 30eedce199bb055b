"""The study: a specification that can be carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.execution.execution import chosen_execution
from eventstudy.io.progress import default_progress
from eventstudy.prices.panel import PricePanel
from eventstudy.prices.securities import Securities
from eventstudy.study.pipeline import run_study
from eventstudy.study.specification import Specification

if TYPE_CHECKING:
    from eventstudy._typing import Progress
    from eventstudy.execution import Execution
    from eventstudy.study.results import EventStudyResults


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy(Specification):  # noqa: D101 - it shows the parameters of the specification
    __doc__ = Specification.__doc__

    def fit(
        self,
        events: Events,
        prices: PricePanel,
        *,
        securities: Securities | None = None,
        progress: Progress | None = None,
        strict: bool = False,
        execution: Execution | None = None,
    ) -> EventStudyResults:
        """Carry the study out.

        Parameters
        ----------
        events, prices
            Never changed.
        securities
            What is known of the securities: columns by which pairs can be grouped, and benchmarks
            of their own in place of the model's one; see `read_securities`.
        progress
            Called with what is being done, steps done, steps in all.
        strict
            Refuse data in which the checks found an error, instead of warning of it.
        execution
            Processes or cluster that do the work, which changes no digit; default what the
            environment variable ``EVENTSTUDY_JOBS`` says, else this process alone.

        Raises
        ------
        SpecificationError, DataError
            These are no events and prices, or the study cannot be carried out on them. A pair
            that fails is a row of ``dropped``.
        ExecutionError
            Processes or workers ended before their work was done.

        Warns
        -----
        EventStudyWarning
            The data checks found an error: no number is to be quoted before it is settled.
        """
        if not isinstance(events, Events):
            raise SpecificationError(
                f"fit takes events first, got {type(events).__name__}; read_events(file) and "
                "Events.from_frame(frame) make them"
            )
        if not isinstance(prices, PricePanel):
            raise SpecificationError(
                f"fit takes prices second, got {type(prices).__name__}; read_prices(file) and "
                "PricePanel.from_frame(frame) make them"
            )
        if securities is not None:
            if not isinstance(securities, Securities):
                raise SpecificationError(
                    f"securities takes a table of them, got {type(securities).__name__}; "
                    "read_securities(file) and Securities.from_frame(frame) make it"
                )
            prices = replace(prices, securities=securities)
        with chosen_execution(execution).workers() as workers:
            return run_study(
                self, events, prices, progress or default_progress(), strict=strict, workers=workers
            )
