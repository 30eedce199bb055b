"""What each market did, in words and as a table: true of its row, and plain."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from contrast_frames import contrasts_frame
from frames import statistics_frame
from ranges_frames import WINDOW, fell, few, range_row, ranges_frame

from eventstudy.reporting.finding import Benchmark, holm
from eventstudy.reporting.findings import findings
from eventstudy.reporting.findings_answers import (
    answer_findings,
    answer_table,
    kind_of,
    market_answers,
    sessions,
)
from eventstudy.reporting.tables import to_text

LABELS = {"N225": "Nikkei 225", "HSI": "Hang Seng China Enterprises"}
SPX = Benchmark(name="the S&P 500", is_last_close=True)


def answers(frame=None, contrasts=None, **more):
    given = {"window": WINDOW, "labels": LABELS, "level": 0.05} | more
    return market_answers(ranges_frame() if frame is None else frame, contrasts, **given)


def told(frame=None, *, benchmark=SPX, **more):
    return answer_findings(answers(frame), level=0.05, benchmark=benchmark, **more)


def test_an_answer_a_market_and_direction_in_plain_words() -> None:
    first, second, third, _ = told()
    assert first.headline == (
        "Nikkei 225: after de-escalation news it rose on 29 of 40 dates; 8 in 10 two-session "
        "moves lay between -1.0 and +2.3 % (ordinary days: -2.1 to +2.5), the middle one at "
        "+0.5 %. By then the S&P 500 had moved +0.6 %; beyond it +0.2 %. The mean against ordinary "
        "days: p = 0.002."
    )
    assert second.headline.startswith("Hang Seng China Enterprises: after de-escalation news it")
    assert third.headline.startswith("Nikkei 225: after escalation news it fell on 29 of 40 dates")
    assert first.is_answer
    assert str(first.source[0]) == (
        "ranges.csv: group direction=de-escalation, security N225, window_start 0, window_end 1"
    )
    assert first.source[0].anchor == "ranges-direction-de-escalation-n225-0-1"
    words = " ".join(finding.headline for finding in told())
    assert not re.search(r"\b(CAR|CAAR|placebo|Holm|abnormal|pairs?|statistic)\b", words)


def test_every_answer_is_adjusted_for_all_that_are_shown() -> None:
    adjusted = holm([0.002, 0.03, 0.002, 0.03])
    assert [answer.adjusted for answer in answers()] == pytest.approx(adjusted)
    first, second, _, _ = told()
    assert (first.strength, second.strength) == ("strong", "suggestive")
    assert f"Adjusted for the 4 answers tested p = {adjusted[0]:.3f}: it holds at 5 %." in (
        first.detail
    )
    assert "it does not hold at 5 %. 3 dates with the opposite news" in second.detail
    quiet = told(ranges_frame().assign(pvalue=0.4))[0]
    assert (quiet.strength, quiet.verdict) == ("none", "Not told apart from ordinary days")


def test_few_dates_have_neither_range_nor_star() -> None:
    frame = pd.DataFrame([few("direction=escalation", "N225", pvalue=0.001)])
    (finding,) = told(frame)
    assert finding.headline == (
        "Nikkei 225: after escalation news it rose on 4 of 5 dates; the middle two-session move "
        "was +0.5 %. By then the S&P 500 had moved +0.6 %; beyond it +0.2 %. The mean against "
        "ordinary days: p = 0.001."
    )
    assert finding.strength == "none"
    assert finding.verdict == "Too few dates to tell: a range needs 8"
    table = answer_table(answers(frame), level=0.05)
    assert not table["p"].str.contains(r"\*").any()
    assert "Under 8 dates there is no range and no test." in table.attrs["notes"]


def test_without_a_test_or_a_benchmark_none_is_claimed() -> None:
    frame = ranges_frame().assign(pvalue=np.nan, benchmark_median=np.nan)
    first = told(frame)[0]
    assert first.headline.endswith("the middle one at +0.5 %.")
    assert first.verdict == "Not tested against ordinary days"
    assert first.detail == "3 dates with the opposite news, too, left out."
    same_day = Benchmark(name="the S&P 500", is_last_close=False)
    assert "Meanwhile the S&P 500 moved +0.6 %;" in told(benchmark=same_day)[0].headline
    assert "S&P" not in told(benchmark=None)[0].headline
    unexplained = ranges_frame().assign(beyond_median=np.nan)
    assert "had moved +0.6 %. The mean" in told(unexplained)[0].headline


def test_a_turned_return_is_in_the_expected_direction_wherever_it_is_said() -> None:
    found = answers(sign="expected")
    assert {str(answer.row.group) for answer in found} == {"all"}
    first = answer_findings(found, level=0.05, sign="expected", alternative="greater")[0].headline
    assert "after the news it moved in the expected direction on 29 of 40 dates" in first
    assert "two-session moves in the expected direction lay between" in first
    assert first.endswith("p = 0.600, one-sided (greater).")
    table = answer_table(found, level=0.05, sign="expected", alternative="greater")
    assert "moves in the expected direction" in table.attrs["notes"]
    assert "p of the mean (one-sided (greater))" in table.attrs["notes"]


def test_a_benchmark_is_turned_with_the_returns_beside_it() -> None:
    found = answers(sign="expected")
    first = answer_findings(found, level=0.05, sign="expected", benchmark=SPX)[0].headline
    assert "the S&P 500 had moved +0.6 % in the expected direction; beyond it" in first


def test_a_p_value_says_which_return_it_is_of() -> None:
    spx = Benchmark(name="SPX", is_last_close=True, tested="beyond SPX")
    assert (
        "The mean beyond SPX against ordinary days: p = 0.002." in told(benchmark=spx)[0].headline
    )
    frame = ranges_frame().assign(benchmark_median=np.nan)
    notes = answer_table(answers(frame), level=0.05, benchmark=spx).attrs["notes"]
    assert "p of the mean beyond SPX: how often" in notes
    assert "by the same close" not in notes


def test_the_kinds_answered_for_are_fixed_beforehand() -> None:
    def groups(frame, contrasts=None):
        return list(dict.fromkeys(str(a.row.group) for a in answers(frame, contrasts)))

    directions = ["direction=de-escalation", "direction=escalation"]
    assert groups(ranges_frame()) == directions
    named = contrasts_frame().assign(contrast="category: deal - threat")
    assert groups(ranges_frame(), named) == ["category=deal"]
    assert groups(ranges_frame(), contrasts_frame()) == directions
    sizes = {"u": 9, "v": 30, "w": 12, "x": 20}
    own = pd.DataFrame([range_row(f"side={k}", "N225", n_dates=n) for k, n in sizes.items()])
    assert groups(own) == ["side=v", "side=w", "side=x"]
    assert groups(pd.DataFrame([range_row("all", "N225")])) == ["all"]
    assert answers(pd.DataFrame()) == []
    assert answers(window=(0, 5)) == []


def test_many_markets_or_markets_of_few_dates_answer_together() -> None:
    names = [f"F{number}" for number in range(9)]
    many = pd.DataFrame([range_row("all", name) for name in [*names, "all"]])
    (answer,) = answers(many)
    assert answer.market == "all markets together"
    thin = pd.DataFrame([few("all", "A", 1), few("all", "B", 1), few("all", "all", 2)])
    (finding,) = told(thin)
    assert finding.headline.startswith("All markets together: after the news they rose on 1 of 2")


def test_the_table_fits_a_terminal() -> None:
    table = answer_table(answers(), level=0.05, benchmark=SPX)
    text = to_text(table, 80)
    assert max(map(len, text.splitlines())) <= 80
    lines = text.splitlines()
    assert lines[2] == "After de-escalation news"
    assert lines[3].split() == [
        "Nikkei", "225", "29/40", "+0.5", "-1.0", "to", "+2.3", "-2.1", "to", "+2.5", "+0.6",
        "+0.2", "0.002*",
    ]  # fmt: skip
    assert lines[4].startswith("HSI "), "a long name is its code"
    assert "* below 5 % after adjustment for the 4 shown." in table.attrs["notes"]
    none = answer_table(answers(ranges_frame().assign(pvalue=0.4)), level=0.05)
    assert "None is below 5 %" in none.attrs["notes"]
    assert answer_table([], level=0.05).empty


def test_words() -> None:
    assert kind_of("category*direction=tariff_cut*escalation") == "tariff cut escalation news"
    assert sessions((0, 11)) == "12-session"


def test_they_follow_the_contrast_and_count_among_the_tests() -> None:
    found = findings(
        statistics_frame(), contrasts=contrasts_frame(), ranges=ranges_frame(), by_labels=LABELS
    )
    first = [finding.is_answer for finding in found]
    assert first == sorted(first, reverse=True)
    assert [finding.group for finding in found[:4]] == [None] * 3 + ["direction=de-escalation"]
    (luck,) = [finding for finding in found if "luck alone" in finding.headline]
    assert luck.headline.startswith("28 tests are shown")  # 19 groups, 5 contrasts, 4 answers


def test_down_and_up_are_counted_as_they_are() -> None:
    (finding,) = told(pd.DataFrame([fell("all", "N225", n_up=20, n_down=20)]))
    assert "it rose on 20 of 40 dates" in finding.headline
