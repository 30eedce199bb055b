"""Columns of numbers made plain, in whatever one style a file writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from eventstudy.prices.files.cells import read_plain_numbers
from eventstudy.prices.files.dialects.numbers import (
    STYLES,
    is_contradicted,
    is_text,
    plain_numbers,
    plain_volumes,
    style_of,
    without_codes,
    without_signs,
)
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from eventstudy.prices.files.dialects.catalogue import Dialect

_CELLS: Final = 1_000_000  # of columns that are looked at together


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
    _, are_plain = read_plain_numbers(table[texts])
    doubtful = [column for column, is_fine in zip(texts, are_plain, strict=True) if not is_fine]
    if not any(_has_other_text(table[column]) for column in doubtful):
        return table, said
    n_codes = 0
    taken: list[str] = []

    def without(cells: pd.Series, column: str) -> pd.Series:
        nonlocal n_codes, taken
        plain, n = without_codes(cells, dialect.empty)
        plain, off = without_signs(plain)
        n_codes += n
        taken += off
        return plain_volumes(plain) if column.lower() == "volume" else plain

    table = _each_block(table, texts, without)
    known = STYLES.get(dialect.numbers)
    columns = [table[column] for column in texts]
    if known is not None and is_contradicted(known, columns):
        known = None
    style = known or style_of(columns, delimiter)
    table = _each_block(table, texts, lambda cells, _: plain_numbers(cells, style))
    if n_codes:
        said.append(f"{counted(n_codes, 'cell')} with a code for empty (NA, null, - ...)")
    said += [f"{what} was taken off" for what in dict.fromkeys(taken)]
    is_plain = style.decimal == "," and not style.groups and not style.is_guess
    if style.said and (known is not None or delimiter != ";" or not is_plain):
        said.append(style.said)
    return table, said


def _each_block(
    table: pd.DataFrame, columns: Sequence[str], change: Callable[[pd.Series, str], pd.Series]
) -> pd.DataFrame:
    """Return a table with its texts changed, those of many columns at once.

    A volume is a block of its own; `change` is told the name of the first column of a block.
    """
    width = max(1, _CELLS // max(1, len(table)))
    changed = {}
    by_kind = [[name for name in columns if (name.lower() == "volume") == own] for own in (0, 1)]
    for names in by_kind:
        for first in range(0, len(names), width):
            block = names[first : first + width]
            cells = pd.concat([table[name] for name in block], ignore_index=True)
            plain = change(cells, block[0])
            for at, name in enumerate(block):
                part = plain.iloc[at * len(table) : (at + 1) * len(table)]
                changed[name] = part.set_axis(table.index, axis=0)
    return pd.DataFrame({name: changed.get(name, table[name]) for name in table.columns})


def _has_other_text(cells: pd.Series) -> bool:
    """Whether a column holds text that is no plain number."""
    others = cells[pd.to_numeric(cells, errors="coerce").isna()]
    return bool((others.fillna("").astype(str).str.strip() != "").any())
