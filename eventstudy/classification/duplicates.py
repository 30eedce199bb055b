"""One story in the words of several outlets: near-duplicates found, updates and corrections linked.

Items are taken in the order in which they had surely been published, and each is compared with the
stories already there: with the item it resembles most, and with the story's first item. What does
not agree with the first item does not join, so that no chain of resemblances can join two stories
that differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.classification._headlines import Headline, read_headline, weight
from eventstudy.events import HALF_WIDTH
from eventstudy.exceptions import SchemaError, SpecificationError

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Sequence

    from eventstudy._typing import FloatArray, IntArray

RELATIONS: Final = ("first", "duplicate", "update", "correction", "alone")
THRESHOLD: Final = 48.0
"""Score from which two headlines tell the same news; chosen on the tuning half of
``data/news/stories.csv``."""
SLACK: Final = 15.0
"""What the first item of a story, a marked update or a correction may lack."""

_WEIGHTED = 0.6
_IN_COMMON = 20.0
"""Share of words below which letters are not compared; no score near the threshold has less."""
_SAME_PAGE, _SAME_PAGE_LATER = -5.0, 80.0
_COMPARED = ("category", "actor", "target", "direction")
_OPPOSITE = {"escalation", "de-escalation"}
_NOBODY = {"both", "global", "media", "n/a", "none", ""}
_ROUNDING = 0.015
_TEMPLATE = 0.75
_BLOCK = 4_000
_FREQUENT = 60
_NEIGHBOURS = 8
_SAME_ADDRESS = 5
_DAY_ANYWHERE = (11.0, 25.0)
"""Middle and half-width, hours from midnight UTC, of a date whose place is not known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Items:
    """What is compared, in the order in which the items are taken."""

    row: IntArray
    ids: list[str]
    at: FloatArray
    """Hours; the middle of what is known."""
    half: FloatArray
    said: list[Headline | None]
    words: list[frozenset[str]]
    joined: list[str]
    weight: dict[str, float]
    total: list[float]
    """Weight of each item's words."""
    labels: list[tuple[str, str, str]]
    address: list[str]
    window: float

    def is_near(self, one: int, other: int) -> bool:
        gap = abs(self.at[one] - self.at[other]) - self.half[one] - self.half[other]
        return bool(gap <= self.window)

    def is_same_page(self, one: int, other: int) -> bool:
        return self.address[one] != "" and self.address[one] == self.address[other]


@dataclass(slots=True, kw_only=True)
class _Link:
    relation: str
    score: float
    first: int


