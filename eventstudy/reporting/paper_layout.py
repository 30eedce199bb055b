"""Numbers of tests -> the table of a paper: tests side by side, panels, columns, notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import wording
from eventstudy.text import Record, is_missing, listed, plain, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy._typing import Alternative, Quantity, SignPolicy

RowKind = Literal["window", "day", "both"]
ROW_KINDS = ("window", "day", "both")
SHOWN = (
    "estimate", "statistic", "se", "p", "median", "positive", "caar", "n", "events", "dates",
    "size",
)  # fmt: skip
"""What a table may show of a test, a group and a window."""
_ALSO = {"t": "statistic", "std_error": "se", "pvalue": "p", "share positive": "positive"}
_OF_TESTS = ("statistic", "se", "p")
_COUNTS = {"n": ("N", "n_pairs"), "events": ("Events", "n_events"), "dates": ("Dates", "n_units")}
_SAID = {"statistic": "test statistics", "se": "standard errors", "p": "p-values"}
_BRACKETS = (("(", ")", "parentheses"), ("[", "]", "brackets"), ("{", "}", "braces"))
_SIZE = "Size, %"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTest:
    """A test as a table names it.

    Attributes
    ----------
    name : in the registry
    null, assumes : for the notes; empty where they are not known
    quantity : what it is about, the mean ``car`` or the mean ``bhar``
    is_randomised : whether its p-value is its rank among its own draws
    """

    name: str
    null: str = ""
    assumes: str = ""
    quantity: Quantity = "car"
    is_randomised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """One column of a block: its head, what stands in it, and of which test."""

    title: str
    kind: str
    test: ShownTest


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLayout:
    """What a table shows, in which order, under which names.

    Attributes
    ----------
    rows : ``window``, ``day`` or ``both``
    tests : side by side
    show : some of `SHOWN`; the first of what is of a test stands above, the others below it
    panels, columns : values in their order; ``("",)`` where there are none
    labels : names to print for tests, values and heads
    digits : decimals of returns
    percent : whether returns are percent
    stars : which p-values they stand for; None for no stars
    alternative, sign : for the notes
    about : what else the notes say: the model, the sample
    """

    rows: RowKind = "window"
    tests: tuple[ShownTest, ...]
    show: tuple[str, ...] = ("estimate", "p", "n", "dates", "size")
    panels: tuple[str, ...] = ("",)
    columns: tuple[str, ...] = ("",)
    labels: Mapping[str, str] = field(default_factory=dict)
    digits: int = 2
    percent: bool = True
    stars: wording.StarSource | None = "corrected"
    alternative: Alternative = "two-sided"
    sign: SignPolicy = "none"
    about: str = ""

    def __post_init__(self) -> None:
        choose(self.rows, ROW_KINDS, "rows")
        for name in self.show:
            choose(name, SHOWN, "part of a table")
        if self.stars is not None:
            choose(self.stars, wording.STAR_SOURCES, "stars")
        if not isinstance(self.digits, int) or not 0 <= self.digits <= 10:
            raise SpecificationError(f"digits: {self.digits!r}; a whole number from 0 to 10")
        shows_tests = bool(set(_OF_TESTS) & set(self.show))
        if len(self.tests) > 1 and not shows_tests:
            raise SpecificationError(
                "several tests side by side differ by statistic, se or p: name one of them in show"
            )
        if not shows_tests and "estimate" not in self.show:
            raise SpecificationError(
                "a table shows one of estimate, statistic, se and p at the least"
            )

    def name(self, key: str) -> str:
        """Return what a test, a value or a head is called in the table."""
        return wording.value_label(key, self.labels) if key not in self.labels else self.labels[key]

    def title(self, quantity: Quantity) -> str:
        """Return the head of estimates: ``CAAR, %``, ``AAR, %``, ``BHAR, %``."""
        short = {"window": "CAAR", "day": "AAR", "both": "Mean"}[self.rows]
        short = "BHAR" if quantity == "bhar" else short
        return self.labels.get(short, f"{short}, %" if self.percent else short)


def shown_parts(show: Iterable[str]) -> tuple[str, ...]:
    """Return parts of a table by their own names, each once.

    Examples
    --------
    >>> shown_parts(["estimate", "t", "pvalue", "n"])
    ('estimate', 'statistic', 'p', 'n')
    """
    if isinstance(show, str):
        show = (show,)
    return tuple(dict.fromkeys(_ALSO.get(name, name) for name in show))


def paper_frame(numbers: pd.DataFrame, layout: PaperLayout) -> pd.DataFrame:
    """Return the table as texts, with its notes in ``attrs``.

    Parameters
    ----------
    numbers
        One row a panel, column, part (``day`` or ``window``), window and test: those of the tidy
        frame, and median, positive, caar where they are shown.
    layout
        What is shown.

    Returns
    -------
    DataFrame
        Texts; two levels of columns where several blocks have several columns each.
    """
    cells = {
        (row.panel, row.column, row.part, int(row.window_start), int(row.window_end), row.name): row
        for row in records(numbers)
    }
    block = _columns(layout)
    heads = [(value, column) for value in layout.columns for column in block]
    rows: list[list[str]] = []
    for number, panel in enumerate(layout.panels):
        of_panel = numbers[numbers["panel"] == panel]
        for part in dict.fromkeys(of_panel["part"]):
            if heading := _heading(layout, number, panel, part):
                rows.append([heading, *[""] * len(heads)])
            ends = of_panel.loc[of_panel["part"] == part, ["window_start", "window_end"]]
            for start, end in dict.fromkeys(ends.itertuples(index=False, name=None)):
                key = (part, int(start), int(end))
                stacks = [
                    _stack(cells.get((panel, value, *key, column.test.name)), column, layout)
                    for value, column in heads
                ]
                rows += _lines(_row_label(*key), stacks)
        rows += _foot(of_panel, heads, layout)
    frame = pd.DataFrame(rows, columns=_header(layout, block), dtype="str")
    frame.attrs["notes"] = _notes(numbers, layout, frame)
    frame.attrs["shown"] = list(layout.show)
    return frame


def _columns(layout: PaperLayout) -> list[_Column]:
    """Return the columns of one block."""
    first = layout.tests[0]
    columns = []
    if len(layout.tests) == 1:
        title = layout.title(first.quantity)
        if "estimate" not in layout.show:
            title = layout.name(first.name) if first.name in layout.labels else first.name
        columns.append(_Column(title=title, kind="main", test=first))
    else:
        if "estimate" in layout.show:
            of_quantity = {test.quantity: test for test in reversed(layout.tests)}
            columns += [
                _Column(title=layout.title(quantity), kind="estimate", test=of_quantity[quantity])
                for quantity in dict.fromkeys(test.quantity for test in layout.tests)
            ]
        columns += [
            _Column(title=layout.labels.get(test.name, test.name), kind="test", test=test)
            for test in layout.tests
        ]
    unit = ", %" if layout.percent else ""
    others = {"median": f"Median{unit}", "positive": "Positive, %", "caar": f"CAAR{unit}"}
    others |= {name: title for name, (title, _) in _COUNTS.items() if len(layout.columns) == 1}
    return columns + [
        _Column(title=layout.labels.get(others[name], others[name]), kind=name, test=first)
        for name in layout.show
        if name in others and (name != "caar" or layout.rows != "window")
    ]


def _header(layout: PaperLayout, block: Sequence[_Column]) -> pd.Index:
    first = {"window": "Window", "day": "Day", "both": "Window"}[layout.rows]
    first = layout.labels.get(first, first)
    titles = [column.title for column in block]
    if layout.columns == ("",):
        return pd.Index([first, *titles])
    names = [layout.name(value) for value in layout.columns]
    if len(block) == 1:
        return pd.Index([first, *names])
    return pd.MultiIndex.from_tuples(
        [("", first), *((name, title) for name in names for title in titles)]
    )


def _heading(layout: PaperLayout, number: int, panel: str, part: str) -> str:
    parts = []
    if layout.panels != ("",):
        letter = chr(ord("A") + number) if number < 26 else str(number + 1)
        parts.append(f"Panel {letter}: {layout.name(panel)}")
    if layout.rows == "both":
        parts.append({"day": "average, by day", "window": "cumulative, by window"}[part])
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def _row_label(part: str, start: int, end: int) -> str:
    if part == "day":
        return wording.number(start, 0, sign=True)
    return wording.window_label(start, end)


def _lines(label: str, stacks: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the lines of one row: what stands above, and what below it."""
    height = max(len(stack) for stack in stacks)
    padded = [[*stack, *[""] * (height - len(stack))] for stack in stacks]
    return [
        [label if line == 0 else "", *(stack[line] for stack in padded)] for line in range(height)
    ]


