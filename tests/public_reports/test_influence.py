"""A mean that rests on one date says so beside the number.

The situation: one misprinted close or return (a tick of 1000 in a bar around 100, a decimal return
of 1.5) makes a mean of many events significant.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

SESSIONS = pd.bdate_range("2024-01-01", periods=220)


def fitted(misprint: float):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        0.002 * rng.standard_normal((len(SESSIONS), 2)), index=SESSIONS, columns=["A", "B"]
    )
    rows = [90, 105, 120, 135, 150]
    frame.iloc[rows] -= 0.003
    frame.iloc[120] += misprint
    events = pd.DataFrame({"event_id": [f"E{at}" for at in rows], "date": SESSIONS[rows]})
    study = es.EventStudy(
        markets=("A", "B"), model=es.ConstantMean(), calendar="data", date_only="same",
        estimation_window=(-80, -11), event_window=(-1, 1), car_windows=((0, 0),), min_obs=60,
        statistics=("patell",), draws=0,
    )  # fmt: skip
    return study.fit(
        es.Events.from_frame(events), es.PricePanel.from_frame(frame, content="returns")
    )


@pytest.mark.slow
def test_the_date_a_mean_rests_on_stands_beside_it():
    results = fitted(0.15)
    row = results.statistics[results.statistics["measure"] == "car"].iloc[0]
    assert row["estimate"] > 0.02
    assert row["influential_date"] == f"{SESSIONS[120]:%Y-%m-%d}"
    cars = results.car[results.car["event_id"] != "E120"]["car"]
    assert row["estimate_without"] == pytest.approx(cars.mean(), rel=1e-12)
    said = f"without {row['influential_date']}: {100 * row['estimate_without']:+.2f} %"
    for text in (results.to_text(), results.table().attrs["notes"]):
        assert said in " ".join(text.split())
    page = " ".join(results.to_html().replace("\N{MINUS SIGN}", "-").split())
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    assert f"{said}." in page  # the finding
    assert f"All events [0,0] {said}" in page  # the note under the table


def test_a_mean_of_many_dates_has_no_such_note():
    assert "Resting on one date" not in fitted(0.0).to_text()
