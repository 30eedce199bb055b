"""An article as dated claims: one row a sentence, with its time, its place and its kind.

The text is cut in ``sentences`` and ``clauses``. Times are found in ``time_expressions``, sorted
in ``time_roles`` and read in ``time_resolution`` by ``dates`` and ``clocks``. Kinds are in
``claims``, the words of all of them in ``vocabulary.toml``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.exceptions import SchemaError
from eventstudy.io.doors import ARTICLE, TimestampError
from eventstudy.io.timestamp_columns import days_of, instants_of
from eventstudy.io.timestamps import iso_text, read_time, written
from eventstudy.news import COLUMNS
from eventstudy.news.articles.claim_times import Anchor, ClaimTime, zone_name
from eventstudy.news.articles.claims import claim_type
from eventstudy.news.articles.sentences import read_pieces
from eventstudy.news.articles.time_resolution import READ_LIMIT, resolve
from eventstudy.news.articles.vocabulary import entries_named
from eventstudy.news.intake import precision_problem, timezone_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.news.articles.sentences import Piece

CLAIM_COLUMNS: Final = (
    "when_words",
    "time_rule",
    "claim_type",
    "period_start",
    "period_end",
    "named_markets",
    "heading",
    "paragraph",
    "sentence",
    "start",
    "end",
)
"""What a claim has beside the columns of a news item, in order."""

PRECISION: Final = "session"
"""Precision of a claim that has its article's time: an article is printed some hours later."""


@dataclass(frozen=True, slots=True)
class _Claim:
    piece: Piece
    words: str
    time: ClaimTime
    type: str


def split_article(
    text: str,
    *,
    published: str | dt.date | pd.Timestamp | None,
    timezone: str | None,
    name: str,
    source: str | None = None,
    url: str | None = None,
    precision: str | None = None,
) -> pd.DataFrame:
    r"""Split an article into dated claims.

    Parameters
    ----------
    text
        Plain text or Markdown.
    published
        When it was published: an ISO 8601 time, a datetime, or a date alone. A time without an
        offset is read in `timezone`.
    timezone
        Zone in which its relative words ("on Friday evening") are read; the offset of
        `published` where None.
    name
        What it is called in ids and messages, usually its file.
    source, url
        Carried to every claim.
    precision
        How well the time of what it tells is known by `published`, one of ``events.HALF_WIDTH``.
        By default a claim that has only its article's time has ``"session"``, since an article
        is printed some hours after its news. A date alone always has ``"day"``.

    Returns
    -------
    DataFrame
        One row a claim, in the order of the text, with the columns of a news item (item_id,
        published, published_at, date, timezone, precision, headline, text, source, url, where,
        note) and

        ========================  ============================================================
        when_words                the words its time comes from, None where it has none
        time_rule                 the rule that read them; ``"publication"``: none did, the claim
                                  has the article's own time
        claim_type                event, market_move, opinion, state, background or scheduled
        period_start, period_end  first and last day (datetime64[ns]) where the words mean more
                                  than a day, or the time of what the claim only mentions; NaT
                                  where open
        named_markets             markets of the package it names, joined by ``";"``, or None
        heading                   the heading above it, or None
        paragraph, sentence       numbers from 1
        start, end                ``text[start:end]`` is the claim
        ========================  ============================================================

        `headline` is the claim with single blanks, `text` the whole sentence where the claim is
        a clause of it, else None. A claim whose words mean more than a day has the publication's
        date alone: it was known by then, and no day is invented for it. A market move without
        words of time has the day its sentence gives another one (rule ``"same sentence"``). An
        article published on a date alone has claims of dates alone.

    Raises
    ------
    SchemaError
        `published` is missing, unreadable, without a zone or outside the years 1900 to 2200;
        or an unknown time zone or precision.

    Examples
    --------
    >>> claims = split_article(
    ...     "Talks resume\nThe yuan rose. Apple warned of costs after the close on Thursday.",
    ...     published="2025-05-02T12:00+08:00", timezone="Asia/Shanghai", name="a.txt")
    >>> claims[["item_id", "published", "precision", "claim_type"]].values.tolist()
    [['a.txt#1', '2025-05-02T12:00+08:00', 'session', 'market_move'],
     ['a.txt#2', '2025-05-01T17:00-04:00', 'approx', 'event']]
    """
    anchor, note = _anchor(published, timezone, name, precision)
    claims = _with_day_of_sentence(_claims(text, anchor))
    if precision is None:
        claims = [_with_wide_precision(claim, anchor) for claim in claims]
    id_prefix = "".join("_" if sign == ";" or not sign.isprintable() else sign for sign in name)
    return _frame(
        text,
        claims,
        name=name,
        id_prefix=id_prefix,
        source=source,
        url=url,
        note=note,
        zone=timezone,
    )


def _claims(text: str, anchor: Anchor) -> list[_Claim]:
    claims: list[_Claim] = []
    last: tuple[int, ClaimTime] | None = None
    for piece in read_pieces(text):
        if piece.kind != "claim":
            continue
        words = " ".join(text[piece.start : piece.end].split())
        previous = last[1] if last is not None and piece.paragraph - last[0] <= 1 else None
        time = resolve(words, anchor, previous)
        if time.is_point and time.tense != "future":
            last = (piece.paragraph, time)
        claims.append(_Claim(piece, words, time, claim_type(words, time.tense)))
    return claims


def _with_wide_precision(claim: _Claim, anchor: Anchor) -> _Claim:
    """Widen the precision of a claim that has only its article's time."""
    if anchor.instant is None or claim.time.instant != anchor.instant:
        return claim
    return replace(claim, time=replace(claim.time, precision=PRECISION))


