"""A small study of one's own on disk: two companies in Tokyo and Hong Kong, kinds of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.markets.calendars import exchange_sessions

STUDY = """\
title = "Chip makers"
markets = ["KIOKU", "ISHI"]

[events]
file = "events.csv"

[prices]
source = "files"
file = "prices.csv"

[market.KIOKU]
calendar = "XTKS"

[market.ISHI]
calendar = "XHKG"

[model]
name = "constant_mean"

[sample]
min_obs = 50
"""
RULES = """\
[category.order_win]
direction = "de-escalation"
expected_sign = "+"

[[rule]]
name = "order won"
category = "order_win"
weight = 0.9
any = ["wins order"]
"""
LAST_PRICE = "2025-05-30"
NEWS, NOW = "2025-06-03T20:00+00:00", "2025-06-03T22:45+00:00"
"""After the close in New York; 06:45 in Hong Kong of the next morning."""


def events(n=24):
    days = pd.date_range("2024-03-05", periods=n, freq="19D")
    kinds = ["guidance_cut", "order_win"]
    return pd.DataFrame(
        {
            "event_id": [f"E{i:02d}" for i in range(n)],
            "published_at": [f"{day:%Y-%m-%d}T20:30Z" for day in days],
            "headline": [f"Chip news number {i}" for i in range(n)],
            "category": [kinds[i % 2] for i in range(n)],
            "direction": [("escalation", "de-escalation")[i % 2] for i in range(n)],
        }
    )


def prices(last=LAST_PRICE):
    columns = {}
    for seed, (name, code) in enumerate((("KIOKU", "XTKS"), ("ISHI", "XHKG"))):
        sessions = exchange_sessions(code, "2023-06-01", LAST_PRICE).sessions
        draws = np.random.default_rng(seed).normal(0.0, 0.01 * (1 + seed), len(sessions))
        columns[name] = pd.Series(100 * np.exp(np.cumsum(draws)), index=sessions)
    frame = pd.DataFrame(columns).loc[:last]
    frame.index.name = "date"
    return frame


def write_study(folder, *, events_=None, last=LAST_PRICE, text=STUDY):
    (folder / "study.toml").write_text(text, encoding="utf-8")
    (events() if events_ is None else events_).to_csv(folder / "events.csv", index=False)
    prices(last).to_csv(folder / "prices.csv", float_format="%.10g")
    return folder / "study.toml"
