"""The specification curve: one question in every combination of choices, at the same placebos."""

from __future__ import annotations

from eventstudy.curve.pipeline import DRAWS, specification_curve
from eventstudy.curve.result import SpecificationCurve

__all__ = ["DRAWS", "SpecificationCurve", "specification_curve"]
