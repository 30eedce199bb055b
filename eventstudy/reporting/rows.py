"""The tables every report has, row by row: a frame of the record in, the texts of its cells out.

The headline table, statistics by group, dropped pairs, checks and models; sections only some
studies have are in `sheets`. The template escapes the texts.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy._typing import BY_CHOICE, LEVEL
from eventstudy.reporting import wording
from eventstudy.reporting.check_listing import SEVERITIES, counts_of, group_checks, when_of
from eventstudy.reporting.layout import influence_note, reason_of
from eventstudy.reporting.pair_sentences import studied_pairs
from eventstudy.reporting.report_pairs import MOST_MARKETS
from eventstudy.reporting.tables import cell_text
from eventstudy.text import Record, counted, is_missing, plain, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = dict[str, Any]

MOST_ROWS = 60
"""Rows of a long table that are shown unless everything is asked for."""

_FIRST = 5


def grid(frame: pd.DataFrame) -> Row:
    """Return the columns and rows of a frame as they are, every cell on one line."""
    return {
        "columns": [str(column) for column in frame.columns],
        "rows": [[plain(cell) for cell in row] for row in frame.astype(object).to_numpy()],
    }


def typeset(text: object) -> str:
    """Return a text with true minus signs and spaces that do not break before a percent sign."""
    out = re.sub(r"(?<![\w\-\[,.])-(?=\d)", "\N{MINUS SIGN}", str(text))
    out = re.sub(r"(?<=\d) (?=%)", "\N{NO-BREAK SPACE}", out)
    return re.sub(r"\bp ([=<]) (?=\d)", "p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", out)


def facts(
    events: pd.DataFrame, alignment: pd.DataFrame, dropped: pd.DataFrame, prices: pd.DataFrame
) -> list[tuple[str, str]]:
    """Return the figures of the masthead as (what, how many)."""
    markets = alignment["security"].nunique() if "security" in alignment.columns else 0
    n_dropped = len(dropped.drop_duplicates(["event_id", "security"])) if len(dropped) else 0
    lost, left_out = wording.losses(dropped, BY_CHOICE)
    choice = next(iter(left_out)) if len(left_out) == 1 else "left out by choice"
    out = [
        ("news items", f"{len(events):,}"),
        ("markets", f"{markets:,}"),
        ("pairs studied", f"{max(len(alignment) - n_dropped, 0):,}"),
        *([(choice, f"{sum(left_out.values()):,}")] if left_out else []),
        ("pairs dropped", f"{len(lost):,}"),
    ]
    studied = studied_pairs(alignment, dropped)
    sessions = pd.to_datetime(studied["session"]).dropna() if "session" in studied else None
    if sessions is not None and len(sessions):
        out.append(("first day 0", f"{sessions.min():%d %b %Y}"))
        out.append(("last day 0", f"{sessions.max():%d %b %Y}"))
    if len(prices.index):
        out.append(("closes to", f"{pd.Timestamp(prices.index.max()):%d %b %Y}"))
    return out


def headline_table(
    statistics: pd.DataFrame,
    name: str,
    window: tuple[int, int],
    labels: Mapping[str, str],
    anticipation: pd.DataFrame | None = None,
) -> Row:
    """Return groups x windows with p-values, and the effect of one window and what it could see.

    `window` stands first, the others after it. With `anticipation`, the test of each group before
    day 0 stands beside.
    """
    earlier = {} if anticipation is None else {str(row.group): row for row in records(anticipation)}
    windows = car_windows(statistics)
    windows = [*(each for each in windows if each == window), *(w for w in windows if w != window)]
    chosen = statistics[(statistics["measure"] == "car") & (statistics["name"] == name)]
    has_dates = "n_units" in chosen.columns and bool(chosen["n_units"].notna().any())
    cells = {
        (str(row.group), int(row.window_start), int(row.window_end)): row for row in records(chosen)
    }
    sections: list[Row] = []
    for group in wording.group_order([str(value) for value in chosen["group"]]):
        heading = wording.grouping_label(group)
        if not sections or sections[-1]["heading"] != heading:
            sections.append({"heading": heading, "rows": []})
        row = cells.get((group, *window))
        sections[-1]["rows"].append(
            {
                "label": wording.group_label(group, labels),
                "events": _count(row, "n_events"),
                "dates": _count(row, "n_units"),
                "cells": [_estimate(cells.get((group, *each))) for each in windows],
                "before": _estimate(earlier.get(group)),
                "effect": wording.number(getattr(row, "effect", None), sign=True),
                "effect_interval": _effect_interval(row),
                "mde": _mde(row),
                "mde_return": _mde_return(row),
                "note": plain(getattr(row, "note", "")),
            }
        )
    return {
        "windows": [wording.window_label(*each) for each in windows],
        "sections": sections,
        "before": _span(earlier.values()),
        "effects": "effect" in chosen.columns,
        "mdes": "mde" in chosen.columns,
        "dates": has_dates,
        "thin": any(wording.is_thin(row) and not is_missing(row.pvalue) for row in cells.values()),
        "tested": bool(chosen["pvalue"].notna().any()),
        "reason": reason_of(chosen),
        "influence": influence_note(cells.values(), labels=labels),
        "corrected": wording.correction_note(cells.values()),
    }


def _span(rows: Iterable[Record]) -> str:
    first = next(iter(rows), None)
    if first is None:
        return ""
    return wording.window_label(int(first.window_start), int(first.window_end))


def statistics_by_group(
    statistics: pd.DataFrame,
    name: str,
    window: tuple[int, int],
    labels: Mapping[str, str],
    *,
    everything: bool = True,
) -> list[Row]:
    """Return every statistic of every car window, by grouping and group.

    Unless `everything` is asked for, `window` alone, and the first `MOST_ROWS` groups.
    """
    cars = statistics[statistics["measure"] == "car"]
    groupings: list[Row] = []
    if not everything:
        is_chosen = cars["window_start"] == window[0]
        cars = cars[is_chosen & (cars["window_end"] == window[1])]
    parts = {str(group): part for group, part in cars.groupby("group", sort=False)}
    for group in wording.group_order(list(parts))[: None if everything else MOST_ROWS]:
        heading = wording.grouping_label(group) or "All events"
        if not groupings or groupings[-1]["heading"] != heading:
            groupings.append({"heading": heading, "groups": []})
        windows = []
        lines_of: dict[tuple[int, int], list[Record]] = {}
        for row in records(parts[group]):
            lines_of.setdefault((int(row.window_start), int(row.window_end)), []).append(row)
        for (start, end), lines in lines_of.items():
            counts = [
                counted(max(int(row.n_pairs) for row in lines), "pair"),
                wording.behind(max(lines, key=lambda row: int(row.n_events))),
            ]
            windows.append(
                {
                    "label": wording.window_label(start, end),
                    "counts": ", ".join(counts),
                    "rows": [_statistic(row) for row in lines],
                }
            )
        first = next((row for row in lines_of.get(window, []) if row.name == name), None)
        groupings[-1]["groups"].append(
            {
                "label": wording.group_label(group, labels),
                "windows": windows,
                "glance": _summary_line(first, name, window),
            }
        )
    return groupings


def sizes(statistics: pd.DataFrame) -> list[Row]:
    """Return the measured size of each statistic over all events, a row a window."""
    if "size" not in statistics.columns:
        return []
    cars = statistics[(statistics["measure"] == "car") & (statistics["group"] == "all")]
    measured = set(cars.loc[cars["size"].notna(), "name"])
    rows = sorted(
        (row for row in records(cars) if row.name in measured),
        key=lambda row: list(cars["name"]).index(row.name),
    )
    return [_size(row) for row in rows]


def _size(row: Record) -> Row:
    of = {
        "name": str(row.name),
        "window": wording.window_label(int(row.window_start), int(row.window_end)),
    }
    missing = {"size": "n/a", "interval": "", "mark": "", "verdict": ""}
    found = missing if is_missing(row.size) else _one_size(row, "size")
    rough = {} if is_missing(getattr(row, "size_rough", None)) else _one_size(row, "size_rough")
    return {**of, **found, "rough": rough}


def _one_size(row: Record, size: str) -> Row:
    """Return a measured size in %, its interval, and whether it is off 5 %."""
    mark, interval = size_mark(row, size), _interval(row, f"{size}_low", f"{size}_high")
    return {
        "size": wording.number(_times(getattr(row, size)), 1),
        "interval": interval,
        "mark": mark,
        "verdict": mark or ("not told from 5 %" if interval else ""),
    }


def size_mark(row: Record, size: str = "size") -> str:
    """Return ``over-rejects`` or ``under-rejects`` where the interval of a size excludes 5 %."""
    low, high = getattr(row, f"{size}_low", None), getattr(row, f"{size}_high", None)
    if is_missing(low) or is_missing(high):
        return ""
    if float(str(low)) > LEVEL:
        return "over-rejects"
    return "under-rejects" if float(str(high)) < LEVEL else ""


def dropped(frame: pd.DataFrame, labels: Mapping[str, str], *, everything: bool = True) -> Row:
    """Return lost pairs counted by stage and reason, and one by one.

    Pairs left out by choice are counted only; unless `everything` is asked for, `MOST_ROWS` are
    listed.
    """
    if frame.empty:
        return {"counts": [], "rows": [], "of": 0}
    alike = frame.groupby(["stage", "reason"], sort=False, dropna=False).size()
    number: Counter[tuple[str, str]] = Counter()
    for row in records(alike.reset_index(name="n")):  # a text each, however many pairs have it
        number[plain(row.stage), plain(row.reason)] += int(row.n)
    counts = sorted(number.items(), key=lambda item: -item[1])
    lost, _ = wording.losses(frame, BY_CHOICE)
    return {
        "counts": [(stage, reason, f"{count:,}") for (stage, reason), count in counts],
        "rows": [
            (
                plain(row.event_id),
                wording.value_label(str(row.security), labels),
                plain(row.stage),
                plain(row.reason),
            )
            for row in records(lost if everything else lost.head(MOST_ROWS))
        ],
        "of": len(lost),
    }


def checks(frame: pd.DataFrame) -> Row:
    """Return the findings of the data checks, gravest first, and how many of each severity.

    Many of one kind at one market are one row, with the first of them in words; ``each`` holds
    every finding by itself where that says more.
    """
    if frame.empty:
        return {"counts": "", "rows": [], "each": []}
    kinds = group_checks(frame)
    counts = kinds.groupby("severity", sort=False)["count"].sum()
    severities = [name for name in counts.index for _ in range(int(counts[name]))]
    others = [f"{n:,} {name}" for name, n in counts.items() if name not in SEVERITIES]
    usual = [counts_of(severities)] if len(others) < len(counts) else []
    order = sorted(
        records(frame),
        key=lambda row: SEVERITIES.index(row.severity) if row.severity in SEVERITIES else 9,
    )
    return {
        "counts": ", ".join([*usual, *others]),
        "rows": [
            {
                "severity": cell_text(row.severity),
                "security": cell_text(row.security),
                "check": plain(row.check).replace("_", " "),
                "when": when_of(int(row.count), row.first, row.last),
                "detail": typeset(
                    ("First: " if row.count > 1 else "") + str(cell_text(row.detail))
                ),
            }
            for row in records(kinds)
        ],
        "each": [
            {
                c: cell_text(getattr(row, c))
                for c in ("severity", "security", "date", "check", "detail")
            }
            for row in order
        ]
        if len(kinds) < len(frame)
        else [],
    }


def models(frame: pd.DataFrame, labels: Mapping[str, str]) -> Row:
    """Return what was fitted, by market: number of fits and the median of each quantity.

    More than `MOST_MARKETS` markets are one row a model.
    """
    fixed = {"event_id", "security", "model", "n_obs", "sigma", "r_squared"}
    if frame.empty:
        return {"columns": [], "rows": []}
    others = [
        c for c in frame.columns if c not in fixed and pd.api.types.is_numeric_dtype(frame[c])
    ]
    out = []
    n_markets = frame["security"].nunique()
    keys = frame["security"] if n_markets <= MOST_MARKETS else f"all {n_markets:,} markets"
    for (security, model), part in frame.assign(security=keys).groupby(
        ["security", "model"], sort=False
    ):
        line = [
            wording.value_label(str(security), labels),
            str(model),
            f"{len(part):,}",
            f"{part['n_obs'].min():.0f}–{part['n_obs'].max():.0f}",
            wording.percent(part["sigma"].median(), sign=False),
            wording.number(part["r_squared"].median()),
        ]
        for column in others:
            value = part[column].median()
            line.append(
                wording.percent(value, 3) if column == "alpha" else wording.number(value, sign=True)
            )
        out.append(line)
    return {
        "columns": [column if column != "alpha" else "alpha (a day)" for column in others],
        "rows": out,
    }


def car_windows(frame: pd.DataFrame) -> list[tuple[int, int]]:
    """Return the windows of CARs in a frame, in its order."""
    cars = frame[frame["measure"] == "car"] if "measure" in frame.columns else frame
    if cars.empty:
        return []
    pairs = cars[["window_start", "window_end"]].drop_duplicates()
    return [(int(a), int(b)) for a, b in records(pairs)]


def flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested keys and values as (dotted key, text).

    Of more than 200 keys with a value each, or values of one key, it says how many there are of
    each, or the first ones: the manifest has them all.
    """
    out: list[tuple[str, str]] = []
    for key, value in tree.items():
        name = f"{prefix}{plain(key)}"
        if isinstance(value, dict) and len(value) > MOST_MARKETS:
            out.append((f"{name} ({len(value):,})", _how_many_of_each(value)))
        elif isinstance(value, dict) and value:
            out += flatten(value, f"{name}.")
        elif isinstance(value, (list, tuple)):
            nested = any(isinstance(part, (list, tuple)) for part in value)
            shown = value[:_FIRST] if len(value) > MOST_MARKETS else value
            parts = [
                "[" + ", ".join(map(_plain_value, part)) + "]" if nested else _plain_value(part)
                for part in shown
            ]
            if len(shown) < len(value):
                parts.append(f"and {len(value) - len(shown):,} more")
            out.append((name, ", ".join(parts) or "none"))
        else:
            out.append((name, _plain_value(value) or "none"))
    return out


