"""Tables of texts in lines no wider than a terminal."""

from __future__ import annotations

from eventstudy.reporting.text_table import draw_table, is_heading, wrap


def test_digits_stand_above_digits_where_some_carry_marks() -> None:
    rows = [["a", "+1.00***"], ["", "(0.002)"], ["b", "-2.00"]]
    assert draw_table(["group", "car"], rows, [False, True], 40).splitlines() == [
        "group        car",
        "----------------",
        "a       +1.00***",
        "       (0.002)",
        "b       -2.00",
    ]


def test_a_heading_spans_the_table_and_has_a_line_above_it() -> None:
    rows = [["a", "1", "2"], ["By kind of news", "", ""], ["b", "3", "4"]]
    lines = draw_table(["g", "x", "y"], rows, [False, True, True], 40).splitlines()
    assert lines[2:] == ["a                1  2", "", "By kind of news", "b                3  4"]
    assert is_heading(rows[1])
    assert not is_heading(["only", ""])


def test_what_is_too_wide_is_cut_into_blocks_that_repeat_the_first_column() -> None:
    header = ["name", *(f"column{n}" for n in range(4))]
    text = draw_table(header, [["x", "1", "2", "3", "4"]], [False, *[True] * 4], 26)
    blocks = [block.splitlines()[0].split() for block in text.split("\n\n")]
    assert blocks == [["name", "column0", "column1"], ["name", "column2", "column3"]]


def test_texts_are_wrapped_by_display_width() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrap("商务部称", 4) == ["商务", "部称"]
    assert wrap("", 5) == [""]
