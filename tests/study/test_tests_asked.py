"""What tables are told of the tests they show."""

from __future__ import annotations

from eventstudy.inference import STATISTICS
from eventstudy.study.tests_asked import assumption_of, facts_of


def test_facts_are_those_of_the_registry():
    for name in ("placebo", "bmp", "bhar_t"):
        facts, test = facts_of(name), STATISTICS[name].value
        assert (facts.null, facts.assumes, facts.quantity) == (
            test.null, test.assumes, test.quantity,
        )  # fmt: skip
        assert facts.is_randomised == (name == "placebo")


def test_of_a_test_of_another_session_nothing_is_known():
    assert facts_of("somebodys_own").null == assumption_of("somebodys_own") == ""
