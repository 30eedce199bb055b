"""A small study on paper: two markets and an index, returns by date, six dated events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SESSIONS = pd.bdate_range("2024-01-01", periods=180, name="date")
DAY0 = {"E1": 130, "E2": 140, "E3": 141, "E4": 150, "E5": 160, "E6": 170}
CATEGORY = {"E1": "up", "E2": "down", "E3": "up", "E4": "down", "E5": "up", "E6": "down"}

STUDY = """\
title = "Six events in two markets"
markets = ["AAA", "BBB"]

[events]
file = "events.csv"
date_only = "same"

[prices]
source = "files"
file = "prices.csv"
content = "returns"
calendar = "data"

[model]
name = "market_model"
benchmark = "MKT"

[windows]
estimation = [-100, -11]
event = [-2, 2]
car = [[0, 0], [0, 1]]

[sample]
min_obs = 60

[statistics]
names = ["cross_sectional_t", "portfolio_t"]
by = ["category"]
draws = 20
"""


def returns() -> pd.DataFrame:
    """Return daily returns, a few of them missing."""
    rng = np.random.default_rng(7)
    market = rng.normal(0, 0.01, len(SESSIONS))
    table = {
        "AAA": 0.0004 + 1.2 * market + rng.normal(0, 0.008, len(SESSIONS)),
        "BBB": -0.0002 + 0.7 * market + rng.normal(0, 0.012, len(SESSIONS)),
        "MKT": market,
    }
    frame = pd.DataFrame(table, index=SESSIONS)
    frame.iloc[60, 0] = np.nan
    frame.iloc[[75, 90], 1] = np.nan
    return frame


def prices() -> pd.DataFrame:
    """Return price levels with the same gaps."""
    return (100 * (1 + returns().fillna(0)).cumprod()).where(returns().notna()).round(6)


def write_study(folder: Path, study: str = STUDY, **replaced: str) -> Path:
    """Write study, events and prices; `replaced` gives other text for a file, by its stem."""
    events = ["event_id,date,category,headline"]
    events += [f"{e},{SESSIONS[at]:%Y-%m-%d},{CATEGORY[e]},Something" for e, at in DAY0.items()]
    table = returns() if 'content = "returns"' in study else prices()
    texts = {
        "study.toml": study,
        "events.csv": "\n".join(events) + "\n",
        "prices.csv": table.to_csv(),
    }
    texts |= {name.replace("_", "."): text for name, text in replaced.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return folder / "study.toml"


def with_line(key: str, line: str, study: str = STUDY) -> str:
    """Return the study with the line of `key` replaced."""
    lines = study.splitlines()
    (at,) = [n for n, old in enumerate(lines) if old.startswith(f"{key} = ")]
    lines[at] = line
    return "\n".join(lines) + "\n"
