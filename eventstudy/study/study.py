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
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.log import stages
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.prices.inputs import read_panel, read_panel_or_blocks
from eventstudy.prices.securities import Securities
from eventstudy.study.argument_order import (
    EVENT_READERS,
    PRICE_READERS,
    in_their_order,
    read_beforehand,
)
from eventstudy.study.call_wording import in_words_of_the_call
from eventstudy.study.pipeline import run_study
from eventstudy.study.specification import Specification
from eventstudy.study.stream import BLOCK, StreamedStudy, stream_study

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from typing import Unpack

    from eventstudy._typing import Progress, ReturnKind
    from eventstudy.events.inputs import EventsLike
    from eventstudy.events.table import Events
    from eventstudy.execution import Execution
    from eventstudy.prices.inputs import Frame, PricesLike
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.first_screen import StudyAnswers
    from eventstudy.study.results import EventStudyResults
    from eventstudy.study.study_options import StudyOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy(Specification):  # noqa: D101 - it shows the parameters of the specification
    __doc__ = Specification.__doc__

    if TYPE_CHECKING:  # what the options may be written as, where the fields hold what is kept

        def __init__(self, **options: Unpack[StudyOptions]) -> None: ...

    @in_words_of_the_call(is_whole=False)
    def __post_init__(self) -> None:
        Specification.__post_init__(self)

    @shows_progress
    def fit(
        self,
        events: EventsLike,
        prices: PricesLike,
        *,
        securities: Securities | Frame | None = None,
        progress: Progress | None = None,
        strict: bool = False,
        execution: Execution | None = None,
        answered: Callable[[StudyAnswers], object] | None = None,
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
        answered
            Called once with the answers, before the groups are tested, which takes long: its
            ``answers()`` is that of the results. Not called where a study has no answers but tests.

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

        Examples
        --------
        >>> results = study.fit(events, prices)  # events, prices and study: help(es.EventStudy)
        >>> len(results.models)
        36
        """
        with in_words_of_the_call(is_whole=False):
            table, panel = self._read(events, prices, "fit(events, prices)")
            panel = _with_securities(panel, securities)
            with (
                chosen_execution(execution).workers() as workers,
                stages(progress or no_progress) as step,
            ):
                return run_study(
                    self, table, panel, step, strict=strict, workers=workers, answered=answered
                )

    @shows_progress
    def stream(
        self,
        events: EventsLike,
        prices: PricesLike | PriceBlocks,
        out: str | os.PathLike[str],
        *,
        block: int = BLOCK,
        abnormal_returns: bool = True,
        securities: Securities | Frame | None = None,
        progress: Progress | None = None,
        strict: bool = False,
    ) -> StreamedStudy:
        """Carry the study out in blocks of pairs, and write what they give as it comes.

        For studies of more pairs, and more prices, than memory holds: in memory are the events,
        some prices, one block of pairs and the sums of every group; on disk 21 bytes a pair, and
        8 a window for tests that need all pairs at once (``wilcoxon``). The tests are those of
        `fit`, to rounding.

        Parameters
        ----------
        events
            As for `fit`.
        prices
            `PriceBlocks`, as `parquet_blocks` and `sql_blocks` return them, or the path of a
            parquet file: read some securities at a time. All else that `fit` takes is held in
            memory, which is said of a file.
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

        Examples
        --------
        >>> from dataclasses import replace  # study, events and prices: help(es.EventStudy)
        >>> plain = replace(study, statistics=("bmp",), draws=0)
        >>> plain.stream(events, prices, "streamed").n_pairs
        36
        """
        with in_words_of_the_call(is_whole=False):
            with in_their_order(events, prices, "stream(events, prices, out)"):
                with read_beforehand(events, EVENT_READERS):
                    table = read_event_table(events)
                with read_beforehand(prices, PRICE_READERS):
                    streamed = _streamed_prices(prices, self.kind, securities)
            return stream_study(
                self,
                table,
                streamed,
                Path(out),
                progress or no_progress,
                strict=strict,
                block=block,
                abnormal_returns=abnormal_returns,
            )

    def _read(self, events: EventsLike, prices: PricesLike, call: str) -> tuple[Events, PricePanel]:
        with in_their_order(events, prices, call):
            with read_beforehand(events, EVENT_READERS):
                table = read_event_table(events)
            with read_beforehand(prices, PRICE_READERS):
                return table, read_panel(prices, kind=self.kind)


def _streamed_prices(
    prices: PricesLike | PriceBlocks, kind: ReturnKind, securities: Securities | Frame | None
) -> PricePanel | PriceBlocks:
    """Return prices to be read by blocks, where they can be, else all of them."""
    read = read_panel_or_blocks(prices, kind=kind)
    if isinstance(read, PriceBlocks):
        return read.with_securities(_known(securities) or read.head.securities)
    return _with_securities(read, securities)


def _with_securities(prices: PricePanel, securities: Securities | Frame | None) -> PricePanel:
    known = _known(securities)
    return prices if known is None else replace(prices, securities=known)


def _known(securities: Securities | Frame | None) -> Securities | None:
    known = securities
    if known is None:
        return None
    if not isinstance(known, Securities):
        frame = as_pandas(known)
        if not isinstance(frame, pd.DataFrame):
            raise SpecificationError(
                f"securities takes a table of them, got {type(securities).__name__}; "
                "read_securities(file) and Securities.from_frame(frame) make it"
            )
        known = Securities.from_frame(frame)
    return known
