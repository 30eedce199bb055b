"""Estimates as a figure: the numbers of the table, its intervals, what is filled."""

from __future__ import annotations

import numpy as np
import pytest
from figure_parts import bare, drawn, label, texts
from matplotlib.colors import to_hex
from paper_numbers import numbers
from scipy import stats

from eventstudy.exceptions import NotApplicableError, SchemaError, SpecificationError
from eventstudy.reporting import palette
from eventstudy.reporting.figures_coefficients import plot_coefficients


def bars(ax):
    """The ends of the intervals."""
    return [many.get_segments()[0][:, 0].tolist() for many in ax.collections]


def fills(ax):
    return [to_hex(line.get_markerfacecolor()) for line in ax.lines if len(line.get_xdata()) == 1]


def test_intervals_are_those_of_the_numbers_at_any_level():
    ax = plot_coefficients(numbers(), bare(), level=0.9)
    reach = 0.2 * stats.t.ppf(0.95, 20)
    assert bars(ax) == [pytest.approx([0.72 - reach, 0.72 + reach])] * 2
    assert "bars: 90 % interval of bmp" in label(ax)
    normal = plot_coefficients(numbers(df_error=np.nan), bare())
    assert bars(normal)[0][1] == pytest.approx(0.72 + 0.2 * stats.norm.ppf(0.975))


def test_marks_are_filled_by_size_corrected_p_values():
    hollow = plot_coefficients(numbers(), bare())
    assert fills(hollow) == [palette.PAPER.light] * 2
    assert "filled: p < 5 % by bmp, size-corrected" in label(hollow)
    assert "bmp rejects 60 % of placebos at 5 %, so that its bars are too short" in label(hollow)
    full = plot_coefficients(numbers(pvalue_corrected=0.01), bare())
    assert fills(full) == [palette.INK.light] * 2
    few = plot_coefficients(numbers(pvalue_corrected=0.01, n_units=3), bare())
    assert fills(few) == [palette.PAPER.light] * 2


@pytest.mark.slow
@pytest.mark.parametrize("style", ["default", "journal"])
def test_a_figure_of_one_column_holds_its_note_its_legend_and_its_axis(style):
    """At 88 mm the note, many lines long, stood beyond the edge and pressed the bars together."""
    names = {"bmp": "BMP test of Boehmer", "kolari_pynnonen": "Kolari and Pynnonen"}
    both = numbers(list(names), panels=("escalation", "neutral"))
    for frame in (both, numbers()):
        ax = plot_coefficients(frame, width=88, style=style, labels=names)
        figure = ax.figure
        figure.canvas.draw()
        edge = figure.bbox
        parts = [ax.xaxis.label, ax.yaxis.label, *([legend] if (legend := ax.get_legend()) else [])]
        for part in parts:
            box = part.get_window_extent()
            assert box.x0 >= edge.x0 - 1, part
            assert box.x1 <= edge.x1 + 1, part
            assert box.y0 >= edge.y0 - 1, part
            assert box.y1 <= edge.y1 + 1, part
        assert ax.get_window_extent().height > 1.1 * figure.dpi
        lines = ax.get_xlabel().splitlines()
        assert not any(line.endswith(("5", "60", "p", "<")) for line in lines)
        assert not any(line.startswith("%") for line in lines)


def test_intervals_by_date_are_said_to_be_so():
    ax = plot_coefficients(numbers(["placebo"], error="date"), bare())
    assert "95 % interval by date" in label(ax)
    assert "too short" not in label(ax)


def test_groups_have_their_colours_and_a_legend():
    frame = numbers(panels=("escalation", "neutral"), windows=((0, 0),))
    ax = plot_coefficients(frame, bare())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["escalation", "neutral"]
    colours = {to_hex(many.get_color()[0]) for many in ax.collections}
    assert colours == {palette.ESCALATION.light, palette.NEUTRAL.light}
    both = plot_coefficients(numbers(["bmp", "placebo"]), bare(), labels={"bmp": "BMP"})
    assert [text.get_text() for text in both.get_legend().get_texts()] == ["BMP", "placebo"]


def test_rows_are_days_or_windows():
    days = plot_coefficients(numbers(windows=((-1, -1), (1, 1)), part="day"), bare())
    assert [text.get_text() for text in days.get_yticklabels()] == ["-1", "+1"]
    assert "[0,+1]" in texts(plot_coefficients(numbers(), bare()))


def test_a_journal_has_greys_and_legends_without_lines():
    frame = numbers(panels=("escalation", "neutral"))
    ax = plot_coefficients(frame, bare(3.46, 4.0), style="journal")
    assert palette.ESCALATION.light not in drawn(ax)
    assert {line.get_linestyle() for line in ax.get_legend().get_lines()} == {"None"}


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(NotApplicableError, match="no standard errors of bmp"):
        plot_coefficients(numbers(std_error=np.nan))
    with pytest.raises(SpecificationError, match="a share between 0 and 1, not 95"):
        plot_coefficients(numbers(), level=95)
    with pytest.raises(SpecificationError, match="room for 60"):
        plot_coefficients(numbers(windows=[(0, k) for k in range(61)]))
    with pytest.raises(SchemaError, match="lacks the column 'df_error'"):
        plot_coefficients(numbers().drop(columns="df_error"))
