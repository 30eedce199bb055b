"""The picture of a contrast shows its numbers, in percent."""

import matplotlib as mpl
import numpy as np
import pytest
from frames import MARKETS, contrasts_frame, record_of
from matplotlib import pyplot as plt

from eventstudy.exceptions import NotApplicableError, SchemaError
from eventstudy.reporting.figures_contrast import contrast_rows, plot_contrast
from eventstudy.reporting.report_figures import FIGURES, draw_figures


@pytest.fixture(autouse=True)
def _closed():
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


def test_rows_are_all_markets_each_market_and_each_part():
    rows = contrast_rows(contrasts_frame(), (0, 1))
    assert rows["security"].tolist() == ["all", *MARKETS, "all", "all"]
    assert (rows["window_end"] == 1).all()
    assert (contrast_rows(contrasts_frame(), (-9, 9))["window_end"] == 0).all()
    assert contrast_rows(contrasts_frame().head(0)).empty


def test_points_and_intervals_are_those_of_the_frame():
    frame = contrasts_frame()
    rows = contrast_rows(frame, (0, 1))
    ax = plot_contrast(frame, window=(0, 1), labels={"HSI": "Hang Seng"}, title="A title")
    drawn = [tuple(point) for one in ax.collections[1:] for point in one.get_offsets().tolist()]
    for place, (estimate, a, b) in enumerate(
        rows[["estimate", "mean_a", "mean_b"]].to_numpy().tolist()
    ):
        assert any(np.allclose(point, (100 * estimate, -place)) for point in drawn)
        for mean in (a, b):
            assert any(np.allclose(point, (100 * mean, -place - 0.28)) for point in drawn)
    lines = [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()]
    assert np.allclose(lines, 100 * rows[["ci_low", "ci_high"]].to_numpy())
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names[0] == "all markets together"
    assert names[-2:] == ["2023", "2024"]
    assert "Hang Seng" in names
    assert "[0,+1], %" in ax.get_xlabel()
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "mean after de-escalation" in legend
    ax.figure.canvas.draw()
    box, whole = ax.get_legend().get_window_extent(), ax.figure.bbox
    assert box.x1 < 0.9 * whole.x1  # browsers set the words a little wider
    assert box.y1 < whole.y1
    solid = [one for one in ax.collections[1:3] if len(one.get_offsets())]
    assert len(solid) == 2  # zero is inside some intervals and outside others


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(SchemaError, match="lacks the column 'mean_b'"):
        plot_contrast(contrasts_frame().drop(columns="mean_b"))
    with pytest.raises(NotApplicableError, match="no difference"):
        plot_contrast(contrasts_frame().assign(estimate=np.nan))


@pytest.mark.slow
def test_the_report_shows_it_where_there_is_one():
    first = FIGURES[0]
    assert first(record_of()) is None
    entry = next(iter(draw_figures(record_of(contrasts=contrasts_frame()))))
    assert entry["title"] == "One kind of news against another"
    assert "all markets together: +0.20 %" in entry["alt"]
    assert entry["svg"].startswith("<svg")
