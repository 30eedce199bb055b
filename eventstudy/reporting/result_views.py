"""The methods results of every kind have, and those that follow from the others.

A study by sessions, one by minutes, a specification curve and a calibration are read alike: `tidy`
is the frame of numbers, `table` the one that is printed, and the other verbs say, draw or keep
what was found.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from eventstudy.reporting import tables
from eventstudy.text import plain

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.axes import Axes

    from eventstudy.reporting.document import Document


class Results(Protocol):
    """Results of any kind: frame, table, text, page, figure and folder of what was found.

    Kinds take arguments of their own besides; without any, each verb answers for the whole.
    """

    def lines(self) -> list[str]:
        """Return what was asked and found in lines of text, the title first."""
        ...

    def tidy(self) -> pd.DataFrame:
        """Return the numbers, in decimal returns and shares; missing is NaN.

        The frame is the caller's own: changing it changes no results.
        """
        ...

    def table(self) -> pd.DataFrame:
        """Return what is printed, as texts; ``attrs["notes"]`` says what they mean."""
        ...

    def to_text(self, *, width: int = 80) -> str:
        """Return the results for a terminal, no line of which is longer than `width` columns."""
        ...

    def to_markdown(self) -> str:
        """Return `table` as Markdown."""
        ...

    def to_latex(self, *, caption: str | None = None, label: str | None = None) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable)."""
        ...

    def to_html(self) -> str:
        """Return the results as one self-contained page, which fetches nothing."""
        ...

    def document(self) -> Document:
        """Return the results as texts and frames, for formats that are no page."""
        ...

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write the results as one file: html, md, pdf, tex or xlsx, by its ending."""
        ...

    def plot(self) -> Axes:
        """Draw the figure one wants to see first; other axes are those of ``ax.figure``."""
        ...

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the output folder, whole or not at all, and return its path."""
        ...


class ResultViews:
    """The verbs of `Results` that follow from `lines` and `table`, for a class that has those.

    A class whose `table` takes arguments gives its own `to_markdown` and `to_latex`, which take
    them too; one with a richer page its own `to_html`.
    """

    __slots__ = ()

    def to_markdown(self: Results) -> str:
        """Return `table` as Markdown.

        Examples
        --------
        >>> "| group |" in results.to_markdown()  # results: help(es.EventStudyResults)
        True
        """
        return tables.to_markdown(self.table())

    def to_latex(self: Results, *, caption: str | None = None, label: str | None = None) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable).

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> text = results.to_latex(caption="Reactions", label="tab:reactions")
        >>> text.count("toprule"), "label{tab:reactions}" in text
        (1, True)
        """
        return tables.to_latex(self.table(), caption, label)

    def to_html(self: Results) -> str:
        """Return `lines` and `table` as one self-contained page, which fetches nothing.

        Examples
        --------
        >>> results.to_html().startswith("<!DOCTYPE html>")  # results: help(es.EventStudyResults)
        True
        """
        from markupsafe import Markup

        from eventstudy.reporting.report import render_template

        title, *sentences = (plain(line) for line in self.lines())
        table = self.table()
        return render_template(
            "results.html.jinja",
            title=title,
            sentences=sentences,
            table=Markup(tables.to_html(table, notes="")),  # noqa: S704 - escapes its texts
            notes=str(table.attrs.get("notes", "")),
        )

    def document(self: Results) -> Document:
        """Return `lines`, `table` and `tidy` as texts and frames, for formats that are no page.

        Examples
        --------
        >>> results.document().title  # results: help(es.EventStudyResults)
        'Event study'
        """
        from eventstudy.reporting.document import Document

        title, *sentences = (plain(line) for line in self.lines())
        return Document(
            title=title,
            sentences=sentences,
            tables=[("Results", self.table())],
            frames={"results": self.tidy()},
        )

    def export(self: Results, path: str | os.PathLike[str]) -> Path:
        r"""Write the results as one file, by its ending, and return its path.

        ``.html`` and ``.pdf`` are the page, ``.md`` and ``.tex`` its words and tables, ``.xlsx``
        every frame as a sheet. Figures of Markdown stand beside it, and so do the tables of LaTeX,
        ``name_tables.tex``, which a paper can read by ``\input``.

        Parameters
        ----------
        path
            Ends with .html, .md, .pdf, .tex or .xlsx. In a folder of results a file is replaced
            only if a run wrote it.

        Raises
        ------
        SpecificationError
            Another ending.
        NotApplicableError
            A pdf without WeasyPrint and a browser, an xlsx without XlsxWriter.
        SourceError
            The file cannot be written.

        Examples
        --------
        >>> results.export("report.md").name  # results: help(es.EventStudyResults)
        'report.md'
        """
        from eventstudy.reporting.formats import export

        return export(self, path)

    def to_duckdb(self: Results, path: str | os.PathLike[str]) -> Path:
        """Write every frame as a table of one DuckDB file, and return its path.

        Columns have the types of ``datapackage.json``, times are in UTC, and what a table and a
        column hold is its comment (``duckdb_columns()``). A file that this method wrote is
        replaced, any other is left alone.

        Raises
        ------
        SourceError
            The file is another one, or cannot be written.

        Examples
        --------
        >>> results.to_duckdb("results.duckdb").name  # results: help(es.EventStudyResults)
        'results.duckdb'
        """
        from eventstudy.io.databases import write_database
        from eventstudy.reporting.columns import described_tables

        document = self.document()
        about = {"tool": "eventstudy", "title": document.title}
        return write_database(Path(path), described_tables(document.frames), about)

    def to_parquet(self: Results, folder: str | os.PathLike[str]) -> list[Path]:
        """Write every frame as a parquet file of a folder, and return their paths.

        Raises
        ------
        SourceError
            One of the files is there already, or cannot be written.

        Examples
        --------
        >>> len(results.to_parquet("frames")) > 5  # results: help(es.EventStudyResults)
        True
        """
        from eventstudy.io.databases import write_parquet
        from eventstudy.reporting.columns import described_tables

        return write_parquet(Path(folder), described_tables(self.document().frames))

    def __repr__(self: Results) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self: Results) -> str:
        lines = "<br>".join(escape(plain(line)) for line in self.lines())
        return f"<p>{lines}</p>{tables.to_html(self.table())}"
