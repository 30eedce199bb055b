"""Codes of CRSP for what is missing."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.prices.files.dialects.catalogue import get_dialect
from eventstudy.prices.files.dialects.missing import without_missing_codes


@pytest.mark.parametrize("as_text", [True, False])
def test_prices_below_zero_and_of_zero(as_text):
    table = pd.DataFrame(
        {"close": [-5.0, 0.0, 5.5], "high": [-6.0, 6.0, 6.0], "volume": [-99, 1, 2]}
    )
    read, said = without_missing_codes(table.astype(str) if as_text else table, get_dialect("crsp"))
    closes = pd.to_numeric(read["close"])
    assert closes[[0, 2]].tolist() == [5.0, 5.5]
    assert pd.isna(closes[1])
    assert pd.to_numeric(read["high"]).isna().tolist() == [True, True, False]
    assert pd.to_numeric(read["volume"]).isna().tolist() == [True, False, False]
    assert [sentence.split(" ", 2)[:2] for sentence in said] == [["1", "price"], ["1", "price"]]


def test_codes_of_returns():
    table = pd.DataFrame({"return": ["C", "B", "-66.0", "-99", "-0.5", ""]})
    read, said = without_missing_codes(table, get_dialect("crsp"))
    assert read["return"].tolist() == ["", "", "", "", "-0.5", ""]
    assert said[0].startswith("4 returns with a code for missing")


def test_other_vendors_are_let_be():
    table = pd.DataFrame({"close": ["-5"]})
    assert without_missing_codes(table, get_dialect("fred")) == (table, [])
