"""News to events: labelled, near-duplicates merged, every raw item accounted for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.events.table import Events
from eventstudy.execution.execution import chosen_execution
from eventstudy.io.memory import memory_limit
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.log import logged
from eventstudy.news import COLUMNS
from eventstudy.news.classification.blend import HeadlineClassifier, load_classifier
from eventstudy.news.classification.corrections import (
    corrected_labels,
    corrected_times,
    merged_by_hand,
)
from eventstudy.news.classification.duplicates import find_duplicates
from eventstudy.news.classification.labelling import WHY, labelled
from eventstudy.news.classification.overrides import (
    ALONE,
    LABELS,
    UNSURE,
    Overrides,
    no_overrides,
)
from eventstudy.news.classification.rules import Rules
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Progress
    from eventstudy.execution import Execution
    from eventstudy.execution.workers import Workers
    from eventstudy.news import News
    from eventstudy.news.classification.labelling import Classifier

OUTCOMES = ("event", "merged", "unsure", "rejected")
"""What a raw item may end as."""

# The article reader says how the text puts a claim; only these happened at their time.
_EVENTFUL = ("event", "scheduled")
_LEADING_COLUMNS = (
    "event_id",
    "published_at",
    "date",
    "timezone",
    "precision",
    "headline",
    *LABELS,
    "source",
    "url",
)
_TRAILING_COLUMNS = (
    "rule",
    "words",
    "confidence",
    "direction_confidence",
    "agrees",
    "reason",
    "n_items",
    "items",
    "follows",
    "relation",
    "where",
)
_NEWS_COLUMNS = ("item_id", "published", "published_at", "text", "note")
_RESERVED_COLUMNS = frozenset(
    {*_LEADING_COLUMNS, *_TRAILING_COLUMNS, *_NEWS_COLUMNS, "outcome", "story", "of", "score"}
)
_SECONDS_AN_ITEM = 8e-4
_BYTES_A_PROCESS = 3e8
_SURE = 0.8  # a confidence from which nine directions in ten are right
_MOST_SENTENCES = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventBuild:
    """Events made from news, and what became of every raw item.

    Attributes
    ----------
    events : one row an event, the columns of an events file and then rule, words, confidence,
        direction_confidence, agrees (whether rules and model say the same category), reason,
        n_items, items (all items merged into it, ``;`` between them), follows (the event it
        updates or corrects), relation, where; then the news' own columns. Text, None where empty.
        What the labels cannot tell has the category ``unsure``
    ledger : one row a raw item: item_id, where, published, headline, outcome (``event``,
        ``merged``, ``unsure``, ``rejected``), event_id, relation, of, score, category, direction,
        rule, words, confidence, direction_confidence, agrees, reason, note, override
    unused : corrections whose item was not read, one sentence each
    inputs : (name, sha256, number of items) of what was read, corrections included
    assumed : what reading the times assumed and which are in doubt, a sentence each

    Examples
    --------
    >>> import eventstudy as es
    >>> frame = pd.DataFrame(
    ...     {
    ...         "published": ["2025-05-02T09:00+08:00", "2025-05-02T12:00+08:00"],
    ...         "headline": ["US raises tariffs on Chinese goods", "A surprise, all told"],
    ...     }
    ... )
    >>> built = es.classify(es.News.from_frame(frame))
    >>> built.ledger["outcome"].tolist()
    ['event', 'unsure']
    """

    events: pd.DataFrame
    ledger: pd.DataFrame
    unused: tuple[str, ...]
    inputs: tuple[tuple[str, str, int], ...]
    assumed: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return the number of raw items of each outcome, and of all.

        Examples
        --------
        >>> built.counts()["items"]  # built: help(es.EventBuild)
        2
        """
        numbers = self.ledger["outcome"].value_counts()
        return {name: int(numbers.get(name, 0)) for name in OUTCOMES} | {"items": len(self.ledger)}

    def to_events(self) -> Events:
        """Return the events as a study takes them; those of category ``unsure`` too.

        Examples
        --------
        >>> built.to_events().frame["direction"].tolist()  # built: help(es.EventBuild)
        ['escalation', None]
        """
        events = Events.from_frame(self.events, name="built events")
        return replace(events, assumed=(*self.assumed, *events.assumed))

    def to_text(self) -> str:
        """Return sums of the ledger, categories, doubts and reasons, for a terminal.

        Examples
        --------
        >>> print(built.to_text().splitlines()[0])  # built: help(es.EventBuild)
        2 items = 1 events + 0 merged + 1 unsure + 0 rejected
        """
        counts = self.counts()
        lines = [
            f"{counts['items']} items = {counts['event']} events + {counts['merged']} merged "
            f"+ {counts['unsure']} unsure + {counts['rejected']} rejected",
        ]
        if len(self.events):
            table = pd.crosstab(
                self.events["category"], self.events["direction"].fillna("-").astype("str")
            )
            table = table.assign(events=table.sum(axis=1)).sort_values(
                ["events"], ascending=False, kind="stable"
            )
            shown = table.rename_axis(index="category", columns=None).reset_index()
            from eventstudy.reporting import tables

            lines += ["", tables.to_text(shown, 80)]
        if self.assumed:
            lines += ["", "Times:"]
            for sentence in self.assumed[:_MOST_SENTENCES]:
                lines += wrap(sentence, 80, initial_indent="  ", subsequent_indent=" " * 4)
            if (n_more := len(self.assumed) - _MOST_SENTENCES) > 0:
                lines.append(f"  {n_more} more, see the record of the build")
        rejected = self.ledger[self.ledger["outcome"] == "rejected"]
        if len(rejected):
            # What an item said is quoted in its reason, and differs from item to item.
            sentences = rejected["reason"].str.replace(r"'[^']*'(?!\w)", "'...'", regex=True)
            reasons = sentences.value_counts()
            examples = dict(zip(sentences[::-1], rejected["reason"][::-1], strict=True))
            lines += ["", "Rejected:"]
            for reason, number in reasons.head(8).items():
                example = examples[str(reason)]
                such_as = "such as: " if number > 1 and example != reason else ""
                lines += wrap(f"{number:>6}  {such_as}{example}", 80, subsequent_indent=" " * 8)
            if len(reasons) > 8:
                lines.append(f"{int(reasons.iloc[8:].sum()):>6}  other reasons, see the ledger")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"EventBuild: {self.to_text().splitlines()[0]}"

    def _repr_html_(self) -> str:
        from html import escape

        columns = ["event_id", "published_at", "headline", "category", "direction", "confidence"]
        head = self.events[columns].head(20)
        return f"<p>{escape(repr(self))}</p>{head.to_html(index=False, escape=True)}"


