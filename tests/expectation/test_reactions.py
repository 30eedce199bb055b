"""Past reactions against plain sums, the study's own CARs, and the reasons for what is left out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from desk_study import data, one_market, reactions, study

from eventstudy.events.table import Caveat, Events
from eventstudy.exceptions import SpecificationError
from eventstudy.expectation.reactions import past_reactions
from eventstudy.markets.calendars import exchange_sessions
from eventstudy.prices.panel import PricePanel

pytestmark = pytest.mark.fast_tests(2)

WINDOW = (0, 1)


def closes(name):
    _, prices = data()
    at = prices.names.index(name)
    return pd.Series(prices.values[at], prices.dates[at].astype("datetime64[ns]"))


def test_a_reaction_is_the_return_of_its_two_sessions_at_the_day_0_of_the_study():
    found = reactions(volatility="ewma")
    fitted = study(draws=0, statistics=("portfolio_t",)).fit(*data())
    day0 = fitted.alignment.set_index(["event_id", "security"])["session"]
    for row in found.frame.itertuples():
        series = closes(row.security)
        at = series.index.get_loc(day0[row.event_id, row.security])
        assert row.raw == pytest.approx(series.iloc[at + 1] / series.iloc[at - 1] - 1, abs=1e-12)
        assert row.session == series.index[at]
        before = series.pct_change().iloc[1:at].to_numpy()
        weights = 0.94 ** np.arange(len(before))[::-1]
        assert row.volatility == pytest.approx(
            np.sqrt((weights * before**2).sum() / weights.sum()), rel=1e-9
        )


def test_what_is_beyond_the_benchmark_is_the_car_of_the_model_beside():
    found = reactions()
    second = study(
        model=study().beside,
        beside=None,
        car_windows=(WINDOW,),
        statistics=("portfolio_t",),
        draws=0,
    )
    car = second.fit(*data()).car.set_index(["event_id", "security"])["car"]
    beyond = found.frame.set_index(["event_id", "security"])["beyond"].dropna()
    assert found.benchmark == "SPX"
    assert len(beyond) == len(car)
    np.testing.assert_allclose(beyond, car.loc[beyond.index], atol=1e-12)


def test_the_study_s_own_benchmark_serves_where_no_model_stands_beside():
    own = past_reactions(study(model=study().beside, beside=None), *data())
    np.testing.assert_allclose(own.frame["beyond"], reactions().frame["beyond"], atol=1e-14)
    without = past_reactions(study(beside=None), *data())
    assert without.benchmark is None
    assert without.frame["beyond"].isna().all()
    assert "benchmark" in without.notes[0]


def test_a_window_is_over_at_the_close_of_its_last_session():
    tokyo = exchange_sessions("XTKS", "2019-01-01", "2021-12-31")
    rows = reactions().frame.query("security == 'N225'")
    at = np.searchsorted(tokyo.sessions, rows["session"].to_numpy().astype("M8[D]"))
    assert (rows["over_utc"].to_numpy() == tokyo.closes[at + 1]).all()


def test_without_a_clock_a_window_is_over_when_its_date_is_over_everywhere():
    z = np.random.default_rng(0).standard_normal(120)
    found = past_reactions(*one_market(z, np.array([60]), ["escalation"]))
    days = pd.bdate_range("2000-01-03", periods=120)
    assert found.frame["over_utc"].iloc[0] == days[61] + pd.Timedelta(hours=36)


def test_log_returns_are_summed_and_simple_ones_compounded():
    z = np.random.default_rng(0).standard_normal(120)
    specification, events, prices = one_market(z, np.array([60]), ["escalation"])
    found = past_reactions(specification, events, prices, window=(0, 2))
    returns = 0.01 * z[60:63]
    assert found.frame["raw"].iloc[0] == pytest.approx(np.prod(1 + returns) - 1, abs=1e-14)
    logs = replace(prices, kind="log")
    found = past_reactions(
        replace(specification, kind="log", statistics=("portfolio_t",)),
        events,
        logs,
        window=(0, 2),
    )
    assert found.frame["raw"].iloc[0] == pytest.approx(returns.sum(), abs=1e-14)


def test_a_window_outside_the_event_window_is_taken_all_the_same():
    z = np.random.default_rng(0).standard_normal(120)
    found = past_reactions(*one_market(z, np.array([60]), ["escalation"]), window=(0, 9))
    assert found.frame["raw"].iloc[0] == pytest.approx(np.prod(1 + 0.01 * z[60:70]) - 1)


def test_every_pair_is_used_or_listed_with_its_reason():
    z = np.random.default_rng(0).standard_normal(120)
    z[80] = np.nan
    rows = np.array([5, 60, 79, 119])
    found = past_reactions(*one_market(z, rows, ["escalation"] * 4))
    assert found.frame["event_id"].tolist() == ["E0001"]
    assert found.dropped.set_index("event_id")["reason"].to_dict() == {
        "E0000": "too few returns before the news to measure the volatility",
        "E0002": "a return of the window is missing",
        "E0003": "prices end before the window is over",
    }


def test_ordinary_days_share_no_session_with_the_window_of_an_event():
    z = np.random.default_rng(0).standard_normal(120)
    found = past_reactions(*one_market(z, np.array([60, 62]), ["escalation"] * 2))
    assert np.flatnonzero(~found.days[0].is_ordinary).tolist() == [59, 60, 61, 62, 63]


def test_events_known_beforehand_are_marked():
    events, prices = data()
    caveat = Caveat(column="category", value="rumour", text="Expected.", known_beforehand=True)
    found = past_reactions(study(), replace(events, caveats=(caveat,)), prices)
    assert (found.frame["is_known"] == (found.frame["category"] == "rumour")).all()
    assert not reactions().frame["is_known"].any()


@pytest.mark.parametrize("window", [(0, 0), (0, 3), (1, 2)])
def test_a_session_is_ordinary_by_what_its_own_window_holds(window):
    z = np.random.default_rng(0).standard_normal(120)
    found = past_reactions(*one_market(z, np.array([60]), ["escalation"]), window=window)
    start, end = window
    news = set(range(60, 60 + end + 1))
    for t, is_ordinary in enumerate(found.days[0].is_ordinary):
        assert is_ordinary == news.isdisjoint(range(t + start, t + end + 1))


def test_a_window_before_the_news_is_refused():
    z = np.random.default_rng(0).standard_normal(120)
    with pytest.raises(SpecificationError, match="starts before the news"):
        past_reactions(*one_market(z, np.array([60]), ["escalation"]), window=(-1, 1))


def test_events_need_neither_direction_nor_headline():
    z = np.random.default_rng(0).standard_normal(120)
    specification, events, prices = one_market(z, np.array([60]), ["escalation"])
    bare = Events.from_frame(pd.DataFrame({"event_id": ["A"], "date": ["2000-03-27"]}))
    found = past_reactions(specification, bare, prices)
    assert found.frame[["headline", "category", "direction"]].iloc[0].tolist() == [None] * 3
    assert len(past_reactions(specification, events, prices).frame) == 1


def test_the_opposite_is_that_of_the_study_s_contrast():
    z = np.random.default_rng(0).standard_normal(120)
    specification, events, prices = one_market(z, np.array([60]), ["neutral"])
    changed = replace(specification, contrast=(("direction", "neutral", "escalation"),))
    assert past_reactions(changed, events, prices).opposites == {
        "neutral": "escalation",
        "escalation": "neutral",
    }
    assert past_reactions(specification, events, prices).opposites["escalation"] == "de-escalation"


def test_firm_events_count_for_their_own_market_only():
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2000-01-03", periods=200)
    prices = PricePanel.from_frame(
        pd.DataFrame(0.01 * rng.standard_normal((200, 3)), days, ["A", "B", "C"]),
        content="returns",
        calendar="data",
    )
    events = Events.from_frame(
        pd.DataFrame(
            {"event_id": ["E1", "E2"], "date": ["2000-05-02", "2000-06-01"], "markets": ["A", "C"]}
        )
    )
    specification, *_ = one_market(np.zeros(2), np.array([0]), ["neutral"])
    found = past_reactions(replace(specification, markets=("A", "B", "C")), events, prices)
    assert found.frame[["event_id", "security"]].to_numpy().tolist() == [["E1", "A"], ["E2", "C"]]
    assert found.days[1].is_ordinary.all()


def test_the_lead_is_what_new_york_did_between_the_close_and_the_open():
    days = reactions().days[1]
    york, series = exchange_sessions("XNYS", "2019-01-01", "2021-12-31"), closes("SPX")
    for t in range(300, 320):
        before = series[york.closes <= days.closed[t - 1]].iloc[-1]
        after = series[york.closes <= days.opened[t]].iloc[-1]
        assert days.lead[t] == pytest.approx(after / before - 1, abs=1e-12)
