"""A study streamed from prices that are read some securities at a time is that of the whole."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamed import assert_same_statistics, halted_study, in_blocks, small_study

from eventstudy import Dimson, PricePanel, read_prices
from eventstudy.exceptions import DataError, EventStudyWarning, SpecificationError
from eventstudy.prices import blocks
from eventstudy.prices.files.parquet_blocks import parquet_blocks
from eventstudy.prices.securities import Securities
from eventstudy.study.stream_markets import HeldMarkets, ReadMarkets

pytestmark = pytest.mark.fast_tests(3)
FILES = ("car", "abnormal_returns", "models")


def assert_same_results(study, events, prices, folder, monkeypatch, known=None, cells=600):
    """Compare statistics and files of a study streamed from memory and by blocks."""
    whole = study.stream(events, prices, folder / "whole", block=5, securities=known)
    monkeypatch.setattr(blocks, "CELLS", cells)
    reads = []
    found = study.stream(events, in_blocks(prices, reads), folder / "parts", block=5,
                         securities=known)  # fmt: skip
    assert_same_statistics(found.statistics, whole.statistics)
    assert found.n_pairs == whole.n_pairs
    for name in FILES:
        one, other = (pd.read_parquet(folder / of / f"{name}.parquet") for of in ("parts", "whole"))
        pd.testing.assert_frame_equal(one, other, check_exact=True, obj=name)
    one, other = (pd.read_csv(folder / of / "dropped.csv") for of in ("parts", "whole"))
    keys = ["event_id", "security"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys, ignore_index=True), other.sort_values(keys, ignore_index=True)
    )
    return found, whole, reads


def firms(**more):
    return (*small_study(2, firms=7, n_events=12, **more), None)


def of_events():
    study, events, prices, _ = firms(own_firm=True)
    return replace(study, markets="events"), events, prices, None


def known_firms():
    study, events, prices, _ = firms(by=("sector",))
    names = [f"F{i}" for i in range(7)]
    table = {"security": [*names, "Z"], "sector": list("xxyyxxyz")}
    return study, events, prices, Securities.from_frame(pd.DataFrame(table))


def own_benchmarks():
    study, events, prices, _ = firms()
    table = {"security": ["F1", "F6"], "benchmark": ["F0", ""]}
    study = replace(study, markets=tuple(f"F{i}" for i in range(1, 7)))
    return study, events, prices, Securities.from_frame(pd.DataFrame(table))


def halted():
    return (*halted_study(by=()), None)


def lags():
    return firms(model=Dimson("M", lags=1, leads=0), missing=0.05)


def complete():
    return firms(missing=0.0)


@pytest.mark.slow
@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    "made", [firms, complete, of_events, known_firms, own_benchmarks, halted, lags]
)
def test_prices_read_by_blocks_give_the_same_numbers(tmp_path, monkeypatch, made):
    study, events, prices, known = made()
    found, whole, reads = assert_same_results(study, events, prices, tmp_path, monkeypatch, known)
    most = 600 // len(prices.dates[0])
    beside = 3
    assert max(map(len, reads)) <= most + beside
    assert set(found.assumed) >= {text for text in whole.assumed if "M" in text}


def test_every_market_is_seen_once_and_the_last_ones_are_kept(monkeypatch):
    study, events, prices = small_study(2, firms=7)
    monkeypatch.setattr(blocks, "CELLS", 600)
    reads = []
    markets = ReadMarkets(study, events, in_blocks(prices, reads))
    portions = [(first, data.returns.names) for first, data in markets.portions()]
    assert portions == [(0, ("F0", "F1")), (2, ("F2", "F3")), (4, ("F4", "F5")), (6, ("F6",))]
    assert all("M" in names for names in reads)
    before = len(reads)
    ((rows, local, data),) = markets.of(np.array([6, 6]))
    assert len(reads) == before
    assert data.returns.names == ("F6",)
    assert rows.tolist() == [0, 1]
    assert local.tolist() == [0, 0]
    parts = list(markets.of(np.array([5, 0, 3, 5])))
    assert [data.returns.names for _, _, data in parts] == [("F0", "F3"), ("F4", "F5")]
    assert [rows.tolist() for rows, _, _ in parts] == [[1, 2], [0, 3]]


def test_markets_in_memory_are_one_portion():
    study, events, prices = small_study(2)
    markets = HeldMarkets(study, events, prices, strict=False)
    ((first, data),) = markets.portions()
    assert (first, data.returns.names) == (0, ("F0", "F1", "F2"))
    security = np.array([2, 0])
    ((_, local, same),) = markets.of(security)
    assert same is data
    assert local is security


def test_errors_of_every_block_are_said_once_or_stop_the_study(tmp_path, monkeypatch):
    study, events, prices = small_study(2, missing=0.0)
    closes = 100 * (1 + prices.frame()).cumprod()
    closes.iloc[200, 3] *= 1.9
    panel = PricePanel.from_frame(closes, calendar="data")
    monkeypatch.setattr(blocks, "CELLS", 300)
    with pytest.warns(EventStudyWarning, match="F2") as said:
        study.stream(events, in_blocks(panel), tmp_path / "out")
    assert sum("F2" in str(one.message) for one in said) == 1
    with pytest.raises(DataError, match="F2"):
        study.stream(events, in_blocks(panel), tmp_path / "strict", strict=True)
    assert not (tmp_path / "strict").exists()


def test_a_market_without_a_column_is_refused_by_name(tmp_path):
    study, events, prices = small_study(2)
    study = replace(study, markets=("F0", "F9"))
    with pytest.raises(SpecificationError, match="F9"):
        study.stream(events, in_blocks(prices), tmp_path / "out")


@pytest.mark.slow
def test_a_parquet_file_is_read_by_blocks(tmp_path, monkeypatch):
    study, events, prices = small_study(2, firms=7, missing=0.0)
    closes = 100 * (1 + prices.frame()).cumprod()
    path = tmp_path / "prices.parquet"
    closes.to_parquet(path)
    study = replace(study, calendar="data")
    whole = study.stream(events, read_prices(path), tmp_path / "whole", block=5)
    monkeypatch.setattr(blocks, "CELLS", 600)
    found = study.stream(events, parquet_blocks(path), tmp_path / "out", block=5)
    assert_same_statistics(found.statistics, whole.statistics)
    manifests = [
        json.loads((tmp_path / of / "manifest.json").read_text()) for of in ("out", "whole")
    ]
    assert manifests[0] == manifests[1]
