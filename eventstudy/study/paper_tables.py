"""The tables of a paper, and their numbers as a figure: what results are asked for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from eventstudy._typing import Alternative
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.registry import choose, unknown
from eventstudy.reporting import wording
from eventstudy.reporting.paper_layout import (
    ROW_KINDS,
    PaperLayout,
    RowKind,
    paper_frame,
    shown_parts,
)
from eventstudy.reporting.paper_table import PaperTable
from eventstudy.reporting.record import model_factors
from eventstudy.study.comparisons import Comparisons
from eventstudy.study.frames import caar_frame, mean_by_date
from eventstudy.study.tests_asked import facts_of, own_statistics
from eventstudy.text import grouping_of, records, split_group
from eventstudy.windows import Window, estimation_window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from eventstudy.estimation.abnormal import CumulativeReturns
    from eventstudy.reporting.drawing import Style
    from eventstudy.study.fitted import Fitted

Preset = Literal["mackinlay", "by_day", "by_window"]
PRESETS: Mapping[Preset, Mapping[str, object]] = {
    "mackinlay": {"rows": "day", "show": ("estimate", "caar", "n"), "digits": 3},
    "by_day": {"rows": "day", "show": ("estimate", "statistic", "positive", "caar", "n", "size")},
    "by_window": {
        "rows": "window",
        "show": ("estimate", "statistic", "p", "median", "positive", "n", "dates", "size"),
    },
}
"""Tables that papers print: what each shows unless told otherwise."""
_NUMBERS = (
    "panel", "column", "part", "window_start", "window_end", "name", "estimate", "std_error",
    "statistic", "df", "pvalue", "pvalue_corrected", "star_pvalue", "ci_low", "ci_high", "size",
    "size_low", "size_high", "sizes_off", "n_draws", "n_pairs", "n_events", "n_units", "median",
    "positive", "caar", "error", "df_error",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaperTables(Comparisons):
    """What a study can be asked, the tables of a paper among it."""

    def etable(
        self,
        *,
        rows: RowKind | None = None,
        tests: Iterable[str] | str | None = None,
        show: Iterable[str] | None = None,
        panels: str | None = None,
        columns: str | None = None,
        order: Sequence[object] = (),
        windows: Iterable[Window | tuple[int, int]] | None = None,
        days: Iterable[int] | None = None,
        labels: Mapping[Any, str] | None = None,
        digits: int | None = None,
        percent: bool = True,
        stars: wording.StarSource | None = "corrected",
        preset: Preset | None = None,
        alternative: Alternative | None = None,
        caption: str | None = None,
        label: str | None = None,
    ) -> PaperTable:
        """Return the table of a paper: tests side by side, panels, markets as columns.

        Stars stand for size-corrected p-values where the measured size of a test leaves out 5 %;
        see `docs/methods.md`, section 6.

        Parameters
        ----------
        rows
            ``"window"`` (default), a row a CAR window; ``"day"``, a row a session; ``"both"``.
        tests
            Registered statistics, side by side in this order; default those the study names itself,
            at most four, else its headline.
        show
            Any of ``estimate``, ``statistic`` (or ``t``), ``se``, ``p``, ``median``, ``positive``
            (the share of positive abnormal returns), ``caar`` (by day, since the first session of
            the event window), ``n`` (pairs), ``events``, ``dates`` (independent ones), ``size``
            (the measured size of each test, as a row). What is of a test stands in one cell, the
            first above, the others below in parentheses, brackets, braces. ``se`` is the test's
            own, of a test without one that of the mean with observations grouped by date.
        panels, columns
            Columns of the events, or ``"market"``: a panel, and a block of columns, to each value.
        order
            Values of panels or columns in the order they are to stand; others are left out.
        windows, days
            Default the CAR windows of the study, and all sessions of the event window.
        labels
            Names to print for tests, values, markets and heads.
        digits
            Decimals of returns; default 2 of percent, 4 of decimal returns.
        percent
            Whether returns are printed in percent.
        stars
            ``"corrected"``; ``"own"``, by each test's own p-values; None for none.
        preset
            ``"mackinlay"`` (AAR and CAAR by day, kinds of events side by side, as in MacKinlay
            1997), ``"by_day"`` or ``"by_window"``; arguments given besides go before it.
        alternative
            Default: the study's.
        caption, label
            Of the table; the label for LaTeX.

        Returns
        -------
        PaperTable
            Prints itself; ``to_latex()``, ``to_word()``, ``to_excel()``, ``to_html()``,
            ``to_markdown()``, ``to_frame()``, ``save(path)``, ``plot()``.

        Raises
        ------
        SpecificationError
            An unknown test, part, preset, column or value.
        NotApplicableError
            For results read from a folder, what they do not hold; days and windows outside the
            event window.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> table = results.etable(tests=["bmp", "placebo"], panels="kind")
        >>> table.to_frame()["name"].unique().tolist()
        ['bmp', 'placebo']
        """
        chosen: Mapping[str, object] = {}
        if preset is not None:
            choose(preset, PRESETS, "preset")
            chosen = PRESETS[preset]
            if preset == "mackinlay" and panels is None and columns is None:
                columns = self._kind_of_event()
        kind = choose(rows or chosen.get("rows", "window"), ROW_KINDS, "rows")
        names = self._tests_of_table(tests, preset)
        parts = shown_parts(show or chosen.get("show") or _usual(len(names)))  # type: ignore[arg-type]
        side = self.alternative if alternative is None else alternative
        choose(side, get_args(Alternative), "alternative")
        by = _grouping(panels, columns)
        self._check_columns(panels=panels, columns=columns)
        asked = [("day", window) for window in self._days(days)] if kind != "window" else []
        if kind != "day":
            asked += [("window", window) for window in self._windows(windows) or [Window(0, 0)]]
        numbers = self._numbers(by, asked, names, side)
        numbers = _with_values(numbers, panels, columns)
        numbers = self._with_more(numbers, by, parts)
        source: wording.StarSource = "corrected" if stars is None else stars
        choose(source, wording.STAR_SOURCES, "stars")
        shown_for = [wording.star_pvalue(row, source) for row in records(numbers)]
        numbers = numbers.assign(star_pvalue=np.array(shown_for, dtype=np.float64))
        named = {**self.labels, **{str(value): name for value, name in (labels or {}).items()}}
        wanted = [str(value) for value in order]
        shown = [
            _ordered(numbers[side_], wanted, column, self.labels)
            for side_, column in (("panel", panels), ("column", columns))
        ]
        _check_order(wanted, numbers)
        numbers = _in_order(numbers, *shown)
        for values in shown:
            named |= _told_apart(values, named)
        usual = chosen.get("digits", 2) if percent else 4
        layout = PaperLayout(
            rows=kind,  # type: ignore[arg-type]
            tests=tuple(facts_of(name) for name in names),
            show=parts,
            panels=shown[0],
            columns=shown[1],
            labels=named,
            digits=int(str(usual)) if digits is None else digits,
            percent=percent,
            stars=stars,
            alternative=side,
            sign=self.sign,
            about=self._about_model(),
        )
        return PaperTable(
            texts=paper_frame(numbers, layout),
            numbers=numbers[list(_NUMBERS)].reset_index(drop=True),
            caption=caption,
            label=label,
            stars=stars,
            labels=named,
        )

    def plot_coefficients(
        self,
        ax: Axes | None = None,
        *,
        tests: Iterable[str] | str | None = None,
        rows: RowKind = "window",
        panels: str | None = None,
        columns: str | None = None,
        order: Sequence[object] = (),
        windows: Iterable[Window | tuple[int, int]] | None = None,
        days: Iterable[int] | None = None,
        labels: Mapping[Any, str] | None = None,
        level: float = 0.95,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the estimates of `etable` with their intervals, and return the Axes.

        A filled mark has a p-value under 5 %, size-corrected where the measured size is off.

        Parameters
        ----------
        ax
            Where to draw; None makes a figure.
        tests
            Whose p-values fill the marks; default the headline of the study. The intervals are
            those of their standard errors, of tests without any those by date, as in `plot_caar`.
        rows, panels, columns, order, windows, days, labels
            As for `etable`.
        level
            Of the intervals, a share.
        style
            ``"default"``, or ``"journal"``: grey, serif, without a title.
        width
            Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> ax = results.plot_coefficients(panels="kind", tests="bmp")
        """
        table = self.etable(
            rows=rows, tests=self.headline_name if tests is None else tests,
            show=("estimate", "se", "p"), panels=panels, columns=columns, order=order,
            windows=windows, days=days, labels=labels,
        )  # fmt: skip
        return table.plot(ax, level=level, style=style, width=width)

    def _tests_of_table(
        self, tests: Iterable[str] | str | None, preset: Preset | None
    ) -> tuple[str, ...]:
        if tests is None:
            every = tuple(self.spec["statistics"]["names"])
            own = () if preset else own_statistics(every)
            return every if preset == "by_window" else own or (self.headline_name,)
        names = tuple(dict.fromkeys([tests] if isinstance(tests, str) else tests))
        if not names:
            raise SpecificationError("tests: name one or more")
        return names

    def _check_columns(self, **asked: str | None) -> None:
        """Refuse a column that the events do not have, by the argument that names it."""
        if self.fitted is None:
            return
        known = [str(name) for name in self.fitted.labels.columns]
        for argument, name in asked.items():
            if _column_of(name) not in (None, *known):
                raise unknown(f"the events have no column {name!r}", str(name), known, key=argument)

    def _kind_of_event(self) -> str | None:
        """The first column the study groups by that is not the market."""
        groupings = [name for name in self.spec["statistics"]["by"] if "security" not in name]
        return next((name for name in groupings if "*" not in name), None)

    def _days(self, days: Iterable[int] | None) -> list[Window]:
        return [
            Window(int(day), int(day)) for day in (self.event_window.taus if days is None else days)
        ]

    def _about_model(self) -> str:
        """What normal returns are, and where they were estimated."""
        spec = self.spec
        factors = model_factors(spec["model"])
        told = f"Normal returns: {spec['model']['name']}{f' on {factors}' if factors else ''}"
        if spec["sample"]["min_obs"]:
            told += f", estimated over {estimation_window(spec['windows']['estimation'])}"
        return f"{told}."

    def _numbers(
        self, by: str, asked: Sequence[tuple[str, Window]], names: Sequence[str], side: Alternative
    ) -> pd.DataFrame:
        """Return the rows of tests, those that the study has and those computed now, in order."""
        windows = list(dict.fromkeys(window for _, window in asked))
        held = [name for name in names if name in self.spec["statistics"]["names"]]
        parts = [
            self.tidy(by, windows=windows, names=some, alternative=side)
            for some in (held, [name for name in names if name not in held])
            if some
        ]
        rows = pd.concat(parts, ignore_index=True)
        keys = ["group", "window_start", "window_end", "name"]
        rows = rows.drop_duplicates(keys).set_index(keys, drop=False)
        groups = list(dict.fromkeys(rows["group"]))
        order = [
            (group, window.start, window.end, name)
            for group in groups
            for _, window in asked
            for name in names
        ]
        kinds = [part for _ in groups for part, _ in asked for _ in names]
        found = rows.loc[order].reset_index(drop=True).assign(part=kinds)
        return found.reindex(
            columns=["group", *found.columns.union(pd.Index(_NUMBERS)).drop("group")]
        )

    def _with_more(self, numbers: pd.DataFrame, by: str, parts: Sequence[str]) -> pd.DataFrame:
        """Return the numbers with medians, shares of positive returns and paths."""
        if {"median", "positive"} & set(parts):
            if self.fitted is None:
                raise NotApplicableError(
                    "median and positive are of single pairs, and these results were read from a "
                    "folder; fit the study again, or leave them out of show"
                )
            numbers = _with_medians(numbers, self.fitted, by)
        if "se" in parts:
            numbers = self._with_errors(numbers, by)
        if "caar" in parts:
            path = self.caar
            path = path[path["group"].map(grouping_of) == by]
            if path.empty:
                fitted, groups = self._askable(by, None)
                path = caar_frame(fitted.design, groups)
            means = path.set_index(["group", "tau"])["caar"]
            numbers["caar"] = [
                means.get((row.group, int(row.window_start)), np.nan)
                if row.part == "day"
                else np.nan
                for row in records(numbers)
            ]
        return numbers

    def _with_errors(self, numbers: pd.DataFrame, by: str) -> pd.DataFrame:
        """Return the numbers with standard errors by date for tests that have none of their own."""
        numbers = numbers.assign(error="test", df_error=numbers["df"])
        lacks = numbers["std_error"].isna() & numbers["estimate"].notna()
        if self.fitted is None or not lacks.any():
            return numbers
        design = self.fitted.design
        groups = make_groups(self.fitted.labels, [] if by == "all" else [by])
        group_of = {group.label: group for group in groups}
        totals: dict[Window, CumulativeReturns] = {}
        for at, row in zip(numbers.index[lacks], records(numbers[lacks]), strict=True):
            window = Window(int(row.window_start), int(row.window_end))
            if window not in totals:
                totals[window] = cumulate(design.table, window, simple=design.simple)
            quantity = facts_of(row.name).quantity
            mean = mean_by_date(design, group_of[row.group], totals[window], quantity)
            for name in ("std_error", "ci_low", "ci_high"):
                numbers.loc[at, name] = mean.get(name, np.nan)
            numbers.loc[at, "error"] = "date"
            numbers.loc[at, "df_error"] = mean.get("n_dates", np.nan) - 1
        return numbers


