"""The picture of a specification curve shows its numbers, in percent, and nothing touches."""

from __future__ import annotations

import io
from itertools import pairwise, product

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from eventstudy.curve.summary import influence_frame
from eventstudy.exceptions import SchemaError
from eventstudy.reporting import palette
from eventstudy.reporting.figures_curve import CHOICE_LABELS, curve_size, plot_specification_curve

pytestmark = pytest.mark.fast_tests(2)


@pytest.fixture(autouse=True)
def _closed():
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


def frames(models=("constant_mean", "market_model"), draws=60):
    """Return the four frames of a curve whose CAR windows differ in sign."""
    rng = np.random.default_rng(3)
    rows = []
    values = product(models, ("[-250,-21]", "[-120,-21]"), ("[0,0]", "[0,+1]"), ("simple", "log"))
    for model, estimation, car, kind in values:
        estimate = (0.004 if car == "[0,0]" else -0.003) + 0.0005 * rng.standard_normal()
        rows.append(
            {
                "model": model,
                "benchmark": "" if model == "constant_mean" else "$PX & Cie",
                "sync": "" if model == "constant_mean" else "asof",
                "estimation": estimation,
                "car": car,
                "ambiguous": "keep",
                "kind": kind,
                "mask_events": "no",
                "own": model == "market_model" and kind == "simple" and car == "[0,0]",
                "estimate": estimate,
                "ci_low": estimate - 0.002,
                "ci_high": estimate + 0.002,
                "effect": 100 * estimate,
                "pvalue": 0.01 if model == "market_model" else 0.3,
            }
        )
    specifications = pd.DataFrame(rows)
    share = (specifications["pvalue"] <= 0.05).mean()
    summary = pd.DataFrame(
        {
            "measure": ["median_estimate", "share_significant"],
            "value": [specifications["estimate"].median(), share],
            "pvalue": [np.nan, 0.0312],
            "n_draws": draws,
            "note": "",
        }
    )
    drawn = pd.DataFrame({"share_significant": rng.choice([0.0, 0.0, 0.25, 1.0], draws)})
    return specifications, influence_frame(specifications, list(CHOICE_LABELS)), summary, drawn


def axes_of(figure: Figure) -> dict[str, object]:
    return {str(ax.get_label()): ax for ax in figure.axes}


def drawn_figure(*given, **settings) -> Figure:
    figure = Figure(figsize=curve_size(given[1]), layout="constrained")
    assert plot_specification_curve(*given, figure=figure, **settings) is figure.axes[0]
    return figure


def test_estimates_are_percent_in_order_and_the_significant_ones_in_colour():
    given = frames()
    figure = drawn_figure(*given, title="A $5 question")
    top = axes_of(figure)["curve"]
    points = top.collections[1].get_offsets()
    expected = np.sort(given[0]["estimate"].to_numpy())
    np.testing.assert_allclose(points[:, 1], 100 * expected)
    np.testing.assert_array_equal(points[:, 0], np.arange(len(expected)))
    order = given[0].sort_values("estimate", kind="stable")
    is_significant = (order["pvalue"] <= 0.05).to_numpy()
    faces = [mpl.colors.to_hex(face) for face in top.collections[1].get_facecolors()]
    coloured = {palette.UP.light, palette.DOWN.light}
    np.testing.assert_array_equal([face in coloured for face in faces], is_significant)
    segments = top.collections[0].get_segments()
    np.testing.assert_allclose(
        [segment[:, 1] for segment in segments], 100 * order[["ci_low", "ci_high"]].to_numpy()
    )
    assert top.collections[2].get_offsets().shape[0] == order["own"].sum()
    assert "%" in top.get_ylabel()
    assert "16 specifications, 8 significant at 5 %" in top.get_title(loc="left")


@pytest.mark.slow
def test_each_specification_is_marked_at_its_choices():
    given = frames()
    below = axes_of(drawn_figure(*given))["choices"]
    labels = [tick.get_text() for tick in below.get_yticklabels()]
    assert labels == [
        "constant mean", "market model", "[-250,-21]", "[-120,-21]", "[0,0]", "[0,+1]",
        "simple", "log",
    ]  # fmt: skip
    order = given[0].sort_values("estimate", kind="stable", ignore_index=True)
    shown = [
        sorted(round(float(segment[0, 0])) for segment in marks.get_segments())
        for marks in below.collections
    ]
    assert shown[4] == list(np.flatnonzero(order["car"] == "[0,0]"))
    assert shown[0] == list(np.flatnonzero(order["model"] == "constant_mean"))
    assert sum(map(len, shown)) == 4 * len(order)


