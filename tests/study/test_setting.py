"""Markets, benchmark and calendars of a study."""

from __future__ import annotations

import pytest

from eventstudy import (
    ConstantMean,
    EventStudy,
    MarketModel,
    PricePanel,
    SpecificationError,
    simulate_panel,
)


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
