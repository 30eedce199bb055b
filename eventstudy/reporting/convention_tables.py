"""Tests as eventstudy and as other software computes them, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.reporting.sheet import (
    Section,
    make_sheet,
    number_cell,
    p_cell,
    percent_cell,
    text_cell,
    window_cell,
)

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.reporting.record import StudyRecord
    from eventstudy.reporting.sheet import Column

_OURS = "eventstudy"
_KEY = ["group", "window_start", "window_end", "name"]
_VALUES = ["estimate", "std_error", "statistic", "df", "pvalue"]


def conventions_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a group, CAR window and test of ``statistics_conventions.csv``.

    Parameters
    ----------
    frame
        With two rows each, of which the first is by eventstudy's own conventions.
    """
    # What tests single sessions only has no other rows.
    has_car = bool((frame["measure"] == "car").any())
    rows = frame[frame["measure"] == ("car" if has_car else "ar")]
    is_ours = rows["convention"] == _OURS
    ours, theirs = rows[is_ours], rows[~is_ours]
    other = str(theirs["convention"].iloc[0])
    return ours[[*_KEY, *_VALUES]].merge(
        theirs[[*_KEY, *_VALUES, "note"]],
        on=_KEY,
        suffixes=("", f"_{other}"),
        validate="one_to_one",
    )


def convention_section(record: StudyRecord) -> Section:
    """Return the section of the report."""
    frame = record.statistics_conventions
    facts = record.manifest.get("conventions", {})
    name = str(facts.get("name", frame["convention"].iloc[-1]))
    labels = record.names
    table = record.distinct(conventions_table(frame))
    columns: list[Column] = [
        ("group", False, lambda row: wording.group_label(row.group, labels)),
        ("window", False, window_cell),
        ("test", False, text_cell("name")),
        ("mean, %", True, percent_cell("estimate")),
        ("statistic", True, number_cell("statistic")),
        ("p", True, p_cell("pvalue")),
        ("theirs: mean, %", True, percent_cell(f"estimate_{name}")),
        ("their statistic", True, number_cell(f"statistic_{name}")),
        ("their p", True, p_cell(f"pvalue_{name}")),
        ("remark", False, text_cell("note")),
    ]
    source = f" Source: {facts['source']}." if facts.get("source") else ""
    remark = f" {facts['remark']}" if facts.get("remark") else ""
    note = (
        f"The same tests as eventstudy computes them and by the conventions of {name}; the remark "
        f"says what differs.{source}{remark} None of these tests allows for shared dates or rough "
        "times unless it says so; the findings do not rest on them."
    )
    return Section(
        anchor="conventions",
        title="By the conventions of other software",
        note=note,
        sheets=(make_sheet(f"Tests by eventstudy and by {name}", table, columns),),
    )
