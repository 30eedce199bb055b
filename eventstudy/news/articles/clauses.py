"""Cuts a sentence that makes several claims between them.

It is cut in two cases only, both of main clauses that could stand alone:

- behind a semicolon, or before "and", "but", "while", "whereas" or "yet" after a comma, where both
  sides hold a finite verb and the right one begins with its own subject;
- before the same words or "as", comma or not, where both sides say of a market that it moved
  ("Tokyo rose 1% and Seoul fell 2%").

What somebody said stays with who said it: behind a word of saying the sentence is cut only before
another word of saying. Nothing is cut inside quotation marks or brackets. Several markets that
share one verb ("the yuan and the Aussie rose") stay one claim, since half of it would have no
verb; the column `named_markets` of the claim lists them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from eventstudy.news.articles.vocabulary import alternatives, tables, word_list

_MAX_LETTERS = 2000
"""A longer sentence is not cut: it is hardly one sentence."""

_MAX_JOINTS = 12
"""A sentence with more places to cut is not cut: it is a list."""

_JOINT = re.compile(r"(?:;|,?\s{1,9}(?:and|but|while|whereas|yet|as))\s{1,9}(?=[\w\"“$€£¥])")
_OPENING = {"(": ")", "[": "]", "“": "”", "「": "」", "『": "』"}
_WORD = re.compile(r"\w[\w.'’&-]*")
_N_FIRST_WORDS = 8
_NO_SUBJECT = frozenset(
    [
        *("that", "which", "who", "whose", "whom", "to", "then", "also", "so", "not", "even"),
        *("at", "in", "on", "by", "for", "with", "from", "of"),
        *("much", "well", "long", "soon", "possible", "far", "part"),
    ]
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a sentence: a claim, or the joint between two."""

    start: int
    end: int
    is_claim: bool


def clauses(sentence: str) -> tuple[Part, ...]:
    """Return the claims of a sentence and the joints between them; the parts join without gaps.

    Examples
    --------
    >>> line = "Tokyo shares rose 1%, while the Kospi fell 2% on Friday."
    >>> [line[part.start : part.end] for part in clauses(line) if part.is_claim]
    ['Tokyo shares rose 1%', 'the Kospi fell 2% on Friday.']
    """
    undivided = (Part(0, len(sentence), True),)
    if len(sentence) > _MAX_LETTERS:
        return undivided
    joints = list(_JOINT.finditer(sentence))
    if not 0 < len(joints) <= _MAX_JOINTS:
        return undivided
    enclosed = _enclosed(sentence)
    parts: list[Part] = []
    begin = 0
    for number, joint in enumerate(joints, 1):
        if enclosed[joint.start()]:
            continue
        stop = joints[number].start() if number < len(joints) else len(sentence)
        left, right = sentence[begin : joint.start()], sentence[joint.end() : stop]
        if _are_two_claims(left, right, is_strong=_is_strong(joint[0])):
            parts += [
                Part(begin, joint.start(), True),
                Part(joint.start(), joint.end(), False),
            ]
            begin = joint.end()
    return (*parts, Part(begin, len(sentence), True))


def _is_strong(joint: str) -> bool:
    return joint.startswith((";", ",")) and not joint.rstrip().endswith("as")


def _are_two_claims(left: str, right: str, *, is_strong: bool) -> bool:
    if _says_market_moved(left) and _says_market_moved(right, at_start=True):
        return True
    report = word_list("report")
    if not is_strong or (report.search(left) and not report.search(_first_words(right))):
        return False
    return bool(_verb().search(left)) and _has_own_subject(right)


def _says_market_moved(part: str, *, at_start: bool = False) -> bool:
    market = word_list("market").search(_first_words(part) if at_start else part)
    return market is not None and word_list("move").search(part, market.end()) is not None


def _has_own_subject(right: str) -> bool:
    words = [match[0] for match in _WORD.finditer(_first_words(right))]
    if not words or words[0].lower() in _NO_SUBJECT or _verb().match(right):
        return False
    verb = _verb().search(_first_words(right))
    return verb is not None and not words[0].lower().endswith("ing")


def _first_words(part: str) -> str:
    """Return the first words of a part, among which the verb of a main clause is sought."""
    ends = [match.end() for match in _WORD.finditer(part[:200])]
    return part[: ends[min(_N_FIRST_WORDS, len(ends)) - 1]] if ends else ""


@cache
def _verb() -> re.Pattern[str]:
    words = tables()["words"]
    moves = [word for word in words["move"] if word not in ("higher", "lower", "flat", "unchanged")]
    finite = [word for word in moves if not word.endswith("ing") and word != "risen"]
    finite_verbs = [*words["auxiliary"], *words["report"], *finite]
    return re.compile(rf"(?<!\w)(?:{alternatives(finite_verbs)})(?!\w)", re.IGNORECASE)


def _enclosed(sentence: str) -> list[bool]:
    """Return for each letter whether it lies inside closed quotation marks or brackets."""
    enclosed = [False] * len(sentence)
    open_brackets: list[tuple[str, int]] = []
    quote: int | None = None
    for position, letter in enumerate(sentence):
        if letter == '"':
            if quote is None:
                quote = position
            else:
                enclosed[quote : position + 1] = [True] * (position + 1 - quote)
                quote = None
        elif letter in _OPENING:
            open_brackets.append((_OPENING[letter], position))
        elif open_brackets and letter == open_brackets[-1][0]:
            _, begin = open_brackets.pop()
            enclosed[begin : position + 1] = [True] * (position + 1 - begin)
    return enclosed
