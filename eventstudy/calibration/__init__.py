"""Size, power and minimum detectable effect of every test, on the series of a study."""

from __future__ import annotations

from eventstudy.calibration.pipeline import calibrate, measurable
from eventstudy.calibration.result import Calibration

__all__ = ["Calibration", "calibrate", "measurable"]
