"""Files that grow block by block."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from eventstudy.exceptions import SourceError
from eventstudy.study.stream_files import GrowingFrames


def test_frames_grow_by_a_row_group_each(tmp_path):
    import pyarrow.parquet

    files = GrowingFrames(tmp_path)
    for number in (1.0, 2.0):
        frame = pd.DataFrame({"event_id": ["E1"], "car": [number]})
        files.add("car", frame)
        files.add_rows("dropped", frame)
    files.close()
    assert pd.read_parquet(tmp_path / "car.parquet")["car"].tolist() == [1.0, 2.0]
    assert pyarrow.parquet.ParquetFile(tmp_path / "car.parquet").num_row_groups == 2
    assert (tmp_path / "dropped.csv").read_text() == "event_id,car\nE1,1.0\nE1,2.0\n"


def test_numbers_of_single_pairs_are_not_compressed(tmp_path):
    import pyarrow.parquet

    with GrowingFrames(tmp_path) as files:
        files.add("car", pd.DataFrame({"event_id": ["E1"], "car": [0.1], "factor_MKT": [0.2]}))
    group = pyarrow.parquet.ParquetFile(tmp_path / "car.parquet").metadata.row_group(0)
    found = [group.column(at).compression for at in range(3)]
    assert found == ["SNAPPY", "UNCOMPRESSED", "SNAPPY"]


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(SourceError, match=r"market-reaction\[parquet\]"):
        GrowingFrames(tmp_path)
