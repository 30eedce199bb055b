"""Memory and time of placebo draws, before they are taken."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.io import memory
from eventstudy.io.memory import MEMORY
from eventstudy.study import cost
from eventstudy.study.cost import (
    check_cost,
    check_lengths,
    check_pairs,
    check_series,
    placebo_cost,
    time_text,
)
from eventstudy.windows import Window

FIRMS = {
    "positions": 3_000_000, "span": 271, "markets": 2_000, "sessions": 1_750, "factors": 1,
    "pairs": 2_000, "draws": 2_000, "windows": 24, "placements": 12, "held": 3, "tests": 2,
}  # fmt: skip


def test_a_large_study_keeps_models_and_a_small_one_sessions():
    large, small = placebo_cost(**FIRMS), placebo_cost(**FIRMS | {"positions": 30_000})
    assert (large.is_kept, small.is_kept) == (False, True)
    assert large.is_large
    assert not placebo_cost(**FIRMS | {"positions": 3_000, "pairs": 20}).is_large
    assert placebo_cost(**FIRMS, is_kept=True).n_bytes > 50 * large.n_bytes
    assert large.n_bytes < 2e9


def test_pairs_that_memory_does_not_hold_are_to_be_streamed():
    check_pairs(1_000, 251, limit=1)  # so few are not worth a look
    check_pairs(100_000, 251, limit=4_000_000_000)
    with pytest.raises(SpecificationError, match=r"1,000,000 pairs .* 24 GB, and 4.0 GB .*stream"):
        check_pairs(1_000_000, 251, limit=4_000_000_000)


def test_refusal_says_what_is_needed_what_is_there_and_what_would_fit():
    needed = placebo_cost(**FIRMS, is_kept=True)
    with pytest.raises(SpecificationError) as refused:
        check_cost(needed, 4_000_000_000, "; calibrate needs the sessions of every position")
    said = str(refused.value)
    assert "2,000 placebo draws of 2,000 pairs in 2,000 markets (3,000,000 positions" in said
    assert "need 156 GB and about 20 min" in said
    assert "4.0 GB are there (EVENTSTUDY_MEMORY); calibrate needs the sessions" in said
    assert "set statistics.draws = 0, or study 51 markets at a time" in said
    assert refused.value.key == "statistics.draws"
    check_cost(needed, 200_000_000_000)


SMALL = placebo_cost(**FIRMS | {"positions": 1_000, "pairs": 20, "windows": 1})


def test_what_is_small_is_refused_by_a_limit_that_was_asked_for_and_by_no_guess(monkeypatch):
    monkeypatch.delenv(MEMORY, raising=False)
    monkeypatch.setattr(memory, "_available", lambda: 1)
    check_cost(SMALL)
    for refuse in (lambda: check_cost(SMALL, 1_000_000), lambda: check_cost(SMALL)):
        monkeypatch.setenv(MEMORY, "1 MB")
        with pytest.raises(SpecificationError, match=r"1\.0 MB are there"):
            refuse()
    monkeypatch.setenv(MEMORY, "much")
    with pytest.raises(SpecificationError, match="EVENTSTUDY_MEMORY is 'much'"):
        check_cost(SMALL)


def test_each_process_has_what_is_not_shared():
    for more in ({}, {"positions": 30_000}):
        one, two, four = (
            placebo_cost(**FIRMS | more, processes=number).n_bytes for number in (1, 2, 4)
        )
        assert one < two < 2 * one
        assert four - two == pytest.approx(2 * (two - one), abs=4)


def test_means_of_units_are_32_megabytes_a_window_at_the_most():
    kept = FIRMS | {"positions": 30_000}
    one, two = (placebo_cost(**kept | {"windows": number}).n_bytes for number in (1, 2))
    assert two - one == 8 * 2_000 * 1_750
    many = (placebo_cost(**kept | {"windows": n}, groupings=9).n_bytes for n in (1, 2))
    assert -int.__sub__(*many) == 32_000_000
    none = (placebo_cost(**kept | {"windows": n, "draws": 0}).n_bytes for n in (1, 2))
    assert int.__sub__(*none) == 0


def test_times_are_words():
    assert [time_text(s) for s in (0.1, 89, 91, 7200)] == ["1 s", "89 s", "2 min", "2.0 h"]


def test_tests_take_as_long_as_their_groups_windows_and_draws_ask_for():
    asked = {"groups": 63, "pairs": 11_000, "windows": 8, "tests": 20}
    bundled = cost.cost_of_tests(**asked, draws=2_000, scenarios=2)
    assert 20.0 < bundled.seconds < 80.0
    assert bundled.n_bytes < 1e9
    few = cost.cost_of_tests(**asked, draws=200, scenarios=2)
    assert 0.5 < few.seconds / bundled.seconds < 0.9
    assert cost.cost_of_tests(**asked, draws=0).seconds < 5.0
    small = cost.cost_of_tests(groups=1, pairs=50, windows=3, tests=2, draws=2_000)
    assert small.seconds < 1.0


def test_windows_far_longer_than_any_series_are_refused():
    long = Window(-20_000, -21)
    check_lengths([("windows.estimation", long)], longest=30_000)
    check_lengths([("windows.estimation", Window(-9_000, -21))], longest=200)
    with pytest.raises(SpecificationError, match="has 19,980 sessions, and the longest series 200"):
        check_lengths([("windows.estimation", long)], longest=200)


def test_long_series_of_many_markets_are_refused_with_what_they_need():
    check_series(5_000, 15_000, 8_000_000_000)
    check_series(40, 15_000, 1)  # no guess refuses so little
    with pytest.raises(SpecificationError, match="5,000 markets of 15,000 sessions need") as error:
        check_series(5_000, 15_000, 4_000_000_000)
    assert "about 7.5 GB, and 4.0 GB are there" in str(error.value)
    assert "prices.start" in str(error.value)
