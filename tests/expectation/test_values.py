"""What a record of forecasts says of itself."""

from __future__ import annotations

import dataclasses

import pytest
from small_expectation import RECORD, expectation, forecast


@pytest.mark.parametrize(
    ("ratio", "low", "high", "beats", "is_settled"),
    [
        (0.95, 0.91, 0.99, True, True),
        (0.97, 0.91, 1.02, True, False),
        (0.95, 0.90, 0.9996, True, False),  # printed, it ends at 1.00
        (1.03, 1.01, 1.05, False, True),
        (0.97, float("nan"), float("nan"), True, False),
        (1.0, 0.9, 1.1, False, False),
    ],
)
def test_a_record_beats_ordinary_days_and_is_settled_by_its_ratio(
    ratio, low, high, beats, is_settled
):
    record = dataclasses.replace(RECORD, crps_ratio=ratio, ratio_low=low, ratio_high=high)
    assert (record.beats_ordinary_days, record.is_settled) == (beats, is_settled)


def test_values_are_frozen():
    for value in (RECORD, forecast(), expectation()):
        field = dataclasses.fields(value)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, None)
