"""One group of news in words, by one model and by two."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from frames import events_frame, statistics_frame

from eventstudy.reporting.finding import Beside, Finding
from eventstudy.reporting.findings import findings
from eventstudy.reporting.findings_choice import GroupEvents

STRONG = "category=talk_signal"


def other_model() -> Beside:
    frame = statistics_frame()
    frame["estimate"] *= 0.5
    frame.loc[frame["group"] == STRONG, "pvalue"] = 0.21
    return Beside(
        statistics=frame, contrasts=pd.DataFrame(), first="in total", second="beyond S&P 500"
    )


def strong(**more) -> Finding:
    (finding,) = [f for f in findings(statistics_frame(), **more) if f.strength == "strong"]
    return finding


def test_both_models_stand_in_one_sentence_the_first_one_first() -> None:
    assert strong(beside=other_model()).headline == (
        "Talk signal news: +0.99 % in total on average over [0,+1] (p = 0.001, 9 events on 8 "
        "independent dates); beyond S&P 500 +0.49 % (p = 0.210)."
    )
    empty = replace(other_model(), statistics=pd.DataFrame())
    assert "beyond" not in strong(beside=empty).headline


def test_the_days_before_stand_beside_where_they_were_tested() -> None:
    frame = statistics_frame()
    rows = frame[(frame["measure"] == "car") & (frame["window_start"] == 0)]
    before = rows.drop_duplicates(["group", "name"]).assign(window_start=-5, window_end=-1)
    told = strong(anticipation=before.assign(pvalue=0.01)).detail
    assert "Before the news, over [-5,-1]: +0.99 % (p = 0.010), so that some of it was" in told
    quiet = strong(anticipation=before.assign(pvalue=0.4)).detail
    assert "over [-5,-1]: +0.99 % (p = 0.400)." in quiet


def test_the_same_pairs_under_another_name_and_news_known_beforehand_are_said() -> None:
    frame = statistics_frame()
    crossed = "category*direction=talk_signal*de-escalation"
    copied = frame[frame["group"] == STRONG].assign(group=crossed)
    frame = pd.concat([frame[frame["group"] != crossed], copied])
    (finding,) = [f for f in findings(frame) if f.strength == "strong"]
    assert "The same pairs are in: talk signal × de-escalation." in finding.detail
    events = GroupEvents(frame=events_frame(), known=(("precision", "exact"),))
    assert "1 event of it was known beforehand." in strong(events=events).detail


def test_a_crossed_group_is_a_finding_like_any_other() -> None:
    frame = statistics_frame(strong="category*direction=retaliation*escalation")
    (finding,) = [f for f in findings(frame) if f.strength == "strong"]
    assert finding.headline.startswith("Retaliation × escalation news: ")
