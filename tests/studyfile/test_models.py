"""Models and regressions as tables of a study file name them."""

from __future__ import annotations

import pytest

from eventstudy import FactorModel, SpecificationError
from eventstudy.studyfile.models import cross_section_of, model_of


def test_a_model_takes_its_own_keys():
    model = model_of({"name": "factor", "factors": ["MKT", "SMB"]})
    assert isinstance(model, FactorModel)
    assert model.factors == ("MKT", "SMB")
    with pytest.raises(SpecificationError, match=r"model.lags is not a key of model 'raw'"):
        model_of({"name": "raw", "lags": 1})


def test_a_regression_needs_columns():
    assert cross_section_of(None) is None
    with pytest.raises(SpecificationError, match=r"cross_section.columns is missing"):
        cross_section_of({"window": [0, 1]})
