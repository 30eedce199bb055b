"""The range table of the first page."""

import pandas as pd
import pytest
from frames import manifest_of, ranges_frame, record_of, report_content, with_frames

from eventstudy.reporting.report import render_html
from eventstudy.reporting.report_ranges import ranges

pytestmark = pytest.mark.fast_tests(1)

MANIFEST = manifest_of() | {"markets": {"N225": {"label": "Nikkei 225"}, "CNH": {"label": "Yuan"}}}


def test_markets_stand_in_order_with_both_directions_in_percent() -> None:
    table = ranges(record_of(2, ranges=ranges_frame(), manifest=MANIFEST))
    assert table is not None
    assert table["window"] == "[0,+1]"
    assert table["directed"]
    assert table["others"] == 1
    assert [market["label"] for market in table["markets"]] == [
        "All together", "Nikkei 225", "Yuan",
    ]  # fmt: skip
    first, second = table["markets"][1]["lines"]
    assert (first["direction"], second["direction"]) == ("de-escalation", "escalation")
    assert (first["median"], first["low"], first["high"]) == ("+0.10", "-1.00", "+2.00")
    assert (first["dates"], first["up"]) == ("21", "15")


def test_a_strip_has_zero_in_the_middle_and_everything_inside() -> None:
    table = ranges(record_of(2, ranges=ranges_frame()))
    assert table is not None
    for market in table["markets"]:
        for line in market["lines"]:
            places = [line[f"at_{name}"] for name in
                      ("median", "low", "high", "ordinary_low", "ordinary_high")]  # fmt: skip
            assert all(place is None or 0 <= place <= 100 for place in places)
    line = table["markets"][0]["lines"][0]
    reach = 1.08 * 0.02
    assert line["at_high"] == round(50 + 50 * 0.02 / reach, 1)
    assert line["at_ordinary_low"] == round(50 - 50 * 0.012 / reach, 1)


def test_few_dates_have_dots_and_no_range_and_the_page_says_so() -> None:
    frame = ranges_frame()
    table = ranges(record_of(2, ranges=frame))
    assert table is not None
    (line,) = [line for market in table["markets"] for line in market["lines"] if not line["low"]]
    assert line["at_low"] is None
    assert line["median"]
    page = render_html(with_frames(report_content(2), ranges=frame))
    assert "Under 8 dates there is no range." in page
    assert page.count('class="s-range') == 5
    assert page.count('class="s-middle') == 6


def test_without_directions_all_events_stand_alone() -> None:
    frame = ranges_frame()
    table = ranges(record_of(2, ranges=frame[frame["group"] == "all"]))
    assert table is not None
    assert not table["directed"]
    assert [len(market["lines"]) for market in table["markets"]] == [1, 1, 1]
    assert ranges(record_of(2, ranges=pd.DataFrame())) is None
    other = frame.assign(window_start=-1)
    assert ranges(record_of(2, ranges=other)) is None


def test_the_page_says_which_return_and_which_side_the_p_values_are_of() -> None:
    frame = ranges_frame().assign(pvalue=0.2)
    page = render_html(with_frames(report_content(2), ranges=frame))
    assert "p, of the mean beyond SPX: how often ordinary days" in page
    assert "SPX by then, %" in page
    study = {
        "model": {"name": "constant_mean"},
        "statistics": MANIFEST["study"]["statistics"] | {"alternative": "greater"},
    }
    page = render_html(with_frames(report_content(2), ranges=frame, manifest=manifest_of(**study)))
    assert "p, of the mean, one-sided (greater): how often ordinary days" in page


def test_a_benchmark_of_the_same_dates_is_not_said_to_be_earlier() -> None:
    manifest = MANIFEST | {"sync": "same_date"}
    page = render_html(with_frames(report_content(2), ranges=ranges_frame(), manifest=manifest))
    assert "SPX meanwhile, %" in page
    assert "Meanwhile: the middle of what SPX" in page
    assert "y then" not in page[page.index('class="ranges"') : page.index('class="caveats"')]


def test_turned_returns_are_those_of_all_news_and_said_to_be_turned() -> None:
    statistics = MANIFEST["study"]["statistics"] | {"sign": "expected"}
    manifest = MANIFEST | manifest_of(statistics=statistics)
    table = ranges(record_of(2, ranges=ranges_frame(), manifest=manifest))
    assert table is not None
    assert not table["directed"], "a fall after escalation, turned, is no rise"
    page = render_html(with_frames(report_content(2), ranges=ranges_frame(), manifest=manifest))
    assert "total returns in the expected direction, %" in page
    assert "as expected on" in page
    assert "up on" not in page[page.index('class="ranges"') : page.index('class="caveats"')]


def test_dates_left_out_are_said_as_the_tables_below_hold_them() -> None:
    frame = ranges_frame()
    page = render_html(with_frames(report_content(2), ranges=frame))
    assert "Dates with news of both directions, and news known beforehand, are left out" in page
    page = render_html(with_frames(report_content(2), ranges=frame.assign(n_mixed=0)))
    assert "Dates with news of both directions" not in page
