"""The sessions a study uses of each market, to which the checks of its prices are confined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.checks import StudySpan

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, DateArray
    from eventstudy.events import alignment
    from eventstudy.study.setting import Setting
    from eventstudy.study.specification import Specification


def study_spans(
    study: Specification, setting: Setting, aligned: alignment.Alignment, selected: BoolArray
) -> dict[str, StudySpan]:
    """Return the sessions of the pairs of each market, and of all of them for each factor."""
    parts = study.estimation_window.parts
    lags, leads = study.model.reach
    begin = min(study.event_window.start, *(part.start for part in parts)) - lags - 1
    end = max(study.event_window.end, *(part.end for part in parts)) + leads
    is_used = aligned.is_wanted & selected[aligned.event] & (aligned.day0 >= 0)
    used = np.flatnonzero(is_used)
    used = used[np.argsort(aligned.security[used], kind="stable")]
    bounds = np.searchsorted(aligned.security[used], np.arange(len(setting.securities) + 1))
    spans: dict[str, StudySpan] = {}
    for n, series in enumerate(setting.securities):
        day0 = aligned.day0[used[bounds[n] : bounds[n + 1]]]
        sessions = series.calendar.sessions
        if len(day0) == 0 or len(sessions) == 0:
            continue
        taus = np.arange(study.event_window.start, study.event_window.end + 1)
        inside = np.clip(day0[:, None] + taus, 0, len(sessions) - 1)
        spans[series.name] = StudySpan(
            first=sessions[max(int(day0.min()) + begin, 0)],
            last=sessions[min(int(day0.max()) + end, len(sessions) - 1)],
            event_days=np.unique(sessions[inside]),
        )
    if not spans:
        return spans
    all_pairs = StudySpan(
        first=min(span.first for span in spans.values()),
        last=max(span.last for span in spans.values()),
        event_days=np.unique(np.concatenate([span.event_days for span in spans.values()])),
    )
    benchmarks = () if setting.benchmark is None else (setting.benchmark,)
    return spans | {
        factor.name: all_pairs
        for factor in (*benchmarks, *setting.distinct_own_benchmarks, *setting.factors)
    }


def date_span(dates: DateArray) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last date; of none, a span that holds no date."""
    if not len(dates):
        return np.datetime64("9999-12-31"), np.datetime64("0001-01-01")
    return dates[0], dates[-1]
