"""Results of any kind as a file: its ending says which format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io import frame_sheets
from eventstudy.io.folders import replace_file
from eventstudy.registry import choose
from eventstudy.reporting import document as documents
from eventstudy.reporting import pdf

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from eventstudy.reporting.document import Document

FORMATS = ("html", "md", "pdf", "tex", "xlsx")
"""Formats of a report, by the endings of their files."""
_TABLES, _FIGURE = "_tables", "_figure"
_OWN = ("report", "calibration", "curve", "intraday")
"""What files of runs are called: the next run of their kind replaces them."""
_PERCENT = (
    "estimate", "std_error", "ci_low", "ci_high", "car", "bhar", "caar", "return", "normal_return",
    "abnormal_return", "mde_return", "estimate_without", "estimate_clear", "mean_a", "mean_b",
    "low", "median", "high", "ordinary_low", "ordinary_high", "sigma", "volatility", "rate",
    "rate_low", "rate_high", "median_estimate", "share_significant", "share_of_variance",
)  # fmt: skip
_PVALUES = (
    "pvalue", "pvalue_corrected", "sq_pvalue", "pvalue_greater", "pvalue_less", "pvalue_clear",
    "pvalue_stepdown",
    "group_pvalue", "group_pvalue_holm", "group_pvalue_bh", "scaled_pvalue", "placebo_pvalue",
    "pvalue_rank_sum",
)  # fmt: skip


class Exported(Protocol):
    """Results that can be written as a file."""

    def document(self) -> Document:
        """Return what the results say, as texts and frames."""
        ...

    def to_html(self) -> str:
        """Return the results as one self-contained page."""
        ...


def chosen_formats(names: str) -> tuple[str, ...]:
    """Read ``html,pdf`` as formats, each once; see that what they need is on this machine.

    Raises
    ------
    SpecificationError
        An unknown format, or none.
    NotApplicableError
        A format needs what is not installed; the message says what to install.

    Examples
    --------
    >>> chosen_formats("html, md,html")
    ('html', 'md')
    """
    parts = tuple(dict.fromkeys(name.strip() for name in names.split(",")))
    for name in parts:
        choose(name, FORMATS, "format")
    if "pdf" in parts:
        pdf.check_printer()
    if "xlsx" in parts:
        frame_sheets.check_writer()
    return parts


def export(results: Exported, path: str | os.PathLike[str], html: str | None = None) -> Path:
    r"""Write results as a file and return its path.

    ``.html`` and ``.pdf`` are the page; ``.md`` and ``.tex`` its words and tables; ``.xlsx`` every
    frame as a sheet. Figures of Markdown are ``name_figure1.svg`` and so on. LaTeX is two files:
    ``name.tex`` compiles and reads ``name_tables.tex``.

    Parameters
    ----------
    results
        Of a study, a calibration, a curve, an intraday study.
    path
        In a folder of results a file is replaced only if a run wrote it.
    html
        The page, where that is not ``results.to_html()``.

    Raises
    ------
    SpecificationError
        The ending is none of `FORMATS`, or the name cannot be read by LaTeX.
    NotApplicableError
        The format needs what is not installed.
    SourceError
        The file cannot be written, or would replace what no run wrote.
    """
    target = Path(path)
    for place, content in _contents(results, target, html):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(f"cannot be written ({error.strerror})", file=str(place)) from error
        own = place.stem.partition("_")[0] in _OWN
        replace_file(place, content, is_listed=own)
    return target


def export_all(
    results: Exported, folder: Path, stem: str, formats: Iterable[str], html: str | None = None
) -> list[Path]:
    """Write results in several formats as ``folder/stem.format`` and return the paths."""
    return [export(results, folder / f"{stem}.{name}", html) for name in formats]


def _contents(
    results: Exported, target: Path, html: str | None
) -> Sequence[tuple[Path, str | bytes]]:
    ending = target.suffix.removeprefix(".").lower()
    choose(ending, FORMATS, "format")
    if ending in ("html", "pdf"):
        page = results.to_html() if html is None else html
        return [(target, page if ending == "html" else pdf.pdf_bytes(page)[0])]
    document = results.document()
    if ending == "md":
        pictures = {
            f"{target.stem}{_FIGURE}{number}.svg": picture
            for number, picture in enumerate(document.pictures(), start=1)
        }
        drawn = [(target.with_name(name), f"{it.svg}\n") for name, it in pictures.items()]
        return [*drawn, (target, documents.to_markdown(document, pictures))]
    if ending == "xlsx":
        return [
            (target, frame_sheets.workbook(document.frames, percent=_PERCENT, pvalues=_PVALUES))
        ]
    if not all(c.isascii() and (c.isalnum() or c in "-_") for c in target.stem):
        raise SpecificationError(
            f"{target.name}: LaTeX reads names of letters, digits, - and _ only"
        )
    beside = target.with_name(f"{target.stem}{_TABLES}.tex")
    return [
        (beside, documents.latex_tables(document)),
        (target, documents.to_latex(document, beside.stem)),
    ]
