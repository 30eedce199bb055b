"""Optional sections of the HTML report: multiple testing, confounding, regressions, activity.

Nothing here is a spreadsheet: a `Sheet` is one table of a section, as texts. A `Section` is made
from the record by one function and listed in `SECTIONS` under the name of the frame it shows;
contents, heading and tables of the page follow from it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.reporting import wording
from eventstudy.reporting.contrasts import contrast_label, market_label
from eventstudy.reporting.convention_tables import convention_section
from eventstudy.reporting.finding import reference
from eventstudy.reporting.report_pairs import pairs
from eventstudy.reporting.sheet import (
    Section,
    Sheet,
    count_cell,
    interval_cell,
    label_cell,
    make_sheet,
    number_cell,
    p_cell,
    percent_cell,
    share_cell,
    text_cell,
    window_cell,
)
from eventstudy.text import F_TEST, Record, counted, is_missing, plain, records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventstudy.reporting.record import StudyRecord
    from eventstudy.reporting.sheet import Column

_MOST_SHOWN = 25
_PERMUTED = "pvalue_permutation"
_CONTRAST_KEY = ("contrast", "security", "window_start", "window_end")
_UNITS = {
    "volatility": "excess variance ratio",
    "beaver": "excess variance ratio",
    "parkinson": "log difference",
    "garman_klass": "log difference",
    "volume": "log difference",
}


def sections(record: StudyRecord) -> list[Section]:
    """Return the sections of the frames that are not empty, in the order they are shown."""
    made = [
        (name, make(record)) for name, make in SECTIONS.items() if not getattr(record, name).empty
    ]
    made = [("car", of_many), *made] if (of_many := pairs(record)) is not None else made
    return [
        replace(section, sheets=tuple(replace(it, file=f"{name}.csv") for it in section.sheets))
        for name, section in made
    ]


def _in_order(frame: pd.DataFrame, statistics: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose windows stand as in the study, everything else in its order."""
    ends = ["window_start", "window_end"]
    cars = statistics[statistics["measure"] == "car"] if len(statistics) else statistics
    windows = pd.concat([cars[ends], frame[ends]]).drop_duplicates()
    rank = {pair: place for place, pair in enumerate(windows.itertuples(index=False, name=None))}
    block = frame.groupby(["group", "measure"], sort=False).ngroup()
    place = [rank[pair] for pair in frame[ends].itertuples(index=False, name=None)]
    order = pd.DataFrame({"block": block.to_numpy(), "place": place})
    return frame.iloc[order.sort_values(["block", "place"], kind="stable").index]


def treated(record: StudyRecord) -> Sheet | None:
    """Return the pairs kept but treated otherwise than asked; None when there are none."""
    frame, labels = record.treated, record.labels
    if frame.empty:
        return None
    columns: list[Column] = [
        ("event", False, text_cell("event_id")),
        ("market", False, lambda row: wording.value_label(str(row.security), labels)),
        ("stage", False, text_cell("stage")),
        ("reason", False, text_cell("reason")),
    ]
    sheet = make_sheet("Pairs kept, but treated otherwise than asked", frame, columns)
    return replace(sheet, file="treated.csv")


def _family(record: StudyRecord) -> Section:
    frame, labels = record.distinct(record.family), record.names
    strongest = frame.sort_values(["group_pvalue", "pvalue_stepdown", "pvalue"], kind="stable")
    best = strongest.drop_duplicates("group")
    size = frame.groupby("group").size()
    n_groups = frame["n_groups"].dropna()
    count = counted(int(n_groups.iloc[0]) if len(n_groups) else 0, "group")
    groups: list[Column] = [
        ("group", False, lambda row: wording.group_label(row.group, labels)),
        ("tests", True, lambda row: str(int(size[row.group]))),
        ("strongest", False, lambda row: _member(row, labels)),
        ("p alone", True, p_cell("pvalue")),
        ("p in its group", True, p_cell("group_pvalue")),
        ("Holm", True, p_cell("group_pvalue_holm")),
        ("Benjamini-Hochberg", True, p_cell("group_pvalue_bh")),
        ("remark", False, text_cell("note")),
    ]
    members: list[Column] = [
        ("group", False, lambda row: wording.group_label(row.group, labels)),
        ("market and window", False, lambda row: _member(row, labels)),
        ("events", True, count_cell("n_events")),
        ("mean CAR, %", True, percent_cell("estimate")),
        ("p alone", True, p_cell("pvalue")),
        ("p, step-down", True, p_cell("pvalue_stepdown")),
        ("remark", False, text_cell("note")),
    ]
    note = (
        "Every market and window of a group is one test, all ranked among the same placebo draws. "
        "p in its group allows for the best of them having been looked for (step-down min-p, "
        f"Romano and Wolf 2005). Holm and Benjamini-Hochberg run over {count} of different pairs."
    )
    tests = strongest.sort_values("pvalue", kind="stable")
    of_groups = _first("The strongest of each group", best, "groups")
    of_tests = _first("The tests with the smallest p alone", tests, "tests")
    return Section(
        anchor="family",
        title="Many tests at once",
        note=note,
        sheets=(
            make_sheet(of_groups, best.head(_MOST_SHOWN), groups),
            make_sheet(of_tests, tests.head(_MOST_SHOWN), members),
        ),
    )


