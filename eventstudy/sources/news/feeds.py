"""News in feeds: Atom 1.0, RSS 2.0 and RSS 1.0, item by item.

Every item is parsed on its own, so that a broken one loses nothing but itself. What comes before
the root is left out: no document type, hence no entities of its own, is ever seen by the parser.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

from eventstudy.exceptions import SchemaError
from eventstudy.news.cleaning import MARKUP_LIMIT
from eventstudy.sources.news.decoding import open_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

    from eventstudy.news.intake import Intake
    from eventstudy.sources.news.decoding import Input

_CHUNK: Final = 1 << 16
_HEAD_LIMIT: Final = 1_000_000
_TAG_LIMIT: Final = 100_000
ROOT: Final = re.compile(r"<(?:([A-Za-z_][\w.-]*):)?(rss|feed|rdf)(?=[\s>])[^<>]*>", re.IGNORECASE)
_ANY_ROOT: Final = re.compile(r"<([A-Za-z_][\w.:-]*)")
_PROLOG: Final = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_IN_DOCTYPE: Final = re.compile(r"[\[\]>\"']|<!--")
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNSEEN: Final = "\u200b"  # stands for a sign XML may not hold; it is taken out later, and noted
_AMPERSAND: Final = re.compile(
    r"&(?:#(?P<number>[0-9]{1,8})|#[xX](?P<hex>[0-9a-fA-F]{1,7})|(?P<name>[A-Za-z][A-Za-z0-9]{0,31}))?"
    r"(?P<end>;?)"
)
_BARE_LESS: Final = re.compile(r"<(?![A-Za-z_/!?])")
_XML_NAMES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ATOM: Final = frozenset({"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"})
_PLAIN: Final = _ATOM | {
    "",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss2",
}
_DUBLIN: Final = frozenset({"http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"})
_ENCODED: Final = "http://purl.org/rss/1.0/modules/content/"
# Declared for feeds that use them and forget to say so.
_USUAL: Final[Mapping[str, str]] = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": _ENCODED,
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
}
_FIELDS: Final[Mapping[str, str]] = {
    "title": "headline",
    "link": "url",
    "guid": "item_id",
    "id": "item_id",
    "pubdate": "published",
    "published": "published",
    "issued": "published",
    "created": "created",
    "updated": "updated",
    "modified": "updated",
    "content": "text",
    "description": "description",
    "summary": "summary",
    "source": "source",
    "author": "author",
    "category": "tags",
}
_DUBLIN_FIELDS: Final[Mapping[str, str]] = {
    "date": "created",
    "created": "created",
    "issued": "published",
    "modified": "updated",
    "title": "headline",
    "identifier": "item_id",
    "description": "summary",
    "creator": "author",
    "publisher": "source",
    "subject": "tags",
}
_MANY: Final = frozenset({"tags", "author"})
_PERSON: Final = {"source": "title", "author": "name"}
_BLOCKS: Final = frozenset({
    "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table",
    "blockquote", "pre",
})  # fmt: skip
_UNREAD: Final = frozenset({"script", "style"})


def read_feed(source: Input, intake: Intake) -> None:
    """Read a feed file.

    Raises
    ------
    SchemaError
        It is neither RSS nor Atom.
    SourceError
        It cannot be read.
    """
    stream, notes = open_text(source)
    with stream:
        head, root, pieces = _begun(source.name, stream)
        feed = _Feed(source.name, head, root, notes, intake)
        for kind, text in pieces:
            feed.take(kind, text)
        feed.end()


class _Feed:
    """Items of one feed on their way in."""

    def __init__(
        self, name: str, head: str, root: re.Match[str], notes: tuple[str, ...], intake: Intake
    ) -> None:
        self._name, self._notes, self._intake = name, notes, intake
        lacking = "".join(
            f' xmlns:{prefix}="{space}"'
            for prefix, space in _USUAL.items()
            if f"xmlns:{prefix}" not in root[0]
        )
        self._root = _repaired(_ILLEGAL.sub(_UNSEEN, root[0].rstrip("/>") + lacking + ">"))[0]
        self._tail = f"</{f'{root[1]}:' if root[1] else ''}{root[2]}>"
        self._title = _channel_title(head, self._tail)
        self._item: _Item | None = None
        self._count = 0

    def take(self, kind: str, text: str) -> None:
        """Take a piece: ``open`` and ``close`` are tags of an item, ``raw`` needs no repair."""
        if kind == "open":
            self._finish("its end tag is missing")
            self._count += 1
            self._item = _Item(self._root, self._title)
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
        broken = item.close()
        problem = problem or broken
        cells, lengths, notes = item.cells()
        if problem is not None:
            self._intake.refuse(cells, where, problem)
            return
        self._intake.add(cells, where, notes=(*self._notes, *notes), lengths=lengths)


class _Item:
    """One item: the markup of it goes in piece by piece, its cells come out."""

    def __init__(self, root: str, title: str) -> None:
        from lxml import etree

        self._fields = _Fields()
        self._title = title
        self._error: type[Exception] = etree.LxmlError
        self._problem: str | None = None
        self._is_repaired = False
        self._parser = etree.XMLParser(
            target=self._fields,
            encoding="utf-8",
            huge_tree=True,
            load_dtd=False,
            no_network=True,
            resolve_entities=False,
            remove_comments=True,
            remove_pis=True,
        )
        self.feed(root, is_raw=True)

    def feed(self, text: str, *, is_raw: bool) -> None:
        if self._problem is not None or not text:
            return
        text = _ILLEGAL.sub(_UNSEEN, text)
        if not is_raw:
            text, is_repaired = _repaired(text)
            self._is_repaired |= is_repaired
        try:
            self._parser.feed(text.encode())
        except self._error as error:
            self._problem = _said(error)

    def close(self) -> str | None:
        """Return what is wrong with the item's markup, or None."""
        try:
            self._parser.close()
        except self._error as error:
            return self._problem or _said(error)
        return self._problem

    def cells(self) -> tuple[dict[str, str], dict[str, int], list[str]]:
        """Return cells, the lengths of those that were cut, and notes."""
        cells, lengths = self._fields.joined()
        notes = ["a bare & or < was read as text"] if self._is_repaired else []
        if "published" not in cells:
            for other in ("created", "updated"):
                if other in cells:
                    cells["published"] = cells.pop(other)
                    if other == "updated":
                        notes.append("no date of publication; that of the last update is used")
                    break
        link = self._fields.link or self._fields.permalink
        if "url" not in cells and link:
            cells["url"] = link
        identity = cells.get("item_id", "")
        if "url" not in cells and self._fields.is_permalink and identity.startswith("http"):
            cells["url"] = identity
        if "source" not in cells and self._title:
            cells["source"] = self._title
        return cells, lengths, notes


