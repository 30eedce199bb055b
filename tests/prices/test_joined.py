"""Several panels as one, and a panel from a first to a last date."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.markets.market import factor_markets
from eventstudy.prices.joined import cut_panel, join_panels
from eventstudy.prices.panel import PricePanel

DAYS = pd.date_range("2025-05-01", periods=4, name="date")


def panel(name, **columns):
    return PricePanel.from_frame(pd.DataFrame(columns, index=DAYS), name=name)


def test_columns_of_all_and_what_was_declared_with_them():
    one, other = panel("a", A=[1.0, 2, 3, 4]), panel("b", MKT=[1.0, 2, 3, 4])
    market = factor_markets()["MKT"]
    object.__setattr__(other, "declared", (market,))
    joint = join_panels([one, other])
    assert (joint.names, joint.declared, joint.name) == (("A", "MKT"), (market,), "a + b")
    with pytest.raises(SchemaError, match="column 'A' is also in a"):
        join_panels([one, one])
    with pytest.raises(SpecificationError, match="no panels"):
        join_panels([])


def test_a_panel_is_cut_with_its_bars_and_its_hash():
    bars = pd.DataFrame({"Open": [1.0, 2, 3, 4], "Close": [1.0, 2, 3, 4]}, index=DAYS)
    whole = PricePanel.from_frame(bars, security="A")
    part = cut_panel(whole, dt.date(2025, 5, 2), dt.date(2025, 5, 3))
    assert part.dates[0].astype(str).tolist() == ["2025-05-02", "2025-05-03"]
    assert part.values[0].tolist() == [2.0, 3.0]
    assert len(part.fields["A"]) == 2
    assert part.sha256 != whole.sha256
    assert cut_panel(whole, None, None) is whole
    assert len(cut_panel(whole, dt.date(2025, 5, 4), None).dates[0]) == 1
    with pytest.raises(SchemaError, match="no rows from 2026-01-01 to 2025-05-04; it has"):
        cut_panel(whole, dt.date(2026, 1, 1), None)
    assert np.isfinite(part.values[0]).all()
