"""Figures in fewer bytes."""

from __future__ import annotations

import re

import pytest
from frames import record_of

from eventstudy.reporting.hover import with_titles
from eventstudy.reporting.inline_svg import compact
from eventstudy.reporting.report_figures import draw_figures

DRAWING = (
    '<svg class="figure"><defs>\n <path id="a" d="M 0 1.25\nL 3.26 4 \nz" '
    'style="stroke: #111"/>\n</defs>'
    '<g id="b">\n <g id="c">\n  <use href="#a" x="1.234567" style="stroke: #111"/>\n </g></g>'
    '<g clip-path="url(#d)"><text style="stroke: #111" transform="rotate(-0 1.5 2)">a  b</text>'
    '<text class="x" style="stroke: #111">c</text></g>'
    '<clipPath id="d"><rect width="9.87654"/></clipPath></svg>'
)


def test_what_says_nothing_goes_and_what_is_pointed_to_stays() -> None:
    (shown,), style = compact([DRAWING])
    assert style == ".k0{stroke:#111}\n"
    assert shown == (
        '<svg class="figure"><defs><path id="a" d="M0 1.2L3.3 4z" class="k0"/></defs>'
        '<use href="#a" x="1.2" class="k0"/>'
        '<g clip-path="url(#d)"><text class="k0">a  b</text><text class="k0 x">c</text></g>'
        '<clipPath id="d"><rect width="9.87654"/></clipPath></svg>'
    )


def test_colours_of_the_page_stand_for_those_of_the_figure() -> None:
    drawing = '<svg><path style="fill: #c8553d; stroke: #123456"/></svg>'
    (shown,), _ = compact([drawing], {"#c8553d": "var(--escalation, #c8553d)"})
    assert 'style="fill: var(--escalation, #c8553d); stroke: #123456"' in shown


def test_a_style_used_once_or_twice_stays_where_it_is() -> None:
    (shown,), style = compact(['<svg><path style="fill: red"/><path style="fill: red"/></svg>'])
    assert style == ""
    assert shown.count('style="fill: red"') == 2


@pytest.mark.slow
def test_figures_keep_their_texts_and_shapes_in_half_the_bytes() -> None:
    before = [str(figure["svg"]) for figure in draw_figures(record_of(6))]
    before = [with_titles(figure) for figure in before]
    after = [str(figure) for figure in compact(before)[0]]
    for old, new in zip(before, after, strict=True):
        assert re.findall(r">([^<>]*\w[^<>]*)<", old) == re.findall(r">([^<>]*\w[^<>]*)<", new)
        for tag in ("<path", "<use", "<text", "<rect", "<clipPath"):
            assert old.count(tag) == new.count(tag)
        assert len(re.findall(r"<g[ >]", new)) == new.count("</g>")
        assert "<g/>" not in new
        used = set(re.findall(r'(?:url\(#|href="#)([^)"]*)', new))
        assert used == set(re.findall(r' id="([^"]*)"', new))
    assert sum(map(len, after)) < 0.6 * sum(map(len, before))
