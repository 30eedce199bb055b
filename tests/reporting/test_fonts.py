"""Letters of every script find a font that has them, or it is said that none has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager
from matplotlib.figure import Figure

from eventstudy.reporting import drawing, fonts
from eventstudy.reporting.svg import svg

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADLINE = "商务部 weighs talks"


def _font(path: Path, name: str, letters: str) -> None:
    """Write a font that has a square for each of the letters."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    names = [".notdef", *(f"g{at}" for at in range(len(letters)))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"g{at}" for at, letter in enumerate(letters)})
    builder.setupGlyf(dict.fromkeys(names, square))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[str]:
    """Yield the name of a font that has two of the three letters, while it is installed."""
    before = list(font_manager.fontManager.ttflist)
    path = tmp_path / "two.ttf"
    _font(path, "Two Letters", "商务")
    font_manager.fontManager.addfont(path)
    fonts.covering.cache_clear()
    yield "Two Letters"
    font_manager.fontManager.ttflist[:] = before
    fonts.covering.cache_clear()


def _has_letters(letters: str) -> bool:
    """Whether a font of this machine has the letters, which some machines have and some not."""
    fonts.covering.cache_clear()
    return not fonts.covering(frozenset(map(ord, letters)))[1]


def test_latin_text_keeps_its_font() -> None:
    text = Figure().subplots().text(0, 0, "talks, 5 % \N{MINUS SIGN}3")
    before = text.get_fontfamily()
    assert fonts.fit(text) == ""
    assert text.get_fontfamily() == before


def test_a_font_is_taken_by_what_it_covers(installed: str) -> None:
    text = Figure().subplots().text(0, 0, "商务 talks")
    first = text.get_fontfamily()
    assert fonts.fit(text) == ""
    if not _has_letters("部"):
        assert text.get_fontfamily() == [*first, installed]
    assert len(text.get_fontfamily()) == len(first) + 1


def test_letters_no_font_has_are_named_above_the_axes_and_not_in_svg() -> None:
    rare = "\U00012000\U00012001"  # two signs of cuneiform, which no common font has
    ax = Figure(figsize=(4, 3), layout="constrained").subplots()
    ax.set_ylabel(rare)
    drawing.finish(ax)
    note = ax.get_title(loc="right")
    if _has_letters(rare):
        pytest.skip("a font of this machine has the letters")
    assert note.startswith("no font of this machine has: \U00012000")
    page = svg(ax.figure, "f")  # the reader's browser has fonts of its own
    assert "no font of this machine" not in page
    assert rare in page


def test_letters_are_named_up_to_eight() -> None:
    assert fonts.note_on("abc") == "no font of this machine has: a b c"
    assert fonts.note_on("abcdefghij").endswith("g h …")


def test_a_broken_font_file_has_no_letters(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttf"
    path.write_bytes(b"no font")
    assert fonts._letters(str(path)) == frozenset()
