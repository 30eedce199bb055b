"""The explorer's block of data; what a browser makes of it is tested in `tests/browser`."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pandas as pd
import pytest
from frames import (
    UNSAFE,
    abnormal_returns_frame,
    manifest_of,
    record_of,
    report_content,
)

from eventstudy.reporting.explorer import explorer, explorer_data, script_json
from eventstudy.reporting.record import StudyRecord
from eventstudy.reporting.report import render_html

pytestmark = pytest.mark.fast_tests(2)


def study(n_events: int = 30, **frames: Any) -> StudyRecord:
    """Return a study with a second model, whose first one has a benchmark."""
    record = record_of(n_events, **frames)
    beside = abnormal_returns_frame(record.alignment, seed=10)
    manifest = manifest_of() | {"beside": {"factors": ["MSCI"]}, "markets": {
        "N225": {"label": "Nikkei 225", "up": "higher index"}}}  # fmt: skip
    manifest["study"]["model"] = {
        "name": "constant_mean", "beside": {"name": "market_model", "benchmark": "M"},
    }  # fmt: skip
    return record_of(
        n_events,
        manifest=manifest,
        abnormal_returns_beside=beside[["event_id", "security", "tau", "abnormal_return"]],
        **frames,
    )


def test_the_block_holds_every_return_to_a_millionth() -> None:
    record = study(4)
    data = explorer_data(record)
    assert data["returns"] == ["total", "beyond MSCI"]
    assert data["compound"] == [True, False]
    ids = [event[0] for event in data["events"]]
    names = [name for name, _, _ in data["markets"]]
    for kind, (frame, column) in enumerate(
        ((record.abnormal_returns, "return"), (record.abnormal_returns_beside, "abnormal_return"))
    ):
        values = frame.set_index(["event_id", "security", "tau"])[column]
        for pair, (event, market) in enumerate(zip(data["event"], data["market"], strict=True)):
            for tau in range(-5, 6):
                held = data["values"][kind][pair * 11 + tau + 5] * data["unit"]
                assert held == pytest.approx(values[ids[event], names[market], tau], abs=6e-7)
    day = pd.Timestamp(0) + pd.Timedelta(days=data["day"][0])
    first = record.alignment.set_index(["event_id", "security"])["session"]
    assert day == first[ids[data["event"][0]], names[data["market"][0]]]
    assert data["volatility"][0] == 14000
    assert data["markets"][0] == ["N225", "Nikkei 225", "higher index"]


def test_a_first_model_with_a_benchmark_is_a_kind_of_return_and_a_mean_is_not() -> None:
    record = record_of(2)
    assert explorer_data(record)["returns"] == ["total", "beyond SPX"]
    manifest = manifest_of(model={"name": "constant_mean"}, prices={"kind": "log"})
    data = explorer_data(record_of(2, manifest=manifest))
    assert (data["returns"], data["compound"]) == (["total"], [False])


def test_missing_returns_are_null_and_pairs_without_any_are_left_out() -> None:
    record = record_of(2)
    frame = record.abnormal_returns
    frame = frame[frame["security"] != "CNH"]
    frame.loc[frame.index[3], "return"] = math.nan
    data = explorer_data(record_of(2, abnormal_returns=frame))
    assert data["values"][0][3] is None
    assert [name for name, _, _ in data["markets"]] == ["N225", "TWII", "HSI", "HSCE", "AUDUSD"]
    assert explorer(record_of(2, abnormal_returns=frame.iloc[:0])) is None


def test_events_stand_in_order_of_time_and_those_of_one_moment_have_one_number() -> None:
    record = record_of(4)
    events = record.events.copy()
    times = pd.to_datetime(
        pd.Series(["2025-05-02T01:00Z", "2025-05-02T01:00Z", "2024-01-05T00:00Z", None]), utc=True
    )
    events["published_at"] = times.to_numpy() if times.dt.tz is None else times.array
    events["date"] = pd.to_datetime(["2025-05-02", "2025-05-02", "2024-01-05", "2024-01-05"])
    events = events.iloc[::-1]
    data = explorer_data(record_of(4, events=events))
    assert [event[0] for event in data["events"]] == sorted(
        events["event_id"], key=lambda key: (0 if key in set(events["event_id"][:2]) else 1, key)
    )
    moments = data["moment"]
    assert moments[2] == moments[3]
    assert len(set(moments)) == 3, "a date alone is no time"


def test_without_a_session_0_the_first_session_shown_gives_the_volatility() -> None:
    record = record_of(2)
    frame = record.abnormal_returns
    manifest = manifest_of()
    manifest["study"]["windows"] = manifest["study"]["windows"] | {"event": [1, 3]}
    frame = frame[frame["tau"].between(1, 3)]
    data = explorer_data(record_of(2, abnormal_returns=frame, manifest=manifest))
    assert len(data["event"]) == 12
    assert data["taus"] == [1, 3]
    assert None not in data["volatility"]


def test_of_a_huge_study_the_latest_pairs_are_kept_and_the_page_says_so() -> None:
    record = record_of(6)
    whole, part = explorer(record), explorer(record, most=2 * 11 * 10)
    assert whole is not None
    assert part is not None
    assert (whole.n_pairs, whole.note) == (36, "")
    assert (part.n_pairs, part.note) == (
        10,
        "The explorer holds the 10 pairs with the latest day 0 of 36; all are in "
        "abnormal_returns.csv.",
    )
    kept = explorer_data(record, 2 * 11 * 10)["day"]
    assert sorted(kept) == sorted(explorer_data(record)["day"])[-10:]


def test_nothing_in_the_block_can_end_its_script() -> None:
    text = str(script_json([UNSAFE, "<!--", "\u2028"]))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == [UNSAFE, "<!--", "\u2028"]
    page = render_html(report_content(3, unsafe=True))
    (block,) = re.findall(r'id="explorer-data">(.*?)</script>', page, re.DOTALL)
    data = json.loads(block)
    assert any("alert(1)" in event[3] for event in data["events"])


def test_news_known_beforehand_is_named() -> None:
    record = record_of(8)
    kind = record.events["category"].iloc[0]
    caveat = {"column": "category", "value": kind, "text": "", "known_beforehand": True}
    manifest = manifest_of() | {"caveats": [caveat]}
    data = explorer_data(record_of(8, manifest=manifest))
    assert data["known"] == [k for k, event in enumerate(data["events"]) if event[4] == kind]
