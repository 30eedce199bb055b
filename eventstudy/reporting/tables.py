"""Tidy frame -> text, Markdown, LaTeX and HTML, and the layout papers print.

Every writer takes any frame, leaves it unchanged and ignores its index. Cells become text in one
place: floats with four significant digits, dates in ISO, missing cells empty, booleans yes or no.
Notes are taken from ``frame.attrs["notes"]`` when none are given, so that the legend `layout`
writes follows its table everywhere. A row whose only filled cell is the first is a heading.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose, unknown
from eventstudy.reporting import text_table, wording
from eventstudy.text import Record, is_missing, plain, reason_in, records, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventstudy._typing import Alternative, SignPolicy

_NUMERIC = re.compile(r"[<(]*[+\-−]?(\d[\d,.]*|inf)([eE][+\-]?\d+)?( ?%)?\)?\**\)?†?")
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "[": "{[}", "]": "{]}", "`": r"\textasciigrave{}", "−": "$-$", "–": "--", "—": "---",
    "×": r"$\times$", "±": r"$\pm$", "…": r"\dots{}", "≥": r"$\geq$", "≤": r"$\leq$",
    "σ": r"$\sigma$", "†": r"$\dagger$",
}  # fmt: skip
_LATEX_LINE = 118  # characters of a line of small type on A4
_UNWRAPPED = 26  # longer texts in a column make it wrap


def cell_text(value: object) -> str:
    """Return one cell as plain text on one line.

    Examples
    --------
    >>> cell_text(0.012345678), cell_text(True), cell_text(None)
    ('0.01235', 'yes', '')
    """
    if isinstance(value, (list, tuple)):
        return ";".join(cell_text(part) for part in value)
    if isinstance(value, (bool, np.bool_)):
        value = "yes" if value else "no"
    if is_missing(value):
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{float(value) + 0.0:.4g}"
    if isinstance(value, (dt.date, np.datetime64)):
        return _date_text(pd.Timestamp(value))
    return plain(value)


def _date_text(stamp: pd.Timestamp) -> str:
    if stamp == stamp.normalize() and stamp.tz is None:
        return f"{stamp:%Y-%m-%d}"
    return stamp.isoformat(timespec="minutes").replace("+00:00", "Z")


def to_text(frame: pd.DataFrame, width: int = 80, *, notes: str | None = None) -> str:
    """Return a table for a terminal, no line of which is longer than `width` columns.

    Text columns are wrapped first, the first one between words only; a table that is still too
    wide is cut into blocks that repeat the first column. Wide (CJK) characters count two. Control
    characters are removed.

    Parameters
    ----------
    frame
        Any frame; the index is not shown.
    width
        Columns of the terminal, at least 20.
    notes
        Printed below; default ``frame.attrs["notes"]``.

    Examples
    --------
    >>> print(to_text(pd.DataFrame({"group": ["all"], "p": [0.25]})))
    group     p
    -----------
    all    0.25
    """
    width = max(20, width)
    header, rows, right = _cells(frame)
    if not header:
        return "(empty table)"
    text = text_table.draw_table(header, rows, right, width)
    if not rows:
        text += "\n(no rows)"
    note = _notes(frame, notes)
    if note:
        text += "\n" + "\n".join(text_table.wrap(plain(note), width))
    return text


def to_markdown(frame: pd.DataFrame, *, notes: str | None = None) -> str:
    r"""Return a pipe table; what Markdown or HTML would act on in a cell is escaped.

    Examples
    --------
    >>> print(to_markdown(pd.DataFrame({"a|b": ["x"], "p": [0.25]})))
    | a\|b | p |
    | :--- | ---: |
    | x | 0.25 |
    """
    header, rows, right = _cells(frame)
    lines = [
        "| " + " | ".join(markdown_text(name) for name in header) + " |",
        "| " + " | ".join("---:" if side else ":---" for side in right) + " |",
    ]
    for row in rows:
        cells = [markdown_text(cell) for cell in row]
        if text_table.is_heading(row):
            cells[0] = f"**{cells[0]}**"
        lines.append("| " + " | ".join(cells) + " |")
    note = _notes(frame, notes)
    if note:
        lines += ["", markdown_text(plain(note))]
    return "\n".join(lines)


def to_latex(
    frame: pd.DataFrame,
    caption: str | None = None,
    label: str | None = None,
    notes: str | None = None,
) -> str:
    r"""Return a ``table`` with booktabs rules and threeparttable notes.

    Needs ``\usepackage{booktabs,threeparttable}`` and, for straight quotes, ``[T1]{fontenc}``.
    Cells are formatted first and escaped afterwards, so a ``%`` never comments out a row; square
    brackets are braced, since ``[-1,+1]`` after ``\\`` or ``\midrule`` would be read as an optional
    argument, and so is a ``*`` that opens a row. Letters outside Latin need XeLaTeX or LuaLaTeX.

    Parameters
    ----------
    frame
        Any frame; the index is not shown.
    caption, notes
        Plain text, escaped here. `notes` defaults to ``frame.attrs["notes"]``.
    label
        For ``\ref``: letters, digits and ``:._-/`` only.

    Raises
    ------
    SpecificationError
        A label that LaTeX could not read.
    """
    if label is not None and not re.fullmatch(r"[A-Za-z0-9:._/\-]+", label):
        raise SpecificationError(f"LaTeX label {label!r}: use letters, digits and :._-/ only")
    header, rows, right = _cells(frame)
    lines = [r"\begin{table}[htbp]", r"\centering", r"\begin{threeparttable}"]
    if caption:
        lines.append(rf"\caption{{{latex_text(caption)}}}")
    if label:
        lines.append(rf"\label{{{label}}}")
    lines += [
        rf"\begin{{tabular}}{{{''.join('r' if side else 'l' for side in right)}}}",
        r"\toprule",
        " & ".join(latex_text(name) for name in header) + r" \\",
        r"\midrule",
    ]
    lines += _latex_rows(rows)
    lines += [r"\bottomrule", r"\end{tabular}"]
    note = _notes(frame, notes)
    if note:
        lines += [
            r"\begin{tablenotes}[flushleft]",
            r"\footnotesize",
            rf"\item {latex_text(plain(note))}",
            r"\end{tablenotes}",
        ]
    lines += [r"\end{threeparttable}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def to_longtable(frame: pd.DataFrame, caption: str = "", *, notes: str | None = None) -> str:
    r"""Return a ``longtable`` with booktabs rules, which runs over pages with its head repeated.

    Needs ``\usepackage{array,booktabs,longtable}``. Cells are escaped as by `to_latex`; columns of
    long texts are wrapped. Notes stand below, by default ``frame.attrs["notes"]``.
    """
    header, rows, right = _cells(frame)
    head = " & ".join(latex_text(name) for name in header) + r" \\"
    begin = [rf"\caption{{{latex_text(caption)}}} \\"] if caption else []
    lines = [
        rf"\begin{{longtable}}{{{_latex_columns(header, rows, right)}}}",
        *begin,
        *(r"\toprule", head, r"\midrule", r"\endfirsthead"),
        rf"\multicolumn{{{max(len(header), 1)}}}{{l}}{{\itshape continued}} \\",
        *(r"\toprule", head, r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot"),
        *_latex_rows(rows),
        r"\end{longtable}",
    ]
    note = _notes(frame, notes)
    if note:
        lines.append(rf"{{\noindent {latex_text(plain(note))}\par}}")
    return "\n".join(lines) + "\n"


def _latex_columns(header: list[str], rows: list[list[str]], right: list[bool]) -> str:
    """The columns of a longtable: long texts share what the others leave of a line, and wrap."""
    longest = [
        max([len(name), *(len(row[j]) for row in rows if not text_table.is_heading(row))])
        for j, name in enumerate(header)
    ]
    wraps = [not side and width > _UNWRAPPED for side, width in zip(right, longest, strict=True)]
    pairs = list(zip(longest, wraps, strict=True))
    room = 0.97 - sum(0.016 + (0 if wrap else width / _LATEX_LINE) for width, wrap in pairs)
    sizes = [max(width, _UNWRAPPED) ** 0.75 if wrap else 0.0 for width, wrap in pairs]
    parts = []
    for size, side in zip(sizes, right, strict=True):
        if size:
            share = max(room, 0.1) * size / sum(sizes)
            parts.append(rf">{{\raggedright\arraybackslash}}p{{{share:.3f}\linewidth}}")
        else:
            parts.append("r" if side else "l")
    return "".join(parts)


def _latex_rows(rows: list[list[str]]) -> list[str]:
    lines: list[str] = []
    for place, row in enumerate(rows):
        if text_table.is_heading(row):
            space = [r"\addlinespace"] if place else []
            span = rf"\multicolumn{{{len(row)}}}{{l}}{{\textit{{{latex_text(row[0])}}}}} \\"
            lines += [*space, span]
        else:
            lines.append(" & ".join(latex_text(cell) for cell in row) + r" \\")
    return lines


def to_html(frame: pd.DataFrame, *, caption: str | None = None, notes: str | None = None) -> str:
    """Return a ``<table>`` whose every text is escaped; numbers carry the class ``num``."""
    header, rows, right = _cells(frame)
    kind = [' class="num"' if side else "" for side in right]
    parts = ["<table>"]
    if caption:
        parts.append(f"<caption>{html.escape(caption)}</caption>")
    heads = "".join(
        f'<th scope="col"{k}>{html.escape(name)}</th>' for name, k in zip(header, kind, strict=True)
    )
    parts.append(f"<thead><tr>{heads}</tr></thead>\n<tbody>")
    for row in rows:
        if text_table.is_heading(row):
            parts.append(
                f'<tr class="heading"><th scope="rowgroup" colspan="{len(row)}">'
                f"{html.escape(row[0])}</th></tr>"
            )
            continue
        cells = "".join(f"<td{k}>{_marked(cell)}</td>" for cell, k in zip(row, kind, strict=True))
        parts.append(f"<tr>{cells}</tr>")
    parts.append("</tbody>")
    note = _notes(frame, notes)
    if note and header:
        parts.append(
            f'<tfoot><tr><td colspan="{len(header)}">{html.escape(note)}</td></tr></tfoot>'
        )
    parts.append("</table>")
    return "\n".join(parts)


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
) -> pd.DataFrame:
    """Return the table a paper prints: groups down, windows across, p-values beneath.

    Parameters
    ----------
    statistics
        The tidy frame: group, window_start, window_end, measure, name, estimate (decimal
        returns), pvalue, n_events. Used where present: n_units, note, influential_date,
        estimate_without.
    name
        The statistic whose p-values decide the stars.
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
    chosen = statistics[statistics["measure"] == measure]
    if len(statistics):
        choose(name, statistics["name"].unique(), "statistic")
    chosen = chosen[chosen["name"] == name]
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
        above, below = [wording.group_label(group)], [""]
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
            p_text = wording.p_value(row.pvalue)
            dagger = wording.THIN_MARK if is_thin and p_text else ""
            below.append(f"({p_text or 'n/a'}){dagger}")
            counts.append(int(row.n_events))
            dates.append(wording.independent_dates(row))
        above.append(f"{max(counts)}")
        if has_dates:
            above.append(f"{max(dates)}")
        rows += [above, below + [""] * (len(above) - len(below))]
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
        influence=influence_note([cells[key] for key in cells if key[1:] in shown], stars),
    )
    return table


