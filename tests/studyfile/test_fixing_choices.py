"""Official fixings as the prices of a study: the moment of a fixing is its market's close."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from feed_server import feed_server

import eventstudy as es
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.studyfile.fixing_choices import Fixings, Fred
from eventstudy.studyfile.prices import SOURCES

DAYS = pd.bdate_range("2023-01-02", "2025-06-13")
STUDY = """markets = ["CNY"]
[prices]
source = "fred"
address = "{address}"
start = 2023-01-02
end = 2025-06-13
[events]
file = "events.csv"
[model]
name = "constant_mean"
"""
EVENTS = """event_id,published_at,headline,category
E1,2025-04-09T15:30Z,before the fixing of noon,talks_held
E2,2025-04-10T16:30Z,after the fixing of noon,talks_held
"""


@pytest.fixture
def folder(monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    (tmp_path / "events.csv").write_text(EVENTS)
    with feed_server() as server:
        moves = np.random.default_rng(1).normal(0, 0.002, len(DAYS))
        rates = 7 * np.exp(np.cumsum(moves))
        rows = "".join(
            f"{day:%Y-%m-%d},{rate:.4f}\n" for day, rate in zip(DAYS, rates, strict=True)
        )
        address = server.put("/fred", f"observation_date,DEXCHUS\n{rows}")
        (tmp_path / "study.toml").write_text(STUDY.format(address=address))
        yield tmp_path


def test_news_is_aligned_by_the_moment_of_the_fixing(folder):
    results = es.read_study(folder / "study.toml", allow_network=True).run()
    alignment = results.alignment
    assert [f"{session:%Y-%m-%d}" for session in alignment["session"]] == [
        "2025-04-09", "2025-04-11",
    ]  # fmt: skip
    assert [f"{close:%H:%M}" for close in pd.to_datetime(alignment["closes_utc"])] == ["16:00"] * 2
    prices = results.manifest["study"]["prices"]
    assert prices["source"] == "fred"
    assert any("are of 12:00 America/New_York" in said for said in results.assumed)


def test_a_market_with_another_moment_is_refused(folder):
    path = folder / "study.toml"
    path.write_text(path.read_text() + '[market.USDCNY]\ncalendar = "FX"\n')
    text = path.read_text().replace('markets = ["CNY"]', 'markets = ["USDCNY"]')
    path.write_text(text)
    with pytest.raises(SpecificationError, match="closes at 17:00 America/New_York"):
        es.read_study(path, allow_network=True).run()


def test_a_market_the_source_has_not_names_the_key(folder):
    path = folder / "study.toml"
    path.write_text(path.read_text().replace('"CNY"', '"CNY", "N225"'))
    with pytest.raises(SpecificationError, match=r"markets: FRED.* has no N225"):
        es.read_study(path, allow_network=True).run()


def test_what_fails_is_said_under_the_key(folder):
    path = folder / "study.toml"
    path.write_text(path.read_text().replace("/fred", "/nothing"))
    with pytest.raises(SourceError, match=r"prices.source: .*404"):
        es.read_study(path, allow_network=True).run()


def test_all_of_them_have_the_same_keys():
    sources = {entry.name: entry.value for entry in SOURCES if issubclass(entry.value, Fixings)}
    assert {name: source.official for name, source in sources.items()} == {
        name: name for name in ("fred", "frankfurter", "cfets", "twse")
    }
    with pytest.raises(SpecificationError, match="exclude each other"):
        Fred.parse({"refresh": True, "offline": True}, None)
