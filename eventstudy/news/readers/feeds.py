"""News in feeds: Atom 1.0, RSS 2.0 and RSS 1.0, item by item.

Every item is parsed on its own, so that a broken one loses nothing but itself. What comes before
the root is left out: no document type, hence no entities of its own, is ever seen by the parser.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import SchemaError
from eventstudy.io.doors import NEWS
from eventstudy.io.timestamps import read_time
from eventstudy.news.cleaning import MARKUP_LIMIT
from eventstudy.news.readers.decoding import open_text
from eventstudy.news.readers.feed_items import USUAL_SPACES, FeedItem, FeedParser, legal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from lxml import etree

    from eventstudy.io.timestamps import Timestamp
    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

_CHUNK: Final = 1 << 16
_HEAD_LIMIT: Final = 1_000_000
_TAG_LIMIT: Final = 100_000
ROOT: Final = re.compile(r"<(?:([A-Za-z_][\w.-]*):)?(rss|feed|rdf)(?=[\s>])[^<>]*>", re.IGNORECASE)
_ANY_ROOT: Final = re.compile(r"<([A-Za-z_][\w.:-]*)")
_PROLOG: Final = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_WHEN_MADE: Final = ("lastBuildDate", "updated", "modified")
_IN_DOCTYPE: Final = re.compile(r"[\[\]>\"']|<!--")


def read_feed(source: Input, intake: Intake) -> None:
    """Read a feed file.

    Raises
    ------
    SchemaError
        It is neither RSS nor Atom, or other items than begin in it were kept or rejected.
    SourceError
        It cannot be read.
    """
    stream, notes = open_text(source)
    with stream:
        head, root, pieces = _split_head(source.name, stream)
        feed = _Feed(source.name, head, root, notes, intake)
        n_items, n_before = 0, intake.n_items
        for kind, text in pieces:
            n_items += kind == "open"
            feed.take(kind, text)
        feed.end()
    intake.check_conserved(source.name, n_items, n_before)


class _Feed:
    """Hands the items of one feed to an intake."""

    def __init__(
        self, name: str, head: str, root: re.Match[str], notes: tuple[str, ...], intake: Intake
    ) -> None:
        self._name, self._notes, self._intake = name, notes, intake
        undeclared = "".join(
            f' xmlns:{prefix}="{space}"'
            for prefix, space in USUAL_SPACES.items()
            if f"xmlns:{prefix}" not in root[0]
        )
        self._root = legal(root[0].rstrip("/>") + undeclared + ">")
        self._tail = f"</{f'{root[1]}:' if root[1] else ''}{root[2]}>"
        channel = _channel(head, self._tail)
        self._title = _text_of(channel, ("title",))[:MARKUP_LIMIT]
        self._made = _time_of(_text_of(channel, _WHEN_MADE), intake.timezone)
        self._parser = FeedParser()
        self._item: FeedItem | None = None
        self._count = 0

    def take(self, kind: str, text: str) -> None:
        """Take a piece: ``open`` and ``close`` are tags of an item, ``raw`` needs no repair."""
        if kind == "open":
            self._finish("its end tag is missing")
            self._count += 1
            self._item = FeedItem(self._parser, self._root, self._title)
        if self._item is None:
            return
        self._item.feed(text, is_raw=kind == "raw")
        if kind == "close":
            self._item.feed(self._tail, is_raw=True)
            self._finish()

    def end(self) -> None:
        """Take the end of the file."""
        self._finish("the file ends inside this item")

    def _finish(self, problem: str | None = None) -> None:
        item, self._item = self._item, None
        if item is None:
            return
        where = f"{self._name} item {self._count}"
        markup_problem = item.close()
        problem = problem or markup_problem
        cells, lengths, notes = item.cells()
        if problem is not None:
            self._intake.refuse(cells, where, problem)
            return
        self._intake.add(
            cells, where, notes=(*self._notes, *notes), lengths=lengths, made=self._made
        )


def _split_head(name: str, stream: TextIO) -> tuple[str, re.Match[str], Iterator[tuple[str, str]]]:
    """Return the text from the root to the first item, the root's tag, and the pieces after."""
    text = ""
    root: re.Match[str] | None = None
    while root is None and len(text) < _HEAD_LIMIT and (chunk := stream.read(_CHUNK)):
        text += chunk
        root = ROOT.match(text, start) if (start := after_prolog(text)) is not None else None
    if root is None:
        start = after_prolog(text)
        match = _ANY_ROOT.match(text, start or 0)
        problem = f"its root is <{match[1][:60]}>" if match else "it holds no XML"
        raise SchemaError([f"neither RSS nor Atom; {problem}"], file=name)
    pieces = _pieces(text[root.start() :], stream, root[1] or "")
    head = ""
    for kind, piece in pieces:
        if kind == "open":
            return head, root, chain([(kind, piece)], pieces)
        if len(head) < _HEAD_LIMIT:
            head += piece
    return head, root, iter(())


