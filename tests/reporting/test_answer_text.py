"""The answers side by side, as a terminal shows them."""

from __future__ import annotations

import pandas as pd
from ranges_frames import WINDOW, ranges_frame

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
    assert "*: told apart from ordinary days at 5 %, all 4 answers counted." in said
    quiet = text(ranges_frame().assign(pvalue=0.5), alternative="less")
    assert "None is told apart from ordinary days at 5 % (one-sided (less))" in " ".join(
        quiet.split()
    )


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
