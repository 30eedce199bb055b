"""What may be sent to a database: one statement that reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIECES = re.compile(
    r"""
      (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<open>['"])
    | (?P<line>--[^\n]*)
    | (?P<block>/\*)
    | (?P<mark>\$\w*\$|\b[eE](?='))
    | (?P<end>;)
    """,
    re.VERBOSE,
)
_FIRST = re.compile(r"[\s(]*(select|with)\b", re.IGNORECASE)


def check_query(query: str) -> str:
    """Return a query without its closing semicolon, or raise if it is not one SELECT or WITH.

    The database itself is opened for reading; this check comes before. Where databases read a text
    differently, the stricter reading counts.

    Parameters
    ----------
    query
        SQL of the user's own; comments are allowed.

    Raises
    ------
    SpecificationError
        Empty, several statements, another statement, a quotation or comment that never ends.

    Examples
    --------
    >>> check_query("SELECT date, security, close FROM p;")
    'SELECT date, security, close FROM p'
    >>> check_query("DELETE FROM p")
    Traceback (most recent call last):
        ...
    eventstudy.exceptions.SpecificationError: prices.query must be one SELECT (or WITH ... SELECT):
    the database is only read
    """
    text, ends, _ = _without_quotations(query)
    if not text.strip():
        raise SpecificationError(
            "prices.query is empty; write a SELECT, or name prices.table", key="prices.query"
        )
    if not _FIRST.match(text):
        raise SpecificationError(
            "prices.query must be one SELECT (or WITH ... SELECT): the database is only read",
            key="prices.query",
        )
    if ends:
        if text[ends[0] :].replace(";", "").strip():
            raise SpecificationError(
                "prices.query holds more than one statement; write one SELECT (or WITH ... SELECT)",
                key="prices.query",
            )
        return query[: ends[0]].rstrip()
    return query.rstrip()


def named_files(query: str | None, parameters: Mapping[str, Any]) -> list[str]:
    """Return every text of a query that may name a file: quotations and parameters."""
    texts = [] if query is None else _without_quotations(query)[2]
    # as SQLAlchemy reads a colon that begins no parameter
    named: list[Any] = [text.replace("\\:", ":") for text in texts]
    for value in parameters.values():
        named += value if isinstance(value, list | tuple) else [value]
    return [text for text in named if isinstance(text, str) and text]


def _without_quotations(query: str) -> tuple[str, list[int], list[str]]:
    """Return a query without what it quotes or comments, and what it quotes.

    Returns
    -------
    text : the query with blanks for quotations and comments
    ends : positions of its semicolons
    texts : what stands in quotation marks

    Raises
    ------
    SpecificationError
        A quotation or comment that never ends, or a way of quoting that databases read differently.
    """
    parts: list[str] = []
    ends: list[int] = []
    texts: list[str] = []
    position = 0
    while (piece := _PIECES.search(query, position)) is not None:
        start, stop = piece.span()
        if piece["open"]:
            raise SpecificationError("a quotation never ends", key="prices.query")
        if piece["mark"]:
            raise SpecificationError(
                f"quote text as 'text', not with {piece['mark']}", key="prices.query"
            )
        if "\\'" in (piece["string"] or ""):  # a server may take it for a quote of the text
            raise SpecificationError(
                "a backslash stands before a quotation mark; write ' in a text as ''",
                key="prices.query",
            )
        if piece["string"]:
            mark = piece["string"][0]
            texts.append(piece["string"][1:-1].replace(2 * mark, mark))
        if piece["block"]:
            stop = _comment_end(query, stop)
        if piece["end"]:
            ends.append(start)
        visible = query[start:stop] if piece["end"] else " " * (stop - start)
        parts += [query[position:start], visible]
        position = stop
    return "".join([*parts, query[position:]]), ends, texts


def _comment_end(query: str, at: int) -> int:
    depth = 1
    while depth:
        mark = re.compile(r"/\*|\*/").search(query, at)
        if mark is None:
            raise SpecificationError("a comment never ends", key="prices.query")
        depth += 1 if mark[0] == "/*" else -1
        at = mark.end()
    return at
