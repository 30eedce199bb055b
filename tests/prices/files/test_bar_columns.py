"""Open, high, low and volume in a price file: contradictions are named, rounding is none."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from activity_studies import (
    bars,
    written,
)

from eventstudy import (
    read_prices,
)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("low", 500.0, r"2021-02-01: A low 500 is above its high"),
        ("close", 500.0, r"2021-02-01: A close 500 lies outside its low and high \["),
        ("open", 1.0, r"2021-02-01: A open 1 lies outside its low and high \["),
        ("high", -1.0, r"2021-02-01: A (low|open|close) [\d.]+ "),
        ("volume", -5.0, r"2021-02-01: A volume -5 is not a number of 0 or more"),
        ("volume", np.inf, r"2021-02-01: A volume inf is not a number of 0 or more"),
    ],
)
def test_of_bars_that_contradict_themselves_the_close_alone_counts(
    column, value, message, tmp_path
):
    frame = bars(11)
    frame.loc[20, column] = value
    panel = read_prices(written(frame, tmp_path))
    (said,) = [one for one in panel.remarks if one.check == "bar_contradiction"]
    assert re.match(message, f"{said.date}: {said.detail.partition(': ')[2]}")
    assert panel.values[0][20] == frame.loc[20, "close"]
    assert panel.fields["A"].iloc[20].isna().all()


def test_rounding_of_a_vendor_and_empty_cells_are_no_contradiction(tmp_path):
    frame = bars(12)
    frame.loc[20, "close"] = frame.loc[20, "low"] * (1 - 2e-4)
    frame.loc[21, ["open", "high"]] = np.nan
    panel = read_prices(written(frame, tmp_path))
    assert math.isnan(panel.fields["A"]["high"].iloc[21])
