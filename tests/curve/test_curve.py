"""The specification curve: each specification is the study run alone, all at the same placebos."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import replace
from html import unescape
from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats
from small_study import STUDY, write_study

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    FactorModel,
    MarketAdjusted,
    MarketModel,
    SpecificationError,
    bundled_study,
    cli,
    read_study,
    simulate_panel,
    specification_curve,
)
from eventstudy.curve import pipeline as curve
from eventstudy.curve import summary as summary_room
from eventstudy.curve.choices import choices_of, list_specifications
from eventstudy.estimation.clusters import weekday_date, weekday_number
from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.studyfile.study_file import parse_study
from eventstudy.windows import SplitWindow, Window

MODELS = {
    "constant_mean": lambda benchmark: ConstantMean(),
    "market_adjusted": lambda benchmark: MarketAdjusted(benchmark, sync="same_date"),
    "market_model": lambda benchmark: MarketModel(benchmark, sync="same_date"),
}
CHOICES = {
    "models": ["market_model", "constant_mean", "market_adjusted"],
    "benchmarks": ["M03", "M04"],
    "estimation": [(-100, -11), (-70, -11)],
    "car": [(0, 0), (-1, 2)],
    "kind": ["simple", "log"],
}


def study(**settings) -> EventStudy:
    given = {
        "markets": ("M01", "M02"),
        "model": MarketModel("M03"),
        "estimation_window": (-100, -11),
        "event_window": (-2, 3),
        "car_windows": [(0, 1)],
        "statistics": ("placebo",),
        "min_obs": 50,
        "date_only": "same",
        "draws": 150,
        "seed": 5,
    }
    return EventStudy(**(given | settings))


@pytest.fixture(scope="module")
def data() -> tuple[Events, object]:
    events, prices = simulate_panel(n_events=9, n_sessions=330, first_event=130, effect=0.004)
    frame = events.frame[["event_id", "date"]].assign(
        date=events.frame["date"].dt.strftime("%Y-%m-%d"),
        category=["a", "b", "a"] * 3,
        markets=["", "M01", "", "", "M02", "", "", "", "M01;M02"],
    )
    return Events.from_frame(frame, name="events.csv"), prices


@pytest.fixture(scope="module")
def found(data):
    return specification_curve(study(), *data, choices=CHOICES, draws=150)


def alone(row, **settings) -> EventStudy:
    """Return the study of one specification, said by hand."""
    bounds = [int(part) for part in row.estimation.strip("[]").split(",")]
    car = [int(part) for part in row.car.strip("[]").split(",")]
    return study(
        model=MODELS[row.model](row.benchmark),
        estimation_window=tuple(bounds),
        car_windows=[tuple(car)],
        kind=row.kind,
        ambiguous=row.ambiguous,
        mask_events=row.mask_events == "yes",
        **settings,
    )


def fitted(events, prices, row, by: str | None = "all", group: str = "all", **settings):
    """Return the placebo row of the study run alone."""
    results = alone(row, **settings).fit(events, prices)
    car = tuple(int(part) for part in row.car.strip("[]").split(","))
    rows = results.test("placebo", car, by=by)
    return rows[rows["group"] == group].iloc[0]


# -- each specification is the study run alone --------------------------------------------------


@pytest.mark.slow
def test_every_specification_is_the_study_run_alone(data, found):
    assert len(found.specifications) == 2 * 2 * 2 * (2 + 2 + 1)
    for row in found.specifications.itertuples():
        own = fitted(*data, row, draws=0)
        assert row.estimate == pytest.approx(own["estimate"], rel=1e-12)
        assert row.statistic == pytest.approx(own["statistic"], rel=1e-12)
        assert (row.n_pairs, row.n_units) == (own["n_pairs"], own["n_units"])


@pytest.mark.slow
def test_other_choices_and_a_group_of_one_market(data):
    group = "category*security=a*M01"
    made = specification_curve(
        study(),
        *data,
        group=group,
        draws=60,
        choices={
            "models": ["constant_mean", "market_model"],
            "benchmarks": ["M02", "M03"],  # M02 is a market of the study, though not of the group
            "estimation": [(-100, -11)],
            "ambiguous": ["keep", "widen"],
            "mask_events": [False, True],
        },
    )
    assert len(made.specifications) == 3 * 2 * 2 * len(set(made.specifications["car"]))
    for row in made.specifications.itertuples():
        own = fitted(*data, row, by="category*security", group=group, draws=0, markets=("M01",))
        assert row.estimate == pytest.approx(own["estimate"], rel=1e-12)
        assert row.statistic == pytest.approx(own["statistic"], rel=1e-12)
    whole = fitted(*data, made.specifications.iloc[0], "category*security", group, draws=0)
    assert whole["statistic"] == pytest.approx(made.specifications["statistic"].iloc[0], rel=1e-12)


@pytest.mark.slow
def test_expected_signs_turn_every_specification(data):
    events, prices = data
    frame = events.frame[["event_id", "category"]].assign(
        date=events.frame["date"].dt.strftime("%Y-%m-%d"),
        expected_sign=["+", "-", "0", "+", "-", "-", "+", "mixed", "+"],
    )
    signed = Events.from_frame(frame, name="signed")
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0)]}
    made = specification_curve(study(sign="expected"), signed, prices, choices=choices, draws=30)
    for row in made.specifications.itertuples():
        own = fitted(signed, prices, row, draws=0, sign="expected")
        assert row.n_pairs == own["n_pairs"] == 14
        assert row.estimate == pytest.approx(own["estimate"], rel=1e-12)
        assert row.statistic == pytest.approx(own["statistic"], rel=1e-12)


@pytest.mark.slow
def test_a_curve_of_one_specification_has_the_p_value_of_the_study(data):
    only = {"models": ["market_model"], "estimation": [(-100, -11)], "car": [(0, 1)]}
    made = specification_curve(study(), *data, choices=only, draws=150)
    row = study().fit(*data).test("placebo", (0, 1)).iloc[0]
    own = made.specifications.iloc[0]
    assert own["pvalue"] == row["pvalue"]
    assert own["effect"] == pytest.approx(row["effect"], rel=1e-12)
    assert bool(own["own"])
    assert np.isnan(made.influence["share_of_variance"]).all()


# -- the placements are shared ------------------------------------------------------------------


@pytest.mark.slow
def test_every_draw_is_the_study_of_events_moved_alike(data, monkeypatch):
    events, prices = data
    seen = []

    def placed(specs, **asked):
        shared = place(specs, **asked)
        seen.append(shared)
        return shared

    place = curve.place_together
    monkeypatch.setattr(curve, "place_together", placed)
    choices = {
        "models": ["market_model", "constant_mean"],
        "estimation": [(-100, -11), (-70, -11)],
        "car": [(0, 0), (-1, 2)],
    }
    made = specification_curve(study(), events, prices, choices=choices, draws=40)
    shared = seen[0]
    assert shared.pick.shape == (40, len(shared.moves))
    days = weekday_number(events.frame["date"].to_numpy().astype("M8[D]"))
    cluster = np.searchsorted(shared.first, days, side="right") - 1
    for draw in (0, 7, 39):
        move = np.array(
            [moves[p] for moves, p in zip(shared.moves, shared.pick[draw], strict=True)]
        )
        moved = pd.Series(weekday_date(days + move[cluster])).dt.strftime("%Y-%m-%d")
        frame = events.frame[["event_id", "category"]].assign(
            date=moved, markets=[";".join(cell) for cell in events.frame["markets"]]
        )
        elsewhere = Events.from_frame(frame, name="moved")
        for place_, row in enumerate(made.specifications.itertuples()):
            own = fitted(elsewhere, prices, row, draws=0)
            assert made.statistics[place_, draw] == pytest.approx(own["statistic"], rel=1e-9)


@pytest.mark.slow
def test_clusters_keep_their_distance_and_moves_fit_every_specification(data):
    events, prices = data
    long, short = (-200, -11), (-60, -11)
    base = study(min_obs=40, estimation_window=(-60, -11))
    one = specification_curve(
        base, events, prices, draws=30,
        choices={"estimation": [short], "models": ["constant_mean"]},
    )  # fmt: skip
    both = specification_curve(
        base, events, prices, draws=30,
        choices={"estimation": [short, long], "models": ["constant_mean"]},
    )  # fmt: skip
    assert np.isfinite(one.statistics).all()
    assert np.isfinite(both.statistics).all()
    same = both.specifications["estimation"] == "[-60,-11]"
    np.testing.assert_allclose(
        both.specifications.loc[same, "statistic"], one.specifications["statistic"], rtol=1e-12
    )


# -- p-values by loops --------------------------------------------------------------------------


def brute_force(made, alternative="two-sided"):
    """Share significant and its p-value, from the statistics alone."""

    def reaches(one, other):
        if alternative == "two-sided":
            return abs(one) >= abs(other) * (1 - 1e-9)
        return one >= other - 1e-9 * abs(other) if alternative == "greater" else one <= other

    own = made.specifications["statistic"].tolist()
    shares, pvalues = [], []
    for draw in range(-1, made.statistics.shape[1]):
        small = 0
        for spec, real in enumerate(own):
            everything = [real, *made.statistics[spec]]
            mine = real if draw < 0 else made.statistics[spec, draw]
            pvalue = sum(reaches(one, mine) for one in everything) / len(everything)
            small += pvalue <= 0.05
            if draw < 0:
                pvalues.append(pvalue)
        shares.append(small / len(own))
    reached = sum(share >= shares[0] for share in shares[1:])
    return pvalues, shares[0], shares[1:], (1 + reached) / len(shares)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_p_values_are_those_of_loops(data, alternative):
    choices = {
        "models": ["constant_mean", "market_model"],
        "car": [(0, 0), (0, 2)],
        "estimation": [(-70, -11)],
    }
    made = specification_curve(study(alternative=alternative), *data, choices=choices, draws=120)
    pvalues, share, shares, pvalue = brute_force(made, alternative)
    np.testing.assert_allclose(made.specifications["pvalue"], pvalues)
    assert made.value("share_significant") == share
    np.testing.assert_allclose(made.draws["share_significant"], shares)
    assert made.value("share_significant", "pvalue") == pvalue
    assert made.specifications["ci_low"].isna().all() == (alternative != "two-sided")


def test_the_other_measures_of_the_curve(found):
    real = found.specifications
    assert found.value("median_estimate") == pytest.approx(real["estimate"].median())
    assert found.value("median_effect") == pytest.approx(real["effect"].median())
    up = (real["estimate"] > 0).mean()
    assert found.value("share_one_sign") == max(up, 1 - up)
    z = [
        stats.norm.isf(p / 2) * np.sign(t)
        for p, t in zip(real["pvalue"], real["statistic"], strict=True)
    ]
    assert found.value("stouffer_z") == pytest.approx(sum(z) / np.sqrt(len(z)))
    for measure in ("median_effect", "stouffer_z"):
        drawn = found.draws[measure].abs()
        count = (drawn >= abs(found.value(measure))).sum()
        assert found.value(measure, "pvalue") == pytest.approx((1 + count) / (1 + len(drawn)))
    assert np.isnan(found.value("median_estimate", "pvalue"))
    assert found.value("median_estimate", "placebo_low") == pytest.approx(
        found.draws["median_estimate"].quantile(0.025)
    )


def test_few_placements_are_all_used_and_none_is_counted_twice(data):
    events, prices = data
    lone = Events.from_frame(
        pd.DataFrame({"event_id": ["E"], "date": [f"{events.frame['date'].iloc[4]:%Y-%m-%d}"]})
    )
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0)]}
    made = specification_curve(study(), lone, prices, choices=choices, draws=5000)
    assert 20 <= made.n_draws < 5000
    at_home = [
        np.isclose(made.statistics[spec], real).sum()
        for spec, real in enumerate(made.specifications["statistic"])
    ]
    assert at_home == [1] * len(made.specifications)
    for spec, row in enumerate(made.specifications.itertuples()):
        reached = (np.abs(made.statistics[spec]) >= abs(row.statistic) * (1 - 1e-9)).sum()
        assert row.pvalue == pytest.approx(reached / made.n_draws)
    assert made.specifications["note"].str.contains("one date").all()
    assert made.specifications["std_error"].isna().all()


@pytest.mark.slow
def test_without_draws_there_are_estimates_and_a_reason(data):
    made = specification_curve(study(), *data, choices=CHOICES | {"car": [(0, 0)]}, draws=0)
    assert made.specifications["pvalue"].isna().all()
    assert np.isnan(made.value("share_significant", "pvalue"))
    assert made.specifications["note"].str.contains("no placebo draws").all()
    assert made.n_draws == 0
    real = made.specifications
    up = (real["estimate"] > 0).mean()
    assert made.value("median_estimate") == pytest.approx(real["estimate"].median())
    assert made.value("median_effect") == pytest.approx(real["effect"].median())
    assert made.value("share_one_sign") == max(up, 1 - up)
    assert np.isnan(made.value("share_significant"))
    assert np.isnan(made.value("stouffer_z"))
    said = " ".join(made.to_text().split())
    assert "Significance was not tested: no placebo draws were asked for." in said
    assert summed(made)["share significant at 5 %"] == "not tested"
    for text in (said, made.to_html()):
        assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    drawn = texts(made)
    assert "significance not tested" in drawn
    assert "no placebo draws were asked for" in drawn
    assert "intervals" not in drawn
    assert "share significant" not in drawn
    assert "nan" not in drawn.split()


def summed(made) -> dict[str, str]:
    """Return the summary as it is printed: measure and value."""
    table = summary_room.summary_table(made.summary, len(made.specifications), made.alternative)
    return dict(zip(table["measure"], table["value"], strict=True))


def texts(made) -> str:
    """Return all that is written on the figure of a curve."""
    from matplotlib.text import Text

    found = made.plot(Figure(figsize=(10, 8))).findobj(Text)
    return " ".join(" ".join(text.get_text() for text in found).split())


# -- what is listed -----------------------------------------------------------------------------


@pytest.mark.slow
def test_counts_add_up_and_what_cannot_be_done_says_why(data):
    with pytest.warns(EventStudyWarning, match="specifications could not be carried out"):
        made = specification_curve(
            study(max_loss=0.3),
            *data,
            draws=30,
            choices={
                "models": ["market_model", "constant_mean", "factor"],
                "benchmarks": ["M03", "M02", "M04"],
                "estimation": [(-100, -11), (-20, -11), (-100, -1), (-180, -11)],
                "car": [(0, 0), (0, 9)],
                "ambiguous": ["keep", "drop"],
            },
        )
    listed = 2 * 4 * 2 * (3 + 1 + 1)
    assert made.n_listed == listed == len(made.specifications) + len(made.refused)
    numbers = [*made.specifications["spec"], *made.refused["spec"]]
    assert sorted(numbers) == list(range(1, listed + 1))
    reasons = made.refused.set_index("spec")["reason"]
    assert (reasons != "").all()
    by = {
        "benchmark": {"M02": "M02 is both a market of the study and its own"},
        "estimation": {
            "[-20,-11]": "fewer than sample.min_obs = 50",
            "[-100,-1]": "overlaps windows.event",
        },
        "car": {"[0,+9]": "not inside windows.event [-2,+3]"},
        "ambiguous": {"drop": "pairs were dropped (100%; ambiguous"},
        "model": {"factor": "model 'factor' needs model.factors"},
    }
    for row in made.refused.itertuples():
        known = [
            text
            for column, values in by.items()
            for value, text in values.items()
            if getattr(row, column) == value
        ]
        assert any(text in row.reason for text in known), row
    for row in made.specifications.itertuples():
        assert not any(getattr(row, column) in values for column, values in by.items())
    assert f"{len(made.refused)} not" in made.sentences()[0]
    assert "Not carried out:" in made.to_text()


@pytest.mark.slow
def test_a_benchmark_of_the_group_itself_is_refused_and_said(data):
    choices = {
        "models": ["market_model", "constant_mean"],
        "benchmarks": ["M02", "M03"],
        "estimation": [(-100, -11)],
        "car": [(0, 0), (0, 1)],
    }
    said = "2 of 6 specifications could not be carried out: M02 is both a market of the study"
    with pytest.warns(EventStudyWarning) as heard:
        made = specification_curve(study(), *data, choices=choices, draws=0)
    assert [str(one.message).startswith(said) for one in heard] == [True]
    assert any(sentence.startswith(said) for sentence in made.sentences())
    assert said in " ".join(made.to_text().split())
    assert set(made.refused["benchmark"]) == {"M02"}
    # In a group without M02 it is a benchmark like any other.
    alone = specification_curve(
        study(), *data, choices=choices, draws=0, group="category*security=a*M01"
    )
    assert alone.refused.empty
    assert "could not be carried out" not in alone.to_text()


def test_more_than_one_reason_is_counted(data):
    choices = {
        "models": ["market_model"],
        "benchmarks": ["M02", "M03"],
        "estimation": [(-100, -11)],
        "car": [(0, 0), (0, 1), (0, 9)],
    }
    with pytest.warns(
        EventStudyWarning, match=r"^4 of 6 .* own benchmark.* \(2\); and for 1 other"
    ):
        made = specification_curve(study(), *data, choices=choices, draws=0)
    assert "- 2: the CAR window is not inside" in made.to_text()


@pytest.mark.slow
def test_few_specifications_are_counted_beside_the_percent(data, found):
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0), (0, 1)]}
    choices |= {"estimation": [(-100, -11), (-70, -11)]}
    few = specification_curve(study(), *data, choices=choices, draws=60)
    number = int((few.specifications["pvalue"] <= 0.05).sum())
    up = int((few.specifications["estimate"] > 0).sum())
    said = " ".join(few.to_text().split())
    shown = f"{number} of 8 ({100 * number / 8:.0f} %)"
    assert f"{shown} of the specifications are significant at 5 %" in said
    assert f"{max(up, 8 - up)} of 8 (" in said
    cells = summed(few)
    assert cells["share significant at 5 %"] == shown
    assert f"the real dates: {shown}" in texts(few)
    assert len(found.specifications) == 40
    assert " of 40 (" not in found.to_text()
    assert " of 40 (" not in texts(found)


@pytest.mark.slow
@pytest.mark.parametrize(("side", "over"), [("greater", "above"), ("less", "below")])
def test_one_sided_curves_say_so(data, found, side, over):
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0), (0, 1)]}
    made = specification_curve(study(alternative=side), *data, choices=choices, draws=60)
    said = f"significant at 5 %, one-sided ({side})"
    text = " ".join(made.to_text().split())
    assert f"of the specifications are {said}" in text
    assert f"have an estimate {over} 0" in text
    assert {f"share {said}", f"share {over} 0"} < set(summed(made))
    assert "one sign" not in text
    page = made.to_html()
    assert said in page
    assert "no interval" in page
    assert "The interval of an estimate" not in page
    assert said in texts(made)
    assert "one-sided, so without intervals" in texts(made)
    assert "one-sided" not in found.to_text()
    assert "one-sided" not in texts(found)


def test_the_figure_says_what_intervals_and_colours_are(found):
    said = texts(found)
    assert (
        "intervals: of the mean CAR; colour: the placebo test of volatility-scaled returns" in said
    )
    assert "the interval of a grey point may exclude zero" in said


def test_what_has_no_meaning_is_counted_once():
    base = study()
    asked = choices_of(
        base,
        {
            "models": ["constant_mean", "market_model"],
            "benchmarks": ["M03", "M04"],
            "sync": ["asof", "lag"],
            "estimation": [(-100, -11)],
            "car": [(0, 0), (0, 0), (0, 1)],
        },
    )
    listed = list_specifications(base, asked, sync="asof")
    assert len(listed) == 2 * (1 + 4)
    values = [tuple(one.values.values()) for one in listed]
    assert len(set(values)) == len(values)
    bare = [one.values for one in listed if one.values["model"] == "constant_mean"]
    assert {(one["benchmark"], one["sync"]) for one in bare} == {("", "")}
    assert [one.own for one in listed] == [
        one.values["model"] == "market_model"
        and one.values["benchmark"] == "M03"
        and one.values["sync"] == "asof"
        and one.values["car"] == "[0,+1]"
        for one in listed
    ]


def test_defaults_are_the_own_values_and_sensible_ones():
    asked = choices_of(study(), sync="same_date")
    assert asked.models == ("market_model", "constant_mean", "market_adjusted")
    assert asked.benchmarks == ("M03",)
    assert asked.sync == ("same_date",)
    assert asked.estimation == (Window(-100, -11), Window(-77, -11))  # 45 sessions are too few
    assert asked.car == (Window(0, 1), Window(0, 0), Window(-1, 1), Window(0, 2))
    assert (asked.ambiguous, asked.kind, asked.mask_events) == (("keep",), ("simple",), (False,))
    assert choices_of(study(), has_fx=True).models == ("market_model", "constant_mean")
    own = study(model=MarketAdjusted("M03"), event_window=(0, 0), car_windows=[(0, 0)])
    assert choices_of(own, has_fx=True).models[0] == "market_adjusted"
    assert choices_of(own).car == (Window(0, 0),)
    split = SplitWindow(Window(-100, -11), Window(11, 60))
    assert choices_of(study(estimation_window=split)).estimation == (split,)


def test_the_own_model_keeps_what_else_it_says():
    base = study(model=FactorModel(("M03", "M04"), sync="lag"))
    asked = choices_of(base, {"models": ["factor"], "sync": ["lag", "same_date"]})
    listed = list_specifications(base, asked, sync="lag")
    assert {one.study.model.factors for one in listed} == {("M03", "M04")}
    assert {one.study.model.sync for one in listed} == {"lag", "same_date"}
    assert {one.values["benchmark"] for one in listed} == {""}


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"model": ["market_model"]}, "curve: unknown key 'model'; did you mean 'models'?"),
        ({"models": ["markt_model"]}, "unknown curve.models value 'markt_model'; did you mean"),
        ({"models": []}, "curve.models is empty; list a value or leave the key out"),
        ({"benchmarks": [""]}, "curve.benchmarks lists names of markets or columns, got ''"),
        ({"sync": ["asoff"]}, "unknown curve.sync value 'asoff'; did you mean 'asof'?"),
        ({"car": [(2, 0)]}, "curve.car: window [2, 0] is reversed"),
        ({"car": 3}, "curve.car must be a list, got 3"),
        ({"estimation": [(-100,)]}, "curve.estimation: expected two sessions"),
        ({"mask_events": ["yes"]}, "curve.mask_events lists true or false, got 'yes'"),
        ({"max": 0}, "curve.max is 0; it must be at least 1"),
        ({"max": 3}, "make 40 specifications, more than max = 3; list fewer values, or allow"),
        (
            {"benchmarks": ["M03", "M3"]},
            "curve.benchmarks: unknown market 'M3'; did you mean 'M03'",
        ),
        ({"benchmarks": ["SPX"]}, "curve.benchmarks: "),
    ],
)
def test_wrong_choices_are_one_sentence(data, choices, message):
    with pytest.raises(SpecificationError) as caught:
        specification_curve(study(), *data, choices=CHOICES | choices, draws=10)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_groups_and_settings_are_one_sentence(data):
    for group, message in (
        ("category=c", "unknown group 'category=c'"),
        ("category*security=a*M1", "did you mean 'category*security=a*M01'?"),
        ("categry=a", "group 'categry=a': the events have no column 'categry'; did you mean"),
    ):
        with pytest.raises(SpecificationError) as caught:
            specification_curve(study(), *data, group=group)
        assert message in str(caught.value)
    with pytest.raises(SpecificationError, match="draws is -1"):
        specification_curve(study(), *data, draws=-1)
    with pytest.raises(SpecificationError, match="volatility_matched"):
        specification_curve(study(draws_from="volatility_matched"), *data)
    only = {"models": ["constant_mean"], "estimation": [(-20, -11)], "car": [(0, 0)]}
    with pytest.raises(SpecificationError, match="none of the 1 specifications"):
        specification_curve(study(), *data, choices=only)


# -- seeds and processes ------------------------------------------------------------------------


@pytest.mark.slow
def test_equal_seeds_give_equal_draws_and_others_others(data, found):
    again = specification_curve(study(seed=77), *data, choices=CHOICES, draws=150, seed=5)
    pd.testing.assert_frame_equal(again.specifications, found.specifications)
    pd.testing.assert_frame_equal(again.draws, found.draws)
    other = specification_curve(study(), *data, choices=CHOICES, draws=150, seed=6)
    assert not np.array_equal(other.statistics, found.statistics)
    np.testing.assert_array_equal(
        other.specifications["statistic"], found.specifications["statistic"]
    )


@pytest.mark.slow
def test_two_processes_give_the_same_digits_and_warnings(data):
    choices = {"sync": ["same_date", "lag", "asof"], "car": [(0, 0), (0, 1)]}
    steps = []
    with pytest.warns(EventStudyWarning, match="8 of 28 specifications could not") as heard:
        made = [
            specification_curve(
                study(), *data, choices=choices, draws=40, jobs=jobs,
                progress=lambda *told: steps.append(told),
            )
            for jobs in (1, 2)
        ]  # fmt: skip
    assert len(heard) == 2
    assert str(heard[0].message) == str(heard[1].message)
    np.testing.assert_array_equal(made[0].statistics, made[1].statistics)
    for name in ("specifications", "refused", "influence", "summary", "draws"):
        pd.testing.assert_frame_equal(getattr(made[0], name), getattr(made[1], name))
    assert len(made[0].refused)  # asof needs closing times
    running = [told for told in steps if told[0] == "running specifications"]
    assert running[-1][1] == running[-1][2] == len(running) / 2 - 1


@pytest.mark.slow
def test_a_warning_is_given_once(tmp_path):
    file = bundled_study()
    events, prices = file.load()
    choices = {
        "models": ["market_model"], "sync": ["same_date"], "car": [(0, 0), (0, 1)],
        "estimation": [(-250, -21), (-192, -21)],
    }  # fmt: skip
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        specification_curve(
            file.study, events, prices, choices=choices, draws=20,
            group="category*security=talk_signal*TWII",
        )  # fmt: skip
    assert len(heard) == 1
    assert heard[0].category is EventStudyWarning
    assert 'sync = "same_date" pairs SPX' in str(heard[0].message)


# -- which choices matter -----------------------------------------------------------------------


def test_influence_of_a_constructed_curve():
    rows = [
        {
            "model": model,
            "benchmark": "" if model == "mean" else benchmark,
            "car": car,
            "kind": "simple",
            "estimate": 0.01 * int(car) + 0.002 * (model == "mean"),
            "effect": float(car),
            "pvalue": 0.01 if car == "2" else 0.5,
        }
        for model, benchmark, car in product(["mean", "ols"], ["x", "y"], ["0", "1", "2"])
        if not (model == "mean" and benchmark == "y")
    ]
    frame = pd.DataFrame(rows)
    told = summary_room.influence_frame(frame, ["model", "benchmark", "car", "kind"])
    assert list(told["choice"]) == ["model"] * 2 + ["benchmark"] * 2 + ["car"] * 3 + ["kind"]
    share = told.drop_duplicates("choice").set_index("choice")["share_of_variance"]
    x = frame["estimate"]
    for choice in ("model", "car"):
        between = sum(
            len(part) * (part.mean() - x.mean()) ** 2 for _, part in x.groupby(frame[choice])
        )
        assert share[choice] == pytest.approx(between / ((x - x.mean()) ** 2).sum())
    assert share["car"] > 0.95
    assert share["model"] + share["car"] == pytest.approx(1)  # nothing else moves it
    assert share["benchmark"] == pytest.approx(0, abs=1e-12)  # among those that have one
    assert np.isnan(share["kind"])
    car = told[told["choice"] == "car"].set_index("value")
    assert car["share_significant"].to_dict() == {"0": 0.0, "1": 0.0, "2": 1.0}
    assert car.loc["1", "median_estimate"] == pytest.approx(0.01)
    assert car["n_specifications"].tolist() == [3, 3, 3]


# -- size ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_ranks_of_a_null_curve_are_uniform():
    rng = np.random.default_rng(11)
    rejected = {"share_significant": 0, "stouffer_z": 0, "median_effect": 0}
    repeats, specs, draws = 400, 8, 99
    for _ in range(repeats):
        common = rng.standard_normal((1, draws + 1))
        t = 0.8 * common + 0.6 * rng.standard_normal((specs, draws + 1))
        own, drawn = t[:, 0], t[:, 1:]
        ranks = summary_room.ranks_of_draws(own, drawn, "two-sided", holds_real=False)
        pvalue = np.array([[(np.abs(line) >= abs(line[0])).mean()] for line in t])
        real = summary_room.measures(
            own[:, None], own[:, None], own[:, None], pvalue,
            alternative="two-sided", n_draws=draws + 1,
        )  # fmt: skip
        others = summary_room.measures(
            drawn, drawn, drawn, ranks, alternative="two-sided", n_draws=draws + 1
        )
        told = summary_room.summary_frame(
            real, others, "two-sided", holds_real=False, reason=""
        ).set_index("measure")
        for name in rejected:
            rejected[name] += told.loc[name, "pvalue"] <= 0.05
    # Binomial with n = 400 and 5 %: 8 to 34 is 99.7 %. Ties make the share of zero cautious.
    assert 8 <= rejected["stouffer_z"] <= 34
    assert 8 <= rejected["median_effect"] <= 34
    assert rejected["share_significant"] <= 34


@pytest.mark.slow
def test_size_of_the_curve_on_simulated_studies():
    rejected = 0
    significant = []
    repeats = 120
    for seed in range(repeats):
        events, prices = simulate_panel(
            n_events=6, n_sessions=220, first_event=70, n_markets=2, seed=seed
        )
        base = study(
            markets=("M01",), model=MarketModel("M02"), estimation_window=(-60, -11), min_obs=40
        )
        made = specification_curve(
            base, events, prices, draws=99, seed=seed,
            choices={
                "models": ["constant_mean", "market_model"],
                "estimation": [(-60, -11)],
                "car": [(0, 0), (0, 1), (-1, 1)],
            },
        )  # fmt: skip
        rejected += made.value("share_significant", "pvalue") <= 0.1
        significant.append(made.value("share_significant"))
    # 10 % of 120 is 12; 3 to 23 is 99.7 %.
    assert 3 <= rejected <= 23
    assert 0.015 <= np.mean(significant) <= 0.1


def test_an_effect_in_every_specification_is_found():
    events, prices = simulate_panel(
        n_events=10, n_sessions=330, first_event=130, effect=0.02, seed=3
    )
    # The benchmark has the effect, too, so that market-adjusted returns would take it out.
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0), (0, 1)]}
    made = specification_curve(study(), events, prices, draws=199, choices=choices)
    assert made.value("share_significant") == 1
    assert made.value("share_one_sign") == 1
    assert made.value("share_significant", "pvalue") <= 0.02
    assert made.value("stouffer_z", "pvalue") <= 0.02


# -- study file, folder, command ----------------------------------------------------------------


CURVE = """
[curve]
group = "category=up"
models = ["market_model", "constant_mean"]
estimation = [[-100, -11], [-80, -11]]
car = [[0, 0], [0, 1]]
mask_events = [false]
max = 20
"""


@pytest.mark.slow
def test_the_study_file_lists_choices_and_says_them_back(tmp_path):
    file = read_study(write_study(tmp_path, STUDY + CURVE))
    assert file.curve["group"] == "category=up"
    said = file.to_dict()
    assert said["curve"]["estimation"] == [[-100, -11], [-80, -11]]
    assert parse_study(said, "again", tmp_path).curve == file.curve
    made = file.specification_curve(draws=25)
    assert made.group == "category=up"
    assert len(made.specifications) == 8
    assert made.manifest["study"]["curve"]["max"] == 20
    assert set(made.manifest["inputs"]) == {"events", "prices", "study"}
    every = file.specification_curve(draws=25, group="all")
    assert every.group == "all"
    assert every.specifications["n_pairs"].max() == 12


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"modles": ["factor"]}, "unknown key curve.modles; did you mean 'models'?"),
        ({"models": ["facto"]}, "curve.models: unknown model \"facto\"; did you mean 'factor'?"),
        ({"car": []}, "curve.car must be a list of windows"),
        ({"models": []}, "curve.models is empty; list a value or leave the key out"),
        ({"mask_events": [1]}, "curve.mask_events must be a list such as [false, true], got [1]"),
        ({"max": 0}, "curve.max is 0; it must be at least 1"),
        ({"estimation": [[-9]]}, "curve.estimation must be a list of windows"),
    ],
)
def test_mistakes_in_the_table(table, message):
    with pytest.raises(SpecificationError) as caught:
        parse_study({"events": {"bundled": True}, "curve": table}, "study.toml")
    assert str(caught.value).startswith(f"study.toml: {message}")


@pytest.mark.slow
def test_the_folder_and_its_page(tmp_path, found):
    hostile = replace(found, title="<script>alert(1)</script> & $5 to $6")
    folder = hostile.save(tmp_path / "curve")
    assert {path.name for path in folder.iterdir()} == {
        "curve.csv", "refused.csv", "influence.csv", "summary.csv", "draws.csv", "curve.png",
        "curve.svg", "curve.html", "manifest.json",
    }  # fmt: skip
    saved = pd.read_csv(folder / "curve.csv", keep_default_na=False, na_values=["nan"])
    assert len(saved) == len(found.specifications)
    np.testing.assert_allclose(
        saved["estimate"].astype(float), found.specifications["estimate"], rtol=1e-10
    )
    page = (folder / "curve.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src 'none'" in unescape(page)
    assert "src=" not in page
    assert (folder / "curve.svg").read_text("utf-8").startswith("<svg")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["tool"] == "eventstudy"
    assert manifest["curve"]["models"] == CHOICES["models"]
    assert found.save(folder) == folder  # a curve replaces a curve
    assert found.to_html() == found.to_html()


def test_results_of_a_study_are_not_replaced_by_a_curve(tmp_path, data, found):
    study(draws=0).fit(*data).save(tmp_path / "study", report=False)
    with pytest.raises(SourceError, match="holds the results of a study"):
        found.save(tmp_path / "study")
    assert (tmp_path / "study" / "statistics.csv").exists()


WORDS = {
    "run": ["run"],
    "calibrate": ["calibrate", "--statistics", "sign", "--draws", "20"],
    "curve": ["curve", "--draws", "20"],
}
HELD = {"run": "the results of a study", "calibrate": "a calibration", "curve": "a curve"}


@pytest.mark.slow
@pytest.mark.parametrize("first", WORDS)
def test_every_command_replaces_its_own_kind_only(tmp_path, capsys, first):
    path = write_study(tmp_path, STUDY + CURVE)
    out = tmp_path / "out"

    def run(words):
        code = cli.invoke([*words, str(path), "--out", str(out), "-q"])
        return code, capsys.readouterr().err

    def files():
        return {file.name: file.read_bytes() for file in out.iterdir()}

    assert run(WORDS[first]) == (0, "")
    held = files()
    for name, words in WORDS.items():
        if name == first:
            continue
        said = f"eventstudy: {out}: holds {HELD[first]}; name another folder for {HELD[name]}\n"
        assert run(words) == (2, said)
        assert files() == held
    assert run(WORDS[first]) == (0, "")


@pytest.mark.slow
def test_a_refused_benchmark_is_said_by_the_command(tmp_path, capsys):
    table = '[curve]\nbenchmarks = ["MKT", "AAA"]\nmodels = ["market_model"]\ncar = [[0, 0]]\n'
    path = write_study(tmp_path, STUDY + table)
    assert cli.invoke(["curve", str(path), "--out", str(tmp_path / "out"), "--draws", "0"]) == 0
    said = capsys.readouterr()
    half = "could not be carried out: AAA is both a market of the study and its own benchmark"
    assert half in said.err
    assert half in " ".join(said.out.split())
    assert said.err.startswith("eventstudy: warning: ")
    assert said.err.count("\n") == 1


def test_the_command(tmp_path, capsys):
    path = write_study(tmp_path, STUDY + CURVE)
    out = tmp_path / "out"
    assert cli.invoke(["curve", str(path), "--out", str(out), "--draws", "25"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("Specification curve: up (")
    assert "8 specifications listed, 8 carried out, 0 not; 25 placebo draws" in said.out
    assert f"Curve: {out / 'curve.html'}" in said.out
    assert max(map(len, said.out.splitlines()[:-1])) <= 80
    assert cli.invoke(["curve", str(path), "--out", str(out), "--draws", "25", "-q"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("table", "words", "message"),
    [
        ('[curve]\ngrop = "all"\n', [], "study.toml: unknown key curve.grop; did you mean 'group'"),
        ("[curve]\nmodels = []\n", [], "study.toml: curve.models is empty"),
        (
            "",
            ["--group", "category=upp"],
            "study.toml: unknown group 'category=upp'; did you mean 'category=up'?",
        ),
        ("", ["--draws", "-1"], "curve: Invalid value for '--draws'"),
        ("[curve]\nmax = 2\n", [], "study.toml: curve: the choices make"),
        (
            '[curve]\nbenchmarks = ["MKTT"]\n',
            [],
            "study.toml: curve.benchmarks: unknown market 'MKTT'; did you mean 'MKT'?",
        ),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(tmp_path, capsys, table, words, message):
    path = write_study(tmp_path, STUDY + table)
    out = tmp_path / "out"
    assert cli.invoke(["curve", str(path), "--out", str(out), *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"eventstudy: {message}")
    assert said.err.count("\n") == 1
    assert not out.exists()
