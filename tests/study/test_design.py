"""Placebos of merged pairs: longer windows that never share a session."""

from __future__ import annotations

import numpy as np
import pytest
from merged_pairs import fit

from eventstudy.inference import STATISTICS


@pytest.mark.slow
def test_every_statistic_and_the_placebo_take_merged_pairs():
    """Placebos of a merged pair have its longer window and keep their distance from its start."""
    rows = [90, 92, 110, 140, 143, 170, 190]
    names = STATISTICS.names()
    results = fit(rows, statistics=names, draws=200, event_window=(-1, 2), max_loss=0.5)
    design = results.fitted.design
    assert design.table.extension[::2].tolist() == [2, 0, 3, 0, 0]
    assert design.placebo.widths.tolist() == [0, 2, 3]
    rows = results.statistics[results.statistics["window_start"] == -1].set_index("name")
    assert np.isfinite(rows.loc["placebo", "pvalue"]).all()
    assert np.isfinite(rows.loc["kolari_pynnonen", "size"]).all()
    answered = results.statistics.groupby("name")["statistic"].apply(lambda s: s.notna().any())
    assert set(answered.index) == set(names)
    assert answered[["bmp", "joint_f", "corrado_rank"]].all()


def test_placebo_windows_of_merged_pairs_never_share_a_session():
    from eventstudy.estimation.abnormal import cumulate
    from eventstudy.inference.design import Cumulated, GroupCache, gather_evidence
    from eventstudy.windows import Window

    results = fit([90, 92, 94, 130, 170, 172], draws=300, markets=("A",))
    design, window = results.fitted.design, Window(-1, 1)
    assert design.table.extension.tolist() == [4, 0, 2]
    session = Cumulated(
        window=window,
        real=cumulate(design.table, window),
        placebo=cumulate(design.placebo.table, window),
    )
    pairs = np.arange(3)
    drawn = gather_evidence(design, pairs, pairs[:0], session, GroupCache()).drawn
    table = design.placebo.table
    day0, extension = np.empty((drawn.n_draws, 3), int), np.empty((drawn.n_draws, 3), int)
    for block in drawn.blocks:
        day0[:, block.columns] = table.day0[block.rows][block.pick]
        extension[:, block.columns] = table.extension[block.rows][block.pick]
    assert (extension == [4, 0, 2]).all()
    order = np.argsort(day0, axis=1)
    day0 = np.take_along_axis(day0, order, axis=1)
    first = day0 - np.take_along_axis(extension, order, axis=1) - 1
    assert len(np.unique(day0, axis=0)) > 100
    assert (first[:, 1:] > day0[:, :-1] + 1).all()
