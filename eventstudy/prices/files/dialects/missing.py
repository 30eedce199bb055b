"""Codes that stand for a missing price or return in the files of one vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.text import counted

if TYPE_CHECKING:
    from eventstudy.prices.files.dialects.catalogue import Dialect

_CRSP_RETURNS = (-44.0, -55.0, -66.0, -77.0, -88.0, -99.0)
_CRSP_LETTERS = {"a", "b", "c", "d", "e", "p", "s", "t"}
_RANGE = ("open", "high", "low")


def without_missing_codes(table: pd.DataFrame, dialect: Dialect) -> tuple[pd.DataFrame, list[str]]:
    """Return a table of CRSP with its codes made empty, and what was done; others as they are.

    A price below zero is the mean of bid and ask of a day without a trade: its size is the price.
    A price of zero is none. Returns are letters or one of -44, -55, -66, -77, -88, -99 where there
    is none.

    References
    ----------
    CRSP, Data Descriptions Guide, US Stock and US Index Databases.
    """
    if not dialect.name.startswith("crsp"):
        return table, []
    table, said = table.copy(), []
    if "return" in table:
        texts = table["return"].map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
        numbers = pd.to_numeric(texts, errors="coerce")
        is_code = texts.str.lower().isin(_CRSP_LETTERS) | numbers.isin(_CRSP_RETURNS)
        table["return"] = texts.where(~is_code, "")
        if is_code.any():
            said.append(
                f"{counted(int(is_code.sum()), 'return')} with a code for missing "
                f"({', '.join(sorted(texts[is_code].unique()))}) read as missing"
            )
    if "close" in table:
        closes = pd.to_numeric(table["close"], errors="coerce")
        has_no_trade, is_none = closes < 0, closes == 0
        bare = table["close"].where(closes.isna(), closes.abs())
        table["close"] = bare.where(~is_none, "" if bare.dtype == object else np.nan)
        for column in set(_RANGE) & set(table):
            table[column] = table[column].where(~(has_no_trade | is_none), np.nan)
        if has_no_trade.any():
            said.append(
                f"{counted(int(has_no_trade.sum()), 'price')} below zero, the mean of bid and ask "
                "of a day without a trade, taken without the sign"
            )
        if is_none.any():
            said.append(f"{counted(int(is_none.sum()), 'price')} of zero read as missing")
    if "volume" in table:
        volumes = pd.to_numeric(table["volume"], errors="coerce")
        table["volume"] = table["volume"].where(~(volumes < 0), np.nan)
    return table, said
