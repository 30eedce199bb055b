"""The look of a journal keeps apart without colour what colour keeps apart."""

from __future__ import annotations

from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from eventstudy.reporting import journal, palette


def test_every_colour_of_the_palette_has_a_grey() -> None:
    greys = journal.greys()
    assert set(greys) == {colour.light for colour in palette.COLOURS}
    assert all(grey[1:3] == grey[3:5] == grey[5:7] for grey in greys.values())


def test_lines_of_one_kind_differ_in_grey_or_pattern() -> None:
    for kind in (palette.MARKETS, [colour for colour, _ in palette.DIRECTIONS.values()]):
        ax = Figure().subplots()
        for place, colour in enumerate(kind):
            ax.plot([0, 1, 2], [place] * 3, color=colour.light)
        journal.apply(ax.figure)
        looks = {(to_hex(line.get_color()), str(line._dash_pattern)) for line in ax.lines}
        assert len(looks) == len(kind)


def test_steps_of_a_scale_are_grey_and_hatched_below_zero() -> None:
    ax = Figure().subplots()
    bars = [ax.bar(at, 1, color=step.light)[0] for at, step in enumerate(palette.SCALE)]
    journal.apply(ax.figure)
    middle = len(bars) // 2
    assert [bool(bar.get_hatch()) for bar in bars] == [True] * middle + [False] * (middle + 1)
    faces = [to_hex(bar.get_facecolor()) for bar in bars]
    assert faces == faces[::-1]
    assert len(set(faces)) == middle + 1


def test_opacity_and_colours_of_others_stay() -> None:
    ax = Figure().subplots()
    band = ax.fill_between([0, 1], 0, 1, color=palette.ESCALATION.light, alpha=0.15)
    other = ax.plot([0, 1], [0, 1], color="#123456")[0]
    journal.apply(ax.figure)
    assert band.get_alpha() == 0.15
    assert to_hex(band.get_facecolor()[0]) == "#000000"
    assert to_hex(other.get_color()) == "#123456"


def test_titles_of_panels_stay_as_they_say_which_is_which() -> None:
    figure = Figure()
    for number, ax in enumerate(figure.subplots(1, 2)):
        ax.set_title(f"panel {number}", loc="left")
    figure.suptitle("A title")
    journal.apply(figure)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["panel 0", "panel 1"]
    assert figure.get_suptitle() == ""
