"""A table as a workbook: one sheet as it is printed, one with its numbers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from eventstudy.io import frame_sheets
from eventstudy.reporting import text_table
from eventstudy.reporting.tables import cells_of
from eventstudy.text import display_width, plain

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

_FONT = "Calibri"
_CAPTION_WIDTH, _NOTE_WIDTH = 70, 90  # characters of a line


def to_excel(
    frame: pd.DataFrame,
    caption: str | None = None,
    *,
    notes: str | None = None,
    numbers: pd.DataFrame | None = None,
    percent: Collection[str] = (),
    pvalues: Collection[str] = (),
) -> bytes:
    """Return an xlsx file whose first sheet is the table as it is printed.

    Cells are texts, so that stars, brackets and decimals stay; `numbers` are a second sheet, as
    numbers. Equal tables give equal bytes.

    Parameters
    ----------
    frame, caption, notes
        As for `eventstudy.reporting.tables.to_latex`.
    numbers
        What the table was made of; None leaves the sheet out.
    percent, pvalues
        Columns of `numbers` that are decimal returns and shares, and p-values.

    Raises
    ------
    NotApplicableError
        XlsxWriter is not installed.
    """
    buffer = io.BytesIO()
    book = frame_sheets.new_book(buffer)
    _draw(book, frame, caption, str(frame.attrs.get("notes", "")) if notes is None else notes)
    if numbers is not None:
        frame_sheets.add_sheet(book, "numbers", numbers, percent=percent, pvalues=pvalues)
    book.close()
    return buffer.getvalue()


def _draw(book: Any, frame: pd.DataFrame, caption: str | None, notes: str) -> None:  # noqa: ANN401
    cells = cells_of(frame)
    last = max(len(cells.header) - 1, 0)
    sheet = book.add_worksheet("table")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)  # printed as wide as a page
    sheet.hide_gridlines(2)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    styles = _Styles(book)
    at = 0
    for line in text_table.wrap(plain(caption), _CAPTION_WIDTH) if caption else []:
        sheet.write_string(at, 0, line, styles.of(bold=True))
        at += 1
    first = at
    if cells.spans:
        column = 0
        for name, width in cells.spans:
            look = styles.of(bold=True, align="center", top=2, bottom=1 if name else 0)
            if width > 1 and name:
                sheet.merge_range(at, column, at, column + width - 1, name, look)
            else:
                for j in range(column, column + width):
                    sheet.write_string(at, j, name, look)
            column += width
        at += 1
    for j, name in enumerate(cells.header):
        top = 2 if at == first else 0
        align = "right" if cells.right[j] else "left"
        sheet.write_string(at, j, name, styles.of(bold=True, align=align, top=top, bottom=1))
    at += 1
    for n, row in enumerate(cells.rows):
        bottom = 2 if n == len(cells.rows) - 1 else 0
        is_heading = text_table.is_heading(row)
        for j, text in enumerate(row):
            align = "right" if cells.right[j] and not is_heading else "left"
            look = styles.of(align=align, bottom=bottom, italic=is_heading)
            sheet.write_string(at, j, text, look)
        at += 1
    for line in text_table.wrap(plain(notes), _NOTE_WIDTH) if notes else []:
        sheet.write_string(at, 0, line, styles.of(font_size=8))
        at += 1
    for j in range(last + 1):
        texts = [cells.header[j]] + [row[j] for row in cells.rows if not text_table.is_heading(row)]
        sheet.set_column(j, j, max(display_width(text) for text in texts) + 2)


class _Styles:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:  # noqa: ANN401 - a module without types
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def of(self, **look: object) -> Any:  # noqa: ANN401
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": _FONT, "font_size": 10} | look)
        return self._made[key]