class _Fields:
    """Target of the parser: gathers the texts of an item's elements, never a tree."""

    def __init__(self) -> None:
        self.link = self.permalink = ""
        self.is_permalink = False
        self._texts: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}
        self._depth = self._skipped = 0
        self._field: str | None = None
        self._person = False

    def start(self, tag: str | bytes, attrib: Mapping[Any, Any]) -> None:
        self._depth += 1
        space, _, local = str(tag).rpartition("}")
        local = local.lower()
        if self._depth == 2:
            about = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
            self.permalink = attrib.get(about, "")
        elif self._depth == 3:
            self._field = self._begun(space[1:], local, attrib)
        elif self._field is not None:
            self._skipped += local in _UNREAD
            if self._field in _PERSON:
                self._person = local == _PERSON[self._field]
            elif local in _BLOCKS:
                self._break()

    def end(self, tag: str | bytes) -> None:
        local = str(tag).rpartition("}")[2].lower()
        if self._depth == 3:
            self._field = None
        elif self._depth > 3 and self._field is not None:
            self._skipped -= local in _UNREAD
            if self._field in _PERSON:
                self._person = False
            elif local in _BLOCKS:
                self._break()
        self._depth -= 1

    def data(self, data: str | bytes) -> None:
        text = str(data)  # bytes came from Python 2 alone
        if self._field is None or self._skipped:
            return
        if self._depth > 3 and self._field in _PERSON and not self._person:
            return
        self.data_of(self._field, text)

    def data_of(self, field: str, text: str) -> None:
        """Add to the text of a field, as far as one is read; what is longer is counted."""
        size = self._sizes.get(field, 0)
        self._sizes[field] = size + len(text)
        if size <= MARKUP_LIMIT:
            self._texts.setdefault(field, []).append(text)

    def _break(self) -> None:
        texts = self._texts.get(self._field or "", [])
        if texts and not texts[-1].endswith("\n"):
            self.data("\n")

    def comment(self, text: str | bytes) -> None:
        """Be a target: there are no comments."""

    def close(self) -> None:
        """Be a target: lxml asks for it."""

    def joined(self) -> tuple[dict[str, str], dict[str, int]]:
        """Return field -> text, and the lengths of those longer than is read."""
        cells = {name: "".join(texts).strip(" \t\r\n;") for name, texts in self._texts.items()}
        lengths = {name: size for name, size in self._sizes.items() if size > MARKUP_LIMIT}
        return {name: text for name, text in cells.items() if text}, lengths

    def _begun(self, space: str, local: str, attributes: Mapping[str, str]) -> str | None:
        if space == _ENCODED and local == "encoded":
            field: str | None = "text"
        elif space in _DUBLIN:
            field = _DUBLIN_FIELDS.get(local)
        else:
            field = _FIELDS.get(local) if space in _PLAIN else None
        if field == "url" and (href := attributes.get("href", "")):
            if attributes.get("rel", "alternate") == "alternate" and not self.link:
                self.link = href
            return None
        if field == "tags" and (term := attributes.get("term", "")):
            self.data_of("tags", f"{term}; ")
            return None
        kind = attributes.get("type", "")
        if field == "text" and "/" in kind and not kind.startswith("text/") and "xml" not in kind:
            return None  # a picture in base64
        if field == "item_id":
            self.is_permalink = (
                local == "guid" and attributes.get("isPermaLink", "true").lower() != "false"
            )
        before = self._texts.get(field or "", ())
        if not "".join(before).strip():
            return field
        if field in _MANY:
            self.data_of(field, "; ")
            return field
        return None  # the first one counts


