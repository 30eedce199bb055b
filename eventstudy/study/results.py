"""Results: what a study found, as tables, figures and documents."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import NotApplicableError, SourceError, SpecificationError
from eventstudy.io.folders import MANIFEST, replace_file
from eventstudy.registry import choose
from eventstudy.reporting import figures, tables
from eventstudy.reporting.contrasts import contrast_table
from eventstudy.reporting.convention_tables import conventions_table
from eventstudy.reporting.figures_contrast import plot_contrast
from eventstudy.reporting.figures_heatmap import MOST_CELLS
from eventstudy.reporting.layout import layout
from eventstudy.reporting.report_pairs import MOST_MARKETS, has_many_markets
from eventstudy.reporting.result_views import ResultViews
from eventstudy.study.fitted import CELLS, heatmap_of
from eventstudy.study.frames import caar_frame
from eventstudy.study.paper_tables import PaperTables
from eventstudy.study.saving import read_folder, write_folder
from eventstudy.study.tests_asked import assumption_of
from eventstudy.text import grouping_of, split_group
from eventstudy.windows import Window

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from eventstudy.reporting.content import ReportContent
    from eventstudy.reporting.document import Document
    from eventstudy.reporting.drawing import Style
    from eventstudy.reporting.figures_caar import Interval
    from eventstudy.reporting.figures_events import Scale
    from eventstudy.reporting.figures_heatmap import CellScale
    from eventstudy.reporting.finding import Finding

REPORT = "report.html"
"""The report of a folder of results."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EventStudyResults(ResultViews, PaperTables):
    """Results of a study: frames and later questions, as tables, figures and documents.

    Its frames are those of `StudyRecord`, what it can be asked is in `PaperTables`, `Comparisons`
    and `Answers`.
    """

    # -- facts ------------------------------------------------------------------------------

    def summary(self) -> str:
        """Return conventions, counts and the headline table, 80 columns wide."""
        return "\n".join([*self.lines(), "", self.to_text()])

    def findings(self) -> list[Finding]:
        """Return what the study found in sentences, its answers first, each with its rows."""
        from eventstudy.study.report_content import study_findings

        return study_findings(self)

    def answers(self, *, width: int = 80, is_full: bool = False) -> str:
        """Return the answers as text: what markets did after each kind of news, and its bounds.

        Parameters
        ----------
        width
            No line is longer.
        is_full
            Show ordinary days and the benchmark beside each kind of news.
        """
        from eventstudy.study.first_screen import first_screen

        return "\n".join(first_screen(self, width=width, is_full=is_full))

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.answers())}</pre>{ResultViews._repr_html_(self)}"

    # -- tables -----------------------------------------------------------------------------

    def table(self, by: str | None = None, *, name: str | None = None) -> pd.DataFrame:
        """Return the table a paper prints: groups down, CAR windows across, p beneath."""
        shown = self.headline_name if name is None else name
        rows = self.tidy(by, windows=self.car_windows or [(0, 0)], names=[shown])
        rows = rows.assign(measure="car")
        return layout(
            rows, name=shown, alternative=self.alternative, sign=self.sign,
            assumes=assumption_of(shown),
        )  # fmt: skip

    def to_text(self, by: str | None = None, *, name: str | None = None, width: int = 80) -> str:
        """Return `table` for a terminal."""
        return tables.to_text(self.table(by, name=name), width)

    def to_markdown(self, by: str | None = None, *, name: str | None = None) -> str:
        """Return `table` as Markdown."""
        return tables.to_markdown(self.table(by, name=name))

    def to_latex(
        self,
        by: str | None = None,
        *,
        name: str | None = None,
        caption: str | None = None,
        label: str | None = None,
    ) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable)."""
        return tables.to_latex(self.table(by, name=name), caption, label)

    def contrast_table(self) -> pd.DataFrame:
        """Return the contrasts as a paper prints them: markets down, windows across, p beneath."""
        self._need_contrast()
        return contrast_table(self.contrasts, labels=self.labels)

    def conventions_table(self) -> pd.DataFrame:
        """Return the tests over the CAR windows, by eventstudy's conventions and by the other's.

        Returns
        -------
        DataFrame
            group, window_start, window_end, name; estimate, std_error, statistic, df and pvalue
            as eventstudy has them, then each with the name of the convention, such as
            ``pvalue_stata_estudy``; note: what differs.

        Raises
        ------
        NotApplicableError
            The study asks for no convention.
        """
        if self.statistics_conventions.empty:
            raise NotApplicableError(
                'the study names no convention; set conventions.like, such as "stata_estudy"',
                key="conventions.like",
            )
        return conventions_table(self.statistics_conventions)

    def _need_contrast(self) -> None:
        if self.contrasts.empty:
            raise NotApplicableError(
                "the study names no contrast; set statistics.contrast, or call "
                "results.contrast(column, first, second)",
                key="statistics.contrast",
            )

    # -- figures ----------------------------------------------------------------------------

    def plot(
        self,
        by: str | None = None,
        ax: Axes | None = None,
        *,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw CAAR paths, as `plot_caar` does, and return its Axes."""
        return self.plot_caar(by, ax, style=style, width=width)

    def plot_caar(
        self,
        by: str | None = None,
        ax: Axes | None = None,
        *,
        groups: Sequence[str] | None = None,
        facet: str | None = None,
        level: float = 0.95,
        ci: Interval | None = None,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw CAAR paths with intervals by date: in panels where groups are more than two.

        Parameters
        ----------
        by
            A column, ``"security"`` or ``"a*b"``; None draws all pairs together.
        ax
            Where to draw; None makes a figure.
        groups
            Labels such as ``"category=deal"``; default those of the grouping, the twelve of most
            pairs in panels and five of them on one axes.
        facet
            ``"group"``, a panel a group: what is done where groups are more than two and `ax` is
            None. A column, a panel a value: ``by="category*direction", facet="category"`` has a
            line a direction in each, ``facet="category"`` alone one line. ``"none"`` keeps one
            axes.
        level
            Of the intervals, such as 0.9; ``caar +- t(dates - 1) std_error``.
        ci
            ``"band"``, ``"lines"``, ``"bars"`` or ``"none"``; default bands, and none where more
            than two lines share the axes.
        style
            ``"default"``, or ``"journal"``: grey, serif, without a title.
        width
            Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

        Returns
        -------
        Axes
            Of the first panel where there are several: ``ax.figure.axes`` are all of them.
        """
        frame = self.caar
        by, argument = None if by == "all" else by, "by"
        if by is None and groups is None and facet not in (None, "group", "none"):
            by, argument = facet, "facet"
        rows = frame if by is None else frame[frame["group"].map(grouping_of) == by]
        if rows.empty and self.fitted is not None:
            fitted_groups = make_groups(self.fitted.labels, [str(by)], key=argument)[1:]
            rows = caar_frame(self.fitted.design, fitted_groups)
        elif rows.empty:
            groupings = sorted({grouping_of(group) for group in frame["group"] if group != "all"})
            choose(str(by), groupings, "grouping of these results")
        chosen = ["all"] if groups is None and by is None else list(groups or ())
        if not chosen:
            chosen = figures.largest_groups(rows, figures.shown_groups(rows, self.labels))
        if facet is None and ax is None and len(chosen) > 2:
            facet = "group"
        facet = None if facet == "none" else facet
        if facet is None and groups is None and len(chosen) > 5:
            chosen = list(rows.groupby("group")["n_pairs"].max().nlargest(5).index)
        return figures.plot_caar(
            rows, ax, groups=chosen, labels=self.labels, facet=facet, level=level, ci=ci,
            sign=self.sign, style=style, width=width,
        )  # fmt: skip

    def plot_car_by_event(
        self,
        window: Window | tuple[int, int] = (0, 0),
        ax: Axes | None = None,
        *,
        security: str | None = None,
        scale: Scale | None = None,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw each event's CAR with its 95 % interval, in one market or averaged over them.

        Intervals have the volatility known before the event (`scale` ``"day"``), or that of the
        estimation window (``"estimation"``), which is too short in rough times; the figure says
        which. `style` is ``"default"`` or ``"journal"``, `width` in millimetres.
        """
        chosen = Window.of(window)
        frame = self.car_by_event(chosen)
        return figures.plot_car_by_event(
            frame, ax, security=security, window=(chosen.start, chosen.end), scale=scale,
            market=self.labels.get(security or "", security), style=style, width=width,
        )  # fmt: skip

    def plot_heatmap(
        self,
        ax: Axes | None = None,
        *,
        window: Window | tuple[int, int] | None = None,
        by: str = CELLS,
        scale: CellScale | None = None,
        most: tuple[int, int] | None = MOST_CELLS,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw mean CARs of categories by markets, with significance.

        Parameters
        ----------
        ax
            Where to draw; None makes a figure.
        window
            Of the CARs; default that of the findings.
        by
            Two crossed columns, rows first, such as ``"category*direction"``.
        scale
            What colour means: ``"volatility"``, the mean in daily volatilities, or ``"return"``.
        most
            Rows and columns at most, those on most dates; the figure says which were left out.
        style
            ``"default"``, or ``"journal"``: grey, serif, without a title.
        width
            Of a new figure, in millimetres.

        Raises
        ------
        NotApplicableError
            No such cells in results read back from a folder, or events without a category.
        """
        chosen = Window.of(self.headline_window if window is None else window)
        return figures.plot_heatmap(
            self._cells(chosen, by), ax, labels=self.labels, scale=scale, most=most,
            window=(chosen.start, chosen.end), sign=self.sign, style=style, width=width,
        )  # fmt: skip

    def _cells(self, window: Window, by: str) -> pd.DataFrame:
        """Return the heatmap frame of any window and crossing."""
        ends = (window.start, window.end)
        if by == CELLS and self.heatmap.empty:
            if has_many_markets(self):
                raise NotApplicableError(
                    f"a heatmap of kinds by markets is made of pairs in {MOST_MARKETS} markets at "
                    'most; cross two other columns, such as by="category*direction"'
                )
            raise NotApplicableError("the events have no category, so there is no heatmap")
        if by == CELLS and ends == self.headline_window:
            return self.heatmap
        if by.count("*") != 1:
            raise SpecificationError(f"by = {by!r}: a heatmap crosses two columns, as in {CELLS!r}")
        rows = self.statistics
        rows = rows[(rows["name"] == self.headline_name) & (rows["measure"] == "car")]
        rows = rows[(rows["window_start"] == ends[0]) & (rows["window_end"] == ends[1])]
        rows = rows[rows["group"].map(grouping_of) == by]
        if not rows.empty:
            values = [split_group(str(group))[1] for group in rows["group"]]
            return rows.assign(row=[a for a, _ in values], column=[b for _, b in values])
        if self.fitted is None:
            raise NotApplicableError(
                f"no means of {by} over {window} in these results: they hold the groupings and "
                "windows of their study; run it again, or ask for them in [statistics] by"
            )
        return heatmap_of(self.fitted, [ends], self.headline_name, self.statistics, by=by)

    def plot_contrast(
        self,
        ax: Axes | None = None,
        *,
        window: Window | tuple[int, int] | None = None,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the study's first contrast by market; by default in the window of its findings.

        `style` is ``"default"`` or ``"journal"``, `width` in millimetres.
        """
        self._need_contrast()
        chosen = Window.of(self.headline_window if window is None else window)
        ends = (chosen.start, chosen.end)
        return plot_contrast(
            self.contrasts, ax, window=ends, labels=self.labels, style=style, width=width
        )

    def plot_timeline(
        self, ax: Axes | None = None, *, style: Style = "default", width: float | None = None
    ) -> Axes:
        """Draw the closes over the span of the study, rebased, with the events below.

        `style` is ``"default"`` or ``"journal"``, `width` in millimetres.
        """
        first = self.alignment.dropna(subset=["session"]).groupby("event_id")["session"].min()
        is_studied = self.events["event_id"].isin(self.models["event_id"])
        events = self.events[is_studied].merge(
            first.rename("session"), left_on="event_id", right_index=True, validate="one_to_one"
        )
        return figures.plot_timeline(
            self.prices, events, ax, labels=self.labels, style=style, width=width
        )

    # -- documents --------------------------------------------------------------------------

    def report_content(self) -> ReportContent:
        """Return the frames and texts of the report."""
        from eventstudy.study.report_content import report_content

        return report_content(self)

    def document(self) -> Document:
        """Return findings, tables and every frame, for formats that are no page."""
        from eventstudy.study.report_document import report_document

        return report_document(self)

    def to_html(self, *, full: bool = False) -> str:
        """Return the report as one self-contained page; `full` as for `report`."""
        from eventstudy.reporting.report import render_html

        return render_html(self.report_content(), everything=full)

    def report(self, path: str | os.PathLike[str], *, full: bool = False) -> Path:
        """Write the report as one self-contained HTML file and return its path.

        Parameters
        ----------
        path
            In a folder of results the csv files, which the report names, are links.
        full
            Whether long tables are shown whole and everything is printed; else long tables are
            shown in part, and at most four pages or so are printed.

        Raises
        ------
        SourceError
            It would replace a file in a folder of results that no run wrote or that was changed
            since, or it cannot be written.
        """
        from eventstudy.reporting.report import render_html

        target = Path(path)
        has_files = (target.parent / MANIFEST).is_file()
        text = render_html(self.report_content(), everything=full, has_files=has_files)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
        replace_file(target, text, is_listed=target.name == REPORT)
        return target

    def save(
        self, folder: str | os.PathLike[str], *, report: bool = True, full: bool = False
    ) -> Path:
        """Write the output folder: every frame as CSV, manifest.json, report.html.

        `full` is that of `report`.

        The folder appears whole or not at all: it is written beside its place and renamed. In an
        existing folder only files are replaced that its manifest lists, as they were written.

        Raises
        ------
        SourceError
            The folder holds any other file, or cannot be written.
        """

        def finish(work: Path) -> None:
            # From what was written, so that rendering it again gives the same bytes.
            if report:
                load_results(work).report(work / REPORT, full=full)

        return write_folder(self, Path(folder), finish)


def load_results(folder: str | os.PathLike[str]) -> EventStudyResults:
    """Read results back from an output folder.

    Raises
    ------
    SourceError
        The folder is not one of ours, or a file in it cannot be read.
    """
    frames, manifest = read_folder(Path(folder))
    return EventStudyResults(manifest=manifest, fitted=None, **frames)
