from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.datasets.bundled import load_prices
from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.markets.calendars import calendar_for, data_sessions
from eventstudy.markets.market import declare_market, get_market
from eventstudy.prices.market_series import MarketSeries, trim_calendar
from eventstudy.prices.panel import PricePanel
from eventstudy.prices.returns import build_returns
from eventstudy.prices.synchronisation import synchronised_returns

pytestmark = pytest.mark.fast_tests(4)

TOKYO = {"calendar": "data", "timezone": "Asia/Tokyo", "close": "15:00"}
NEW_YORK = {"calendar": "data", "timezone": "America/New_York", "close": "16:00"}
ASIA, US = declare_market("ASIA", TOKYO), declare_market("US", NEW_YORK)
BARE = {name: declare_market(name, {"calendar": "data"}) for name in ("A", "B", "M")}
DAYS = np.arange("2025-01-06", "2025-04-05", dtype="M8[D]")
DAYS = DAYS[np.is_busday(DAYS)]


def wide(content="prices", kind="simple", dates=None, **columns):
    days = DAYS[: len(next(iter(columns.values())))] if dates is None else np.asarray(dates)
    frame = pd.DataFrame(columns, index=pd.DatetimeIndex(days.astype("M8[ns]")))
    return PricePanel.from_frame(frame, content=content, kind=kind, calendar="data")


def series_of(prices, market, calendar):
    column, is_inverted = prices.locate(market)
    return MarketSeries(market=market, column=column, is_inverted=is_inverted, calendar=calendar)


def located(prices, market):
    return MarketSeries.between(prices, (market, *prices.locate(market)), *prices.span())


def build(prices, markets, benchmark=None, **options):
    paired = benchmark and located(prices, benchmark)
    securities = [located(prices, market) for market in markets]
    return build_returns(prices, securities, benchmark=paired, **options)


@pytest.fixture(scope="module")
def bundled():
    prices = load_prices()
    names = ("N225", "TWII", "HSI", "HSCE", "CNH", "AUDUSD", "SPX")
    return prices, {name: located(prices, get_market(name)) for name in names}


def bundled_panel(bundled, **options):
    prices, series = bundled
    securities = [series[name] for name in ("N225", "TWII", "HSI", "HSCE", "CNH", "AUDUSD")]
    return build_returns(prices, securities, benchmark=series["SPX"], **options)


def test_the_second_of_may_2025(bundled):
    panel = bundled_panel(bundled)
    got = {name: panel.frame(name).loc["2025-05-02", "return"] for name in panel.names}
    assert got["N225"] == pytest.approx(0.0104, abs=5e-5)
    assert got["TWII"] == pytest.approx(0.0273, abs=5e-5)
    assert got["HSI"] == pytest.approx(0.0174, abs=5e-5)
    # the inverse of USDCNH: 7.2777 to 7.2110 is a stronger yuan
    assert got["CNH"] == pytest.approx(7.2777 / 7.2110 - 1, abs=1e-12)
    assert got["CNH"] == pytest.approx(0.0092, abs=5e-5)


def test_asof_spans_every_new_york_session_since_the_last_close(bundled):
    prices, _ = bundled
    spx = prices.frame()["SPX"]
    panel = bundled_panel(bundled)
    both = spx["2025-05-01"] / spx["2025-04-29"] - 1
    one = spx["2025-05-01"] / spx["2025-04-30"] - 1
    # the FX day closes after New York's own close
    same = spx["2025-05-02"] / spx["2025-05-01"] - 1
    for name, expected in {"TWII": both, "HSI": both, "N225": one, "CNH": same}.items():
        got = panel.frame(name).loc["2025-05-02", "SPX"]
        assert got == pytest.approx(expected, abs=1e-12), name


def test_asof_against_a_search_by_hand(bundled):
    prices, series = bundled
    panel = bundled_panel(bundled)
    spx = series["SPX"].calendar
    level = prices.frame()["SPX"].dropna()
    closes = pd.Series(level.to_numpy(), index=pd.DatetimeIndex(spx.closes))
    for n, name in enumerate(panel.names):
        at = [closes[:moment] for moment in series[name].calendar.closes]
        levels = np.array([earlier.iloc[-1] if len(earlier) else np.nan for earlier in at])
        np.testing.assert_allclose(
            panel.factors[n, 1 : panel.n_sessions[n], 0], levels[1:] / levels[:-1] - 1, atol=1e-12
        )


