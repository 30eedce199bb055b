"""Tidy frame -> text, Markdown, LaTeX and HTML.

Every writer takes any frame, leaves it unchanged and ignores its index. Cells become text in one
place: floats with four significant digits, dates in ISO, missing cells empty, booleans yes or no.
Notes are taken from ``frame.attrs["notes"]`` when none are given, so that the legend of
`layout` follows its table everywhere. A row whose only filled cell is the first is a heading.
Columns of two levels have a row of heads over several columns each.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import text_table
from eventstudy.reporting.latex_page import SIZES, LatexSize, latex_needs, too_wide
from eventstudy.text import is_missing, plain

_NUMERIC = re.compile(
    r"[<(]*[+\-−]?(\d[\d,.]*|inf)([eE][+\-]?\d+)?( to \d[\d,.]*)?( ?%)?\)?\**\)?†?"
    r"|[\[{]<?[+\-−]?\d[\d.]*[\]}]\**†?"
)
_S_CELL = re.compile(r"([^\d+\-−]*)([+\-−]?\d[\d,]*(?:\.\d+)?)([^\d]*)")
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
    cells = cells_of(frame)
    header, rows, right = cells.flat_header, cells.rows, cells.right
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
    cells = cells_of(frame)
    lines = [
        "| " + " | ".join(markdown_text(name) for name in cells.flat_header) + " |",
        "| " + " | ".join("---:" if side else ":---" for side in cells.right) + " |",
    ]
    for row in cells.rows:
        texts = [markdown_text(cell) for cell in row]
        if text_table.is_heading(row):
            texts[0] = f"**{texts[0]}**"
        lines.append("| " + " | ".join(texts) + " |")
    note = _notes(frame, notes)
    if note:
        lines += ["", markdown_text(plain(note))]
    return "\n".join(lines)


def to_latex(
    frame: pd.DataFrame,
    caption: str | None = None,
    label: str | None = None,
    notes: str | None = None,
    *,
    siunitx: bool = False,
    size: LatexSize = "normalsize",
    landscape: bool = False,
) -> str:
    r"""Return a ``table`` with booktabs rules and threeparttable notes.

    Comments say which packages it needs (straight quotes ``[T1]{fontenc}`` besides), and that it is
    wider than the page. Cells are formatted first and escaped afterwards, so a ``%`` never comments
    out a row; square brackets are braced, since ``[-1,+1]`` after ``\\`` would be an optional
    argument, and so is a ``*`` that opens a row. Letters outside Latin need XeLaTeX or LuaLaTeX.

    Parameters
    ----------
    frame
        Any frame; the index is not shown.
    caption, notes
        Plain text, escaped here. `notes` defaults to ``frame.attrs["notes"]``.
    label
        For ``\ref``: letters, digits and ``:._-/`` only.
    siunitx
        Whether numbers stand in ``S`` columns, which align their decimal points; version 3.
    size, landscape
        Of the type, and whether the page is turned (``sidewaystable`` of rotating).

    Raises
    ------
    SpecificationError
        A label that LaTeX could not read; an unknown size.
    """
    cells = cells_of(frame)
    needed = ["booktabs", "threeparttable", *(["rotating"] if landscape else [])]
    wide = too_wide(cells.header, cells.rows, size=choose(size, SIZES, "size"), landscape=landscape)
    place = "sidewaystable" if landscape else "table"
    lines = [
        latex_needs(needed, siunitx=siunitx),
        *([f"% {wide}"] if wide else []),
        rf"\begin{{{place}}}" + ("" if landscape else "[htbp]"),
        *(r"\centering", *([rf"\{size}"] if size != "normalsize" else [])),
        # Notes are as wide as the table, and at least so wide that they can be read.
        *(r"\renewcommand{\TPTminimum}{0.7\linewidth}", r"\begin{threeparttable}"),
    ]
    if caption:
        lines.append(rf"\caption{{{latex_text(caption)}}}")
    lines += [
        *_latex_label(label),
        # A table narrower than its notes would stand on their left: an outer one, held as wide as
        # they are by a line of no height, centres it.
        r"\begin{tabular}{@{}c@{}}",
        r"\rule{\TPTminimum}{0pt}\\[-\arraystretch\baselineskip]",
        rf"\begin{{tabular}}{{{_short_columns(cells, siunitx=siunitx)}}}",
        r"\toprule",
        *_latex_head(cells, siunitx=siunitx),
        r"\midrule",
        *_latex_rows(cells, siunitx=siunitx),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{tabular}",
    ]
    note = _notes(frame, notes)
    if note:
        lines += [
            r"\begin{tablenotes}[flushleft]",
            r"\scriptsize" if size == "scriptsize" else r"\footnotesize",
            rf"\item {latex_text(plain(note))}",
            r"\end{tablenotes}",
        ]
    lines += [r"\end{threeparttable}", rf"\end{{{place}}}"]
    return "\n".join(lines) + "\n"


def to_longtable(
    frame: pd.DataFrame,
    caption: str | None = None,
    label: str | None = None,
    *,
    notes: str | None = None,
    siunitx: bool = False,
) -> str:
    r"""Return a ``longtable`` with booktabs rules, which runs over pages with its head repeated.

    A comment names the packages it needs. Cells are escaped as by `to_latex`; columns of long texts
    are wrapped. Notes are below, by default ``frame.attrs["notes"]``.
    """
    cells = cells_of(frame)
    head = _latex_head(cells, siunitx=siunitx)
    marked = "".join(_latex_label(label))
    begin = [rf"\caption{{{latex_text(caption)}}}{marked} \\"] if caption else []
    columns = (
        _short_columns(cells, siunitx=True)
        if siunitx
        else _latex_columns(cells.header, cells.rows, cells.right)
    )
    lines = [
        latex_needs(["array", "booktabs", "longtable"], siunitx=siunitx),
        rf"\begin{{longtable}}{{{columns}}}",
        *begin,
        *(r"\toprule", *head, r"\midrule", r"\endfirsthead"),
        rf"\multicolumn{{{max(len(cells.header), 1)}}}{{l}}{{\itshape continued}} \\",
        *(r"\toprule", *head, r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot"),
        *_latex_rows(cells, siunitx=siunitx),
        r"\end{longtable}",
    ]
    note = _notes(frame, notes)
    if note:
        lines.append(rf"{{\footnotesize\noindent {latex_text(plain(note))}\par}}")
    return "\n".join(lines) + "\n"


def _latex_label(label: str | None) -> list[str]:
    if label is None:
        return []
    if not re.fullmatch(r"[A-Za-z0-9:._/\-]+", label):
        raise SpecificationError(f"LaTeX label {label!r}: use letters, digits and :._-/ only")
    return [rf"\label{{{label}}}"]


def _latex_head(cells: Cells, *, siunitx: bool) -> list[str]:
    """Return the rows of heads; those over several columns have a rule below."""
    lines = []
    if cells.spans:
        parts, rules, at = [], [], 1
        for name, width in cells.spans:
            if name:
                parts.append(rf"\multicolumn{{{width}}}{{c}}{{{latex_text(name)}}}")
                rules.append(rf"\cmidrule(lr){{{at}-{at + width - 1}}}")
            else:
                parts += [""] * width
            at += width
        lines += [" & ".join(parts) + r" \\", " ".join(rules)]
    names = [
        f"{{{latex_text(name)}}}" if side and siunitx else latex_text(name)
        for name, side in zip(cells.header, cells.right, strict=True)
    ]
    return [*lines, " & ".join(names) + r" \\"]


def _short_columns(cells: Cells, *, siunitx: bool) -> str:
    """The columns of a table whose texts do not wrap; numbers with siunitx are ``S``."""
    columns = _by_column(cells)
    kinds = [
        f"r{_room_for_stars(column)}" if side else "l"
        for column, side in zip(columns, cells.right, strict=True)
    ]
    if siunitx:
        kinds = [
            _s_column(column) if side else kind
            for column, side, kind in zip(columns, cells.right, kinds, strict=True)
        ]
    return "".join(kinds)


def _by_column(cells: Cells) -> list[list[str]]:
    return [[row[j] for row in cells.rows] for j in range(len(cells.header))]


def _room_for_stars(texts: list[str]) -> str:
    """Return the space behind a column whose stars hang over into it; empty without stars."""
    most = max((len(text) - len(text.rstrip("*†")) for text in texts), default=0)
    return rf"@{{\hspace{{{1 + 0.5 * most:g}em}}}}" if most else ""


def _s_column(texts: list[str]) -> str:
    """Return the ``S`` column that has room for every number, its brackets and its stars."""
    has_point = any("." in text for text in texts)
    found = [parts for text in texts if (parts := _s_parts(text, has_point=has_point))]
    numbers = [number for _, number, _ in found]
    whole = max((len(number.lstrip("+-").partition(".")[0]) for number in numbers), default=1)
    decimals = max((len(number.partition(".")[2]) for number in numbers), default=0)
    sign = "-" if any(number[0] in "+-" for number in numbers) else ""
    before = max((text for text, _, _ in found), key=len, default="")
    after = max((text for _, _, text in found), key=len, default="")
    options = [
        f"table-format={sign}{whole}" + (f".{decimals}" if decimals else ""),
        f"table-space-text-pre={{{_escaped(before)}}}",
        f"table-space-text-post={{{_escaped(after)}}}",
        "table-align-text-pre=false",
        "table-align-text-post=false",
        "retain-explicit-plus",
    ]
    return f"S[{','.join(options)}]"


def _s_parts(text: str, *, has_point: bool) -> tuple[str, str, str] | None:
    """Return what stands before a number, the number, and what stands behind it.

    None for a text, and for a count in a column of decimals, which has no place among them.
    """
    match = _S_CELL.fullmatch(text)
    if match is None or (has_point and "." not in text):
        return None
    before, number, after = match.groups()
    return before, number.replace("−", "-").replace(",", ""), after


def _s_cell(text: str, *, has_point: bool) -> str:
    parts = _s_parts(text, has_point=has_point)
    if parts is None:
        return f"{{{latex_text(text)}}}" if text else ""
    before, number, after = parts
    ends = [f"{{{_escaped(part)}}}" if part else "" for part in (before, after)]
    return number.join(ends)


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
    for j, (size, side) in enumerate(zip(sizes, right, strict=True)):
        if size:
            share = max(room, 0.1) * size / sum(sizes)
            parts.append(rf">{{\raggedright\arraybackslash}}p{{{share:.3f}\linewidth}}")
        else:
            parts.append(f"r{_room_for_stars([row[j] for row in rows])}" if side else "l")
    return "".join(parts)


def _latex_rows(cells: Cells, *, siunitx: bool = False) -> list[str]:
    lines: list[str] = []
    has_point = [any("." in text for text in column) for column in _by_column(cells)]
    for place, row in enumerate(cells.rows):
        if text_table.is_heading(row):
            space = [r"\addlinespace"] if place else []
            span = rf"\multicolumn{{{len(row)}}}{{l}}{{\textit{{{latex_text(row[0])}}}}} \\"
            lines += [*space, span]
            continue
        texts = [
            _s_cell(cell, has_point=point) if side and siunitx else latex_text(cell)
            for cell, side, point in zip(row, cells.right, has_point, strict=True)
        ]
        lines.append(" & ".join(texts) + r" \\")
    return lines


def to_html(frame: pd.DataFrame, *, caption: str | None = None, notes: str | None = None) -> str:
    """Return a ``<table>`` whose every text is escaped; numbers carry the class ``num``."""
    cells = cells_of(frame)
    header = cells.header
    kind = [' class="num"' if side else "" for side in cells.right]
    parts = ["<table>"]
    if caption:
        parts.append(f"<caption>{html.escape(caption)}</caption>")
    heads = "".join(
        f'<th scope="col"{k}>{html.escape(name)}</th>' for name, k in zip(header, kind, strict=True)
    )
    over = "".join(
        f'<th scope="colgroup" colspan="{width}">{html.escape(name)}</th>'
        if name
        else f'<td colspan="{width}"></td>'
        for name, width in cells.spans
    )
    above = f"<tr>{over}</tr>" if over else ""
    parts.append(f"<thead>{above}<tr>{heads}</tr></thead>\n<tbody>")
    for row in cells.rows:
        if text_table.is_heading(row):
            parts.append(
                f'<tr class="heading"><th scope="rowgroup" colspan="{len(row)}">'
                f"{html.escape(row[0])}</th></tr>"
            )
            continue
        texts = "".join(f"<td{k}>{_marked(cell)}</td>" for cell, k in zip(row, kind, strict=True))
        parts.append(f"<tr>{texts}</tr>")
    parts.append("</tbody>")
    note = _notes(frame, notes)
    if note and header:
        parts.append(
            f'<tfoot><tr><td colspan="{len(header)}">{html.escape(note)}</td></tr></tfoot>'
        )
    parts.append("</table>")
    return "\n".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A frame as texts, which every writer draws.

    Attributes
    ----------
    spans : heads over several columns and their widths, empty ones among them; none where columns
        have one level
    header, rows : texts; a row whose only filled cell is the first is a heading
    right : which columns are of numbers, set to the right
    """

    spans: list[tuple[str, int]]
    header: list[str]
    rows: list[list[str]]
    right: list[bool]

    @property
    def flat_header(self) -> list[str]:
        """Heads in one row, each with what stands over it."""
        over = [name for name, width in self.spans for _ in range(width)]
        if not over:
            return self.header
        return [", ".join(filter(None, parts)) for parts in zip(over, self.header, strict=True)]


