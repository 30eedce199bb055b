"""A group is called silent only where mean and squares are, and pooled signs get no mean."""

from __future__ import annotations

import pandas as pd
from frames import events_frame, statistics_frame

from eventstudy.reporting.finding import Beside
from eventstudy.reporting.findings import findings
from eventstudy.reporting.findings_choice import GroupEvents


def with_squares(**pvalues: float) -> pd.DataFrame:
    """Return the frame with squares, silent but for groups ``category=KEY``."""
    frame = statistics_frame(strong=None)
    squares = frame[frame["name"] == "placebo"].assign(
        name="mean_square", statistic=1.8, pvalue=0.6
    )
    for key, value in pvalues.items():
        squares.loc[squares["group"] == f"category={key}", "pvalue"] = value
    return pd.concat([frame, squares], ignore_index=True)


def saying(words: str, frame: pd.DataFrame, **more):
    return [finding for finding in findings(frame, **more) if words in finding.headline]


def test_both_silent_is_not_distinguishable_from_ordinary_days() -> None:
    (quiet,) = saying("can be told from ordinary days", with_squares())
    assert quiet.verdict == "Not distinguishable from ordinary days"
    assert "was not asked" not in quiet.detail


def test_squares_that_speak_are_a_move_in_no_common_direction() -> None:
    frame = with_squares(retaliation=0.0001)
    frame.loc[frame["group"] == "category=retaliation", "n_units"] = 8
    (moved,) = saying("moved, but in no common direction", frame)
    assert moved.headline.startswith("1 group moved, but in no common direction, over [0,+1]: ")
    assert "retaliation (1.8 times the usual square, p < 0.001, mean " in moved.headline
    assert moved.strength == "strong"
    (quiet,) = saying("not distinguishable from ordinary days", frame)
    assert "retaliation" not in quiet.detail.split(". ")[0].split(" × ")[0]
    weak = with_squares(retaliation=0.03)
    weak.loc[weak["group"] == "category=retaliation", "n_units"] = 8
    (moved,) = saying("in no common direction", weak)
    assert moved.strength == "suggestive"


def test_without_squares_the_mean_alone_is_spoken_of() -> None:
    frame = statistics_frame()
    (quiet,) = saying("show no common move over [0,+1]", frame)
    assert "ordinary days" not in quiet.headline
    assert "not known (mean_square)" in quiet.detail


def test_a_group_that_pools_opposites_gets_no_mean_but_its_squares_speak() -> None:
    events = GroupEvents(frame=events_frame())
    frame = with_squares()
    everyone = (frame["group"] == "all") & (frame["name"] == "placebo")
    frame.loc[everyone, "pvalue"] = 0.0001
    frame.loc[(frame["group"] == "all") & (frame["name"] == "mean_square"), "pvalue"] = 0.0001
    told = findings(frame, events=events)
    assert not [finding for finding in told if finding.group == "all"]
    (why,) = [finding for finding in told if finding.headline.startswith("No mean is given")]
    assert "All events" in why.headline
    assert "hold news of opposite directions, whose moves cancel in a mean" in why.headline
    (moved,) = [finding for finding in told if "moved more than on ordinary" in finding.headline]
    assert "All events (1.8 times the usual square, p < 0.001)" in moved.headline
    signed = findings(frame, events=events, sign="expected")
    assert [finding for finding in signed if finding.group == "all"]


def test_another_test_of_the_mean_is_not_called_silence() -> None:
    frame = with_squares()
    other = frame[frame["name"] == "placebo"].assign(name="moderated_placebo", pvalue=0.5)
    other.loc[other["group"] == "category=retaliation", "pvalue"] = 0.01
    frame = pd.concat([frame, other], ignore_index=True)
    (found,) = saying("By moderated_placebo alone", frame)
    assert "1 further group moved over [0,+1]: retaliation " in found.headline
    (quiet,) = saying("ordinary days", frame)
    assert "18 " in quiet.headline


def test_the_second_model_stands_beside_the_silent_too() -> None:
    frame = statistics_frame(strong=None)
    beside = Beside(
        statistics=frame, contrasts=pd.DataFrame(), first="in total", second="beyond S&P 500"
    )
    (quiet,) = saying("No kind of news", frame, beside=beside)
    assert ", beyond S&P 500 " in quiet.detail
