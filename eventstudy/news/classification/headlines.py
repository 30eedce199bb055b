"""What a headline says, whoever wrote it: words, figures, dates, places, and which end of an axis.

The words that count as one are in ``wording.toml``.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

T = TypeVar("T")

COMMON, FIGURE, NAME = 0.5, 1.5, 1.5
"""Weight of a word every trade headline has, of a figure or date, and of a name; others weigh 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A headline without its outlet.

    Parameters
    ----------
    words
        Words that count, each once, sorted: synonyms are one word, figures are in one unit.
    figures
        Amounts named, as (unit, value); units are ``%``, ``bp``, ``y`` (a year), ``amount`` (with
        a scale or a currency, whichever it is) and ``n`` (any other number).
    dates
        Days and months named: ``d05-10``, ``m03``, ``w4`` for a weekday.
    places
        Places named or spoken for.
    subject
        Capitalised words at the beginning that the list of words does not know: who is spoken of.
    names
        The same further on.
    actor
        The place that acts, None where it is not clear or both do.
    targets
        Places whose goods, or that themselves, are acted on; none where both do the same.
    ends
        For each axis of ``wording.toml``, 0 or 1 for the end it stands at, None for neither.
    denies
        Whether it says no.
    kind
        ``analysis``, ``opinion`` ... where it is marked as such, None for a report.
    update
        Number of a marked update (0 for a mark without a number), None where not marked.
    corrects
        Whether it is marked as a correction.
    """

    words: tuple[str, ...]
    figures: frozenset[tuple[str, float]]
    dates: frozenset[str]
    places: frozenset[str]
    subject: frozenset[str]
    names: frozenset[str]
    actor: str | None
    targets: frozenset[str]
    ends: tuple[int | None, ...]
    denies: bool
    kind: str | None
    update: int | None
    corrects: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Wording:
    """The lists of ``wording.toml``, ready to be looked up."""

    outlets: frozenset[str]
    kinds: frozenset[str]
    mark: re.Pattern[str]
    spelled: tuple[tuple[re.Pattern[str], str], ...]
    phrases: dict[tuple[str, ...], str]
    longest: dict[str, int]
    places: frozenset[str]
    speaks_for: dict[str, str]
    ignored: frozenset[str]
    common: frozenset[str]
    negation: re.Pattern[str]
    weak: re.Pattern[str]
    axes: tuple[tuple[frozenset[str], frozenset[str]], ...]
    before_target: frozenset[str]
    suffers: frozenset[str]
    speech: frozenset[str]
    goods: frozenset[str]
    mutual: frozenset[str]


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|"
    r"aug(?:ust|\.)?|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_DATES = (
    (re.compile(rf"\b{_MONTH}\s+{_DAY}\b(?!\s?(?:%|per|pct|bn|billion))"), 1, 2),
    (re.compile(rf"\b{_DAY}\s+{_MONTH}(?=\W|$)"), 2, 1),
)
# "march" and "may" are verbs more often than months without a day.
_BARE_MONTH = re.compile(
    r"\b(january|february|march|april|june|july|august|september|october|november|december)\b"
)
_WEEKDAY = re.compile(r"\b(mon|tues|wednes|thurs|fri|satur|sun)day\b")
_WEEKDAYS = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
_FIGURE = re.compile(
    r"(?P<money>(?:us|c|a|hk|nt)?[$€£¥])?\s?(?P<number>\d[\d,]*(?:\.\d+)?)[\s-]?"
    r"(?P<unit>%|percentage[\s-]points?|percent|per\s?cent|pct|basis[\s-]points?|bps?\b|points?\b|"
    r"trillion\b|trn\b|tn\b|billion\b|bln\b|bn\b|million\b|mln\b|mn\b|m\b|thousand\b|k\b)?"
)
_SCALES = {"t": 1e12, "b": 1e9, "m": 1e6, "k": 1e3}
_NUMBERS = {
    name: str(number)
    for number, name in enumerate(
        [
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        start=2,
    )
} | {"twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "ninety": "90"}
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_NUMBERS)})\b")
_REWRITES = (
    (re.compile(r"\b([a-z])\.([a-z])\.(?=\W|$)"), r"\1\2"),
    (re.compile(r"\b(?:quarter|0\.25|25 hundredths of a)[\s-](?:percentage[\s-])?point\b"), "25bp"),
    (re.compile(r"\b(?:half|0\.5)[\s-](?:a[\s-])?(?:percentage[\s-])?point\b"), "50bp"),
    (re.compile(r"\b(?:one|a full)[\s-](?:percentage[\s-])?point\b"), "100bp"),
    (re.compile(r"\bphase (?:1|one)\b"), "phase one"),
)
_DATELINE = re.compile(
    r"^[A-Z][A-Z .,/'-]{2,40}(?:,? [A-Z][a-z]{2,8}\.? \d{1,2})? ?\([A-Za-z .]{2,30}\) ?-+ ?"
)
_BYLINE = re.compile(
    r"(?:^by (?:[A-Z][\w.'-]+ ){2,3}[-:,] ?)|(?:[,;-]? by (?:[A-Z][\w'-]+ ?){2,3}$)"
)
_TAIL = re.compile(r"\s+[-|]\s+([^|]{2,40}?)$|\s*[\[(]([^()\[\]]{2,30})[\])]$")
_UPDATED = re.compile(r"\bupdated?\s*(\d*)\b", re.IGNORECASE)
_CORRECTED = re.compile(
    r"^\W*(?:corrected|correction|corrects|refile|refiled)\b|\(correct(?:s|ed)\b", re.IGNORECASE
)
_SITE = re.compile(r"^[\w-]+\.(?:com|net|org|co\.uk|cn|jp|tw|hk|com\.\w\w)$")
_OWNER = re.compile(r"(\w+)'s?(?=\s)")
_TYPOGRAPHIC_MARKS = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-", "…": "..."}
)
_WORD = re.compile(r"[a-z0-9&%#.]*[a-z0-9&%#]")


@cache
def wording() -> _Wording:
    """Return the lists of ``wording.toml``, read once."""
    path = Path(__file__).with_name("wording.toml")
    tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    phrases: dict[tuple[str, ...], str] = {}
    for group in ("same", "places"):
        for word, others in tables[group].items():
            phrases[word,] = word
            phrases |= {tuple(_WORD.findall(other.replace("'s", ""))): word for other in others}
    speaks_for = {}
    for place_name, names in tables["people"].items():
        for name in names:
            key = tuple(_WORD.findall(name))
            joined = phrases.setdefault(key, "".join(key))
            speaks_for[joined] = place_name
    longest: dict[str, int] = {}
    for phrase in phrases:
        longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
    marks = sorted([*tables["marks"], *tables["kinds"]], key=len, reverse=True)
    mark = re.compile(
        rf"^[\s*(\[]*({'|'.join(map(re.escape, marks))}|updated?\s*\d*|wrapup\s*\d*|"
        r"corrected|correction|refiled?)"
        r"(?:\s*\d)?\s*(?:[-:|\])]+|(?<=corrected)\s|(?<=refile)\s)\s*",
        re.IGNORECASE,
    )
    return _Wording(
        outlets=frozenset(tables["outlets"]),
        kinds=frozenset(tables["kinds"]),
        mark=mark,
        spelled=tuple(
            (re.compile(rf"\b(?:{'|'.join(map(re.escape, ways))})"), f"{word} ")
            for word, ways in tables["spelled"].items()
        ),
        phrases=phrases,
        longest=longest,
        places=frozenset(tables["places"]),
        speaks_for=speaks_for,
        ignored=frozenset(tables["ignore"]["words"]),
        common=frozenset(tables["common"]["words"]),
        negation=_any_of(tables["negation"]["words"]),
        weak=_any_of(tables["negation"]["weak"]),
        axes=tuple((frozenset(axis["one"]), frozenset(axis["other"])) for axis in tables["axes"]),
        before_target=frozenset(tables["roles"]["before_target"]),
        suffers=frozenset(tables["roles"]["suffers"]),
        speech=frozenset(tables["roles"]["speech"]),
        goods=frozenset(tables["roles"]["goods"]),
        mutual=frozenset(tables["roles"]["mutual"]),
    )


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    """Return a pattern of any of the phrases."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b")