def cells_of(frame: pd.DataFrame) -> Cells:
    """Return the texts of a frame, its index left out."""
    spans: list[tuple[str, int]] = []
    header = [cell_text(name) for name in frame.columns]
    if frame.columns.nlevels > 1:
        header = [cell_text(name[-1]) for name in frame.columns]
        for name in frame.columns:
            over = cell_text(list(name[:-1]))
            if spans and spans[-1][0] == over:
                spans[-1] = (over, spans[-1][1] + 1)
            else:
                spans.append((over, 1))
    columns = [[cell_text(value) for value in frame.iloc[:, j]] for j in range(frame.shape[1])]
    right = []
    for texts in columns:
        filled = [text for text in texts if text]
        right.append(bool(filled) and all(_is_number(text) for text in filled))
    rows = [list(row) for row in zip(*columns, strict=True)]
    return Cells(spans=spans, header=header, rows=rows, right=right)


def _is_number(text: str) -> bool:
    return text.strip("()[]{}") == "n/a" or _NUMERIC.fullmatch(text) is not None


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
        tail = _escaped(text[len(bare) :])
        number = _escaped(bare.replace("-", "−"))
        return number + (rf"\rlap{{{tail}}}" if tail else "")
    escaped = _escaped(text)
    return "{*}" + escaped[1:] if escaped.startswith("*") else escaped


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
