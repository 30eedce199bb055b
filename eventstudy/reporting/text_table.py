"""Draw a table of texts in lines no wider than a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.text import display_width

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIL = "*)]}†"  # what hangs beside a number, so that digits stand above digits
_MIN_COLUMN = 8
_MAX_WORD = 24


def draw_table(header: list[str], rows: list[list[str]], right: list[bool], width: int) -> str:
    """Return the table as text; a table that is still too wide is cut into blocks.

    Parameters
    ----------
    header, rows
        Texts; a row whose only filled cell is the first is a heading.
    right
        Which columns are set to the right.
    width
        No line is wider.
    """
    rows = _hang(rows, right)
    widths = [
        max([display_width(name), *(display_width(row[j]) for row in rows)])
        for j, name in enumerate(header)
    ]
    # The first column holds names, to be typed again: they are not broken while there is room.
    lows = [
        _readable([name, *(row[j] for row in rows)], _MAX_WORD if j else max(_MAX_WORD, width // 2))
        for j, name in enumerate(header)
    ]
    widths = _shrink(widths, right, lows, width)
    blocks = []
    for columns in _blocks(widths, width):
        lines = _lines(header, widths, right, columns)
        total = sum(widths[j] for j in columns) + 2 * (len(columns) - 1)
        lines.append("-" * total)
        for row in rows:
            if is_heading(row) and lines[-1].strip("-"):
                lines.append("")
            lines += _lines(row, widths, right, columns)
        blocks.append("\n".join(line.rstrip() for line in lines))
    return "\n\n".join(blocks)


def is_heading(row: Sequence[str]) -> bool:
    """Whether only the first cell of a row is filled: it heads those below."""
    return len(row) > 2 and bool(row[0]) and not any(row[1:])


def _readable(texts: Sequence[str], most: int) -> int:
    """Return the width below which a column would break its words, within reason."""
    longest = max((display_width(word) for text in texts for word in text.split()), default=0)
    return max(_MIN_COLUMN, min(longest, most))


def _hang(rows: list[list[str]], right: list[bool]) -> list[list[str]]:
    """Pad numbers so that digits stand above digits where some carry stars or parentheses."""
    columns = []
    for side, column in zip(right, zip(*rows, strict=True), strict=False):
        tails = [len(text) - len(text.rstrip(TAIL)) for text in column]
        if not side or not any(text.endswith(("*", wording.THIN_MARK)) for text in column):
            tails = [max(tails, default=0)] * len(column)
        hung = zip(column, tails, strict=True)
        columns.append([t + " " * (max(tails) - n) if t else "" for t, n in hung])
    return [list(row) for row in zip(*columns, strict=True)]


def _shrink(widths: list[int], right: list[bool], lows: list[int], width: int) -> list[int]:
    """Narrow the widest text columns until the table fits, none below its `lows`."""
    widths = [min(size, width) for size in widths]
    floor = [
        size if side else min(size, low)
        for size, side, low in zip(widths, right, lows, strict=True)
    ]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        slack = [size - low for size, low in zip(widths, floor, strict=True)]
        if not any(slack):
            break
        widest = max(range(len(widths)), key=lambda j: widths[j] if slack[j] else -1)
        widths[widest] -= 1
    return widths


def _blocks(widths: list[int], width: int) -> list[list[int]]:
    """Return the columns of each block; later blocks repeat the first column."""
    blocks: list[list[int]] = []
    block = [0]
    used = widths[0]
    for j in range(1, len(widths)):
        if used + 2 + widths[j] > width:
            blocks.append(block)
            repeat = widths[0] + 2 + widths[j] <= width
            block, used = ([0, j], widths[0] + 2 + widths[j]) if repeat else ([j], widths[j])
            continue
        block.append(j)
        used += 2 + widths[j]
    return [*blocks, block]


def _lines(
    row: Sequence[str], widths: list[int], right: list[bool], columns: list[int]
) -> list[str]:
    """Return the lines of one row in some of its columns; a heading spans them all."""
    if is_heading(row):
        return (
            wrap(row[0], sum(widths[j] for j in columns) + 2 * (len(columns) - 1))
            if 0 in columns
            else []
        )
    wrapped = [[row[j]] if right[j] and row[j] else wrap(row[j], widths[j]) for j in columns]
    lines = []
    for k in range(max(len(cell) for cell in wrapped)):
        parts = []
        for j, cell in zip(columns, wrapped, strict=True):
            text = cell[k] if k < len(cell) else ""
            pad = " " * (widths[j] - display_width(text))
            parts.append(pad + text if right[j] else text + pad)
        lines.append("  ".join(parts))
    return lines


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines by display width; words longer than a line are cut."""
    lines, line = [], ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if display_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = ""
        for character in word:
            if display_width(line + character) > width:
                lines.append(line)
                line = ""
            line += character
    return [*lines, line] if line or not lines else lines
