"""Columns of numbers made plain, in whatever one style a file writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.prices.files.dialects.numbers import (
    STYLES,
    is_text,
    plain_numbers,
    plain_volumes,
    style_of,
    without_codes,
    without_signs,
)
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from eventstudy.prices.files.dialects.catalogue import Dialect


def plain_values(
    table: pd.DataFrame, dialect: Dialect, *, delimiter: str, keep: Collection[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Return a table with plain numbers, and empty cells where codes for such stood.

    Parameters
    ----------
    delimiter
        Of the file: one with semicolons may write decimals with a comma.
    keep
        Columns that hold no numbers.

    Returns
    -------
    table
        Texts that are no numbers in the style of the file stay, for whoever reads them to name.
    said
        What was done, a phrase each.
    """
    said: list[str] = []
    texts = [column for column in table.columns if column not in keep and is_text(table[column])]
    if not any(_has_other_text(table[column]) for column in texts):
        return table, said
    table = table.copy()
    n_codes = 0
    taken: list[str] = []
    for column in texts:
        plain, n = without_codes(table[column], dialect.empty)
        plain, off = without_signs(plain)
        table[column] = plain_volumes(plain) if str(column).lower() == "volume" else plain
        n_codes += n
        taken += off
    known = STYLES.get(dialect.numbers)
    style = known or style_of((table[column] for column in texts), delimiter)
    doubtful = _looks_grouped(table, texts) if style.decimal == "," and not style.groups else ""
    for column in texts:
        table[column] = plain_numbers(table[column], style)
    if n_codes:
        said.append(f"{counted(n_codes, 'cell')} with a code for empty (NA, null, - ...)")
    said += [f"{what} was taken off" for what in dict.fromkeys(taken)]
    if style.said and (known is not None or style.groups or delimiter != ";"):
        said.append(style.said)
    elif doubtful and known is None:
        said.append(f"{style.said}: {doubtful} is {doubtful.replace(',', '.')}, no thousands")
    return table, said


def _looks_grouped(table: pd.DataFrame, columns: list[str]) -> str:
    """Return a number of a column whose every comma stands before three digits, or nothing.

    ``391,850`` may be 391.85 or hundreds of thousands.
    """
    for column in columns:
        texts = table[column].fillna("").astype(str).str.strip()
        commas = texts[texts.str.contains(",", regex=False)]
        if len(commas) and commas.str.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}").all():
            return str(commas.iloc[0])
    return ""


def _has_other_text(cells: pd.Series) -> bool:
    """Whether a column holds text that is no plain number."""
    texts = cells.fillna("").astype(str).str.strip()
    numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce")
    is_other = numbers.isna() & (texts != "")
    return bool(is_other.any()) or bool(texts.str.lower().eq("nan").any())
