"""From a headline to the answer: as of the moment asked, on the bundled study and one's own."""

from __future__ import annotations

import datetime as dt

import desk_files
import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.datasets.bundled import load_events, load_prices
from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.expectation.pipeline import expect
from eventstudy.prices.panel import PricePanel
from eventstudy.studyfile.bundled_study import bundled_study
from eventstudy.studyfile.study_file import read_study

pytestmark = pytest.mark.fast_tests(2)

MINE = {"category": "order_win", "direction": "de-escalation"}
SEMIS = "White House says it will exempt semiconductors from new tariffs"


def ask_mine(study, **settings):
    given = {"now": desk_files.NOW, "zone": "Asia/Hong_Kong", **MINE} | settings
    return expect("Chip maker wins a large order", desk_files.NEWS, study=study, **given)


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    return desk_files.write_study(tmp_path_factory.mktemp("desk"))


def moves(prices, name, day, volatility_after):
    """Two-session return of a past date divided by the volatility before it, times today's."""
    series = prices[name].dropna()
    returns = (series / series.shift(1) - 1).to_numpy()[1:]
    weights = 0.94 ** np.arange(len(returns))

    def daily(before):
        past = returns[:before][::-1]
        fast = (weights[: len(past)] * past**2).sum() / weights[: len(past)].sum()
        return np.sqrt((fast + (past[:250] ** 2).mean()) / 2)

    at = int(np.searchsorted(series.index[1:], day))
    raw = (1 + returns[at]) * (1 + returns[at + 1]) - 1
    return raw, raw / daily(at) * daily(len(returns)) if volatility_after else raw


def test_a_study_of_ones_own_by_its_file(mine):
    answer = ask_mine(mine)
    assert isinstance(answer, es.Expectation)
    assert (answer.category, answer.direction, answer.label_source) == (*MINE.values(), "given")
    assert answer.confidence is None
    tokyo, hong_kong = answer.markets
    assert [tokyo.clock.security, hong_kong.clock.security] == ["KIOKU", "ISHI"]
    assert (tokyo.clock.status, str(tokyo.clock.session)) == ("to_open", "2025-06-04")
    assert str(tokyo.clock.opens_utc) == "2025-06-04T00:00:00.000000000"
    assert tokyo.forecast is not None
    assert tokyo.forecast.level in ("category", "direction")  # the two hold the same dates
    assert tokyo.forecast.n_dates == 12
    assert str(tokyo.forecast.prices_to) == desk_files.LAST_PRICE
    assert answer.stale_prices.startswith("Prices of KIOKU and ISHI end on 2025-05-30, and later")
    assert answer.to_dict()["caveats"][0] == answer.stale_prices
    assert not any("The list of past news" in caveat for caveat in answer.caveats)


def test_past_reactions_are_those_computed_by_hand(mine):
    forecast = ask_mine(mine).markets[0].forecast
    events, prices = desk_files.events(), desk_files.prices()
    days = pd.to_datetime(events["published_at"].str[:10])[1::2] + pd.Timedelta(days=1)
    sessions = prices["KIOKU"].dropna().index
    expected = [moves(prices, "KIOKU", sessions[sessions >= day][0], True) for day in days]
    assert [past.raw for past in forecast.past] == pytest.approx([raw for raw, _ in expected])
    rescaled = [past.rescaled for past in forecast.past]
    assert rescaled == pytest.approx([value for _, value in expected], abs=1e-8)
    assert forecast.n_up == sum(value > 0 for _, value in expected)


@pytest.mark.slow
def test_study_values_and_paths_are_the_same(mine):
    read = read_study(mine)
    events, prices = read.load()
    by_value = ask_mine(read.study, events=events, prices=prices)
    assert by_value.to_dict() == ask_mine(str(mine)).to_dict() == ask_mine(read).to_dict()


