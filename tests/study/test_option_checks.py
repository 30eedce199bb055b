"""What is refused of numbers, names and models names the key it was given under."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy import ConstantMean, EventStudy, Garch, MarketModel, SpecificationError, Window
from eventstudy.study.option_checks import at_least, check_room, checked_model, market_name
from eventstudy.windows import estimation_window


def room(model, key="model.beside", min_obs=60, volatility="ewma", estimation=(-100, -11)):
    check_room(
        key,
        model,
        estimation=estimation_window(estimation),
        event=Window(-2, 2),
        min_obs=min_obs,
        volatility=volatility,
    )


def test_numbers_are_whole_and_large_enough():
    at_least("draws", np.int64(3), 3)
    with pytest.raises(SpecificationError, match="draws is 2; it must be at least 3"):
        at_least("draws", 2, 3)
    with pytest.raises(SpecificationError, match="draws is True"):
        at_least("draws", True, 0)


def test_a_permno_is_its_digits():
    assert market_name("markets", 10001.0) == "10001"


def test_the_key_is_that_of_the_table():
    assert checked_model("model.beside", MarketModel(99)) == MarketModel("99")
    with pytest.raises(SpecificationError, match=r"model\.beside\.benchmark holds 1\.5"):
        checked_model("model.beside", MarketModel(1.5))


def test_room_for_a_model():
    room(MarketModel("M"))
    room(Garch("M"), volatility="garch", min_obs=80)
    with pytest.raises(SpecificationError, match=r"of model\.beside, too; model 'constant_mean'"):
        room(ConstantMean(), volatility="garch")
    with pytest.raises(SpecificationError, match="has 90 sessions, fewer than"):
        room(ConstantMean(), min_obs=91)
    with pytest.raises(SpecificationError, match=r"model\.beside: model\.rolling"):
        room(ConstantMean(rolling=True), estimation=(-60, -3))


@pytest.mark.parametrize("declared", [[1], 1, ["N225"], [None], {"a": 1}])
def test_what_is_no_list_of_markets_is_refused_in_one_sentence(declared):
    with pytest.raises(SpecificationError, match="declared: expected a list of Market") as caught:
        EventStudy(declared=declared)
    assert caught.value.key == "declared"


@pytest.mark.parametrize("name", ["by", "car_windows", "statistics", "select"])
def test_one_number_in_place_of_several_is_told_by_its_argument(name):
    with pytest.raises(SpecificationError, match=f"^{name}: expected .*, got 3") as caught:
        EventStudy(**{name: 3})
    assert caught.value.key == name
