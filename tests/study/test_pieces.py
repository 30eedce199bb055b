"""What a study answers beside its tests: the frames of its results, whoever makes them."""

from __future__ import annotations

import copy

import fitted_study
import pandas as pd
import pytest

from eventstudy.execution.workers import SERIAL
from eventstudy.study.pieces import Pieces, frames_of, is_few


@pytest.mark.slow
def test_frames_are_those_of_the_results_and_a_second_model_has_none_where_it_is_not():
    results = fitted_study.fit()
    pieces = Pieces.of(results.fitted, None, "placebo")
    names = ("family", "anticipation", "ranges", "heatmap_beside")
    frames = frames_of(pieces, names, SERIAL)
    assert list(frames) == ["family", "anticipation", "ranges"]
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, getattr(results, name))


@pytest.mark.slow
def test_a_copy_holds_the_positions_its_models_leave_behind():
    results = fitted_study.fit()
    pieces = copy.deepcopy(Pieces.of(results.fitted, results.fitted, "placebo"))
    first, second = pieces.models
    assert (first.design, second.design) == pieces.designs
    assert is_few(first.design)
