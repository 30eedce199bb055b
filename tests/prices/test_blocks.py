"""Prices read some securities at a time."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from eventstudy import PricePanel
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.prices import blocks
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.prices.securities import Securities

DAYS = pd.bdate_range("2024-01-01", periods=4)
PANEL = PricePanel.from_frame(
    pd.DataFrame({"A": [1.0, 2, 3, 4], "B": [5.0, 6, 7, 8], "C": [9.0, 9, 8, 7]}, index=DAYS)
)


def whole(names):
    del names
    return PANEL


def of(reader=whole, names=PANEL.names):
    return PriceBlocks.of_names(
        names, reader, n_rows=4, content="prices", kind="simple", name="prices.parquet"
    )


def test_columns_come_in_the_order_they_are_asked_for():
    panel = of().read(["C", "A"])
    assert panel.names == ("C", "A")
    assert panel.values[0].tolist() == [9.0, 9, 8, 7]
    assert panel.name == "prices.parquet"


def test_columns_that_are_none_are_named():
    with pytest.raises(SpecificationError, match="no column 'D'"):
        of().read(["D"])


def test_a_column_that_is_not_found_again_is_no_missing_price():
    with pytest.raises(SourceError, match="holds D under a name that is not found again"):
        of(names=("A", "D")).read(["D"])


def test_as_many_columns_are_read_as_cells_are_held(monkeypatch):
    monkeypatch.setattr(blocks, "CELLS", 9)
    assert of().columns_at_once == 2
    monkeypatch.setattr(blocks, "CELLS", 1)
    assert of().columns_at_once == 1
    assert repr(of()) == "PriceBlocks prices.parquet: prices of 3 columns, 1 at a time"


def test_the_head_has_names_and_no_rows():
    head = of().head
    assert head.names == ("A", "B", "C")
    assert not any(map(len, head.dates))


def test_what_is_known_of_securities_goes_along():
    known = Securities.from_frame(pd.DataFrame({"security": ["A"], "sector": ["x"]}))
    found = of().with_securities(known)
    assert found.read(["A"]).securities is known
    assert replace(found).head.securities is known
