"""Articles: a text or Markdown file with one date, split into its claims."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from eventstudy.io.doors import NEWS
from eventstudy.io.doubtful_times import midnight_of
from eventstudy.io.timestamps import Timestamp, read_time
from eventstudy.news.cleaning import clean
from eventstudy.news.columns import ALIASES, role_of
from eventstudy.news.intake import precision_problem, timezone_problem
from eventstudy.news.news import news_cell
from eventstudy.news.readers.decoding import open_text

if TYPE_CHECKING:
    import datetime as dt

    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

ARTICLE_LIMIT: Final = 1_000_000
_FRONT_MATTER: Final = re.compile(
    r"\A\s*---[ \t]*\n(.{0,20000}?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_KEY_AND_VALUE: Final = re.compile(r"([A-Za-z][\w .:-]{0,60}?)\s*:(?:\s+(.*))?")
_DATE_IN_NAME: Final = re.compile(r"(\d{4})(-?)(\d{2})\2(\d{2})(?!\d)")


def read_article(
    source: Input, intake: Intake, *, published: str | None = None, is_named: bool = True
) -> None:
    """Read one article; each of its claims is an item.

    Parameters
    ----------
    published
        Date or time of publication of an article that has none in its front matter.
    is_named
        Whether the caller named this very file: then `published` counts before the date in the
        file's name, otherwise after it.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    stream, decoded = open_text(source)
    with stream:
        raw = stream.read(ARTICLE_LIMIT)
        n_beyond = 0
        while block := stream.read(ARTICLE_LIMIT):
            n_beyond += len(block)
    cleaned = clean(raw.lstrip("\ufeff"), "article", ARTICLE_LIMIT)
    front_matter, body = _without_front_matter(cleaned.text)
    notes = [*decoded, *cleaned.notes]
    dates = _dates_of_publication(front_matter, source.name, published, is_named=is_named)
    take_article(source.name, front_matter, body, dates, notes, intake)
    if n_beyond:
        intake.reject(
            f"{source.name}, characters {ARTICLE_LIMIT:,} to {ARTICLE_LIMIT + n_beyond:,}",
            f"an article is read as far as its first {ARTICLE_LIMIT:,} characters",
        )


def take_article(
    name: str,
    front_matter: dict[str, str],
    body: str,
    dates: list[tuple[str, str]],
    notes: list[str],
    intake: Intake,
    *,
    none_in: str = "the article has none in its front matter or its name",
    is_headline_news: bool = False,
) -> None:
    """Take in the claims of an article that a reader took apart, or reject it.

    Parameters
    ----------
    front_matter
        What the article says of itself, by the roles of columns.
    dates
        What says when it was published, and how; the first counts, one of another day is noted.
    none_in
        What a message says where there are none.
    is_headline_news
        Whether the headline is an item, too, of the very time of publication.
    """
    zone = front_matter.get("timezone") or intake.timezone
    headline = front_matter.get("headline") or body.strip()[:300]
    try:
        if not dates:
            raise ValueError(  # noqa: TRY301 - one way out
                f"no date: {none_in}; give it as published"
            )
        if problem := timezone_problem(zone) or precision_problem(front_matter.get("precision")):
            raise ValueError(str(problem))  # noqa: TRY301 - one way out
        stamp = read_time(dates[0][1], NEWS, zone=zone)
        if (midnight := midnight_of(stamp, zone)) is not None:
            stamp = Timestamp(date=midnight[0])
            notes.append(f"published at {midnight[1]}, which may stand for a date; read as one")
        if not body.strip() and not (is_headline_news and front_matter.get("headline")):
            raise ValueError("neither a headline nor a text")  # noqa: TRY301 - one way out
    except ValueError as error:
        raw_date = dates[0][1] if dates else ""
        intake.reject(name, str(error), published=raw_date, headline=headline)
        return
    notes += [
        f"published {text} of {origin} is not used, {dates[0][0]} says {dates[0][1]}"
        for origin, text in dates[1:]
        if not _is_same_day(text, stamp.date, zone)
    ]
    if is_headline_news and front_matter.get("headline"):
        cells = {"published_at": stamp.iso or stamp.date.isoformat(), "timezone": zone or ""}
        cells |= {role: front_matter.get(role, "") for role in ("headline", "source", "url")}
        intake.add(cells, f"{name} headline", notes=(*notes, *stamp.assumed))
    from eventstudy.news.articles.articles import split_article

    claims = split_article(
        body,
        published=stamp.iso or stamp.date.isoformat(),
        timezone=zone,
        name=name,
        source=front_matter.get("source"),
        url=front_matter.get("url"),
        precision=front_matter.get("precision"),
    )
    names = [str(column) for column in claims.columns]
    for values in claims.itertuples(index=False, name=None):
        cells = {name: news_cell(value) for name, value in zip(names, values, strict=True)}
        where = cells.pop("where", "") or name
        if cells.get("published"):
            cells.pop("published_at", None)
        if front_matter.get("headline"):
            cells.setdefault("article", front_matter["headline"])
        intake.add(cells, where, notes=(*notes, *stamp.assumed))
    if not len(claims) and not is_headline_news:
        intake.reject(name, "the article holds no sentence", headline=headline)


def _without_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the front matter by what it means, and the article with the front matter blanked."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    front_matter: dict[str, str] = {}
    for line in match[1].splitlines():
        if (entry := _KEY_AND_VALUE.fullmatch(line.strip())) is None:
            continue
        role, cell = role_of(entry[1]), (entry[2] or "").strip()
        if len(cell) > 1 and cell[0] == cell[-1] and cell[0] in "\"'":
            cell = cell[1:-1]
        if role in ALIASES and cell and cell.lower() not in {"null", "~"}:
            front_matter.setdefault(str(role), cell)
    # Blank, not gone: the places of claims stay those of the file.
    return front_matter, "\n" * match.end() + text[match.end() :]


def _dates_of_publication(
    front_matter: dict[str, str], name: str, published: str | None, *, is_named: bool
) -> list[tuple[str, str]]:
    """Return what says when the article was published, the first one counting."""
    dates = []
    if written := front_matter.get("published") or front_matter.get("date"):
        if "published" not in front_matter and "time" in front_matter:
            written = f"{written} {front_matter['time']}"
        dates.append(("the front matter", written))
    match = _DATE_IN_NAME.match(name)
    from_name = [("the file's name", "-".join(match.group(1, 3, 4)))] if match else []
    from_argument = [("the argument", published)] if published else []
    return dates + (from_argument + from_name if is_named else from_name + from_argument)


def _is_same_day(text: str, day: dt.date, zone: str | None) -> bool:
    try:
        return read_time(text, NEWS, zone=zone or "UTC").date == day
    except ValueError:
        return False