def _how_many_of_each(values: Mapping[str, object]) -> str:
    """Return the values of many keys, most frequent first, with the number of their keys."""
    counts = Counter(map(_plain_value, values.values())).most_common()
    parts = [f"{value or 'none'} for {count:,}" for value, count in counts[:_FIRST]]
    if len(counts) > _FIRST:
        parts.append(f"and {len(counts) - _FIRST:,} more")
    return ", ".join(parts)


def _plain_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else cell_text(value)


def _summary_line(row: Record, name: str, window: tuple[int, int]) -> str:
    """Return one line that sums up a group whose table is folded."""
    if row is None:
        return ""
    value = f"{wording.percent(row.estimate)} over {wording.window_label(*window)}"
    p_text = wording.p_equals(row.pvalue) if not is_missing(row.pvalue) else "p n/a"
    return f"{value}, {name} {p_text}, {wording.behind(row)}"


def _count(row: Record, column: str) -> str:
    value = getattr(row, column, None)
    return "" if is_missing(value) else f"{int(float(str(value))):,}"


def _estimate(row: Record) -> Row:
    if row is None:
        return {"value": "", "mark": "", "p": "", "sign": "", "thin": False}
    thin = wording.is_thin(row)
    value = (
        wording.number(100 * float(row.estimate), sign=True) if not is_missing(row.estimate) else ""
    )
    mark = wording.mark_of(row)
    sign = "" if not mark else "up" if float(row.estimate) > 0 else "down"
    p_text = wording.p_value(row.pvalue)
    return {
        "value": value, "mark": mark, "p": p_text or "n/a", "sign": sign,
        "thin": thin and bool(p_text),
    }  # fmt: skip


