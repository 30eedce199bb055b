"""The layout papers print: what stands where, and what its notes say."""

from __future__ import annotations

import numpy as np
import pytest
from frames import statistics_frame

from eventstudy.exceptions import SpecificationError
from eventstudy.reporting.layout import layout
from eventstudy.reporting.tables import to_html, to_latex, to_markdown, to_text


def test_layout_puts_p_values_beneath_and_states_its_stars() -> None:
    table = layout(statistics_frame(), windows=[(0, 0), (0, 1)])
    assert list(table.columns) == ["group", "[0,0]", "[0,+1]", "events", "dates"]
    assert table["group"].tolist()[:4] == ["All events", "", "By category", "talk signal"]
    place = table.index[table["group"] == "talk signal"][0]
    assert table.loc[place, "[0,+1]"] == "+0.99***"
    assert table.loc[place + 1, "[0,+1]"] == "(0.001)"
    assert table.loc[place, ["events", "dates"]].tolist() == ["9", "8"]
    legend = "*** 1 %, ** 5 %, * 10 %"
    assert legend in " ".join(to_text(table).split())
    assert legend in to_html(table)
    assert r"*** 1 \%, ** 5 \%, * 10 \%" in to_latex(table)
    assert r"\*\*\* 1 %" in to_markdown(table)


def test_layout_shows_the_p_values_of_further_statistics_each_in_a_row() -> None:
    frame = statistics_frame()
    table = layout(frame, windows=[(0, 0), (0, 1)], also=["bmp"])
    place = table.index[table["group"] == "talk signal"][0]
    assert table["group"].tolist()[place : place + 3] == ["talk signal", "placebo", "bmp"]
    alone = layout(frame, windows=[(0, 0), (0, 1)], name="bmp")
    there = alone.index[alone["group"] == "talk signal"][0]
    windows = ["[0,0]", "[0,+1]"]
    shown, own = table.loc[place + 2, windows], alone.loc[there + 1, windows]
    assert shown.tolist() == [text.rstrip("†") for text in own]
    assert "p-values of placebo and bmp in parentheses" in table.attrs["notes"]
    assert "Stars are those of placebo." in table.attrs["notes"]


def test_layout_takes_other_stars_statistics_and_sessions() -> None:
    frame = statistics_frame()
    table = layout(frame, stars=((0.001, "a"), (0.05, "b")))
    assert "+0.99b" in table["[0,0]"].tolist()
    assert "a 0.1 %, b 5 %" in table.attrs["notes"]
    days = layout(frame, name="bmp", measure="ar")
    assert list(days.columns)[1:-2] == ["[-2,-2]", "[-1,-1]", "[0,0]", "[+1,+1]", "[+2,+2]"]
    assert "bmp" in days.attrs["notes"]


def test_layout_marks_a_missing_p_value_and_a_missing_window() -> None:
    frame = statistics_frame()
    first = (frame["group"] == "all") & (frame["name"] == "placebo") & (frame["measure"] == "car")
    frame.loc[first & (frame["window_end"] == 0), "pvalue"] = np.nan
    frame = frame[~(first & (frame["window_start"] == -1))]
    table = layout(frame)
    assert table.loc[1, ["[0,0]", "[-1,+1]"]].tolist() == ["(n/a)", ""]
    assert table.loc[0, "[0,0]"] == "-0.22"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "placeb"}, "did you mean 'placebo'"),
        ({"windows": [(0, 2)]}, r"unknown window \[0,\+2\]"),
        ({"measure": "caar"}, "did you mean 'car'"),
    ],
)
def test_layout_names_the_nearest_known_choice(options: dict[str, object], message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        layout(statistics_frame(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("side", "words"),
    [
        ("two-sided", "two-sided"),
        ("greater", "one-sided (greater)"),
        ("less", "one-sided (less)"),
    ],
)
def test_layout_says_which_side_its_p_values_count(side: str, words: str) -> None:
    table = layout(statistics_frame(), alternative=side)  # type: ignore[arg-type]
    assert f"in parentheses, {words}. Stars" in table.attrs["notes"]
    for write in (to_text, to_markdown, to_latex, to_html):
        assert words in " ".join(write(table).split())
        assert ("two-sided" in write(table)) == (side == "two-sided")


@pytest.mark.parametrize(("units", "is_thin"), [(1, True), (7, True), (8, False), (None, False)])
def test_few_dates_get_no_stars_but_a_mark(units: int | None, is_thin: bool) -> None:
    frame = statistics_frame()
    frame.loc[frame["group"] == "category=talk_signal", "n_units"] = units  # 9 events
    table = layout(frame, windows=[(0, 1)])
    place = table.index[table["group"] == "talk signal"][0]
    assert table.loc[place, "[0,+1]"] == ("+0.99" if is_thin else "+0.99***")
    assert table.loc[place + 1, "[0,+1]"] == ("(0.001)†" if is_thin else "(0.001)")
    assert table.loc[place, "dates"] == str(units or 9)
    assert "fewer than 8 dates: a day that was rough" in table.attrs["notes"]
    assert r"(0.001\rlap{)$\dagger$}" in to_latex(table) or not is_thin
    assert (
        '<td class="num">(0.001)<span class="mark">†</span></td>' in to_html(table) or not is_thin
    )


def test_without_dates_the_events_decide_about_stars() -> None:
    frame = statistics_frame(strong="category=retaliation").drop(columns="n_units")  # 2 events
    table = layout(frame, windows=[(0, 1)])
    place = table.index[table["group"] == "retaliation"][0]
    assert table.loc[place, "[0,+1]"] == "+0.99"
    assert "none under 8 events" in table.attrs["notes"]
    assert "dates" not in table.columns


def test_where_no_p_value_exists_the_note_says_why() -> None:
    frame = statistics_frame().assign(
        pvalue=np.nan, note="not available: no placebo draws were asked for"
    )
    notes = layout(frame).attrs["notes"]
    assert "no p-values: placebo is not available: no placebo draws were asked for." in notes
    assert "in parentheses" not in notes
    assert "Stars" not in notes


def test_stars_of_a_test_whose_size_is_off_are_corrected_and_the_note_says_so() -> None:
    frame = statistics_frame().assign(pvalue_corrected=0.289, n_draws=199)
    table = layout(frame, name="bmp", windows=[(0, 1)], assumes="independent pairs")
    place = table.index[table["group"] == "talk signal"][0]
    assert table.loc[place, "[0,+1]"] == "+0.99"
    assert table.loc[place + 1, "[0,+1]"] == "(0.002)"
    assert "(bmp: 22 % in place of 5 %), its stars stand for the rank" in table.attrs["notes"]
    assert table.attrs["notes"].count("bmp assumes independent pairs.") == 1
    better = layout(frame.assign(pvalue_corrected=0.02), name="bmp", windows=[(0, 1)])
    assert better.loc[place, "[0,+1]"] == "+0.99**"
    sound = layout(frame, windows=[(0, 1)])
    assert sound.loc[place, "[0,+1]"] == "+0.99***"
    assert "At placebo dates" not in sound.attrs["notes"]