def weight(word: str, names: Collection[str] = ()) -> float:
    """Return how much a word counts; `names` are the words known to be names."""
    if word[0].isdigit() or word[0] == "#":
        return FIGURE
    if word in names:
        return NAME
    return COMMON if word in wording().common else 1.0


def read_headline(text: str, source: str | None = None) -> Headline:
    """Return what a headline says; `source` is the outlet's name, taken off its end."""
    word_list = wording()
    corrects = bool(_CORRECTED.search(text))
    stripped, kind, update = _without_outlet(text, (source or "").casefold())
    subject, names = _unlisted_names(stripped)
    lowered = stripped.casefold()
    for pattern, plain in (*word_list.spelled, *_REWRITES):
        lowered = pattern.sub(plain, lowered)
    possessive = set(_OWNER.findall(lowered))
    lowered = lowered.replace("'s ", " ").replace("s' ", "s ").replace("'", "")
    # After a semicolon outlets add what is another piece of news.
    deniable = word_list.weak.sub(" ", lowered.partition(";")[0])
    lowered, dates = _take_dates(lowered)
    lowered = _NUMBER_WORD.sub(lambda match: _NUMBERS[match[1]], lowered)
    lowered, figures = _take_figures(lowered)
    raw = _WORD.findall(lowered)
    pairs = _standard_words(raw, word_list)
    words_read = [word for _, word in pairs]
    places = {word for word in words_read if word in word_list.places}
    places |= {word_list.speaks_for[word] for word in words_read if word in word_list.speaks_for}
    words = {word for word in words_read if word not in word_list.ignored} | places
    ends = tuple(
        0 if not first.isdisjoint(words_read) else 1 if not second.isdisjoint(words_read) else None
        for first, second in word_list.axes
    )
    actor, targets = _roles(pairs, possessive, word_list)
    return Headline(
        words=tuple(sorted(map(_once, words | {f"#{date}" for date in dates}))),
        figures=_once(frozenset(figures)),
        dates=_once(frozenset(dates)),
        places=_once(frozenset(places)),
        subject=_once(frozenset(name for name in subject if name in words)),
        names=_once(frozenset(name for name in names if name in words)),
        actor=actor,
        targets=_once(targets),
        ends=ends,
        denies=bool(word_list.negation.search(deniable)),
        kind=kind,
        update=update,
        corrects=corrects,
    )


