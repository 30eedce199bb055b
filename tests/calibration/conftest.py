"""One simulated study, its fit and its calibration, for all tests of calibration."""

from __future__ import annotations

import pytest
from small_calibration import NAMES, frame_of, study_on

from eventstudy.calibration import calibrate


@pytest.fixture(scope="session")
def study_data():
    return study_on(frame_of(), by=["kind"])


@pytest.fixture(scope="session")
def fitted(study_data):
    study, events, prices = study_data
    return study.fit(events, prices)


@pytest.fixture(scope="session")
def calibration(study_data):
    return calibrate(*study_data, statistics=NAMES)
