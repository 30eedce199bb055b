"""Returns of each pair beside its donors', for tests of one pair alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy import kernels
from eventstudy.analyses.counterfactual import PairSeries, counterfactual_tests
from eventstudy.exceptions import NotApplicableError
from eventstudy.models.controls import DonorModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from eventstudy._typing import Alternative
    from eventstudy.estimation.sample import Sample
    from eventstudy.study.preparation import Prepared
    from eventstudy.windows import Window


def counterfactual_of(
    data: Prepared, sample: Sample, windows: Sequence[Window], alternative: Alternative
) -> pd.DataFrame:
    """Return the tests of every pair against its donors; see `counterfactual_tests`.

    `NotApplicableError` where the model of the study has no donors.
    """
    model = data.study.model
    if not isinstance(model, DonorModel):
        raise NotApplicableError(
            f"model {model.name!r} has no donors; these tests need control_group, "
            "synthetic_control or factor_adjusted"
        )
    return counterfactual_tests(model, pair_series(data, sample), windows, alternative=alternative)


def pair_series(data: Prepared, sample: Sample) -> list[PairSeries]:
    """Return each pair's own and its donors' returns over estimation and event window.

    Pairs stand in the order of the alignment, in which they are shown.
    """
    study, returns = data.study, data.returns
    estimation, event = study.estimation_window, study.event_window
    begin = min(estimation.start, event.start - int(sample.extension.max(initial=0)))
    tau = np.arange(begin, max(estimation.end, event.end) + 1)
    is_estimation = np.zeros(len(tau), dtype=bool)
    for part in estimation.parts:
        is_estimation |= (tau >= part.start) & (tau <= part.end)
    security, first = sample.security, sample.day0 + begin
    own = kernels.gather(returns.returns, security, first, len(tau))
    seen = kernels.gather(data.masked, security, first, len(tau))
    donors = kernels.gather(returns.factors, security, first, len(tau))
    events = data.aligned.frame["event_id"].iloc[sample.pair].tolist()
    return [
        PairSeries(
            event_id=str(events[row]),
            security=returns.names[security[row]],
            returns=np.where(is_estimation, seen[row], own[row]),
            donors=donors[row],
            is_estimation=is_estimation,
            tau=tau,
            extension=int(sample.extension[row]),
        )
        for row in np.argsort(sample.pair)
    ]
