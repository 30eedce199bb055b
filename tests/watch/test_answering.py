from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from eventstudy.datasets.bundled import data_path
from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.bundled_study import bundled_study
from eventstudy.studyfile.study_file import read_study
from eventstudy.watch.answering import StudyDesk
from eventstudy.watch.items import Item

NOW = dt.datetime(2025, 4, 13, 22, 45, tzinfo=dt.UTC)
STUDY = """
markets = ["HSI", "N225"]

[events]
file = "events.csv"

[prices]
source = "files"
file = "prices.csv"

[model]
name = "constant_mean"
"""


def item(name="a", headline="US raises tariffs on Chinese goods to 145%", published=None):
    published = published or dt.datetime(2025, 4, 12, 2, 30, tzinfo=dt.UTC)
    return Item(
        item_id=name, source="feed", origin="a", guid=name, headline=headline, published=published,
        first_seen=published, fate="forecast", category="tariff_announced",
        direction="escalation",
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    days = pd.bdate_range("2024-06-03", "2025-04-17")
    steps = np.random.default_rng(3).normal(scale=0.01, size=(len(days), 2))
    prices = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), columns=["HSI", "N225"])
    prices.insert(0, "date", days.strftime("%Y-%m-%d"))
    closed = {"2024-07-01", "2025-01-29", "2025-01-30", "2025-01-31", "2025-04-04"}
    prices.loc[prices["date"].isin(closed), ["HSI", "N225"]] = np.nan
    prices.to_csv(tmp_path / "prices.csv", index=False)
    times = pd.date_range("2024-09-02T02:00Z", periods=24, freq="8D")
    pd.DataFrame(
        {
            "event_id": [f"E{n}" for n in range(24)],
            "published_at": times.strftime("%Y-%m-%dT%H:%MZ"),
            "headline": [f"Headline {n}" for n in range(24)],
            "category": "tariff_announced",
            "direction": ["escalation", "de-escalation"] * 12,
        }
    ).to_csv(tmp_path / "events.csv", index=False)
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return StudyDesk(study=read_study(tmp_path / "study.toml"), zone="Asia/Hong_Kong")


def test_a_forecast_is_kept_as_expect_gives_it(desk):
    from eventstudy.expectation.pipeline import expect

    found = desk.answer(item(), NOW, is_by_headline=True)
    same = expect(
        item().headline, item().published, now=NOW, zone="Asia/Hong_Kong", study=desk.study
    )
    assert (found.window, found.category) == ("[0,+1]", "tariff_announced")
    assert found.html.startswith("<!DOCTYPE html>")
    for row, market in zip(found.rows, same.markets, strict=True):
        forecast = market.forecast
        assert (row.security, row.status) == (market.clock.security, "to_open")
        assert (row.low, row.median, row.high) == (forecast.low, forecast.median, forecast.high)
        assert (row.session, row.n_dates) == ("2025-04-14", forecast.n_dates)
        assert row.opens < row.closes
    tokyo = {row.security: row for row in found.rows}["N225"]
    assert tokyo.opens == dt.datetime(2025, 4, 14, 0, 0, tzinfo=dt.UTC)


def test_a_kind_that_the_text_told_is_handed_over(desk):
    vague = item(headline="Statement of the White House")
    with pytest.raises(SpecificationError):
        desk.answer(vague, NOW, is_by_headline=True)
    assert desk.answer(vague, NOW, is_by_headline=False).direction == "escalation"


def test_an_outcome_is_the_plain_return_over_two_sessions(desk):
    prices = pd.read_csv(desk.study.folder / "prices.csv").set_index("date")
    now = dt.datetime(2025, 4, 15, 7, 0, tzinfo=dt.UTC)
    found = desk.outcomes([item()], now)
    # Tokyo has closed on Tuesday, Hong Kong closes an hour later.
    assert set(found) == {("a", "N225")}
    tokyo = found["a", "N225"]
    plain = prices["N225"]["2025-04-15"] / prices["N225"]["2025-04-11"] - 1
    assert tokyo.value == pytest.approx(plain, abs=1e-8)
    assert tokyo.session == "2025-04-14"
    assert tokyo.over == dt.datetime(2025, 4, 15, 6, 30, tzinfo=dt.UTC)
    later = desk.outcomes([item()], now + dt.timedelta(hours=2))
    plain = prices["HSI"]["2025-04-15"] / prices["HSI"]["2025-04-11"] - 1
    assert later["a", "HSI"].value == pytest.approx(plain, abs=1e-8)
    assert desk.outcomes([], now) == {}


def test_the_labels_are_those_of_the_package(desk):
    assert desk.label("Liverpool beat Chelsea 2-1", "").outcome == "rejected"
    assert desk.label(item().headline, "").category == "tariff_announced"


@pytest.mark.slow
def test_the_bundled_study_settles_what_it_forecast():
    desk = StudyDesk(study=bundled_study(), zone="Asia/Hong_Kong")
    exemption = item(headline="US exempts smartphones and chips from reciprocal tariffs")
    rows = {row.security: row for row in desk.answer(exemption, NOW, is_by_headline=True).rows}
    assert rows["CNH"].status == "trading"
    assert {rows[name].status for name in ("N225", "TWII", "HSI", "HSCE")} == {"to_open"}
    closes = pd.read_csv(data_path("prices/closes.csv")).set_index("date")
    found = desk.outcomes([exemption], NOW + dt.timedelta(days=4))
    for name in ("N225", "TWII", "HSI"):
        column = closes[name].dropna()
        at = column.index.get_loc("2025-04-14")
        plain = column.iloc[at + 1] / column.iloc[at - 1] - 1
        assert found["a", name].value == pytest.approx(plain, abs=1e-8)