def _first(caption: str, frame: pd.DataFrame, noun: str) -> str:
    """Say how many of a long table are shown, and where the others are."""
    if len(frame) <= _MOST_SHOWN:
        return caption
    return f"{caption}: {_MOST_SHOWN} of {len(frame):,} {noun}, all of them in family.csv"


def _member(row: Record, labels: Mapping[str, str]) -> str:
    market = wording.value_label(str(row.security), labels)
    return f"{market} {wording.window_label(int(row.window_start), int(row.window_end))}"


def _anticipation(record: StudyRecord) -> Section:
    frame, labels = record.distinct(record.anticipation), record.names
    first = next(iter(records(frame)))
    span = window_cell(first)
    columns: list[Column] = [
        ("group", False, lambda row: wording.group_label(row.group, labels)),
        ("events", True, count_cell("n_events")),
        ("dates", True, count_cell("n_units")),
        ("mean CAR, %", True, percent_cell("estimate")),
        ("p", True, p_cell("pvalue")),
        ("day 0 uncertain, % of pairs", True, share_cell("ambiguous")),
        ("mean CAR without them, %", True, percent_cell("estimate_clear")),
        ("p without them", True, p_cell("pvalue_clear")),
        ("remark", False, text_cell("note")),
    ]
    is_clipped = first.window_start == record.event_window.start
    clipped = " as far as the event window reaches" if is_clipped else ""
    note = (
        f"Every group over {span}, sessions before day 0{clipped}, by {record.headline_name}. "
        "A move there means that the news was expected or known, that markets moved for another "
        "reason, or that day 0 is dated too late: where the time of the news leaves two sessions "
        "open, the earlier one is among these. About one group in twenty falls below 5 % by luck. "
        "A small p-value on day 0 does not hold the part that came before; a large one here does "
        "not say that nothing was expected."
    )
    return Section(
        anchor="anticipation",
        title="Before the news",
        note=note,
        sheets=(make_sheet(f"Mean cumulative abnormal return over {span}", frame, columns),),
    )


def _confounding(record: StudyRecord) -> Section:
    frame = record.confounding
    # Every pair of events counts twice, once for each of the two.
    sides = [
        frame.rename(columns={f"event_{own}": "event", f"category_{own}": "kind"})
        for own in ("a", "b")
    ]
    each_side = pd.concat(sides, ignore_index=True)
    events = each_side.groupby("event", sort=True).agg(
        kind=("kind", "first"),
        others=("event", "size"),
        same_day0=("same_day0", lambda values: int((values > 0).sum())),
        opposite=("signs", lambda values: int((values == "opposite").sum())),
    )
    columns: list[Column] = [
        ("event", False, text_cell("event")),
        ("kind", False, label_cell("kind")),
        ("events it shares sessions with", True, count_cell("others")),
        ("of these with the same day 0", True, count_cell("same_day0")),
        ("of these of opposite sign", True, count_cell("opposite")),
    ]
    opposed = int((frame["signs"] == "opposite").sum())
    note = (
        f"{len(frame):,} pairs of events have event windows that share sessions in at least one "
        f"market; in {opposed:,} of them the expected signs are opposite. What is measured there "
        "is the news of both. Each pair is in confounding.csv."
    )
    caption = "How many others each event shares sessions with"
    return Section(
        anchor="confounding",
        title="Events that share sessions",
        note=note,
        sheets=(make_sheet(caption, events.reset_index(), columns),),
    )


