"""Memory and time of placebo draws, before they are taken."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.study import cost
from eventstudy.study.cost import (
    MEMORY,
    check_cost,
    check_pairs,
    memory_limit,
    memory_text,
    placebo_cost,
    read_memory,
    time_text,
)

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
    monkeypatch.setattr(cost, "_available", lambda: 1)
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


def test_files_read_lately_leave_room_in_a_container(monkeypatch, tmp_path):
    monkeypatch.setattr(cost, "_CGROUP", tmp_path)
    assert cost._allotted() is None
    for name, text in (
        ("max", "1000"),
        ("current", "900"),
        ("stat", "file 600\ninactive_file 500"),
    ):
        (tmp_path / f"memory.{name}").write_text(text)
    assert cost._allotted() == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert cost._allotted() is None


def test_the_limit_is_what_was_asked_else_what_is_there(monkeypatch):
    monkeypatch.setenv(MEMORY, "1.5 GB")
    assert memory_limit() == 1_500_000_000
    monkeypatch.delenv(MEMORY)
    there = memory_limit()
    assert there is None or there > 10_000_000
    monkeypatch.setenv(MEMORY, "much")
    with pytest.raises(SpecificationError, match='"4 GB"'):
        memory_limit()


@pytest.mark.parametrize(
    ("text", "amount"), [("800M", 8e8), ("2GiB", 2e9), ("123", 123), ("1 tb", 1e12)]
)
def test_amounts_are_read(text, amount):
    assert read_memory(text) == amount


def test_amounts_and_times_are_words():
    assert [memory_text(n) for n in (5, 3.2e6, 9.96e9, 2e12)] == [
        "1 MB", "3.2 MB", "10 GB", "2.0 TB",
    ]  # fmt: skip
    assert [time_text(s) for s in (0.1, 89, 91, 7200)] == ["1 s", "89 s", "2 min", "2.0 h"]
