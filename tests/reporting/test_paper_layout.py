"""The table of a paper: what stands in which cell, and what its notes say of stars and tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from paper_numbers import BMP, PLACEBO, drawn, numbers

from eventstudy.exceptions import SpecificationError
from eventstudy.reporting.paper_layout import PaperLayout, shown_parts


def column(table, name):
    return table[name].tolist()


def notes(table):
    return table.attrs["notes"]


def test_stars_are_those_of_size_corrected_p_values():
    table = drawn()
    assert list(table.columns) == ["Window", "CAAR, %", "N", "Dates"]
    assert column(table, "Window") == ["[0,0]", "", "[0,+1]", "", "Size, %"]
    # its own p-value, which is shown, would have three
    assert column(table, "CAAR, %") == ["0.72", "(0.004)", "0.72", "(0.004)", "60"]
    assert column(table, "N")[:2] == ["1,234", ""]
    assert "(bmp: 60 % in place of 5 %), its stars stand for the rank" in notes(table)
    assert "(199 draws)" in notes(table)
    assert "bmp: null, the mean is zero; assumes independent pairs." in notes(table)


def test_a_significant_corrected_p_value_has_its_stars():
    assert column(drawn(numbers(pvalue_corrected=0.02)), "CAAR, %")[0] == "0.72**"


def test_a_sound_test_and_a_rank_keep_their_own_stars():
    sound = numbers(size=0.05, size_low=0.04, size_high=0.06)
    assert column(drawn(sound), "CAAR, %")[0] == "0.72***"
    assert "At placebo dates" not in notes(drawn(sound))
    rank = drawn(numbers(["placebo"]))
    assert column(rank, "CAAR, %")[0] == "0.72***"
    assert "Size, %" not in column(rank, "Window")
    assert "Without a measured size" not in notes(rank)
    assert "Size: share" not in notes(rank)


def test_the_switch_of_stars():
    own = drawn(stars="own")
    assert column(own, "CAAR, %")[0] == "0.72***"
    assert "by the tests' own p-values, also where the measured size is off" in notes(own)
    none = drawn(stars=None)
    assert column(none, "CAAR, %")[0] == "0.72"
    assert "Stars" not in notes(none)


def test_without_a_measured_size_the_notes_say_whose_stars_they_are():
    nothing = dict.fromkeys(["size", "size_low", "size_high", "pvalue_corrected"], np.nan)
    table = drawn(numbers(**nothing))
    assert column(table, "CAAR, %")[0] == "0.72***"
    assert "Without a measured size, by their own p-values: bmp." in notes(table)


def test_an_off_size_without_a_corrected_p_value_has_no_stars():
    assert column(drawn(numbers(pvalue_corrected=np.nan)), "CAAR, %")[0] == "0.72"


def test_few_dates_have_a_mark_instead_of_stars():
    table = drawn(numbers(["placebo"], n_units=3))
    assert column(table, "CAAR, %")[0] == "0.72†"
    assert "† fewer than 8 dates" in notes(table)


def test_tests_side_by_side_have_their_statistics_beside_the_means():
    frame = numbers(["bmp", "placebo", "bhar_t"])
    table = drawn(frame, show=("estimate", "statistic", "p", "size"), labels={"bmp": "BMP"})
    assert list(table.columns) == ["Window", "CAAR, %", "BHAR, %", "BMP", "placebo", "bhar_t"]
    assert table.iloc[0].tolist() == ["[0,0]", "0.72", "0.72", "3.60", "3.60***", "3.60"]
    assert table.iloc[1].tolist() == ["", "", "", "(0.004)", "(0.004)", "(0.004)"]
    assert table.iloc[-1].tolist() == ["Size, %", "", "", "60", "", "60"]
    assert "Columns of tests: test statistics. Below: p-values in parentheses." in notes(table)
    assert "BHAR: mean buy-and-hold abnormal return" in notes(table)
    assert "(BMP: 60 % in place of 5 %; bhar_t: 60 % in place of 5 %)" in notes(table)


def test_a_buy_and_hold_return_is_called_so_alone_too():
    assert list(drawn(numbers(["bhar_t"])).columns)[1] == "BHAR, %"
    assert "CAAR" not in notes(drawn(numbers(["bhar_t"])))


def test_brackets_tell_what_stands_below():
    table = drawn(show=("estimate", "statistic", "se", "p"))
    assert column(table, "CAAR, %")[:4] == ["0.72", "(3.60)", "[0.20]", "{0.004}"]
    said = "test statistics in parentheses, standard errors in brackets and p-values in braces"
    assert said in notes(table)
    missing = drawn(numbers(std_error=np.nan), show=("estimate", "se"))
    assert column(missing, "CAAR, %")[1] == "(n/a)"
    by_date = drawn(numbers(error="date"), show=("estimate", "se"))
    assert "Standard errors beside bmp: of the mean, grouped by date." in notes(by_date)


def test_panels_and_blocks():
    frame = numbers(["bmp", "placebo"], panels=("escalation", "neutral"), columns=("B", "A"))
    table = drawn(frame, show=("estimate", "statistic", "n", "size"), labels={"A": "Market A"})
    assert isinstance(table.columns, pd.MultiIndex)
    assert list(dict.fromkeys(table.columns.get_level_values(0))) == ["", "B", "Market A"]
    first = table.iloc[:, 0].tolist()
    assert first == [
        "Panel A: escalation", "[0,0]", "[0,+1]", "N", "Size, %",
        "Panel B: neutral", "[0,0]", "[0,+1]", "N", "Size, %",
    ]  # fmt: skip
    assert table.iloc[3].tolist() == ["N", "1,234", "", "", "1,234", "", ""]
    alone = drawn(numbers(columns=("B", "A")), show=("estimate", "p"))
    assert list(alone.columns) == ["Window", "B", "A"]


def test_days_windows_and_both():
    days = numbers(windows=((-1, -1), (0, 0), (1, 1)), part="day")
    table = drawn(days, rows="day", show=("estimate", "caar", "positive", "median"))
    assert list(table.columns) == ["Day", "AAR, %", "CAAR, %", "Positive, %", "Median, %"]
    assert column(table, "Day") == ["-1", "0", "+1"]
    assert table.iloc[0].tolist()[2:] == ["1.00", "62.5", "0.50"]
    both = drawn(pd.concat([days, numbers()]), rows="both", show=("estimate",))
    assert [text for text in column(both, "Window") if "by" in text] == [
        "Average, by day", "Cumulative, by window",
    ]  # fmt: skip


def test_decimals_and_digits():
    table = drawn(percent=False, digits=4, show=("estimate",))
    assert (list(table.columns)[1], table.iloc[0, 1]) == ("CAAR", "0.0072")
    assert "in decimals" in notes(table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": "hour"}, "unknown rows"),
        ({"show": ("estimate", "medain")}, "did you mean 'median'"),
        ({"stars": "correct"}, "did you mean 'corrected'"),
        ({"digits": -1}, "a whole number from 0 to 10"),
        ({"show": ("n",)}, "one of estimate, statistic, se and p"),
        ({"tests": (BMP, PLACEBO), "show": ("estimate",)}, "name one of them in show"),
    ],
)
def test_what_cannot_be_shown_is_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        PaperLayout(**({"tests": (BMP,)} | options))


def test_parts_by_other_names():
    assert shown_parts("t") == ("statistic",)
    assert shown_parts(["p", "pvalue", "std_error"]) == ("p", "se")
