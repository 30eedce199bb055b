from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from eventstudy.analyses.requests import Activity, CrossSection
from eventstudy.datasets.bundled import load_events, load_prices
from eventstudy.markets.market import get_market
from eventstudy.models import FactorModel
from eventstudy.prices.market_series import MarketSeries
from eventstudy.prices.panel import PricePanel
from eventstudy.study.study import EventStudy

pytestmark = pytest.mark.fast_tests(1)


def few_events():
    events = load_events()
    return events.take(events.select({"category": ["tariff_delay", "deal"]}))


@pytest.mark.slow
def test_a_study_finds_the_column_of_each_market_once(monkeypatch):
    located = Counter()
    locate = PricePanel.locate

    def counted(panel, market):
        located[market.name] += 1
        return locate(panel, market)

    monkeypatch.setattr(PricePanel, "locate", counted)
    study = EventStudy(
        markets=("TWII", "CNH"),
        date_only="next",
        draws=20,
        cross_section=CrossSection(columns="category"),
        activity=Activity(measures=("range", "volume")),
    )
    study.fit(few_events(), load_prices())
    # The others are columns of their own names.
    assert located == {"CNH": 1}


def test_a_series_says_column_direction_and_priced_sessions():
    prices = load_prices()
    cnh = get_market("CNH")
    series = MarketSeries.between(prices, (cnh, *prices.locate(cnh)), *prices.span())
    assert prices.names[series.column] == "USDCNH"
    assert series.is_inverted
    assert series.name == "CNH"
    priced = prices.dates[series.column]
    sessions = series.calendar.sessions
    assert np.isin(sessions[sessions <= priced[-1]], priced).all()
    assert sessions[-1] > priced[-1]  # after the last price nothing is known, nothing removed


def test_a_column_no_market_is_known_for_is_a_factor_and_no_benchmark():
    prices = load_prices()
    panel = PricePanel.from_frame(prices.frame().rename(columns={"SPX": "MKT"}))
    study = EventStudy(
        markets=("TWII",), model=FactorModel(("MKT",), sync="same_date"), date_only="next", draws=0,
        statistics=("portfolio_t",),
    )  # fmt: skip
    setting = study.fit(few_events(), panel).fitted.data.setting
    assert setting.benchmark is None
    assert [one.name for one in setting.factors] == ["MKT"]
    assert setting.only_factor is setting.factors[0]
