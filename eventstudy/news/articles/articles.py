"""An article as dated claims: one row a sentence, with its time, its place and its kind.

Cutting is in ``sentences`` and ``clauses``, times in ``time_expressions``, ``dates``, ``clocks``,
``time_roles`` and ``time_resolution``, kinds in ``claims``; the words of all of them in
``vocabulary.toml``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.events.table import HALF_WIDTH
from eventstudy.exceptions import SchemaError
from eventstudy.io.doors import ARTICLE, TimestampError
from eventstudy.io.timestamp_columns import days_of, instants_of
from eventstudy.io.timestamps import iso_text, read_time, written
from eventstudy.markets.market import check_zone
from eventstudy.news import COLUMNS
from eventstudy.news.articles.claim_times import Anchor, ClaimTime, zone_name
from eventstudy.news.articles.claims import claim_type
from eventstudy.news.articles.sentences import read_pieces
from eventstudy.news.articles.time_resolution import READ, resolve
from eventstudy.news.articles.vocabulary import named
from eventstudy.registry import choose

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
"""Of an article's time as the time of what it tells: it is printed some hours later."""


@dataclass(frozen=True, slots=True)
class _Claim:
    piece: Piece
    words: str
    moment: ClaimTime
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
        offset is told in `timezone`.
    timezone
        Zone in which its relative words ("on Friday evening") are told; the offset of
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
        `published` is missing, unreadable, without a zone or outside the years 1900 to 2200.
    SpecificationError
        An unknown time zone or precision.

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
    claims = _with_their_days(_claims(text, anchor))
    if precision is None:
        claims = [_told_later(claim, anchor) for claim in claims]
    identity = "".join("_" if sign == ";" or not sign.isprintable() else sign for sign in name)
    return _frame(
        text,
        claims,
        name=name,
        identity=identity,
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
        before = last[1] if last is not None and piece.paragraph - last[0] <= 1 else None
        moment = resolve(words, anchor, before)
        if moment.is_point and moment.tense != "future":
            last = (piece.paragraph, moment)
        claims.append(_Claim(piece, words, moment, claim_type(words, moment.tense)))
    return claims


def _told_later(claim: _Claim, anchor: Anchor) -> _Claim:
    """Widen the time of a claim that has only its article's."""
    moment = claim.moment
    if moment.instant is None or moment.instant != anchor.instant:
        return claim
    return replace(claim, moment=replace(moment, precision=PRECISION))


def _with_their_days(claims: Sequence[_Claim]) -> list[_Claim]:
    """Markets that moved in one sentence moved on the one day it names."""
    days: dict[int, ClaimTime] = {
        claim.piece.sentence: claim.moment
        for claim in claims
        if claim.type == "market_move" and claim.piece.clause and claim.moment.is_point
    }
    dated = []
    for claim in claims:
        day = days.get(claim.piece.sentence)
        is_bare = claim.moment.rule == "publication" and claim.type == "market_move"
        if day is not None and is_bare:
            moment = replace(day, instant=None, precision="day", rule="same sentence")
            dated.append(replace(claim, moment=moment))
        else:
            dated.append(claim)
    return dated


def _frame(
    text: str,
    claims: Sequence[_Claim],
    *,
    name: str,
    identity: str,
    source: str | None,
    url: str | None,
    note: str | None,
    zone: str | None,
) -> pd.DataFrame:
    pieces, moments = [claim.piece for claim in claims], [claim.moment for claim in claims]
    sentences = _sentences(text, pieces)
    published = [None if (at := moment.instant) is None else iso_text(at) for moment in moments]
    zones = [
        zone_name(moment.zone) or (zone if moment.rule == "publication" else None)
        for moment in moments
    ]
    markets = [
        ";".join(dict.fromkeys(found for _, found in named("markets", claim.words[:READ])))
        for claim in claims
    ]
    texts: dict[str, list[str | None]] = {
        "item_id": [
            f"{identity}#{piece.sentence}" + (f".{piece.clause}" if piece.clause else "")
            for piece in pieces
        ],
        "published": published,
        "timezone": zones,
        "precision": [moment.precision for moment in moments],
        "headline": [claim.words for claim in claims],
        "text": [sentences[piece.sentence] if piece.clause else None for piece in pieces],
        "source": [source] * len(claims),
        "url": [url] * len(claims),
        "where": [
            f"{name} sentence {piece.sentence}, characters {piece.start}-{piece.end}"
            for piece in pieces
        ],
        "note": [_note(note, claim) for claim in claims],
        "when_words": [moment.words for moment in moments],
        "time_rule": [moment.rule for moment in moments],
        "claim_type": [claim.type for claim in claims],
        "named_markets": [found or None for found in markets],
        "heading": [piece.heading for piece in pieces],
    }
    columns: dict[str, object] = {
        label: pd.Series(cells, dtype=object) for label, cells in texts.items()
    }
    columns["published_at"] = instants_of(moment.instant for moment in moments)
    columns["date"] = days_of(moment.date for moment in moments)
    columns["period_start"] = days_of(moment.start for moment in moments)
    columns["period_end"] = days_of(moment.end for moment in moments)
    for label in ("paragraph", "sentence", "start", "end"):
        columns[label] = np.array([getattr(piece, label) for piece in pieces], dtype=np.int64)
    return pd.DataFrame({label: columns[label] for label in (*COLUMNS, *CLAIM_COLUMNS)})


def _sentences(text: str, pieces: Sequence[Piece]) -> dict[int, str]:
    """Sentence number -> all of the sentence, from its first claim to its last."""
    ends: dict[int, tuple[int, int]] = {}
    for piece in pieces:
        start = ends.get(piece.sentence, (piece.start, 0))[0]
        ends[piece.sentence] = (start, piece.end)
    return {number: " ".join(text[start:end].split()) for number, (start, end) in ends.items()}


def _note(note: str | None, claim: _Claim) -> str | None:
    length = len(claim.words)
    read = f"time and kind read in the first {READ:,} of {length:,} characters"
    notes = (note, claim.moment.assumed, read if length > READ else None)
    return "; ".join(filter(None, notes)) or None


# ---- the time of publication ------------------------------------------------------------------


def _anchor(
    published: object, timezone: str | None, name: str, precision: str | None
) -> tuple[Anchor, str | None]:
    if timezone is not None:
        check_zone(timezone, f"{name}: timezone")
    zone = None if timezone is None else ZoneInfo(timezone)
    if precision is not None:
        choose(precision, HALF_WIDTH, f"{name}: precision")
    try:
        stamp = read_time(_text(published, name), ARTICLE, zone=timezone)
    except TimestampError as error:
        raise SchemaError([str(error)], file=name) from None
    if (moment := stamp.local) is None:
        note = None
        if precision not in (None, "day"):
            note = f"precision {precision} read as day: published is a date alone"
        return Anchor(instant=None, date=stamp.date, zone=zone, precision="day"), note
    own = published.tzinfo if isinstance(published, dt.datetime) else None
    moment = moment.astimezone(zone or own or moment.tzinfo)
    anchor = Anchor(
        instant=moment,
        date=moment.date(),
        zone=moment.tzinfo,
        precision=precision or stamp.precision,
    )
    return anchor, "; ".join(stamp.assumed) or None


def _text(published: object, name: str) -> str:
    """Return a time of publication as text, empty where it is missing."""
    if isinstance(published, str):
        return published
    if pd.api.types.is_scalar(published) and pd.isna(published):  # type: ignore[call-overload]
        return ""
    if isinstance(published, dt.date):
        return written(published)
    problem = f"published {published!r} is no time; write it like {ARTICLE.example}"
    raise SchemaError([problem], file=name)