def test_log_returns_are_differences_of_logs(bundled):
    simple, log = bundled_panel(bundled), bundled_panel(bundled, kind="log")
    np.testing.assert_allclose(np.log1p(simple.returns), log.returns, atol=1e-14)
    np.testing.assert_allclose(np.log1p(simple.factors), log.factors, atol=1e-14)
    assert log.kind == "log"


def test_shape_padding_and_frozen_arrays(bundled):
    _, series = bundled
    panel = bundled_panel(bundled)
    assert panel.returns.shape == panel.dates.shape == panel.closes.shape == panel.prices.shape
    assert panel.factors.shape == (6, panel.n_sessions.max(), 1)
    assert panel.factor_names == ("SPX",)
    for n, name in enumerate(panel.names):
        end = panel.n_sessions[n]
        assert (panel.dates[n, :end] == series[name].calendar.sessions).all()
        assert np.isnat(panel.dates[n, end:]).all()
        assert np.isnan(panel.returns[n, [0, *range(end, panel.returns.shape[1])]]).all()
    with pytest.raises(ValueError, match="read-only"):
        panel.returns[0, 1] = 0.0
    assert panel.position("HSI") == 2
    with pytest.raises(SpecificationError, match="did you mean 'HSCE'"):
        panel.position("HSCEI")


def test_an_exchange_session_without_a_price_is_removed_and_the_return_joins(bundled):
    prices, _ = bundled
    frame = prices.frame()
    frame.loc["2025-05-02", "N225"] = np.nan
    thinner = PricePanel.from_frame(frame)
    n225 = get_market("N225")
    full = calendar_for(n225, *thinner.span())
    series = located(thinner, n225)
    assert len(series.calendar) == len(full) - 1
    panel = build_returns(thinner, [series])
    silent = panel.checks[panel.checks["check"] == "session_without_price"]
    assert list(silent["date"]) == [pd.Timestamp("2025-05-02")]
    joined = frame["N225"]["2025-05-07"] / frame["N225"]["2025-05-01"] - 1
    assert panel.frame("N225").loc["2025-05-07", "return"] == pytest.approx(joined, abs=1e-14)


def test_sessions_outside_the_rows_stay_without_a_return():
    prices = wide(ASIA=np.linspace(100, 110, 20))
    longer = data_sessions(DAYS[:25], "Asia/Tokyo", "15:00")
    calendar = trim_calendar(longer, prices.dates[0])
    assert calendar is longer
    panel = build_returns(prices, [series_of(prices, ASIA, calendar)])
    assert "session_without_price" not in set(panel.checks["check"])
    assert np.isnan(panel.returns[0, 20:]).all()
    assert np.isfinite(panel.returns[0, 1:20]).all()


@pytest.mark.parametrize("kind", ["simple", "log"])
@pytest.mark.parametrize("sync", ["same_date", "lag"])
def test_wide_returns_pair_by_row(kind, sync):
    rng = np.random.default_rng(3)
    cells = rng.normal(0, 0.01, (3, 40))
    cells[0, 5] = cells[2, 7] = cells[2, 0] = np.nan
    prices = wide("returns", kind, A=cells[0], B=cells[1], M=cells[2])
    panel = build(
        prices,
        [BARE["A"], BARE["B"]],
        BARE["M"],
        kind=kind,
        sync=sync,
        factors=[located(prices, BARE["B"])],
    )
    np.testing.assert_array_equal(panel.returns, cells[:2])
    shifted = cells if sync == "same_date" else np.c_[np.full(3, np.nan), cells[:, :-1]]
    for n in range(2):
        np.testing.assert_array_equal(panel.factors[n], shifted[[2, 1]].T)
    assert panel.factor_names == ("M", "B")
    assert np.isnan(panel.prices).all()


@pytest.mark.parametrize("sync", ["same_date", "lag"])
def test_wide_prices_pair_by_row(sync):
    rng = np.random.default_rng(4)
    levels = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (3, 40)), axis=1))
    prices = wide(A=levels[0], B=levels[1], M=levels[2])
    panel = build(prices, [BARE["A"]], BARE["M"], sync=sync, factors=[located(prices, BARE["B"])])
    rows = levels[:, 1:] / levels[:, :-1] - 1
    lost = 1 if sync == "same_date" else 2
    expected = rows[[2, 1], : 40 - lost].T
    np.testing.assert_allclose(panel.factors[0, lost:], expected, rtol=1e-13)
    assert np.isnan(panel.factors[0, :lost]).all()
    np.testing.assert_allclose(panel.returns[0, 1:], rows[0], rtol=1e-13)


