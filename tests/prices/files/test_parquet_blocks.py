"""Parquet files read some securities at a time hold what they hold as a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.prices.files.parquet_blocks import is_parquet, parquet_blocks
from eventstudy.prices.files.reading import read_prices

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.fast_tests(4)

DAYS = pd.bdate_range("2022-01-03", periods=60)
NAMES = ["MKT", "A", "B", "C"]


def closes():
    rng = np.random.default_rng(1)
    levels = 100 * np.exp(np.cumsum(rng.standard_normal((len(DAYS), 4)) * 0.01, axis=0))
    frame = pd.DataFrame(levels, index=DAYS, columns=NAMES)
    frame.iloc[:7, 2] = np.nan
    return frame


def long_frame():
    frame = closes().rename_axis("date").reset_index()
    return frame.melt("date", var_name="security", value_name="close").dropna()


def crsp():
    numbers = dict(zip(NAMES, (1, 2, 3, 4), strict=True))
    frame = long_frame().assign(security=lambda f: f["security"].map(numbers))
    return frame.set_axis(["caldt", "permno", "prc"], axis="columns")


GIVEN = {"date": "caldt", "security": "permno", "close": "prc"}
FRAMES = {
    "dates as a column": (lambda: closes().rename_axis("date").reset_index(), {}),
    "dates as an index": (lambda: closes().rename_axis("date"), {}),
    "an index without a name": (closes, {}),
    "long": (long_frame, {}),
    "long, by date": (lambda: long_frame().sort_values(["date", "security"]), {}),
    "columns said": (crsp, {"columns": GIVEN}),
    "cut": (long_frame, {"start": "2022-01-20", "end": "2022-03-01"}),
    "returns": (lambda: closes().pct_change().rename_axis("date"), {"content": "returns"}),
}


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("form", FRAMES)
def test_some_columns_are_those_of_the_whole(tmp_path, form):
    make, given = FRAMES[form]
    path = tmp_path / "prices.parquet"
    make().to_parquet(path, row_group_size=50)
    whole, found = read_prices(path, **given), parquet_blocks(path, **given)
    assert found.names == whole.names
    assert found.head.sha256 == whole.sha256
    assert found.n_rows >= max(map(len, whole.dates))
    chosen = [whole.names[3], whole.names[1]]
    part = found.read(chosen)
    assert part.names == tuple(chosen)
    for name, dates, values in zip(part.names, part.dates, part.values, strict=True):
        at = whole.positions[name]
        np.testing.assert_array_equal(dates, whole.dates[at])
        np.testing.assert_array_equal(values, whole.values[at])


@pytest.mark.parametrize("as_stored", [None, lambda time: time.date()])
def test_a_security_that_has_no_row_in_the_span_is_none(tmp_path, as_stored):
    frame = long_frame()
    frame = frame[(frame["security"] != "B") | (frame["date"] > "2022-02-01")]
    if as_stored is not None:
        frame = frame.assign(date=frame["date"].map(as_stored))
    path = tmp_path / "prices.parquet"
    frame.to_parquet(path)
    found = parquet_blocks(path, end="2022-02-01")
    assert found.names == read_prices(path, end="2022-02-01").names == ("MKT", "A", "C")
    assert all(found.read([name]).names == (name,) for name in found.names)
    with pytest.raises(SchemaError, match="no rows from 2030-01-01"):
        parquet_blocks(path, start="2030-01-01")


def test_wrong_cells_are_found_where_they_are_read(tmp_path):
    frame = closes()
    frame.iloc[30, 3] = -1.0
    path = tmp_path / "prices.parquet"
    frame.rename_axis("date").to_parquet(path)
    found = parquet_blocks(path)
    assert found.read(["A"]).names == ("A",)
    with pytest.raises(SchemaError, match="-1 is not positive"):
        found.read(["C"])


def test_what_has_no_blocks_is_refused(tmp_path):
    bars = closes().set_axis(["Open", "High", "Low", "Close"], axis="columns")
    path = tmp_path / "abc.parquet"
    bars.rename_axis("Date").to_parquet(path)
    with pytest.raises(SpecificationError, match="bars of one security"):
        parquet_blocks(path)
    closes().rename_axis("date").to_parquet(path)
    with pytest.raises(SpecificationError, match="renames some"):
        parquet_blocks(path, columns={"N225": "A"})
    path.write_bytes(b"no parquet")
    with pytest.raises(SourceError, match="not a readable parquet file"):
        parquet_blocks(path)


def test_a_security_without_a_name_is_refused(tmp_path):
    path = tmp_path / "prices.parquet"
    long_frame().assign(security=lambda f: f["security"].where(f["security"] != "A")).to_parquet(
        path
    )
    with pytest.raises(SchemaError, match="the security is empty"):
        parquet_blocks(path)


def test_parquet_is_known_by_its_ending():
    assert is_parquet("a/prices.PARQUET")
    assert not is_parquet("prices.csv")


def test_a_file_that_changes_between_two_reads_is_refused(tmp_path):
    path, other = tmp_path / "prices.parquet", tmp_path / "other.parquet"
    closes().rename_axis("date").to_parquet(path)
    (2 * closes()).rename_axis("date").to_parquet(other)
    found = parquet_blocks(path)
    found.read(["A"])
    other.replace(path)
    with pytest.raises(SourceError, match="was changed by somebody while it was read"):
        found.read(["B"])
