"""A small Yahoo with two indices and a currency, and a store of its own for each test."""

from __future__ import annotations

import pytest
from fetched import DAYS, TAIPEI, TOKYO, YUAN
from yahoo_server import YahooServer, redirect


@pytest.fixture
def yahoo(monkeypatch, tmp_path):
    with YahooServer() as server:
        server.serve("^N225", DAYS, TOKYO)
        server.serve("^TWII", DAYS, TAIPEI, zone="Asia/Taipei", currency="TWD")
        # the cell called Close is the price at which the day began
        server.serve(
            "CNH=X", DAYS, YUAN, zone="Europe/London", hour=0, kind="CURRENCY", currency="CNH",
            volume=0,
        )  # fmt: skip
        redirect(server.url, tmp_path / "cache", set_attribute=monkeypatch.setattr)
        yield server


@pytest.fixture(autouse=True)
def store_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    return tmp_path / "store"
