"""Groups, windows, numbers and p-values as a reader would write them."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest

from eventstudy.reporting import wording


def row(**columns: object) -> SimpleNamespace:
    return SimpleNamespace(**columns)


def test_groups_and_their_values() -> None:
    assert wording.group_label("category*security=deal*N225", {"N225": "Nikkei"}) == "deal × Nikkei"
    assert wording.value_label("us_eu_talks") == "US EU talks"
    assert wording.value_label("usdCNH_x") == "usdCNH_x"
    assert wording.grouping_label("category*security=deal*N225") == "By category × security"
    assert wording.grouping_label("all") == ""
    groups = ["a*b=x*y", "b=2", "all", "a=1", "b=1", "b=2"]
    assert wording.group_order(groups) == ["all", "b=2", "b=1", "a=1", "a*b=x*y"]


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (-0.001, {}, "0.00"),
        (-0.001, {"sign": True}, "0.00"),
        (1.005, {"sign": True}, "+1.00"),
        (math.inf, {}, "inf"),
        (-math.inf, {}, "-inf"),
        (math.nan, {}, ""),
        (3, {"digits": 0}, "3"),
    ],
)
def test_numbers_have_fixed_decimals_and_no_negative_zero(value, options, text) -> None:
    assert wording.number(value, **options) == text


def test_p_values_and_their_stars() -> None:
    assert wording.p_equals(0.00099) == "p < 0.001"
    assert wording.p_equals(0.05) == "p = 0.050"
    assert [wording.stars_for(p) for p in (0.009, 0.01, 0.05, 0.1, math.nan)] == [
        "***", "**", "*", "", "",
    ]  # fmt: skip
    assert wording.stars_legend() == "*** 1 %, ** 5 %, * 10 %"
    assert wording.sided("less") == "one-sided (less)"


def test_what_stands_behind_a_row() -> None:
    assert wording.behind(row(n_events=1)) == "1 event"
    assert wording.behind(row(n_events=9, n_units=1.0)) == "9 events on 1 independent date"
    assert wording.is_thin(row(n_events=9, n_units=7))
    assert not wording.is_thin(row(n_events=8, n_units=math.nan))


def test_shares_of_few_are_counts() -> None:
    assert wording.share(0.5, 8, total=40) == "50 %"
    assert wording.share(0.5, 4, total=8) == "2 of 4 (50 %)"


def test_losses_are_apart_from_what_the_study_left_out() -> None:
    dropped = pd.DataFrame({"stage": ["select", "market", "select", "coverage", "elsewhere"]})
    lost, left_out = wording.losses(dropped, ("select", "market", "elsewhere"))
    assert lost["stage"].tolist() == ["coverage"]
    assert left_out == {
        "left out by events.select": 2,
        "not of the event's markets": 1,
        "left out at elsewhere": 1,
    }
    assert wording.losses(dropped.iloc[:0], ("select",))[1] == {}


def test_no_row_of_few_dates_has_stars_whatever_is_asked() -> None:
    strong = {"pvalue": 0.001, "n_events": 48}
    assert wording.mark_of(row(**strong, n_units=8)) == "***"
    assert wording.mark_of(row(**strong, n_units=7)) == ""
    assert wording.mark_of(row(**strong, n_units=7), min_dates=1) == ""
    assert wording.mark_of(row(**strong, n_units=9), min_dates=10) == ""
    assert wording.mark_of(row(pvalue=0.001, n_events=7)) == ""


def test_stars_stand_for_the_corrected_p_value_where_the_size_is_off() -> None:
    facts = {"pvalue": 0.001, "n_events": 48, "name": "bmp", "size": 0.6, "n_draws": 99.0}
    off = row(**facts, size_low=0.55, size_high=0.65, pvalue_corrected=0.289)
    assert wording.mark_of(off) == ""
    assert wording.mark_of(off, source="own") == "***"
    seldom = row(**facts, size_low=0.0, size_high=0.02, pvalue_corrected=0.04)
    assert (wording.star_pvalue(seldom), wording.mark_of(seldom)) == (0.04, "**")
    sound = row(**facts, size_low=0.04, size_high=0.05, pvalue_corrected=0.289)
    assert (wording.star_pvalue(sound), wording.mark_of(sound)) == (0.001, "***")
    earlier = row(**facts, size_low=0.55, size_high=0.65)
    assert wording.mark_of(earlier) == ""  # a size that is off and nothing to correct it by
    assert wording.correction_note([sound]) == ""
    said = wording.correction_note([off, off], {"bmp": "BMP"})
    assert "(BMP: 60 % in place of 5 %), its stars stand for the rank of its p-value" in said
    assert said.endswith("among those of the same test there (99 draws).")


def test_a_size_is_judged_at_every_level_that_has_stars() -> None:
    """Sound at 5 % and far off at 1 %: three stars are not one in a hundred."""
    facts = {"n_events": 48, "name": "patell", "size": 0.055, "size_low": 0.04, "size_high": 0.07}
    off = row(**facts, n_draws=1999, pvalue=0.004, pvalue_corrected=0.03,
              sizes_off="1 % (3.1 %), 10 % (14.2 %)")  # fmt: skip
    assert wording.is_size_off(off)
    assert (wording.star_pvalue(off), wording.mark_of(off)) == (0.03, "**")
    assert wording.mark_of(off, source="own") == "***"
    # stars at other levels: what was found at 1 and 10 % does not concern them
    only_5 = ((0.05, "*"),)
    assert wording.star_pvalue(off, stars=only_5) == 0.004
    assert wording.mark_of(off, only_5) == "*"
    assert wording.correction_note([off], stars=only_5) == ""
    one = row(**facts, n_draws=1999, pvalue=0.004, pvalue_corrected=0.03, sizes_off="1 % (3.1 %)")
    assert wording.is_size_off(one, ((0.1, "*"), (0.01, "**")))
    assert not wording.is_size_off(one, ((0.1, "*"), (0.05, "**")))
    for nothing in ("", math.nan):
        sound = row(**facts, pvalue=0.004, pvalue_corrected=0.03, sizes_off=nothing)
        assert wording.mark_of(sound) == "***"
    bad = row(**{**facts, "name": "bmp", "size": 0.6, "size_low": 0.55, "size_high": 0.65},
              n_draws=1999, sizes_off="1 % (50.0 %)")  # fmt: skip
    said = wording.correction_note([bad, off])
    assert (
        "(bmp: 60 % in place of 5 %; patell: 3.1 % in place of 1 %, 14.2 % in place of 10 %), its"
    ) in said
    near = [row(**{**facts, "size": size, "size_low": size - 0.001, "size_high": size + 0.001})
            for size in (0.0412, 0.0538)]  # fmt: skip
    # rounded to 4 and 5 %, the second would be called off and look sound
    assert "(patell: 4.1 to 5.4 % in place of 5 %)" in wording.correction_note(near)


def test_what_is_left_of_a_move_before_day_0() -> None:
    facts = {"ambiguous": 0.5, "estimate_clear": math.nan, "pvalue_clear": math.nan}
    assert wording.uncertain_day0(row(**facts)).endswith("uncertain, and none is left without them")
    facts["estimate_clear"] = -0.01
    assert wording.uncertain_day0(row(**facts)).endswith("without them -1.00 % (p not available)")
    assert wording.uncertain_day0(row(ambiguous=math.nan)) == ""