def _layout_notes(
    chosen: pd.DataFrame,
    quantity: str,
    stars: str,
    sided: str,
    min_dates: int,
    *,
    has_dates: bool,
    has_thin: bool,
    influence: str,
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
            f"p-values of {name} in parentheses, {sided}. {stars}, not adjusted for the number of "
            f"tests shown; none under {min_dates} {unit}."
        )
        if has_dates:
            notes += " Dates: independent ones, on which the p-values rest."
    if has_thin:
        # A caller's own threshold is not what the sentence about few dates speaks of.
        why = wording.THIN if min_dates == wording.MIN_DATES else f"under {min_dates} dates"
        notes += f" {wording.THIN_MARK} {why}."
    return f"{notes} {influence}".rstrip()


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
        if wording.stars_for(row.pvalue, stars)
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


def _cells(frame: pd.DataFrame) -> tuple[list[str], list[list[str]], list[bool]]:
    """Return header, rows of texts, and which columns are set to the right."""
    header = [cell_text(name) for name in frame.columns]
    columns = [[cell_text(value) for value in frame.iloc[:, j]] for j in range(frame.shape[1])]
    right = []
    for texts in columns:
        filled = [text for text in texts if text]
        right.append(bool(filled) and all(_is_number(text) for text in filled))
    return header, [list(row) for row in zip(*columns, strict=True)], right


