"""The intraday study as a value."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest

from eventstudy import (
    IntradayStudy,
)


def test_a_study_is_a_frozen_value():
    study = IntradayStudy(windows=[[0, 15], (0, 15)], market={"A": "SPX"}, by="x * y")
    assert study == IntradayStudy(windows=((0, 15),), market=(("A", "SPX"),), by=("x*y",))
    assert hash(study) == hash(IntradayStudy(windows=((0, 15),), market={"A": "SPX"}, by="x*y"))
    assert json.loads(json.dumps(study.to_dict()))["market"] == {"A": "SPX"}
    with pytest.raises(FrozenInstanceError):
        study.days = 3
