"""An error among the data checks is said wherever the numbers are, and stops a strict run.

The reports: a 10-for-1 split inside the event window (questions on split-adjusted closes of
yfinance); LemaireJean-Baptiste/eventstudy, issues 4 and 6 (closes in the wrong unit).
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.exceptions import DataError, EventStudyWarning

pytestmark = pytest.mark.fast_tests(1)

SPLIT = "2024-06-10"
STOP = "STOP: the data checks found 1 error"
STUDY = """\
markets = ["SPLIT"]
[events]
file = "events.csv"
date_only = "same"
[prices]
source = "files"
file = "prices.csv"
calendar = "data"
[model]
name = "constant_mean"
[windows]
estimation = [-120, -21]
event = [-1, 1]
car = [[0, 0]]
[statistics]
names = ["portfolio_t"]
"""


def closes() -> pd.DataFrame:
    """Closes of a share that is split ten for one on the day of the event."""
    days = pd.bdate_range("2023-11-01", "2024-07-31", name="date")
    steps = np.random.default_rng(3).normal(0, 0.01, len(days))
    level = 1000 * np.exp(np.cumsum(steps))
    return pd.DataFrame({"SPLIT": np.where(days >= SPLIT, level / 10, level)}, index=days)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("split")
    closes().round(2).to_csv(folder / "prices.csv")
    (folder / "events.csv").write_text(f"event_id,date\ns,{SPLIT}\n")
    (folder / "study.toml").write_text(STUDY)
    return folder


def fit(**arguments):
    study = es.EventStudy(
        markets=["SPLIT"], model=es.ConstantMean(), estimation_window=(-120, -21),
        event_window=(-1, 1), car_windows=[(0, 0)], date_only="same", statistics=["portfolio_t"],
    )  # fmt: skip
    events = es.Events.from_frame(pd.DataFrame({"event_id": ["s"], "date": [SPLIT]}))
    return study.fit(events, es.PricePanel.from_frame(closes(), calendar="data"), **arguments)


@pytest.mark.slow
def test_fit_warns_and_every_view_begins_with_the_error():
    with pytest.warns(EventStudyWarning, match=STOP):
        results = fit()
    assert STOP in str(results).splitlines()[1]
    assert f"SPLIT {SPLIT}" in str(results)
    assert STOP in results._repr_html_()
    page = results.to_html()
    head = page[page.index("<header>") : page.index('id="findings"')]
    assert STOP in head
    assert f"SPLIT {SPLIT}" in head
    assert "Error in the data checks: SPLIT" in page[page.index("Before quoting a number") :]


def test_strict_refuses():
    with pytest.raises(DataError, match="SPLIT 2024-06-10"):
        fit(strict=True)


def test_the_command_says_it_and_strict_ends_with_2(folder, run):
    code, out, err = run("run", folder / "study.toml", "--out", folder / "plain")
    assert code == 0
    assert STOP in out.splitlines()[1]
    assert STOP in err
    code, _, err = run("run", folder / "study.toml", "--out", folder / "strict", "--strict")
    assert code == 2
    assert STOP in err
    assert not (folder / "strict").exists()


def test_saved_results_keep_it(folder, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EventStudyWarning)
        saved = fit().save(tmp_path / "results")
    assert STOP in str(es.load_results(saved))
