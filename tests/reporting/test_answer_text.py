"""The answers side by side, as a terminal shows them."""

from __future__ import annotations

import pandas as pd
from ranges_frames import WINDOW, few, ranges_frame

from eventstudy.reporting.answer_text import answers_text
from eventstudy.reporting.finding import Benchmark
from eventstudy.reporting.findings_answers import market_answers
from eventstudy.text import display_width

LABELS = {"N225": "Nikkei 225", "HSI": "恒生指数"}


def text(frame=None, labels=LABELS, **more) -> str:
    frame = ranges_frame() if frame is None else frame
    found = market_answers(frame, window=WINDOW, labels=labels, level=0.05)
    return answers_text(found, frame, level=0.05, **more)


def test_two_kinds_of_news_stand_side_by_side() -> None:
    lines = text().splitlines()
    assert lines[0].split("after ")[1:] == ["de-escalation news  ", "escalation news"]
    assert lines[3].split() == [
        "Nikkei", "225", "29/40", "+0.5*", "-1.0", "to", "+2.3", "11/40", "-0.4*", "-2.6", "to",
        "+1.7", "-2.1", "to", "+2.5",
    ]  # fmt: skip
    assert "*" not in lines[4], "not after adjustment"
    assert max(map(display_width, lines)) <= 80
    assert lines[3].index("29/40") == lines[4].index("29/40") + 4, (
        "wide characters take two columns"
    )
    said = " ".join(text().split())
    assert (
        "*: the mean differs from ordinary days by more than chance (5 % level, all 4 tests of "
        "the table counted)."
    ) in said
    quiet = text(ranges_frame().assign(pvalue=0.5), alternative="less")
    said = " ".join(quiet.split())
    assert "Nowhere does the mean differ from ordinary days by more than chance (one-sided" in said
    assert said.endswith("all 4 tests of the table counted).")


def test_the_note_says_which_return_was_tested_and_counts_more_than_one() -> None:
    frame = ranges_frame()
    beyond = Benchmark(name="SPX", is_last_close=True, tested="beyond SPX")
    said = " ".join(text(frame, benchmark=beyond).split())
    assert (
        "the mean beyond SPX differs from ordinary days by more than chance (5 % level, all" in said
    )
    one = frame[(frame["group"] == "direction=escalation") & (frame["security"] == "N225")]
    thin = few("direction=de-escalation", "N225", pvalue=float("nan"))
    said = " ".join(text(pd.concat([one, pd.DataFrame([thin])])).split())
    assert "by more than chance (5 % level). Under 8 dates" in said


def test_one_kind_a_narrow_terminal_and_the_full_form_go_below_each_other() -> None:
    spx = Benchmark(name="the S&P 500", is_last_close=True)
    assert "S&P 500" in text(is_full=True, benchmark=spx)
    assert "After escalation news" in text(width=60)
    assert max(map(display_width, text(width=60).splitlines())) <= 60
    frame = ranges_frame()
    alone = frame[frame["group"] == "all"]
    assert "After the news" in text(alone)
    assert text(pd.DataFrame()) == ""


def test_a_market_without_one_kind_has_an_empty_place() -> None:
    frame = ranges_frame()
    lacks = frame[(frame["group"] != "direction=escalation") | (frame["security"] == "N225")]
    line = next(line for line in text(lacks).splitlines() if line.startswith("恒生指数"))
    assert line.split()[1:] == ["29/40", "+0.5*", "-1.0", "to", "+2.3", "-2.1", "to", "+2.5"]
