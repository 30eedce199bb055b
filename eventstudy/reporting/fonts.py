"""Which font of this machine has the letters of a text: headlines come in every script."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.text import Text

SERIF = ("Times New Roman", "Liberation Serif", "Nimbus Roman", "STIXGeneral")
"""Fonts of journals, best first; matplotlib brings the last."""
_LIKELY = ("cjk", "hei", "song", "gothic", "mincho", "ming", "han", "unicode", "fallback")


def fit(text: Text) -> str:
    """Give a text the fonts that have its letters; return the letters that no font has.

    The font it has stays the first, so that what this can draw looks as elsewhere. Of the others
    one that has all the missing letters is taken, else the one that has most, and so on.
    """
    if text.get_text().isascii():
        return ""
    letters = {ord(letter) for letter in text.get_text() if letter.isprintable()}
    first = [str(name) for name in text.get_fontfamily()]
    missing = frozenset(letters - _drawn_by(tuple(first)))
    if not missing:
        return ""
    families, left = covering(missing)
    if families:
        text.set_fontfamily([*first, *families])
    return "".join(sorted(map(chr, left)))


@cache
def covering(letters: frozenset[int]) -> tuple[tuple[str, ...], frozenset[int]]:
    """Return the fewest fonts found for `letters`, by code point, and the letters none has."""
    from matplotlib import font_manager

    found: list[str] = []
    left = letters
    entries = sorted(
        (
            entry
            for entry in font_manager.fontManager.ttflist
            if not entry.name.lower().startswith("last resort")  # a box for every letter
        ),
        key=lambda entry: (
            not any(word in entry.name.lower() for word in _LIKELY), entry.style != "normal",
            abs(int(entry.weight) - 400) if str(entry.weight).isdigit() else 500, entry.name,
        ),
    )  # fmt: skip
    while left:
        best, most = None, 0
        for entry in entries:
            has = len(left & _letters(entry.fname))
            if has > most:
                best, most = entry, has
            if has == len(left):
                break
        if best is None:
            break
        found.append(best.name)
        left -= _letters(best.fname)
    return tuple(found), left


def serif() -> list[str]:
    """Return the serif fonts that are here, best first."""
    from matplotlib import font_manager

    here = {entry.name for entry in font_manager.fontManager.ttflist}
    return [name for name in SERIF if name in here] or ["serif"]


def note_on(letters: str) -> str:
    """Return the sentence that says which letters are missing.

    Examples
    --------
    >>> note_on("商务")
    'no font of this machine has: 商 务'
    """
    shown = " ".join(letters[:8]) + (" …" if len(letters) > 8 else "")
    return f"no font of this machine has: {shown}"


@cache
def _drawn_by(families: Sequence[str]) -> frozenset[int]:
    from matplotlib import font_manager

    names = [*families]
    path = str(font_manager.findfont(font_manager.FontProperties(family=names)))
    return _letters(path)


@cache
def _letters(path: str) -> frozenset[int]:
    from matplotlib import font_manager

    try:
        return frozenset(font_manager.get_font(path).get_charmap())
    except (OSError, RuntimeError):  # a file that is no longer there, or broken
        return frozenset()
