"""One item of a feed: cells from markup taken piece by piece, without building a tree."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

from eventstudy.news.cleaning import MARKUP_LIMIT
from eventstudy.news.intake import LAST_UPDATE
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Stands for a sign XML may not hold; it is taken out later, and noted.
_PLACEHOLDER: Final = "\u200b"
_AMPERSAND: Final = re.compile(
    r"&(?:#(?P<number>[0-9]{1,8})|#[xX](?P<hex>[0-9a-fA-F]{1,7})|(?P<name>[A-Za-z][A-Za-z0-9]{0,31}))?"
    r"(?P<end>;?)"
)
_BARE_LESS: Final = re.compile(r"<(?![A-Za-z_/!?])")
_XML_NAMES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ATOM_SPACES: Final = frozenset({"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"})
_FEED_SPACES: Final = _ATOM_SPACES | {
    "",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss2",
}
_DUBLIN_CORE: Final = frozenset({"http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"})
_CONTENT_MODULE: Final = "http://purl.org/rss/1.0/modules/content/"
# Declared for feeds that use them and forget to say so.
USUAL_SPACES: Final[Mapping[str, str]] = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": _CONTENT_MODULE,
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
_REPEATED_FIELDS: Final = frozenset({"tags", "author"})
# Of these fields only the text of the element named counts.
_INNER_ELEMENTS: Final = {"source": "title", "author": "name"}
_BLOCKS: Final = frozenset({
    "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table",
    "blockquote", "pre",
})  # fmt: skip
_SKIPPED_ELEMENTS: Final = frozenset({"script", "style"})


class FeedParser:
    """Parses one item after the other; after an error lxml's parser is replaced by a new one."""

    def __init__(self) -> None:
        from lxml import etree

        self.error: type[Exception] = etree.LxmlError
        self.fields = _Fields()
        self._parser: etree.XMLParser | None = None

    def begin(self) -> None:
        """Begin an item."""
        self.fields.begin()

    def feed(self, text: str) -> None:
        """Parse a piece; `error` says what is wrong with it."""
        from lxml import etree

        if self._parser is None:
            self._parser = etree.XMLParser(
                target=self.fields,
                encoding="utf-8",
                huge_tree=True,
                load_dtd=False,
                no_network=True,
                resolve_entities=False,
                remove_comments=True,
                remove_pis=True,
            )
        try:
            self._parser.feed(text.encode())
        except self.error:
            self._parser = None
            raise

    def close(self) -> None:
        """End the item; `error` says what is not ended."""
        parser, self._parser = self._parser, None
        if parser is not None:
            parser.close()
            self._parser = parser


