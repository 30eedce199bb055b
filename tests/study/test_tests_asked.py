"""What tables are told of the tests they show."""

from __future__ import annotations

from eventstudy.datasets.simulation import simulate_panel
from eventstudy.inference import STATISTICS
from eventstudy.study.event_study import event_study
from eventstudy.study.specification import DEFAULT_STATISTICS
from eventstudy.study.tests_asked import assumption_of, facts_of, own_statistics


def test_facts_are_those_of_the_registry():
    for name in ("placebo", "bmp", "bhar_t"):
        facts, test = facts_of(name), STATISTICS[name].value
        assert (facts.null, facts.assumes, facts.quantity) == (
            test.null, test.assumes, test.quantity,
        )  # fmt: skip
        assert facts.is_randomised == (name == "placebo")


def test_of_a_test_of_another_session_nothing_is_known():
    assert facts_of("somebodys_own").null == assumption_of("somebodys_own") == ""


def test_a_studys_own_statistics_are_shown_together_and_many_or_the_usual_ones_are_not():
    assert own_statistics(["bmp", "placebo"]) == ("bmp", "placebo")
    assert own_statistics(DEFAULT_STATISTICS) == ()
    assert own_statistics(["bmp", "placebo", "sign", "wilcoxon", "patell"]) == ()


def test_what_was_asked_for_stands_in_summary_and_table():
    events, prices = simulate_panel(n_markets=2, n_events=12, beta=1.0)
    asked = ["bmp", "cross_sectional_t"]
    results = event_study(
        events, prices, markets=["M01", "M02"], benchmark="BMK", statistics=asked, draws=0
    )
    assert set(asked) <= set(results.summary().split())
    assert set(results.etable().to_frame()["name"]) == set(asked)
    assert "cross_sectional_t" not in results.to_text()