def _begun(name: str, stream: TextIO) -> tuple[str, re.Match[str], Iterator[tuple[str, str]]]:
    """Return the text from the root to the first item, the root's tag, and the pieces after."""
    text = ""
    root: re.Match[str] | None = None
    while root is None and len(text) < _HEAD_LIMIT and (chunk := stream.read(_CHUNK)):
        text += chunk
        root = ROOT.match(text, start) if (start := after_prolog(text)) is not None else None
    if root is None:
        start = after_prolog(text)
        found = _ANY_ROOT.match(text, start or 0)
        what = f"its root is <{found[1][:60]}>" if found else "it holds no XML"
        raise SchemaError([f"{name}: neither RSS nor Atom; {what}"])
    pieces = _pieces(text[root.start() :], stream, root[1] or "")
    head = ""
    for kind, piece in pieces:
        if kind == "open":
            return head, root, _with(("open", piece), pieces)
        if len(head) < _HEAD_LIMIT:
            head += piece
    return head, root, iter(())


def _with(first: tuple[str, str], rest: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield first
    yield from rest


def after_prolog(text: str) -> int | None:
    """Return where the root begins, behind declarations, comments and the document type.

    None where the text ends before.
    """
    place = len(text) - len(text.lstrip("\ufeff"))
    while place < len(text):
        if found := _PROLOG.match(text, place):
            place = found.end()
        elif text[place : place + 9].upper() == "<!DOCTYPE":
            end = _after_doctype(text, place + 9)
            if end is None:
                return None
            place = end
        elif text.startswith(("<!", "<?"), place):
            return None
        else:
            return place
    return None


def _after_doctype(text: str, place: int) -> int | None:
    n_open = 0
    while found := _IN_DOCTYPE.search(text, place):
        sign, place = found[0], found.end()
        if sign == ">" and not n_open:
            return place
        if sign in "[]":
            n_open += 1 if sign == "[" else -1
        elif sign != ">":
            closing = "-->" if sign == "<!--" else sign
            end = text.find(closing, place)
            if end < 0:
                return None
            place = end + len(closing)
    return None


def _pieces(text: str, stream: TextIO, prefix: str) -> Iterator[tuple[str, str]]:
    """Cut a feed at the tags of its items; what lies in CDATA or a comment is ``raw``."""
    names = rf"(?:{re.escape(prefix)}:)?(?:item|entry)" if prefix else "(?:item|entry)"
    token = re.compile(
        rf"(?P<cdata><!\[CDATA\[)|(?P<comment><!--)|(?P<open><{names}(?:\s[^<>]*)?>)"
        rf"|(?P<close></{names}\s*>)",
        re.IGNORECASE,
    )
    until = ""
    is_last = False
    while True:
        place = 0
        while True:
            if until:
                end = text.find(until, place)
                if end < 0:
                    keep = len(text) if is_last else max(place, len(text) - 2)
                    yield "raw", text[place:keep]
                    place = keep
                    break
                yield "raw", text[place : end + 3]
                place, until = end + 3, ""
            found = token.search(text, place)
            if found is None:
                keep = len(text) if is_last else _safe_end(text, place)
                yield "text", text[place:keep]
                place = keep
                break
            yield "text", text[place : found.start()]
            place = found.end()
            kind = str(found.lastgroup)
            if kind in {"cdata", "comment"}:
                until = "]]>" if kind == "cdata" else "-->"
                yield "raw", found[0]
            else:
                yield kind, found[0]
                if kind == "open" and found[0].endswith("/>"):
                    yield "close", ""
        if is_last:
            return
        chunk = stream.read(_CHUNK)
        is_last = not chunk
        text = text[place:] + chunk


def _safe_end(text: str, place: int) -> int:
    """Return how far a piece may go without cutting a tag or an entity in two."""
    less = text.rfind("<", place)
    if less >= 0 and ">" not in text[less:] and len(text) - less < _TAG_LIMIT:
        return less
    ampersand = text.rfind("&", place)
    if ampersand >= 0 and len(text) - ampersand < 50 and ";" not in text[ampersand:]:
        return ampersand
    return len(text)


def _repaired(text: str) -> tuple[str, bool]:
    """Return markup whose entities XML knows and whose bare ``&`` and ``<`` are written out."""
    is_bare = False

    def known(found: re.Match[str]) -> str:
        nonlocal is_bare
        if not found["end"] or found[0] == "&;":
            is_bare = True
            return "&amp;" + found[0][1:]
        if name := found["name"]:
            if name in _XML_NAMES:
                return found[0]
            sign = html.unescape(found[0])
            return "&amp;" + found[0][1:] if sign == found[0] else html.escape(sign)
        number = int(found["number"]) if found["number"] else int(found["hex"] or "0", 16)
        is_legal = number < 0x110000 and not _ILLEGAL.match(chr(number))
        return found[0] if is_legal else _UNSEEN

    if "&" in text:
        text = _AMPERSAND.sub(known, text)
    text, n_bare = _BARE_LESS.subn("&lt;", text)
    return text, is_bare or n_bare > 0


def _channel_title(head: str, tail: str) -> str:
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    markup = _repaired(_ILLEGAL.sub("", head))[0] + tail
    try:
        root = etree.fromstring(markup.encode(), parser)
    except etree.LxmlError:
        return ""
    if root is None:
        return ""
    for above in (root, *root.iterchildren("{*}channel")):
        for element in above.iterchildren("{*}title"):
            return "".join(element.itertext()).strip()[:MARKUP_LIMIT]
    return ""


def _said(error: Exception) -> str:
    text = re.sub(r",? line \d+, column \d+.*|\(<string>.*", "", " ".join(str(error).split()))
    text = re.sub(r" line \d+", "", text)
    return f"its XML is not well-formed ({text[:200]})"