def test_same_date_takes_the_benchmark_of_that_date_alone():
    a = np.array([100.0, 101.0, np.nan, 103.0, 104.0])
    m = np.array([10.0, 11.0, 12.0, 13.0, 14.0])
    panel = build(wide(A=a, M=m), [BARE["A"]], BARE["M"], sync="same_date")
    np.testing.assert_allclose(panel.factors[0, 1:, 0], [11 / 10 - 1, 13 / 12 - 1, 14 / 13 - 1])
    np.testing.assert_allclose(panel.returns[0, 1:], [0.01, 103 / 101 - 1, 104 / 103 - 1])


def test_a_benchmark_holiday_is_zero_and_its_end_is_missing():
    a = np.arange(100.0, 108.0)
    m = np.array([np.nan, 10.0, 11.0, np.nan, 12.0, 13.0, np.nan, np.nan])
    panel = build(wide(A=a, M=m), [BARE["A"]], BARE["M"], sync="same_date")
    expected = [np.nan, np.nan, 0.1, 0.0, 12 / 11 - 1, 13 / 12 - 1, np.nan, np.nan]
    np.testing.assert_allclose(panel.factors[0, :, 0], expected, atol=1e-15)


def test_asof_after_the_last_benchmark_close_lasts_until_the_next_could_be():
    # Friday's New York close is what Tokyo knows on Monday; on Tuesday one more could have been
    days = np.array(["2025-05-01", "2025-05-02", "2025-05-05", "2025-05-06"], "M8[D]")
    us = np.array([10.0, 11.0, np.nan, np.nan])
    prices = wide(ASIA=np.arange(4) + 100.0, US=us, dates=days)
    panel = build(prices, [ASIA], US)
    got = panel.factors[0, :, 0]
    np.testing.assert_allclose(got, [np.nan, np.nan, 0.1, np.nan], atol=1e-15)


def test_returns_under_asof_compound_over_the_interval():
    asia = np.array([0.01, np.nan, 0.02, 0.03, 0.01])
    us = np.array([0.01, 0.02, np.nan, 0.04, 0.05])
    prices = wide("returns", ASIA=asia, US=us)
    asia, us = located(prices, ASIA), located(prices, US)
    asia = replace(asia, calendar=asia.calendar.without(DAYS[[1]], "closed"))
    panel = build_returns(prices, [asia], benchmark=us)
    # Tokyo's second session holds two New York sessions, its third a missing one
    expected = [np.nan, 1.01 * 1.02 - 1, np.nan, 0.04]
    np.testing.assert_allclose(panel.factors[0, :4, 0], expected, atol=1e-15)


def test_one_missing_factor_return_makes_the_whole_interval_missing():
    us = np.array([0.01, 0.02, np.nan, 0.04, 0.05])
    prices = wide("returns", ASIA=np.full(5, 0.01), US=us)
    asia, us = located(prices, ASIA), located(prices, US)
    asia = replace(asia, calendar=asia.calendar.without(DAYS[[2, 3]], "closed"))
    us = replace(us, calendar=us.calendar.without(DAYS[[0]], "closed"))
    panel = build_returns(prices, [asia], benchmark=us)
    # no New York close is known at Tokyo's first two; its third spans the missing one
    assert np.isnan(panel.factors[0, :, 0]).all()


def test_given_returns_of_an_inverse_quote_are_those_of_its_inverse():
    moves = np.array([0.01, -0.02, np.nan, 0.03])
    cnh = declare_market("CNH", {"calendar": "data", "series": "USDCNH", "inverse": True})
    simple = build(wide("returns", USDCNH=moves), [cnh])
    np.testing.assert_allclose(simple.returns[0], 1 / (1 + moves) - 1, rtol=1e-13)
    log = build(wide("returns", "log", USDCNH=moves), [cnh], kind="log")
    np.testing.assert_array_equal(log.returns[0], -moves)


