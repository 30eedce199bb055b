"""Long frames: which column is what, and what is read of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from firm_frames import PERMNOS, RETURNS, long_frame

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.long_frames import long_layout, read_long_frame

ROWS = long_frame()


def test_crsp_is_known_by_its_columns_whatever_names_the_security():
    layout = long_layout(ROWS, {})
    assert (layout.dialect.name, layout.columns["security"]) == ("crsp", "permno")
    assert (layout.content(None), layout.content("prices")) == ("returns", "prices")
    other = long_layout(ROWS.rename(columns={"permno": "ticker"}), {})
    assert (other.dialect.name, other.columns["security"]) == ("crsp", "ticker")
    assert long_layout(RETURNS.reset_index(), {}) is None
    assert long_layout(ROWS.drop(columns=["prc", "ret"]), {}) is None
    with pytest.raises(SpecificationError, match="no column 'permo', given as security"):
        long_layout(ROWS, {"security": "permo"})


def test_prices_below_zero_are_means_of_bid_and_ask_and_said():
    panel = read_long_frame(ROWS, long_layout(ROWS, {}), content="prices")
    assert all((values > 0).all() for values in panel.values)
    n = int((ROWS["prc"] < 0).sum())
    assert any(f"{n} prices below zero, the mean of bid and ask" in s for s in panel.assumed)
    assert any("splits are in them" in one for one in panel.assumed)


def test_codes_for_missing_returns_and_rows_in_no_order():
    rows = ROWS.astype({"ret": object})
    rows.loc[3, "ret"], rows.loc[4, "ret"] = "C", -66.0
    panel = read_long_frame(
        rows.sample(frac=1.0, random_state=2), long_layout(rows, {}), content="returns"
    )
    first = panel.names.index(str(next(iter(PERMNOS.values()))))
    assert np.flatnonzero(np.isnan(panel.values[first])).tolist() == [3, 4]
    assert any("2 returns with a code for missing" in one for one in panel.assumed)
    assert "prices: rows were brought into the order of dates" in panel.assumed


def test_what_is_not_there_and_what_is_there_twice():
    layout = long_layout(ROWS[["date", "permno", "ret"]], {})
    with pytest.raises(SchemaError, match=r"no column of prices; there is 'ret' \(return\)"):
        read_long_frame(ROWS[["date", "permno", "ret"]], layout, content="prices")
    twice = pd.concat([ROWS, ROWS.iloc[:1]])
    with pytest.raises(SchemaError, match="the date appears twice of 10001"):
        read_long_frame(twice, long_layout(twice, {}), content="returns")
    empty = ROWS.astype({"permno": object})
    empty.loc[0, "permno"] = None
    with pytest.raises(SchemaError, match="the security is empty"):
        read_long_frame(empty, long_layout(empty, {}), content="returns")
