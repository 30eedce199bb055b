"""Whether a LaTeX table fits the page it is to stand on, and what makes it fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

LatexSize = Literal["normalsize", "small", "footnotesize", "scriptsize"]
SIZES: Final[dict[str, float]] = {
    "normalsize": 1.0, "small": 0.9, "footnotesize": 0.8, "scriptsize": 0.7,
}  # fmt: skip
"""Sizes of type, each with its letters' width beside that of the document's own."""

_PORTRAIT, _LANDSCAPE = 69.0, 110.0  # digits in a line of LaTeX's article, 345 and 550 pt of 5
_GAP = 2.4  # digits between two columns, which no size of type changes
_STAR = 1.0  # digits of room behind a column for each star that hangs over
_KERNED = 1.03  # letters and signs are a little wider than digits, as compiled tables show


def latex_needs(packages: Sequence[str], *, siunitx: bool) -> str:
    """Return the comment that says which packages a table needs."""
    return rf"% needs \usepackage{{{','.join([*packages, *(['siunitx'] if siunitx else [])])}}}"


def share_of_page(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    size: str = "normalsize",
    landscape: bool = False,
) -> float:
    """Return the width of a table over that of the text of a page, about.

    Parameters
    ----------
    header, rows
        Texts of the cells; a row whose only filled cell is the first is as wide as it likes.
    size
        One of `SIZES`.
    landscape
        Whether the page is turned.

    Examples
    --------
    >>> round(share_of_page(["Window", *["CAAR, %"] * 9], [["[0,0]", *["-0.52***"] * 9]]), 1)
    1.8
    """
    full = [row for row in rows if any(row[1:])]
    columns = [[name, *(row[at] for row in full)] for at, name in enumerate(header)]
    stars = sum(max(len(text) - len(text.rstrip("*†")) for text in texts) for texts in columns)
    letters = sum(max(len(text.rstrip("*†)")) for text in texts) for texts in columns)
    width = SIZES[size] * letters + _GAP * len(columns) + _STAR * stars
    return _KERNED * width / (_LANDSCAPE if landscape else _PORTRAIT)


def too_wide(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    size: str = "normalsize",
    landscape: bool = False,
) -> str:
    """Return that a table is wider than its page; empty where it is not.

    Examples
    --------
    >>> too_wide(["Window", "CAAR, %"], [["[0,0]", "0.95"]])
    ''
    """
    share = share_of_page(header, rows, size=size, landscape=landscape)
    if share <= 1:
        return ""
    page = "a landscape page" if landscape else "a portrait page"
    return f"the table is about {max(1.0, 100 * (share - 1)):.0f} % wider than the text of {page}"


def what_fits(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return what makes a table that is too wide fit its page.

    Examples
    --------
    >>> what_fits(["Window", *["CAAR, %"] * 5], [["[0,0]", *["-0.52***"] * 5]])[-34:]
    'and to_latex(size="small") fits it'
    """
    fitting = (
        _in_words(name, turned)
        for turned in (False, True)
        for name in SIZES
        if share_of_page(header, rows, size=name, landscape=turned) <= 1
    )
    fits = next(fitting, "")
    said = "panels= in place of columns=, or fewer tests, make it narrower"
    return said + (f", and to_latex({fits}) fits it" if fits else "")


def _in_words(size: str, landscape: bool) -> str:
    said = [] if size == "normalsize" else [f'size="{size}"']
    return ", ".join([*said, *(["landscape=True"] if landscape else [])])