def _once(value: T) -> T:
    """Return the same word or set for equal ones: many headlines share their words and places."""
    return cast("T", _kept(value))


@lru_cache(maxsize=50_000)
def _kept(value: Hashable) -> Hashable:
    return value


def _without_outlet(text: str, source: str) -> tuple[str, str | None, int | None]:
    """Take marks, datelines, bylines and outlets off; return also kind and update number."""
    word_list = wording()
    stripped = " ".join(unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHIC_MARKS).split())
    kind, update = None, None
    while match := word_list.mark.match(stripped):
        mark = match[1].casefold()
        if mark in word_list.kinds:
            kind = mark
        if updated := _UPDATED.match(mark):
            update = int(updated[1] or 0)
        stripped = stripped[match.end() :]
    stripped = _DATELINE.sub("", stripped)
    for _ in range(3):
        tail = _TAIL.search(stripped)
        if tail is None:
            break
        outlet = (tail[1] or tail[2]).strip(" .").casefold()
        if updated := _UPDATED.fullmatch(outlet):
            update = int(updated[1] or 0)
        elif outlet not in word_list.outlets and outlet != source and not _SITE.match(outlet):
            if outlet not in word_list.kinds:
                break
            kind = outlet
        stripped = stripped[: tail.start()]
    return _BYLINE.sub("", stripped).strip(" .*\"'"), kind, update


def _take_dates(lowered: str) -> tuple[str, set[str]]:
    """Take days, months and weekdays out; return the rest and them."""
    dates = set()
    for pattern, month, day in _DATES:
        for match in pattern.finditer(lowered):
            number = _MONTHS.index(match[month][:3]) + 1
            dates.add(f"d{number:02d}-{int(match[day]):02d}")
        lowered = pattern.sub(" ", lowered)
    for match in _BARE_MONTH.finditer(lowered):
        dates.add(f"m{_MONTHS.index(match[1][:3]) + 1:02d}")
    lowered = _BARE_MONTH.sub(" ", lowered)
    for match in _WEEKDAY.finditer(lowered):
        dates.add(f"w{_WEEKDAYS.index(match[1]) + 1}")
    return _WEEKDAY.sub(" ", lowered), dates


