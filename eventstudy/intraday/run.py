"""The intraday study: a specification that can be carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.intraday.pipeline import run_intraday_study
from eventstudy.intraday.specification import IntradaySpecification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Alternative, ReturnKind, SignPolicy
    from eventstudy.intraday.result import IntradayResults
    from eventstudy.intraday.specification import Estimation, Hours, IntradayModel, Overnight


@dataclass(frozen=True, slots=True, kw_only=True)
class IntradayStudy(IntradaySpecification):  # noqa: D101 - shows those of the specification
    __doc__ = IntradaySpecification.__doc__

    if TYPE_CHECKING:  # what the options may be written as, where the fields hold what is kept

        def __init__(
            self,
            *,
            window: Sequence[int] = ...,
            windows: Sequence[Sequence[int]] = ...,
            estimation: Estimation = ...,
            days: int = ...,
            min_days: int = ...,
            gap: int = ...,
            min_bars: int = ...,
            hours: Hours = ...,
            overnight: Overnight = ...,
            market: str | Mapping[str, str] | Sequence[tuple[str, str]] | None = ...,
            model: IntradayModel = ...,
            benchmark: str | None = ...,
            kind: ReturnKind = ...,
            mask_events: bool = ...,
            max_uncertainty: int = ...,
            statistics: Sequence[str] | str = ...,
            by: Sequence[str] | str = ...,
            sign: SignPolicy = ...,
            alternative: Alternative = ...,
            draws: int = ...,
            seed: int = ...,
            title: str = ...,
        ) -> None: ...

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

        Examples
        --------
        Of `IntradayStudy`, whose example makes ``bars``, ``study``.

        >>> study.fit("2025-03-19T14:00-04:00", bars).car.shape[0]
        1
        """
        return run_intraday_study(self, events, bars)
