"""The table of faults: it is that of the tests, and of the page."""

from __future__ import annotations

import pytest
from loaded_script import HOUSE, loaded_script

fault_table = loaded_script("benchmarks/fault_table.py")


def test_the_page_has_the_table_of_the_tests():
    page = (HOUSE / "docs" / "robustness.md").read_text(encoding="utf-8")
    assert fault_table.table() in page


def test_every_command_that_writes_is_killed_and_a_fault_without_a_column_is_seen(monkeypatch):
    from writing_commands import WRITINGS

    rows = fault_table.tried()
    assert set(rows) == set(WRITINGS)
    assert all(row["SIGKILL"] and row["disk full"] for row in rows.values())
    monkeypatch.delitem(fault_table.FAULTS, "test_a_target_below_a_file")
    with pytest.raises(ValueError, match="test_a_target_below_a_file"):
        fault_table.tried()
