"""The table of a paper as a value: read it, print it, write it in any format."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.exceptions import (
    EventStudyWarning,
    NotApplicableError,
    SourceError,
    SpecificationError,
)
from eventstudy.io.folders import replace_file
from eventstudy.io.spreadsheets import each_text, guarded
from eventstudy.registry import choose
from eventstudy.reporting import tables, wording
from eventstudy.reporting.figures_coefficients import plot_coefficients
from eventstudy.reporting.latex_page import SIZES, too_wide, what_fits
from eventstudy.text import is_missing, plain, records

if TYPE_CHECKING:
    import os

    from matplotlib.axes import Axes

    from eventstudy.reporting.drawing import Style
    from eventstudy.reporting.latex_page import LatexSize
    from eventstudy.text import Record

ENDINGS = ("tex", "docx", "xlsx", "html", "md", "csv")
"""Endings of the files a table can be saved as."""
_PERCENT = (
    "estimate", "std_error", "ci_low", "ci_high", "median", "positive", "caar", "size", "size_low",
    "size_high",
)  # fmt: skip
_PVALUES = ("pvalue", "pvalue_corrected")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PaperTable:
    r"""The table of a paper; `EventStudyResults.etable` makes it.

    It prints itself, in Jupyter as a table. Its frames are its own: those it gives can be changed.

    Attributes
    ----------
    texts : what is printed; ``attrs["notes"]`` stands below it
    numbers : what it was made of, in decimal returns and shares, a row a test
    caption, label : of the table, and for ``\ref``; None without
    stars : the p-values its stars stand for; None without stars
    labels : names of groups and markets

    Notes
    -----
    Packages that make tables of models, such as maketables, take it as one: a coefficient a window
    or day by the first test, with the p-value that its stars stand for.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=12, effect=0.01, beta=1.0)
    >>> results = es.event_study(
    ...     events, prices, markets=["M01", "M02"], benchmark="BMK", statistics="bmp", draws=0
    ... )
    >>> table = results.etable(tests="bmp", windows=[(0, 0)], show=["estimate", "t", "se", "n"])
    >>> table.table().shape[1]
    3
    """

    texts: pd.DataFrame
    numbers: pd.DataFrame
    caption: str | None = None
    label: str | None = None
    stars: wording.StarSource | None = "corrected"
    labels: dict[str, str]

    # -- to read ----------------------------------------------------------------------------

    @property
    def notes(self) -> str:
        """What stands below the table.

        Examples
        --------
        >>> "".join(table.notes)[:37]  # table: help(es.PaperTable)
        'CAAR: cumulative average abnormal ret'
        """
        return str(self.texts.attrs.get("notes", ""))

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers, a row a panel, column, window or day and test; missing is NaN.

        `star_pvalue` is the p-value the stars stand for.

        Examples
        --------
        >>> table.to_frame()["estimate"].round(3).tolist()  # table: help(es.PaperTable)
        [0.009]
        """
        return self.numbers.copy()

    def table(self) -> pd.DataFrame:
        """Return what is printed, as texts; ``attrs["notes"]`` says what they mean.

        Examples
        --------
        >>> table.table().columns.tolist()  # table: help(es.PaperTable)
        ['Window', 'CAAR, %', 'N']
        """
        return self.texts.copy()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()

    # -- to write ---------------------------------------------------------------------------

    def to_text(self, *, width: int = 80) -> str:
        """Return the table for a terminal, no line of which is longer than `width` columns.

        Examples
        --------
        >>> print(table.to_text().splitlines()[0])  # table: help(es.PaperTable)
        Window   CAAR, %   N
        """
        head = f"{plain(self.caption)}\n\n" if self.caption else ""
        return head + tables.to_text(self.texts, width)

    def to_markdown(self) -> str:
        """Return a pipe table, its caption above and its notes below.

        Examples
        --------
        >>> table.to_markdown().count("|") > 4  # table: help(es.PaperTable)
        True
        """
        head = f"**{tables.markdown_text(plain(self.caption))}**\n\n" if self.caption else ""
        return head + tables.to_markdown(self.texts)

    def to_html(self) -> str:
        """Return a ``<table>`` with its caption and notes, for a page of your own.

        Examples
        --------
        >>> table.to_html().startswith("<table")  # table: help(es.PaperTable)
        True
        """
        return tables.to_html(self.texts, caption=self.caption)

    def to_latex(
        self,
        *,
        caption: str | None = None,
        label: str | None = None,
        longtable: bool = False,
        siunitx: bool = False,
        size: LatexSize = "normalsize",
        landscape: bool = False,
    ) -> str:
        r"""Return the table as LaTeX with booktabs rules.

        Needs ``\usepackage{booktabs,threeparttable}``, for a longtable
        ``\usepackage{array,booktabs,longtable}``, on a turned page ``rotating`` besides; the first
        line, a comment, says which.

        Parameters
        ----------
        caption, label
            Default: those of the table.
        longtable
            Whether the table may run over pages, its head repeated.
        siunitx
            Whether numbers stand in ``S`` columns, which align their decimal points; needs
            ``\usepackage{siunitx}``, version 3.
        size
            ``"small"``, ``"footnotesize"`` or ``"scriptsize"`` for a wide table.
        landscape
            Whether the table stands on a turned page, as a ``sidewaystable``.

        Raises
        ------
        SpecificationError
            A label that LaTeX could not read; an unknown size; size or landscape of a longtable.

        Warns
        -----
        EventStudyWarning
            The table is wider than the page (as LaTeX's ``article`` has it); it says what fits.

        Examples
        --------
        Of `PaperTable`, whose example makes ``table``.

        >>> "booktabs" in table.to_latex() or "toprule" in table.to_latex()
        True
        """
        shown = self.caption if caption is None else caption
        mark = self.label if label is None else label
        if longtable:
            if landscape or size != "normalsize":
                raise SpecificationError("size and landscape are of a table on one page")
            return tables.to_longtable(self.texts, shown, mark, siunitx=siunitx)
        choose(size, SIZES, "size")
        cells = tables.cells_of(self.texts)
        if said := too_wide(cells.header, cells.rows, size=size, landscape=landscape):
            fits = what_fits(cells.header, cells.rows)
            warnings.warn(f"{said}; {fits}", EventStudyWarning, stacklevel=2)
        return tables.to_latex(
            self.texts, shown, mark, siunitx=siunitx, size=size, landscape=landscape
        )

    def to_word(self) -> bytes:
        """Return a docx file with the table; needs the extra ``word``.

        Raises
        ------
        NotApplicableError
            python-docx is not installed.

        Examples
        --------
        >>> document = table.to_word()  # table: help(es.PaperTable)
        """
        from eventstudy.reporting.word import to_word

        return to_word(self.texts, self.caption)

    def to_excel(self) -> bytes:
        """Return an xlsx file, the table as printed and its numbers; needs the extra ``excel``.

        Raises
        ------
        NotApplicableError
            XlsxWriter is not installed.

        Examples
        --------
        >>> workbook = table.to_excel()  # table: help(es.PaperTable)
        """
        from eventstudy.reporting.printed_sheet import to_excel

        return to_excel(
            self.texts, self.caption, numbers=self.numbers, percent=_PERCENT,
            pvalues=(*_PVALUES, "star_pvalue"),
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> Path:
        r"""Write the table as one file, by its ending, and return its path.

        ``.tex`` is the table alone, to be read by ``\input``, ``.html`` the table alone, ``.csv``
        its numbers.

        Parameters
        ----------
        path
            Ends with .tex, .docx, .xlsx, .html, .md or .csv.

        Raises
        ------
        SpecificationError
            Another ending.
        NotApplicableError
            A docx without python-docx, an xlsx without XlsxWriter.
        SourceError
            The file cannot be written, or lies in a folder of results and is none of yours.

        Examples
        --------
        >>> table.save("table-1.tex").name  # table: help(es.PaperTable)
        'table-1.tex'
        """
        target = Path(path)
        ending = choose(target.suffix.removeprefix(".").lower(), ENDINGS, "format")
        content: str | bytes
        if ending == "docx":
            content = self.to_word()
        elif ending == "xlsx":
            content = self.to_excel()
        elif ending == "csv":
            content = each_text(self.numbers, guarded).to_csv(index=False, lineterminator="\n")
        else:
            writers = {"tex": self.to_latex, "html": self._page, "md": self.to_markdown}
            content = writers[ending]()
            content = content if content.endswith("\n") else f"{content}\n"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
        replace_file(target, content, is_listed=False)
        return target

    def _page(self) -> str:
        """A page with the table alone, which fetches nothing."""
        from markupsafe import Markup

        from eventstudy.reporting.report import render_template

        return render_template(
            "results.html.jinja",
            title=plain(self.caption or "Table"),
            sentences=[],
            table=Markup(tables.to_html(self.texts, notes="")),  # noqa: S704 - escapes its texts
            notes=self.notes,
        )

    # -- to draw ----------------------------------------------------------------------------

    def plot(
        self,
        ax: Axes | None = None,
        *,
        level: float = 0.95,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the estimates with their intervals; the table must show ``se``.

        See `eventstudy.reporting.figures_coefficients.plot_coefficients`.

        Raises
        ------
        NotApplicableError
            The table does not show ``se``, or has none.

        Examples
        --------
        >>> ax = table.plot()  # table: help(es.PaperTable)
        """
        if "se" not in self.texts.attrs.get("shown", ()):
            raise NotApplicableError(
                'intervals need standard errors: ask for them, etable(show=["estimate", "se"])'
            )
        return plot_coefficients(
            self.numbers, ax, labels=self.labels, level=level, style=style, width=width
        )

    # -- as a model among models ------------------------------------------------------------

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """A coefficient a row of the table: b, se, t, p, and the interval; decimal returns."""
        rows = self.numbers[self.numbers["name"] == self.numbers["name"].iloc[0]]
        kept = {
            "b": "estimate", "se": "std_error", "t": "statistic", "p": "star_pvalue",
            "ci95l": "ci_low", "ci95u": "ci_high",
        }  # fmt: skip
        frame = pd.DataFrame({name: rows[column].to_numpy() for name, column in kept.items()})
        frame.index = pd.Index([_coefficient(row) for row in records(rows)], name="Coefficient")
        return frame

    def __maketables_stat__(self, key: str) -> int | str | None:
        """The number of pairs (``N``) and the test (``se_type``)."""
        if key == "N":
            most = self.numbers["n_pairs"].max()
            return None if is_missing(most) else int(most)
        return str(self.numbers["name"].iloc[0]) if key == "se_type" else None

    @property
    def __maketables_depvar__(self) -> str:
        """What is averaged."""
        parts = set(self.numbers["part"])
        return {"day": "AAR", "window": "CAAR"}[parts.pop()] if len(parts) == 1 else "AAR, CAAR"

    @property
    def __maketables_fixef_string__(self) -> str | None:
        """There are no fixed effects."""
        return None

    @property
    def __maketables_vcov_info__(self) -> dict[str, object]:
        """The test whose standard errors these are."""
        return {"vcov_type": str(self.numbers["name"].iloc[0]), "clustervar": None}


def _coefficient(row: Record) -> str:
    window = wording.window_label(int(row.window_start), int(row.window_end))
    return ", ".join(filter(None, [row.panel, row.column, window]))