def after_prolog(text: str) -> int | None:
    """Return where the root begins, behind declarations, comments and the document type.

    None where the text ends before.
    """
    position = len(text) - len(text.lstrip("\ufeff"))
    while position < len(text):
        if match := _PROLOG.match(text, position):
            position = match.end()
        elif text[position : position + 9].upper() == "<!DOCTYPE":
            end = _after_doctype(text, position + 9)
            if end is None:
                return None
            position = end
        elif text.startswith(("<!", "<?"), position):
            return None
        else:
            return position
    return None


def _after_doctype(text: str, position: int) -> int | None:
    """Return where a document type ends; None where the text ends before."""
    n_brackets = 0
    while match := _IN_DOCTYPE.search(text, position):
        sign, position = match[0], match.end()
        if sign == ">" and not n_brackets:
            return position
        if sign in "[]":
            n_brackets += 1 if sign == "[" else -1
        elif sign != ">":
            closing = "-->" if sign == "<!--" else sign
            end = text.find(closing, position)
            if end < 0:
                return None
            position = end + len(closing)
    return None


def _pieces(text: str, stream: TextIO, prefix: str) -> Iterator[tuple[str, str]]:
    """Cut a feed at the tags of its items; what lies in CDATA or a comment is ``raw``."""
    names = rf"(?:{re.escape(prefix)}:)?(?:item|entry)" if prefix else "(?:item|entry)"
    boundary = re.compile(
        rf"<(?:(?P<cdata>!\[CDATA\[)|(?P<comment>!--)|(?P<open>{names}(?:[\s/][^<>]*)?>)"
        rf"|(?P<close>/{names}\s*>))",
        re.IGNORECASE,
    )
    terminator = ""
    is_last = False
    while True:
        position = 0
        while True:
            if terminator:
                end = text.find(terminator, position)
                if end < 0:
                    keep = len(text) if is_last else max(position, len(text) - 2)
                    yield "raw", text[position:keep]
                    position = keep
                    break
                yield "raw", text[position : end + 3]
                position, terminator = end + 3, ""
            match = boundary.search(text, position)
            if match is None:
                keep = len(text) if is_last else _safe_end(text, position)
                yield "text", text[position:keep]
                position = keep
                break
            yield "text", text[position : match.start()]
            position = match.end()
            kind = str(match.lastgroup)
            if kind in {"cdata", "comment"}:
                terminator = "]]>" if kind == "cdata" else "-->"
                yield "raw", match[0]
            else:
                yield kind, match[0]
                if kind == "open" and match[0].endswith("/>"):
                    yield "close", ""
        if is_last:
            return
        chunk = stream.read(_CHUNK)
        is_last = not chunk
        text = text[position:] + chunk


def _safe_end(text: str, position: int) -> int:
    """Return how far a piece may go without cutting a tag or an entity in two."""
    less = text.rfind("<", position)
    if less >= 0 and ">" not in text[less:] and len(text) - less < _TAG_LIMIT:
        return less
    ampersand = text.rfind("&", position)
    if ampersand >= 0 and len(text) - ampersand < 50 and ";" not in text[ampersand:]:
        return ampersand
    return len(text)


def _channel(head: str, tail: str) -> list[etree._Element]:
    """Return the elements that hold what a feed says of itself; none where it is unreadable."""
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    markup = legal(head) + tail
    try:
        root = etree.fromstring(markup.encode(), parser)
    except etree.LxmlError:
        return []
    return [] if root is None else [root, *root.iterchildren("{*}channel")]


def _text_of(channel: list[etree._Element], names: tuple[str, ...]) -> str:
    """Return the text of the first of some elements of a feed; empty where it has none."""
    for name in names:
        for above in channel:
            for element in above.iterchildren(f"{{*}}{name}"):
                return "".join(element.itertext()).strip()
    return ""


def _time_of(text: str, zone: str | None) -> Timestamp | None:
    try:
        return read_time(text, NEWS, zone=zone)
    except ValueError:
        return None
