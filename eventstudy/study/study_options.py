"""The options of a study as they may be written, for type checkers and editors.

`Specification` holds what is kept of them: a list becomes a tuple, a pair a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import (
        Alternative,
        AmbiguousPolicy,
        DateOnly,
        DrawsFrom,
        JointWeights,
        OverlapPolicy,
        ReturnKind,
        SignPolicy,
        Volatility,
        Within,
    )
    from eventstudy.analyses.requests import Activity, CrossSection
    from eventstudy.markets.market import Market
    from eventstudy.models import NormalReturnModel
    from eventstudy.windows import EstimationWindow, Window

WindowLike: TypeAlias = "Window | Sequence[int]"
EstimationWindowLike: TypeAlias = "EstimationWindow | Sequence[int] | Sequence[WindowLike]"


class FurtherOptions(TypedDict, total=False):
    """Every option of a study but its model; what each means, `EventStudy` says."""

    title: str
    markets: Sequence[str | int] | str
    ambiguous: AmbiguousPolicy
    overlap: OverlapPolicy
    cutoff_minutes: float
    date_only: DateOnly | None
    select: Mapping[str, object] | Sequence[tuple[str, Sequence[str]]]
    kind: ReturnKind
    calendar: str | None
    beside: NormalReturnModel | None
    estimation_window: EstimationWindowLike
    event_window: WindowLike
    car_windows: Sequence[WindowLike]
    min_obs: int
    max_loss: float
    mask_events: bool
    complete_windows: bool
    statistics: Sequence[str] | str
    by: Sequence[str] | str
    sign: SignPolicy
    alternative: Alternative
    draws: int
    seed: int
    joint_weights: JointWeights
    volatility: Volatility
    draws_from: DrawsFrom
    contrast: Sequence[Sequence[str]]
    contrast_by: Sequence[str] | str
    contrast_without: Sequence[Sequence[str]]
    contrast_within: Within | None
    conventions: str | None
    declared: Sequence[Market]
    cross_section: CrossSection | None
    activity: Activity | None


class StudyOptions(FurtherOptions, total=False):
    """Every option of a study."""

    model: NormalReturnModel
