"""Markets, benchmark and calendars of a study."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy import (
    ConstantMean,
    EventStudy,
    Market,
    MarketModel,
    PricePanel,
    SpecificationError,
    simulate_panel,
)
from eventstudy.study.setting import resolve_markets


def test_a_column_cannot_be_market_and_benchmark():
    events, prices = simulate_panel(n_markets=2, n_events=3)
    study = EventStudy(
        markets=prices.names, model=MarketModel("M01"), date_only="same", calendar="data", draws=0
    )
    with pytest.raises(SpecificationError, match="both a market of the study and its own"):
        study.fit(events, prices)


@pytest.mark.slow
def test_the_calendar_of_the_panel_is_used():
    events, prices = simulate_panel(n_markets=1, n_events=3)
    frame = (1.0 + prices.frame()).cumprod()
    study = EventStudy(
        markets=["M01"], model=ConstantMean(), estimation_window=(-110, -11), date_only="same",
        draws=0,
    )  # fmt: skip
    own = study.fit(events, PricePanel.from_frame(frame))
    tokyo = study.fit(events, PricePanel.from_frame(frame, calendar="XTKS"))
    assert own.manifest["calendars"]["M01"].startswith("rows of the file")
    assert "XTKS" in tokyo.manifest["calendars"]["M01"]
    assert (tokyo.checks["check"] == "row_without_session").any()


def test_a_market_is_declared_built_in_or_a_column():
    prices = PricePanel.from_frame(
        pd.DataFrame(
            1.0, index=pd.bdate_range("2024-01-01", periods=3), columns=["N225", "own", "X"]
        )
    )
    declared = [Market(name="MINE", label="Mine", calendar="XHKG", series="own")]
    located = resolve_markets(["mine", "nikkei", "X"], declared, prices, "XTKS")
    assert [(market.name, market.calendar, column, inverted)
            for market, column, inverted in located] == [
        ("MINE", "XHKG", 1, False),
        ("N225", "XTKS", 0, False),
        ("X", "XTKS", 2, False),
    ]  # fmt: skip
    with pytest.raises(SpecificationError, match=r"markets names N225 twice \(as 'nikkei' too\)"):
        resolve_markets(["N225", "nikkei"], declared, prices, None)
    with pytest.raises(SpecificationError, match="unknown market 'ownn'; did you mean 'own'"):
        resolve_markets(["ownn"], declared, prices, None)
    with pytest.raises(SpecificationError, match="no column for market HSI"):
        resolve_markets(["HSI"], declared, prices, None)


def test_factors_of_french_are_paired_by_the_closes_of_new_york(tmp_path):
    days = pd.bdate_range("2024-01-02", "2025-02-28")
    moves = np.random.default_rng(0).normal(0.0, 1.0, len(days))
    rows = "".join(
        f"{day:%Y%m%d},{move:8.4f},  0.02\n" for day, move in zip(days, moves, strict=True)
    )
    path = tmp_path / "F-F_daily.csv"
    path.write_text(f"Made for this test.\n\n,Mkt-RF,RF\n{rows}", encoding="utf-8")
    factors = es.read_factors(path)
    prices = es.join_panels([es.load_prices(), factors])
    study = es.EventStudy(
        markets=["N225"], model=es.FactorModel(["MKT"], sync="asof"), statistics=["bmp"], draws=0
    )
    events = pd.DataFrame({"event_id": ["E"], "published_at": ["2025-02-10T14:00+09:00"]})
    results = study.fit(events, prices)
    assert results.manifest["sync"] == "asof"
    assert results.manifest["calendars"]["MKT"].endswith("XNYS")
