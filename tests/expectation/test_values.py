"""The record of past forecasts: what it says of ordinary days, and whether that is settled."""

import pytest

from eventstudy.expectation.values import Record


@pytest.mark.parametrize(
    ("ratio", "low", "high", "beats", "settled"),
    [
        (0.9, 0.85, 0.95, True, True),
        (0.9, 0.8, 1.0, True, False),
        (1.1, 0.9, 1.3, False, False),
        (1.2, 1.1, 1.3, False, True),
        (0.9, float("nan"), float("nan"), True, False),
    ],
)
def test_a_record_says_whether_ordinary_days_were_beaten(ratio, low, high, beats, settled):
    record = Record(
        n_forecasts=100,
        coverage=0.8,
        width=0.03,
        ordinary_width=0.03,
        hit_rate=0.5,
        crps_ratio=ratio,
        ratio_low=low,
        ratio_high=high,
    )
    assert record.beats_ordinary_days == beats
    assert record.is_settled == settled
