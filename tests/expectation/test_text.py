"""An answer in a terminal: the answer first, then two lines a market, none too wide."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from small_expectation import RECORD, clock, expectation, forecast, market

from eventstudy.expectation.text import text_of
from eventstudy.expectation.values import MarketExpectation
from eventstudy.text import display_width


def test_the_answer_comes_first():
    lines = text_of(expectation(label_source="exempt")).splitlines()
    assert lines[0] == "White House says it will exempt semiconductors from new tariffs"
    assert lines[1] == "news Sat 12 Apr 2025 09:30, asked Mon 14 Apr 2025 06:45 Hong Kong"
    assert lines[2] == 'read as exemption, de-escalation (by the words "exempt", confidence 0.85)'
    assert lines[4].startswith("Still to react    Nikkei 225, TAIEX, Hang Seng and HS China Ent.;")
    assert (lines[4].split()[-2:], lines[5].strip()) == (["next", "Nikkei"], "225 in 75 min")
    assert lines[6] == "Already trading   Offshore yuan and Australian dollar"
    assert lines[7].startswith("How sure          little evidence: 14 past dates; ")


def test_old_prices_are_said_before_the_numbers_and_volatility_has_its_day():
    lines = text_of(expectation(stale_prices="Prices of 2 markets end early.")).splitlines()
    at = lines.index("! Prices of 2 markets end early.")
    assert at < next(n for n, line in enumerate(lines) if "8 in 10, %" in line)
    said = " ".join(lines)
    assert "today" not in said
    assert "at the volatility of 2025-04-11." in said


def test_two_lines_a_market_with_range_middle_ordinary_days_dates_and_contrast():
    value = forecast(low=-0.061, high=0.069, median=-0.028, contrast=0.006, contrast_p=0.546)
    lines = text_of(
        expectation(markets=(MarketExpectation(title="Nikkei 225", clock=clock(), forecast=value),))
    ).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Nikkei 225  "))
    assert lines[at].split() == [
        "Nikkei", "225", "-6.1", "to", "+6.9", "-2.8", "-3.2", "to", "+3.4", "+0.6", "p", "0.546",
    ]  # fmt: skip
    assert lines[at + 1].startswith(f"  opens 08:00, in 75 min; rose on {value.n_up} of 14 dates;")
    assert "beyond S&P 500" in lines[at + 1]


def test_a_calm_market_has_a_decimal_more():
    calm = market("Yuan", "CNH", "trading", "2025-04-13T21:00", "2025-04-14T21:00", daily=0.0031)
    text = text_of(expectation(markets=(calm,)))
    assert "-0.53 to +0.56" in text


@pytest.mark.parametrize("width", [70, 80, 120])
def test_no_line_is_wider_than_the_terminal(width):
    long = expectation(
        headline="关税 " * 60 + "x" * 300,
        caveats=("A caveat " * 30,),
        markets=(
            *expectation().markets,
            market("A company with quite a long name, Limited", "LONG", "closed",
                   "2025-04-11T00:00", "2025-04-11T06:30"),
        ),
    )  # fmt: skip
    lines = text_of(long, width).splitlines()
    assert max(display_width(line) for line in lines) <= width
    assert text_of(expectation(), 20) == text_of(expectation(), 70)


def test_few_dates_have_no_range_and_other_steps_are_named():
    text = text_of(expectation())
    (thin,) = [line for line in text.splitlines() if line.startswith("TAIEX  ")]
    assert "too few dates" in thin
    assert "dates of exemption, de-escalation" in " ".join(text.split())  # HSCE stands on its kind
    assert "after de-escalation news of any kind" in " ".join(text.split())


def test_markets_without_forecast_or_clock_say_why():
    clockless = dataclasses.replace(
        clock("OWN", None, "NaT", "NaT"), session=np.datetime64("NaT", "D"), note="has no hours"
    )
    closed = clock("N225", "closed", "2025-04-11T00:00", "2025-04-11T06:30")
    text = text_of(
        expectation(
            markets=(
                MarketExpectation(title="Bare", clock=closed, forecast=None, why="no past event"),
                MarketExpectation(title="Own", clock=clockless, forecast=forecast()),
            )
        )
    )
    assert "Still to react    none" in text
    assert "Has reacted       Bare: the first session since the news is over" in text
    assert "Hours not known   Own" in text
    assert "no forecast" in text
    assert "; no past event" in text
    assert "  has no hours; rose on" in text


def test_record_caveats_and_assumptions_follow():
    text = " ".join(text_of(expectation()).split())
    assert "Record so far: 79 % of 312 outcomes inside the range (80 % meant), 5.2 % wide" in text
    assert "the sign of the outcome in 56 %; error (CRPS) 0.96 times that of ordinary days." in text
    assert "Before you pass this on: - The list of past news" in text
    assert "To know: - The time of the headline is taken as Hong Kong time." in text
    assert text.endswith("half-life 20 sessions. - Prices to 2025-04-11.")
    worse = dataclasses.replace(RECORD, crps_ratio=1.04, ratio_low=0.99, ratio_high=1.09)
    text = " ".join(text_of(expectation(record=worse)).split())
    assert "1.04 times that of ordinary days (95 % interval 0.99 to 1.09)." in text
    assert "Record so far" not in text_of(expectation(record=None))


def test_a_hostile_headline_does_not_reach_the_terminal():
    text = text_of(expectation(headline="Tariffs\x1b[2J\nup\u202e"))
    assert text.startswith("Tariffs[2J up\nnews ")


def test_what_the_caller_said_is_called_given():
    text = text_of(expectation(confidence=None, label_source="given", zone="UTC"))
    assert "read as exemption, de-escalation (as given)" in text
    assert "asked Sun 13 Apr 2025 22:45 UTC" in text


def test_wide_characters_keep_columns_in_line():
    wide = market("日経平均", "N225", "to_open", "2025-04-14T00:00", "2025-04-14T06:30")
    lines = text_of(expectation(markets=(wide, *expectation().markets))).splitlines()
    rows = [line for line in lines if line.startswith(("日経", "Nikkei 225  "))]
    assert display_width(rows[0]) == display_width(rows[1])


def test_what_a_market_did_so_far_stands_beside_its_clock():
    row = dataclasses.replace(
        expectation().markets[2], moved=0.0234, moved_to=np.datetime64("2025-04-14")
    )
    assert "; so far +2.3 by 2025-04-14; rose on" in " ".join(
        text_of(expectation(markets=(row,))).split()
    )
