"""The figures of intraday studies show their numbers, in percent and minutes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from eventstudy.exceptions import SchemaError
from eventstudy.reporting.figures_intraday import plot_minutes, plot_pattern


def path() -> pd.DataFrame:
    return pd.DataFrame(
        {"minute": [5, 10], "caar": [0.001, 0.002], "ci_low": [0.0, 0.001],
         "ci_high": [0.002, 0.003]}
    )  # fmt: skip


def test_a_path_begins_at_zero_where_it_is_told_and_is_in_percent() -> None:
    ax = plot_minutes(path(), Figure().subplots(), start=0, news=3.0)
    line = ax.lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0, 5, 10])
    np.testing.assert_allclose(line.get_ydata(), [0, 0.1, 0.2])
    assert [text.get_text() for text in ax.texts] == ["news"]
    without = plot_minutes(path(), Figure().subplots())
    assert [text.get_text() for text in without.texts] == ["bar of the news begins"]


def test_a_pattern_shades_the_window_of_the_event() -> None:
    frame = pd.DataFrame(
        {"clock": ["09:30", "09:35", "09:40"], "minutes": 5, "volatility": 0.001, "raw": 0.002}
    )
    ax = plot_pattern(frame, Figure().subplots(), timezone="Asia/Tokyo", shaded=["09:35", "09:40"])
    assert len(ax.patches) == 2
    assert ax.get_xlabel() == "begin of the bar, Asia/Tokyo"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels.count("window of the event") == 1


@pytest.mark.parametrize("plot", [plot_minutes, plot_pattern])
def test_a_missing_column_is_named(plot) -> None:
    with pytest.raises(SchemaError, match=f"{plot.__name__}: the frame lacks the column"):
        plot(pd.DataFrame(), Figure().subplots())
