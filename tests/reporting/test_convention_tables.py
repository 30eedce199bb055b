"""Tests by two conventions, side by side."""

from __future__ import annotations

import pandas as pd
from frames import record_of

from eventstudy.reporting.convention_tables import convention_section, conventions_table


def frame(measure="car"):
    rows = [
        ("all", 0, 1, measure, "bmp", 0.01, 1.2, statistic, 11.0, p, 12, convention, note)
        for convention, statistic, p, note in (
            ("eventstudy", 2.1, 0.06, ""),
            ("wrds", 2.4, 0.03, "variance of a CAR: L, not the exact one"),
        )
    ]
    columns = [
        "group", "window_start", "window_end", "measure", "name", "estimate", "std_error",
        "statistic", "df", "pvalue", "n_pairs", "convention", "note",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def test_a_row_holds_both():
    (row,) = conventions_table(frame()).to_dict("records")
    assert (row["statistic"], row["statistic_wrds"]) == (2.1, 2.4)
    assert row["note"].startswith("variance of a CAR")


def test_it_prints_as_a_table_of_80_columns_and_stays_a_frame():
    several = pd.concat([frame().assign(group=f"category=kind {n}") for n in range(3)])
    table = conventions_table(several)
    lines = repr(table).splitlines()
    assert max(map(len, lines)) <= 80
    assert str(table) == repr(table)
    assert lines[0].split()[:3] == ["group", "window", "test"]
    assert "2.10" in repr(table)
    assert "(a) variance of a CAR: L, not the exact one." in " ".join(repr(table).split())
    assert table._repr_html_().startswith("<table>")
    assert "<td>(a)</td>" in table._repr_html_()
    # a part of it has not all the columns the table is made of
    assert type(table[["group", "pvalue"]]) is pd.DataFrame
    assert type(table[table["pvalue"] < 0.05]) is pd.DataFrame
    assert len(table.to_csv().splitlines()) == 4
    assert (
        repr(conventions_table(several.iloc[:0].pipe(lambda _: several.assign(note="")))).count(
            "(a)"
        )
        == 0
    )


def test_single_sessions_stand_in_where_no_car_is_tested():
    assert len(conventions_table(frame("ar"))) == 1
    both = pd.concat([frame("ar").assign(window_end=0), frame()], ignore_index=True)
    assert conventions_table(both)["window_end"].tolist() == [1]


def test_the_section_names_the_convention_and_its_source():
    record = record_of(statistics_conventions=frame())
    record.manifest["conventions"] = {"name": "wrds", "source": "A macro", "remark": "No p-values."}
    section = convention_section(record)
    assert "the conventions of wrds" in section.note
    assert "Source: A macro." in section.note
    (sheet,) = section.sheets
    assert any("2.40" in cell for cell in sheet.rows[0])
