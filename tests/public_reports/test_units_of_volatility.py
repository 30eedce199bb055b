"""A change of unit changes no t statistic.

The reports: bashtage/arch, issues 213, 632 and 748 (a likelihood that depends on the scale of the
data), and FriedmanJP/MacroEconometricModels.jl, issue 580 (a small scale gives other answers).
"""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy import MODELS, STATISTICS, EventStudy, PricePanel, simulate_panel
from eventstudy.datasets.simulation import BENCHMARK
from eventstudy.models import model_keys
from eventstudy.models.controls import DonorModel

pytestmark = pytest.mark.fast_tests(2)

# Daily standard deviations of 0.0002 (a pegged currency) times these: from 0.000002 to 0.01.
SCALES = (0.01, 50.0)
# These compound returns, or have no denominator of their own.
NOT_SCALE_FREE = ("bhar_t", "bhar_skewness_adjusted_t", "bhar_portfolio_t")


def t_of(model: object, scale: float, names: tuple[str, ...], *, draws: int = 0):
    markets = ("M01",) if isinstance(model, DonorModel) else ("M01", "M02", "M03")
    events, prices = simulate_panel(
        n_markets=3, n_events=3, n_sessions=330, first_event=180, beta=0.8, seed=11,
        volatility=0.0002, garch=(0.1, 0.8),
    )  # fmt: skip
    study = EventStudy(
        markets=markets, model=model, calendar="data", date_only="same", min_obs=100,
        estimation_window=(-150, -11), event_window=(-2, 2), car_windows=((0, 0), (-1, 2)),
        statistics=names, draws=draws, seed=3,
    )  # fmt: skip
    panel = PricePanel.from_frame(prices.frame() * scale, content="returns")
    return study.fit(events, panel)


def made(name: str):
    if name == "factor":
        return MODELS[name].value((BENCHMARK,))
    if issubclass(MODELS[name].value, DonorModel):
        return MODELS[name].value(("M02", "M03", BENCHMARK))
    has_benchmark = "benchmark" in model_keys(MODELS[name].value)
    return MODELS[name].value(BENCHMARK) if has_benchmark else MODELS[name].value()


@pytest.mark.filterwarnings("ignore:model dimson uses benchmark returns of 1 session later")
@pytest.mark.parametrize("model", MODELS.names())
def test_every_model_gives_the_same_t_in_any_unit(model):
    names = ("patell", "bmp", "portfolio_t")
    base = t_of(made(model), 1.0, names)
    for scale in SCALES:
        other = t_of(made(model), scale, names)
        for own, scaled in ((base.statistics, other.statistics), (base.car, other.car)):
            column = "statistic" if "statistic" in own else "t"
            assert own[column].notna().all()
            np.testing.assert_allclose(scaled[column], own[column], rtol=1e-6, err_msg=model)


def test_every_statistic_is_the_same_in_any_unit():
    names = tuple(n for n in STATISTICS.names() if n not in NOT_SCALE_FREE)
    base = t_of(made("market_model"), 1.0, names, draws=40).statistics
    assert base["statistic"].notna().any()
    for scale in SCALES:
        other = t_of(made("market_model"), scale, names, draws=40).statistics
        for column in ("statistic", "pvalue", "effect", "mde", "size"):
            np.testing.assert_allclose(other[column], base[column], rtol=1e-6, err_msg=column)
        np.testing.assert_allclose(other["estimate"], base["estimate"] * scale, rtol=1e-9)
