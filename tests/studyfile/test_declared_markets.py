"""Tables ``[market.NAME]`` as markets, and the calendar they have where they name none."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.declared_markets import declared_markets
from eventstudy.studyfile.prices import Bundled


def test_a_market_has_its_own_calendar_else_that_of_all_prices():
    tables = {"market": {"MINE": {}, "N225": {}, "OTHER": {"calendar": "XHKG"}}}
    own = {market.name: market.calendar for market in declared_markets(tables, None, Bundled())}
    assert own == {"MINE": "data", "N225": "XTKS", "OTHER": "XHKG"}
    common = {market.name: market for market in declared_markets(tables, "XNYS", Bundled())}
    assert {name: market.calendar for name, market in common.items()} == {
        "MINE": "XNYS", "N225": "XNYS", "OTHER": "XHKG"
    }  # fmt: skip


def test_two_names_of_one_market_are_refused():
    with pytest.raises(SpecificationError, match="TWII is declared twice"):
        declared_markets({"market": {"TWII": {}, "taiex": {}}}, None, Bundled())
