"""The robust market model beside a derivation of its own."""

from __future__ import annotations

import oracle_models as second
import pytest
from model_studies import BEFORE, ROUNDS, compare, fitted, random_study

from eventstudy import (
    EventStudy,
    EventStudyWarning,
    MarketModel,
    PricePanel,
    RobustMarketModel,
    simulate_panel,
)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("settings", ROUNDS)
def test_robust(settings):
    case, daily = random_study(31, **settings)
    results = fitted(case, daily, model=RobustMarketModel("beta"))
    assert compare(case, results, lambda i: second.robust(second.data_of(case, i, [BEFORE]))) >= 6
    assert results.treated.empty


@pytest.mark.slow
def test_a_huber_line_is_not_moved_by_a_wild_session():
    events, prices = simulate_panel(n_markets=1, n_events=1, beta=1.0, seed=2)
    frame = prices.frame()
    at = int(frame.index.get_loc(events.frame["date"].iloc[0]))
    frame.iloc[at - 60, 0] += 1.5
    wild = PricePanel.from_frame(frame, content="returns")
    settings = {
        "markets": ("M01",), "date_only": "same", "calendar": "data", "draws": 0,
        "estimation_window": (-120, -11), "statistics": ("cross_sectional_t",),
    }  # fmt: skip
    beta = {}
    for model in (MarketModel("BMK"), RobustMarketModel("BMK")):
        study = EventStudy(model=model, **settings)
        beta[model.name, "calm"] = study.fit(events, prices).models["beta"][0]
        with pytest.warns(EventStudyWarning, match="a misprint"):
            beta[model.name, "wild"] = study.fit(events, wild).models["beta"][0]
    moved = {m: abs(beta[m, "wild"] - beta[m, "calm"]) for m in ("market_model", "robust")}
    assert moved["robust"] < 0.1 * moved["market_model"]