class FeedItem:
    """One item: takes its markup piece by piece and returns its cells."""

    def __init__(self, parser: FeedParser, root: str, title: str) -> None:
        self._parser, self._title = parser, title
        self._fields = parser.fields
        self._problem: str | None = None
        self._is_repaired = False
        parser.begin()
        self.feed(root, is_raw=True)

    def feed(self, text: str, *, is_raw: bool) -> None:
        """Take a piece of the markup; a raw one, such as CDATA, is not repaired."""
        if self._problem is not None or not text:
            return
        if self._fields.is_full and "<" not in text and ">" not in text:
            self._fields.pass_over(len(text))
            return
        text = _ILLEGAL.sub(_PLACEHOLDER, text)
        if not is_raw:
            text, is_repaired = repaired(text)
            self._is_repaired |= is_repaired
        try:
            self._parser.feed(text)
        except self._parser.error as error:
            self._problem = _malformed(error)

    def close(self) -> str | None:
        """Return what is wrong with the item's markup, or None."""
        try:
            self._parser.close()
        except self._parser.error as error:
            return self._problem or _malformed(error)
        return self._problem

    def cells(self) -> tuple[dict[str, str], dict[str, int], list[str]]:
        """Return cells, the lengths of those that were cut, and notes."""
        cells, lengths = self._fields.joined()
        notes = ["a bare & or < was read as text"] if self._is_repaired else []
        if "published" not in cells:
            for field in ("created", "updated"):
                if field in cells:
                    cells["published"] = cells.pop(field)
                    if field == "updated":
                        notes.append(LAST_UPDATE)
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
    """Target of the parser: gathers the texts of an item's elements by field."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget the item before."""
        self.is_full = False
        self.link = self.permalink = ""
        self.is_permalink = False
        self._texts: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}
        self._in_lines: set[str] = set()
        self._depth = self._skipped = 0
        self._field: str | None = None
        self._is_inner = False

    def start(self, tag: str | bytes, attrib: Mapping[Any, Any]) -> None:
        self._depth += 1
        space, _, local = str(tag).rpartition("}")
        local = local.lower()
        if self._depth == 2:
            about = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
            self.permalink = attrib.get(about, "")
        elif self._depth == 3:
            self._field = self._field_of(space[1:], local, attrib)
        elif self._field is not None:
            self._skipped += local in _SKIPPED_ELEMENTS
            if self._field in _INNER_ELEMENTS:
                self._is_inner = local == _INNER_ELEMENTS[self._field]
            elif local in _BLOCKS:
                self._break_line()

    def end(self, tag: str | bytes) -> None:
        local = str(tag).rpartition("}")[2].lower()
        if self._depth == 3:
            self._field = None
            self.is_full = False
        elif self._depth > 3 and self._field is not None:
            self._skipped -= local in _SKIPPED_ELEMENTS
            if self._field in _INNER_ELEMENTS:
                self._is_inner = False
            elif local in _BLOCKS:
                self._break_line()
        self._depth -= 1

    def data(self, data: str | bytes) -> None:
        text = str(data)  # bytes came from Python 2 alone
        if self._field is None or self._skipped:
            return
        if self._depth > 3 and self._field in _INNER_ELEMENTS and not self._is_inner:
            return
        self.add_text(self._field, text)

    def add_text(self, field: str, text: str) -> None:
        """Add to the text of a field, as far as one is read; what is longer is counted."""
        size = self._sizes.get(field, 0)
        self._sizes[field] = size + len(text)
        if size <= MARKUP_LIMIT:
            self._texts.setdefault(field, []).append(text)
        else:
            self.is_full = field == self._field

    def pass_over(self, n_letters: int) -> None:
        """Count text of a field of which enough is known."""
        if self._field is not None:
            self._sizes[self._field] += n_letters

    def _break_line(self) -> None:
        if self._field is not None:
            self._in_lines.add(self._field)
            self.data("\n")

    def comment(self, text: str | bytes) -> None:
        """Pass a comment over; lxml asks for the method."""

    def close(self) -> None:
        """Do nothing; lxml asks for the method."""

    def joined(self) -> tuple[dict[str, str], dict[str, int]]:
        """Return field -> text, and the lengths of those longer than is read."""
        cells = {
            name: "".join(texts).strip("; \t\r\n" if name in _REPEATED_FIELDS else None)
            for name, texts in self._texts.items()
        }
        for name in self._in_lines & cells.keys():
            lines = (line.strip() for line in cells[name].split("\n"))
            cells[name] = "\n".join(line for line in lines if line)
        lengths = {name: size for name, size in self._sizes.items() if size > MARKUP_LIMIT}
        return {name: text for name, text in cells.items() if text}, lengths

    def _field_of(self, space: str, local: str, attributes: Mapping[str, str]) -> str | None:
        """Return the field whose text an element holds, None for one that is not read."""
        if space == _CONTENT_MODULE and local == "encoded":
            field: str | None = "text"
        elif space in _DUBLIN_CORE:
            field = _DUBLIN_FIELDS.get(local)
        else:
            field = _FIELDS.get(local) if space in _FEED_SPACES else None
        if field == "url" and (href := attributes.get("href", "")):
            if attributes.get("rel", "alternate") == "alternate" and not self.link:
                self.link = href
            return None
        if field == "tags" and (term := attributes.get("term", "")):
            self.add_text("tags", f"{term}; ")
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
        if field in _REPEATED_FIELDS:
            self.add_text(field, "; ")
            return field
        return None  # the first one counts


def legal(markup: str) -> str:
    """Return markup that holds only what XML may hold, entities and bare signs written out."""
    return repaired(_ILLEGAL.sub(_PLACEHOLDER, markup))[0]


def repaired(text: str) -> tuple[str, bool]:
    """Return markup whose entities XML knows and whose bare ``&`` and ``<`` are written out."""
    is_bare = False

    def written_out(match: re.Match[str]) -> str:
        nonlocal is_bare
        if not match["end"] or match[0] == "&;":
            is_bare = True
            return "&amp;" + match[0][1:]
        if name := match["name"]:
            if name in _XML_NAMES:
                return match[0]
            sign = html.unescape(match[0])
            return "&amp;" + match[0][1:] if sign == match[0] else html.escape(sign)
        number = int(match["number"]) if match["number"] else int(match["hex"] or "0", 16)
        is_legal = number < 0x110000 and not _ILLEGAL.match(chr(number))
        return match[0] if is_legal else _PLACEHOLDER

    if "&" in text:
        text = _AMPERSAND.sub(written_out, text)
    text, n_bare = _BARE_LESS.subn("&lt;", text)
    return text, is_bare or n_bare > 0


def _malformed(error: Exception) -> str:
    """Return what the parser says is wrong, without places, which are those of one item."""
    text = re.sub(r",? line \d+, column \d+.*|\(<string>.*", "", " ".join(str(error).split()))
    text = re.sub(r" line \d+", "", text)
    return f"its XML is not well-formed ({excerpt(text, 200)})"
