"""Returns as an index and prices as returns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.levels import index_of, session_before, span_of, with_content
from eventstudy.prices.panel import PricePanel

DAYS = np.array(["2025-05-02", "2025-05-05", "2025-05-06"], dtype="M8[D]")
NAN = float("nan")


def test_an_index_starts_on_the_session_before_and_skips_a_missing_return():
    dates, levels, remarks = index_of("F", "f.csv", DAYS, np.array([0.1, NAN, 0.5]))
    assert dates.astype(str).tolist() == ["2025-05-01", "2025-05-02", "2025-05-06"]
    np.testing.assert_allclose(levels, [100.0, 110.0, 165.0])
    assert [(str(one.date), one.check) for one in remarks] == [("2025-05-05", "factor_missing")]


def test_the_session_before_is_one_of_new_york():
    assert str(session_before(np.datetime64("2025-07-07"))) == "2025-07-03"
    assert str(session_before(np.datetime64("1926-07-01"))) == "1926-06-30"


def test_a_column_without_a_value_is_refused():
    assert span_of("F", "f", np.array([NAN, 0.1, NAN])) == slice(1, 2)
    with pytest.raises(SchemaError, match="F has no value"):
        span_of("F", "f", np.array([NAN]))


def test_a_panel_is_made_prices_or_returns_and_back():
    index = pd.DatetimeIndex(DAYS)
    prices = PricePanel.from_frame(pd.DataFrame({"A": [1.0, 2.0, 3.0]}, index=index))
    returns = with_content(prices, "returns", "simple")
    assert (returns.content, returns.values[0].tolist()) == ("returns", [1.0, 0.5])
    logs = with_content(prices, "returns", "log")
    np.testing.assert_allclose(logs.values[0], np.log([2.0, 1.5]))
    np.testing.assert_allclose(with_content(logs, "returns", "simple").values[0], [1.0, 0.5])
    np.testing.assert_allclose(with_content(returns, "returns", "log").values[0], logs.values[0])
    np.testing.assert_allclose(with_content(logs, "prices", "simple").values[0], [100, 200, 300])
    assert with_content(prices, "prices", "log").kind == "log"