def _usual(n_tests: int) -> tuple[str, ...]:
    shown = ("estimate", "p") if n_tests == 1 else ("estimate", "statistic", "p")
    return (*shown, "n", "dates", "size")


def _column_of(name: str | None) -> str | None:
    return "security" if name == "market" else name


def _grouping(panels: str | None, columns: str | None) -> str:
    names = [name for name in (_column_of(panels), _column_of(columns)) if name is not None]
    if len(set(names)) < len(names):
        raise SpecificationError(f"panels and columns are both {panels!r}; name two columns")
    for name in names:
        if "*" in name:
            raise SpecificationError(
                f"{name!r}: panels and columns are one column each; name both to cross them"
            )
    return "*".join(names) or "all"


def _with_values(numbers: pd.DataFrame, panels: str | None, columns: str | None) -> pd.DataFrame:
    """Return the numbers with the value of panel and column of each group; empty for none."""
    values = {group: list(split_group(group)[1]) for group in numbers["group"].unique()}
    panel = [values[group][0] if panels is not None else "" for group in numbers["group"]]
    column = [values[group][-1] if columns is not None else "" for group in numbers["group"]]
    return numbers.assign(panel=panel, column=column)


def _ordered(
    found: pd.Series, order: Sequence[str], column: str | None, markets: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the values shown: those of `order` that are of this column, else all of them."""
    present = list(dict.fromkeys(found))
    named = [value for value in order if value in present]
    if named:
        return tuple(named)
    if _column_of(column) == "security":
        known = list(markets)
        present.sort(key=lambda value: known.index(value) if value in known else len(known))
    return tuple(present)


def _told_apart(values: Sequence[str], labels: Mapping[str, str]) -> dict[str, str]:
    """Return names for values that would be printed alike, such as ``a_b`` and ``a b``."""
    printed = Counter(wording.value_label(value, labels) for value in values)
    return {
        value: value
        for value in values
        if value not in labels and printed[wording.value_label(value, labels)] > 1
    }


def _in_order(numbers: pd.DataFrame, panels: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the panels and columns that are shown, in their order."""
    places = [
        numbers[side].map({value: at for at, value in enumerate(shown)})
        for side, shown in (("column", columns), ("panel", panels))
    ]
    order = np.lexsort([place.to_numpy() for place in places])
    held = places[0].notna() & places[1].notna()
    return numbers.iloc[order[held.to_numpy()[order]]]


def _check_order(order: Sequence[str], numbers: pd.DataFrame) -> None:
    present = list(dict.fromkeys([*numbers["panel"], *numbers["column"]]))
    for value in order:
        choose(value, [name for name in present if name], "value of panels or columns")


def _with_medians(numbers: pd.DataFrame, fitted: Fitted, by: str) -> pd.DataFrame:
    """Return the numbers with median and share of positive abnormal returns of each group."""
    design = fitted.design
    groups = make_groups(fitted.labels, [] if by == "all" else [by])
    pairs_of = {group.label: group.pairs for group in groups}
    values: dict[tuple[int, int, str], np.ndarray] = {}
    medians, shares = [], []
    for row in records(numbers):
        quantity = facts_of(row.name).quantity
        key = (int(row.window_start), int(row.window_end), quantity)
        if key not in values:
            total = cumulate(design.table, Window(*key[:2]), simple=design.simple)
            values[key] = (total.car if quantity == "car" else total.bhar) * design.sign
        pairs = pairs_of[row.group]
        held = values[key][pairs[design.sign[pairs] != 0]]
        held = held[np.isfinite(held)]
        medians.append(float(np.median(held)) if held.size else np.nan)
        shares.append(float((held > 0).mean()) if held.size else np.nan)
    return numbers.assign(median=medians, positive=shares)
