"""Returns are decimals, prices are prices, and a currency is quoted as its column says.

The reports: LemaireJean-Baptiste/eventstudy issue 4 ("do we import price, percentage change, or
another return?"); akfamily/akquant issue 142 (a result off by a hundred); CRSP's codes -66, -77,
-88, -99 and Kenneth French's -99.99 for missing, read as returns.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.markets.market import declare_market
from eventstudy.prices.panel import PricePanel

pytestmark = pytest.mark.fast_tests(10)

DAYS = pd.bdate_range("2024-01-01", periods=300, name="date")


def returns(sd=0.01, seed=1, count=300):
    """Decimal returns with the fat tails of daily ones."""
    return sd / 1.41 * np.random.default_rng(seed).standard_t(4, count)


def read(values, name="SERIES", content="returns", kind="log", index=DAYS):
    frame = pd.DataFrame({name: values}, index=index[: len(values)])
    return PricePanel.from_frame(frame, content=content, kind=kind)


@pytest.mark.parametrize("kind", ["log", "simple"])
@pytest.mark.parametrize("factor", [100, 10_000])
@pytest.mark.parametrize("name", ["N225", "TWII", "HSI", "HSCE", "SPX", "USDCNH", "CNH=X", "AUD"])
def test_returns_of_the_bundled_markets_are_refused_in_percent(name, factor, kind):
    series = "USDCNH" if name == "CNH=X" else "AUDUSD" if name == "AUD" else name
    closes = es.load_prices().frame()[series].dropna()
    values = np.log(closes).diff().dropna()
    if kind == "simple":
        values = np.expm1(values)
    decimals = pd.DataFrame({name: values})
    assert PricePanel.from_frame(decimals, content="returns", kind=kind).names == (name,)
    unit = "percent" if factor == 100 else "percent|basis points"
    with pytest.raises(SchemaError, match=f"{name} looks like ({unit})"):
        PricePanel.from_frame((factor * decimals).round(4), content="returns", kind=kind)


@pytest.mark.parametrize("sd", [0.003, 0.01, 0.05])
def test_percent_of_a_series_nobody_knows_is_refused(sd):
    assert read(returns(sd)).names == ("SERIES",)
    with pytest.raises(SchemaError, match=r"looks like percent .*divide by 100"):
        read(100 * returns(sd))


def test_a_calm_currency_in_percent_is_known_by_its_name():
    with pytest.raises(SchemaError, match="USDCNH looks like percent"):
        read(100 * returns(0.0005), "USDCNH")


def test_monthly_returns_may_be_larger():
    months = pd.date_range("2000-01-31", periods=120, freq="ME")
    assert read(returns(0.2, count=120), index=months).names == ("SERIES",)
    with pytest.raises(SchemaError, match="looks like percent"):
        read(returns(20, count=120), index=months)


@pytest.mark.parametrize("level", [4000.0, 7.2, 0.65])
def test_prices_that_are_called_returns_are_refused(level):
    with pytest.raises(SchemaError, match=r'looks like prices .*content = "prices"'):
        read(level * np.exp(np.cumsum(returns())))


def test_a_small_price_is_known_by_its_name_and_a_rate_of_interest_is_none():
    with pytest.raises(SchemaError, match="JPY looks like prices"):
        read(0.0067 * np.exp(np.cumsum(returns(0.005))), "JPY")
    assert read(0.0002 + 0.00001 * np.abs(returns()), "RF").names == ("RF",)


def test_gross_returns_are_neither_returns_nor_prices():
    with pytest.raises(SchemaError, match="looks like gross returns"):
        read(1 + returns(), kind="simple")
    with pytest.raises(SchemaError, match="looks like gross returns"):
        read(1 + returns(), content="prices")
    assert read(np.exp(np.cumsum(returns())), content="prices").names == ("SERIES",)


@pytest.mark.parametrize("kind", ["log", "simple"])
@pytest.mark.parametrize(
    "code", [-66.0, -77.0, -88.0, -99.0, -99.99, -999.0, 999.0, 99.99, -0.9999]
)
def test_a_code_for_missing_is_named_with_its_count(code, kind):
    values = returns()
    values[[20, 50, 90]] = code
    with pytest.raises(SchemaError, match=f"{code:g} stands 3 times: a code for missing") as raised:
        read(values, kind=kind)
    assert "2024-01-29" in str(raised.value)
    assert "(and" not in str(raised.value)


@pytest.mark.parametrize("code", [-99.0, 0.0, 999.0, 9999.0])
def test_a_code_for_missing_among_prices_is_refused(code):
    values = 100 * np.exp(np.cumsum(returns()))
    values[[20, 21, 90]] = code
    with pytest.raises(SchemaError, match=r"a code for missing|is not positive"):
        read(values, content="prices")


def test_a_price_that_happens_to_be_a_round_number_is_a_price():
    values = 9999 * np.exp(np.cumsum(returns()))
    values[[0, 1, 2]] = 9999.0
    assert read(values, content="prices").names == ("SERIES",)


@pytest.mark.parametrize(("kind", "value"), [("log", 6.0), ("log", -5.5), ("simple", 200.0)])
def test_a_return_of_a_hundredfold_is_no_return(kind, value):
    values = returns()
    values[30] = value
    with pytest.raises(SchemaError, match="cannot be a return of one session"):
        read(values, kind=kind)


# -- a currency's level ----------------------------------------------------------------------------

LEVELS = {
    "CNH": (7.2, "name the column USDCNH"),
    "CNHUSD": (7.2, "name the column USDCNH"),
    "USDCNH": (0.139, "name the column CNH"),
    "AUD": (1.55, r"inverse = true in \[market.AUDUSD\]"),
    "AUDUSD": (1.55, r"inverse = true in \[market.AUDUSD\]"),
    "EUR": (0.92, r"inverse = true in \[market.EURUSD\]"),
    "GBP": (0.79, r"inverse = true in \[market.GBPUSD\]"),
    "JPY": (150.0, "name the column USDJPY"),
    "KRW": (1380.0, "name the column USDKRW"),
    "TWD": (32.0, "name the column USDTWD"),
}
MARKET = {"USDCNH": "CNH", "CNHUSD": "CNH", "AUD": "AUDUSD", "EUR": "EURUSD", "GBP": "GBPUSD"}


def fit(column, level, *, declared=(), market=None):
    """Fit a study of one currency whose column begins at a level."""
    values = level * np.exp(np.cumsum(returns(0.002)))
    name = market or MARKET.get(column, column)
    study = es.EventStudy(
        markets=[name], model=es.ConstantMean(), estimation_window=(-120, -21),
        event_window=(-1, 1), car_windows=[(0, 0)], min_obs=60, date_only="same",
        statistics=["portfolio_t"], declared=declared,
    )  # fmt: skip
    events = pd.DataFrame({"event_id": ["a", "b"], "date": ["2024-09-02", "2024-11-04"]})
    panel = PricePanel.from_frame(pd.DataFrame({column: values}, index=DAYS))
    return study.fit(es.Events.from_frame(events), panel)


@pytest.mark.parametrize("column", LEVELS)
def test_a_currency_quoted_upside_down_is_refused_and_the_remedy_named(column):
    level, remedy = LEVELS[column]
    with pytest.raises(SpecificationError, match=remedy):
        fit(column, level)
    assert fit(column, 1 / level) is not None


def test_each_remedy_gives_the_sign_of_the_right_quote():
    def car(results):
        return results.tidy()["estimate"].tolist()

    right = car(fit("USDCNH", 7.2))
    own = declare_market("CNH", {"series": "CNH"})
    assert car(fit("CNH", 7.2, declared=(own,))) == right
    turned = declare_market("AUDUSD", {"inverse": True})
    inverse = car(fit("AUD", 1.55, declared=(turned,)))
    assert inverse == pytest.approx(right)  # the same walk, inverted


def test_a_level_of_neither_quote_is_a_warning():
    checks = fit("USDCNH", 720.0).checks
    assert checks[["check", "severity"]].values.tolist() == [["quote_level", "warning"]]


def test_a_rate_near_one_is_accepted_when_it_was_near_one():
    days = pd.bdate_range("2011-01-03", periods=300)
    panel = PricePanel.from_frame(
        pd.DataFrame({"AUD": 1.05 * np.exp(np.cumsum(returns(0.001)))}, index=days)
    )
    assert "quote_direction" not in set(es.inspect_prices(panel)["check"])