def _stack(row: Record | None, column: _Column, layout: PaperLayout) -> list[str]:
    """Return the texts of a cell, the first above the others."""
    if row is None:
        return [""]
    if column.kind in _COUNTS:
        return [_count(getattr(row, _COUNTS[column.kind][1]))]
    if column.kind == "positive":
        return [wording.number(_scaled(row.positive, 100), 1)]
    if column.kind in ("estimate", "median", "caar"):
        return [_return(getattr(row, column.kind), layout)]
    parts = [name for name in layout.show if name in _OF_TESTS]
    if column.kind == "main" and "estimate" in layout.show:
        parts = ["estimate", *parts]
    texts = [_text(row, name, layout) or "n/a" for name in parts]
    above = texts[0] if texts[0] == "n/a" else texts[0] + _mark(row, layout)
    below = [
        f"{left}{text}{right}" for text, (left, right, _) in zip(texts[1:], _BRACKETS, strict=False)
    ]
    return [above, *below]


def _text(row: Record, name: str, layout: PaperLayout) -> str:
    if name == "estimate":
        return _return(row.estimate, layout)
    if name == "se":
        return _return(getattr(row, "std_error", None), layout)
    return wording.p_value(row.pvalue) if name == "p" else wording.number(row.statistic)


def _mark(row: Record, layout: PaperLayout) -> str:
    if layout.stars is None or is_missing(row.pvalue):
        return ""
    if wording.is_thin(row):
        return wording.THIN_MARK
    return wording.mark_of(row, source=layout.stars)


