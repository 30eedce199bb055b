"""What moved before the news, and how much of it is left where day 0 is certain."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from eventstudy import ConstantMean, Events, EventStudy, PricePanel, load_results
from eventstudy.analyses.anticipation import COLUMNS, anticipation, before
from eventstudy.estimation.groups import make_groups
from eventstudy.windows import Window

pytestmark = pytest.mark.fast_tests(2)

DATES = pd.bdate_range("2022-01-03", periods=420)
ROWS = [120, 150, 180, 210, 240, 270, 300, 330, 360, 390]
KINDS = ["leaked", "sudden"] * 5
STUDY = EventStudy(
    markets=("A", "B"), model=ConstantMean(), estimation_window=(-80, -11), event_window=(-6, 2),
    car_windows=[(0, 0)], statistics="placebo", by=("kind", "security"), calendar="data",
    date_only="same", min_obs=50, draws=300,
)  # fmt: skip


def returns(seed=1):
    """Return two markets that rise before every leaked item, on its three last sessions."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(0, 0.01, (420, 2)), index=DATES, columns=["A", "B"])
    for row in ROWS[::2]:
        frame.iloc[row - 3 : row] += 0.02
    return frame


def fit(study=STUDY, **columns):
    table = pd.DataFrame(
        {"event_id": [f"E{i}" for i in range(10)], "date": DATES[ROWS], "kind": KINDS, **columns}
    )
    return study.fit(Events.from_frame(table), PricePanel.from_frame(returns(), content="returns"))


@pytest.fixture(scope="module")
def results():
    return fit()


def test_the_sessions_before_day_0_are_those_of_the_event_window():
    assert before(Window(-20, 5)) == Window(-5, -1)
    assert before(Window(-3, 5)) == Window(-3, -1)
    assert before(Window(-9, -1)) == Window(-5, -1)
    assert before(Window(0, 5)) is None
    assert before(Window(-9, -4)) is None


def test_what_leaked_is_found_before_day_0_and_what_was_sudden_is_not(results):
    frame = results.anticipation.set_index("group")
    assert tuple(results.anticipation.columns) == COLUMNS
    assert list(frame.index) == ["all", "kind=leaked", "kind=sudden", "security=A", "security=B"]
    assert (frame["window_start"] == -5).all()
    assert (frame["window_end"] == -1).all()
    assert frame.loc["kind=leaked", "pvalue"] < 0.05
    assert frame.loc["kind=leaked", "estimate"] == pytest.approx(0.06, abs=0.03)
    assert frame.loc["kind=sudden", "pvalue"] > 0.05
    # Derived from the abnormal returns of the pairs themselves.
    ar = results.abnormal_returns
    inside = ar[ar["tau"].between(-5, -1) & ar["event_id"].isin([f"E{i}" for i in range(0, 10, 2)])]
    mean = inside.groupby(["event_id", "security"])["abnormal_return"].sum().mean()
    assert frame.loc["kind=leaked", "estimate"] == pytest.approx(mean, abs=1e-12)
    asked = results.test("placebo", (-5, -1), "kind").set_index("group")["pvalue"]
    assert frame.loc[asked.index, "pvalue"].tolist() == asked.tolist()


def test_where_every_day_0_is_certain_nothing_is_left_out(results):
    # Dates without a zone are uncertain, every one of them.
    assert (results.anticipation["ambiguous"] == 1).all()
    assert results.anticipation["pvalue_clear"].isna().all()
    fitted = results.fitted
    groups = make_groups(fitted.labels, ["kind"])
    frame = anticipation(fitted.design, groups, "placebo", np.zeros(20, dtype=bool))
    assert (frame["ambiguous"] == 0).all()
    assert (frame["n_pairs_clear"] == frame["n_pairs"]).all()
    assert frame["pvalue_clear"].tolist() == frame["pvalue"].tolist()


def test_uncertain_day_0s_stand_beside_the_test_and_can_be_left_out(results):
    fitted = results.fitted
    groups = make_groups(fitted.labels, ["kind", "event_id"])
    unclear = fitted.labels["event_id"].isin(["E0", "E1", "E2"]).to_numpy()
    frame = anticipation(fitted.design, groups, "placebo", unclear).set_index("group")
    assert frame.loc["all", "ambiguous"] == pytest.approx(0.3)
    assert frame.loc["kind=leaked", "ambiguous"] == pytest.approx(0.4)
    assert frame.loc["kind=leaked", "n_pairs_clear"] == 6
    kept = np.isin(fitted.labels["event_id"], ["E4", "E6", "E8"])
    group = dataclasses.replace(groups[0], pairs=np.flatnonzero(kept))
    alone = anticipation(fitted.design, [group], "placebo", np.zeros(20, dtype=bool))
    assert frame.loc["kind=leaked", "pvalue_clear"] == alone["pvalue"].iloc[0]
    assert frame.loc["kind=leaked", "estimate_clear"] == alone["estimate"].iloc[0]
    sign = anticipation(fitted.design, groups, "sign", unclear).set_index("group")
    assert sign["estimate_clear"].equals(frame["estimate_clear"])
    assert sign.loc["kind=leaked", "pvalue_clear"] != frame.loc["kind=leaked", "pvalue_clear"]
    assert frame.loc["event_id=E0", "n_pairs_clear"] == 0
    assert frame.loc["event_id=E0", ["estimate_clear", "pvalue_clear"]].isna().all()
    assert frame.loc["event_id=E0", "n_pairs"] == 2


def test_the_study_hands_over_which_day_0s_are_uncertain():
    study = dataclasses.replace(STUDY, draws=40, by=())
    zone = {"published_zone": ["Asia/Tokyo"] * 10}
    results = fit(study, **zone)
    pairs = results.alignment.merge(results.models[["event_id", "security"]])
    assert results.anticipation["ambiguous"].iloc[0] == pytest.approx(pairs["ambiguous"].mean())


def test_an_event_window_from_day_0_has_none_and_the_report_says_so(results):
    late = fit(dataclasses.replace(STUDY, event_window=(0, 2), draws=40))
    assert late.anticipation.empty
    said = " ".join(late.report_content().caveats)
    assert "Whether the news was expected is not tested" in said
    assert "not tested" not in " ".join(results.report_content().caveats)


def test_the_report_shows_it_beside_every_group_and_it_can_be_saved(results, tmp_path):
    page = results.to_html()
    assert "Before the news" in page
    assert "Mean cumulative abnormal return over [-5,-1]" in page.replace("\N{MINUS SIGN}", "-")
    folder = results.save(tmp_path / "out", report=False)
    back = load_results(folder).anticipation
    pd.testing.assert_frame_equal(
        back, results.anticipation, check_dtype=False, rtol=1e-9, check_like=True
    )


def test_the_share_of_uncertain_day_0s_is_of_the_pairs_that_are_tested(results):
    design = results.fitted.design
    groups = make_groups(results.fitted.labels, ())
    ambiguous = np.zeros(len(design.sign), dtype=bool)
    ambiguous[[0, 1]] = True
    sign = design.sign.copy()
    sign[[0, 2, 3]] = 0.0  # left out of every group for want of a sign
    frame = anticipation(dataclasses.replace(design, sign=sign), groups, "placebo", ambiguous)
    assert frame["n_pairs"].iloc[0] == len(sign) - 3
    assert frame["ambiguous"].iloc[0] == 1 / (len(sign) - 3)
