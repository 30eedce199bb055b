"""What words of time do in their sentence: say when, say since when, or something else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from eventstudy.news.articles.vocabulary import word_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.news.articles.time_expressions import Mention

Role = Literal["time", "since", "reference", "reported"]


@dataclass(frozen=True, slots=True)
class MentionRole:
    """A mention, what it does in its sentence, and whether it lies ahead."""

    mention: Mention
    role: Role
    future: bool


_SINCE = re.compile(
    r"\b(?:since|ever since|from|as of)\s+(?:(?:early|late|mid)\s+)?$", re.IGNORECASE
)
_REFERENCE = re.compile(
    r"\b(?:before|after|following|until|till|by|through|ahead of|pending|prior to|than|"
    r"compared with|compared to|versus|vs\.?|from)\s+(?:the\s+|its\s+|their\s+|a\s+)?$",
    re.IGNORECASE,
)
_INSIDE_SINCE = re.compile(r"\bsince\s+(?:[^\s,;]+\s+){1,6}$", re.IGNORECASE)
_RECORD = re.compile(
    r"\b(?:(?!(?:inter|requ|prot|harv|inv|midw|arr|cont|sugg|r|t|w)est\b)\w{2,20}est|most|least|"
    r"best|first|record|highs?|lows?)\b[^,;]{0,60}$",
    re.IGNORECASE,
)
_PERFECT = re.compile(r"\b(?:has|have|had|['’]ve)\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:from|than|over|versus|compared\s(?:with|to))\s+(?:that\s)?$", re.IGNORECASE
)
_BEGINS_SINCE = re.compile(r"since\s", re.IGNORECASE)
_BEGINS_REFERENCE = re.compile(r"(?:before|after|until|till|by|through|from)\s", re.IGNORECASE)
_QUOTED = re.compile(r"[“][^”]*[”]|\"[^\"]*\"|「[^」]*」")
_PROGRESS = re.compile(r"\b(?:is|are)\s+(?:also\s+)?\w{2,20}ing\b", re.IGNORECASE)
_AHEAD_WORDS = frozenset(("next", "coming", "tomorrow", "later"))


def assign_roles(text: str, mentions: Sequence[Mention]) -> list[MentionRole]:
    """Return the mentions of a sentence with what each does in it."""
    if not mentions:
        return []
    quotes = [match.span() for match in _QUOTED.finditer(text)]
    report = _find_report(text, quotes)
    roles = []
    for mention in mentions:
        is_reported = _is_reported(text, mention, quotes, report)
        future = _looks_ahead(text, mention, report, is_reported=is_reported)
        role = "reported" if is_reported else _role(text, mention, future=future)
        roles.append(MentionRole(mention, role, future))
    return roles


def _role(text: str, mention: Mention, *, future: bool) -> Role:
    before = text[max(0, mention.start - 80) : mention.start]
    own_words = text[mention.start : mention.end] if mention.kind == "period" else ""
    role: Role = "time"
    if mention.kind not in ("day", "period"):
        # "8% from a year earlier" compares.
        compares = mention.kind == "offset" and _COMPARED.search(before)
        return "reference" if compares else role
    if mention.rule == "span":
        return _role_of_span(before, own_words, mention, future=future)
    if _SINCE.search(before) or _BEGINS_SINCE.match(own_words):
        is_start = not own_words and not before.lower().rstrip().endswith("since")
        if not (future and is_start):  # "will apply from 10 May" is a time
            # "The lowest since March" is a comparison, not a state that began in March.
            role = "reference" if _RECORD.search(before) else "since"
    elif (
        mention.rule == "month of data"
        or _BEGINS_REFERENCE.match(own_words)
        or _INSIDE_SINCE.search(before)
        or _REFERENCE.search(before)
    ):
        role = "reference"
    return role


def _role_of_span(before: str, own_words: str, mention: Mention, *, future: bool) -> Role:
    """Distinguish "has lasted for weeks" (since when) from "paused for 90 days" (how long)."""
    if _BEGINS_REFERENCE.match(own_words) or _RECORD.search(before):
        return "reference"
    if not own_words.lower().startswith("for"):
        return "time"
    is_counted = "count" in mention.groups and "past" not in mention.groups
    lasts = bool(_PERFECT.search(before)) or not (is_counted or future)
    return "since" if lasts else "reference"


def _find_report(text: str, quotes: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Return where the first word of saying stands, outside quotations."""
    for match in word_list("report").finditer(text):
        if not any(begin <= match.start() < end for begin, end in quotes):
            return match.span()
    return None


def _is_reported(
    text: str,
    mention: Mention,
    quotes: Sequence[tuple[int, int]],
    report: tuple[int, int] | None,
) -> bool:
    if report is None:
        return False
    if any(begin <= mention.start < end for begin, end in quotes):
        return True
    clause = word_list("clause")
    if mention.start >= report[1]:
        return clause.search(text, report[1], mention.start) is not None
    # "Rates would rise next month, the bank said": what stands before the comma was said.
    comma = text.rfind(",", mention.end, report[0])
    if comma < 0 or report[0] - comma > 60:
        return False
    return clause.search(text, 0, mention.start) is not None


def _looks_ahead(
    text: str, mention: Mention, report: tuple[int, int] | None, *, is_reported: bool
) -> bool:
    groups = mention.groups
    time_words = " ".join(
        groups.get(name, "") for name in ("which", "week", "first", "word", "past", "phase")
    ).lower()
    if _AHEAD_WORDS & set(time_words.split()) and mention.kind != "clock":
        return True
    if groups.get("cjk_day", "") in ("明日", "明天"):
        return True
    cue = word_list("future")
    if is_reported and report is not None:
        begin, end = (report[1], len(text)) if mention.start >= report[1] else (0, report[0])
    elif report is not None:
        # What stands before "..., the bank said" is what it said.
        begin = max(text.rfind(",", 0, report[0]), 0) if mention.start >= report[1] else 0
        end = report[0]
    else:
        begin, end = 0, len(text)
    if cue.search(text, begin, end):
        return True
    return mention.rule in ("weekday", "date") and bool(_PROGRESS.search(text, begin, end))
