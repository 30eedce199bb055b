"""The markets of a study joined with the factors of its model, and what is said of that."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from eventstudy.exceptions import DataError, EventStudyWarning
from eventstudy.prices.returns import build_returns
from eventstudy.reporting.check_listing import error_sentences, stop_light
from eventstudy.study.by_date import paired_by_date
from eventstudy.study.setting import study_calendar
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from eventstudy.models import NormalReturnModel
    from eventstudy.prices.checks import StudySpan
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.study.setting import Setting
    from eventstudy.study.specification import Specification


def joined_returns(
    study: Specification,
    prices: PricePanel,
    setting: Setting,
    spans: Mapping[str, StudySpan] | None,
    *,
    is_checked: bool = True,
) -> ReturnsPanel:
    """Return the markets of a study on their sessions with the factors of its model.

    The checks look at the sessions in `spans`, by market; at every row without.
    """
    # On the rows of a file everything is paired by date; else each pair by what it has.
    default_sync = "same_date" if study_calendar(study, prices) == "data" else None
    return build_returns(
        prices,
        setting.securities,
        kind=study.kind,
        benchmark=setting.benchmark,
        factors=setting.factors,
        own_benchmarks=setting.own_benchmarks,
        sync=study.model.sync or default_sync,  # type: ignore[arg-type]
        spans=spans,
        is_checked=is_checked,
    )


def paired_sentences(
    study: Specification, prices: PricePanel, setting: Setting, returns: ReturnsPanel
) -> list[str]:
    """Say which markets could not be paired by closing times, where that was not asked for."""
    by_rows = study_calendar(study, prices) == "data"
    return [] if by_rows else paired_by_date(study, setting, returns)


def say_errors(checks: pd.DataFrame, *, strict: bool, calls: int = 6) -> None:
    """Warn of the errors among the data checks, or, if `strict`, raise a `DataError`.

    `calls` lie between the warning and the user's line.
    """
    errors = error_sentences(checks)
    if errors:
        found = f"{stop_light(errors)} {'; '.join(errors)}"
        if strict:
            raise DataError(found)
        warnings.warn(found, EventStudyWarning, stacklevel=calls)


def say_leads(model: NormalReturnModel, calls: int = 6) -> None:
    """Warn where a model uses what was not known yet at the close."""
    leads = model.reach[1]
    if leads:
        warnings.warn(
            f"model {model.name} uses benchmark returns of {counted(leads, 'session')} "
            "later, which were not known yet at the close",
            EventStudyWarning,
            stacklevel=calls,
        )