def find_duplicates(
    frame: pd.DataFrame,
    *,
    hours: float = 36.0,
    threshold: float = THRESHOLD,
    not_credible: Collection[str] = (),
) -> pd.DataFrame:
    """Find which items tell the same story, and which follow one.

    Parameters
    ----------
    frame
        One row an item: ``item_id`` (unique), ``published_at`` (``datetime64[ns, UTC]``, NaT for
        a date alone), ``date``, ``headline``, and, where there are, ``text`` (its beginning stands
        for a missing headline), ``source``, ``url``, ``timezone``, ``precision``, and the labels
        ``category``, ``actor``, ``target``, ``direction``.
    hours
        How far apart two items may be published and still tell the same story.
    threshold
        Score, 0 to 100, from which two headlines tell the same news.
    not_credible
        Sources (as in ``source``, any case) whose time does not make a story's first time.

    Returns
    -------
    DataFrame
        One row an item, in the order and with the index of `frame`: ``item_id``; ``story``, the
        item_id of its story's first credible item; ``relation``; ``of``, the item_id it follows
        (None for ``first`` and ``alone``); ``score`` (NaN for these).

        - ``first``: the first credible item of a story that others tell, too, or follow.
        - ``duplicate``: the same news; it belongs to the story.
        - ``update``: the same news with another figure or day, or marked as an update with
          something new. A story of its own (``story`` is itself) that follows ``of``.
        - ``correction``: marked as one. Likewise a story of its own.
        - ``alone``: nothing else tells it.

    Raises
    ------
    SchemaError
        ``item_id`` is missing or repeated, or neither a time nor a date is there.
    SpecificationError
        `hours` or `threshold` is out of range.

    Notes
    -----
    The score is 0.6 times the weighted share of words in common plus 0.4 times rapidfuzz's token
    ratios, after outlets' marks are off and synonyms are one word. Whatever the score, headlines
    are two stories where they name other places or persons, where one denies and the other does
    not, where they stand at opposite ends (raise and cut), where the same two places act on each
    other the other way round, where labels differ in actor, target or direction, or where one is
    marked analysis or opinion. Other figures (84 % and 125 %) or other days make an update.

    First means first credible: the item that had surely been published before the others, that is,
    the smallest published time plus half-width of its precision. So an exact 14:02 comes before an
    approximate 14:00, and a clock time comes before a date alone unless that day was over. Not
    credible are items of a source in `not_credible`, and an item dated more than `hours` before at
    least two others of its story (which one address can bring together).

    The result does not depend on the order of rows. Memory and time grow with the number of items:
    words shared by many items of the same days are used only two at a time or between neighbours.

    Examples
    --------
    >>> import pandas as pd
    >>> news = pd.DataFrame({
    ...     "item_id": ["a", "b", "c"],
    ...     "published_at": pd.to_datetime(
    ...         ["2025-04-09T11:05Z", "2025-04-09T11:12Z", "2025-04-11T08:05Z"], utc=True),
    ...     "headline": ["China raises tariffs on US goods to 84%",
    ...                  "UPDATE 1-Beijing lifts duty on American imports to 84 pct - Reuters",
    ...                  "China raises tariffs on US goods to 125%"]})
    >>> find_duplicates(news, hours=48)[["item_id", "story", "relation", "of"]]
      item_id story   relation    of
    0       a     a      first  None
    1       b     a  duplicate     a
    2       c     c     update     a
    """
    if not hours >= 0:
        raise SpecificationError(f"hours is {hours}; it must be 0 or more")
    if not 0 < threshold <= 100:
        raise SpecificationError(f"threshold is {threshold}; it must lie between 0 and 100")
    _check(frame)
    items = _in_order(frame, float(hours), {source.casefold() for source in not_credible})
    links = _links(items, threshold)
    first, relation, follows, score = _stories(items, links, threshold)
    _take_time_from_credible(items, first, relation, follows)
    has_others = {int(one) for one in first[relation == "duplicate"]}
    has_others |= {int(one) for one in follows[follows >= 0]}
    for item in np.flatnonzero(relation == "alone"):
        if int(item) in has_others:
            relation[item] = "first"
    back = np.empty(len(items.ids), dtype=np.int64)
    back[items.row] = np.arange(len(items.ids))
    ids = np.array([*items.ids, None], dtype=object)
    return pd.DataFrame(
        {
            "item_id": ids[back],
            "story": ids[first[back]],
            "relation": relation[back],
            "of": ids[follows[back]],
            "score": score[back],
        },
        index=frame.index,
    )


def _check(frame: pd.DataFrame) -> None:
    for name in ("item_id", "headline"):
        if name not in frame:
            raise SchemaError([f"items have no column {name!r}, which finding duplicates needs"])
    if "published_at" not in frame and "date" not in frame:
        raise SchemaError(["items have neither a column 'published_at' nor 'date'"])
    again = frame.loc[frame["item_id"].duplicated(), "item_id"]
    if len(again):
        raise SchemaError([f"item_id {one!r} is there twice" for one in again.unique()])


