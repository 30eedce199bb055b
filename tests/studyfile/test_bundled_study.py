"""The study of the bundled data."""

from __future__ import annotations

from eventstudy.markets.market import BUNDLED
from eventstudy.studyfile.bundled_study import bundled_study
from eventstudy.studyfile.prices import Bundled


def test_bundled_study_is_the_one_the_command_promises():
    file = bundled_study()
    assert (file.events, file.prices) == (None, Bundled())
    assert file.study.markets == BUNDLED
    assert (file.study.date_only, file.study.min_obs) == ("next", 100)
    assert file.study.by == (
        "category", "direction", "security", "category*direction", "period",
    )  # fmt: skip
    assert file.study.select == ()
    events, prices = file.load()
    assert len(events) == 242
    assert {"N225", "SPX"} <= set(prices.names)
