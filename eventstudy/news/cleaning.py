"""Text from outside, cleaned: HTML becomes text, control and invisible characters go."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final, NamedTuple

HEADLINE_LIMIT: Final = 500
TEXT_LIMIT: Final = 100_000
CELL_LIMIT: Final = 2_000
MARKUP_LIMIT: Final = 1_000_000
"""Characters of markup that are looked at; text and tags of a page may be far longer."""

# Without the tab and the line feed, which a text may keep.
_CONTROL: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff"
# Zero width, soft hyphen, direction of writing, invisible operators, interlinear, tags.
_INVISIBLE: Final = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
_REMOVED: Final = re.compile(f"[{_CONTROL}{_INVISIBLE}]+")
_SURROGATES: Final = re.compile("[\ud800-\udfff]+")
_LINE_ENDS: Final = re.compile("\r\n?|[\x85\u2028\u2029]")
_MARKUP: Final = re.compile("[<&]")
_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG: Final = re.compile(
    r"<(?:!--|!\[CDATA\[|!doctype\b|\?|/?(?:a|abbr|address|applet|area|article|aside|audio|b|base"
    r"|big|blink|blockquote|body|br|button|canvas|caption|center|cite|code|col|dd|del|details|dfn"
    r"|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head"
    r"|header|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|marquee|math"
    r"|menu|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|rp|rt|ruby|s|samp|script"
    r"|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td"
    r"|template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr)(?=[\s/>]|$))",
    re.IGNORECASE,
)
_ANY_TAG: Final = re.compile(r"<[^<>]*>?")
_SCRIPT: Final = re.compile(r"<(script|style)\b[^<]*(?:<(?!/\1\b)[^<]*)*", re.IGNORECASE)
_PAGE_END: Final = re.compile(r"</(?:body|html)\b[^<>]*>", re.IGNORECASE)
_DROPPED: Final = frozenset({
    "script", "style", "template", "noscript", "iframe", "object", "embed", "applet", "head",
    "svg", "math", "textarea", "select",
})  # fmt: skip
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
})  # fmt: skip


class Cleaned(NamedTuple):
    """A text, and a sentence for each thing that was done to it."""

    text: str
    notes: tuple[str, ...]


def clean(raw: str, name: str, limit: int, *, is_line: bool = False, length: int = 0) -> Cleaned:
    r"""Return a text without markup, control and invisible characters, in NFC.

    Parameters
    ----------
    raw
        What was read.
    name
        What the notes call it, such as ``"headline"``.
    limit
        Characters that are kept.
    is_line
        Whether breaks and tabs become one space, as in a headline.
    length
        Characters of the text before a reader cut it, where it did.

    Examples
    --------
    >>> clean("S&amp;P <b>falls</b><script>run()</script>", "headline", 500)
    Cleaned(text='S&P falls', notes=())
    >>> clean("\u202eevil\u202c", "headline", 500)
    Cleaned(text='evil', notes=('headline: unseen or control characters taken out',))
    """
    if len(raw) <= limit and raw.isascii() and raw.isprintable() and not _MARKUP.search(raw):
        return Cleaned(raw.strip(), ())  # the most frequent case, ten times as fast
    notes = []
    full_length = max(length, len(raw))
    is_partly_read = full_length > MARKUP_LIMIT
    text = html_to_text(raw[:MARKUP_LIMIT])
    if _SURROGATES.search(text):
        text = _SURROGATES.sub("\ufffd", text)
        notes.append(f"{name}: halves of characters replaced")
    text = _LINE_ENDS.sub("\n", text)
    visible = _REMOVED.sub("", text)
    if visible != text:
        notes.append(f"{name}: unseen or control characters taken out")
    text = unicodedata.normalize("NFC", visible).strip()
    if is_line and ("\n" in text or "\t" in text):
        text = " ".join(_filled_lines(text.replace("\t", "\n")))
        notes.append(f"{name}: line breaks or tabs made a space")
    if not text and raw.strip():
        notes.append(f"{name}: nothing but markup")
    total = full_length if is_partly_read else len(text)
    if len(text) > limit or is_partly_read:
        text = text[:limit].rstrip()
        notes.append(f"{name} cut at {len(text):,} of {total:,} characters")
    return Cleaned(text, tuple(notes))


def html_to_text(raw: str) -> str:
    r"""Return the text of a piece of HTML; what holds no tag or entity of HTML stays as it is.

    Scripts, styles and forms are left out, blocks begin a new line, nothing is loaded or run.

    Examples
    --------
    >>> html_to_text("P/E < 10 & rising")
    'P/E < 10 & rising'
    >>> html_to_text("<p>One<p>two &ndash; <i>three</i>")
    'One\ntwo – three'
    """
    if not _TAG.search(raw):
        return _ENTITY.sub(_decoded, raw) if "&" in raw else raw
    import lxml.etree
    import lxml.html

    # A NUL or the end of a page would end the text; the parser refuses half of a surrogate pair.
    safe = _PAGE_END.sub("", _SURROGATES.sub("\ufffd", raw.replace("\0", "")))
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    markup = f"<html><body><div>{safe}</div></body></html>"
    try:
        tree = lxml.html.document_fromstring(markup, parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        return _without_tags(safe)
    if parser.error_log.filter_from_fatals():  # nested deeper than a tree may be
        return _without_tags(safe)
    comments = (lxml.etree.Comment, lxml.etree.ProcessingInstruction)
    lxml.etree.strip_elements(tree, *comments, *_DROPPED, with_tail=False)
    pieces: list[str] = []
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        if element.tag in _BLOCKS and (event == "start" or element.tag != "br"):
            pieces.append("\n")
        pieces.append((element.text if event == "start" else element.tail) or "")
    return "\n".join(_filled_lines("".join(pieces)))


def _without_tags(markup: str) -> str:
    """Return the text of markup that cannot be parsed."""
    return _ENTITY.sub(_decoded, _ANY_TAG.sub("", _SCRIPT.sub("", markup))).strip()


def _filled_lines(text: str) -> list[str]:
    return [stripped for line in text.split("\n") if (stripped := line.strip())]


def _decoded(match: re.Match[str]) -> str:
    return html.unescape(match[0])
