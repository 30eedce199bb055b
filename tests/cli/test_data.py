from __future__ import annotations

import json

import pytest

from eventstudy.exceptions import SourceError


@pytest.fixture
def unreachable(monkeypatch):
    from eventstudy.prices import fetch

    def update_prices(names, start, end, now):
        raise SourceError("Yahoo cannot be reached")

    monkeypatch.setattr(fetch, "update_prices", update_prices)


def test_a_copy_is_made_even_where_the_network_is_down(run, unreachable, tmp_path):
    code, out, err = run("data", "update", "--out", tmp_path / "data")
    assert code == 2
    names = "N225, TWII, HSI, HSCE, USDCNH, AUDUSD and SPX"  # one reason is said once
    assert f"7 of 7 series not brought to date: {names}: Yahoo cannot be reached\n" in err
    assert "prices.file" in out
    assert (tmp_path / "data" / "closes.csv").exists()
    code, out, _ = run("data", "update", "--out", tmp_path / "data", "--json")
    assert code == 2
    assert json.loads(out)["series"][0]["last_before"] == "2026-08-21"
