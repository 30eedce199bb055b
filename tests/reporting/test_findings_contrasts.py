"""Two kinds of news against each other, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from contrast_frames import NAME, contrasts_frame, row
from frames import statistics_frame

from eventstudy.reporting.finding import Beside, holm
from eventstudy.reporting.findings import findings
from eventstudy.reporting.findings_contrasts import contrast_findings, contrast_tests

LABELS = {"N225": "Nikkei 225", "HSI": "Hang Seng"}
BESIDE = Beside(
    statistics=pd.DataFrame(),
    contrasts=contrasts_frame(0.5),
    first="in total",
    second="beyond S&P 500",
)


def found(frame=None, **more):
    given = {"labels": LABELS, "level": 0.05} | more
    return contrast_findings(contrasts_frame() if frame is None else frame, **given)


def test_all_markets_lead_then_those_that_differ_the_strongest_first() -> None:
    headlines = [finding.headline for finding in found(beside=BESIDE)]
    assert headlines[0] == (
        "After de-escalation news all markets together did better than after escalation news, by "
        "0.95 percentage points in total on the first session (p < 0.001; 60 against 90 dates); "
        "beyond S&P 500 +0.47 points (p < 0.001)."
    )
    assert headlines[1] == (
        "Market by market, all 5 comparisons counted (4 markets and all together), it holds for "
        "Nikkei 225 and Hang Seng, not for CNH and AUDUSD."
    )
    assert headlines[2].startswith("By period: ")
    assert headlines[3].startswith("Before the news")
    assert headlines[4] == (
        "After de-escalation news Nikkei 225 did better than after escalation news, by 1.20 "
        "percentage points in total on the first session (p < 0.001; 60 against 90 dates); "
        "beyond S&P 500 +0.60 points (p < 0.001)."
    )
    assert "Hang Seng" in headlines[5]
    assert "CNH" in headlines[6]


def test_one_model_alone_names_none() -> None:
    assert found()[4].headline == (
        "After de-escalation news Nikkei 225 did better than after escalation news, by 1.20 "
        "percentage points on the first session (p < 0.001; 60 against 90 dates)."
    )


def test_what_survives_adjustment_is_said() -> None:
    by_market = {
        name: finding
        for finding in found()[4:]
        for name in ("Nikkei 225", "CNH")
        if f" {name} did better" in finding.headline
    }
    assert by_market["Nikkei 225"].strength == "strong"
    expected = holm([0.0002, 0.0002, 0.0004, 0.03, 0.52])[3]
    assert by_market["CNH"].strength == "suggestive"
    assert f"for the 5 comparisons shown (Holm) p = {expected:.3f}: it does not hold at 5 %" in (
        by_market["CNH"].detail
    )
    given = contrasts_frame().assign(pvalue_holm=0.04)
    assert [finding.strength for finding in found(given)] == [
        "strong", "further", "further", "further", "strong", "strong", "strong", "none"
    ]  # fmt: skip


def test_a_market_without_a_difference_is_not_hidden() -> None:
    (apart,) = [finding for finding in found(beside=BESIDE) if finding.strength == "none"]
    assert apart.headline == (
        "De-escalation less escalation: cannot be told apart on day 0: AUDUSD +0.07 points "
        "(p = 0.520; 60 and 90 dates), beyond S&P 500 +0.03 points (p = 0.520)."
    )
    assert apart.verdict == "Cannot be told apart"


def test_periods_and_the_days_before_stand_beside() -> None:
    _, periods, before = (finding for finding in found() if finding.strength == "further")
    assert periods.headline == (
        "By period: +1.10 points in 2018-19 (p = 0.001), +0.20 points in 2020-23 (p = 0.400) and "
        "+1.50 points in 2024-25 (p = 0.002)."
    )
    assert "2020-23 +0.20 points (p = 0.400; 20 and 30 dates)" in periods.detail
    assert str(periods.source[0]) == (
        f"contrasts.csv: contrast {NAME} | period=2018-19, security all, window_start 0, "
        "window_end 0"
    )
    # 0.030 does not hold after adjustment for the comparisons there
    assert before.headline == (
        "Before the news, over [-2,-1], de-escalation less escalation was there already: "
        "Hang Seng +1.33 points (p < 0.001)."
    )
    assert "AUDUSD" not in before.headline
    detail = found()[4].detail
    assert "By period: 2018-19 +1.10 points" in detail
    assert "before the news, they differed already: +0.52 points (p = 0.040)" in detail
    assert "Other windows: [0,+1] +1.44 points (p < 0.001)." in detail
    assert "95 % interval +0.80 to +1.60 points." in detail
    assert "3 dates with news of both kinds left out." in detail


def test_without_anticipation_no_sign_of_it_is_claimed() -> None:
    frame = contrasts_frame()
    frame.loc[frame["window_start"] == -2, "pvalue"] = 0.4
    (before,) = [f for f in found(frame) if f.window == (-2, -1)]
    assert before.headline.startswith(
        "Before the news, over [-2,-1], no such difference that holds: "
    )
    assert "There is no sign that it was expected" in before.detail
    later = frame[frame["window_start"] != -2]
    assert not [f for f in found(later) if f.window == (-2, -1)]


def test_two_dates_are_no_inference_and_what_was_not_tested_is_named() -> None:
    frame = pd.DataFrame(
        [
            row(NAME, (0, 0), "A", 0.02, 0.001, n_dates_a=2, n_mixed=0),
            row(NAME, (0, 0), "B", np.nan, np.nan, note="not available: one date"),
        ]
    )
    thin, lacking = found(frame)
    assert thin.verdict == "No inference: fewer than 8 dates"
    assert thin.strength == "suggestive"
    assert "left out" not in thin.detail
    assert lacking.headline == "De-escalation less escalation could not be tested on day 0 for B."
    assert lacking.detail == "Note: not available: one date."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("period: 2018-19 - 2020-23", "After 2018-19 news A did better than after 2020-23 news"),
        ("kind: tariff_cut - us_ban", "After tariff cut news A did better than after US ban news"),
    ],
)
def test_any_two_kinds(name: str, words: str) -> None:
    frame = pd.DataFrame([row(name, (0, 1), "A", 0.02, 0.001)])
    (finding,) = found(frame)
    assert finding.headline.startswith(f"{words}, by 2.00 percentage points over two sessions")


def test_they_lead_the_findings_and_count_among_the_tests() -> None:
    assert len(contrast_tests(contrasts_frame())) == 5
    both = findings(statistics_frame(), contrasts=contrasts_frame(), by_labels=LABELS)
    assert both[0].headline.startswith("After de-escalation news all markets together did")
    (luck,) = [finding for finding in both if "luck alone" in finding.headline]
    assert luck.headline.startswith("24 tests are shown")
    assert "5 fall below 5 % before, and 4 after" in luck.detail


def test_what_is_left_without_a_stretch_is_an_answer_of_its_own() -> None:
    name = f"{NAME} | dates=without 2025-04-02 to 2025-04-14"
    frame = pd.concat([contrasts_frame(), pd.DataFrame([row(name, (0, 0), "all", 0.008, 0.001)])])
    (finding,) = [each for each in found(frame) if each.headline.startswith("Without")]
    assert (
        finding.headline == "Without the dates 2025-04-02 to 2025-04-14: +0.80 points (p = 0.001)."
    )
    assert finding.is_answer
    assert [each.headline for each in found(frame)].index(finding.headline) == 3
    (periods,) = [each for each in found(frame) if each.headline.startswith("By period: ")]
    assert "By period: 2018-19 +1.10 points" in periods.detail


def test_what_went_the_other_way_before_was_not_expected() -> None:
    frame = contrasts_frame()
    before = (frame["window_start"] == -2) & (frame["window_end"] == -1)
    frame.loc[before, "estimate"] *= -1.0
    sentences = [finding.headline for finding in found(frame) if finding.window == (-2, -1)]
    assert all("no such difference that holds" in sentence for sentence in sentences)
    details = " ".join(finding.detail for finding in found(frame))
    assert "they differed the other way round" in details
    assert "some of it was expected" not in details
