"""How much memory there is, and what is said where it is not enough."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.io import memory
from eventstudy.io.memory import MEMORY, memory_limit, memory_text, read_memory, shortage


def test_files_read_lately_leave_room_in_a_container(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    assert memory._allotted() is None
    for name, text in (
        ("max", "1000"),
        ("current", "900"),
        ("stat", "file 600\ninactive_file 500"),
    ):
        (tmp_path / f"memory.{name}").write_text(text)
    assert memory._allotted() == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert memory._allotted() is None


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


def test_amounts_are_words():
    assert [memory_text(n) for n in (5, 3.2e6, 9.96e9, 2e12)] == [
        "1 MB", "3.2 MB", "10 GB", "2.0 TB",
    ]  # fmt: skip


def test_what_is_large_is_measured_against_what_is_there(monkeypatch):
    monkeypatch.setenv(MEMORY, "1 GB")
    assert shortage(1_000_000_000) == ""
    assert "need about 1.1 GB, and 1.0 GB are there" in shortage(1_100_000_000)
    assert shortage(1_100_000_000, 2_000_000_000) == ""
    monkeypatch.setenv(MEMORY, "1 MB")
    assert shortage(499_000_000) == ""
