r"""What any results say as a document without a browser: Markdown, and LaTeX that compiles.

A `Document` is texts and frames; the writers here escape every text, since headlines and names
come from strangers. LaTeX comes as two files: the tables, to be put into a paper by ``\input``, and
a small document that shows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.reporting import tables
from eventstudy.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

_PREAMBLE = r"""\documentclass[a4paper,10pt]{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
  % Letters that pdfLaTeX lacks are printed as a box; XeLaTeX and LuaLaTeX print them where the
  % main font has them.
  \makeatletter
  \def\UTFviii@undefined@err#1{\fbox{?}}
  \makeatother
\else
  \usepackage{fontspec}
\fi
\usepackage{array,booktabs,longtable}
\usepackage[margin=18mm]{geometry}
\setlength{\tabcolsep}{3.5pt}
\setlength{\emergencystretch}{3em}
\setlength{\LTcapwidth}{\linewidth}
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of a document: its title, what it shows in words, and its SVG."""

    title: str
    alt: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """What results say.

    Attributes
    ----------
    title : plain text
    sentences : what was asked and found
    sections : heading and sentences of what follows, such as the findings
    tables
        Caption and frame of what is printed, as texts; ``attrs["notes"]`` says what they mean.
    frames : the numbers, by name, in decimal returns and shares
    pictures : draws the figures, which takes a while; called where they are wanted
    """

    title: str
    sentences: Sequence[str]
    sections: Sequence[tuple[str, Sequence[str]]] = ()
    tables: Sequence[tuple[str, pd.DataFrame]]
    frames: Mapping[str, pd.DataFrame]
    pictures: Callable[[], Sequence[Picture]] = tuple


def to_markdown(document: Document, pictures: Mapping[str, Picture] | None = None) -> str:
    """Return a document as Markdown (pipe tables); every text in it is escaped.

    Parameters
    ----------
    document
        Its frames are named, not printed.
    pictures
        By the names of their files, which stand beside the document.
    """
    lines = [f"# {tables.markdown_text(plain(document.title))}", ""]
    for sentence in document.sentences:
        lines += [_paragraph(sentence), ""]
    for heading, sentences in document.sections:
        lines += [f"## {tables.markdown_text(heading)}", ""]
        lines += [f"- {_paragraph(sentence)}" for sentence in sentences]
        lines.append("")
    for name, picture in (pictures or {}).items():
        lines += [
            f"## {tables.markdown_text(plain(picture.title))}",
            "",
            f"![{tables.markdown_text(plain(picture.alt))}]({_address(name)})",
            "",
        ]
    for caption, frame in document.tables:
        lines += [f"## {tables.markdown_text(caption)}", "", tables.to_markdown(frame), ""]
    if document.frames:
        names = ", ".join(document.frames)
        lines += [f"The numbers: {tables.markdown_text(names)} (csv, xlsx).", ""]
    return "\n".join(lines)


def latex_tables(document: Document) -> str:
    r"""Return the tables of a document as LaTeX, to be read by ``\input``.

    Each is a ``longtable``; they need ``\usepackage{array,booktabs,longtable}``.
    """
    parts = [tables.to_longtable(frame, caption) for caption, frame in document.tables]
    return "\n\\bigskip\n\n".join(parts)


def to_latex(document: Document, tables_file: str) -> str:
    r"""Return a small document that shows the texts and reads the tables from a file.

    Parameters
    ----------
    document
        Its texts are escaped; a letter pdfLaTeX lacks becomes a box.
    tables_file
        Name of the file of `latex_tables`, without ``.tex``: letters, digits and ``-_`` only.
    """
    lines = [
        _PREAMBLE.rstrip(),
        rf"\title{{{tables.latex_text(document.title)}}}",
        r"\author{}\date{}",
        r"\begin{document}",
        r"\maketitle",
    ]
    for sentence in document.sentences:
        lines += ["", rf"\noindent {tables.latex_text(sentence)}\par"]
    for heading, sentences in document.sections:
        if not sentences:
            continue
        lines += ["", rf"\section*{{{tables.latex_text(heading)}}}", r"\begin{itemize}"]
        lines += [rf"\item {tables.latex_text(sentence)}" for sentence in sentences]
        lines.append(r"\end{itemize}")
    if document.tables:
        lines += ["", r"\clearpage", r"{\footnotesize", rf"\input{{{tables_file}}}", "}"]
    return "\n".join([*lines, r"\end{document}", ""])


def _paragraph(sentence: str) -> str:
    """A sentence that begins no list, heading or numbered item."""
    text = tables.markdown_text(plain(sentence))
    return re.sub(r"^(\d+)([.)])(?=\s)", r"\1\\\2", re.sub(r"^([#+\-])", r"\\\1", text))


def _address(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else f"%{ord(c):02X}" for c in name)