def _effect_interval(row: Record) -> str:
    ends = [getattr(row, name, None) for name in ("effect_low", "effect_high")]
    if any(is_missing(end) for end in ends):
        return ""
    return " to ".join(wording.number(end, sign=True) for end in ends)


def _mde(row: Record) -> str:
    """Return the smallest visible effect; for a significant result, or without one, why not."""
    value = getattr(row, "mde", None)
    if _is_significant(row):
        return f"p < {LEVEL:g}"
    return "n/a" if is_missing(value) else wording.number(value)


def _mde_return(row: Record) -> str:
    """Return the smallest visible effect as a return in percent; empty where there is none."""
    value = getattr(row, "mde_return", None)
    return "" if _is_significant(row) or is_missing(value) else _percent(value)


def _is_significant(row: Record) -> bool:
    pvalue = getattr(row, "pvalue", None)
    return not is_missing(pvalue) and float(str(pvalue)) < LEVEL


def _percent(value: object) -> str:
    return wording.number(100 * float(str(value)))


def _statistic(row: Record) -> Row:
    note = plain(getattr(row, "note", ""))
    mark = size_mark(row)
    return {
        "name": str(row.name),
        "estimate": wording.number(100 * float(row.estimate), 3, sign=True)
        if not is_missing(row.estimate)
        else "",
        "std_error": wording.number(_times(row.std_error), 3),
        "statistic": wording.number(row.statistic, 2),
        "df": wording.number(row.df, 0 if is_missing(row.df) or float(row.df).is_integer() else 1),
        "p": wording.p_value(row.pvalue) or "n/a",
        "stars": wording.mark_of(row),
        "thin": wording.is_thin(row) and not is_missing(row.pvalue),
        "interval": _interval(row, "ci_low", "ci_high"),
        "size": wording.number(_times(getattr(row, "size", None)), 1),
        "size_rough": wording.number(_times(getattr(row, "size_rough", None)), 1),
        "mark": mark,
        "note": "" if note == mark else note,
    }


def _times(value: object) -> float | None:
    return None if is_missing(value) else 100 * float(str(value))


def _interval(row: Record, low: str, high: str) -> str:
    ends = [_times(getattr(row, column, None)) for column in (low, high)]
    if any(end is None for end in ends):
        return ""
    signed, digits = (False, 1) if low.startswith("size") else (True, 2)
    return " to ".join(wording.number(end, digits, sign=signed) for end in ends)