def _cells(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame:
        return [""] * len(frame)
    return ["" if pd.isna(cell) else str(cell) for cell in frame[name]]


def _in_order(frame: pd.DataFrame, window: float, not_credible: set[str]) -> _Items:
    at, half = _times(frame)
    source = _cells(frame, "source")
    ids = [str(one) for one in frame["item_id"]]
    order = sorted(
        range(len(frame)),
        key=lambda row: (
            source[row].casefold() in not_credible,
            at[row] + half[row],
            half[row],
            ids[row],
        ),
    )
    headline, text = _cells(frame, "headline"), _cells(frame, "text")
    labels = list(
        zip(*(_cells(frame, name) for name in ("actor", "target", "direction")), strict=True)
    )
    address = [_address(one) for one in _cells(frame, "url")]
    seen: dict[tuple[str, str], Headline] = {}
    said: list[Headline | None] = []
    for row in order:
        shown = (headline[row].strip() or text[row][:200].strip())[:500], source[row]
        if shown not in seen:
            seen[shown] = read_headline(*shown)
        said.append(seen[shown] if seen[shown].words else None)
    words = [frozenset(one.words if one else ()) for one in said]
    names = {name for one in said if one for name in one.names}
    weights = {word: weight(word, names) for mine in words for word in mine}
    rows = np.array(order, dtype=np.int64)
    return _Items(
        row=rows,
        ids=[ids[row] for row in order],
        at=at[rows],
        half=half[rows],
        said=said,
        words=words,
        joined=[" ".join(one.words) if one else "" for one in said],
        weight=weights,
        total=[sum(weights[word] for word in mine) for mine in words],
        labels=[labels[row] for row in order],
        address=[address[row] for row in order],
        window=window,
    )


def _times(frame: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return the middle and the half-width of each item's time, hours since 1970 in UTC."""
    hour = np.timedelta64(1, "h")
    epoch = np.datetime64("1970-01-01", "ns")
    missing = pd.Series(pd.NaT, index=frame.index)
    published = pd.to_datetime(frame.get("published_at", missing), utc=True)
    at = (published.dt.tz_localize(None).to_numpy("datetime64[ns]") - epoch) / hour
    precision = [HALF_WIDTH.get(one, 2) / 60.0 for one in _cells(frame, "precision")]
    half = np.array(precision, dtype=np.float64)
    dated = np.isnan(at)
    if dated.any():
        date = pd.to_datetime(frame.get("date", missing))
        day = (date.to_numpy("datetime64[ns]") - epoch) / hour
        if np.isnan(day[dated]).any():
            lost = frame["item_id"].to_numpy()[dated & np.isnan(day)]
            raise SchemaError([f"item {one!r} has neither a time nor a date" for one in lost])
        zones = _cells(frame, "timezone")
        middle, width = _DAY_ANYWHERE
        at[dated], half[dated] = day[dated] + middle, width
        for row in np.flatnonzero(dated):
            if zones[row]:
                noon = date.iloc[row].normalize() + pd.Timedelta(hours=12)
                local = noon.tz_localize(zones[row]).tz_convert("UTC").tz_localize(None)
                at[row], half[row] = (np.datetime64(local, "ns") - epoch) / hour, 12.0
    return at, half


def _address(url: str) -> str:
    """Return a page's address without scheme, ``www``, fragment, query and final slash."""
    bare = re.sub(r"^\w+://(?:www\.)?", "", url.strip().casefold())
    page, _, query = bare.partition("#")[0].partition("?")
    kept = sorted(
        part for part in query.split("&") if part and not re.match(r"utm_|fbclid|gclid|ref=", part)
    )
    page = page.rstrip("/")
    # A site's front page carries every story.
    return "?".join([page, *kept]) if "/" in page or kept else ""


# ---- which pairs are worth comparing -----------------------------------------------------------


def _links(items: _Items, threshold: float) -> list[list[tuple[int, float]]]:
    """Return, for each item, the earlier-taken items it resembles and how much."""
    links: list[list[tuple[int, float]]] = [[] for _ in items.ids]
    cells = _cells_of_words(items)
    by_time = np.array(sorted(cells, key=lambda item: (items.at[item], item)), dtype=np.int64)
    for some, others in _pairs(items, by_time):
        one, other, score = _scores(items, some, others)
        kept = score >= threshold - SLACK
        for left, right, value in zip(one[kept], other[kept], score[kept], strict=True):
            early, late = sorted((int(left), int(right)))
            links[late].append((early, float(value)))
    for one, others in _same_page(items):
        links[one].extend((other, _score(items, one, other)) for other in others)
    return links


def _cells_of_words(items: _Items) -> list[int]:
    """Return the items that are compared: of the same words within the window, the first."""
    first: dict[tuple[object, ...], int] = {}
    compared = []
    for item, said in enumerate(items.said):
        if said is None:
            continue
        key = (said, items.labels[item])
        one = first.get(key)
        if one is None or not items.is_near(one, item):
            first[key] = item
            compared.append(item)
    return compared


def _pairs(items: _Items, by_time: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield pairs that share rare words, a block of time after the other."""
    if not len(by_time):
        return
    at = items.at[by_time]
    reach = items.window + 2 * float(items.half[by_time].max())
    for begin in range(0, len(by_time), _BLOCK):
        last = min(begin + _BLOCK, len(by_time))
        until = int(np.searchsorted(at, at[last - 1] + reach, side="right"))
        block = by_time[begin:until]
        keys = _keys(items, block)
        codes: list[IntArray] = []
        for step in range(1, _FREQUENT):
            here = _step(keys, step, block, items, at[begin:until], last - begin)
            if here is None:
                break
            codes.append(here)
        if codes:
            code = np.unique(np.concatenate(codes))
            yield block[code // len(block)], block[code % len(block)]


def _keys(items: _Items, block: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return (key, place in block, how many have it), by key and place.

    A rare word is a key; of words that many have, every two together are one.
    """
    number: dict[str, int] = {}
    have = [
        [number.setdefault(word, len(number)) for word in items.said[item].words]  # type: ignore[union-attr]
        for item in block
    ]
    count = np.bincount(
        np.fromiter((word for words in have for word in words), dtype=np.int64),
        minlength=len(number),
    )
    many = len(number)
    key: list[int] = []
    place: list[int] = []
    for at, words in enumerate(have):
        frequent = sorted(word for word in words if count[word] > _FREQUENT)
        mine = [word for word in words if count[word] <= _FREQUENT]
        mine += [
            many * (left + 1) + right
            for nth, left in enumerate(frequent)
            for right in frequent[nth + 1 :]
        ]
        key += mine
        place += [at] * len(mine)
    keys, places = np.array(key, dtype=np.int64), np.array(place, dtype=np.int64)
    order = np.lexsort((places, keys))
    keys, places = keys[order], places[order]
    _, which, each = np.unique(keys, return_inverse=True, return_counts=True)
    return keys, places, each[which].astype(np.int64)


def _step(
    keys: tuple[IntArray, IntArray, IntArray],
    step: int,
    block: IntArray,
    items: _Items,
    at: FloatArray,
    own: int,
) -> IntArray | None:
    """Return coded pairs of items `step` apart in the lists of a key; None at their end."""
    key, place, count = keys
    if step >= len(key):
        return None
    same = key[:-step] == key[step:]
    if not same.any():
        return None
    same &= (count[step:] <= _FREQUENT) | (step <= _NEIGHBOURS)
    one, other = place[:-step][same], place[step:][same]
    # Pairs of the overlap alone come again in the next block.
    mine = one < own
    one, other = one[mine], other[mine]
    half = items.half[block]
    near = np.abs(at[one] - at[other]) - half[one] - half[other] <= items.window
    return np.unique(one[near] * len(block) + other[near])


def _same_page(items: _Items) -> Iterator[tuple[int, list[int]]]:
    """Yield each item with the first items of its address, however long ago."""
    pages: dict[str, list[int]] = {}
    for item, address in enumerate(items.address):
        if not address or items.said[item] is None:
            continue
        earlier = pages.setdefault(address, [])
        if earlier:
            yield item, list(earlier)
        if len(earlier) < _SAME_ADDRESS:
            earlier.append(item)


# ---- how alike ---------------------------------------------------------------------------------


def _scores(
    items: _Items, one: IntArray, other: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs that have something in common and their scores, 0 to 100."""
    from rapidfuzz import fuzz
    from rapidfuzz.process import cpdist

    words = np.array(
        [_shared(items, a, b) for a, b in zip(one.tolist(), other.tolist(), strict=True)]
    )
    some = words >= _IN_COMMON
    one, other, score = one[some], other[some], _WEIGHTED * words[some]
    left = [items.joined[a] for a in one]
    right = [items.joined[b] for b in other]
    for scorer in (fuzz.token_set_ratio, fuzz.token_sort_ratio):
        ratio = cpdist(left, right, scorer=scorer)
        score += (1 - _WEIGHTED) / 2 * ratio.astype(np.float64)
    return one, other, score


def _score(items: _Items, one: int, other: int) -> float:
    """Return the score of a pair."""
    from rapidfuzz import fuzz

    a, b = items.joined[one], items.joined[other]
    ratio = np.float32(fuzz.token_set_ratio(a, b)), np.float32(fuzz.token_sort_ratio(a, b))
    score = _WEIGHTED * _shared(items, one, other)
    for each in ratio:
        score += (1 - _WEIGHTED) / 2 * float(each)
    return score


def _shared(items: _Items, one: int, other: int) -> float:
    """Return the weighted share of words in common: of the shorter and of both, on average."""
    mine, theirs = items.total[one], items.total[other]
    both = sum(map(items.weight.__getitem__, items.words[one] & items.words[other]))
    return 50 * both / min(mine, theirs) + 100 * both / (mine + theirs)


def _conflicts(items: _Items, one: int, other: int) -> set[str]:
    """Return why two items are not the same news: ``fact`` for a figure or day, else ``story``."""
    a, b = items.said[one], items.said[other]
    if a is None or b is None:
        return {"story"}
    if a.kind != b.kind or a.denies != b.denies or _labels_differ(items, one, other):
        return {"story"}
    if a.places - b.places and b.places - a.places:
        return {"story"}
    if _names_differ(a, b) or _roles_differ(a, b):
        return {"story"}
    if any(None not in ends and ends[0] != ends[1] for ends in zip(a.ends, b.ends, strict=True)):
        return {"story"}
    if _other_figures(a.figures, b.figures) or _other_dates(a.dates, b.dates):
        return {"fact"}
    return set()


def _names_differ(one: Headline, other: Headline) -> bool:
    """Whether they speak of others, or name others in otherwise the same words."""
    mine, theirs = set(one.words), set(other.words)
    if one.subject - theirs and other.subject - mine:
        return True
    if not (one.names - theirs and other.names - mine):
        return False
    mine, theirs = mine - one.names, theirs - other.names
    return len(mine & theirs) >= _TEMPLATE * len(mine | theirs)


def _roles_differ(one: Headline, other: Headline) -> bool:
    """Whether the same places act on each other the other way round."""
    if one.actor and other.actor and one.actor != other.actor:
        return one.actor in other.places or other.actor in one.places
    return bool(one.targets and other.targets and one.targets.isdisjoint(other.targets))


def _labels_differ(items: _Items, one: int, other: int) -> bool:
    (actor, target, way), (actor2, target2, way2) = items.labels[one], items.labels[other]
    if way != way2 and {way, way2} <= _OPPOSITE:
        return True
    return any(
        mine != theirs and mine.casefold() not in _NOBODY and theirs.casefold() not in _NOBODY
        for mine, theirs in ((actor, actor2), (target, target2))
    )


def _other_figures(one: Collection[tuple[str, float]], other: Collection[tuple[str, float]]) -> bool:
    """Whether both name figures of one unit and have none in common, rounding apart."""
    for unit in {unit for unit, _ in one} & {unit for unit, _ in other}:
        mine = [value for name, value in one if name == unit]
        theirs = [value for name, value in other if name == unit]
        if not any(
            abs(a - b) <= _ROUNDING * max(abs(a), abs(b)) for a in mine for b in theirs
        ):
            return True
    return False


def _other_dates(one: Collection[str], other: Collection[str]) -> bool:
    """Whether both name days, or both months, or both weekdays, and have none in common."""
    for sort in "dmw":
        mine = {date for date in one if date[0] == sort}
        theirs = {date for date in other if date[0] == sort}
        if mine and theirs and not mine & theirs:
            return True
    return False


# ---- stories -----------------------------------------------------------------------------------


def _stories(
    items: _Items, links: list[list[tuple[int, float]]], threshold: float
) -> tuple[IntArray, np.ndarray, IntArray, FloatArray]:
    """Take the items one by one; return first item, relation, item followed (-1), score."""
    n = len(items.ids)
    first = np.arange(n)
    relation = np.full(n, "alone", dtype=object)
    follows = np.full(n, -1, dtype=np.int64)
    score = np.full(n, np.nan)
    # Where the words of an item have been taken before, and the story they are in now.
    now: dict[tuple[object, ...], int] = {}
    for item, said in enumerate(items.said):
        if said is None:
            continue
        key = (said, items.labels[item])
        alike = list(links[item])
        if key in now:
            alike.append((now[key], 100.0))
        best: _Link | None = None
        for earlier, value in sorted(set(alike), key=lambda link: (-link[1], link[0])):
            if best is not None and (best.relation == "duplicate" or value < best.score - SLACK):
                break
            found = _relation(items, item, earlier, int(first[earlier]), value, threshold)
            if found and (best is None or found.relation == "duplicate"):
                best = found
        if best is None:
            now[key] = item
            continue
        relation[item], score[item], follows[item] = best.relation, round(best.score, 1), best.first
        if best.relation == "duplicate":
            first[item] = best.first
        now[key] = item
    return first, relation, follows, score


def _relation(
    items: _Items,
    item: int,
    earlier: int,
    head: int,
    value: float,
    threshold: float,
) -> _Link | None:
    """Return what an item is to the story of an earlier one; None for nothing."""
    said, of = items.said[item], items.said[head]
    if said is None or of is None:
        return None
    same_page, is_near = items.is_same_page(item, head), items.is_near(item, head)
    if not is_near and not (same_page and value >= _SAME_PAGE_LATER):
        return None
    if earlier != head and _score(items, item, head) < threshold - SLACK:
        return None
    wrong = _conflicts(items, item, head) | _conflicts(items, item, earlier)
    link = _Link(relation="duplicate", score=value, first=head)
    needed = threshold + (_SAME_PAGE if same_page else 0.0)
    if said.corrects or said.update is not None:
        needed = threshold - SLACK
    if value < needed:
        return None
    if said.corrects:
        link.relation = "correction"
        return link
    if "story" in wrong:
        return None
    if "fact" in wrong or (said.update is not None and _is_new(said, of)):
        link.relation = "update"
    return link


def _is_new(said: Headline, of: Headline) -> bool:
    """Whether a marked update names a figure or day, or two words, that the first item did not."""
    if said.figures - of.figures or said.dates - of.dates:
        return True
    return sum(weight(word) for word in set(said.words).difference(of.words)) >= 2.0


def _take_time_from_credible(
    items: _Items, first: IntArray, relation: np.ndarray, follows: IntArray
) -> None:
    """Give a story to its second item where the first is dated far before all the others."""
    members: dict[int, list[int]] = {}
    for item in np.flatnonzero(relation == "duplicate"):
        members.setdefault(int(first[item]), []).append(int(item))
    for head, others in members.items():
        if len(others) < 2:
            continue
        second = min(others)
        gap = min(items.at[one] - items.half[one] for one in others)
        if gap - (items.at[head] + items.half[head]) <= items.window:
            continue
        group = [head, *others]
        first[group] = second
        relation[group], follows[group] = "duplicate", second
        relation[second], follows[second] = "alone", -1
        follows[follows == head] = second
