"""A firm study whose frames tests hand over in every form: eight firms, a market, known betas."""

from __future__ import annotations

import numpy as np
import pandas as pd

NAMES = ["ADM", "BRK.B", "IBM", "CNH", "MSFT", "AAPL", "KO", "PEP"]
DAYS = pd.bdate_range("2018-01-01", periods=320, name="date")
_RNG = np.random.default_rng(11)
MARKET = pd.Series(_RNG.normal(0.0, 0.01, len(DAYS)), index=DAYS, name="MKTX")
RETURNS = pd.DataFrame(
    MARKET.to_numpy()[:, None] + _RNG.normal(0.0, 0.015, (len(DAYS), len(NAMES))),
    index=DAYS,
    columns=NAMES,
)
_AT = _RNG.integers(290, 310, len(NAMES))
FIRMS = pd.DataFrame(
    {"ticker": NAMES, "announced": DAYS[_AT], "size": ["large", "small"] * (len(NAMES) // 2)}
)
ALL = RETURNS.assign(MKTX=MARKET)
CLOSES = (1.0 + ALL).cumprod() * 50.0
PERMNOS = dict(zip(NAMES, range(10001, 10001 + len(NAMES)), strict=True))
OPTIONS = {"statistics": ["bmp"], "draws": 0}


def long_frame() -> pd.DataFrame:
    """Rows as CRSP ships them: by permno and date, prices below zero where nothing was traded."""
    rows = RETURNS.rename(columns=PERMNOS).reset_index().melt("date", value_name="ret")
    rows = rows.rename(columns={"variable": "permno"}).astype({"permno": "int64"})
    closes = CLOSES[NAMES].to_numpy().T.ravel()
    rows["prc"] = np.where(np.arange(len(rows)) % 50 == 7, -closes, closes)
    rows["vwretd"] = rows["date"].map(MARKET)
    return rows


def yahoo_frame() -> pd.DataFrame:
    """Columns of two levels, as yfinance returns them, the adjusted closes half of the closes."""
    fields = {"Close": CLOSES, "Adj Close": CLOSES / 2.0, "Open": CLOSES * 0.0}
    return pd.concat(fields, axis="columns", names=["Price", "Ticker"])
