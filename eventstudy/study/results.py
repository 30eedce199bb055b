"""Results: what a study found, as tables, figures and documents."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.exceptions import NotApplicableError, SourceError
from eventstudy.io.folders import MANIFEST, replace_file
from eventstudy.reporting import tables
from eventstudy.reporting.contrasts import contrast_table
from eventstudy.reporting.convention_tables import conventions_table
from eventstudy.reporting.layout import layout
from eventstudy.reporting.result_views import ResultViews
from eventstudy.study.figures import StudyFigures
from eventstudy.study.saving import read_folder, write_folder
from eventstudy.study.tests_asked import assumption_of, own_statistics

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd

    from eventstudy.reporting.content import ReportContent
    from eventstudy.reporting.document import Document
    from eventstudy.reporting.finding import Finding

REPORT = "report.html"
"""The report of a folder of results."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EventStudyResults(ResultViews, StudyFigures):
    """Results of a study: frames and later questions, as tables, figures and documents.

    Its frames are those of `StudyRecord`, what it can be asked and drawn as is in `StudyFigures`,
    `PaperTables`, `Comparisons` and `Answers`.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=24, effect=0.01, beta=1.0)
    >>> table = events.frame.assign(kind=["good", "bad"] * 12)
    >>> results = es.event_study(
    ...     table, prices, markets=["M01", "M02", "M03"], benchmark="BMK", event_window=(-2, 2),
    ...     statistics=["placebo", "bmp"], by="kind", contrast=["kind", "good", "bad"], draws=99,
    ... )
    >>> print(results.table().iloc[0, 0])
    All events
    """

    # -- facts ------------------------------------------------------------------------------

    def summary(self) -> str:
        """Return conventions, counts and the headline table, 80 columns wide.

        Where a study names statistics of its own, at most four, the p-values of each stand in it.

        Examples
        --------
        >>> print(results.summary().splitlines()[0])  # results: help(es.EventStudyResults)
        Event study
        """
        shown = self._layout(None, self.headline_name, also=self._asked_besides())
        return "\n".join([*self.lines(), "", tables.to_text(shown)])

    def findings(self) -> list[Finding]:
        """Return what the study found in sentences, its answers first, each with its rows.

        Examples
        --------
        >>> print(results.findings()[0].strength)  # results: help(es.EventStudyResults)
        none
        """
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

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> for line in results.answers(width=72).splitlines()[3:6]:
        ...     print(line)
        Whether all markets together did better after good news than after bad
        news cannot be told: +0.05 percentage points on the first session (p =
        0.810; 12 against 12 dates).
        """
        from eventstudy.study.first_screen import first_screen

        return "\n".join(first_screen(self, width=width, is_full=is_full))

    def __repr__(self) -> str:
        _, *conventions = self.lines()
        return "\n".join([self.answers(), "", "How it was measured:", *conventions])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.answers())}</pre>{ResultViews._repr_html_(self)}"

    # -- tables -----------------------------------------------------------------------------

    def table(self, by: str | None = None, *, name: str | None = None) -> pd.DataFrame:
        """Return the table a paper prints: groups down, CAR windows across, p beneath.

        Examples
        --------
        >>> results.table(by="kind").shape  # results: help(es.EventStudyResults)
        (5, 6)
        """
        return self._layout(by, self.headline_name if name is None else name)

    def _layout(self, by: str | None, name: str, also: Sequence[str] = ()) -> pd.DataFrame:
        rows = self.tidy(by, windows=self.car_windows or [(0, 0)], names=[name, *also])
        rows = rows.assign(measure="car")
        return layout(
            rows, name=name, alternative=self.alternative, sign=self.sign,
            assumes=assumption_of(name), also=also,
        )  # fmt: skip

    def _asked_besides(self) -> list[str]:
        """The statistics a study names itself besides the headline, where a table has room."""
        asked = own_statistics(self.spec["statistics"]["names"])
        return [name for name in asked if name != self.headline_name]

    def to_text(self, by: str | None = None, *, name: str | None = None, width: int = 80) -> str:
        """Return `table` for a terminal.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> print(results.to_text(by="kind", name="bmp").splitlines()[0])
        group        [0,0]     [0,+1]    [-1,+1]  events  dates
        """
        return tables.to_text(self.table(by, name=name), width)

    def to_markdown(self, by: str | None = None, *, name: str | None = None) -> str:
        """Return `table` as Markdown.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> print(results.to_markdown(by="kind", name="bmp").splitlines()[0])
        | group | [0,0] | [0,+1] | [-1,+1] | events | dates |
        """
        return tables.to_markdown(self.table(by, name=name))

    def to_latex(
        self,
        by: str | None = None,
        *,
        name: str | None = None,
        caption: str | None = None,
        label: str | None = None,
    ) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable).

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> text = results.to_latex(by="kind", name="bmp", caption="Reactions", label="tab:kind")
        >>> text.count("toprule"), "label{tab:kind}" in text
        (1, True)
        """
        return tables.to_latex(self.table(by, name=name), caption, label)

    def contrast_table(self) -> pd.DataFrame:
        """Return the contrasts as a paper prints them: markets down, windows across, p beneath.

        Examples
        --------
        >>> results.contrast_table().index.tolist()[:2]  # results: help(es.EventStudyResults)
        [0, 1]
        """
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

        Examples
        --------
        >>> study = es.EventStudy(  # events and prices: help(es.EventStudyResults)
        ...     markets=["M01", "M02", "M03"], model=es.MarketModel("BMK", sync="same_date"),
        ...     estimation_window=(-120, -11), event_window=(-2, 2), car_windows=[(0, 0)],
        ...     date_only="same", calendar="data", statistics=["bmp"], conventions="stata_estudy",
        ... )
        >>> compared = study.fit(events, prices).conventions_table()
        >>> compared[["pvalue", "pvalue_stata_estudy"]].iloc[0].round(3).tolist()
        [0.0, 0.0]
        """
        if self.statistics_conventions.empty:
            raise NotApplicableError(
                'the study names no convention; give it one, conventions="stata_estudy"',
                key="conventions",
            )
        return conventions_table(self.statistics_conventions)

    # -- documents --------------------------------------------------------------------------

    def report_content(self) -> ReportContent:
        """Return the frames and texts of the report.

        Examples
        --------
        >>> results.report_content().title  # results: help(es.EventStudyResults)
        'Event study'
        """
        from eventstudy.study.report_content import report_content

        return report_content(self)

    def document(self) -> Document:
        """Return findings, tables and every frame, for formats that are no page.

        Examples
        --------
        >>> sorted(results.document().frames)[:3]  # results: help(es.EventStudyResults)
        ['abnormal_returns', 'alignment', 'anticipation']
        """
        from eventstudy.study.report_document import report_document

        return report_document(self)

    def to_html(self, *, full: bool = False) -> str:
        """Return the report as one self-contained page; `full` as for `report`.

        Examples
        --------
        >>> results.to_html().startswith("<!DOCTYPE html>")  # results: help(es.EventStudyResults)
        True
        """
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

        Examples
        --------
        >>> results.report("report.html").name  # results: help(es.EventStudyResults)
        'report.html'
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

        Examples
        --------
        >>> folder = results.save("first-results")  # results: help(es.EventStudyResults)
        >>> (folder / "statistics.csv").is_file()
        True
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

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8)
    >>> results = es.event_study(events, prices, model=es.ConstantMean(), draws=0)
    >>> again = es.load_results(results.save("first-results"))
    >>> again.to_text() == results.to_text()
    True
    """
    frames, manifest = read_folder(Path(folder))
    return EventStudyResults(manifest=manifest, fitted=None, **frames)
