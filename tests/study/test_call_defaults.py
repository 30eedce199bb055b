"""What a call leaves open, decided: securities, calendar, model."""

from __future__ import annotations

import pytest
from firm_frames import CLOSES, FIRMS

from eventstudy.events.inputs import read_event_table
from eventstudy.exceptions import SpecificationError
from eventstudy.models import ConstantMean, Dimson, FactorModel, MarketAdjusted, MarketModel
from eventstudy.prices.panel import PricePanel
from eventstudy.study.call_defaults import completed

PRICES = PricePanel.from_frame(CLOSES)
EVENTS = read_event_table(FIRMS, id="ticker")
INDICES = PricePanel.from_frame(
    CLOSES[["ADM", "KO", "PEP"]].set_axis(["N225", "HSI", "SPX"], axis=1)
)
DATES = read_event_table(["2019-03-01"])


def decided(events=EVENTS, prices=PRICES, *, model=None, benchmark=None, factors=(), **options):
    return completed(
        events, prices, model=model, benchmark=benchmark, factors=factors, options=options
    )


def test_firms_that_events_name_on_the_rows_of_their_prices():
    options = decided(benchmark="MKTX").options
    assert (options["markets"], options["calendar"], options["date_only"]) == (
        "events",
        "data",
        "same",
    )
    assert options["model"] == MarketModel("MKTX")
    assert [market.name for market in options["declared"]] == ["CNH"]
    assert decided(factors=("KO", "PEP"), date_only="next").options["date_only"] == "next"
    assert decided(factors=("KO", "PEP")).options["model"] == FactorModel(("KO", "PEP"))


def test_indices_on_their_own_calendars_the_total_reaction_first():
    call = decided(DATES, INDICES, benchmark="SPX")
    assert call.options["markets"] == ("N225", "HSI")
    assert (call.options["model"], call.options["beside"]) == (ConstantMean(), MarketModel("SPX"))
    assert "calendar" not in call.options
    assert "date_only" not in call.options
    alone = decided(DATES, INDICES)
    assert alone.options["model"] == ConstantMean()
    assert any("the total reaction alone" in one for one in alone.said)


def test_a_model_by_name_or_given_with_the_benchmark_of_the_call():
    assert decided(model="dimson", benchmark="MKTX").options["model"] == Dimson("MKTX")
    assert decided(model=MarketAdjusted(), benchmark="MKTX").options["model"] == MarketAdjusted(
        "MKTX"
    )
    assert decided(model="factor", factors=("KO",)).options["model"] == FactorModel(("KO",))
    both = decided(model=ConstantMean(), benchmark="MKTX").options
    assert (both["model"], both["beside"]) == (ConstantMean(), MarketModel("MKTX"))
    some = decided(model=FactorModel(("PEP",)), factors=("KO", "PEP"))
    assert some.options["model"] == FactorModel(("PEP",))
    assert "factor on PEP" in some.said
    for options, message in (
        ({"model": MarketModel("KO"), "benchmark": "MKTX"}, "on 'KO' and the call on 'MKTX'"),
        ({"model": FactorModel(("XOM",)), "factors": ("KO",)}, "the model has XOM, which factors"),
        ({"model": "dimson"}, "needs benchmark="),
        ({"model": "factor"}, "needs factors="),
        ({"benchmark": "MKTX", "factors": ("KO",)}, "exclude each other"),
        ({}, "the market model needs a benchmark"),
    ):
        with pytest.raises(SpecificationError, match=message):
            decided(**options)


def test_events_of_securities_without_prices():
    some = decided(read_event_table(FIRMS.replace("ADM", "ZZZ"), id="ticker"), benchmark="MKTX")
    assert len(some.events) == len(FIRMS)  # the study drops it, and says so
    assert some.options["markets"] == "events"
    lower = read_event_table(FIRMS.assign(ticker=[f"x{n}" for n in range(8)]), id="ticker")
    with pytest.raises(SpecificationError, match=r"8 events of 8 .*x0, x1.*have ADM") as caught:
        decided(lower, benchmark="MKTX")
    assert caught.value.key == "id"


def test_a_model_without_a_benchmark_has_the_one_on_it_beside_it_named_or_made():
    table = read_event_table(FIRMS, id="ticker")
    named = decided(table, model="constant_mean", benchmark="MKTX")
    made = decided(table, model=ConstantMean(), benchmark="MKTX")
    assert named.options == made.options
    assert named.said == made.said
    assert named.options["model"] == ConstantMean()
    assert named.options["beside"] == MarketModel("MKTX")
    said = "constant_mean takes no benchmark; the market_model on MKTX stands beside it"
    assert said in named.said
    # of factors too, and what was asked to stand beside stays
    several = decided(table, model="constant_mean", factors=("MKTX", "IBM"))
    assert several.options["beside"] == FactorModel(("MKTX", "IBM"))
    own = decided(table, model="constant_mean", benchmark="MKTX", beside=MarketModel("IBM"))
    assert own.options["beside"] == MarketModel("IBM")
    assert any("beside it stands the market_model you asked for" in one for one in own.said)
    alone = decided(table, model="constant_mean")
    assert "beside" not in alone.options
