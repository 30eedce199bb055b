"""Sentences about differences."""

from __future__ import annotations

import pandas as pd
from contrast_frames import NAME, row

from eventstudy.reporting.contrast_words import difference, sources, when, which_markets
from eventstudy.text import records


def rows(*each):
    return list(records(pd.DataFrame(list(each))))


def test_better_worse_and_not_to_be_told() -> None:
    worse, quiet = rows(
        row(NAME, (0, 0), "all", -0.012, 0.001), row(NAME, (-1, 1), "HSI", 0.002, 0.4)
    )
    assert difference(worse, None, None, {}, 0.05) == (
        "After de-escalation news all markets together did worse than after escalation news, by "
        "1.20 percentage points on the first session (p = 0.001; 60 against 90 dates)."
    )
    assert difference(quiet, None, None, {"HSI": "Hang Seng"}, 0.05) == (
        "Whether Hang Seng did better after de-escalation news than after escalation news cannot "
        "be told: +0.20 percentage points over [-1,+1] (p = 0.400; 60 against 90 dates)."
    )
    assert when((0, 1)) == "over two sessions"


def test_in_which_markets_it_holds() -> None:
    found = rows(
        *(row(NAME, (0, 0), name, 0.01, 0.001) for name in ("all", "A", "B")),
        row(NAME, (0, 0), "C", 0.01, 0.001, n_dates_a=5),
    )
    adjusted = {"all": 0.01, "A": 0.01, "B": 0.2, "C": 0.01}
    (finding,) = which_markets(found, adjusted, (0, 0), {}, 0.05)
    assert finding.headline == (
        "Market by market, all 4 comparisons counted (3 markets and all together), it holds for A, "
        "not for B; for C the dates are too few to tell (fewer than 8 of a kind)."
    )
    assert "B +1.00 points (p = 0.200)" in finding.detail
    assert [dict(each.key)["security"] for each in finding.source] == ["A", "B", "C"]
    none = which_markets(found, dict.fromkeys(adjusted, 0.5), (0, 0), {}, 0.05)
    assert none[0].headline.startswith(
        "Market by market, all 4 comparisons counted (3 markets and all together), it holds for "
        "none; for C the dates"
    )
    few = rows(*(row(NAME, (0, 0), name, 0.01, 0.001, n_dates_a=5) for name in ("all", "A", "B")))
    assert which_markets(few, adjusted, (0, 0), {}, 0.05)[0].headline == (
        "Market by market it cannot be told: the dates are too few (fewer than 8 of a kind)."
    )
    assert which_markets(found[:2], adjusted, (0, 0), {}, 0.05) == []


def test_both_models_are_named_as_sources() -> None:
    first, second = rows(row(NAME, (0, 0), "A", 0.01, 0.1), row(NAME, (0, 0), "A", 0.01, 0.1))
    files = [each.file for each in sources([first], [second, None])]
    assert files == ["contrasts.csv", "contrasts_beside.csv"]
