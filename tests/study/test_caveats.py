"""What bounds a study, the gravest first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from contrast_frames import contrasts_frame
from frames import manifest_of, record_of

from eventstudy.study.caveats import MOST_FIRST, caveats

KEEP = manifest_of(events={"ambiguous": "keep"})


def test_caveats_say_what_bounds_the_pairs_studied() -> None:
    record = record_of(4)
    fallback = {"positions": 3, "of": 90, "reason": "least squares took over"}
    manifest = manifest_of(events={"ambiguous": "keep"}) | {"placebo_fallback": fallback}
    text = "\n".join(caveats(replace(record, manifest=manifest)))
    assert "At 3 of 90 placebo positions least squares took over, as for pairs" in text
    assert "75 % of the moves studied have other news of the list within their event window" in text
    assert "pairs have an uncertain day 0 (imprecise or missing time); policy: keep." in text
    assert "4 of 4 events are not fully verified: 4 partly, 0 not at all." in text
    some = record.events.assign(verified=["yes", "no", None, "partial"])
    text = "\n".join(caveats(replace(record, events=some, manifest=manifest)))
    assert "3 of 4 events are not fully verified: 1 partly, 2 not at all." in text
    calm = record.alignment.assign(
        overlaps="", benchmark_reacts_later=False, ambiguous=False, catch_up=False
    )
    verified = record.events.assign(verified="yes")
    assert (
        len(caveats(replace(record, alignment=calm, events=verified, checks=record.checks[:0])))
        == 2
    )


def test_what_was_there_before_the_news_and_few_dates_come_first() -> None:
    record = replace(record_of(4), manifest=KEEP)
    frame = contrasts_frame()
    said = caveats(replace(record, contrasts=frame))
    place = next(at for at, text in enumerate(said) if "before the news" in text)
    assert place < MOST_FIRST
    assert said[place].startswith(
        "Over the two sessions before the news de-escalation and escalation already differed by "
        "0.40 points (p = 0.030)"
    )
    other_way = frame.assign(estimate=np.where(frame["window_end"] < 0, -0.01, frame["estimate"]))
    for quiet in (frame.assign(pvalue=0.2), other_way, frame[frame["window_start"] == 0]):
        assert "before the news" not in " ".join(caveats(replace(record, contrasts=quiet)))
    few = pd.DataFrame({"group": ["all", "all"], "n_dates": [3, 4]})
    said = caveats(replace(record, ranges=few))
    assert any(text.startswith("The study has 4 dates: one odd day") for text in said[:MOST_FIRST])
    many = caveats(replace(record, ranges=few.assign(n_dates=8)))
    assert not any(text.startswith("The study has") for text in many)


def test_shares_decide_what_is_grave() -> None:
    record = replace(record_of(4), manifest=KEEP)
    text = "are not fully verified"
    said = caveats(record)
    assert next(at for at, each in enumerate(said) if text in each) < 3
    some = record.events.assign(verified=["yes", "yes", "yes", "partial"])
    later = caveats(replace(record, events=some))
    famous = next(at for at, each in enumerate(later) if "famous moves" in each)
    assert next(at for at, each in enumerate(later) if text in each) > famous


def test_events_that_no_market_was_studied_for_are_said_first() -> None:
    record = replace(record_of(4), manifest=manifest_of(events={"ambiguous": "keep"}))
    short = "no session of the market for it: its rows run from 2023-01-02 to 2024-08-30"
    reasons = {"E97": short, "E98": short, "E99": "other"}
    lost = pd.DataFrame(
        {"event_id": list(reasons), "security": "A", "stage": "coverage",
         "reason": list(reasons.values())}
    )  # fmt: skip
    chosen = lost.assign(stage="select")
    partly = lost.assign(event_id=record.models["event_id"].iloc[0])
    said = caveats(replace(record, dropped=lost))
    number = record.models["event_id"].nunique()
    place = next(at for at, text in enumerate(said) if "not studied at all" in text)
    assert place < MOST_FIRST
    assert said[place] == (
        f"3 of {number + 3} events are not studied at all (E97, E98 and E99): {short}."
    )
    for other in (chosen, partly, lost[:0]):
        assert "not studied at all" not in " ".join(caveats(replace(record, dropped=other)))


def test_a_date_without_a_time_is_said_as_it_was_taken() -> None:
    record = replace(
        record_of(4), manifest=manifest_of(events={"ambiguous": "keep", "date_only": "next"})
    )
    assert "policy: keep, and a date without a time is the session after that date." in " ".join(
        caveats(record)
    )
