"""How well near-duplicates are found: pairwise precision and recall, by paraphrase and by noise.

    python benchmarks/duplicates.py [--threshold 45] [--show] [--items 0]

Two sets. *Paraphrase*: ``data/news/stories.csv``, whose wordings are by hand; the word list and the
threshold were chosen on its tuning half. *Noise*: the first wording of each story as outlets
would print it (marks, outlet's name, case, a typo, cut short, clause order, number format), beside
the same headline with another figure, another place or a denial. A pair counts as found when both
items are in one story. Only pairs told of the same news count as true: updates and corrections
must not be merged, and are counted apart by what they follow. "With labels" are the same items with
actor, target and direction of the built-in rules, as `events build` and `watch` compare them.
``--show`` prints what went wrong in the tuning half; ``--items N`` times N items of a year.
"""

from __future__ import annotations

import argparse
import itertools
import re
import resource
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.datasets.bundled import load_stories
from eventstudy.news.classification import load_rules
from eventstudy.news.classification.duplicates import THRESHOLD, find_duplicates

if TYPE_CHECKING:
    from collections.abc import Iterable

COMPARED = ("item_id", "published_at", "headline", "source", "actor", "target", "direction")
OUTLETS = ("Reuters", "Bloomberg", "Financial Times", "CNBC", "Nikkei Asia")
MARKS = ("BREAKING: ", "Exclusive: ", "WRAPUP 2-", "RPT-", "*")
NEGATIVE = r"\b(?:no|not|den(?:y|ies)|nothing)\b"
OTHER_PLACE = {"China": "Vietnam", "Chinese": "Vietnamese", "Mexico": "Brazil", "Japan": "India"}


def pairs(frame: pd.DataFrame, column: str) -> set[tuple[str, str]]:
    """Return the pairs of items that share a value of a column."""
    groups = (sorted(group) for _, group in frame.groupby(column)["item_id"])
    return {pair for group in groups for pair in itertools.combinations(group, 2)}


def labelled(news: pd.DataFrame) -> pd.DataFrame:
    """Return the items with the labels that the built-in rules give them."""
    rules = load_rules()
    labels = [rules.label(headline) for headline in news["headline"]]
    names = ("actor", "target", "direction")
    return news.assign(**{name: [getattr(label, name) for label in labels] for name in names})


def measure(news: pd.DataFrame, threshold: float) -> tuple[int, int, int, pd.DataFrame]:
    """Return true pairs, found pairs, right ones, and the items with their found stories."""
    used = [name for name in news if name in COMPARED]
    duplicates = find_duplicates(news[used], threshold=threshold)
    items = news.assign(
        found=duplicates["story"], verdict=duplicates["relation"], of=duplicates["of"]
    )
    true_pairs, found_pairs = (
        pairs(items[items["relation"] == "same"], "story"),
        pairs(items, "found"),
    )
    return len(true_pairs), len(found_pairs), len(true_pairs & found_pairs), items


