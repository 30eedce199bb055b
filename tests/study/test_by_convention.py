"""Tests by the conventions of other software beside the study's own."""

from __future__ import annotations

import pytest
from pandas.testing import assert_frame_equal
from small_study import STUDY, write_study

import eventstudy as es
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.study.by_convention import COLUMNS, convention_facts, window_returns
from eventstudy.study.results import load_results
from eventstudy.study.stream import refuse_unstreamed

LIKE = '\n[conventions]\nlike = "{}"\n'


def fitted(folder, name):
    study = es.read_study(write_study(folder, STUDY + LIKE.format(name)))
    return study.run()


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return fitted(tmp_path_factory.mktemp("stata"), "stata_estudy")


def test_two_rows_a_test_ours_first_and_the_other_says_what_differs(results):
    frame = results.statistics_conventions
    assert tuple(frame.columns) == COLUMNS
    assert frame["convention"].tolist() == ["eventstudy", "stata_estudy"] * (len(frame) // 2)
    ours, theirs = (frame[frame["convention"] == name] for name in ("eventstudy", "stata_estudy"))
    assert set(ours["note"]) == {""}
    assert theirs["note"].str.contains("RSS/(M-1), not RSS/(M-k)", regex=False).any()
    assert set(frame["measure"]) == {"ar", "car"}
    assert set(frame["group"]) == {"all", "category=up", "category=down"}


def test_the_study_itself_is_unchanged(results, tmp_path):
    plain = es.read_study(write_study(tmp_path)).run()
    assert plain.statistics.equals(results.statistics)
    assert plain.statistics_conventions.empty
    assert "conventions" not in plain.manifest
    assert "conventions" not in plain.manifest["study"]
    with pytest.raises(NotApplicableError, match="give it one, conventions="):
        plain.conventions_table()


def test_the_table_has_a_row_a_window_and_test(results):
    table = results.conventions_table()
    assert not table.duplicated(["group", "window_start", "window_end", "name"]).any()
    assert {"pvalue", "pvalue_stata_estudy", "note"} <= set(table.columns)


@pytest.mark.slow
def test_saved_and_read_back_and_in_the_report(results, tmp_path):
    folder = results.save(tmp_path / "out")
    read = load_results(folder)
    assert_frame_equal(read.conventions_table(), results.conventions_table(), rtol=1e-11)
    page = (folder / "report.html").read_text("utf-8")
    assert "By the conventions of other software" in page
    assert "Pacicco, Vena and Venegoni" in page
    assert read.manifest["study"]["conventions"] == {"like": "stata_estudy"}
    assert read.manifest["conventions"] == convention_facts("stata_estudy")["conventions"]


def test_what_tests_single_sessions_only_has_no_cars(tmp_path):
    results = fitted(tmp_path, "estudy2")
    frame = results.statistics_conventions
    assert (frame["window_start"] == frame["window_end"]).all()
    assert len(results.conventions_table())


def test_window_returns_are_those_of_the_group(results):
    window = es.Window(0, 1)
    returns = window_returns(results.fitted, "category=up", window)
    cars = results.car[results.car["window_end"] == 1]
    up = cars["event_id"].isin(["E1", "E3", "E5"])
    assert sorted(returns.car) == pytest.approx(sorted(cars.loc[up, "car"]))
    assert returns.market.shape == (6, 90)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"conventions": "estudy"}, r"unknown conventions 'estudy'; did you mean 'estudy2'"),
        (
            {"conventions": "wrds", "min_obs": 0, "model": es.Raw(), "statistics": ["sign"]},
            r"conventions=.*nothing is estimated",
        ),
        (
            {"conventions": "wrds", "model": es.ConstantMean(rolling=True),
             "estimation_window": (-150, -21)},
            r"conventions=.*'constant_mean' has another one for every session",
        ),
    ],
)  # fmt: skip
def test_what_has_no_one_residual_variance_is_refused(settings, said):
    with pytest.raises(SpecificationError, match=said):
        es.EventStudy(**settings)


def test_it_is_not_streamed():
    study = es.EventStudy(conventions="wrds", statistics=["bmp"], draws=0)
    with pytest.raises(SpecificationError, match=r"conventions\.like"):
        refuse_unstreamed(study)
