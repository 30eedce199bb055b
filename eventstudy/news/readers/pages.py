"""Articles saved as web pages: the time from the page's own statements, never from its dates."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from eventstudy.news.cleaning import MARKUP_LIMIT, clean, html_to_text
from eventstudy.news.readers.article_files import ARTICLE_LIMIT, take_article
from eventstudy.news.readers.decoding import open_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

PAGE: Final = re.compile(
    r"(?:<!--.*?-->|<\?.*?\?>|\s+)*(?:<!doctype\s+html|<html)", re.IGNORECASE | re.DOTALL
)
"""How a page begins."""
_LONGEST_PAGE: Final = 20_000_000
# Names of `meta` that say when an article was published, the surest first; those that say when it
# was changed are none of them.
_PUBLISHED: Final = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "citation_publication_date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
)
_MOST_NODES: Final = 10_000


def read_page(source: Input, intake: Intake, *, published: str | None = None) -> None:
    """Read one page; each claim of its article is an item.

    Parameters
    ----------
    published
        Date or time of publication of a page that states none.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    import lxml.etree
    import lxml.html

    stream, decoded = open_text(source)
    with stream:
        markup = stream.read(_LONGEST_PAGE)
    notes = list(decoded)
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    safe = re.sub("[\0\ud800-\udfff]", "", markup).encode()
    try:
        tree = lxml.html.document_fromstring(safe, parser=parser)
    except (lxml.etree.LxmlError, ValueError):
        intake.reject(source.name, "no page of HTML that can be read")
        return
    metas = _metas(tree)
    linked = _linked_article(tree)
    dates = [(name, metas[name]) for name in _PUBLISHED if metas.get(name)]
    if date := _cell(linked.get("datePublished")):
        dates.insert(1 if dates else 0, ("datePublished", date))
    dates += [("the time of the page", time) for time in _times(tree)]
    if published:
        dates.append(("the argument", published))
    heading = next((element.text_content() for element in tree.iter("h1")), "")
    title = next((element.text_content() for element in tree.iter("title")), "")
    headline = _cell(linked.get("headline")) or metas.get("og:title") or heading or title
    headline = clean(headline, "", 500, is_line=True).text
    publisher = linked.get("publisher")
    named = publisher.get("name") if isinstance(publisher, dict) else publisher
    front_matter = {
        "headline": headline,
        "source": metas.get("og:site_name") or _cell(named),
        "url": _address(tree) or metas.get("og:url", ""),
    }
    cleaned = clean(_cell(linked.get("articleBody")) or _text(tree), "page", ARTICLE_LIMIT)
    notes += cleaned.notes
    take_article(
        source.name,
        {role: cell for role, cell in front_matter.items() if cell},
        cleaned.text,
        dates,
        [*notes, *([f"dated by {dates[0][0]}"] if dates else [])],
        intake,
        none_in="the page has neither article:published_time nor datePublished",
        is_headline_news=True,
    )


def _metas(tree: HtmlElement) -> dict[str, str]:
    """Return what the page says of itself, by name in small letters; the first one counts."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = (element.get("content") or "").strip()
        if name and content:
            found.setdefault(name.strip().lower(), content[:MARKUP_LIMIT])
    return found


def _times(tree: HtmlElement) -> Iterator[str]:
    """Yield the times that elements call the time of publication."""
    for element in tree.iter("time", "span", "abbr", "p", "div"):
        is_stated = (element.get("itemprop") or "").lower() == "datepublished"
        time = element.get("datetime") or element.get("content")
        if time and (is_stated or (element.tag == "time" and element.get("pubdate") is not None)):
            yield time.strip()[:100]


def _linked_article(tree: HtmlElement) -> dict[str, Any]:
    """Return the first object of the page's JSON-LD that has a time of publication."""
    nodes: list[Any] = []
    for element in tree.iter("script"):
        if (element.get("type") or "").strip().lower() == "application/ld+json":
            try:
                nodes.append(json.loads(element.text_content(), strict=False))
            except (ValueError, RecursionError):
                continue
    for node in nodes[:_MOST_NODES]:
        if isinstance(node, list):
            nodes += node[:_MOST_NODES]
    for node in nodes[:_MOST_NODES]:
        graph = node.get("@graph") if isinstance(node, dict) else None
        nodes += graph[:_MOST_NODES] if isinstance(graph, list) else ()
    dated = [node for node in nodes if isinstance(node, dict) and "datePublished" in node]
    # A page may state a date of its own beside that of its article.
    articles = [node for node in dated if "headline" in node or "articleBody" in node]
    return next(iter([*articles, *dated]), {})


def _address(tree: HtmlElement) -> str:
    for element in tree.iter("link"):
        if (element.get("rel") or "").lower() == "canonical" and element.get("href"):
            return str(element.get("href"))
    return ""


def _text(tree: HtmlElement) -> str:
    """Return the text of the article, or of all paragraphs where none is marked as one."""
    import lxml.html

    for name in ("article", "main"):
        for element in tree.iter(name):
            paragraphs = [child.text_content().strip() for child in element.iter("p")]
            if text := "\n\n".join(filter(None, paragraphs)):
                return text
    paragraphs = [element.text_content().strip() for element in tree.iter("p")]
    if text := "\n\n".join(filter(None, paragraphs)):
        return text
    body = tree.find("body")
    return "" if body is None else html_to_text(lxml.html.tostring(body, encoding="unicode"))


def _cell(value: object) -> str:
    """Return a value of JSON-LD as text; empty for what is none."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return value.strip() if isinstance(value, str) else ""