def noisy(first: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return each headline as outlets print it, and three stories that only look alike."""
    rows: list[tuple[str, str, str, str, pd.Timestamp]] = []
    for headline, story, begin in zip(
        first["headline"], first["story"], first["published_at"], strict=True
    ):
        words = headline.split()
        outlet = OUTLETS[int(rng.integers(len(OUTLETS)))]
        swap = int(rng.integers(len(words)))
        at = int(rng.integers(1, max(len(words[swap]) - 1, 2)))
        typed = [*words]
        typed[swap] = words[swap][:at] + words[swap][at + 1 :]
        wordings: Iterable[tuple[str, str]] = (
            ("plain", headline),
            ("mark", MARKS[int(rng.integers(len(MARKS)))] + headline),
            ("outlet", f"{headline} - {outlet}"),
            ("capitals", headline.upper()),
            ("title", f"{headline.title()} | {outlet}"),
            ("typo", " ".join(typed)),
            ("cut", headline[: max(45, int(0.75 * len(headline)))].rsplit(" ", 1)[0] + " ..."),
            ("figures", _other_format(headline)),
            ("order", _other_order(headline)),
        )
        rows += [(story, kind, text, outlet, begin) for kind, text in wordings]
        rows += [
            (f"{story}-{kind}", kind, text, outlet, begin)
            for kind, text in (
                ("other figure", re.sub(r"\d+(?=%| billion| percent)", _another, headline)),
                ("other place", _elsewhere(headline)),
                ("denied", f"White House denies that {headline}"),
            )
            # The denial of a denial says it again.
            if text != headline and not (kind == "denied" and re.search(NEGATIVE, headline))
        ]
    frame = pd.DataFrame(rows, columns=["story", "kind", "headline", "source", "begin"])
    later = pd.to_timedelta(rng.integers(0, 240, len(frame)), unit="min")
    return frame.assign(
        item_id=[f"N{number:04d}" for number in range(len(frame))],
        published_at=(frame["begin"] + later).dt.as_unit("ns"),
        relation="same",
    )


def _another(match: re.Match[str]) -> str:
    return str(int(match[0]) * 2 + 1)


def _elsewhere(headline: str) -> str:
    for place, other in OTHER_PLACE.items():
        if re.search(rf"\b{place}\b", headline):
            return re.sub(rf"\b{place}\b", other, headline)
    return headline


def _other_format(headline: str) -> str:
    text = re.sub(r"\$(\d+) billion", r"US$\1bn", headline)
    return re.sub(r"(\d)%", r"\1 per cent", text).replace("US ", "U.S. ")


def _other_order(headline: str) -> str:
    match = re.match(r"(\w+ says) (.*)", headline)
    if match:
        return f"{match[2][0].upper()}{match[2][1:]}, {match[1]}"
    head, comma, tail = headline.partition(", ")
    return f"{tail[0].upper()}{tail[1:]} as {head}" if comma else f"{headline}, officials say"


def report(name: str, news: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Print one line."""
    true, found, right, both = measure(news, threshold)
    print(
        f"{name:32}{len(news):6} items {news['story'].nunique():5} stories {true:6} pairs   "
        f"precision {right / max(found, 1):.3f}   recall {right / max(true, 1):.3f}"
    )
    return both


def show(both: pd.DataFrame) -> None:
    """Print stories joined and stories split."""
    for name, one, other in (("joined", "found", "story"), ("split", "story", "found")):
        for _, group in both[both["relation"] == "same"].groupby(one):
            if len(set(group[other])) == 1:
                continue
            print(f"{name}:")
            for cell, line in zip(group[other], group["headline"], strict=True):
                print(f"    {cell}  {line}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--items", type=int, default=0)
    given = parser.parse_args()
    stories = load_stories()
    for split in ("tuning", "held_out"):
        part = stories[stories["split"] == split].reset_index(drop=True)
        both = report(f"paraphrase, {split}", part, given.threshold)
        report(f"the same with labels, {split}", labelled(part), given.threshold)
        marked = both[both["relation"] != "same"]
        follow = both.set_index("item_id")["story"]
        linked = sum(
            follow.get(of) == story for of, story in zip(marked["of"], marked["story"], strict=True)
        )
        print(f"{'':32}{linked} of {len(marked)} updates and corrections linked to their story")
        if given.show and split == "tuning":
            show(both)
        first = part.drop_duplicates("story")
        both = report(f"noise, {split}", noisy(first, np.random.default_rng(1)), given.threshold)
        plain = both[both["kind"] == "plain"].set_index("story")["found"]
        for kind, group in both.groupby("kind", sort=False):
            story = group["story"].str[:4].map(plain)
            print(f"{'':26}{kind:14}{(group['found'] == story).mean():6.1%} in the story")
        if given.show and split == "tuning":
            show(both)
    if given.items:
        rng = np.random.default_rng(0)
        words = " ".join(stories["headline"]).split()
        lines = []
        for number in rng.integers(len(stories), size=given.items):
            line = stories["headline"].iloc[number].split()
            for at in rng.integers(len(line), size=3):
                line[at] = words[rng.integers(len(words))]
            lines.append(" ".join(line))
        hours = pd.to_timedelta(rng.uniform(0, 365 * 24, given.items), unit="h")
        news = pd.DataFrame(
            {
                "item_id": [f"I{number}" for number in range(given.items)],
                "published_at": (pd.Timestamp("2024-01-01T00:00Z") + hours).as_unit("ns"),
                "headline": lines,
            }
        )
        begin = process_time()
        find_duplicates(news)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{given.items} items of a year: {process_time() - begin:.1f} s, {peak:.0f} MB")


if __name__ == "__main__":
    main()
