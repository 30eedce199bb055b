"""The answer with its verbs: as JSON, as text, as a page, as a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eventstudy.exceptions import SpecificationError
from eventstudy.expectation import values
from eventstudy.expectation.payload import payload_of
from eventstudy.expectation.text import text_of
from eventstudy.io.writing import write_text
from eventstudy.registry import choose

if TYPE_CHECKING:
    import os

FORMATS: Final = ("html", "pdf", "json", "text")
"""What an answer can be written as."""
SUFFIXES: Final = {".html": "html", ".htm": "html", ".pdf": "pdf", ".json": "json", ".txt": "text"}
"""Endings of files, each with the format it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation(values.Expectation):  # noqa: D101 - it shows the fields of the value
    __doc__ = values.Expectation.__doc__

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as what JSON can hold.

        Returns
        -------
        dict
            ``headline``, ``published_utc``, ``now_utc``, ``category``, ``direction``,
            ``confidence`` and ``markets``, a dict each: security, status, opens_utc, closes_utc,
            session, n_dates, level, median, low, high, ordinary_low, ordinary_high, n_up,
            contrast, contrast_p, and further keys. Decimal returns of 12 significant digits; ISO
            times in UTC; None where there is no number. ``low`` and ``high`` are None under
            eight dates.

        Examples
        --------
        >>> answer.to_dict()["direction"]  # answer: help(es.Expectation)
        'de-escalation'
        """
        return payload_of(self)

    def to_json(self) -> str:
        """Return `to_dict` as the text of a JSON file.

        Examples
        --------
        >>> "published_utc" in answer.to_json()  # answer: help(es.Expectation)
        True
        """
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def to_text(self, width: int = 80) -> str:
        """Return the answer for a terminal, no line wider than `width` columns (at least 70).

        Examples
        --------
        >>> print(answer.to_text().splitlines()[0])  # answer: help(es.Expectation)
        US exempts phones and chips from tariffs
        """
        return text_of(self, width)

    def to_html(self) -> str:
        """Return the page: one self-contained HTML document.

        Examples
        --------
        >>> answer.to_html().startswith("<!")  # answer: help(es.Expectation)
        True
        """
        from eventstudy.expectation.page import render

        return render(self)

    def save(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,  # noqa: A002 - as pandas
    ) -> Path:
        """Write the answer to a file and return its path; what was there is replaced.

        Parameters
        ----------
        path
            Its ending says the format: .html, .pdf, .json, .txt.
        format
            ``"html"``, ``"pdf"``, ``"json"`` or ``"text"``, whatever the ending.

        Raises
        ------
        SpecificationError
            No format is known by this ending.
        SourceError
            The file cannot be written, or nothing on this machine makes PDF.

        Examples
        --------
        >>> answer.save("morning.html").name  # answer: help(es.Expectation)
        'morning.html'
        """
        target = Path(path)
        chosen = format_of(target) if format is None else choose(format, FORMATS, "format")
        if chosen == "pdf":
            from eventstudy.reporting.pdf import write_pdf

            write_pdf(self.to_html(), target)
            return target
        made = {"html": self.to_html, "json": self.to_json, "text": self.to_text}[chosen]()
        write_text(target, made if made.endswith("\n") else made + "\n")
        return target

    def __repr__(self) -> str:
        return (
            f"Expectation({self.category}, {self.direction}, {len(self.markets)} markets, "
            f"{self.strength} evidence, {self.now_utc:%Y-%m-%d %H:%M} UTC)"
        )

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own so that its styles stay inside."""
        import html

        page = html.escape(self.to_html(), quote=True)
        height = 600 + 140 * len(self.markets)
        return (
            f'<iframe srcdoc="{page}" sandbox="" title="What to expect" loading="lazy" '
            f'style="width:100%;height:{height}px;border:0"></iframe>'
        )


def format_of(path: Path) -> str:
    """Return the format an ending stands for.

    Raises
    ------
    SpecificationError
        None is known by it.

    Examples
    --------
    >>> format_of(Path("morning.html"))
    'html'
    """
    found = SUFFIXES.get(path.suffix.lower())
    if found is None:
        ending = f"the ending {path.suffix!r} stands for" if path.suffix else "without an ending,"
        raise SpecificationError(
            f"{path}: {ending} no format; end it with .html, .pdf, .json or .txt"
        )
    return found
