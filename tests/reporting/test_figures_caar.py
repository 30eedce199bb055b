"""Average paths: percent, intervals, panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from figure_parts import bare, drawn, label, texts
from frames import caar_frame
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.stats import t as student

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.reporting import figures, figures_caar, palette


def test_caar_lines_are_percent_with_their_bands_and_names() -> None:
    frame = caar_frame(("all", "category=talk_signal"))
    ax = figures.plot_caar(frame, bare(), title="$5 and $6")
    line = ax.lines[1]
    part = frame[frame["group"] == "category=talk_signal"]
    np.testing.assert_allclose(line.get_ydata(), 100 * part["caar"])
    np.testing.assert_allclose(line.get_xdata(), part["tau"])
    assert len(ax.collections) == 2
    top = max(path.vertices[:, 1].max() for c in ax.collections for path in c.get_paths())
    assert top == pytest.approx(100 * frame["ci_high"].max())
    assert "talk signal" in texts(ax)
    assert "sessions relative to day 0" in ax.get_xlabel()
    assert "%" in ax.get_ylabel()
    assert "$5 and $6" in drawn(ax)


def test_caar_keeps_a_gap_where_an_average_is_missing() -> None:
    frame = caar_frame(("all",))
    frame.loc[3, "caar"] = np.nan
    line = figures.plot_caar(frame, bare()).lines[0]
    assert np.isnan(np.asarray(line.get_ydata(), dtype=float)[3])


def test_caar_of_chosen_groups_in_their_order_and_unknown_ones_refused() -> None:
    ax = figures.plot_caar(caar_frame(), bare(), groups=["category=talk_signal", "all"])
    assert [line.get_label() for line in ax.lines[:2]] == ["talk signal", "All events"]
    with pytest.raises(SpecificationError, match="category=deal"):
        figures.plot_caar(caar_frame(), groups=["category=deal"])


def test_names_at_line_ends_never_touch() -> None:
    frame = caar_frame(tuple(f"security=M{i}" for i in range(12)))
    frame["caar"] = 0.001 * np.tile(np.arange(11.0), 12)
    ax = figures.plot_caar(frame, bare())
    places = np.sort([text.get_position()[1] for text in ax.texts])
    assert len(places) == 12
    assert np.diff(places).min() > 0.03
    assert places[0] >= -1e-9
    assert places[-1] <= 1 + 1e-9


def test_a_missing_column_is_named() -> None:
    with pytest.raises(SchemaError, match="plot_caar: the frame lacks the column 'ci_low'"):
        figures.plot_caar(caar_frame().drop(columns="ci_low"))


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def _sized(groups: tuple[str, ...]) -> pd.DataFrame:
    frame = caar_frame(groups)
    return frame.assign(n_dates=9, std_error=0.004)


def test_lines_of_a_direction_and_of_a_market_have_their_colours_wherever_they_stand() -> None:
    frame = caar_frame(("security=HSI", "direction=escalation", "direction=de-escalation", "all"))
    labels = {"N225": "Nikkei", "TWII": "TAIEX", "HSI": "Hang Seng"}
    ax = figures.plot_caar(frame, bare(), labels=labels)
    found = {line.get_label(): to_hex(line.get_color()) for line in ax.lines[:4]}
    assert found == {
        "Hang Seng": palette.MARKETS[2].light, "escalation": palette.ESCALATION.light,
        "de-escalation": palette.DE_ESCALATION.light, "All events": palette.INK.light,
    }  # fmt: skip


def test_another_level_is_the_t_interval_of_so_many_dates() -> None:
    frame = _sized(("all",))
    ax = figures.plot_caar(frame, bare(), level=0.8)
    reach = 100 * student.ppf(0.9, 8) * 0.004
    edges = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert edges.max() == pytest.approx((100 * frame["caar"]).max() + reach, abs=1e-8)
    assert "band: 80 % interval, by date" in label(ax)
    assert "9 dates" in ax.get_title(loc="right")
    with pytest.raises(SpecificationError, match="between 0 and 1"):
        figures.plot_caar(frame, bare(), level=95)
    with pytest.raises(SchemaError, match="std_error"):
        figures.plot_caar(frame.drop(columns="std_error"), bare(), level=0.8)


@pytest.mark.parametrize(("ci", "bands"), [("band", 1), ("lines", 0), ("bars", 1), ("none", 0)])
def test_intervals_are_drawn_as_asked(ci: str, bands: int) -> None:
    frame = _sized(("all",))
    ax = figures.plot_caar(frame, bare(), ci=ci)
    assert len(ax.collections) == bands
    assert ("95 % interval" in label(ax)) == (ci != "none")
    if ci == "lines":
        ends = [np.asarray(line.get_ydata(), dtype=float) for line in ax.lines[:2]]
        np.testing.assert_allclose(ends, 100 * frame[["ci_low", "ci_high"]].to_numpy().T)
    with pytest.raises(SpecificationError, match="unknown ci"):
        figures.plot_caar(frame, bare(), ci="shade")


def test_many_lines_on_one_axes_have_no_bands_and_the_figure_says_so() -> None:
    ax = figures.plot_caar(caar_frame(("all", "category=a", "category=b")), bare())
    assert not ax.collections
    assert "without intervals, as lines are many: facet= shows them" in label(ax)


def test_panels_show_a_group_each_on_one_scale_with_their_sizes() -> None:
    groups = ("security=HSI", "security=N225", "all")
    labels = {"N225": "Nikkei 225", "HSI": "Hang Seng"}
    ax = figures.plot_caar(_sized(groups), facet="group", labels=labels)
    panels = [one for one in ax.figure.axes if one.lines]
    titles = [one.get_title(loc="left").splitlines() for one in panels]
    assert [title[0] for title in titles] == ["All events", "Nikkei 225", "Hang Seng"]
    assert titles[0][1].startswith("9 dates, ")
    assert len({one.get_ylim() for one in panels}) == 1
    frame = caar_frame(groups)
    for one, group in zip(panels, ("all", "security=N225", "security=HSI"), strict=True):
        expected = 100 * frame.loc[frame["group"] == group, "caar"]
        np.testing.assert_allclose(one.lines[0].get_ydata(), expected)
    assert "95 % interval" in ax.figure.get_supxlabel()


def test_panels_of_a_column_hold_a_line_for_each_value_of_the_rest() -> None:
    groups = tuple(
        f"category*direction={kind}*{way}"
        for kind, ways in (("deal", ("de-escalation",)), ("talk", ("de-escalation", "escalation")))
        for way in ways
    )
    ax = figures.plot_caar(_sized((*groups, "all")), groups=groups, facet="category")
    panels = [one for one in ax.figure.axes if one.lines]
    assert [one.get_title(loc="left").splitlines()[0] for one in panels] == ["deal", "talk"]
    assert panels[0].get_title(loc="left").splitlines()[1].startswith("de-escalation, 9 dates")
    names = [text.get_text() for text in panels[1].get_legend().get_texts()]
    assert [name.split(",")[0] for name in names] == ["de-escalation", "escalation"]
    assert to_hex(panels[1].lines[0].get_color()) == palette.DE_ESCALATION.light
    with pytest.raises(SpecificationError, match="unknown facet 'categry'"):
        figures.plot_caar(_sized(groups), facet="categry")
    with pytest.raises(SpecificationError, match="leave ax out"):
        figures.plot_caar(_sized(groups), bare(), facet="group")


@pytest.mark.slow
def test_more_panels_than_fit_are_those_of_most_pairs_and_it_is_said() -> None:
    frame = _sized(tuple(f"category=k{at:02}" for at in range(15)))
    frame["n_pairs"] = [200 - int(group[-2:]) for group in frame["group"]]
    figure = Figure(figsize=(9, 8), layout="constrained")
    figures_caar.plot_panels(frame, figure)
    titles = [one.get_title(loc="left").splitlines()[0] for one in figure.axes if one.lines]
    assert titles == [f"k{at:02}" for at in range(12)]
    assert "the 12 of 15 panels of most pairs" in " ".join(figure.get_supxlabel().split())
    narrow = Figure(figsize=(3.7, 8), layout="constrained")
    figures_caar.plot_panels(frame, narrow)
    assert len([one for one in narrow.axes if one.lines]) == 6
