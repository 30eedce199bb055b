"""What results read from a folder cannot answer, and what they say to do instead."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

import eventstudy as es
from eventstudy.study import loaded
from eventstudy.study.answers import Answers
from eventstudy.study.comparisons import Comparisons
from eventstudy.study.loaded import not_in_folder

PAGE = Path(__file__).parents[2] / "docs" / "saved-results.md"


def test_every_question_is_a_method_and_stands_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    for question in loaded._INSTEAD:
        assert inspect.isfunction(getattr(Answers, question, getattr(Comparisons, question, None)))
        assert f"`{question}" in page


def test_an_unknown_question_has_the_general_remedy():
    assert str(not_in_folder()).endswith("in the study and fit it again")


@pytest.mark.slow
def test_the_error_says_what_the_study_has_to_name(tmp_path):
    events, prices = es.simulate_panel(n_markets=2, n_events=20, dates="dispersed", beta=1.0)
    kinds = np.where(np.arange(len(events)) % 2, "a", "b")
    table = events.frame[["event_id", "date", "markets"]].assign(kind=kinds)
    fit = es.event_study(
        table, prices, benchmark="BMK", statistics=["bmp"], draws=0, car_windows=[(0, 0)],
        contrast=[("kind", "a", "b")],
        cross_section=es.CrossSection(columns=["kind"], window=(0, 0)),
    )  # fmt: skip
    fit.save(tmp_path / "out")
    read = es.load_results(tmp_path / "out")
    for ask, instead in (
        (lambda: read.regress_cars("kind"), r"cross_section=es\.CrossSection"),
        (lambda: read.test_family("kind"), "car_windows="),
        (read.measure_activity, r"activity=es\.Activity"),
        (read.joint_regression, 'overlap="joint"'),
        (lambda: read.calendar_time_portfolio((0, 0)), "calendar_time in the study"),
        (read.intervals, "right after the fit"),
        (read.test_counterfactual, "right after the fit"),
        (lambda: read.contrast("kind", "a", "b", windows=[(0, 1)]), "contrast="),
        (lambda: read.test("patell"), "statistic in the study"),
    ):
        with pytest.raises(es.NotApplicableError, match=instead):
            ask()
    own = es.Regression(read.cross_section)
    assert own.params.index.tolist() == fit.regress_cars("kind", (0, 0)).params.index.tolist()
    assert len(read.contrast("kind", "a", "b")) == len(fit.contrasts)