@logged("labelled")
@shows_progress
def classify(
    news: News,
    *,
    classifier: Classifier | None = None,
    overrides: Overrides | None = None,
    merge: bool = True,
    hours: float = 36.0,
    progress: Progress | None = None,
    execution: Execution | None = None,
) -> EventBuild:
    """Turn news into events: label, merge near-duplicates, account for every item.

    Parameters
    ----------
    news
        Of `read_news`.
    classifier
        Any function of headline and text that returns a `Label`; the built-in one by default,
        ``load_classifier("mine.toml").label`` with rules of your own on top, and
        ``load_rules().label`` for the rules alone.
    overrides
        Corrections by hand; they win over the classifier.
    merge
        Whether near-duplicates become one event at the first credible publication time. Updates
        and corrections of an event stay events of their own, linked by ``follows``.
    hours
        How far apart two items may be published and still tell the same story.
    progress
        Called with what is done, how many items are, and of how many.
    execution
        How many processes label and compare; what they come to is the same. A classifier of your
        own labels in the calling one.

    Raises
    ------
    SpecificationError
        A classifier that does not return a `Label`; a correction that merges an item into a
        rejected one, or gives another date than the item's time has.
    SchemaError
        A correction to a category that the rules do not have.

    Notes
    -----
    An event takes the labels of its first item; where the rules are unsure of that one, those of
    the surest item merged into it. An item the rules reject (a move of markets, not news) is not
    compared with others.

    Examples
    --------
    >>> import eventstudy as es
    >>> frame = pd.DataFrame(
    ...     {
    ...         "published": ["2025-05-02T09:00+08:00"],
    ...         "headline": ["US raises tariffs on Chinese goods"],
    ...     }
    ... )
    >>> built = es.classify(es.News.from_frame(frame))
    >>> built.events[["category", "direction"]].iloc[0].tolist()
    ['tariff_announced', 'escalation']
    """
    fixes = no_overrides() if overrides is None else overrides
    label = load_classifier().label if classifier is None else classifier
    owner = getattr(label, "__self__", None)  # a function of the user's may know other categories
    rules = owner.rules if isinstance(owner, HeadlineClassifier) else owner
    if isinstance(rules, Rules):
        fixes.check_categories(rules.categories)
    step: Progress = progress or no_progress
    items = corrected_times(_with_free_names(news.frame), fixes)
    with chosen_execution(execution).workers() as any_workers:
        workers = any_workers.for_work(
            _SECONDS_AN_ITEM * len(items), _BYTES_A_PROCESS, memory_limit()
        )
        items = items.join(_labelled(items, label, fixes, workers, step))
        stories = _stories(items, fixes, merge=merge, hours=hours, workers=workers, step=step)
    items = items.join(stories)
    events = _events(items)
    ledger = _ledger(items, news.rejected, fixes)
    inputs = tuple(news.inputs)
    if fixes.sha256:
        inputs += ((fixes.name, fixes.sha256, len(fixes)),)
    return EventBuild(
        events=events,
        ledger=ledger,
        unused=tuple(fixes.unused(items["item_id"], news.rejected["item_id"])),
        inputs=inputs,
        assumed=tuple(news.assumed),
    )


