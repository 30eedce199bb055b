"""Factors and benchmarks of frames, beside prices or beside returns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from firm_frames import CLOSES, MARKET, RETURNS

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.factor_frames import factor_name, read_benchmark, read_factor_frame

FRENCH = pd.DataFrame({"Mkt-RF": MARKET, "SMB": RETURNS["KO"], "RF": 0.0001})


def test_french_names_in_percent_or_decimals_with_the_clock_of_new_york():
    decimal = read_factor_frame(FRENCH, content="returns", kind="simple")
    percent = read_factor_frame(FRENCH * 100.0, content="returns", kind="simple")
    assert decimal.names == percent.names == ("MKT", "SMB", "RF")
    np.testing.assert_allclose(percent.values[0], decimal.values[0])
    assert (len(decimal.assumed), len(percent.assumed)) == (0, 1)
    assert {market.calendar for market in decimal.declared} == {"XNYS"}
    assert factor_name("umd") == "MOM"


def test_beside_prices_factors_are_an_index():
    panel = read_factor_frame(FRENCH, content="prices", kind="simple")
    levels = panel.values[0]
    assert panel.content == "prices"
    np.testing.assert_allclose(levels[1:] / levels[:-1] - 1.0, MARKET)
    other = read_factor_frame(CLOSES[["KO"]], content="returns", kind="log")
    np.testing.assert_allclose(other.values[0], np.diff(np.log(CLOSES["KO"])))
    assert other.declared == ()


def test_a_benchmark_is_one_column():
    assert read_benchmark(MARKET, content="returns", kind="simple").names == ("MKTX",)
    bare = read_benchmark(MARKET.rename(None), content="prices", kind="simple")
    assert (bare.names, bare.content) == (("benchmark",), "prices")
    with pytest.raises(SpecificationError, match=r"^benchmark: expected a frame"):
        read_benchmark(MARKET.to_numpy(), content="returns", kind="simple")
    with pytest.raises(SchemaError, match=r"make the dates the index$"):
        read_factor_frame(FRENCH.reset_index(drop=True), content="returns", kind="simple")
    with pytest.raises(SpecificationError, match=r"2 columns .*several are factors"):
        read_benchmark(CLOSES[["KO", "PEP"]], content="prices", kind="simple")


def test_log_returns_of_a_series_are_taken_as_those_of_a_column_are():
    logs = read_benchmark(MARKET, content="returns", kind="log")
    np.testing.assert_array_equal(logs.values[0], MARKET)
    other = read_factor_frame(RETURNS[["KO"]], content="returns", kind="log")
    np.testing.assert_array_equal(other.values[0], RETURNS["KO"])
    levels = read_benchmark(MARKET, content="prices", kind="log").values[0]
    np.testing.assert_allclose(np.diff(np.log(levels)), MARKET)
    french = read_factor_frame(FRENCH, content="returns", kind="log")
    np.testing.assert_allclose(french.values[0], np.log1p(MARKET))
    assert french.assumed == ("factors: French's returns are simple; their logarithms are taken",)