def test_a_factor_that_is_a_market_is_inverted_and_a_column_never():
    fx = np.array([7.0, 7.1, 7.2, 7.0])
    prices = wide(A=np.arange(4) + 100.0, USDCNH=fx)
    cnh = declare_market("CNH", {"calendar": "data", "series": "USDCNH", "inverse": True})
    column = declare_market("USDCNH", {"calendar": "data"})
    panel = build_returns(
        prices,
        [located(prices, BARE["A"])],
        factors=[located(prices, column), located(prices, cnh)],
        sync="same_date",
    )
    assert panel.factor_names == ("USDCNH", "CNH")
    np.testing.assert_allclose(panel.factors[0, 1:, 0], fx[1:] / fx[:-1] - 1)
    np.testing.assert_allclose(panel.factors[0, 1:, 1], fx[:-1] / fx[1:] - 1)


@pytest.mark.parametrize(("given_kind", "kind"), [("simple", "log"), ("log", "simple")])
def test_given_returns_change_kind_without_loss(given_kind, kind):
    cells = np.array([0.01, -0.02, np.nan, 0.03])
    panel = build(wide("returns", given_kind, A=cells), [BARE["A"]], kind=kind)
    expected = np.log1p(cells) if kind == "log" else np.expm1(cells)
    np.testing.assert_allclose(panel.returns[0], expected, rtol=1e-14)


def test_asof_without_a_clock_says_what_to_do():
    prices = wide(A=np.arange(5) + 1.0, M=np.arange(5) + 1.0)
    with pytest.raises(SpecificationError, match=r"\[market.M\] its calendar.*same_date"):
        build(prices, [BARE["A"]], BARE["M"], sync="asof")
    assert build(prices, [BARE["A"]], BARE["M"]).sync == "same_date"
    # nothing is paired, so nothing needs a clock
    assert build(prices, [BARE["A"]]).factors.shape == (1, 5, 0)


def test_same_date_across_time_zones_warns_and_within_one_does_not():
    prices = wide(ASIA=np.arange(5) + 1.0, US=np.arange(5) + 1.0, B=np.arange(5) + 1.0)
    with pytest.warns(EventStudyWarning, match=r"US \(America/New_York\) with ASIA"):
        build(prices, [ASIA], US, sync="same_date")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build(prices, [US, BARE["B"]], US, sync="same_date")
        build(prices, [ASIA], US, sync="lag")


@pytest.mark.parametrize("option", [{"sync": "same-date"}, {"kind": "Log"}])
def test_unknown_names_are_refused(option):
    prices = wide(ASIA=np.arange(5) + 1.0)
    with pytest.raises(SpecificationError, match="did you mean"):
        build(prices, [ASIA], **option)


def test_a_shared_calendar_is_paired_once(monkeypatch):
    from eventstudy.prices import returns as module

    calendars = []

    def counted(own, factor, **options):
        calendars.append(own)
        return synchronised_returns(own, factor, **options)

    monkeypatch.setattr(module, "synchronised_returns", counted)
    levels = np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, (60, 50)), axis=0))
    frame = pd.DataFrame(levels, index=DAYS[:60].astype("M8[ns]"))
    frame.iloc[7, 3] = np.nan
    prices = PricePanel.from_frame(frame.rename(columns=lambda i: f"S{i}"))
    markets = [declare_market(name, TOKYO) for name in prices.names]
    calendar = data_sessions(DAYS[:60], "Asia/Tokyo", "15:00")
    securities = [
        series_of(prices, market, trim_calendar(calendar, prices.dates[column]))
        for column, market in enumerate(markets)
    ]
    panel = build_returns(prices, securities, benchmark=series_of(prices, markets[0], calendar))
    assert len(calendars) == 2  # the one they share, and that of the security with a gap
    np.testing.assert_allclose(panel.factors[7, :, 0], panel.returns[0], rtol=1e-12)


def test_a_column_without_a_price_builds_and_is_listed():
    prices = wide(A=np.full(5, np.nan), M=np.arange(5) + 1.0)
    panel = build(prices, [BARE["A"], BARE["M"]], BARE["M"], sync="same_date")
    assert panel.n_sessions.tolist() == [0, 5]
    assert np.isnan(panel.returns[0]).all()
    assert list(panel.checks["check"]) == ["empty_column"]
    assert build(prices, []).returns.shape == (0, 0)


