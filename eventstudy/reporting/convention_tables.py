"""Tests as eventstudy and as other software computes them, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.reporting import tables, wording
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
    from eventstudy.reporting.record import StudyRecord
    from eventstudy.reporting.sheet import Column

_OURS = "eventstudy"
_KEY = ["group", "window_start", "window_end", "name"]
_VALUES = ["estimate", "std_error", "statistic", "df", "pvalue"]


class ConventionsTable(pd.DataFrame):
    """Tests by two conventions side by side: a frame of numbers that prints as a table.

    Any part of it, and whatever is made from it, is a frame like any other.
    """

    def __repr__(self) -> str:
        """Return it for a terminal of 80 columns."""
        return tables.to_text(_printed(self))

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return tables.to_html(_printed(self), notes=str(_printed(self).attrs["notes"]))


def _printed(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of conventions as texts, what differs below it, each remark once."""
    other = next(
        str(name).removeprefix("statistic_")
        for name in table.columns
        if str(name).startswith("statistic_")
    )
    remarks = [note for note in dict.fromkeys(table["note"]) if note]
    marks = {note: f"({chr(ord('a') + number)})" for number, note in enumerate(remarks)}
    rows = [
        {
            "group": wording.group_label(str(row["group"])),
            "window": wording.window_label(int(row["window_start"]), int(row["window_end"])),
            "test": row["name"],
            "mean, %": wording.percent(row["estimate"]).removesuffix(" %"),
            "statistic": wording.number(row["statistic"]),
            "p": wording.p_value(row["pvalue"]),
            "theirs": wording.number(row[f"statistic_{other}"]),
            "their p": wording.p_value(row[f"pvalue_{other}"]),
            "": marks.get(row["note"], ""),
        }
        for row in table.to_dict("records")
    ]
    shown = pd.DataFrame(rows)
    said = "; ".join(f"{mark} {note}" for note, mark in marks.items())
    shown.attrs["notes"] = (
        f"By eventstudy's conventions, and theirs: by those of {other}. Every number is a column "
        f"of this frame.{f' {said}.' if said else ''}"
    )
    return shown


def conventions_table(frame: pd.DataFrame) -> ConventionsTable:
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
    return ConventionsTable(
        ours[[*_KEY, *_VALUES]].merge(
            theirs[[*_KEY, *_VALUES, "note"]],
            on=_KEY,
            suffixes=("", f"_{other}"),
            validate="one_to_one",
        )
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
