"""Numbers as vendors write them: marks of decimals and thousands, currencies, codes for empty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EMPTY: Final = frozenset({
    "na", "n/a", "n.a.", "#n/a", "#n/a n/a", "null", "none", "nan", "nat", "<na>", "-", "--",
    "---", ".", "..", "nd", "\u2014", "\u2013",
})  # fmt: skip
"""Codes for an empty cell, in lower case: of R, SQL, spreadsheets, statistical offices."""
_SIGNS = "$\u20ac\u00a3\u00a5\u20a9\u20b9"
_GROUPED_BY_COMMA = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_GROUPED_BY_DOT = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d*)?", re.ASCII)
_THOUSAND = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}", re.ASCII)
_BELOW = re.compile(r"[-+]?\d{1,3}", re.ASCII)
_ONE_COMMA = re.compile(r"[-+]?\d*,\d+", re.ASCII)
_SUFFIXES: Final = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How a file writes numbers.

    Parameters
    ----------
    decimal
        ``"."`` or ``","``.
    groups
        The mark between thousands, or ``""``.
    is_undecided
        A comma could be either.
    is_guess
        A comma could be either, but nothing speaks against decimals.
    """

    decimal: str = "."
    groups: str = ""
    is_undecided: bool = False
    is_guess: bool = False

    @property
    def said(self) -> str:
        """What is said of the style; nothing of plain numbers."""
        if self.is_undecided:
            return "a comma could stand before decimals or between thousands"
        if self.decimal == ",":
            return "numbers have a comma for decimals" + (
                " and dots for thousands" if self.groups else ""
            )
        return "commas stand between thousands" if self.groups else ""


STYLES: Final = {
    "1,234.5": NumberStyle(groups=","),
    "1.234,5": NumberStyle(decimal=",", groups="."),
}
"""Styles by an example, as `dialects.toml` names them."""


def is_text(cells: pd.Series) -> bool:
    """Whether a column holds texts, and no numbers a typed file made of them."""
    is_number = pd.api.types.is_numeric_dtype(cells.dtype)
    return not is_number or pd.api.types.is_bool_dtype(cells.dtype)


def without_signs(cells: pd.Series) -> tuple[pd.Series, list[str]]:
    """Return texts without currency signs and blanks between digits, and what was taken off."""
    texts = cells.fillna("").astype(str).str.strip()
    said = []
    if texts.str.contains(f"[{_SIGNS}]").any():
        texts = texts.str.replace(rf"^([-+]?)[{_SIGNS}] ?|[{_SIGNS}]$", r"\1", regex=True)
        said.append("a currency sign")
    if texts.str.contains(r"\d[\u00a0\u202f\u2009 '\u2019]\d{3}", regex=True).any():
        texts = texts.str.replace(r"(?<=\d)[\u00a0\u202f\u2009 '\u2019](?=\d{3})", "", regex=True)
        said.append("blanks or apostrophes between thousands")
    return texts.str.strip(), said


def style_of(columns: Iterable[pd.Series], delimiter: str) -> NumberStyle:  # noqa: PLR0911 - a case each
    """Return the one style of number in which columns of texts can be read.

    A file with semicolons may write decimals with a comma, unless a column holds 999 beside 1,001;
    otherwise a lone comma before three digits decides nothing, unless other numbers of the file
    have a decimal dot.
    """
    columns = list(columns)
    cells = pd.concat([pd.Series("", index=[0]), *columns], ignore_index=True)
    has_comma, has_dot = (cells.str.contains(mark, regex=False) for mark in ",.")
    if not has_comma.any() and cells.str.count(r"\.").max() < 2:
        return NumberStyle()
    with_comma = cells[has_comma]
    by_comma = with_comma.str.fullmatch(_GROUPED_BY_COMMA)
    by_dot = cells[has_dot].str.fullmatch(_GROUPED_BY_DOT)
    both = has_comma & has_dot
    sure_comma = (by_comma & (both | (cells.str.count(",") > 1))).any()
    sure_dot = (by_dot & (both | (cells.str.count(r"\.") > 1))).any()
    if sure_comma and sure_dot:
        return NumberStyle(is_undecided=True)
    if sure_comma:
        return STYLES["1,234.5"]
    if sure_dot:
        return STYLES["1.234,5"]
    is_decimal = with_comma.str.fullmatch(_ONE_COMMA) & ~by_comma
    if delimiter == ";" or is_decimal.any():
        lone_dots = cells[has_dot & ~has_comma]
        if delimiter == ";" and len(lone_dots) and lone_dots.str.fullmatch(_GROUPED_BY_DOT).all():
            return STYLES["1.234,5"]
        is_guess = bool(with_comma.str.fullmatch(_THOUSAND).all())
        if is_guess and any(map(_crosses_a_thousand, columns)):
            return NumberStyle(is_undecided=True)
        return NumberStyle(decimal=",", is_guess=is_guess)
    plain = cells[has_dot & ~has_comma].str.fullmatch(r"[-+]?\d*\.\d+")
    return STYLES["1,234.5"] if plain.any() else NumberStyle(is_undecided=True)


def _crosses_a_thousand(cells: pd.Series) -> bool:
    """Whether a column holds whole numbers below a thousand beside what looks like thousands."""
    return bool(cells.str.fullmatch(_THOUSAND).any() and cells.str.fullmatch(_BELOW).any())


def is_contradicted(style: NumberStyle, columns: Iterable[pd.Series]) -> bool:
    """Whether numbers with decimal dots and no comma show that a file is not in a style."""
    cells = pd.concat([pd.Series("", index=[0]), *columns], ignore_index=True)
    if style.decimal != "," or cells.str.contains(",", regex=False).any():
        return False
    dotted = cells[cells.str.contains(".", regex=False)]
    return bool((~dotted.str.fullmatch(_GROUPED_BY_DOT)).any())


def plain_numbers(texts: pd.Series, style: NumberStyle) -> pd.Series:
    """Return texts as numbers with a decimal dot; what is no number of the style stays."""
    if style.is_undecided:
        return texts
    if style.decimal == ",":
        comma = texts.str.contains(",", regex=False)
        grouped = texts.str.fullmatch(_GROUPED_BY_DOT) if style.groups else comma & False
        plain = texts.where(~grouped, texts.str.replace(".", "", regex=False))
        lone = comma & ~plain.str.contains(".", regex=False)
        return plain.where(~lone, plain.str.replace(",", ".", regex=False))
    if style.groups:
        grouped = texts.str.fullmatch(_GROUPED_BY_COMMA)
        return texts.where(~grouped, texts.str.replace(",", "", regex=False))
    return texts


def plain_volumes(texts: pd.Series) -> pd.Series:
    """Return volumes with K, M, B or T behind them as numbers."""
    parts = texts.str.extract(r"^(\d+(?:[.,]\d+)?)([KMBT])$", flags=re.IGNORECASE)
    has_suffix = parts[1].notna()
    if not has_suffix.any():
        return texts
    size = pd.to_numeric(parts[0].str.replace(",", ".", regex=False))
    size = size * parts[1].str.upper().map(_SUFFIXES)
    return texts.where(~has_suffix, size.map(lambda x: f"{x:.12g}"))


def without_codes(cells: pd.Series, codes: Sequence[str] = ()) -> tuple[pd.Series, int]:
    """Return texts with codes for an empty cell made empty, and how many there were."""
    texts = cells.fillna("").astype(str).str.strip()
    # a column of numbers has few texts that are none
    is_code = texts.str.lower().isin(EMPTY | {code.lower() for code in codes})
    return texts.where(~is_code, ""), int(np.count_nonzero(is_code))
