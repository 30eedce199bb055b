"""Columns of news: what each is called, and which role a column of somebody else's has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from eventstudy.news.cleaning import clean
from eventstudy.news.dating import normalised

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS: Final = (
    "item_id",
    "published",
    "published_at",
    "date",
    "timezone",
    "precision",
    "headline",
    "text",
    "source",
    "url",
    "where",
    "note",
)
"""Columns of `News.frame`, in order; own columns of the input follow."""
REJECTED: Final = ("item_id", "where", "published", "headline", "reason")
"""Columns of `News.rejected`, in order."""

# Role -> names of columns that have it; where an item has several, the first filled one counts.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "item_id": ("item_id", "id", "guid", "uid", "article_id", "news_id", "event_id"),
    "published": (
        "published_at",
        "published",
        "pub_date",
        "date_published",
        "published_date",
        "publish_date",
        "published_on",
        "publication_date",
        "web_publication_date",
        "datetime",
        "timestamp",
        "article:published_time",
        "time_published",
        "published_utc",
        "published_time",
        "provider_publish_time",
        "content.pub_date",
        "date_gmt",
        "posted_at",
        "created_at",
        "created_utc",
        "created",
        "tweet.created_at",
        "filed_at",
        "signing_date",
        "seendate",
    ),
    "date": ("date", "dc:date"),
    "time": ("time",),
    "timezone": ("timezone", "tz", "time_zone"),
    "precision": ("precision",),
    "headline": (
        "headline",
        "title",
        "heading",
        "web_title",
        "headline.main",
        "title.rendered",
        "content.title",
    ),
    "text": (
        "text",
        "body",
        "content",
        "full_text",
        "article_body",
        "content.rendered",
        "content_text",
        "content_html",
        "tweet.full_text",
        "selftext",
        "content.summary",
        "description",
        "summary",
        "abstract",
        "snippet",
        "lead",
    ),
    "source": (
        "source",
        "source_name",
        "outlet",
        "publisher",
        "publication",
        "provider",
        "publisher.name",
        "provider.display_name",
        "content.provider.display_name",
        "domain",
    ),
    "url": (
        "url",
        "link",
        "href",
        "permalink",
        "web_url",
        "html_url",
        "article_url",
        "canonical_url.url",
        "content.canonical_url.url",
        "source_url",
    ),
    "note": ("note",),
}
_ROLES: Final = {
    normalised(alias): (role, rank)
    for role, aliases in ALIASES.items()
    for rank, alias in enumerate(aliases)
}


@lru_cache(maxsize=4096)
def _role_and_rank(column: str) -> tuple[str | None, int]:
    return _ROLES.get(normalised(column), (None, 0))


def role_of(column: str) -> str | None:
    """Return the role of a column, ``"headline"`` for a title; None where it has none of ours."""
    return _role_and_rank(column)[0]


def by_role(cells: Mapping[str, str]) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Return role -> (column, text), and the cells of the columns without a role."""
    roles: dict[str, tuple[str, str]] = {}
    ranks: dict[str, int] = {}
    own_cells: dict[str, str] = {}
    for column, cell in cells.items():
        if not cell or cell.isspace():
            continue
        role, rank = _role_and_rank(column)
        if role is None:
            own_cells[own_name(column)] = cell
            continue
        if role in roles:
            if rank > ranks[role]:
                own_cells[own_name(column)] = cell
                continue
            own_cells[own_name(roles[role][0])] = roles[role][1]
        roles[role], ranks[role] = (column, cell), rank
    if "time" in roles and ("published" in roles or "date" not in roles):
        own_cells[own_name("time")] = roles.pop("time")[1]
    return roles, own_cells


@lru_cache(maxsize=4096)
def own_name(column: str) -> str:
    """Return what a column without a role is called in `News.frame`."""
    name = clean(column, "", 100, is_line=True).text or "unnamed"
    return f"{name}_given" if name in COLUMNS else name