def _joint(record: StudyRecord) -> Section:
    frame, labels = record.distinct(record.joint), record.names
    columns: list[Column] = [
        ("group", False, lambda row: wording.group_label(row.group, labels)),
        ("market", False, lambda row: _market(row, labels)),
        ("window", False, window_cell),
        ("test", False, _test),
        ("events", True, count_cell("n_events")),
        ("CAR, %", True, percent_cell("estimate")),
        ("s.e., %", True, percent_cell("std_error", sign=False)),
        ("dates", True, count_cell("n_dates")),
        ("placebo p", True, p_cell("pvalue_placebo")),
        ("statistic", True, number_cell("statistic")),
        ("df", True, _degrees),
        ("p", True, p_cell("pvalue")),
        ("its size, %", True, percent_cell("size", sign=False)),
        ("covariance", False, text_cell("covariance")),
        ("remark", False, _hypothesis),
    ]
    is_weighted = "volatility" in set(frame.get("weights", pd.Series(dtype=str)))
    note = (
        "All events at once: each market's returns on a constant, the benchmark and one dummy a "
        "kind of news and event time, so that overlapping windows are told apart. "
        + (
            "Every session is divided by the volatility known before it. "
            if is_weighted
            else "All sessions count alike, however rough the times. "
        )
        + "The placebo p is the one to read: all event dates are moved together, many times, and "
        "the CAR over the spread of its dates is ranked among those of the moved dates. Beside it "
        "stands the t or F test of least squares and its size, how often it rejects at 5 % at the "
        "moved dates. All tests are two-sided; the remark of an F test says what it tests, and its "
        "two degrees of freedom are those of its restrictions and of the residuals."
    )
    return Section(
        anchor="joint",
        title="Overlapping events, jointly",
        note=note,
        sheets=(make_sheet("Cumulative abnormal returns by joint regression", frame, columns),),
    )


def _cross_section(record: StudyRecord) -> Section:
    frame = record.cross_section
    columns: list[Column] = [
        ("term", False, text_cell("term")),
        ("estimate, %", True, percent_cell("estimate")),
        ("s.e., %", True, percent_cell("std_error", sign=False)),
        ("statistic", True, number_cell("statistic")),
        ("df", True, number_cell("df", 1)),
        ("p", True, p_cell("pvalue")),
        ("permutation p", True, lambda row: wording.p_value(getattr(row, _PERMUTED, None))),
        ("95 % interval, %", True, interval_cell),
        ("covariance", False, text_cell("covariance")),
        ("remark", False, text_cell("note")),
    ]
    sheets = []
    for _, part in frame.groupby(["window_start", "window_end"], sort=False):
        first = next(iter(records(part)))
        caption = f"Cross-sectional regression of CARs over {window_cell(first)}"
        if not is_missing(getattr(first, "formula", None)):
            caption += f" ({plain(first.formula)})"
        if not is_missing(getattr(first, "n_pairs", None)):
            caption += f", {counted(int(first.n_pairs), 'pair')}"
        if not is_missing(getattr(first, "n_dates", None)):
            caption += f" on {counted(int(first.n_dates), 'independent date')}"
        if not is_missing(getattr(first, "r_squared", None)):
            caption += f", R² {wording.number(first.r_squared)}"
        sheets.append(make_sheet(caption, part, columns))
    return Section(
        anchor="cross-section",
        title="Which events moved more",
        note=(
            "CARs of the pairs regressed on columns of the events; tests are two-sided. The "
            "permutation p ranks each t among those with the values of dates shuffled."
        ),
        sheets=tuple(sheets),
    )


