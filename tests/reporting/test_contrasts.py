"""Contrasts as sentences and as a table."""

import pandas as pd
import pytest
from frames import MARKETS, contrasts_frame, record_of

from eventstudy.analyses.requests import contrast_text
from eventstudy.reporting import tables
from eventstudy.reporting.contrasts import (
    contrast_label,
    contrast_sentences,
    contrast_table,
    market_label,
    split_contrast,
    whole_contrast,
)


def test_the_name_of_a_contrast_is_taken_apart():
    assert split_contrast("direction: de-escalation - escalation | period=2018-19") == (
        "direction", "de-escalation", "escalation", "period=2018-19",
    )  # fmt: skip
    assert split_contrast("kind: a - b") == ("kind", "a", "b", "")
    assert contrast_label("category: trade_deal - tariff_threat") == "trade deal less tariff threat"
    assert market_label("all") == "all markets together"
    assert market_label("HSI", {"HSI": "Hang Seng"}) == "Hang Seng"


def test_a_record_says_the_pooled_difference_of_all_events():
    said = contrast_sentences(contrasts_frame(), (0, 1))
    assert said == [
        "de-escalation less escalation, [0,+1], all markets together: +0.40 % "
        "(p = 0.200; 12 against 20 dates)"
    ]
    text = " ".join(" ".join(record_of(contrasts=contrasts_frame()).lines()).split())
    assert "de-escalation less escalation, [0,0], all markets together: +0.20 %" in text
    assert "less" not in " ".join(record_of().lines())


def test_a_window_the_frame_lacks_is_the_first_and_what_is_not_there_has_its_reason():
    frame = contrasts_frame()
    assert "[0,0]" in contrast_sentences(frame, (-5, 5))[0]
    frame.loc[frame["security"] == "all", ["pvalue", "note"]] = [float("nan"), "not available: x"]
    assert contrast_sentences(frame, (0, 1)) == [
        "de-escalation less escalation, [0,+1], all markets together: not available: x"
    ]
    assert contrast_sentences(pd.DataFrame(), (0, 1)) == []


def test_the_table_has_markets_down_and_windows_across():
    table = contrast_table(contrasts_frame(), labels={"HSI": "Hang Seng"})
    assert list(table.columns) == ["market", "[0,0]", "[0,+1]", "dates"]
    assert len(table) == 3 * (1 + 2 * (1 + len(MARKETS)))
    rows = table.to_dict("records")
    assert rows[0]["market"] == "de-escalation less escalation"
    assert rows[1] == {
        "market": "All markets together", "[0,0]": "+0.20", "[0,+1]": "+0.40", "dates": "12, 20",
    }  # fmt: skip
    assert rows[2]["[0,0]"] == "(0.200)"
    assert rows[7]["market"] == "Hang Seng"
    assert rows[7]["[0,0]"] == "+0.80*"
    bare = next(r for r in rows[15:30] if r["market"] == "HSCE")
    assert bare["[0,0]"] == "+1.00"  # two dates, no stars
    notes = table.attrs["notes"]
    assert "first group less second" in notes
    for write in (tables.to_text, tables.to_markdown, tables.to_latex, tables.to_html):
        assert "All markets together" in write(table)


@pytest.mark.parametrize("estimate", [float("nan")])
def test_a_row_without_a_difference_is_empty(estimate):
    frame = contrasts_frame().head(1).assign(estimate=estimate, pvalue=estimate)
    frame["n_dates_a"] = estimate
    rows = contrast_table(frame).to_dict("records")
    assert rows[1] == {"market": "All markets together", "[0,0]": "", "dates": ""}


@pytest.mark.parametrize(
    "parts",
    [
        ("kind", "deal - signed", "threat", ""),
        ("kind", "a", "- b", "era=x | y"),
        ("a: b", "a -", "b |", "era=1"),
        ('"q"', 'say "no"', " x", "c*d=e*f"),
        ("kind:", "de-escalation", "a|b", "url=http://x"),
    ],
)
def test_parts_that_hold_what_joins_them_come_back(parts):
    text = contrast_text(*parts)
    assert split_contrast(text) == parts
    assert whole_contrast(text) == contrast_text(*parts[:3])
    assert split_contrast(contrast_text(*parts[:3])) == (*parts[:3], "")
