"""The draws that sizes are measured over, where sessions of positions are not kept."""

from __future__ import annotations

import numpy as np
import pytest
from inference_studies import answers, fit, panel

from eventstudy import Window
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.measured_draws import (
    MOST_MEASURED,
    MOST_VISITS,
    estimated_draws,
    n_measured,
)

SETTINGS = {"draws": 60, "statistics": ("placebo", "bmp"), "car_windows": [(0, 1)]}


@pytest.mark.parametrize(
    ("draws", "pairs", "number"),
    [
        (2000, 10, 200),
        (2000, 500, 100),
        (2000, 1000, 50),
        (2000, 1001, 0),
        (30, 1500, 30),
        (30, 2000, 0),
    ],
)
def test_draws_are_as_many_as_can_be_afforded_and_as_say_something(draws, pairs, number):
    assert (MOST_MEASURED, MOST_VISITS) == (200, 50_000)
    assert n_measured(draws, pairs) == number


def test_draws_estimated_anew_hold_what_the_kept_ones_hold(monkeypatch):
    frame, rows = panel("A", "B", seed=3), [150, 200, 250, 252]
    kept = fit(frame, rows, **SETTINGS).fitted.design
    monkeypatch.setattr("eventstudy.study.cost.MOST_KEPT", 1)
    anew = fit(frame, rows, **SETTINGS).fitted.design
    monkeypatch.setattr("eventstudy.inference.measured_draws._AT_A_TIME", 100)
    pairs = np.arange(8)

    def drawn(design):
        totals = cumulate_both(design, Window(0, 1))
        return gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn

    expected, parts = drawn(kept), list(estimated_draws(anew, drawn(anew), Window(0, 1)))
    assert len(parts) > 1
    scar = np.concatenate([part.gather(part.window.scar) for part in parts])
    np.testing.assert_allclose(scar, expected.gather(expected.window.scar), rtol=1e-10)
    assert list(estimated_draws(kept, expected, Window(0, 1))) == [expected]


def test_it_is_said_over_how_many_draws_a_size_was_measured(monkeypatch):
    monkeypatch.setattr("eventstudy.study.cost.MOST_KEPT", 1)
    monkeypatch.setattr("eventstudy.inference.measured_draws.MOST_MEASURED", 50)
    some = answers(fit(panel("A"), [150, 200, 250], **SETTINGS), (0, 1)).loc["bmp"]
    assert some["n_draws"] == 50
    assert some["note"].endswith("size over 50 of 60 draws")
    monkeypatch.setattr("eventstudy.inference.measured_draws.MOST_VISITS", 10)
    none = answers(fit(panel("A"), [150, 200, 250], **SETTINGS), (0, 1)).loc["bmp"]
    assert np.isnan(none["size"])
    assert none["note"] == "size not measured: 3 pairs a draw are too many"
