"""Words of a headline, the concepts they stand for, and patterns of concepts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

GAP: Final = 5
"""Most words that ``...`` may stand for where a pattern gives no number."""

CACHE_SIZE: Final = 50_000
"""Most words whose concepts are remembered."""

Span = tuple[int, int]
"""First token and the token after the last one."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# One character for one character, so that places in the text stay what they are.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u2014\u2015", "\u2014"),
        "\u2026": ".",
        **{chr(0xFF01 + k): chr(0x21 + k) for k in range(94)},
    }
)
_TOKEN = re.compile(
    r"(?P<short>[^\W\d_](?:\.[^\W\d_])+(?![^\W_])\.?)"
    r"|(?P<code>\d{1,4}[A-Z](?![^\W_]))"
    r"|(?P<number>[$€£¥₹]?\d+(?:[.,]\d+)*)(?P<percent>\s?%)?"
    r"|(?P<word>[^\W\d_][^\W_]*(?:'[^\W\d_]+)?)"
    r"|(?P<end>[;!?|])|(?P<stop>\.(?=\s))|(?P<pause>[,:\u2014]|\s-\s|--)"
)
_PERCENT = frozenset(("percent", "pct", "pc", "percentage", "per"))
_SPELLED = frozenset(
    (
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve"),
        *("fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
        "hundred",
    )
)
_LARGE = frozenset(("bn", "billion", "million", "trillion", "mln", "bln", "tn", "m", "b"))


@dataclass(frozen=True, slots=True)
class Tokens:
    """A headline in words.

    ``keys`` are lower-case, without possessive; ``marks`` are ``"#"`` for numbers, ``"#%"``
    percentages, ``"$#"`` sums of money, ``""`` words; ``clause`` and ``sentence`` count the
    commas, colons and dashes, or semicolons and full stops, before each word.
    """

    text: str
    raw: list[str]
    keys: list[str]
    marks: list[str]
    places: list[Span]
    clause: list[int]
    sentence: list[int]

    def __len__(self) -> int:
        return len(self.keys)

    def quoted(self, span: Span) -> str:
        """Return the words of `span` as they stand in the text."""
        return self.text[self.places[span[0]][0] : self.places[span[1] - 1][1]]


def tokenize(text: str, limit: int = 200) -> Tokens:
    """Return at most `limit` words of `text`; the rest is not looked at."""
    text = text[: 40 * limit]
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
    tokens = Tokens(text, [], [], [], [], [], [])
    clause = sentence = 0
    for match in _TOKEN.finditer(text.translate(_PLAIN)):
        kind = match.lastgroup
        if kind in ("pause", "end", "stop"):
            clause += 1
            sentence += kind != "pause"
            continue
        if len(tokens.keys) == limit:
            break
        word = match[0]
        mark = ""
        if kind in ("word", "code"):
            key = word.lower()
            if "'" in key:
                # "China's" is China; "won't" stays what it is.
                key = key.removesuffix("'s")
                word = word[: len(key)]
            if tokens.marks and (tokens.marks[-1] in ("#", "$#") or tokens.keys[-1] in _SPELLED):
                if key in _PERCENT:
                    tokens.marks[-1] = "#%"
                elif key in _LARGE and tokens.marks[-1]:
                    tokens.marks[-1] = "$#"
        elif kind == "short":
            word = word.replace(".", "")
            key = word.lower()
        else:
            key = match["number"]
            mark = "#%" if kind == "percent" else "$#" if not key[0].isdigit() else "#"
        tokens.raw.append(word)
        tokens.keys.append(key)
        tokens.marks.append(mark)
        tokens.places.append(match.span())
        tokens.clause.append(clause)
        tokens.sentence.append(sentence)
    return tokens


# ---- words ------------------------------------------------------------------------------------

_WRITTEN = re.compile(r"=?(?:[^\W_]+\*?(?:'[^\W\d_]+)?|\#%|\$\#|\#)")


class Word(NamedTuple):
    """One word as a rule writes it: ``tariff``, ``tariff*``, ``=US``, ``#``, ``#%``, ``$#``."""

    text: str
    is_stem: bool = False
    is_cased: bool = False

    def fits(self, tokens: Tokens, position: int) -> bool:
        """Return whether the word at `position` is this one."""
        if self.text[0] in "#$":
            mark = tokens.marks[position]
            return bool(mark) if self.text == "#" else mark == self.text
        if self.is_cased:
            return tokens.raw[position] == self.text
        key = tokens.keys[position]
        return key.startswith(self.text) if self.is_stem else key == self.text


@lru_cache(maxsize=CACHE_SIZE)
def written_words(phrase: str) -> tuple[Word, ...]:
    """Return the words of a phrase of a rules file; empty if it holds none.

    Most phrases stand in several concepts, and those of the package in every set of rules.
    """
    words = []
    for match in _WRITTEN.finditer(phrase.translate(_PLAIN)):
        text = match[0]
        cased = text.startswith("=")
        stem = text.endswith("*")
        text = text.removeprefix("=").removesuffix("*")
        words.append(Word(text if cased else text.lower().removesuffix("'s"), stem, cased))
    return tuple(words)


_Phrase = tuple[int, Word, tuple[Word, ...]]
_Filed = tuple[int, tuple[_Phrase, ...]]


@dataclass(frozen=True, slots=True)
class Index:
    """Every phrase of every concept by its first word.

    A phrase is filed once; ``concepts`` says of which concepts it is. Their bits, ``masks``, are
    made where a headline holds the phrase.
    """

    exact: dict[str, list[_Phrase]] = field(default_factory=dict)
    stems: dict[str, list[_Phrase]] = field(default_factory=dict)
    marks: dict[str, list[_Phrase]] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)
    concepts: list[list[int]] = field(default_factory=list)
    masks: dict[int, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    phrases: dict[tuple[Word, ...], int] = field(default_factory=dict)
    cache: dict[str, _Filed] = field(default_factory=dict)
    parts: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def add(self, concept: int, phrases: Iterable[str]) -> list[str]:
        """File `phrases` under `concept`; return those that hold no word."""
        numbers, concepts = self.numbers, self.concepts
        wordless = []
        for phrase in phrases:
            number = numbers.get(phrase)
            if number is None:
                words = written_words(phrase)
                if not words:
                    wordless.append(phrase)
                    continue
                number = numbers[phrase] = self._number(words)
            concepts[number].append(concept)
        return wordless

    def _number(self, phrase: tuple[Word, ...]) -> int:
        """File a phrase under its first word, once; return its number."""
        if phrase in self.phrases:
            return self.phrases[phrase]
        number = self.phrases[phrase] = len(self.concepts)
        self.concepts.append([])
        first, filed = phrase[0], (number, phrase[0], phrase[1:])
        if first.text[0] in "#$":
            for mark in ("#", "#%", "$#") if first.text == "#" else (first.text,):
                self.marks.setdefault(mark, []).append(filed)
        elif first.is_stem:
            self.stems.setdefault(first.text, []).append(filed)
            self.lengths.add(len(first.text))
        else:
            self.exact.setdefault(first.text.lower(), []).append(filed)
        return number

    def find(self, tokens: Tokens) -> HeadlineConcepts:
        """Return which phrases stand where."""
        hits: list[tuple[Span, int]] = []
        present = 0
        n_tokens, cache, keys = len(tokens), self.cache, tokens.keys
        for position, key in enumerate(keys):
            mark = tokens.marks[position]
            filed = cache.get(key) if not mark else None
            if filed is None:
                filed = self._phrases_of_word(key, mark)
            mask, longer = filed
            if mask:
                hits.append(((position, position + 1), mask))
                present |= mask
            for number, first, rest in longer:
                end = position + 1 + len(rest)
                if end > n_tokens or (first.is_cased and tokens.raw[position] != first.text):
                    continue
                # Nearly all phrases fail at their second word; its first letter tells most.
                if rest and (
                    rest[0].text[0]
                    not in (keys[position + 1][0], "#", "$", tokens.raw[position + 1][0])
                    or not _all_follow(rest, tokens, position + 1)
                ):
                    continue
                mask = self._mask_of(number)
                hits.append(((position, end), mask))
                present |= mask
        # Phrases in one place are one: their concepts are gathered before they are parted.
        masks_of: dict[Span, int] = {}
        for span, mask in hits:
            masks_of[span] = masks_of.get(span, 0) | mask
        places: dict[int, list[Span]] = defaultdict(list)
        for span in sorted(masks_of):
            for concept in self.parts_of(masks_of[span]):
                places[concept].append(span)
        return HeadlineConcepts(tokens, places, present, {mask for _, mask in hits})

    def _mask_of(self, number: int) -> int:
        """Return the bits of the concepts that a phrase is of."""
        mask = self.masks.get(number)
        if mask is None:
            mask = 0
            for concept in self.concepts[number]:
                mask |= 1 << concept
            self.masks[number] = mask
        return mask

    def parts_of(self, mask: int) -> tuple[int, ...]:
        """Return the numbers of the concepts whose bits are set."""
        parts = self.parts.get(mask)
        if parts is None:
            numbers, left = [], mask
            while left:
                low = left & -left
                numbers.append(low.bit_length() - 1)
                left ^= low
            parts = tuple(numbers)
            if len(self.parts) < CACHE_SIZE:
                self.parts[mask] = parts
        return parts

    def _phrases_of_word(self, key: str, mark: str) -> _Filed:
        """Return the concepts that one word is by itself, and the phrases it begins."""
        filed = [*self.exact.get(key, ()), *(self.marks.get(mark, ()) if mark else ())]
        if not mark:
            for length in self.lengths:
                filed += self.stems.get(key[:length], ())
        mask, longer = 0, []
        for phrase in filed:
            if phrase[2] or phrase[1].is_cased:
                longer.append(phrase)
            else:
                mask |= self._mask_of(phrase[0])
        filed_word = (mask, tuple(longer))
        # Headlines share most of their words; the bound is for a feed of ever new words.
        if not mark and len(self.cache) < CACHE_SIZE:
            self.cache[key] = filed_word
        return filed_word


def _all_follow(words: tuple[Word, ...], tokens: Tokens, position: int) -> bool:
    """Whether the words stand from `position` on, within one sentence."""
    for word in words:
        if (
            not word.fits(tokens, position)
            or tokens.sentence[position] != tokens.sentence[position - 1]
        ):
            return False
        position += 1
    return True


@dataclass(slots=True)
class HeadlineConcepts:
    """What stands in a headline: concept -> its places in the order of the words.

    ``masks`` has the bits of the concepts phrase by phrase, ``present`` those of all.
    """

    tokens: Tokens
    places: dict[int, list[Span]]
    present: int
    masks: set[int]

    def spans(self, concept: int) -> list[Span]:
        """Return where a concept stands, in the order of the words."""
        return self.places.get(concept, [])

    def copied(self) -> HeadlineConcepts:
        """Return what stands in the same headline, of which some may be hidden."""
        return HeadlineConcepts(self.tokens, self.places.copy(), self.present, self.masks)

    def hide(self, concept: int, hidden: int) -> None:
        """Take away where `concept` lies inside a place of `hidden`."""
        outer = self.spans(hidden)
        visible = [
            span
            for span in self.spans(concept)
            if not any(low <= span[0] and span[1] <= high for low, high in outer)
        ]
        if visible:
            self.places[concept] = visible
        else:
            self.places.pop(concept, None)
            self.present &= ~(1 << concept)


# ---- patterns ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pattern:
    """Concepts in order: ``gaps[k]`` words may stand before item ``k`` (-1: anywhere, once).

    ``at_start`` and ``at_end`` bind it to the ends of the headline. ``mask`` has the bit of every
    concept it needs.
    """

    written: str
    items: tuple[int, ...]
    gaps: tuple[int, ...]
    at_start: bool
    at_end: bool
    mask: int

    def find(self, headline: HeadlineConcepts) -> tuple[Span, ...] | None:
        """Return the spans of its items where it first stands, or None."""
        paths = self.find_all(headline)
        return paths[0] if paths else None

    def find_all(self, headline: HeadlineConcepts) -> list[tuple[Span, ...]]:
        """Return the shortest way through the items to each place where the last one stands."""
        paths: list[tuple[Span, ...]] = [(span,) for span in headline.spans(self.items[0])]
        if self.at_start:
            paths = [path for path in paths if path[0][0] == 0]
        sentence = headline.tokens.sentence
        for item, gap in zip(self.items[1:], self.gaps[1:], strict=True):
            ends = [path[-1][1] for path in paths]
            longer: list[tuple[Span, ...]] = []
            for span in headline.spans(item):
                # The latest path that ends before the span is the nearest one.
                k = bisect_right(ends, span[0]) - 1
                if (
                    k >= 0
                    and span[0] - ends[k] <= gap
                    and sentence[ends[k] - 1] == sentence[span[0]]
                ):
                    longer.append((*paths[k], span))
            longer.sort(key=_end_of_path)
            paths = longer
            if not paths:
                return paths
        if self.at_end:
            paths = [path for path in paths if path[-1][1] == len(headline.tokens)]
        return paths


def _end_of_path(path: tuple[Span, ...]) -> int:
    return path[-1][1]
