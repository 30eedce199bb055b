"""Named choices: registered once, found by name, an unknown one with the nearest."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import Registry, choose, meant, nearest, suggest


@pytest.mark.parametrize(
    ("name", "expected"), [("garhc", "garch"), ("GARCH", "garch"), ("zzz", None), ("", None)]
)
def test_the_nearest_name_is_suggested_whatever_its_case(name, expected):
    assert suggest(name, ["egarch", "garch", "dimson"]) == expected


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("SPY", ["USDJPY", "JPY", "EURUSD"], None),  # the same letters in the same order
        ("SPY", ["SPX", "USDJPY"], "SPX"),
        ("AAPL", ["AUDUSD", "APPL"], "APPL"),
        ("published", ["published_at", "date"], "published_at"),
        ("estimation_windows", ["event_window", "estimation_window"], "estimation_window"),
        ("tikcer", ["ticker", "price"], "ticker"),
    ],
)
def test_a_hint_is_a_name_that_a_slip_of_the_hand_would_miss(name, options, expected):
    assert suggest(name, options) == expected


def test_a_hint_is_the_nearest_name_or_else_the_list():
    assert nearest("garhc", ["garch"]) == "; did you mean 'garch'?"
    assert nearest("zzz", ["b", "a"]) == "; known: a, b"
    assert nearest("zzz", ["b", "a"], "write a or b") == "; write a or b"
    assert nearest("zzz", []) == ""
    assert meant("date", ["Date"]) == "; is 'Date' meant to be it?"
    assert meant("date", ["price"]) == ""


def test_a_choice_is_one_of_the_options():
    assert choose("a", ["a", "b"], "letter") == "a"
    with pytest.raises(SpecificationError, match="unknown letter 'ab'; did you mean 'a'") as caught:
        choose("ab", ["a", "c"], "letter")
    assert caught.value.suggestion == "a"
    with pytest.raises(SpecificationError, match="unknown letter 1; known: a"):
        choose(1, ["a"], "letter")


def test_a_name_is_registered_once_and_found_again():
    registry: Registry[object] = Registry("model")
    add = registry.register("one", summary="the first", source="a paper")
    assert add(add) is add
    add(add)  # the same object once more, as a notebook does
    assert registry.names() == ("one",)
    assert "one" in registry
    assert (registry["one"].value, registry["one"].source) == (add, "a paper")
    with pytest.raises(SpecificationError, match="model 'one' is already registered"):
        registry.register("one", summary="", source="")(choose)
    with pytest.raises(SpecificationError, match="unknown model 'on'; did you mean 'one'"):
        registry["on"]
    registry.remove("one")
    assert list(registry) == []
