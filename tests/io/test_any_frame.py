"""Tables of any library arrive cell by cell as they are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from eventstudy.io.any_frame import as_pandas

CELLS = {
    "day": [dt.date(2025, 5, 1), None, dt.date(2025, 5, 6)],
    "local": [dt.datetime(2025, 5, 1, 14), dt.datetime(2025, 5, 2, 14), None],  # noqa: DTZ001
    "at": [
        dt.datetime(2025, 5, 1, 18, tzinfo=dt.UTC),
        dt.datetime(2025, 5, 2, tzinfo=dt.UTC),
        None,
    ],
    "text": ["a", None, "ü"],
    "whole": [1, 2, 3],
    "gap": [1, None, 3],
    "number": [0.1, float("nan"), None],
    "money": [Decimal("1.10"), None, Decimal(3)],
    "truth": [True, False, True],
    "maybe": [True, None, False],
}
POLARS = pl.DataFrame(CELLS)
FORMS = {
    "polars": POLARS,
    "lazy": POLARS.lazy(),
    "arrow": POLARS.to_arrow(),
    "batch": POLARS.to_arrow().combine_chunks().to_batches()[0],
    "duckdb": duckdb.from_arrow(POLARS.to_arrow()),
}


@pytest.mark.parametrize("form", FORMS)
def test_cells_come_through(form):
    frame = as_pandas(FORMS[form])
    assert list(frame.columns) == list(CELLS)
    assert frame["day"].tolist() == [pd.Timestamp("2025-05-01"), pd.NaT, pd.Timestamp("2025-05-06")]
    assert frame["local"].dropna().tolist() == [
        pd.Timestamp("2025-05-01T14"),
        pd.Timestamp("2025-05-02T14"),
    ]
    assert frame["at"].dropna().dt.tz_convert("UTC").tolist() == [
        pd.Timestamp("2025-05-01T18", tz="UTC"), pd.Timestamp("2025-05-02", tz="UTC"),
    ]  # fmt: skip
    assert frame["text"].tolist() == ["a", None, "ü"]
    assert (frame["whole"].dtype.kind, frame["whole"].tolist()) == ("i", [1, 2, 3])
    np.testing.assert_array_equal(frame["gap"], [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(frame["number"], [0.1, np.nan, np.nan])
    np.testing.assert_array_equal(frame["money"], [1.1, np.nan, 3.0])
    assert frame["truth"].dtype == bool
    assert frame["maybe"].tolist() == [True, None, False]


def test_columns_and_what_is_no_table():
    assert as_pandas(pl.Series("A", [1.0, 2.0])).name == "A"
    assert as_pandas(pa.chunked_array([[1.0, 2.0]])).tolist() == [1.0, 2.0]
    given = pd.DataFrame({"A": [1]})
    assert as_pandas(given) is given
    for other in (3, "x", [1], {"a": 1}, None, np.zeros(2), object()):
        assert as_pandas(other) is None


def test_what_has_the_arrow_interface_alone_is_read():
    class Exporter:
        def __arrow_c_stream__(self, requested_schema=None):
            return POLARS.to_arrow().__arrow_c_stream__(requested_schema)

    assert as_pandas(Exporter())["whole"].tolist() == [1, 2, 3]
