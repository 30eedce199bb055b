"""The texts of the report of a study."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from frames import STATISTICS, manifest_of, record_of

from eventstudy.study.report_content import (
    _group_events,
    _methods,
    _summary,
    beside_of,
    study_findings,
)


def test_the_first_sentence_counts_in_singular_and_names_the_choice() -> None:
    dropped = pd.DataFrame(
        {"event_id": ["a", "b"], "security": "HSI", "stage": "select", "reason": "left out"}
    )
    record = record_of(3)
    one = replace(record, models=record.models.iloc[:1], dropped=dropped)
    assert _summary(one)[0] == (
        "1 event in 1 market gives 1 pair; 2 more pairs were left out by events.select; "
        "none was dropped."
    )
    more = pd.concat([dropped, dropped.iloc[:1].assign(stage="coverage")])
    both = replace(record, models=record.models.iloc[:8], dropped=more)
    assert _summary(both)[0] == (
        "2 events in 6 markets give 8 pairs; 2 more pairs were left out by events.select; "
        "1 was dropped and is listed with the reason."
    )
    assert "  dropped: coverage 1; left out by choice: events.select 2" in both.lines()


def test_findings_are_about_the_events_studied_and_both_models() -> None:
    record = record_of(8)
    groups = {finding.group for finding in study_findings(record)}
    assert groups == {"category=talk_signal", None}
    model = {"name": "constant_mean", "beside": {"name": "market_model", "benchmark": "SPX"}}
    manifest = manifest_of(model=model) | {
        "beside": {"factors": ["S&P 500"], "sync": "asof"},
        "caveats": [
            {"column": "category", "value": "talk_signal", "text": "x", "known_beforehand": True}
        ],
    }
    both = replace(record, manifest=manifest, statistics_beside=record.statistics)
    assert beside_of(both).first == "in total"
    assert beside_of(both).second == "beyond S&P 500"
    assert beside_of(record) is None
    assert _group_events(both).known == (("category", "talk_signal"),)
    assert _summary(both)[1].endswith("Beside it: market model on S&P 500 (asof).")
    told = study_findings(both)
    assert {finding.group for finding in told} == {None}
    (known,) = [finding for finding in told if "known beforehand" in finding.headline]
    assert "talk signal" in known.headline
    same = {"name": "market_model", "benchmark": "SPX", "beside": {"name": "dimson"}}
    alike = manifest_of(model=same) | {"beside": {"factors": ["SPX"], "sync": "asof"}}
    assert replace(record, manifest=alike).model_names == ("by market_model", "by dimson")


def test_methods_are_those_of_the_model_and_the_statistics_shown() -> None:
    names = [name for name, _, _ in _methods(record_of(1))]
    assert names[0] == "Model: market_model"
    assert "Day 0" in names
    assert names[-11:] == [f"Statistic: {name}" for name in STATISTICS]
    unknown = manifest_of(model={"name": "of_mine"})
    assert not _methods(replace(record_of(1), manifest=unknown))[0][0].startswith("Model")
