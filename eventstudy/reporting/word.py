"""A table as a Word document, with the rules of a printed table and its notes below."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import NotApplicableError
from eventstudy.reporting import text_table
from eventstudy.reporting.tables import Cells, cells_of
from eventstudy.text import display_width, plain

if TYPE_CHECKING:
    import pandas as pd

_SIZE, _SMALL, _LEAST = 10, 8, 7  # points
_FONT = "Times New Roman"
_LETTER, _BOLD, _MARGINS = 0.52, 1.1, 12.0  # a letter's width over its size; points beside a text
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def to_word(frame: pd.DataFrame, caption: str | None = None, *, notes: str | None = None) -> bytes:
    """Return a docx file with one table.

    Rules stand above and below the head and at the end, as in print; numbers are set to the right,
    headings of panels across. Columns are as wide as their words; where they do not fit on the page
    letters become smaller, then the page is turned. Heads repeat on every page. Equal tables give
    equal bytes.

    Parameters
    ----------
    frame
        Any frame; the index is not shown.
    caption
        Above the table.
    notes
        Below it; default ``frame.attrs["notes"]``.

    Raises
    ------
    NotApplicableError
        python-docx is not installed.
    """
    docx = _docx()
    cells = cells_of(frame)
    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = _EPOCH
    document.core_properties.author = ""
    document.styles["Normal"].font.name = _FONT
    document.styles["Normal"].font.size = docx.shared.Pt(_SIZE)
    if caption:
        _write(docx, document.add_paragraph(), plain(caption), is_bold=True)
    points = _set_page(docx, document.sections[0], cells)
    _draw(docx, document, cells, points)
    said = str(frame.attrs.get("notes", "")) if notes is None else notes
    if said:
        below = document.add_paragraph()
        below.paragraph_format.space_before = docx.shared.Pt(4)
        _write(docx, below, plain(said), points=_SMALL)
    buffer = io.BytesIO()
    document.save(buffer)
    return _undated(buffer.getvalue())


def _needed(cells: Cells) -> list[float]:
    """Return the letters of the longest cell of each column, of heads the longest word."""
    needed = [_BOLD * max(map(_letters, head.split()), default=1.0) for head in cells.header]
    for row in cells.rows:
        if not text_table.is_heading(row):
            needed = [max(most, _letters(text)) for most, text in zip(needed, row, strict=True)]
    return needed


def _letters(text: str) -> float:
    """Return how wide a text is in letters of a common width, capitals half as wide again."""
    return display_width(text) + 0.5 * sum(letter.isupper() or letter in "mw" for letter in text)


def _text_width(docx: Any, section: Any) -> float:  # noqa: ANN401
    """Return the points between the margins of a page."""
    margins = section.left_margin + section.right_margin
    return float(docx.shared.Emu(section.page_width - margins).pt)


def _most_points(docx: Any, section: Any, cells: Cells) -> float:  # noqa: ANN401
    """Return the size of letters with which the table is as wide as the page."""
    wide = _text_width(docx, section) - _MARGINS * len(cells.header)
    return wide / (_LETTER * max(1.0, sum(_needed(cells))))


def _set_page(docx: Any, section: Any, cells: Cells) -> float:  # noqa: ANN401
    """Turn the page where the table is too wide for it, and return the size of its letters."""
    points = _most_points(docx, section, cells)
    if points < _LEAST:
        section.orientation = docx.enum.section.WD_ORIENT.LANDSCAPE
        high, wide = sorted((section.page_width, section.page_height))
        section.page_width, section.page_height = wide, high
        points = _most_points(docx, section, cells)
    return float(min(_SIZE, max(_LEAST, int(2.0 * points) / 2.0)))


def _set_widths(docx: Any, document: Any, table: Any, cells: Cells, points: float) -> None:  # noqa: ANN401
    """Give each column what its words need, and an equal part of what is left of the page."""
    wide = _text_width(docx, document.sections[0])
    needed = [_MARGINS + _LETTER * points * letters for letters in _needed(cells)]
    spare = max(0.0, wide - sum(needed)) / max(1, len(needed))
    table.autofit = False
    for column, width in zip(table.columns, needed, strict=True):
        column.width = docx.shared.Pt(width + spare)
        for cell in column.cells:
            cell.width = docx.shared.Pt(width + spare)


def _draw(docx: Any, document: Any, cells: Cells, points: float) -> None:  # noqa: ANN401
    """Add the table: heads, rows, headings across, and its rules."""
    heads = [cells.header]
    if cells.spans:
        heads.insert(0, [name for name, width in cells.spans for _ in range(width)])
    table = document.add_table(rows=len(heads) + len(cells.rows), cols=max(len(cells.header), 1))
    table.alignment = docx.enum.table.WD_TABLE_ALIGNMENT.CENTER
    if cells.header:
        _set_widths(docx, document, table, cells, points)
    # Rows of a python-docx table are found anew at every look.
    rows = list(table.rows)
    grid = [row.cells for row in rows]
    if cells.spans:
        _draw_spans(docx, grid[0], cells.spans, points)
    for j, text in enumerate(cells.header):
        head = grid[len(heads) - 1][j]
        _fill(docx, head, text, points, is_right=cells.right[j], is_bold=True)
    for row in rows[: len(heads)]:
        _repeat(docx, row)
    for at, texts in enumerate(cells.rows, start=len(heads)):
        if text_table.is_heading(texts):
            merged = _merged(grid[at][0], grid[at][-1])
            _fill(docx, merged, texts[0], points, is_right=False, is_italic=True)
            continue
        for j, text in enumerate(texts):
            _fill(docx, grid[at][j], text, points, is_right=cells.right[j])
    for at, edges in ((0, {"top": 8}), (len(heads) - 1, {"bottom": 4}), (-1, {"bottom": 8})):
        for cell in grid[at]:
            _rule(docx, cell, **edges)


def _merged(first: Any, last: Any) -> Any:  # noqa: ANN401
    """Merge cells into one with a single line, where python-docx leaves a line of each."""
    cell = first.merge(last)
    for paragraph in cell.paragraphs[1:]:
        paragraph._p.getparent().remove(paragraph._p)  # noqa: SLF001 - it cannot remove any
    return cell


def _draw_spans(
    docx: Any, cells: Any, spans: list[tuple[str, int]], points: float  # noqa: ANN401
) -> None:  # fmt: skip
    """Write the heads that stand over several columns, a rule below each."""
    at = 0
    for name, width in spans:
        merged = _merged(cells[at], cells[at + width - 1]) if name else cells[at]
        _fill(docx, merged, name, points, is_right=False, is_bold=True)
        if name:
            merged.paragraphs[0].alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.CENTER
            _rule(docx, merged, bottom=4)
        at += width


def _docx() -> Any:  # noqa: ANN401 - a module without types
    try:
        import docx
        import docx.enum.section
        import docx.enum.table
        import docx.enum.text
        import docx.oxml
        import docx.oxml.ns
        import docx.shared
    except ImportError:
        raise NotApplicableError(
            "docx needs python-docx", remedy='pip install "market-reaction[word]"'
        ) from None
    return docx


def _fill(
    docx: Any, cell: Any, text: str, points: float, *, is_right: bool,  # noqa: ANN401
    is_bold: bool = False, is_italic: bool = False,
) -> None:  # fmt: skip
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = docx.shared.Pt(0)
    if is_right:
        paragraph.alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
    _write(docx, paragraph, plain(text), is_bold=is_bold, is_italic=is_italic, points=points)


def _write(
    docx: Any, paragraph: Any, text: str, *, is_bold: bool = False,  # noqa: ANN401
    is_italic: bool = False, points: float = _SIZE,
) -> None:  # fmt: skip
    run = paragraph.add_run(text)
    run.bold, run.italic = is_bold, is_italic
    run.font.size = docx.shared.Pt(points)


def _rule(docx: Any, cell: Any, **edges: int) -> None:  # noqa: ANN401
    """Draw rules at edges of a cell, in eighths of a point."""
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 - python-docx has no borders
    name = docx.oxml.ns.qn("w:tcBorders")
    borders = properties.find(name)
    if borders is None:
        borders = docx.oxml.OxmlElement("w:tcBorders")
        properties.append(borders)
    for edge, size in edges.items():
        rule = borders.find(docx.oxml.ns.qn(f"w:{edge}"))
        if rule is None:
            rule = docx.oxml.OxmlElement(f"w:{edge}")
            borders.append(rule)
        rule.set(docx.oxml.ns.qn("w:val"), "single")
        rule.set(docx.oxml.ns.qn("w:sz"), str(size))


def _repeat(docx: Any, row: Any) -> None:  # noqa: ANN401
    """Show a row of heads on every page."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no such switch
    properties.append(docx.oxml.OxmlElement("w:tblHeader"))


def _undated(content: bytes) -> bytes:
    """Return a zip file whose entries carry no time of their writing."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
