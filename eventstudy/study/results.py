"""Results: what a study found, as tables, figures and documents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import NotApplicableError, SourceError
from eventstudy.io.folders import replace_file
from eventstudy.registry import choose
from eventstudy.reporting import figures, tables
from eventstudy.reporting.contrasts import contrast_table
from eventstudy.reporting.figures_contrast import plot_contrast
from eventstudy.reporting.result_views import ResultViews
from eventstudy.study.comparisons import Comparisons
from eventstudy.study.frames import caar_frame
from eventstudy.study.saving import read_folder, write_folder
from eventstudy.text import grouping_of
from eventstudy.windows import Window

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from eventstudy.reporting.content import ReportContent

REPORT = "report.html"
"""The report of a folder of results."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EventStudyResults(ResultViews, Comparisons):
    """Results of a study: frames and later questions, as tables, figures and documents.

    Its frames are those of `StudyRecord`, what it can be asked is in `Comparisons` and
    `Answers`.
    """

    # -- facts ------------------------------------------------------------------------------

    def summary(self) -> str:
        """Return conventions, counts and the headline table, 80 columns wide."""
        return "\n".join([*self.lines(), "", self.to_text()])

    # -- tables -----------------------------------------------------------------------------

    def table(self, by: str | None = None, *, name: str | None = None) -> pd.DataFrame:
        """Return the table a paper prints: groups down, CAR windows across, p beneath."""
        shown = self.headline_name if name is None else name
        rows = self.tidy(by, windows=self.car_windows or [(0, 0)], names=[shown])
        rows = rows.assign(measure="car")
        return tables.layout(rows, name=shown, alternative=self.alternative, sign=self.sign)

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

    def _need_contrast(self) -> None:
        if self.contrasts.empty:
            raise NotApplicableError(
                "the study names no contrast; set statistics.contrast, or call "
                "results.contrast(column, first, second)",
                key="statistics.contrast",
            )

    # -- figures ----------------------------------------------------------------------------

    def plot(self, by: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw CAAR paths, as `plot_caar` does."""
        return self.plot_caar(by, ax)

    def plot_caar(
        self, by: str | None = None, ax: Axes | None = None, *, groups: Sequence[str] | None = None
    ) -> Axes:
        """Draw CAAR paths with 95 % intervals by date.

        Parameters
        ----------
        by
            A column, ``"security"`` or ``"a*b"``; None draws all pairs together.
        ax
            Where to draw; None makes a figure.
        groups
            Labels such as ``"category=deal"``; default the largest five of the grouping.
        """
        frame = self.caar
        by = None if by == "all" else by
        rows = frame if by is None else frame[frame["group"].map(grouping_of) == by]
        if rows.empty and self.fitted is not None:
            fitted_groups = make_groups(self.fitted.labels, [str(by)])[1:]
            rows = caar_frame(self.fitted.design, fitted_groups)
        elif rows.empty:
            groupings = sorted({grouping_of(group) for group in frame["group"] if group != "all"})
            choose(str(by), groupings, "grouping of these results")
        chosen = ["all"] if groups is None and by is None else list(groups or ())
        if not chosen:
            chosen = list(rows.groupby("group")["n_pairs"].max().nlargest(5).index)
        return figures.plot_caar(rows, ax, groups=chosen, labels=self.labels, sign=self.sign)

    def plot_car_by_event(
        self,
        window: Window | tuple[int, int] = (0, 0),
        ax: Axes | None = None,
        *,
        security: str | None = None,
    ) -> Axes:
        """Draw each event's CAR with its 95 % interval, in one market or averaged over them."""
        chosen = Window.of(window)
        frame = self.car_by_event(chosen)
        return figures.plot_car_by_event(
            frame, ax, security=security, window=(chosen.start, chosen.end)
        )

    def plot_heatmap(self, ax: Axes | None = None) -> Axes:
        """Draw mean CARs of categories by markets, with significance."""
        if self.heatmap.empty:
            raise NotApplicableError("the events have no category, so there is no heatmap")
        return figures.plot_heatmap(self.heatmap, ax, labels=self.labels, sign=self.sign)

    def plot_contrast(
        self, ax: Axes | None = None, *, window: Window | tuple[int, int] | None = None
    ) -> Axes:
        """Draw the study's first contrast by market; by default in the window of its findings."""
        self._need_contrast()
        chosen = Window.of(self.headline_window if window is None else window)
        ends = (chosen.start, chosen.end)
        return plot_contrast(self.contrasts, ax, window=ends, labels=self.labels)

    def plot_timeline(self, ax: Axes | None = None) -> Axes:
        """Draw the closes, rebased, with the events below."""
        first = self.alignment.dropna(subset=["session"]).groupby("event_id")["session"].min()
        is_studied = self.events["event_id"].isin(self.models["event_id"])
        events = self.events[is_studied].merge(
            first.rename("session"), left_on="event_id", right_index=True, validate="one_to_one"
        )
        return figures.plot_timeline(self.prices, events, ax, labels=self.labels)

    # -- documents --------------------------------------------------------------------------

    def report_content(self) -> ReportContent:
        """Return the frames and texts of the report."""
        from eventstudy.study.report_content import report_content

        return report_content(self)

    def to_html(self) -> str:
        """Return the report as one self-contained page."""
        from eventstudy.reporting.report import render_html

        return render_html(self.report_content())

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as one self-contained HTML file and return its path.

        Raises
        ------
        SourceError
            It would replace a file in a folder of results that no run wrote or that was changed
            since, or it cannot be written.
        """
        target = Path(path)
        text = self.to_html()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
        replace_file(target, text, is_listed=target.name == REPORT)
        return target

    def save(self, folder: str | os.PathLike[str], *, report: bool = True) -> Path:
        """Write the output folder: every frame as CSV, manifest.json, report.html.

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
                load_results(work).report(work / REPORT)

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
