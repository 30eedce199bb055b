"""Values a pointer shows on figures."""

from __future__ import annotations

import re

import pytest
from frames import contrasts_frame, record_of
from matplotlib.figure import Figure

from eventstudy.reporting.contrasts import DAY_0
from eventstudy.reporting.figures_contrast import contrast_rows
from eventstudy.reporting.hover import mark_values, with_titles
from eventstudy.reporting.report_figures import FIGURES, draw_figures
from eventstudy.reporting.svg import svg


def titles(text: str) -> list[str]:
    return re.findall(r"<title>(.*?)</title>", text)


def test_dots_across_have_the_name_beside_them_and_their_value() -> None:
    figure = Figure()
    ax = figure.subplots()
    ax.scatter([1.0, float("nan"), -0.5], [0, -1, -2])
    ax.set_yticks([0, -1, -2], ["A & <b>", "B", "C|D"])
    ax.set_xlabel("CAR, %")
    mark_values(figure)
    page = with_titles(str(svg(figure, "f1")))
    assert titles(page) == ["A &amp; &lt;b&gt;, +1.00 %", "C/D, \N{MINUS SIGN}0.50 %"]
    assert "hover:" not in page


def test_dots_along_have_their_session_and_lines_without_dots_none() -> None:
    figure = Figure()
    ax = figure.subplots()
    ax.plot([-1, 0, 1], [0.1, 0.2, 0.345], "o")
    ax.plot([-1, 0, 1], [1.0, 1.0, 1.0])
    ax.set_ylabel("CAAR, %")
    mark_values(figure)
    minus = "\N{MINUS SIGN}"
    shown = titles(with_titles(str(svg(figure, "f1"))))
    assert [text.replace(minus, "-") for text in shown] == [
        "-1, +0.10 %", "0, +0.20 %", "+1, +0.34 %",
    ]  # fmt: skip


def test_what_has_no_values_is_left_as_it_is() -> None:
    assert with_titles('<g id="a"><g><use x="1"/></g></g>') == '<g id="a"><g><use x="1"/></g></g>'
    nested = '<g id="f-hover:x"><g><use/></g><g/></g><use/>'
    assert with_titles(nested) == "<g><g><use><title>x</title></use></g><g/></g><use/>"


@pytest.mark.slow
def test_the_contrast_of_the_report_shows_every_difference() -> None:
    record = record_of(2, contrasts=contrasts_frame())
    first = draw_figures(record)[0]
    shown = titles(with_titles(str(first["svg"]))) if FIGURES else []
    rows = contrast_rows(record.contrasts, DAY_0)
    for estimate in rows["estimate"]:
        assert any(text.endswith(f", {100 * estimate:+.2f} %") for text in shown)
