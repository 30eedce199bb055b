"""A study too large to keep the sessions of its placebo positions, beside one that keeps them."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pytest
from inference_studies import fit, panel

from eventstudy import Window
from eventstudy.exceptions import SpecificationError
from eventstudy.study.placebo_positions import RecentWindows

TESTS = ("placebo", "moderated_placebo", "mean_square", "kolari_pynnonen", "portfolio_t")


@pytest.fixture(scope="module")
def frame():
    found = panel("A", "B", "C")
    return found.mask(np.random.default_rng(1).random(found.shape) < 0.02)


@pytest.fixture(scope="module")
def both(frame):
    """The same study, its sessions kept and not."""
    settings = {"draws": 40, "statistics": TESTS, "car_windows": [(0, 1)]}
    kept = fit(frame, [150, 200, 250, 252], **settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eventstudy.study.cost.MOST_KEPT", 1)
        return kept, fit(frame, [150, 200, 250, 252], **settings)


def test_every_number_is_the_same(both):
    kept, anew = both
    assert kept.fitted.design.placebo.estimates is None
    assert anew.fitted.design.placebo.estimates is not None
    assert anew.fitted.design.placebo.table.residuals.size == 0
    for name in ("statistics", "family", "anticipation", "heatmap"):
        pd.testing.assert_frame_equal(getattr(anew, name), getattr(kept, name), rtol=1e-10)
    assert anew.statistics["size"].notna().any()


def test_later_questions_are_answered_and_copies_keep_no_windows(both):
    kept, anew = both
    copied = copy.copy(anew.fitted.design.placebo.estimates.recent)
    assert not copied._known
    asked = ("bmp", (-1, 1))
    pd.testing.assert_frame_equal(anew.test(*asked), kept.test(*asked), rtol=1e-10)


def test_what_needs_every_session_is_refused(both):
    with pytest.raises(SpecificationError, match="sessions of every placebo position"):
        both[1].measure_activity(["volatility"])


def test_only_the_last_windows_are_held():
    made: list[list[Window]] = []

    def make(windows):
        made.append(list(windows))
        return dict.fromkeys(windows, "total")

    recent = RecentWindows()
    windows = [Window(n, n) for n in range(5)]
    assert list(recent.of(windows, make)) == windows
    recent.of(windows[3:], make)
    recent.of(windows[:1], make)
    recent.of(windows[:1], make)
    assert made == [windows, windows[:1]]
