"""A table as a Word document, with the rules of a printed table and its notes below."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import NotApplicableError
from eventstudy.reporting import text_table
from eventstudy.reporting.tables import Cells, cells_of
from eventstudy.text import plain

if TYPE_CHECKING:
    import pandas as pd

_SIZE, _SMALL = 10, 8  # points
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def to_word(frame: pd.DataFrame, caption: str | None = None, *, notes: str | None = None) -> bytes:
    """Return a docx file with one table.

    Rules stand above and below the head and at the end, as in print; numbers are set to the right,
    headings of panels across. Heads repeat on every page. Equal tables give equal bytes.

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
    document.styles["Normal"].font.size = docx.shared.Pt(_SIZE)
    if caption:
        _write(docx, document.add_paragraph(), plain(caption), is_bold=True)
    _draw(docx, document, cells)
    said = str(frame.attrs.get("notes", "")) if notes is None else notes
    if said:
        _write(docx, document.add_paragraph(), plain(said), points=_SMALL)
    buffer = io.BytesIO()
    document.save(buffer)
    return _undated(buffer.getvalue())


def _draw(docx: Any, document: Any, cells: Cells) -> None:  # noqa: ANN401
    """Add the table: heads, rows, headings across, and its rules."""
    heads = [cells.header]
    if cells.spans:
        heads.insert(0, [name for name, width in cells.spans for _ in range(width)])
    table = document.add_table(rows=len(heads) + len(cells.rows), cols=max(len(cells.header), 1))
    table.alignment = docx.enum.table.WD_TABLE_ALIGNMENT.CENTER
    # Rows of a python-docx table are found anew at every look.
    rows = list(table.rows)
    grid = [row.cells for row in rows]
    if cells.spans:
        _draw_spans(docx, grid[0], cells.spans)
    for j, text in enumerate(cells.header):
        _fill(docx, grid[len(heads) - 1][j], text, is_right=cells.right[j], is_bold=True)
    for row in rows[: len(heads)]:
        _repeat(docx, row)
    for at, texts in enumerate(cells.rows, start=len(heads)):
        if text_table.is_heading(texts):
            merged = grid[at][0].merge(grid[at][-1])
            _fill(docx, merged, texts[0], is_right=False, is_italic=True)
            continue
        for j, text in enumerate(texts):
            _fill(docx, grid[at][j], text, is_right=cells.right[j])
    for at, edges in ((0, {"top": 8}), (len(heads) - 1, {"bottom": 4}), (-1, {"bottom": 8})):
        for cell in grid[at]:
            _rule(docx, cell, **edges)


def _draw_spans(docx: Any, cells: Any, spans: list[tuple[str, int]]) -> None:  # noqa: ANN401
    """Write the heads that stand over several columns, a rule below each."""
    at = 0
    for name, width in spans:
        if name:
            merged = cells[at].merge(cells[at + width - 1])
            _fill(docx, merged, name, is_right=False, is_bold=True)
            merged.paragraphs[0].alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.CENTER
            _rule(docx, merged, bottom=4)
        at += width


def _docx() -> Any:  # noqa: ANN401 - a module without types
    try:
        import docx
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
    docx: Any, cell: Any, text: str, *, is_right: bool, is_bold: bool = False,  # noqa: ANN401
    is_italic: bool = False,
) -> None:  # fmt: skip
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = docx.shared.Pt(0)
    if is_right:
        paragraph.alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
    _write(docx, paragraph, plain(text), is_bold=is_bold, is_italic=is_italic)


def _write(
    docx: Any, paragraph: Any, text: str, *, is_bold: bool = False,  # noqa: ANN401
    is_italic: bool = False, points: int = _SIZE,
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
