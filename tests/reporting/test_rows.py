"""The rows of the report's tables, as texts."""

from __future__ import annotations

import pandas as pd
from frames import record_of, statistics_frame

from eventstudy.reporting.rows import (
    MOST_ROWS,
    dropped,
    facts,
    flatten,
    grid,
    headline_table,
    sizes,
    statistics_by_group,
    typeset,
)


def test_each_size_stands_under_its_own_window() -> None:
    frame = statistics_frame()
    own = (frame["name"] == "bmp") & (frame["group"] == "all") & (frame["measure"] == "car")
    first = own & (frame["window_start"] == 0) & (frame["window_end"] == 0)
    last = own & (frame["window_start"] == -1)
    frame.loc[first, ["size", "size_low", "size_high"]] = float("nan")
    frame.loc[last, ["size", "size_low", "size_high"]] = [0.03, 0.02, 0.04]
    rows = [row for row in sizes(frame) if row["name"] == "bmp"]
    assert [row["window"] for row in rows] == ["[0,0]", "[0,+1]", "[-1,+1]"]
    assert [row["size"] for row in rows] == ["n/a", "21.7", "3.0"]
    assert [row["interval"] for row in rows] == ["", "20.7 to 22.7", "2.0 to 4.0"]
    assert [row["verdict"] for row in rows] == ["", "over-rejects", "under-rejects"]


def test_the_window_asked_for_stands_first_with_one_unit_in_a_cell() -> None:
    table = headline_table(statistics_frame(), "placebo", (0, 1), {})
    assert table["windows"] == ["[0,+1]", "[0,0]", "[-1,+1]"]
    row = table["sections"][0]["rows"][0]
    assert row["effect_interval"].count(" to ") == 1
    float(row["effect"])
    assert (row["mde"], row["mde_return"]) == ("0.90", "0.99")
    strong = next(
        row for section in table["sections"] for row in section["rows"]
        if row["label"] == "talk signal"
    )  # fmt: skip
    assert (strong["mde"], strong["mde_return"]) == ("p < 0.05", "")


def test_in_short_one_window_of_every_group_and_pairs_left_out_by_choice_are_counted() -> None:
    frame = statistics_frame()
    short = statistics_by_group(frame, "placebo", (0, 1), {}, everything=False)
    windows = [part["label"] for each in short for g in each["groups"] for part in g["windows"]]
    assert set(windows) == {"[0,+1]"}
    record = record_of(30)
    chosen = record.alignment[["event_id", "security"]].assign(stage="market", reason="other")
    lost = pd.concat([record.dropped, chosen.iloc[20:]])
    table = dropped(lost, {})
    assert (table["of"], len(table["rows"])) == (3, 3)
    assert ("market", "other", "160") in table["counts"]
    many = chosen.assign(stage="coverage")
    table = dropped(many, {}, everything=False)
    assert (table["of"], len(table["rows"])) == (180, MOST_ROWS)


def test_the_size_in_rough_times_stands_beside() -> None:
    frame = statistics_frame()
    assert not any(row["rough"] for row in sizes(frame))
    frame[["size_rough", "size_rough_low", "size_rough_high"]] = [0.12, 0.09, 0.15]
    row = next(row for row in sizes(frame) if row["name"] == "bmp")
    verdict = "over-rejects"
    found = {"size": "12.0", "interval": "9.0 to 15.0", "mark": verdict, "verdict": verdict}
    assert row["rough"] == found


def test_dates_of_the_headline_table_are_the_independent_ones() -> None:
    frame = statistics_frame().assign(n_dates=99)
    table = headline_table(frame, "placebo", (0, 1), {})
    rows = {row["label"]: row for section in table["sections"] for row in section["rows"]}
    assert (rows["talk signal"]["events"], rows["talk signal"]["dates"]) == ("9", "8")
    assert (
        "9 events on 8 independent dates"
        in statistics_by_group(frame, "placebo", (0, 1), {})[1]["groups"][0]["glance"]
    )


def test_the_masthead_counts_choices_apart_from_losses() -> None:
    record = record_of(3)
    event = record.events["event_id"].iloc[1]
    chosen = record.alignment.loc[record.alignment["event_id"] == event, ["event_id", "security"]]
    dropped = pd.concat([record.dropped, chosen.assign(stage="select", reason="left out")])
    shown = dict(facts(record.events, record.alignment, dropped, record.prices))
    assert shown["pairs studied"] == "9"
    assert shown["left out by events.select"] == "6"
    assert shown["pairs dropped"] == "3"


def test_typeset_and_flatten() -> None:
    assert typeset("-0.35 % over [-1,+1] on 2025-05-02, p = 0.03") == (
        "\N{MINUS SIGN}0.35\N{NO-BREAK SPACE}% over [-1,+1] on 2025-05-02, "
        "p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}0.03"
    )
    tree = {"a": {"b": True, "c": [[0, 1], [-1, 1]]}, "d": 0.5, "e": [], "f": None}
    assert flatten(tree) == [
        ("a.b", "true"), ("a.c", "[0, 1], [-1, 1]"), ("d", "0.5"), ("e", "none"), ("f", "none"),
    ]  # fmt: skip


def test_a_grid_is_a_frame_on_one_line_a_cell() -> None:
    frame = pd.DataFrame({"note": ["a\nb", None], 1: [2, 3]})
    assert grid(frame) == {"columns": ["note", "1"], "rows": [["a b", "2"], ["", "3"]]}


def test_keys_and_values_too_many_to_list_are_counted() -> None:
    tree = {
        "calendars": {f"F{number}": "XTKS" if number < 50 else "data" for number in range(201)},
        "markets": [f"F{number}" for number in range(1205)],
    }
    assert flatten(tree) == [
        ("calendars (201)", "data for 151, XTKS for 50"),
        ("markets", "F0, F1, F2, F3, F4, and 1,200 more"),
    ]
