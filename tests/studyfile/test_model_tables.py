"""Tables of a study file that name a model, or a regression of CARs."""

from __future__ import annotations

import pytest

from eventstudy import FactorModel, MarketModel
from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.studyfile.model_tables import table_cross_section, table_model


def test_a_table_names_a_model_and_its_keys():
    assert table_model({"benchmark": "SPX"}) == MarketModel("SPX")
    assert table_model({"name": "factor", "factors": ["A", "B"]}) == FactorModel(("A", "B"))


def test_what_a_model_needs_and_does_not_take_is_said():
    with pytest.raises(SpecificationError, match=r"model\.factors is missing"):
        table_model({"name": "factor"})
    with pytest.warns(EventStudyWarning, match=r"benchmark is not used by model 'constant_mean'"):
        table_model({"name": "constant_mean", "benchmark": "SPX"})


def test_a_regression_needs_columns():
    assert table_cross_section(None) is None
    with pytest.raises(SpecificationError, match=r"cross_section\.columns is missing"):
        table_cross_section({})