# ---- properties ------------------------------------------------------------------------------


@st.composite
def two_markets(draw):
    """Prices in Tokyo and New York, each with holidays of its own, and both calendars."""
    count = draw(st.integers(8, 40))
    moves = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(0, 0.02, (2, count))
    levels = 100 * np.exp(np.cumsum(moves, axis=1))
    for row in levels:
        # the first and last rows stay, so that both cover the same range
        shut = draw(st.sets(st.integers(1, count - 2), max_size=count // 3))
        row[list(shut)] = np.nan
    return levels


@given(two_markets(), st.sampled_from(["simple", "log"]))
def test_asof_returns_chain_to_the_benchmark_s_own(levels, kind):
    prices = wide(ASIA=levels[0], US=levels[1])
    panel = build(prices, [ASIA], US, kind=kind)
    paired = panel.factors[0, : panel.n_sessions[0], 0]
    finite = paired[np.isfinite(paired)]
    # Tokyo's first close with a known New York close is the one after the first row
    assert np.isnan(paired[:2]).sum() == len(paired) - len(finite)
    logs = finite if kind == "log" else np.log1p(finite)
    asia, us = (located(prices, market).calendar for market in (ASIA, US))
    last = np.searchsorted(us.closes, asia.closes, side="right") - 1
    us = prices.values[1]
    first = last[last >= 0][0]
    assert logs.sum() == pytest.approx(np.log(us[last[-1]] / us[first]), abs=1e-10)


@given(two_markets(), st.integers(0, 39), st.floats(0.5, 2.0))
def test_asof_never_looks_ahead(levels, at, factor):
    at = min(at, levels.shape[1] - 1)
    prices = wide(ASIA=levels[0], US=levels[1])
    before = build(prices, [ASIA], US)
    moment = before.closes[0, min(at, before.n_sessions[0] - 1)]
    late = located(prices, US).calendar.closes > moment
    changed = levels[1].copy()
    rows = np.flatnonzero(np.isfinite(changed))[late]
    changed[rows] *= factor
    after = build(wide(ASIA=levels[0], US=changed), [ASIA], US)
    until = before.closes[0] <= moment
    np.testing.assert_array_equal(before.factors[0, until], after.factors[0, until])


@given(two_markets())
def test_inverse_twice_is_the_same_and_once_flips_the_log_return(levels):
    inverse = declare_market("ASIA", {**TOKYO, "inverse": True})
    plain = build(wide(ASIA=levels[0], US=levels[1]), [ASIA], kind="log")
    once = build(wide(ASIA=levels[0], US=levels[1]), [inverse], kind="log")
    twice = build(wide(ASIA=1 / levels[0], US=levels[1]), [inverse], kind="log")
    np.testing.assert_allclose(once.returns, -plain.returns, atol=1e-14)
    np.testing.assert_allclose(twice.returns, plain.returns, atol=1e-14)
    np.testing.assert_allclose(twice.prices, plain.prices, rtol=1e-14)


@given(two_markets(), st.sampled_from(["asof", "same_date", "lag"]))
def test_no_input_is_changed_and_other_columns_do_not_matter(levels, sync):
    frame = pd.DataFrame(
        {"ASIA": levels[0], "US": levels[1]},
        index=pd.DatetimeIndex(DAYS[: levels.shape[1]].astype("M8[ns]")),
    )
    kept = frame.copy()
    prices = PricePanel.from_frame(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EventStudyWarning)
        one = build(prices, [ASIA], US, sync=sync)
        more = PricePanel.from_frame(frame.assign(Z=np.nan, Y=1.0))
        two = build(more, [ASIA], US, sync=sync)
    pd.testing.assert_frame_equal(frame, kept)
    pd.testing.assert_frame_equal(prices.frame(), kept.dropna(how="all"), check_names=False)
    np.testing.assert_array_equal(one.returns, two.returns)
    np.testing.assert_array_equal(one.factors, two.factors)


@given(two_markets())
def test_a_security_paired_with_itself_is_its_own_benchmark(levels):
    prices = wide(ASIA=levels[0], US=levels[1])
    for sync in ("asof", "same_date"):
        panel = build(prices, [US], US, sync=sync)
        np.testing.assert_allclose(panel.factors[..., 0], panel.returns, atol=1e-15)