def _activity(record: StudyRecord) -> Section:
    frame = _in_order(record.distinct(record.activity), record.statistics)
    frame, labels = _placebo_first(frame), record.names
    columns: list[Column] = [
        ("group", False, lambda row: wording.group_label(row.group, labels)),
        ("measure", False, label_cell("measure")),
        ("unit", False, lambda row: _UNITS.get(str(row.measure), "")),
        ("window", False, window_cell),
        ("test", False, text_cell("name")),
        ("events", True, count_cell("n_events")),
        ("estimate", True, number_cell("estimate", 3)),
        ("s.e.", True, number_cell("std_error", 3)),
        ("statistic", True, number_cell("statistic")),
        ("p", True, p_cell("pvalue")),
        ("remark", False, text_cell("note")),
    ]
    note = (
        "Whether markets moved more, or traded more, than in the estimation window. An excess "
        "variance ratio of 0.5 is half as much variance again in one session; a log difference of "
        "0.1 is about a tenth more. Both are summed over the window. The placebo test, first, has "
        "the last word: for the variance between pairs and squared abnormal returns it compares "
        "moves with the volatility known the day before, and placebo dates with event dates; the "
        "other tests compare with the estimation window, and reject too often in rough times."
    )
    return Section(
        anchor="activity",
        title="Volatility and volume",
        note=note,
        sheets=(make_sheet("Abnormal volatility and volume", frame, columns),),
    )


def _placebo_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the placebo test of every group, measure and window before its other tests."""
    blocks = frame.groupby(
        ["group", "measure", "window_start", "window_end"], sort=False, dropna=False
    ).ngroup()
    rank = pd.DataFrame({"block": blocks, "later": frame["name"] != "placebo"})
    return frame.loc[rank.sort_values(["block", "later"], kind="stable").index]


def _contrasts(record: StudyRecord) -> Section:
    frame, labels = record.contrasts, record.labels
    columns: list[Column] = [
        ("market", False, lambda row: market_label(str(row.security), labels)),
        ("window", False, window_cell),
        ("first, %", True, percent_cell("mean_a")),
        ("second, %", True, percent_cell("mean_b")),
        ("difference, %", True, percent_cell("estimate")),
        ("95 % interval, %", True, interval_cell),
        ("in h", True, number_cell("effect")),
        ("p", True, p_cell("pvalue")),
        ("dates", True, _dates_of_both),
        ("of both", True, count_cell("n_mixed")),
        ("remark", False, text_cell("note")),
    ]
    is_within = (frame["within"] == "month").any()
    permuted = "within calendar months" if is_within else "over blocks of neighbouring dates"
    note = (
        "Mean cumulative abnormal returns of two kinds of event, as they were, and their "
        "difference, first less second. The two-sided p-value ranks the difference in daily "
        f"volatilities (h) over its standard error among labels permuted {permuted}; the interval "
        "is what this test does not reject at 5 %. All markets together have equal weights. "
        "Dates of both kinds are left out. Markets and windows are many tests: nothing here is "
        "adjusted for that."
    )
    sheets = [
        replace(
            make_sheet(contrast_label(str(text)), part, columns),
            places=tuple(
                reference("contrasts.csv", row, *_CONTRAST_KEY).anchor for row in records(part)
            ),
        )
        for text, part in frame.groupby("contrast", sort=False)
    ]
    return Section(
        anchor="contrasts", title="One kind of news against another", note=note,
        sheets=tuple(sheets),
    )  # fmt: skip


def _dates_of_both(row: Record) -> str:
    """Return the dates of the first and of the second group."""
    return " and ".join(count_cell(column)(row) for column in ("n_dates_a", "n_dates_b"))


SECTIONS: dict[str, Callable[[StudyRecord], Section]] = {
    "contrasts": _contrasts,
    "family": _family,
    "anticipation": _anticipation,
    "confounding": _confounding,
    "joint": _joint,
    "cross_section": _cross_section,
    "activity": _activity,
    "statistics_conventions": convention_section,
}
"""Frames of the record with a section of their own, in the order of the page."""


def _test(row: Record) -> str:
    """Return the kind of a joint test: t of a CAR, or F of several restrictions."""
    name = plain(getattr(row, "test", ""))
    return "" if not name else "t" if name == "car" else "F"


def _hypothesis(row: Record) -> str:
    """Return the remarks of a joint test, whose kind stands in a column of its own."""
    notes = (plain(getattr(row, name, "")) for name in ("note", "note_placebo"))
    return "; ".join(note for note in notes if note).removeprefix(F_TEST)


def _degrees(row: Record) -> str:
    """Return the degrees of freedom: one number of a t test, two of an F test."""
    numerator, denominator = (
        wording.number(getattr(row, column, None), 0) for column in ("df", "df_denominator")
    )
    return f"{numerator} and {denominator}" if numerator and denominator else numerator


def _market(row: Record, labels: Mapping[str, str]) -> str:
    name = str(row.security)
    return "all together" if name == "all" else wording.value_label(name, labels)
