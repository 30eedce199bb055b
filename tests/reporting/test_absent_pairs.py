"""Pairs without a return in a window, or with a part of it: counted where a reader looks."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.reporting.absent_pairs import (
    absent_pairs,
    absent_sentences,
    partial_pairs,
    partial_sentences,
)

DAYS = pd.bdate_range("2020-01-01", periods=300)
FIRMS = ["AAA", "BBB", "CCC", "DDD"]


@pytest.fixture(scope="module")
def results():
    """Four firms; one without a price before and on its day 0, one whose benchmark has none."""
    values = np.random.default_rng(4).normal(0, 0.01, (300, 5))
    frame = pd.DataFrame(values, index=DAYS, columns=["MKT", *FIRMS])
    frame.loc[DAYS[200], "BBB"] = np.nan
    frame.loc[DAYS[210], "MKT"] = np.nan
    events = pd.DataFrame({
        "ticker": FIRMS, "date": [DAYS[at].date().isoformat() for at in (190, 200, 210, 220)]
    })  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return es.event_study(
            events, frame, content="returns", benchmark="MKT", car_windows=[(0, 0), (0, 1)],
            event_window=(-1, 1), estimation_window=(-120, -11), statistics=["bmp"], draws=0,
        )  # fmt: skip


def test_who_is_absent_and_why(results):
    absent = absent_pairs(results.abnormal_returns, results.models, (0, 0))
    assert absent["security"].tolist() == ["BBB", "CCC"]
    assert absent["reason"].tolist() == [
        "no return of the security", "no return of what the model regresses on"
    ]  # fmt: skip
    assert absent_pairs(results.abnormal_returns, results.models, (0, 1)).empty
    tested = results.statistics.query("group == 'all' and window_end == 0 and window_start == 0")
    assert tested["n_pairs"].tolist() == [2, 2][: len(tested)]


@pytest.mark.slow
def test_it_is_said_in_a_terminal_in_a_notebook_and_in_the_report(results):
    said = (
        "2 pairs of 4 are in no test of [0,0]: no return of the security (1) and no return of what "
        "the model regresses on (1) there: "
    )
    for text in ("\n".join(results.lines()), results.answers(), results._repr_html_()):
        assert said in " ".join(text.split())
    assert said in " ".join(results.to_html().replace("&nbsp;", " ").split())


def test_windows_of_the_same_pairs_are_one_sentence_and_whole_studies_have_none(results):
    values, models = results.abnormal_returns, results.models
    gone = values.assign(
        abnormal_return=values["abnormal_return"].mask(values["security"] == "DDD")
    )
    one, other = absent_sentences(gone, models, [(0, 0), (0, 1), (-1, 1)])
    assert one.startswith("3 pairs of 4 are in no test of [0,0]: ")
    assert other.startswith("1 pair of 4 is in no test of [0,+1] and [-1,+1]: no return of what")
    whole = values.assign(abnormal_return=0.0)
    assert absent_sentences(whole, models, [(0, 0)]) == []
    later = values[values["tau"] == 1]  # an event window without day 0
    assert absent_sentences(later, models, [(1, 1)]) == []


def test_pairs_with_a_part_of_a_window_are_said_where_they_count(results):
    """A CAR of fewer sessions stands among the others, and not without a word."""
    values, models = results.abnormal_returns, results.models
    partial = partial_pairs(values, models, (0, 1))
    assert partial["security"].tolist() == ["BBB", "CCC"]
    sessions = results.car.query("window_end == 1 and window_start == 0")["n_sessions"]
    assert sessions.tolist() == [2, 1, 1, 2]
    (said,) = partial_sentences(values, models, [(0, 0), (0, 1)])
    assert said == (
        "2 pairs of 4 have fewer sessions than [0,+1] and count with those there are: no return of "
        "the security (1) and no return of what the model regresses on (1): "
        f"{models['event_id'].iloc[1]} BBB and {models['event_id'].iloc[2]} CCC; "
        "sample.complete_windows = true leaves them out"
    )
    for text in ("\n".join(results.lines()), results._repr_html_()):
        assert said in " ".join(text.split())
    ended = values.assign(
        abnormal_return=values["abnormal_return"].mask(
            (values["security"] == "DDD") & (values["tau"] == 1)
        ),
        session=values["session"].mask((values["security"] == "DDD") & (values["tau"] == 1)),
    )
    both = partial_sentences(ended, models, [(-1, 1)])
    assert both[0].startswith("3 pairs of 4 have fewer sessions than [-1,+1] and count")
    assert "beyond the rows of the prices (1)" in both[0]
    whole = values.assign(abnormal_return=0.0)
    assert partial_sentences(whole, models, [(0, 1)]) == []
