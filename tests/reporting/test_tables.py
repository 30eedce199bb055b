"""Tables say what the frame says, in formats whose special characters cannot leak."""

from __future__ import annotations

import html.parser

import numpy as np
import pandas as pd
import pytest
from frames import UNSAFE, events_frame

from eventstudy.exceptions import SpecificationError
from eventstudy.reporting.tables import (
    cell_text,
    to_html,
    to_latex,
    to_longtable,
    to_markdown,
    to_text,
)
from eventstudy.text import display_width


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_of_a_text_table_is_longer_than_the_terminal(width: int) -> None:
    frame = events_frame(4, unsafe=True)
    frame.loc[1, "headline"] = "商务部称正在评估美方提出的对话请求 " * 4
    text = to_text(frame, width=width)
    assert max(display_width(line) for line in text.splitlines()) <= width


def test_a_text_table_keeps_every_word_and_no_control_character() -> None:
    frame = pd.DataFrame({"a": ["one two\x1b[31m three\nfour \u202efive"], "b": [1.5]})
    text = to_text(frame, width=24)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert all(word in text for word in ("one", "two", "three", "four", "five", "1.5"))


def test_numbers_are_set_to_the_right_and_texts_to_the_left() -> None:
    text = to_text(pd.DataFrame({"name": ["a", "bbb"], "n": [1, 100]}))
    assert text.splitlines() == ["name    n", "---------", "a       1", "bbb   100"]


def test_text_of_an_empty_frame_says_so() -> None:
    assert to_text(pd.DataFrame()) == "(empty table)"
    assert to_text(pd.DataFrame({"a": []})).endswith("(no rows)")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.nan, ""), (None, ""), (pd.NaT, ""), (pd.NA, ""), (True, "yes"), (np.False_, "no"),
        (0.0123456, "0.01235"), (-0.0, "0"), (3, "3"), (("N225", "HSI"), "N225;HSI"),
        (pd.Timestamp("2025-05-02"), "2025-05-02"), (np.datetime64("2025-05-02"), "2025-05-02"),
        (pd.Timestamp("2025-05-02T01:00Z"), "2025-05-02T01:00Z"),
    ],
)  # fmt: skip
def test_one_cell(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_markdown_escapes_what_would_end_a_cell_or_become_markup() -> None:
    cell = "a|b *c* <b>d</b> [e](javascript:x) `f` \\ g\nh"
    table = to_markdown(pd.DataFrame({"x": [cell], "y": [1.0]}))
    row = table.splitlines()[-1]
    assert table.count("\n") == 2
    assert row.replace(r"\|", "").count("|") == 3
    assert "<b>" not in row
    assert "](" not in row
    assert r"\*c\*" in row


def test_latex_escapes_after_formatting_and_protects_brackets_and_stars() -> None:
    frame = pd.DataFrame(
        {
            "window": ["[-1,+1]", "*a", "50% of $5_x & {y} #1 ~^\\"],
            "value": ["-0.35***", "(0.02)", "1"],
        }
    )
    text = to_latex(frame, caption="5 % of C&A", label="tab:one", notes="*** 1 %")
    body = text[text.index(r"\midrule") :].splitlines()
    assert body[1] == r"{[}-1,+1{]} & $-$0.35\rlap{***} \\"
    assert body[2] == r"{*}a & (0.02\rlap{)} \\"
    assert body[3].startswith(r"50\% of \$5\_x \& \{y\} \#1 \textasciitilde{}\textasciicircum{}")
    assert r"\caption{5 \% of C\&A}" in text
    assert r"\item {*}** 1 \%" in text
    assert not any(line.startswith("[") for line in text.splitlines())
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


def test_latex_refuses_a_label_it_could_not_read() -> None:
    with pytest.raises(SpecificationError, match="label"):
        to_latex(pd.DataFrame({"a": [1]}), label="tab}x")


def test_html_escapes_every_text_and_is_well_formed() -> None:
    frame = pd.DataFrame({UNSAFE: [UNSAFE, "x"], "n": ["+1.00***", "-2.00"]})
    text = to_html(frame, caption=UNSAFE, notes=UNSAFE)
    tags: list[str] = []
    seen: list[str] = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

        def handle_data(self, data: str) -> None:
            seen.append(data)

    Reader().feed(text)
    assert set(tags) == {
        "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "span",
    }  # fmt: skip
    assert sum("<script>alert(1)</script>\"'& $5bn" in data for data in seen) == 4
    assert '<td class="num">+1.00<span class="mark">***</span></td>' in text


def test_writers_leave_their_frame_alone() -> None:
    frame = events_frame(3)
    before = frame.copy(deep=True)
    for write in (to_text, to_markdown, to_latex, to_html):
        assert write(frame) == write(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_names_in_the_first_column_are_never_broken() -> None:
    name = "calendar_time_standardised_by_its_portfolio"[:38]
    frame = pd.DataFrame(
        {"name": [name, "bmp"], "summary": ["a word " * 30] * 2, "source": "B " * 30}
    )
    text = to_text(frame, 80)
    assert name in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_longtable_repeats_its_head_and_wraps_long_texts():
    frame = pd.DataFrame({"what": ["a" * 60, "[b] & c"], "p": [0.5, None]})
    frame.attrs["notes"] = "5 % of them"
    text = to_longtable(frame, "All & more")
    first, second = text.splitlines()[:2]
    assert first == r"% needs \usepackage{array,booktabs,longtable}"
    assert second.startswith(r"\begin{longtable}{>{\raggedright\arraybackslash}p{0.")
    assert text.count(r"what & p \\") == 2
    assert r"\caption{All \& more} \\" in text
    assert r"{[}b{]} \& c &  \\" in text
    assert text.endswith("{\\footnotesize\\noindent 5 \\% of them\\par}\n")
