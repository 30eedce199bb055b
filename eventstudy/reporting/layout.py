"""The layout papers print: groups down, windows across, p-values beneath, and its notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from eventstudy.registry import choose, unknown
from eventstudy.reporting import wording
from eventstudy.text import Record, listed, plain, reason_in, records, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy._typing import Alternative, SignPolicy


def layout(
    statistics: pd.DataFrame,
    *,
    name: str = "placebo",
    windows: Iterable[tuple[int, int]] | None = None,
    measure: Literal["car", "ar"] = "car",
    stars: wording.Stars = wording.STARS,
    min_dates: int = wording.MIN_DATES,
    alternative: Alternative = "two-sided",
    sign: SignPolicy = "none",
    assumes: str = "",
    also: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the table a paper prints: groups down, windows across, p-values beneath.

    Parameters
    ----------
    statistics
        The tidy frame: group, window_start, window_end, measure, name, estimate (decimal
        returns), pvalue, n_events. Used where present: n_units, note, influential_date,
        estimate_without.
    name
        The statistic whose p-values are shown; its stars follow `wording.mark_of`, so that they
        are size-corrected where the frame has the measured size and that is off.
    windows
        ``(start, end)`` pairs in sessions relative to day 0; default all of the frame.
    measure
        ``car`` for windows, ``ar`` for single sessions.
    stars
        ``(level, mark)`` pairs.
    min_dates
        Groups of fewer independent dates (`n_units`, else events) get no stars, and their p-values
        a mark: a number without weight. At least `wording.MIN_DATES`.
    alternative
        Which deviations from the null the p-values count, for the note.
    sign
        ``"expected"`` where each return was multiplied by the expected sign of its event; the note
        says so.
    assumes
        What the statistic assumes, for the note.
    also
        Further statistics, a row of p-values each below those of `name`; rows then say whose.

    Returns
    -------
    DataFrame
        Columns ``group``, one a window, ``events`` and, with `n_units`, ``dates`` (independent
        ones); texts only. Two rows a group: the estimate in
        percent with stars, and below it the p-value in parentheses, ``(n/a)`` where there is none.
        One heading row a grouping. ``attrs["notes"]`` holds units, statistic and stars legend.

    Raises
    ------
    SpecificationError
        An unknown statistic, measure or window.
    """
    choose(measure, ("car", "ar"), "measure")
    min_dates = max(min_dates, wording.MIN_DATES)
    every = statistics[statistics["measure"] == measure]
    if len(statistics):
        for one in (name, *also):
            choose(one, statistics["name"].unique(), "statistic")
    chosen = every[every["name"] == name]
    pvalues = {
        (str(row.group), int(row.window_start), int(row.window_end), str(row.name)): row.pvalue
        for row in records(every[every["name"].isin(also)])
    }
    ends = records(chosen[["window_start", "window_end"]])
    present = list(dict.fromkeys((int(a), int(b)) for a, b in ends))
    shown = present if windows is None else [(int(a), int(b)) for a, b in windows]
    for window in shown:
        if window not in present:
            label = wording.window_label(*window)
            others = [wording.window_label(*other) for other in present]
            raise unknown(f"unknown window {label}", label, others)
    labels = [wording.window_label(*window) for window in shown]
    cells = {
        (str(row.group), int(row.window_start), int(row.window_end)): row for row in records(chosen)
    }
    has_dates = "n_units" in chosen.columns and bool(chosen["n_units"].notna().any())
    columns = ["group", *labels, "events", *(["dates"] if has_dates else [])]
    rows: list[list[str]] = []
    heading = ""
    for group in wording.group_order([str(value) for value in chosen["group"]]):
        if wording.grouping_label(group) != heading:
            heading = wording.grouping_label(group)
            rows.append([heading, *[""] * (len(columns) - 1)])
        above, below = [wording.group_label(group)], [name if also else ""]
        counts, dates = [0], [0]
        for window in shown:
            row = cells.get((group, *window))
            if row is None:
                above.append("")
                below.append("")
                continue
            is_thin = wording.is_thin(row, min_dates)
            mark = wording.mark_of(row, stars, min_dates)
            above.append(wording.number(float(row.estimate) * 100, sign=True) + mark)
            dagger = wording.THIN_MARK if is_thin and wording.p_value(row.pvalue) else ""
            below.append(_in_parentheses(row.pvalue) + dagger)
            counts.append(int(row.n_events))
            dates.append(wording.independent_dates(row))
        above.append(f"{max(counts)}")
        if has_dates:
            above.append(f"{max(dates)}")
        further = [
            [one, *(_in_parentheses(pvalues.get((group, *window, one))) for window in shown)]
            for one in also
        ]
        rows += [above, *([*row, *[""] * (len(above) - len(row))] for row in (below, *further))]
    table = pd.DataFrame(rows, columns=columns, dtype="str")
    table.attrs["notes"] = _layout_notes(
        chosen,
        f"{'cumulative average' if measure == 'car' else 'average'} abnormal return"
        f"{wording.in_direction(sign)}",
        f"Stars: {wording.stars_legend(stars)}",
        wording.sided(alternative),
        min_dates,
        has_dates=has_dates,
        has_thin=any(below.endswith(wording.THIN_MARK) for row in rows for below in row),
        also=also,
        about=" ".join(
            filter(
                None,
                [
                    wording.correction_note(
                        (cells[key] for key in cells if key[1:] in shown), stars=stars
                    ),
                    f"Stars are those of {name}." if also else "",
                    f"{name} assumes {assumes}." if assumes else "",
                    influence_note([cells[key] for key in cells if key[1:] in shown], stars),
                ],
            )
        ),
    )
    return table