def _return(value: object, layout: PaperLayout) -> str:
    return wording.number(_scaled(value, 100 if layout.percent else 1), layout.digits)


def _scaled(value: object, times: float) -> float | None:
    return None if is_missing(value) else times * float(str(value))


def _count(value: object) -> str:
    return "" if is_missing(value) else f"{int(float(str(value))):,}"


def _foot(
    numbers: pd.DataFrame, heads: Sequence[tuple[str, _Column]], layout: PaperLayout
) -> list[list[str]]:
    """Return the rows below a panel: counts of blocks side by side, and the measured sizes."""
    rows = []
    if len(layout.columns) > 1:
        for name, (title, counted) in _COUNTS.items():
            if name in layout.show:
                most = numbers.groupby("column")[counted].max()
                first = {value: at for at, (value, _) in reversed(list(enumerate(heads)))}
                texts = [
                    _count(most.get(value)) if first[value] == at else ""
                    for at, (value, _) in enumerate(heads)
                ]
                rows.append([layout.labels.get(title, title), *texts])
    if "size" in layout.show:
        texts = []
        for value, column in heads:
            of_test = numbers[(numbers["column"] == value) & (numbers["name"] == column.test.name)]
            has_test = column.kind in ("main", "test")
            sizes = [100 * size for size in of_test["size"].dropna()] if has_test else []
            texts.append(wording.range_text(sizes) if sizes else "")
        rows.append([layout.labels.get(_SIZE, _SIZE), *texts])
    return [row for row in rows if any(row[1:])]


def _notes(numbers: pd.DataFrame, layout: PaperLayout, frame: pd.DataFrame) -> str:
    """Return what is estimated, what stands below, the stars, the tests and the sample."""
    return " ".join(
        plain(said)
        for said in (
            _of_estimates(layout),
            _of_cells(numbers, layout),
            *_of_stars(numbers, layout, frame),
            *_of_tests(layout),
            layout.about,
        )
        if said
    )


