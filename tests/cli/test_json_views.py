"""What --json prints can be read back, and says what the folder says."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from small_curve import CURVE
from small_study import STUDY, write_study

from eventstudy.cli import json_views


def test_rows_hold_no_nan_and_dates_as_iso():
    frame = pd.DataFrame(
        {
            "value": [0.1, np.nan],
            "day": pd.to_datetime(["2025-05-02", None]),
            "time": pd.to_datetime(["2025-05-02T01:00Z", None]),
            "text": ["a", None],
            "flag": pd.array([True, pd.NA], dtype="boolean"),
        }
    )
    rows = json.loads(json.dumps(json_views.rows(frame), allow_nan=False))
    assert rows == [
        {
            "value": 0.1,
            "day": "2025-05-02",
            "time": "2025-05-02T01:00:00Z",
            "text": "a",
            "flag": True,
        },
        {"value": None, "day": None, "time": None, "text": None, "flag": None},
    ]


@pytest.mark.slow
def test_run_and_report_print_the_same_object(run, tmp_path):
    out = tmp_path / "out"
    code, printed, _ = run("run", write_study(tmp_path / "in"), "--out", out, "--json", "-q")
    said = json.loads(printed)
    assert code == 0
    assert (said["n_events"], said["n_pairs"]) == (6, 12)
    assert said["folder"] == str(out)
    assert set(said["files"]) == {path.name for path in out.iterdir()}
    name = said["statistics"][0]["name"]
    statistics = pd.read_csv(out / "statistics.csv")
    rows = statistics[(statistics["measure"] == "car") & (statistics["name"] == name)]
    assert len(said["statistics"]) == len(rows)
    assert said["statistics"][0]["estimate"] == pytest.approx(rows["estimate"].iloc[0], rel=1e-11)
    assert len(said["ranges"]) == len(pd.read_csv(out / "ranges.csv"))
    stands = [row for finding in said["findings"] for row in finding["rows"]]
    assert stands, "numbers of the answers can be followed to the rows they are from"
    for row in stands:
        key = {name: value for name, value in row.items() if name != "file"}
        frame = pd.read_csv(out / row["file"], dtype=str)
        assert (frame[list(key)] == pd.Series(key)).all(axis=1).sum() == 1
    code, again, _ = run("report", out, "--json")
    assert (code, json.loads(again)["findings"]) == (0, said["findings"])


@pytest.mark.slow
def test_a_curve_prints_its_specifications_and_its_summary(run, tmp_path):
    path = write_study(tmp_path, STUDY + CURVE)
    out = tmp_path / "out"
    code, printed, _ = run("curve", path, "--out", out, "--draws", "20", "--json")
    said = json.loads(printed)
    curve = pd.read_csv(out / "curve.csv")
    assert code == 0
    assert [row["spec"] for row in said["specifications"]] == curve["spec"].tolist()
    assert [row["measure"] for row in said["summary"]] == [
        "median_estimate", "median_effect", "share_significant", "share_one_sign", "stouffer_z",
    ]  # fmt: skip
