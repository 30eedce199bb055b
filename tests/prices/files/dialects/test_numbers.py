"""Numbers as vendors write them."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.prices.files.dialects.numbers import (
    STYLES,
    NumberStyle,
    is_contradicted,
    is_text,
    plain_numbers,
    plain_volumes,
    style_of,
    without_codes,
    without_signs,
)


def series(*texts):
    return pd.Series(list(texts), dtype=object)


@pytest.mark.parametrize(
    ("texts", "delimiter", "plain"),
    [
        (["1.5", "2"], ",", ["1.5", "2"]),
        (["39,569.68", "7"], ",", ["39569.68", "7"]),
        (["1,234,567"], ",", ["1234567"]),
        (["39.569,68", "1.000"], ",", ["39569.68", "1000"]),
        (["39.569,68", "999,5"], ";", ["39569.68", "999.5"]),
        (["12,5", "13"], ";", ["12.5", "13"]),
        (["1,234", "1.5"], ",", ["1234", "1.5"]),
        (["7,25", "7,5"], ",", ["7.25", "7.5"]),
        (["999,50", "1.000"], ";", ["999.50", "1000"]),
    ],
)
def test_one_style_a_file(texts, delimiter, plain):
    style = style_of([series(*texts)], delimiter)
    assert plain_numbers(series(*texts), style).tolist() == plain


@pytest.mark.parametrize("texts", [["1,234", "5,678"], ["1,234.5", "1.234,5"]])
def test_what_could_be_either_stays(texts):
    style = style_of([series(*texts)], ",")
    assert style.is_undecided
    assert plain_numbers(series(*texts), style).tolist() == texts


def test_what_is_said():
    assert NumberStyle().said == ""
    assert STYLES["1,234.5"].said == "commas stand between thousands"
    assert "dots for thousands" in STYLES["1.234,5"].said


def test_signs_codes_and_volumes():
    assert without_signs(series("$1", "-$2", "3 €", "39'569"))[0].tolist() == [
        "1",
        "-2",
        "3",
        "39569",
    ]
    plain, n = without_codes(series("NA", "1", "#N/A N/A", "-", "x"), ("X",))
    assert (plain.tolist(), n) == (["", "1", "", "", ""], 4)
    assert plain_volumes(series("1.25M", "3K", "2B", "7", "")).tolist() == [
        "1250000", "3000", "2000000000", "7", "",
    ]  # fmt: skip
    assert is_text(series("1"))
    assert is_text(pd.Series([True]))
    assert not is_text(pd.Series([1.0]))


def test_thousands_of_a_semicolon_file_are_told_by_what_is_below_them():
    assert style_of([series("999", "1,003")], ";").is_undecided
    assert style_of([series("36,830", "36,930")], ";").is_guess
    assert not style_of([series("36,83", "36,930")], ";").is_guess
    assert not style_of([series("1,085", "1,086"), series("12345", "7")], ";").is_undecided


def test_decimal_dots_contradict_a_style_with_commas():
    assert is_contradicted(STYLES["1.234,5"], [series("85.12", "85.125")])
    assert not is_contradicted(STYLES["1.234,5"], [series("85,12", "1.085,125")])
    assert not is_contradicted(STYLES["1.234,5"], [series("1.085")])
