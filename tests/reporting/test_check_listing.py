"""Findings for reading: many of one kind in one line, worst first."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.prices.checks import as_checks
from eventstudy.prices.panel import Check
from eventstudy.reporting.check_listing import (
    counts_of,
    error_sentences,
    group_checks,
    list_checks,
)
from eventstudy.reporting.rows import checks as report_rows


def day(text):
    return np.datetime64(text, "D")


FOUND = as_checks(
    [
        Check("HSI", day("2023-09-01"), "known_closure", "info", "shut by a typhoon"),
        Check("JPY", day("2024-03-05"), "stale_close", "warning", "the second stretch"),
        Check("HSI", day("2023-09-08"), "known_closure", "info", "shut by rain"),
        Check("JPY", day("2019-01-01"), "fx_label_shift", "error", "a row late " + "word " * 40),
        Check("JPY", day("2024-01-05"), "stale_close", "warning", "the first stretch"),
        Check("JPY", day("NaT"), "quote_direction", "error", "upside down"),
    ]
)


def test_one_row_for_each_kind_worst_first():
    table = group_checks(FOUND)
    assert list(zip(table["security"], table["check"], table["count"], strict=True)) == [
        ("JPY", "fx_label_shift", 1),
        ("JPY", "quote_direction", 1),
        ("JPY", "stale_close", 2),
        ("HSI", "known_closure", 2),
    ]
    assert list(table["first"].astype(str))[2:] == ["2024-01-05", "2023-09-01"]
    assert list(table["last"].astype(str))[2:] == ["2024-03-05", "2023-09-08"]
    assert group_checks(FOUND.iloc[:0]).empty


def test_the_text_fits_and_says_everything_when_asked():
    text = list_checks(FOUND, width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert text.splitlines()[0] == "JPY: 2 errors, 2 warnings"
    assert "  warning  stale_close, 2 findings, 2024-01-05 to 2024-03-05" in text
    assert "  error    quote_direction, all of it" in text
    assert "HSI: 2 notes" in text
    assert "the first stretch" not in text
    assert "the first stretch" in list_checks(FOUND, everything=True)
    assert counts_of([]) == "nothing found"


def test_the_rows_of_the_report():
    rows = report_rows(FOUND)
    assert rows["counts"] == "2 errors, 2 warnings, 2 notes"
    assert [row["check"] for row in rows["rows"]] == [
        "fx label shift", "quote direction", "stale close", "known closure",
    ]  # fmt: skip
    assert rows["rows"][2]["detail"] == "First: the second stretch"
    assert len(rows["each"]) == len(FOUND)
    assert [row["severity"] for row in rows["each"]] == [
        *["error"] * 2,
        *["warning"] * 2,
        *["info"] * 2,
    ]
    assert report_rows(FOUND.iloc[:1])["each"] == []
    assert report_rows(FOUND.iloc[:0])["rows"] == []


def test_saved_findings_read_back_say_the_same(tmp_path):
    path = tmp_path / "checks.csv"
    FOUND.to_csv(path, index=False)
    assert report_rows(pd.read_csv(path))["rows"] == report_rows(FOUND)["rows"]


def test_errors_of_one_kind_are_one_sentence():
    checks = pd.DataFrame(
        {
            "security": ["A", "A", "A", "B"],
            "date": pd.to_datetime(["2025-01-02", "2025-01-03", "2025-01-03", None]),
            "check": ["unit_break", "unit_break", "gap", "quote_direction"],
            "severity": ["error", "error", "warning", "error"],
            "detail": ["falls", "rises", "a gap", "turned"],
        }
    )
    first, second = error_sentences(checks)
    assert first == ("A: falls (first of 2 findings, 2025-01-02 to 2025-01-03; unit_break)")
    assert second == "B: turned (quote_direction)"
    assert error_sentences(checks[:0]) == []