def _with_free_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Rename columns of the news that a build uses itself: `category` to `category_given`."""
    names = {str(name): str(name) for name in frame.columns}
    for name in _RESERVED_COLUMNS.intersection(names).difference(COLUMNS):
        while names[name] in {*frame.columns, *_RESERVED_COLUMNS}:
            names[name] += "_given"
    return frame.reset_index(drop=True).rename(columns=names)


def _labelled(
    items: pd.DataFrame, label: Classifier, fixes: Overrides, workers: Workers, step: Progress
) -> pd.DataFrame:
    """Label every item; the article reader's and the user's own word come on top."""
    frame = labelled(items, label, workers, step)
    frame.index = items.index
    is_named = frame["outcome"] == "event"
    if "claim_type" in items:
        kinds = items["claim_type"]
        is_background = (kinds.notna() & ~kinds.isin(_EVENTFUL)).to_numpy(dtype=bool)
        frame.loc[is_background, "outcome"] = "rejected"
        frame.loc[is_background, "reason"] = [
            f"the text tells it as {excerpt(str(kind).replace('_', ' '))}, not as an event of its "
            "time"
            for kind in kinds[is_background]
        ]
    return corrected_labels(frame, items["item_id"], fixes, is_named)


def _stories(
    items: pd.DataFrame,
    fixes: Overrides,
    *,
    merge: bool,
    hours: float,
    workers: Workers,
    step: Progress,
) -> pd.DataFrame:
    """Find which items tell one story; `story` is the item whose event it becomes."""
    stories = pd.DataFrame(
        {
            "story": items["item_id"].astype(object),
            "relation": pd.Series(["alone"] * len(items), dtype=object, index=items.index),
            "of": pd.Series([None] * len(items), dtype=object, index=items.index),
            "score": np.full(len(items), np.nan),
        }
    )
    by_hand = fixes.of("merge_into")
    is_alone = items["item_id"].isin([item for item, into in by_hand.items() if into == ALONE])
    compared = ((items["outcome"] != "rejected") & ~is_alone).to_numpy(dtype=bool)
    if merge and compared.sum() > 1:
        step("merging duplicates", 0, 1)
        duplicates = find_duplicates(
            _with_sure_directions(items[compared]), hours=hours, workers=workers, progress=step
        )
        for name in stories.columns:
            stories.loc[compared, name] = duplicates[name].to_numpy()
        step("merging duplicates", 1, 1)
    return merged_by_hand(stories, items, fixes)


def _with_sure_directions(items: pd.DataFrame) -> pd.DataFrame:
    """Return items without the directions that are in doubt: these part no story."""
    own, of_item = (items[name].astype(float) for name in ("direction_confidence", "confidence"))
    sure = own.fillna(of_item) >= _SURE
    return items.assign(direction=items["direction"].where(sure, None))


def _events(items: pd.DataFrame) -> pd.DataFrame:
    """Return one row a story, with the time and headline of its first item."""
    own_columns = _own_columns(items)
    kept = items[items["outcome"] != "rejected"]
    ids, stories = kept["item_id"].tolist(), kept["story"].tolist()
    follows = _followed(ids, stories, kept["of"].tolist())
    members: dict[str, list[int]] = {}
    for row, story in enumerate(stories):
        members.setdefault(story, []).append(row)
    groups = list(members.values())
    first = [next(row for row in rows if ids[row] == story) for story, rows in members.items()]
    outcome, confidence = kept["outcome"].tolist(), kept["confidence"].tolist()
    surest = [
        _surest(one, rows, outcome, confidence) for one, rows in zip(first, groups, strict=True)
    ]

    def of(name: str, rows: list[int]) -> list[Any]:
        cells = kept[name].tolist()
        return [cells[row] for row in rows]

    def together(name: str) -> list[str | None]:
        cells = kept[name].tolist()
        return [_joined(cells[row] for row in rows) for rows in groups]

    columns = {
        "event_id": list(members),
        "published_at": of("published", first),
        "date": [f"{date:%Y-%m-%d}" for date in of("date", first)],
        "source": together("source"),
        "n_items": [len(rows) for rows in groups],
        "items": together("item_id"),
        "follows": [follows.get(story) for story in members],
        "relation": [
            relation if story in follows else None
            for story, relation in zip(members, of("relation", first), strict=True)
        ],
    }
    firsts = ("timezone", "precision", "headline", "url", "where", *own_columns)
    columns |= {name: of(name, first) for name in firsts}
    columns |= {name: of(name, surest) for name in (*LABELS, *WHY, "reason")}
    order = (*_LEADING_COLUMNS, *_TRAILING_COLUMNS, *own_columns)
    return pd.DataFrame({name: _cells(columns.pop(name)) for name in order})


def _cells(cells: list[Any]) -> pd.Series:
    """Return a column of objects; None where one is missing."""
    column = pd.Series(cells, dtype=object)
    return column.where(column.notna(), None)


def _followed(ids: list[str], stories: list[str], of: list[str | None]) -> dict[str, str]:
    """Return story -> the story it follows; no story follows itself by way of others."""
    story_of = dict(zip(ids, stories, strict=True))
    follows: dict[str, str] = {}
    ahead: dict[str, str] = {}  # of a story, one that it follows by way of others
    for story, own, after in zip(ids, stories, of, strict=True):
        followed = None if after is None else story_of.get(after)
        if own != story or followed is None:
            continue
        last = followed
        while (nearer := ahead.get(last)) is not None:
            ahead[last] = ahead.get(nearer, nearer)  # the way is halved for those who come next
            last = ahead[last]
        if last != story:  # a merge by hand can turn what came first behind
            follows[story] = ahead[story] = followed
    return follows


def _surest(first: int, rows: list[int], outcome: list[str], confidence: list[float]) -> int:
    """Return the item whose labels the event takes."""
    sure = [row for row in rows if outcome[row] == "event"]
    if outcome[first] == "event" or not sure:
        return first
    return max(sure, key=lambda row: float(confidence[row]))


def _joined(cells: Iterable[Any]) -> str | None:
    """Return the cells that are filled, each once, with semicolons between; None without any."""
    given = dict.fromkeys(str(cell) for cell in cells if not pd.isna(cell))
    return ";".join(given) or None


def _own_columns(items: pd.DataFrame) -> list[str]:
    """Return the columns the news brought beside those of `read_news` and of a build."""
    return [str(name) for name in items.columns if name not in _RESERVED_COLUMNS]


def _ledger(items: pd.DataFrame, unread: pd.DataFrame, fixes: Overrides) -> pd.DataFrame:
    """Return one row a raw item in the order of reading, then those that could not be read."""
    sure_stories = set(items.loc[items["outcome"] == "event", "story"])
    outcome = items["outcome"].astype(object).copy()
    is_kept = outcome != "rejected"
    is_first = items["story"] == items["item_id"]
    outcome[is_kept & ~is_first] = "merged"
    outcome[is_kept & is_first] = [
        "event" if story in sure_stories else UNSURE
        for story in items.loc[is_kept & is_first, "story"]
    ]
    overrides_of = fixes.why()
    read_rows = pd.DataFrame(
        {
            "item_id": items["item_id"],
            "where": items["where"],
            "published": items["published"].fillna(items["date"].dt.strftime("%Y-%m-%d")),
            "headline": items["headline"],
            "outcome": outcome,
            "event_id": items["story"].where(is_kept, None),
            "relation": items["relation"].where(is_kept, None),
            "of": items["of"],
            "score": items["score"],
            **{name: items[name] for name in ("category", "direction", "rule", "words")},
            **{name: items[name] for name in ("confidence", "direction_confidence", "agrees")},
            "reason": items["reason"],
            "note": items["note"],
            "override": [overrides_of.get(item) for item in items["item_id"]],
        }
    )
    unread_rows = unread.reindex(columns=["item_id", "where", "published", "headline", "reason"])
    unread_rows = unread_rows.assign(outcome="rejected").reindex(columns=read_rows.columns)
    parts = [frame.astype(object) for frame in (read_rows, unread_rows) if len(frame)]
    ledger = pd.concat(parts, ignore_index=True) if parts else read_rows
    return ledger.where(ledger.notna(), None)