def _of_estimates(layout: PaperLayout) -> str:
    quantities = {test.quantity for test in layout.tests}
    parts = []
    if "car" in quantities and "estimate" in layout.show:
        parts += {
            "window": ["CAAR: cumulative average abnormal return"],
            "day": ["AAR: average abnormal return"],
            "both": ["Mean: average abnormal return by day, cumulative by window"],
        }[layout.rows]
    if "caar" in layout.show and layout.rows != "window":
        parts.append("CAAR: cumulative average abnormal return since the first day")
    if "bhar" in quantities:
        parts.append("BHAR: mean buy-and-hold abnormal return")
    unit = "percent" if layout.percent else "decimals"
    told = f"{'; '.join(parts)}{wording.in_direction(layout.sign)}; in {unit}. " if parts else ""
    what = {"window": "Windows", "day": "Days", "both": "Days and windows"}[layout.rows]
    return f"{told}{what} in sessions relative to day 0."


def _of_cells(numbers: pd.DataFrame, layout: PaperLayout) -> str:
    parts = [name for name in layout.show if name in _OF_TESTS]
    is_alone = len(layout.tests) == 1
    below = parts if is_alone and "estimate" in layout.show else parts[1:]
    said = [
        f"{_SAID[name]} in {where}" for name, (_, _, where) in zip(below, _BRACKETS, strict=False)
    ]
    told = f"Below: {listed(said)}." if said else ""
    if not is_alone:
        told = f"Columns of tests: {_SAID[parts[0]]}. {told}".rstrip()
    by_date: set[str] = set()
    if "se" in parts and "error" in numbers:
        by_date = {str(name) for name in numbers.loc[numbers["error"] == "date", "name"]}
    if by_date:
        names = [layout.labels.get(name, name) for name in sorted(by_date)]
        told += f" Standard errors beside {listed(names)}: of the mean, grouped by date."
    if "n" in layout.show:
        told += " N: pairs of event and market."
    if "dates" in layout.show:
        told += " Dates: independent ones."
    if "positive" in layout.show:
        told += " Positive: share of positive abnormal returns."
    if "size" in layout.show and numbers["size"].notna().any():
        told += " Size: share of placebo dates at which a test at 5 % rejects."
    return told.strip()


def _of_stars(numbers: pd.DataFrame, layout: PaperLayout, frame: pd.DataFrame) -> list[str]:
    if layout.stars is None:
        return []
    rows = list(records(numbers))
    told = [
        f"Stars: {wording.stars_legend()}, {wording.sided(layout.alternative)}, not adjusted for "
        f"the number of tests shown; none under {wording.MIN_DATES} independent dates."
    ]
    are_off = any(wording.is_size_off(row) for row in rows)
    if layout.stars == "corrected":
        told.append(wording.correction_note(rows, layout.labels))
        unmeasured = [
            layout.labels.get(test.name, test.name)
            for test in layout.tests
            if not test.is_randomised
            and not numbers.loc[numbers["name"] == test.name, "size"].notna().any()
        ]
        if unmeasured:
            told.append(f"Without a measured size, by their own p-values: {listed(unmeasured)}.")
    elif are_off:
        told.append("Stars are by the tests' own p-values, also where the measured size is off.")
    if frame.map(lambda text: wording.THIN_MARK in text).to_numpy().any():
        told.append(f"{wording.THIN_MARK} {wording.THIN}.")
    return told


def _of_tests(layout: PaperLayout) -> list[str]:
    """Return for each test its null and what its p-value rests on."""
    if not set(_OF_TESTS) & set(layout.show) and layout.stars is None:
        return []
    told = []
    for test in layout.tests:
        name = layout.labels.get(test.name, test.name)
        rests = f"assumes {test.assumes}" if test.assumes else ""
        null = f"null, {test.null}" if test.null else ""
        said = "; ".join(filter(None, [null, rests]))
        told.append(f"{name}: {said}." if said else f"{name}: no such test is registered here.")
    return told