def _with_day_of_sentence(claims: Sequence[_Claim]) -> list[_Claim]:
    """Give a market move without words of time the day another move of its sentence has."""
    days: dict[int, ClaimTime] = {
        claim.piece.sentence: claim.time
        for claim in claims
        if claim.type == "market_move" and claim.piece.clause and claim.time.is_point
    }
    dated = []
    for claim in claims:
        day = days.get(claim.piece.sentence)
        has_no_words = claim.time.rule == "publication" and claim.type == "market_move"
        if day is not None and has_no_words:
            time = replace(day, instant=None, precision="day", rule="same sentence")
            dated.append(replace(claim, time=time))
        else:
            dated.append(claim)
    return dated


def _frame(
    text: str,
    claims: Sequence[_Claim],
    *,
    name: str,
    id_prefix: str,
    source: str | None,
    url: str | None,
    note: str | None,
    zone: str | None,
) -> pd.DataFrame:
    pieces, times = [claim.piece for claim in claims], [claim.time for claim in claims]
    sentences = _sentence_texts(text, pieces)
    published = [None if time.instant is None else iso_text(time.instant) for time in times]
    zones = [
        zone_name(time.zone) or (zone if time.rule == "publication" else None) for time in times
    ]
    markets = [
        ";".join(dict.fromkeys(market for _, market in entries_named("markets", words)))
        for words in (claim.words[:READ_LIMIT] for claim in claims)
    ]
    texts: dict[str, list[str | None]] = {
        "item_id": [
            f"{id_prefix}#{piece.sentence}" + (f".{piece.clause}" if piece.clause else "")
            for piece in pieces
        ],
        "published": published,
        "timezone": zones,
        "precision": [time.precision for time in times],
        "headline": [claim.words for claim in claims],
        "text": [sentences[piece.sentence] if piece.clause else None for piece in pieces],
        "source": [source] * len(claims),
        "url": [url] * len(claims),
        "where": [
            f"{name} sentence {piece.sentence}, characters {piece.start}-{piece.end}"
            for piece in pieces
        ],
        "note": [_note(note, claim) for claim in claims],
        "when_words": [time.words for time in times],
        "time_rule": [time.rule for time in times],
        "claim_type": [claim.type for claim in claims],
        "named_markets": [names or None for names in markets],
        "heading": [piece.heading for piece in pieces],
    }
    columns: dict[str, object] = {
        label: pd.Series(cells, dtype=object) for label, cells in texts.items()
    }
    columns["published_at"] = instants_of(time.instant for time in times)
    columns["date"] = days_of(time.date for time in times)
    columns["period_start"] = days_of(time.start for time in times)
    columns["period_end"] = days_of(time.end for time in times)
    for label in ("paragraph", "sentence", "start", "end"):
        columns[label] = np.array([getattr(piece, label) for piece in pieces], dtype=np.int64)
    return pd.DataFrame({label: columns[label] for label in (*COLUMNS, *CLAIM_COLUMNS)})


def _sentence_texts(text: str, pieces: Sequence[Piece]) -> dict[int, str]:
    """Return sentence number -> all of the sentence, from its first claim to its last."""
    spans: dict[int, tuple[int, int]] = {}
    for piece in pieces:
        start = spans.get(piece.sentence, (piece.start, 0))[0]
        spans[piece.sentence] = (start, piece.end)
    return {number: " ".join(text[start:end].split()) for number, (start, end) in spans.items()}


def _note(note: str | None, claim: _Claim) -> str | None:
    length = len(claim.words)
    cut = f"time and kind read in the first {READ_LIMIT:,} of {length:,} characters"
    notes = (note, claim.time.assumed, cut if length > READ_LIMIT else None)
    return "; ".join(filter(None, notes)) or None


# ---- the time of publication ------------------------------------------------------------------


def _anchor(
    published: object, timezone: str | None, name: str, precision: str | None
) -> tuple[Anchor, str | None]:
    """Return the time of publication, and a note on what was assumed of it.

    Raises
    ------
    SchemaError
        The time, the zone or the precision cannot be used; it names the article as `file`.
    """
    if problem := timezone_problem(timezone) or precision_problem(precision):
        raise SchemaError([str(problem)], file=name, suggestion=problem.suggestion)
    zone = None if timezone is None else ZoneInfo(timezone)
    try:
        stamp = read_time(_published_text(published, name), ARTICLE, zone=timezone)
    except TimestampError as error:
        raise SchemaError([str(error)], file=name) from None
    if (instant := stamp.local) is None:
        note = None
        if precision not in (None, "day"):
            note = f"precision {precision} read as day: published is a date alone"
        return Anchor(instant=None, date=stamp.date, zone=zone, precision="day"), note
    own_zone = published.tzinfo if isinstance(published, dt.datetime) else None
    instant = instant.astimezone(zone or own_zone or instant.tzinfo)
    anchor = Anchor(
        instant=instant,
        date=instant.date(),
        zone=instant.tzinfo,
        precision=precision or stamp.precision,
    )
    return anchor, "; ".join(stamp.assumed) or None


def _published_text(published: object, name: str) -> str:
    """Return a time of publication as text, empty where it is missing."""
    if isinstance(published, str):
        return published
    if pd.api.types.is_scalar(published) and pd.isna(published):  # type: ignore[call-overload]
        return ""
    if isinstance(published, dt.date):
        return written(published)
    problem = f"published {published!r} is no time; write it like {ARTICLE.example}"
    raise SchemaError([problem], file=name)
