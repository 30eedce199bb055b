"""The study: a specification that can be carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.events.inputs import read_event_table
from eventstudy.exceptions import SpecificationError
from eventstudy.execution.execution import chosen_execution
from eventstudy.io.any_frame import as_pandas
from eventstudy.io.progress import default_progress
from eventstudy.prices.inputs import read_panel
from eventstudy.prices.securities import Securities
from eventstudy.study.pipeline import run_study
from eventstudy.study.specification import Specification
from eventstudy.study.stream import BLOCK, StreamedStudy, stream_study

if TYPE_CHECKING:
    import os
    from typing import Unpack

    from eventstudy._typing import Progress
    from eventstudy.events.inputs import EventsLike
    from eventstudy.execution import Execution
    from eventstudy.prices.inputs import Frame, PricesLike
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.results import EventStudyResults
    from eventstudy.study.study_options import StudyOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy(Specification):  # noqa: D101 - it shows the parameters of the specification
    __doc__ = Specification.__doc__

    if TYPE_CHECKING:  # what the options may be written as, where the fields hold what is kept

        def __init__(self, **options: Unpack[StudyOptions]) -> None: ...

    def fit(
        self,
        events: EventsLike,
        prices: PricesLike,
        *,
        securities: Securities | Frame | None = None,
        progress: Progress | None = None,
        strict: bool = False,
        execution: Execution | None = None,
    ) -> EventStudyResults:
        """Carry the study out.

        Parameters
        ----------
        events, prices
            Never changed. Also frames of any library, files and dates, read as `event_study` does
            without being told more of them.
        securities
            What is known of the securities: columns by which pairs can be grouped, and benchmarks
            of their own in place of the model's one; see `read_securities`. Also a frame of it.
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
        table, panel = read_event_table(events), read_panel(prices, kind=self.kind)
        panel = _with_securities(panel, securities)
        with chosen_execution(execution).workers() as workers:
            return run_study(
                self, table, panel, progress or default_progress(), strict=strict, workers=workers
            )

    def stream(
        self,
        events: EventsLike,
        prices: PricesLike,
        out: str | os.PathLike[str],
        *,
        block: int = BLOCK,
        abnormal_returns: bool = True,
        securities: Securities | Frame | None = None,
        progress: Progress | None = None,
        strict: bool = False,
    ) -> StreamedStudy:
        """Carry the study out in blocks of pairs, and write what they give as it comes.

        For studies of more pairs than memory holds: beside the prices, one block and the sums of
        every group, a pair costs 13 bytes. Values of single pairs that a test needs all at once
        (``wilcoxon``) lie on disk, 8 bytes a window. The tests are those of `fit`, to rounding.

        Parameters
        ----------
        events, prices
            As for `fit`.
        out
            Folder for the results; replaces those of a streamed study, and no other file.
        block
            Pairs at a time, about; those of one date, and of one event, stay together.
        abnormal_returns
            Whether ``abnormal_returns.parquet`` is written, a row a pair and event session: about
            1 kB a pair with 21 sessions.
        securities, progress, strict
            As for `fit`.

        Returns
        -------
        The frame of tests, and where ``car.parquet``, ``abnormal_returns.parquet`` and
        ``models.parquet`` lie.

        Raises
        ------
        SpecificationError
            The study asks for what needs all pairs at once, e.g. ``placebo``; the message names it.
        CoverageError, DataError
            As for `fit`.
        SourceError
            The folder cannot be written, or pyarrow is not there (the extra ``parquet``).

        Warns
        -----
        EventStudyWarning
            The data checks, which look at every row of the prices here, found an error.
        """
        return stream_study(
            self,
            read_event_table(events),
            _with_securities(read_panel(prices, kind=self.kind), securities),
            Path(out),
            progress or default_progress(),
            strict=strict,
            block=block,
            abnormal_returns=abnormal_returns,
        )


def _with_securities(prices: PricePanel, securities: Securities | Frame | None) -> PricePanel:
    if securities is None:
        return prices
    known = securities
    if not isinstance(known, Securities):
        frame = as_pandas(known)
        if not isinstance(frame, pd.DataFrame):
            raise SpecificationError(
                f"securities takes a table of them, got {type(securities).__name__}; "
                "read_securities(file) and Securities.from_frame(frame) make it"
            )
        known = Securities.from_frame(frame)
    return replace(prices, securities=known)
