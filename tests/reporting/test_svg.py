"""A figure inside HTML: the same bytes, its own identifiers, the colours of the page."""

from __future__ import annotations

import re

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from eventstudy.reporting import palette
from eventstudy.reporting.svg import standalone, svg


def test_the_same_figure_gives_the_same_bytes_and_its_identifiers_a_prefix() -> None:
    def drawn() -> Figure:
        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([0, 1], [0, 1], label="a & b")
        return figure

    text = svg(drawn(), "f7")
    assert text == svg(drawn(), "f7")
    assert text.startswith("<svg viewBox=")
    ids = re.findall(r' id="([^"]*)"', text)
    assert ids
    assert all(name.startswith("f7-") for name in ids)
    used = re.findall(r'(?:url\(|href=")#([^")]*)', text)
    assert set(used) <= set(ids)
    assert "<metadata>" not in text


def test_it_is_laid_out_once(monkeypatch) -> None:
    drawn = []
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, *a: drawn.append(self) or draw(self, *a))
    figure = Figure(figsize=(2, 1), layout="constrained")
    figure.subplots()
    canvas = figure.canvas
    svg(figure, "f")
    assert drawn == [figure]
    assert figure.canvas is canvas
    assert not isinstance(figure.canvas, FigureCanvasSVG)


def test_its_ground_is_that_of_the_page_and_the_figure_is_left_as_it_was() -> None:
    figure = Figure(figsize=(2, 1))
    ax = figure.subplots()
    text = svg(figure, "f")
    assert "fill: #ffffff" not in text
    assert figure.patch.get_visible()
    assert ax.patch.get_visible()


def test_places_are_short_and_fonts_few() -> None:
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1 / 3], [0, 1 / 7])
    text = svg(figure, "f")
    assert not re.search(r"\d\.\d{3}", re.sub(r'viewBox="[^"]*"', "", text))
    assert "'DejaVu Sans', Verdana, sans-serif" in text
    assert "Bitstream" not in text


def test_a_page_shows_one_of_two_forms_and_its_own_colours() -> None:
    wide, narrow = (Figure(figsize=(width, 1)) for width in (6, 3))
    for figure in (wide, narrow):
        figure.subplots().plot([0, 1], [0, 1], color=palette.ESCALATION.light)
    text = svg(wide, "f", narrow)
    assert text.count("<svg ") == 2
    assert 'class="figure figure-narrow" style="display: none"' in text
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert f"stroke: {palette.ESCALATION.light}" in text
    css = palette.css_variables()
    rule = f'svg.figure [style*="stroke: {palette.ESCALATION.light}"]'
    assert f"{rule} {{ stroke: var(--escalation, {palette.ESCALATION.light}) !important; }}" in css
    assert "svg.figure-narrow { display: block !important; }" in css


def test_a_file_of_its_own_holds_one_form_on_white() -> None:
    wide, narrow = (Figure(figsize=(width, 1)) for width in (6, 3))
    text = standalone(svg(wide, "f", narrow))
    assert text.count("<svg ") == text.count("</svg>") == 1
    assert text.startswith("<svg viewBox=")
    assert 'style="background: #ffffff"' in text[: text.index(">")]
    assert "figure-narrow" not in text


def test_a_mark_has_its_colours_where_it_is_used_so_that_a_dark_page_changes_them() -> None:
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [0, 1], "o", color=palette.INK.light)
    text = svg(figure, "f1")
    marks = re.findall(r"<path id=[^>]*>", text)
    assert marks
    assert not any("style=" in mark for mark in marks)
    assert f'style="fill: {palette.INK.light}; stroke: {palette.INK.light}"' in text
