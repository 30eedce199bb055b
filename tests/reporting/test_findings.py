"""Sentences are true of their numbers and promise no more than they hold."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from frames import alignment_frame, dropped_frame, events_frame, statistics_frame

from eventstudy.exceptions import SpecificationError
from eventstudy.reporting.finding import Finding
from eventstudy.reporting.findings import findings


def _of(found: list[Finding], strength: str) -> list[Finding]:
    return [finding for finding in found if finding.strength == strength]


def test_a_significant_group_is_named_with_its_numbers() -> None:
    (finding,) = _of(findings(statistics_frame()), "strong")
    assert (finding.group, finding.window) == ("category=talk_signal", (0, 1))
    assert finding.headline == (
        "Talk signal news: +0.99 % abnormal return on average over [0,+1] "
        "(p = 0.001, 9 events on 8 independent dates)."
    )
    assert "+0.90, 95 % interval +0.35 to +1.45" in finding.detail
    assert (
        "Adjusted for the 19 groups tested (Holm) p = 0.023, which holds at 5 %" in finding.detail
    )
    assert "kolari_pynnonen p = 0.002 and portfolio_t p = 0.002" in finding.detail


def test_nothing_significant_says_that_no_kind_of_news_moved_markets_and_what_was_invisible() -> (
    None
):
    found = findings(statistics_frame(strong=None))
    assert not _of(found, "strong") + _of(found, "suggestive")
    (quiet,) = _of(found, "none")
    assert quiet.headline == (
        "No kind of news moved these markets in a common direction over [0,+1]: "
        "none of 19 groups shows a common move."
    )
    assert "Whether they moved in different directions is not known" in quiet.detail
    assert quiet.verdict == "No common move"
    assert "under 0.9 daily volatilities (0.99 %)" in quiet.detail
    assert "Absence of evidence is not evidence of absence" in quiet.detail


def test_a_result_that_does_not_survive_adjustment_is_only_suggestive() -> None:
    frame = statistics_frame()
    frame.loc[
        (frame["group"] == "category=talk_signal") & (frame["name"] == "placebo"), "pvalue"
    ] = 0.03
    (finding,) = _of(findings(frame), "suggestive")
    assert "so this is suggestive only" in finding.detail
    frame["pvalue_holm"] = 0.04
    (finding,) = _of(findings(frame), "strong")
    assert "p = 0.040" in finding.detail


def test_the_number_of_false_positives_to_expect_is_stated() -> None:
    found = findings(statistics_frame())
    (luck,) = [finding for finding in found if "luck" in finding.headline]
    assert "19 tests are shown" in luck.headline
    assert "about 0.9 significant" in luck.headline or "about 1.0 significant" in luck.headline
    assert "1 falls below 5 % before, and 1 after" in luck.detail


@pytest.mark.slow
def test_the_window_is_never_chosen_by_its_p_values() -> None:
    frame = statistics_frame(strong=None)
    car = (frame["measure"] == "car") & (frame["window_start"] == -1)
    frame.loc[car, "pvalue"] = 1e-6
    assert not _of(findings(frame), "strong")
    assert {finding.window for finding in _of(findings(frame, window=(-1, 1)), "strong")} == {
        (-1, 1)
    }


@pytest.mark.slow
def test_no_sentence_claims_a_cause() -> None:
    events = events_frame()
    for strong in ("category=talk_signal", None):
        found = findings(
            statistics_frame(strong=strong),
            alignment=alignment_frame(events),
            dropped=dropped_frame(events),
        )
        text = " ".join(finding.headline + " " + finding.detail for finding in found)
        assert not re.search(r"\b(caus\w+|because of|led to|due to|prove[sdn]?|drove)\b", text)
        assert "nan" not in text
        assert "  " not in text


def test_opposite_signs_of_mean_and_effect_are_told() -> None:
    frame = statistics_frame()
    strong = frame["group"] == "category=talk_signal"
    frame.loc[strong, "estimate"] *= -1
    (finding,) = _of(findings(frame), "strong")
    assert "The mean return has the other sign" in finding.detail


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    ("units", "words", "strength", "verdict"),
    [
        (1, "a single date", "suggestive", "No inference: fewer than 8 dates"),
        (7, "7 independent dates only: a day that was", "suggestive", "No inference: fewer"),
        (8, "In units of daily volatility", "strong", "Holds after adjustment"),
    ],
)
def test_few_dates_are_a_caution(units: int, words: str, strength: str, verdict: str) -> None:
    frame = statistics_frame()
    frame.loc[frame["group"] == "category=talk_signal", "n_units"] = units
    (finding,) = _of(findings(frame), strength)
    assert words in finding.detail
    assert finding.verdict.startswith(verdict)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("side", ["greater", "less"])
def test_one_sided_p_values_are_called_so(side: str) -> None:
    found = findings(statistics_frame(), alternative=side)  # type: ignore[arg-type]
    (strong,) = _of(found, "strong")
    assert f"The p-values are one-sided ({side})." in strong.detail
    (luck,) = [finding for finding in found if "luck" in finding.headline]
    assert f"one-sided ({side})" in luck.detail
    both = findings(statistics_frame())
    assert not any("sided" in finding.detail for finding in both)


def test_what_luck_makes_of_one_test_is_not_rounded_up() -> None:
    frame = statistics_frame()
    found = findings(frame[frame["group"] == "all"])
    (luck,) = [finding for finding in found if "luck" in finding.headline]
    assert "luck alone would make about 0.05 significant at 5 %" in luck.headline


@pytest.mark.slow
def test_a_choice_of_the_study_is_no_loss_and_only_studied_pairs_are_counted() -> None:
    events = events_frame(4)
    alignment = alignment_frame(events)  # 4 events x 6 markets
    chosen = alignment[alignment["event_id"] == events["event_id"].iloc[1]]
    dropped = pd.concat(
        [
            dropped_frame(events),
            chosen[["event_id", "security"]].assign(stage="select", reason="left out"),
        ],
        ignore_index=True,
    )
    found = findings(statistics_frame(), alignment=alignment, dropped=dropped)
    (lost,) = [finding for finding in found if "dropped" in finding.headline]
    assert lost.headline == "3 pairs of event and market were dropped."
    assert "6 pairs left out by events.select" in lost.detail
    assert "select" not in lost.detail.split(";")[0]
    (known,) = [finding for finding in found if "could first react" in finding.headline]
    assert "the 15 pairs studied" in known.headline
    kept = alignment.merge(dropped[["event_id", "security"]], how="left", indicator=True)
    later = int(kept.loc[kept["_merge"] == "left_only", "benchmark_reacts_later"].sum())
    assert f"{later} ({later / 15 * 100:.0f} %) reach the market" in known.detail
    only = findings(statistics_frame(), dropped=dropped[dropped["stage"] == "select"])
    assert "No pair of event and market was dropped." in [finding.headline for finding in only]


def test_a_group_that_could_not_be_tested_is_listed_with_its_reason() -> None:
    frame = statistics_frame()
    group = (frame["group"] == "category=deal") | (frame["group"] == "category=retaliation")
    frame.loc[group & (frame["name"] == "placebo"), ["pvalue", "note"]] = [
        np.nan,
        "4 placements exist",
    ]
    (finding,) = [f for f in _of(findings(frame), "none") if "could not be tested" in f.headline]
    assert finding.detail == "retaliation (2 events on 1 independent date: 4 placements exist)."


def test_columns_beyond_the_contract_are_optional() -> None:
    frame = statistics_frame()[
        [
            "group", "window_start", "window_end", "measure", "name", "estimate", "std_error",
            "statistic", "df", "pvalue", "ci_low", "ci_high", "n_pairs", "n_events",
        ]
    ]  # fmt: skip
    (finding,) = _of(findings(frame), "strong")
    assert finding.headline.endswith("(p = 0.001, 9 events).")
    assert "volatility" not in finding.detail


def test_statistics_that_over_reject_are_named_with_their_size() -> None:
    (finding,) = [f for f in findings(statistics_frame()) if "reject" in f.headline]
    assert finding.headline.startswith("patell (25 %), bmp (22 %), cross_sectional_t (21 %)")
    assert "placebo (" not in finding.headline


def test_labels_and_markets() -> None:
    frame = statistics_frame(strong="security=N225")
    (finding,) = _of(findings(frame, by_labels={"N225": "Nikkei 225"}), "strong")
    assert finding.headline.startswith("All news in Nikkei 225: ")


def test_many_significant_groups_are_counted_not_hidden() -> None:
    frame = statistics_frame()
    frame["pvalue"] = 0.0001
    found = findings(frame, most=3)
    assert len(_of(found, "strong")) == 3
    (rest,) = _of(found, "suggestive")
    assert rest.headline.startswith("16 further groups")


def test_empty_and_unknown() -> None:
    frame = statistics_frame()
    (nothing,) = findings(frame.iloc[0:0])
    assert nothing.strength == "context"
    with pytest.raises(SpecificationError, match="did you mean 'placebo'"):
        findings(frame, name="placebos")
    with pytest.raises(SpecificationError, match=r"no window \[0,\+5\]"):
        findings(frame, window=(0, 5))


def test_the_frame_is_left_alone() -> None:
    frame = statistics_frame()
    before = frame.copy(deep=True)
    findings(frame)
    pd.testing.assert_frame_equal(frame, before)
