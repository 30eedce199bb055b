"""What an intraday study may ask."""

from __future__ import annotations

import pytest

from eventstudy import (
    IntradayStudy,
    SpecificationError,
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"window": (60, -30)}, "holds no minute"),
        ({"window": (0, 1.5)}, "two whole minutes"),
        ({"window": "0,15"}, "two whole minutes"),
        ({"windows": ()}, "windows is empty"),
        ({"windows": ((0, 90),)}, "is not inside window"),
        ({"days": 2}, "days = 2: a whole number of 3 or more"),
        ({"days": 5}, "min_days = 10 is more than days = 5"),
        ({"draws": True}, "draws = True"),
        ({"draws": 200_000}, "at most 100,000"),
        ({"hours": "regulr"}, "did you mean 'regular'"),
        ({"overnight": "drop"}, "overnight"),
        ({"model": "market_model"}, "needs benchmark="),
        ({"benchmark": "BBB"}, 'is for model="market_model" alone'),
        ({"statistics": ("placebos",)}, "did you mean 'placebo'"),
        ({"statistics": ("bhar_t",)}, "no bhar_t inside the day: a window of minutes is the sum"),
        ({"statistics": ("two_way_t",)}, "clusters by market"),
        ({"sign": "up"}, "sign"),
    ],
)
def test_what_cannot_be_asked(given, message):
    with pytest.raises(SpecificationError, match=message):
        IntradayStudy(**given)
