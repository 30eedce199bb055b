"""Words and numbers as text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.text import (
    counted,
    display_width,
    group_name,
    grouping_of,
    is_missing,
    listed,
    plain,
    reason_in,
    records,
    shorten,
    split_group,
    unavailable,
)


@pytest.mark.parametrize("value", [None, np.nan, pd.NaT, pd.NA])
def test_missing_is_missing_of_any_kind(value):
    assert is_missing(value)
    assert plain(value) == ""


@pytest.mark.parametrize("value", ["", 0, [np.nan], "nan"])
def test_empty_is_not_missing(value):
    assert not is_missing(value)


def test_plain_text_is_one_line_that_commands_nothing():
    assert plain("a\n b\t c") == "a b c"
    assert plain("\x1b[31mred\u202e\u200b") == "[31mred"


def test_width_counts_columns_of_a_terminal():
    assert display_width("abc") == 3
    assert display_width("日経") == 4
    assert display_width("e\u0301") == 1


@pytest.mark.parametrize(
    ("width", "expected"),
    [(20, "one two three"), (9, "one two…"), (6, "one t…"), (13, "one two three")],
)
def test_a_long_text_is_cut_at_a_word(width, expected):
    assert shorten("one two three", width) == expected


def test_counts_and_lists_are_grammar():
    assert counted(1, "event") == "1 event"
    assert counted(1200, "event") == "1,200 events"
    assert counted(2, "entry", "entries") == "2 entries"
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip
    assert listed(["a", "b"], last="or") == "a or b"


def test_records_are_rows_with_attributes():
    [row] = records(pd.DataFrame({"name": ["A"], "n": [1]}))
    assert (row.name, row.n) == ("A", 1)


def test_the_reason_of_a_note_is_what_was_put_into_it():
    assert unavailable("one date") == "not available: one date"
    assert reason_in(unavailable("one date")) == "one date"
    assert reason_in("as it is, not available: in part") == "as it is, not available: in part"


@pytest.mark.parametrize(
    ("columns", "values"), [(("a",), ("x=y*z",)), (("a", "b"), ("x", "y*z")), (("a",), ("",))]
)
def test_a_group_is_split_as_it_was_named(columns, values):
    name = group_name(columns, values)
    assert split_group(name) == (columns, values)
    assert grouping_of(name) == "*".join(columns)


def test_the_group_of_all_is_its_own_grouping():
    assert split_group("all") == ((), ())
    assert grouping_of("all") == "all"


def test_records_are_the_rows_that_pandas_gives():
    frame = pd.DataFrame(
        {
            "number": [1, 2], "share": [0.5, np.nan], "name": ["a", None], "flag": [True, False],
            "day": pd.to_datetime(["2025-05-01", None]), "two words": [1, "b"], "class": [0, 1],
            "zoned": pd.to_datetime(["2025-05-01T10:00Z", None]),
        }
    )  # fmt: skip
    for part in (frame, frame.head(0), frame[[]], frame[["name", "name"]], frame.astype(object)):
        got, plainly = list(records(part)), list(part.itertuples(index=False))
        assert [repr(row) for row in got] == [repr(row) for row in plainly]
        assert [list(map(type, row)) for row in got] == [list(map(type, row)) for row in plainly]
