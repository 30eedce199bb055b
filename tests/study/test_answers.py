"""What a fitted study is asked later: rows, statistics, windows and groupings."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from fitted_study import STUDY, fit

from eventstudy import NotApplicableError, SpecificationError, Window, load_results

pytestmark = pytest.mark.fast_tests(1)


@pytest.mark.slow
def test_tidy_gives_what_was_computed(results):
    assert results.tidy().equals(results.statistics)
    by = results.tidy("category")
    assert set(by["group"]) == {"category=talk", "category=threat"}
    some = results.tidy("security", windows=[(0, 1)], names="placebo")
    assert len(some) == 2
    assert (some["name"] == "placebo").all()
    everything = results.tidy(names="portfolio_t")
    assert set(everything["group"]) == set(results.statistics["group"])


def test_changing_what_tidy_gave_changes_no_results(results):
    before = results.statistics.copy()
    everything, some = results.tidy(), results.tidy("category")
    everything["pvalue"] = 0.0
    some["estimate"] = 1.0
    pd.testing.assert_frame_equal(results.statistics, before)


def test_several_groupings_at_once_are_asked_for_one_by_one(results):
    with pytest.raises(SpecificationError, match="it is one grouping"):
        results.tidy(by=["category", "security"])


def test_a_statistic_window_or_grouping_asked_for_later(results):
    (row,) = results.test("bmp", (-1, 2)).to_dict("records")
    assert (row["group"], row["window_start"], row["window_end"]) == ("all", -1, 2)
    study = replace(STUDY, car_windows=[(-1, 2)], by=("direction",), statistics=("bmp", "placebo"))
    early = fit(study)
    for name, by in (("bmp", "all"), ("placebo", "direction")):
        pd.testing.assert_frame_equal(
            results.test(name, (-1, 2), by=by),
            early.test(name, (-1, 2), by=by),
            check_dtype=False,
        )
    again = results.test("placebo", (0, 1), by="category")
    saved_rows = results.tidy("category", windows=[(0, 1)], names="placebo")
    pd.testing.assert_frame_equal(again, saved_rows)


def test_questions_without_an_answer(results):
    with pytest.raises(SpecificationError, match="bmp"):
        results.test("bmpp")
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.test("bmp", (-9, 0))
    with pytest.raises(SpecificationError, match="category"):
        results.tidy("categry")
    with pytest.raises(NotApplicableError, match="no CAR over"):
        results.plot_car_by_event((-2, 2))


def test_a_loaded_study_says_what_it_cannot_answer(results, saved, tmp_path):
    back = load_results(saved)
    same = back.test("placebo", (0, 1))
    assert same["pvalue"].iloc[0] == pytest.approx(
        results.test("placebo", (0, 1))["pvalue"].iloc[0]
    )
    with pytest.raises(NotApplicableError, match="read from a folder"):
        back.test("bmp", (0, 1))
    results.tidy("direction")
    back = load_results(results.save(tmp_path / "asked", report=False))
    with pytest.raises(NotApplicableError, match=r"nothing asked after .* saved; name .* \(by=\)"):
        back.tidy("direction")


def test_a_later_question_has_the_same_answer_as_an_early_one(results):
    columns = ["group", "window_start", "window_end", "name", "statistic", "pvalue", "size"]
    early = results.tidy()
    name = early["name"].iloc[0]
    tau = int(early["window_start"].max())
    later = results._evaluate("all", [Window(tau, tau)], [name])
    there = (early["group"] == "all") & (early["window_start"] == tau)
    there &= (early["name"] == name) & (early["measure"] == "ar")
    pd.testing.assert_frame_equal(
        later[columns].reset_index(drop=True), early.loc[there, columns].reset_index(drop=True)
    )


@pytest.mark.slow
def test_a_new_grouping_has_every_window(results):
    per_group = results.tidy().groupby("group").size().iloc[0]
    assert (results.tidy("event_id").groupby("group").size() == per_group).all()
