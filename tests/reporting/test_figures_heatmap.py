"""Cells compare in daily volatilities and say on what they rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from figure_parts import bare, drawn, label, texts
from frames import CATEGORIES, MARKETS, heatmap_frame
from matplotlib.colors import to_hex

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.reporting import figures, palette, wording


def test_heatmap_prints_every_number_and_marks_thin_cells() -> None:
    frame = heatmap_frame()
    frame.loc[0, ["estimate", "pvalue", "n_events"]] = [0.0123, 0.004, 9]
    frame.loc[1, ["estimate", "pvalue", "n_events"]] = [-0.0042, 0.3, 15]
    ax = figures.plot_heatmap(frame, bare())
    shown = texts(ax)
    assert "+1.23***" in shown
    assert "\N{MINUS SIGN}0.42\n" in shown
    assert "p 0.300 · n 15\nmde 0.99" in shown  # a return in percent, as the estimate above it
    assert "smallest mean found with 80 % power, %" in " ".join(ax.get_xlabel().split())
    assert "*** 1 %, ** 5 %, * 10 %" in " ".join(ax.get_xlabel().split())
    pale = [one for one in ax.patches if to_hex(one.get_facecolor()) == palette.WASH.light]
    assert len(pale) == int((frame["n_events"] < wording.MIN_DATES).sum())
    assert f"grey: fewer than {wording.MIN_DATES} events, no p, no stars" in label(ax)
    thin = frame[frame["column"] == "tariff_exemption"]["estimate"].iloc[0]
    text = f"{100 * thin:+.2f}".replace("-", "\N{MINUS SIGN}")
    assert text in [t.get_text() for t in ax.texts]  # no star whatever its p-value


def test_heatmap_colours_are_centred_on_zero() -> None:
    frame = heatmap_frame().iloc[:3].assign(estimate=[0.0, 0.01, -0.01], n_events=9)
    frame = frame.assign(mde=1.0, mde_return=0.01)
    ax = figures.plot_heatmap(frame, bare())
    zero, up, down = (patch.get_facecolor() for patch in ax.patches)
    assert to_hex(zero) == palette.SCALE[4].light
    assert to_hex(up) == palette.SCALE[-1].light
    assert to_hex(down) == palette.SCALE[0].light


@pytest.mark.slow
def test_heatmap_leaves_a_missing_cell_blank() -> None:
    frame = heatmap_frame()
    frame.loc[0, ["estimate", "pvalue"]] = np.nan
    ax = figures.plot_heatmap(frame, bare())
    assert len(ax.patches) == len(MARKETS) * len(CATEGORIES) - 1
    assert "nan" not in drawn(ax)


def _two() -> pd.DataFrame:
    """Return a currency and an index of the same size in volatilities."""
    return pd.DataFrame({
        "row": ["deal", "deal"], "column": ["CNH", "HSI"], "estimate": [0.003, 0.015],
        "pvalue": [0.2, 0.2], "n_events": [20, 20], "mde": [1.0, 1.0],
        "mde_return": [0.003, 0.015],
    })  # fmt: skip


def test_a_currency_and_an_index_of_one_size_have_one_colour() -> None:
    np.testing.assert_allclose(figures.cell_sizes(_two()), [1.0, 1.0])
    ax = figures.plot_heatmap(_two(), bare())
    assert {to_hex(patch.get_facecolor()) for patch in ax.patches} == {"#1d827b"}
    assert "full at ±1.0 daily volatilities" in label(ax)
    ax = figures.plot_heatmap(_two(), bare(), scale="return")
    assert len({to_hex(patch.get_facecolor()) for patch in ax.patches}) == 2
    assert "full at ±1.5 %" in label(ax)
    with pytest.raises(SchemaError, match="mde_return"):
        figures.plot_heatmap(_two().drop(columns="mde_return"), bare(), scale="volatility")
    with pytest.raises(SpecificationError, match="unknown scale"):
        figures.plot_heatmap(_two(), bare(), scale="percent")


def test_a_cell_without_volatility_takes_that_of_its_column() -> None:
    frame = pd.concat([_two(), _two().assign(row="talk", mde=np.nan, mde_return=np.nan)])
    frame = frame.reset_index(drop=True)
    np.testing.assert_allclose(figures.cell_sizes(frame), 1.0)
    bare_frame = frame.assign(mde=np.nan, mde_return=np.nan)
    assert np.isnan(figures.cell_sizes(bare_frame)).all()


def test_a_cell_holds_one_p_value_and_n() -> None:
    ax = figures.plot_heatmap(_two().assign(n_units=15, pvalue=0.0312), bare())
    shown = texts(ax).splitlines()
    assert shown.count("p 0.031 · n 15") == 2
    assert "+1.50**" in shown


def test_rows_beyond_the_most_are_named() -> None:
    frame = pd.concat([
        _two().assign(row=f"kind {at:02}", n_events=9 + at) for at in range(15)
    ], ignore_index=True)  # fmt: skip
    ax = figures.plot_heatmap(frame, bare(), window=(0, 1))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        f"kind {at:02}" for at in range(3, 15)
    ]
    assert "the 12 of 15 rows on most dates; left out: kind 00, kind 01 and kind 02" in label(ax)
    assert "over [0,+1], %" in label(ax)
    assert len(figures.plot_heatmap(frame, bare(), most=None).get_yticks()) == 15
    tight = figures.plot_heatmap(frame, bare(), most=(2, 1))
    assert len(tight.patches) == 2
    assert "1 of 2 columns" in label(tight)


def test_markets_stand_in_the_order_of_the_study() -> None:
    ax = figures.plot_heatmap(_two(), bare(), labels={"HSI": "Hang Seng", "CNH": "yuan"})
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["Hang Seng", "yuan"]


def test_in_a_journal_a_negative_mean_is_hatched() -> None:
    frame = _two().assign(estimate=[-0.003, 0.015])
    ax = figures.plot_heatmap(frame, bare(), style="journal")
    assert [bool(patch.get_hatch()) for patch in ax.patches] == [True, False]
    assert "plain above zero, hatched below" in label(ax)
    faces = [patch.get_facecolor() for patch in ax.patches]
    assert all(face[0] == face[1] == face[2] for face in faces)


def test_cells_of_a_test_that_rejects_too_often_show_its_corrected_p_value() -> None:
    frame = _two().assign(
        pvalue=0.001, size_low=[0.5, 0.04], size_high=[0.7, 0.06], pvalue_corrected=0.3
    )
    ax = figures.plot_heatmap(frame, bare())
    assert "+0.30\n" in texts(ax)
    assert "p 0.300 · n 20" in texts(ax)
    assert "+1.50***" in texts(ax)
    assert "p and stars size-corrected where the measured size leaves out 5 %" in label(ax)
    assert "size-corrected" not in label(figures.plot_heatmap(_two(), bare()))
