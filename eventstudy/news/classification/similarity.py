"""Items as they are compared, in order with their hours, words and labels; how alike two are.

A score says how much of their words two headlines share. A conflict says why they are not the same
news whatever the score.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.events.table import HALF_WIDTH
from eventstudy.exceptions import SchemaError
from eventstudy.news.classification.headlines import Headline, read_headline, weight
from eventstudy.text import shorten

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy.typing as npt

    from eventstudy._typing import FloatArray, IntArray

_WEIGHTED = 0.6
SOON = 6.0
"""Hours within which outlets tell a story; actors of like words then differ by mistake."""
_IN_COMMON = 20.0
"""Share of words below which letters are not compared; no score near the threshold has less."""
_OPPOSITE = frozenset({"escalation", "de-escalation"})
_NOBODY = {"both", "global", "media", "n/a", "none", ""}
_PAIRS_AT_ONCE = 100_000
_ROUNDING = 0.015
_TEMPLATE = 0.75
_DAY_ANYWHERE = (11.0, 25.0)
"""Middle and half-width, hours from midnight UTC, of a date whose place is not known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """The words of items as numbers: item i has ``numbers[begins[i]:begins[i + 1]]``, ascending."""

    known: list[str]
    """In the order of the alphabet."""
    weight: FloatArray
    """What each of them counts."""
    numbers: npt.NDArray[np.int32]
    begins: IntArray
    total: FloatArray
    """Weight of each item's words."""

    def of(self, item: int) -> list[int]:
        """Return the numbers of an item's words."""
        numbers: list[int] = self.numbers[slice(*self.begins[item : item + 2])].tolist()
        return numbers

    def joined(self, item: int) -> str:
        """Return an item's words, a space between."""
        return " ".join([self.known[word] for word in self.of(item)])

    def shares(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return the share of words in common of many pairs."""
        from scipy.sparse import csr_array

        shape = (len(self.total), len(self.known))
        cells = (self.weight[self.numbers], self.numbers, self.begins)
        weights = csr_array(cells, shape=shape)
        present = csr_array((np.ones(len(self.numbers)), *cells[1:]), shape=shape)
        alike = np.empty(len(first))
        for begin in range(0, len(first), _PAIRS_AT_ONCE):
            some = slice(begin, begin + _PAIRS_AT_ONCE)
            alike[some] = (weights[first[some]] * present[second[some]]).sum(axis=1)
        return np.asarray(_share(alike, self.total[first], self.total[second]))


def _share(alike: float | FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the weighted share of words in common: of the shorter and of both, on average."""
    return 50 * alike / np.minimum(one, other) + 100 * alike / (one + other)


def _words_of(headlines: list[Headline | None]) -> Words:
    names = {name for item in headlines if item for name in item.names}
    known = sorted({word for item in headlines if item for word in item.words})
    number = {word: at for at, word in enumerate(known)}
    lengths = np.fromiter((len(item.words) if item else 0 for item in headlines), dtype=np.int64)
    begins = np.concatenate([[0], np.cumsum(lengths)])
    numbers = np.fromiter(
        (number[word] for item in headlines if item for word in item.words), dtype=np.int32
    )
    weights = np.array([weight(word, names) for word in known], dtype=np.float64)
    sums = np.concatenate([[0.0], np.cumsum(weights[numbers])])
    return Words(
        known=known,
        weight=weights,
        numbers=numbers,
        begins=begins,
        total=sums[begins[1:]] - sums[begins[:-1]],
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """What is compared, in the order in which the items are taken."""

    row: IntArray
    ids: list[str]
    hour: FloatArray
    """Since 1970 in UTC; the middle of what is known."""
    half: FloatArray
    headlines: list[Headline | None]
    words: Words
    weight: dict[str, float]
    """What a word counts: halves, so that no order of sums matters."""
    labels: list[tuple[str, str, str]]
    address: list[str]
    window: float

    def gap(self, first: int, second: int) -> float:
        """Return how many hours lie at least between two items; negative where they may meet."""
        distance = abs(self.hour[first] - self.hour[second])
        return float(distance - self.half[first] - self.half[second])

    def direction(self, item: int) -> str:
        """Return the label of an item's direction; empty where it has none."""
        return self.labels[item][2]

    def is_near(self, first: int, second: int) -> bool:
        """Whether two items may lie within the window of one story."""
        return self.gap(first, second) <= self.window

    def is_same_page(self, first: int, second: int) -> bool:
        """Whether two items have the same address."""
        return self.address[first] != "" and self.address[first] == self.address[second]


def in_order(frame: pd.DataFrame, window: float, not_credible: set[str]) -> Items:
    """Return the items of a frame, credible sources first, then by time."""
    hour, half = _times(frame)
    source = _cells(frame, "source")
    ids = [str(item) for item in frame["item_id"]]
    order = sorted(
        range(len(frame)),
        key=lambda row: (
            source[row].casefold() in not_credible,
            hour[row] + half[row],
            half[row],
            ids[row],
        ),
    )
    headline, text = _cells(frame, "headline"), _cells(frame, "text")
    labels = list(
        zip(*(_cells(frame, name) for name in ("actor", "target", "direction")), strict=True)
    )
    alike: dict[tuple[str, ...], tuple[str, str, str]] = {}  # many items have the same labels
    labels = [alike.setdefault(label, label) for label in labels]
    address = [_address(url) for url in _cells(frame, "url")]
    seen: dict[tuple[str, str], Headline] = {}
    headlines: list[Headline | None] = []
    for row in order:
        shown = (headline[row].strip() or text[row][:200].strip())[:500], source[row]
        if shown not in seen:
            seen[shown] = read_headline(*shown)
        headlines.append(seen[shown] if seen[shown].words else None)
    words = _words_of(headlines)
    rows = np.array(order, dtype=np.int64)
    return Items(
        row=rows,
        ids=[ids[row] for row in order],
        hour=hour[rows],
        half=half[rows],
        headlines=headlines,
        words=words,
        weight=dict(zip(words.known, words.weight.tolist(), strict=True)),
        labels=[labels[row] for row in order],
        address=[address[row] for row in order],
        window=window,
    )


def _cells(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame:
        return [""] * len(frame)
    return ["" if pd.isna(cell) else str(cell) for cell in frame[name]]


def _times(frame: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return the middle and the half-width of each item's time, hours since 1970 in UTC."""
    hour = np.timedelta64(1, "h")
    epoch = np.datetime64("1970-01-01", "ns")
    missing = pd.Series(pd.NaT, index=frame.index)
    published = pd.to_datetime(frame.get("published_at", missing), utc=True)
    middles = (published.dt.tz_localize(None).to_numpy("datetime64[ns]") - epoch) / hour
    widths = [HALF_WIDTH.get(precision, 2) / 60.0 for precision in _cells(frame, "precision")]
    half = np.array(widths, dtype=np.float64)
    is_date_alone = np.isnan(middles)
    if is_date_alone.any():
        date = pd.to_datetime(frame.get("date", missing))
        day = (date.to_numpy("datetime64[ns]") - epoch) / hour
        if np.isnan(day[is_date_alone]).any():
            undated = frame["item_id"].to_numpy()[is_date_alone & np.isnan(day)]
            raise SchemaError(
                [
                    f"item {shorten(repr(item), 80)} has neither a time nor a date"
                    for item in undated
                ]
            )
        zones = _cells(frame, "timezone")
        middle, width = _DAY_ANYWHERE
        middles[is_date_alone], half[is_date_alone] = day[is_date_alone] + middle, width
        for row in np.flatnonzero(is_date_alone):
            if zones[row]:
                noon = date.iloc[row].normalize() + pd.Timedelta(hours=12)
                local = noon.tz_localize(zones[row]).tz_convert("UTC").tz_localize(None)
                middles[row], half[row] = (np.datetime64(local, "ns") - epoch) / hour, 12.0
    return middles, half


def _address(url: str) -> str:
    """Return a page's address without scheme, ``www``, fragment, query and final slash."""
    address = re.sub(r"^\w+://(?:www\.)?", "", url.strip().casefold())
    page, _, query = address.partition("#")[0].partition("?")
    parameters = sorted(
        part for part in query.split("&") if part and not re.match(r"utm_|fbclid|gclid|ref=", part)
    )
    page = page.rstrip("/")
    # A site's front page carries every story.
    return "?".join([page, *parameters]) if "/" in page or parameters else ""


def scores(
    words: Words, first: IntArray, second: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs that have something in common and their scores, 0 to 100."""
    from rapidfuzz import fuzz
    from rapidfuzz.process import cpdist

    shares = words.shares(first, second)
    is_alike = shares >= _IN_COMMON
    first, second, score = first[is_alike], second[is_alike], _WEIGHTED * shares[is_alike]
    place = np.zeros(len(words.total), dtype=np.int64)
    place[first] = place[second] = 1
    named = np.flatnonzero(place)
    place[named] = np.arange(len(named))
    joined = np.array([words.joined(item) for item in named.tolist()], dtype=object)
    left, right = joined[place[first]].tolist(), joined[place[second]].tolist()
    for scorer in (fuzz.token_set_ratio, fuzz.ratio):
        ratio = cpdist(left, right, scorer=scorer)
        score += (1 - _WEIGHTED) / 2 * ratio.astype(np.float64)
    return first, second, score


def score_of(items: Items, first: int, second: int) -> float:
    """Return the score of a pair."""
    from rapidfuzz import fuzz

    one, other = items.headlines[first], items.headlines[second]
    if one is None or other is None:
        return 0.0
    alike = sum(map(items.weight.__getitem__, set(one.words).intersection(other.words)))
    total = items.words.total
    # They stand in the order of the alphabet, as a ratio of sorted words would put them.
    a, b = " ".join(one.words), " ".join(other.words)
    ratios = np.float32(fuzz.token_set_ratio(a, b)), np.float32(fuzz.ratio(a, b))
    score = _WEIGHTED * float(_share(alike, total[first], total[second]))
    for ratio in ratios:
        score += (1 - _WEIGHTED) / 2 * float(ratio)
    return score


def conflicts(items: Items, first: int, second: int) -> set[str]:
    """Return why two items are not the same news: ``fact`` for a figure or day, else ``story``."""
    a, b = items.headlines[first], items.headlines[second]
    if a is None or b is None:
        return {"story"}
    if a.kind != b.kind or a.denies != b.denies or _labels_differ(items, first, second):
        return {"story"}
    if _names_differ(a, b) or _places_differ(a, b):
        return {"story"}
    if any(None not in ends and ends[0] != ends[1] for ends in zip(a.ends, b.ends, strict=True)):
        return {"story"}
    if _other_figures(a.figures, b.figures) or _other_dates(a.dates, b.dates):
        return {"fact"}
    return set()


def _names_differ(first: Headline, second: Headline) -> bool:
    """Whether they speak of others, or name others in otherwise the same words."""
    words, other_words = set(first.words), set(second.words)
    if first.subject - other_words and second.subject - words:
        return True
    if not (first.names - other_words and second.names - words):
        return False
    words, other_words = words - first.names, other_words - second.names
    return len(words & other_words) >= _TEMPLATE * len(words | other_words)


def _places_differ(first: Headline, second: Headline) -> bool:
    """Whether each names a place of its own, or the same act on each other the other way round."""
    if first.places - second.places and second.places - first.places:
        return True
    if first.actor and second.actor and first.actor != second.actor:
        return first.actor in second.places or second.actor in first.places
    return bool(first.targets and second.targets and first.targets.isdisjoint(second.targets))


def are_opposite(directions: Collection[str]) -> bool:
    """Whether items of these directions cannot be one story, whatever words they share."""
    return set(directions) >= _OPPOSITE


def _labels_differ(items: Items, first: int, second: int) -> bool:
    """Whether actor or target of items published hours apart disagree."""
    if items.gap(first, second) <= SOON:
        return False
    (actor, target, _), (actor2, target2, _) = items.labels[first], items.labels[second]
    return any(
        label != other_label
        and label.casefold() not in _NOBODY
        and other_label.casefold() not in _NOBODY
        for label, other_label in ((actor, actor2), (target, target2))
    )


def _other_figures(
    first: Collection[tuple[str, float]], second: Collection[tuple[str, float]]
) -> bool:
    """Whether both name figures of one unit and have none in common, rounding apart."""
    for unit in {unit for unit, _ in first} & {unit for unit, _ in second}:
        values = [value for name, value in first if name == unit]
        other_values = [value for name, value in second if name == unit]
        if not any(
            abs(a - b) <= _ROUNDING * max(abs(a), abs(b)) for a in values for b in other_values
        ):
            return True
    return False


def _other_dates(first: Collection[str], second: Collection[str]) -> bool:
    """Whether both name days, or both months, or both weekdays, and have none in common."""
    for sort in "dmw":
        dates = {date for date in first if date[0] == sort}
        other_dates = {date for date in second if date[0] == sort}
        if dates and other_dates and not dates & other_dates:
            return True
    return False
