"""The sessions a study uses are those of its pairs, their windows and what lies between."""

from __future__ import annotations

import numpy as np
from fitted_study import DATES, STUDY, closes, events_table

from eventstudy import Events, PricePanel
from eventstudy.study.preparation import prepare
from eventstudy.study.spans import date_span, study_spans


def test_a_span_runs_from_the_first_estimation_session_to_the_last_event_session():
    data = prepare(STUDY, Events.from_frame(events_table()), PricePanel.from_frame(closes()))
    spans = study_spans(STUDY, data.setting, data.aligned, data.selected)
    dates = DATES.to_numpy().astype("datetime64[D]")
    assert spans["B"].first == dates[150 - 100 - 1]
    assert spans["B"].last == dates[-1]
    assert dates[150 - 2] in spans["B"].event_days
    assert dates[160] not in spans["B"].event_days
    assert spans["M"].first == min(spans["A"].first, spans["B"].first)


def test_no_dates_span_no_date():
    first, last = date_span(np.array([], dtype="datetime64[D]"))
    assert first > last