def test_the_placebo_shares_add_up_to_all_draws_and_the_real_one_is_named():
    given = frames()
    placebo = axes_of(drawn_figure(*given))["placebo"]
    heights = [bar.get_height() for bar in placebo.patches]
    assert sum(heights) == pytest.approx(100)
    shown = "\n".join(text.get_text() for text in placebo.texts)
    assert "the real dates: 8 of 16 (50 %)\np = 0.031" in shown
    assert "60 draws" in placebo.get_title(loc="left")


def test_influence_says_what_each_choice_explains():
    given = frames()
    side = axes_of(drawn_figure(*given))["influence"]
    shown = [text.get_text() for text in side.texts]
    shares = given[1].drop_duplicates("choice").set_index("choice")["share_of_variance"]
    assert f"{100 * shares['car']:.0f} % of the variance" in shown
    assert sum(" of the variance" in text for text in shown) == 4


@pytest.mark.slow
def test_what_does_not_differ_is_named_once_and_dollars_stay():
    figure = drawn_figure(*frames(), title="A $5 question")
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    assert "the same in all: benchmark: $PX &amp; Cie; pairing in time: asof" in buffer.getvalue()
    assert "A $5 question" in buffer.getvalue()


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_no_two_texts_touch_and_none_is_cut_off(alternative):
    models = [f"a_model_of_a_long_name_{k}" for k in range(9)]
    given = frames(models=(*models, "market_model"))
    figure = drawn_figure(*given, title="Specification curve", alternative=alternative)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    # The first axes of each row and column write the labels that others share with them.
    written = [
        text
        for ax in figure.axes
        for text in (*ax.texts, ax.xaxis.label, ax.yaxis.label, ax._left_title)
    ]
    axes = axes_of(figure)
    written += [*axes["choices"].get_yticklabels(), *axes["placebo"].get_xticklabels()]
    for text in filter(lambda one: one.get_text(), written):
        box = text.get_window_extent(renderer)
        assert box.x0 >= -1, text
        assert box.x1 <= figure.bbox.width + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= figure.bbox.height + 1, text
    left, right = (
        axes[name]._left_title.get_window_extent(renderer) for name in ("curve", "placebo")
    )
    assert left.x1 < right.x0
    below = axes["choices"]
    column = [t.get_window_extent(renderer) for t in (*below.get_yticklabels(), *below.texts)]
    column.sort(key=lambda box: box.y0)
    for lower, upper in pairwise(column):
        assert lower.y1 <= upper.y0 + 2


def test_without_draws_the_reason_stands_in_their_place():
    specifications, influence, summary, _ = frames()
    summary = summary.assign(pvalue=np.nan, note="no placebo draws were asked for")
    nothing = pd.DataFrame({"share_significant": np.empty(0)})
    figure = drawn_figure(specifications.assign(pvalue=np.nan), influence, summary, nothing)
    shown = " ".join(text.get_text() for text in axes_of(figure)["placebo"].texts)
    assert shown.replace("\n", " ") == "no placebo draws were asked for"


def test_one_specification_is_a_curve_too():
    specifications, _, summary, drawn = frames()
    one = specifications.iloc[[3]].reset_index(drop=True)
    figure = drawn_figure(one, influence_frame(one, list(CHOICE_LABELS)), summary, drawn)
    assert [tick.get_text() for tick in axes_of(figure)["choices"].get_yticklabels()] == []
    figure.canvas.draw()


def test_without_a_figure_pyplot_makes_one_and_a_missing_column_is_named():
    given = frames()
    before = len(plt.get_fignums())
    plot_specification_curve(*given)
    assert len(plt.get_fignums()) == before + 1
    with pytest.raises(SchemaError, match="lacks the column 'pvalue'"):
        plot_specification_curve(given[0].drop(columns="pvalue"), *given[1:])


def test_axes_given_take_the_estimates_alone():
    given = frames()
    ax = Figure().subplots()
    assert plot_specification_curve(*given, ax=ax) is ax
    assert ax.figure.axes == [ax]
    points = ax.collections[1].get_offsets()[:, 1]
    np.testing.assert_allclose(points, 100 * np.sort(given[0]["estimate"].to_numpy()))
    assert "in the order of their estimates" in ax.get_xlabel()


def test_a_journal_has_no_colour_and_does_not_speak_of_it():
    figure = drawn_figure(*frames(), title="A question", style="journal")
    top = axes_of(figure)["curve"]
    assert "(in black)" in " ".join(top.get_title(loc="left").split())
    faces = {mpl.colors.to_hex(face) for face in top.collections[1].get_facecolors()}
    assert faces == {"#000000", "#777777"}
    assert "colour" not in figure.get_supxlabel()