def test_nothing_after_the_moment_asked_changes_the_answer(tmp_path):
    """Later prices and later events: the answer of a replay is that of the day itself."""
    now = "2025-02-20T22:45Z"
    (tmp_path / "all").mkdir()
    (tmp_path / "then").mkdir()
    events = desk_files.events()
    full = desk_files.write_study(tmp_path / "all", events_=events)
    known = events[events["published_at"] < "2025-02-20"]
    then = desk_files.write_study(tmp_path / "then", events_=known, last="2025-02-20")
    asked = {"now": now, "zone": "UTC", **MINE}
    at = "2025-02-20T20:00Z"
    one = expect("Chip maker wins", at, study=full, **asked).to_dict()
    two = expect("Chip maker wins", at, study=then, **asked).to_dict()
    assert one["markets"] == two["markets"]


def test_a_headline_that_is_an_event_of_the_study_is_not_in_its_own_past(mine):
    events = desk_files.events()
    own = events.iloc[19]
    now = pd.Timestamp(own["published_at"]) + pd.Timedelta("2h")
    answer = expect(own["headline"], own["published_at"], now=now, study=mine, **MINE)
    ids = {i for m in answer.markets for past in m.forecast.past for i in past.event_ids}
    assert ids == {f"E{i:02d}" for i in range(1, 19, 2)}


def test_study_rules_read_the_kinds_of_the_study(tmp_path):
    (tmp_path / "rules.toml").write_text(desk_files.RULES, encoding="utf-8")
    text = desk_files.STUDY.replace('events.csv"\n', 'events.csv"\nrules = "rules.toml"\n')
    study = desk_files.write_study(tmp_path, text=text)
    answer = expect("Maker wins order", desk_files.NEWS, now=desk_files.NOW, study=study)
    assert (answer.category, answer.direction) == ("order_win", "de-escalation")
    assert read_study(study).input_files[2].name == "rules.toml"
    assert read_study(study).to_dict()["events"]["rules"] == "rules.toml"


def test_events_without_kinds_and_a_market_without_a_past(tmp_path):
    events = desk_files.events().drop(columns=["category", "direction"]).assign(markets="KIOKU")
    answer = ask_mine(
        desk_files.write_study(tmp_path, events_=events), category=None, direction=None
    )
    assert (answer.category, answer.direction) == ("any", "any")
    tokyo, hong_kong = answer.markets
    assert tokyo.forecast.level == "all"
    assert tokyo.forecast.n_dates == 24
    assert hong_kong.forecast is None
    assert hong_kong.why == "no past news of the study was over by then"
    assert hong_kong.clock.status == "to_open"


@pytest.mark.slow
@pytest.mark.parametrize("window", [(0, 1), (0, 9_000)])
def test_no_usable_past_at_all_is_an_answer_without_numbers(tmp_path, window):
    events = desk_files.events(2).assign(published_at=["2025-06-02T20:30Z", "2025-06-03T01:30Z"])
    answer = ask_mine(desk_files.write_study(tmp_path, events_=events), window=window)
    assert answer.record is None
    assert answer.strength == "little"
    assert all(market.forecast is None and market.why for market in answer.markets)
    assert answer.to_text()
    assert answer.to_html()


def test_what_is_given_is_checked(mine):
    events, prices = read_study(mine).load()
    study = read_study(mine).study
    with pytest.raises(SpecificationError, match="give events and prices, or neither; prices is"):
        ask_mine(study, events=events)
    with pytest.raises(SpecificationError, match="study: an EventStudy needs events= and prices="):
        ask_mine(study)
    with pytest.raises(SpecificationError, match="takes Events and a PricePanel, got DataFrame"):
        ask_mine(study, events=events.frame, prices=prices)
    with pytest.raises(SpecificationError, match="window: expected two sessions"):
        ask_mine(mine, window="0,1")


def test_a_market_that_has_reacted_keeps_the_forecast_of_the_news(mine):
    at = "2025-04-08T20:30Z"
    early, late = (
        expect("Chip maker wins", at, now=now, zone="UTC", study=mine, **MINE)
        for now in ("2025-04-08T21:00Z", "2025-04-14T21:00Z")
    )
    assert {row.clock.status for row in late.markets} == {"closed"}
    assert [row.forecast.low for row in late.markets] == [row.forecast.low for row in early.markets]
    assert not any("Prices end" in said for said in (*late.caveats, *late.assumed))