def _take_figures(lowered: str) -> tuple[str, set[tuple[str, float]]]:
    """Write each figure as one word in one unit; return the text and the figures."""
    figures = set()

    def in_one_unit(match: re.Match[str]) -> str:
        value = float(match["number"].replace(",", ""))
        unit = (match["unit"] or "").replace(" ", "").replace("-", "")
        if unit in ("%", "percent", "pct"):
            figure = ("%", value)
        elif unit.startswith(("basis", "bp")):
            figure = ("bp", value)
        elif unit.startswith(("percentagepoint", "point")):
            figure = ("bp", value * 100)
        elif unit:
            figure = ("amount", value * _SCALES["k" if unit == "thousand" else unit[0]])
        elif match["money"]:
            figure = ("amount", value)
        elif value.is_integer() and 1900 <= value < 2100:
            figure = ("y", value)
        else:
            figure = ("n", value)
        figures.add(figure)
        mark = {"amount": "#", "n": "", "y": ""}.get(figure[0], figure[0])
        return f" {figure[1]:.12g}{mark} "

    return _FIGURE.sub(in_one_unit, lowered), figures


def _standard_words(raw: list[str], word_list: _Wording) -> list[tuple[str, str]]:
    """Return (last word as written, word that stands for it); the longest phrase first."""
    pairs: list[tuple[str, str]] = []
    position = 0
    while position < len(raw):
        for length in range(
            min(word_list.longest.get(raw[position], 0), len(raw) - position), 0, -1
        ):
            word = word_list.phrases.get(tuple(raw[position : position + length]))
            if word is not None:
                pairs.append((raw[position + length - 1], word))
                position += length
                break
        else:
            pairs.append((raw[position], _stem(raw[position])))
            position += 1
    return pairs


def _stem(word: str) -> str:
    """Return a word without its commonest endings; crude, but the same for both headlines."""
    if word[0].isdigit() or len(word) < 5:
        return word
    for ending in ("ies", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _unlisted_names(stripped: str) -> tuple[set[str], set[str]]:
    """Return capitalised words the list does not know: at the beginning, and further on."""
    word_list = wording()
    words = re.findall(r"[^\W\d_][\w&.'-]*", stripped)
    long = [word for word in words if len(word) > 3]
    is_title = sum(word[0].isupper() for word in long) > 0.6 * max(len(long), 1)
    beginning, further = set(), set()
    for position, word in enumerate(words):
        lowered = word.casefold().removesuffix("'s").replace("'", "")
        if not word[0].isupper() or (lowered,) in word_list.phrases or lowered in word_list.common:
            continue
        if position < (1 if is_title else 3):
            beginning.add(_stem(lowered))
        elif not is_title:
            further.add(_stem(lowered))
    return beginning, further


def _roles(
    pairs: list[tuple[str, str]], possessive: set[str], word_list: _Wording
) -> tuple[str | None, frozenset[str]]:
    """Return the place that acts and the places acted on, by word order, where it says.

    Who acts stands first; a place that only speaks, owns or suffers does not count as first.
    """
    if any(word in word_list.mutual for _, word in pairs):
        return None, frozenset()
    actor, targets, before = None, set(), 0
    for position, (raw, word) in enumerate(pairs):
        place_name = word if word in word_list.places else word_list.speaks_for.get(word)
        after = [next_raw for next_raw, _ in pairs[position + 1 : position + 5]]
        if place_name is None:
            before += word not in word_list.ignored
            continue
        previous = pairs[position - 1][0] if position else ""
        if previous == "by":
            actor = place_name
        elif previous in word_list.before_target or not word_list.goods.isdisjoint(after[:2]):
            targets.add(place_name)
        elif after and after[0] in word_list.speech:
            continue
        elif actor is None and before <= 1 and raw not in possessive:
            actor = place_name if word_list.suffers.isdisjoint(after) else None
        before += 2
    return actor, frozenset(targets - {actor})
