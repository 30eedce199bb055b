"""What the further analyses are asked, by a study file and by a caller."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy import EventStudy
from eventstudy.analyses.requests import Activity, CrossSection
from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.study_file import parse_study


def test_study_file_says_the_measures_and_says_them_again():
    tables = {
        "events": {"bundled": True},
        "activity": {"measures": ["volume", "beaver"], "volume_model": "market_model"},
    }
    parsed = parse_study(tables)
    options = Activity(measures=("volume", "beaver"), volume_model="market_model")
    assert parsed.study.activity == options
    assert parse_study(parsed.to_dict()).study == parsed.study
    whole = parse_study({"events": {"bundled": True}, "activity": {}})
    assert whole.study.activity == Activity()
    assert parse_study({"events": {"bundled": True}}).study.activity is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"measures": "volume"}, "activity.measures must be a list of texts"),
        ({"measures": []}, "activity.measures is empty"),
        ({"measures": ["volumes"]}, "unknown measure \"volumes\"; did you mean 'volume'"),
        ({"measures": ["range", "range"]}, "activity.measures names 'range' twice"),
        ({"measure": ["range"]}, "unknown key activity.measure; did you mean 'measures'"),
        ({"volume_model": "market"}, 'unknown model "market"'),
    ],
)
def test_study_file_refuses_wrong_measures(table, message):
    with pytest.raises(SpecificationError, match=message):
        parse_study({"events": {"bundled": True}, "activity": table})


def tables(**cross_section):
    return {"events": {"bundled": True}, "cross_section": cross_section}


def test_study_file_says_the_regression_and_says_it_again():
    parsed = parse_study(
        tables(columns=["category", "C(level)"], window=[0, 0], covariance="event")
    )
    options = CrossSection(columns=("category", "C(level)"), window=(0, 0), covariance="event")
    assert parsed.study.cross_section == options
    again = parse_study(parsed.to_dict())
    assert again.study == parsed.study
    assert parse_study({"events": {"bundled": True}}).study.cross_section is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "cross_section.columns is missing"),
        ({"columns": "category"}, "cross_section.columns must be a list of texts"),
        ({"columns": []}, "cross_section.columns is empty"),
        ({"columns": ["a", "a"]}, "names 'a' twice"),
        ({"columns": ["a"], "windw": [0, 1]}, "unknown key cross_section.windw.*'window'"),
        ({"columns": ["a"], "window": 1}, "cross_section.window must be two whole numbers"),
        ({"columns": ["a"], "window": [0, 90]}, "is not inside windows.event"),
        ({"columns": ["a"], "covariance": "twoway"}, "unknown value \"twoway\".*'two_way'"),
        ({"columns": ["a"], "weights": 1}, "cross_section.weights must be a text"),
    ],
)
def test_study_file_refuses_a_wrong_regression(table, message):
    with pytest.raises(SpecificationError, match=message):
        parse_study(tables(**table))


def test_a_value_that_is_no_regression_is_refused():
    with pytest.raises(SpecificationError, match="cross_section: expected a CrossSection"):
        EventStudy(cross_section={"columns": ["salience"]})


def contrast_tables(**statistics):
    return {"events": {"bundled": True}, "statistics": statistics}


def test_study_file_says_the_contrasts_and_says_them_again():
    asked = [["direction", "de-escalation", "escalation"], ["category", "deal", "threat"]]
    parsed = parse_study(
        contrast_tables(contrast=asked, contrast_by=["period"], contrast_within="month")
    )
    assert parsed.study.contrast == tuple(map(tuple, asked))
    assert (parsed.study.contrast_by, parsed.study.contrast_within) == (("period",), "month")
    assert parse_study(parsed.to_dict()).study == parsed.study
    spans = [["2025-04-02", dt.date(2025, 4, 14)]]
    left = parse_study(contrast_tables(contrast=asked, contrast_without=spans))
    assert left.study.contrast_without == (("2025-04-02", "2025-04-14"),)
    assert parse_study(left.to_dict()).study == left.study
    plain = parse_study(contrast_tables())
    assert (plain.study.contrast, plain.study.contrast_within) == ((), None)
    one = EventStudy(contrast=("direction", "de-escalation", "escalation"))
    assert one.contrast == (tuple(asked[0]),)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"contrast": "direction"}, "statistics.contrast must be a list of column and two"),
        ({"contrast": [["direction", "a"]]}, "statistics.contrast must be a list of column"),
        ({"contrast": [["direction", "a", "a"]]}, "compares 'a' of 'direction' with itself"),
        ({"contrast": [["d", "a", "b"]] * 2}, "names 'd: a - b' twice"),
        ({"contrast_within": "moth"}, "unknown value \"moth\"; did you mean 'month'"),
        ({"contarst": []}, "unknown key statistics.contarst.*'contrast'"),
        ({"contrast_by": "period"}, "statistics.contrast_by must be a list of texts"),
        ({"contrast_without": ["2025-04-02"]}, "contrast_without must be a list of first and last"),
        ({"contrast_without": [["2025-04-02", "May"]]}, "holds .*; dates are left out from a"),
        ({"contrast_without": [["2025-04-02", "2025-04-01"]]}, "2025-04-01 lies before 2025-04-02"),
    ],
)
def test_study_file_refuses_a_wrong_contrast(table, message):
    with pytest.raises(SpecificationError, match=message):
        parse_study(contrast_tables(**table))


@pytest.mark.parametrize("value", ["direction", [("direction", "a")], [("d", "a", " ")], [3], 3])
def test_what_is_no_contrast_is_refused(value):
    with pytest.raises(SpecificationError, match="a contrast is a column and two of its values"):
        EventStudy(contrast=value)


def test_a_coding_of_a_category_is_a_formula_and_no_name_of_a_column():
    formula = CrossSection(columns="car ~ C(level, contr.sum)").formula
    assert formula is not None
    assert formula.columns == ("level",)


@pytest.mark.parametrize("name", ["control_group", "synthetic_control", "factor_adjusted"])
@pytest.mark.parametrize("table", ["model", "model.beside"])
def test_a_model_without_its_donors_is_refused(name, table):
    model = {"name": name}
    tables = {"events": {"bundled": True}}
    tables["model"] = model if table == "model" else {"beside": model}
    with pytest.raises(SpecificationError, match=f"{table}.donors is missing") as error:
        parse_study(tables)
    assert error.value.key == f"{table}.donors"


@pytest.mark.parametrize(
    ("make", "key", "sentence"),
    [
        (lambda: CrossSection(columns=[]), "columns", "columns is empty"),
        (lambda: CrossSection(columns="lhs ~ a"), "columns", "columns: a formula explains"),
        (lambda: CrossSection(columns=3), "columns", "columns: expected texts"),
        (lambda: CrossSection(columns=["a"], window=(1, 0)), "window", "window: window"),
        (
            lambda: CrossSection(columns=["a"], covariance="datum"),
            "covariance",
            "did you mean 'date",
        ),
        (lambda: CrossSection(columns=["a"], weights="x"), "weights", "unknown weights 'x'"),
        (lambda: Activity(measures=[]), "measures", "measures is empty"),
        (lambda: Activity(volume_model="x"), "volume_model", "unknown volume_model 'x'"),
    ],
)
def test_errors_of_calls_name_arguments(make, key, sentence):
    with pytest.raises(SpecificationError, match=f"^{sentence}|{sentence}") as caught:
        make()
    assert caught.value.key == key
    assert "cross_section" not in str(caught.value)