def test_what_a_market_did_so_far_is_its_return_since_the_last_close_before(mine):
    prices = desk_files.prices()["KIOKU"].dropna()

    def moved(now):
        answer = expect("Chip maker wins", "2025-04-08T20:30Z", now=now, study=mine, **MINE)
        row = next(row for row in answer.markets if row.clock.security == "KIOKU")
        return row.moved, str(row.moved_to)

    before = prices["2025-04-08"]
    assert moved("2025-04-09T06:00Z") == (None, "None")  # Tokyo closes at 06:30
    assert moved("2025-04-09T06:30Z") == (
        pytest.approx(prices["2025-04-09"] / before - 1, abs=1e-8), "2025-04-09",
    )  # fmt: skip
    for now in ("2025-04-10T06:30Z", "2025-05-10T00:00Z"):  # two sessions, then no more
        assert moved(now) == (
            pytest.approx(prices["2025-04-10"] / before - 1, abs=1e-8), "2025-04-10",
        )  # fmt: skip


def test_progress_is_told(mine):
    told = []
    ask_mine(mine, progress=lambda what, done, total: told.append((done, total)))
    assert (told[0], told[-1]) == ((0, 4), (4, 4))


@pytest.mark.parametrize("room", ["pipeline", "scores"])
def test_where_nobody_chose_a_notebook_says_how_far_it_is(mine, monkeypatch, room):
    told = []
    monkeypatch.setattr(
        "eventstudy.io.progress.default_progress", lambda: lambda *step: told.append(step)
    )
    ask_mine(mine) if room == "pipeline" else es.score(mine)
    assert told[0] == ("reading events and prices", 0, 4 if room == "pipeline" else 3)


@pytest.fixture(scope="module")
def semis():
    return expect(SEMIS, "2025-04-11T21:30-04:00", now="2025-04-14T06:45+08:00")


@pytest.mark.slow
def test_the_bundled_study_on_the_morning_of_14_april_2025(semis):
    assert (semis.category, semis.direction) == ("tariff_exemption", "de-escalation")
    status = [(m.clock.security, m.clock.status) for m in semis.markets]
    assert status == [
        ("CNH", "trading"), ("AUDUSD", "trading"), ("N225", "to_open"), ("TWII", "to_open"),
        ("HSI", "to_open"), ("HSCE", "to_open"),
    ]  # fmt: skip
    assert semis.now_utc == dt.datetime(2025, 4, 13, 22, 45, tzinfo=dt.UTC)
    for market in semis.markets:
        assert str(market.forecast.prices_to) == "2025-04-11"
        ids = {i for past in market.forecast.past for i in past.event_ids}
        assert "E20250411b" not in ids  # the exemption itself
        assert max(past.session for past in market.forecast.past) < np.datetime64("2025-04-11")
    assert semis.benchmark == "SPX"
    assert any("made by people who knew" in caveat for caveat in semis.caveats)


@pytest.mark.slow
def test_a_replay_on_the_bundled_study_knows_nothing_of_later(semis):
    events, prices = load_events(), load_prices()
    frame = events.frame
    known = events.take((frame["date"] <= pd.Timestamp("2025-04-12")).to_numpy())
    cut = PricePanel.from_frame(
        pd.DataFrame({
            name: pd.Series(values, index=pd.DatetimeIndex(dates.astype("M8[ns]")))
            for name, dates, values in zip(prices.names, prices.dates, prices.values, strict=True)
        }).loc[:"2025-04-11"]
    )  # fmt: skip
    assert isinstance(known, Events)
    then = expect(
        SEMIS, "2025-04-11T21:30-04:00", now="2025-04-14T06:45+08:00",
        study=bundled_study().study, events=known, prices=cut,
    )  # fmt: skip
    assert then.to_dict()["markets"] == semis.to_dict()["markets"]