def _in_parentheses(pvalue: object) -> str:
    return f"({wording.p_value(pvalue) or 'n/a'})"


def _layout_notes(
    chosen: pd.DataFrame,
    quantity: str,
    stars: str,
    sided: str,
    min_dates: int,
    *,
    has_dates: bool,
    has_thin: bool,
    about: str,
    also: Sequence[str],
) -> str:
    """Return units, statistic and legend of `layout`; where no row has a p-value, why."""
    notes = f"Estimates: {quantity} in percent; windows in sessions relative to day 0; "
    name = next(iter(chosen["name"]), "")
    if len(chosen) and chosen["pvalue"].isna().all():
        reason = reason_of(chosen)
        notes += f"no p-values: {name} is {unavailable(reason) if reason else 'not available'}."
    else:
        unit = "independent dates" if has_dates else "events"
        notes += (
            f"p-values of {listed([name, *also])} in parentheses, {sided}. {stars}, not adjusted "
            f"for the number of tests shown; none under {min_dates} {unit}."
        )
        if has_dates:
            notes += " Dates: independent ones."
    if has_thin:
        # A caller's own threshold is not what the sentence about few dates speaks of.
        why = wording.THIN if min_dates == wording.MIN_DATES else f"under {min_dates} dates"
        notes += f" {wording.THIN_MARK} {why}."
    return f"{notes} {about}".rstrip()


def influence_note(
    rows: Iterable[Record],
    stars: wording.Stars = wording.STARS,
    labels: Mapping[str, str] | None = None,
) -> str:
    """Return which of the means with stars rest on one date, and what is left without it.

    `labels` are names to show for groups or values.
    """
    named = [
        f"{wording.group_label(str(row.group), labels)} "
        f"{wording.window_label(int(row.window_start), int(row.window_end))} "
        f"{wording.influence(row)}"
        for row in rows
        if wording.stars_for(wording.star_pvalue(row, stars=stars), stars)
        and wording.independent_dates(row) > 2  # without one of two, the other is left
        and wording.rests_on_one_date(row)
    ]
    return f"Resting on one date: {'; '.join(named)}." if named else ""


def reason_of(rows: pd.DataFrame) -> str:
    """Return the commonest note of rows without a p-value, without its opening words."""
    if "note" not in rows.columns:
        return ""
    notes = rows["note"].map(plain)
    notes = notes[notes != ""]
    if notes.empty:
        return ""
    return reason_in(str(notes.value_counts().index[0])).rstrip(".")
