"""A mean of signed returns says that it is signed, and who has no sign is listed.

The situation: a market that fell 2.79 % on news expected to be bad was shown as +2.79 %, in blue,
with no word that each return had been multiplied by the expected sign of its event.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.study.report_content import study_findings

pytestmark = pytest.mark.fast_tests(1)

SESSIONS = pd.bdate_range("2024-01-01", periods=220)
SAID = "in the expected direction"
FALL = 0.0279


@pytest.fixture(scope="module")
def results():
    """Seven events, four of them expected to be bad, after each of which the market fell."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        0.002 * rng.standard_normal((len(SESSIONS), 2)), index=SESSIONS, columns=["A", "B"]
    )
    rows = [90, 105, 120, 135, 150, 165, 180]
    frame.iloc[rows[:4]] -= FALL
    events = pd.DataFrame(
        {
            "event_id": [f"E{at}" for at in range(7)],
            "date": SESSIONS[rows],
            "category": "tariff",
            "expected_sign": ["-", "-", "-", "-", "0", "mixed", None],
        }
    )
    study = es.EventStudy(
        markets=("A", "B"), model=es.ConstantMean(), calendar="data", date_only="same",
        estimation_window=(-80, -11), event_window=(-1, 1), car_windows=((0, 0),), min_obs=60,
        statistics=("placebo",), draws=60, seed=2, sign="expected", by=("category", "security"),
    )  # fmt: skip
    return study.fit(
        es.Events.from_frame(events), es.PricePanel.from_frame(frame, content="returns")
    )


@pytest.mark.slow
def test_every_view_of_a_signed_mean_says_so(results):
    row = results.statistics[results.statistics["measure"] == "car"].iloc[0]
    assert row["estimate"] == pytest.approx(FALL, abs=0.002)
    headlines = [finding.headline for finding in study_findings(results)]
    assert any(f"abnormal return {SAID} on average" in headline for headline in headlines)
    said = f"they moved {SAID} on 4 of 4 dates; the middle one-session move {SAID} was"
    assert said in headlines[0]
    assert SAID in " ".join(results.answers().split())
    for text in (repr(results), results.to_text(), results.to_markdown(), results.to_latex()):
        assert SAID in " ".join(text.split())
    page = results.to_html()
    assert f"Mean cumulative abnormal return {SAID} over" in page
    assert "by kind of news" in page
    assert f"Mean abnormal return {SAID} over" in page
    assert f"Cumulative average abnormal return {SAID}" in page
    assert "blue-green as expected" in " ".join(results.plot_heatmap().get_xlabel().split())
    assert SAID in " ".join(results.plot_caar().get_ylabel().split())
    plt.close("all")


def test_events_without_a_sign_are_listed_as_left_out_by_choice(results):
    dropped = results.dropped
    assert set(dropped["stage"]) == {"sign"}
    reasons = dropped.drop_duplicates("event_id").set_index("event_id")["reason"]
    assert reasons["E4"].startswith("expected_sign is 0, not + or -")
    assert reasons["E5"].startswith("expected_sign is mixed, not + or -")
    assert reasons["E6"].startswith("the event has no expected_sign")
    assert "left out by choice: sign 6" in repr(results)
    assert len(results.car) + len(dropped) == len(results.alignment)


def test_without_signs_no_view_speaks_of_a_direction():
    frame = es.load_prices().frame()[["N225"]]
    events = pd.DataFrame({"event_id": ["a"], "date": ["2024-09-03"], "expected_sign": ["-"]})
    study = es.EventStudy(
        markets=("N225",), model=es.ConstantMean(), estimation_window=(-120, -11), draws=0,
        event_window=(-1, 1), car_windows=((0, 0),), min_obs=60, date_only="same",
    )  # fmt: skip
    results = study.fit(es.Events.from_frame(events), es.PricePanel.from_frame(frame))
    assert SAID not in results.to_html() + repr(results) + results.to_text()