def _is_number(text: str) -> bool:
    return text in {"(n/a)", "n/a"} or _NUMERIC.fullmatch(text) is not None


def _notes(frame: pd.DataFrame, notes: str | None) -> str:
    return str(frame.attrs.get("notes", "")) if notes is None else notes


def markdown_text(text: str) -> str:
    """Return a text in which Markdown and HTML act on nothing."""
    escaped = re.sub(r"([\\`*_|~])", r"\\\1", text)
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("](", "]\\(")


def _marked(text: str) -> str:
    """Escape a cell; the stars of a number hang in a span of their own."""
    bare = text.rstrip("*†")
    if bare == text or not _is_number(text):
        return html.escape(text)
    return f'{html.escape(bare)}<span class="mark">{text[len(bare) :]}</span>'


def latex_text(text: str) -> str:
    """Return a text in which LaTeX acts on nothing; the stars of a number hang."""
    text = plain(text)
    if _is_number(text):  # stars and closing parentheses hang, so that digits stand above digits
        bare = text.rstrip(text_table.TAIL)
        tail = text[len(bare) :].replace(wording.THIN_MARK, _LATEX[wording.THIN_MARK])
        number = "".join(_LATEX.get(character, character) for character in bare.replace("-", "−"))
        return number + (rf"\rlap{{{tail}}}" if tail else "")
    escaped = "".join(_LATEX.get(character, character) for character in text)
    return "{*}" + escaped[1:] if escaped.startswith("*") else escaped
