"""Labels of pairs: of those that stand for several events, and the groups labels make."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fitted_study import STUDY as SMALL
from fitted_study import fit as fit_small
from merged_pairs import DATES, STUDY, fit

from eventstudy import Events, PricePanel, SpecificationError
from eventstudy.calibration import calibrate
from eventstudy.curve import specification_curve
from eventstudy.estimation.groups import make_groups
from eventstudy.events.table import Caveat
from eventstudy.study.labels import labels_of_surprises


def test_groups_hold_what_all_merged_events_agree_on():
    columns = {
        "category": ["deal", "deal", "talk", "deal"],
        "direction": ["escalation", "de-escalation", "neutral", "neutral"],
        "expected_sign": ["+", "+", "-", "+"],
    }
    results = fit([100, 101, 140, 141], columns, by=("category", "direction", "date", "event_id"))
    groups = set(results.statistics["group"])
    assert {"category=deal", "category=(mixed)", "direction=(mixed)", "direction=neutral"} <= groups
    assert {"date=(mixed)", "event_id=E0", "event_id=E2"} <= groups
    assert not {"category=talk", "direction=escalation"} & groups
    signed = fit([100, 101, 140, 141], columns, sign="expected")
    assert signed.fitted.design.sign.tolist() == [1.0, 1.0]
    assert (signed.dropped["stage"] == "sign").sum() == 2


def test_a_date_is_its_text_beside_what_is_mixed():
    results = fit([100, 101, 150], by="date")
    groups = set(results.statistics["group"])
    assert groups == {"all", "date=(mixed)", f"date={DATES[150]:%Y-%m-%d}"}


@pytest.mark.slow
def test_calibration_and_curve_group_merged_pairs_as_the_study_does():
    """E0 (a) and E1 (b) are one pair a market, of group (mixed) and of no other."""
    rng = np.random.default_rng(9)
    dates = pd.bdate_range("2022-01-03", periods=300)
    prices = PricePanel.from_frame(
        pd.DataFrame(rng.normal(0, 0.01, (300, 2)), index=dates, columns=["A", "B"]),
        content="returns",
    )
    rows = [102, 103, 130, 160, 190, 220]
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))]})
    events = Events.from_frame(
        table.assign(date=[dates[row] for row in rows], category=["a", "b", *"aaaa"])
    )
    study = replace(STUDY, by=("category",), draws=60, car_windows=[(0, 0)], statistics="placebo")
    fitted = study.fit(events, prices).tidy("category", windows=[(0, 0)]).set_index("group")
    assert fitted["n_pairs"].to_dict() == {"category=(mixed)": 2, "category=a": 8}
    measured = calibrate(study, events, prices, statistics="placebo").frame
    sizes = measured.drop_duplicates("group").set_index("group")["n_pairs"]
    assert sizes.drop("all").to_dict() == fitted["n_pairs"].to_dict()
    choices = {"models": ["constant_mean"], "estimation": [[-60, -16]], "car": [[0, 0]]}
    curve = specification_curve(
        study, events, prices, group="category=a", choices=choices, draws=60
    )
    (row,) = curve.specifications.to_dict("records")
    assert row["n_pairs"] == 8
    assert row["estimate"] == pytest.approx(fitted.loc["category=a", "estimate"], rel=1e-12)


def test_crossed_names_that_would_be_one_are_refused():
    pairs = pd.DataFrame({"kind": ["x*y", "x"], "side": ["z", "y*z"]})
    with pytest.raises(SpecificationError, match=r"kind\*side would both be called"):
        make_groups(pairs, ["kind*side"])
    assert [group.label for group in make_groups(pairs, ["kind"])] == [
        "all", "kind=x", "kind=x*y",
    ]  # fmt: skip


def test_groups_of_dates_and_of_nothing():
    pairs = pd.DataFrame({"date": pd.to_datetime(["2025-05-02", None, "2025-05-02"])})
    groups = {group.label: group.pairs.tolist() for group in make_groups(pairs, ["date"])}
    assert groups == {"all": [0, 1, 2], "date=2025-05-02": [0, 2], "date=(empty)": [1]}


def test_news_of_one_day_at_two_hours_are_two_groups():
    times = pd.to_datetime(["2025-04-09T01:00Z", "2025-04-09T17:18Z"])
    groups = make_groups(pd.DataFrame({"published_at": times}), ["published_at"])
    assert [group.label for group in groups[1:]] == [
        "published_at=2025-04-09T01:00:00Z", "published_at=2025-04-09T17:18:00Z",
    ]  # fmt: skip


def test_news_known_beforehand_has_no_label_where_groups_are_compared():
    results = fit_small(replace(SMALL, draws=0, statistics=("portfolio_t",)))
    data, sample, labels = (getattr(results.fitted, n) for n in ("data", "sample", "labels"))
    assert labels_of_surprises(labels, data, sample, ["category"]) is labels
    caveat = Caveat(column="category", value="threat", text="Known.", known_beforehand=True)
    mild = Caveat(column="category", value="talk", text="Doubtful.")
    marked = replace(data, events=replace(data.events, caveats=(caveat, mild)))
    assert marked.events.known_beforehand.tolist() == [
        name == "threat" for name in data.events.frame["category"]
    ]
    changed = labels_of_surprises(labels, marked, sample, ["direction", "absent"])
    is_known = labels["category"] == "threat"
    assert changed.loc[is_known, "direction"].isna().all()
    assert changed.loc[~is_known, "direction"].equals(labels.loc[~is_known, "direction"])
    assert changed["category"].equals(labels["category"])
