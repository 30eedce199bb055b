"""The settings of a study, out of the tables of its file."""

from __future__ import annotations

import pytest

from eventstudy import ConstantMean, EventStudy, MarketModel
from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.prices import Bundled
from eventstudy.studyfile.settings import described_study


def test_tables_that_say_nothing_give_the_study_of_all_defaults():
    assert described_study({}, Bundled(), None) == EventStudy()


def test_each_setting_is_taken_from_its_table():
    tables = {
        "markets": ["CNH"],
        "windows": {"car": [[0, 2]]},
        "model": {"name": "market_model", "benchmark": "SPX", "beside": {"name": "constant_mean"}},
    }
    study = described_study(tables, Bundled(), "XNYS")
    assert study == EventStudy(
        markets=["CNH"], car_windows=[[0, 2]], model=MarketModel("SPX"), beside=ConstantMean(),
        calendar="XNYS",
    )  # fmt: skip


def test_a_contradiction_names_its_key():
    with pytest.raises(SpecificationError) as error:
        described_study({"windows": {"car": [[2, 0]]}}, Bundled(), None)
    assert error.value.key == "windows.car"
