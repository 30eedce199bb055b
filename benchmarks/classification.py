"""How good the labels of headlines are: precision, recall, F1 and what was taken for what.

    python benchmarks/classification.py FILE... [--split held_out] [--before 2023-11-15]
        [--rules mine.toml] [--rules-alone] [--wrong]

FILE is a csv file with columns headline, category and direction; ``--split`` takes the rows whose
column ``split`` says so, ``--before`` those whose ``date`` is earlier. Category and direction are
measured on all rows together; rows of the categories market_move, company_news and none are right
when they are rejected as such. Ends with headlines a second.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.news.classification.accuracy import Measured, confusion_table, measure, score_table
from eventstudy.news.classification.blend import load_classifier
from eventstudy.news.classification.loading import load_rules

if TYPE_CHECKING:
    from eventstudy.news.classification.label import Label

DRAWS = 2000


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--split", help="only rows whose column 'split' has this value")
    parser.add_argument("--before", metavar="DATE", help="only rows of an earlier date")
    parser.add_argument("--rules", nargs="*", default=[], help="rules files on top of the built-in")
    parser.add_argument("--rules-alone", action="store_true", help="without the linear model")
    parser.add_argument("--wrong", action="store_true", help="list the items that are not right")
    options = parser.parse_args()
    frames = [pd.read_csv(file, dtype=str, keep_default_na=False) for file in options.files]
    items = pd.concat(frames, ignore_index=True)
    if options.split is not None:
        if "split" not in items:
            parser.error("no file has a column 'split'")
        items = items[items["split"] == options.split]
    if options.before is not None:
        if "date" not in items:
            parser.error("no file has a column 'date'")
        items = items[items["date"] < options.before]
    if items.empty:
        parser.error("no items")
    load = load_rules if options.rules_alone else load_classifier
    classifier = load(*options.rules)
    headlines = items["headline"].tolist()
    labels = [classifier.label(headline) for headline in headlines]
    # The second time, as in a feed, whose headlines share their words.
    begin = perf_counter()
    for headline in headlines:
        classifier.label(headline)
    seconds = perf_counter() - begin
    outcomes = pd.Series([label.outcome for label in labels]).value_counts()
    names = ", ".join(file.name for file in options.files)
    print(f"{len(items)} items of {names}" + (f", split {options.split}" if options.split else ""))
    print("  ".join(f"{name} {count}" for name, count in outcomes.items()))
    for name in ("category", "direction"):
        given = [getattr(label, name) for label in labels]
        _show(name, measure(items[name].tolist(), given, draws=DRAWS))
    _show_agreement(items, labels)
    for name in ("expected_sign", "actor", "target"):
        if name in items:
            pairs = zip(items[name], (getattr(label, name) for label in labels), strict=True)
            print(f"{name:<14}{sum(own == got for own, got in pairs) / len(items):6.2f} right")
    print(f"\n{len(items) / seconds:,.0f} headlines a second")
    if options.wrong:
        _list_wrong(items, labels)


def _show(name: str, measured: Measured) -> None:
    low, high = measured.accuracy_interval
    print(f"\n{name.upper()}\n{score_table(measured)}")
    print(
        f"accuracy {measured.accuracy:.2f} (95 % {low:.2f} to {high:.2f}), "
        f"macro-F1 {measured.macro_f1:.2f} (95 % {measured.macro_interval[0]:.2f} to "
        f"{measured.macro_interval[1]:.2f}), unsure {measured.n_unsure}\n"
    )
    print(confusion_table(measured))


def _show_agreement(items: pd.DataFrame, labels: list[Label]) -> None:
    """Print how often labels are right by confidence, by direction and where both agree."""
    turned = [
        {direction, label.direction} == {"escalation", "de-escalation"}
        for direction, label in zip(items["direction"], labels, strict=True)
    ]
    print(f"\ndirection turned round {sum(turned)}")
    right = [
        (category == label.category, direction == label.direction)
        for category, direction, label in zip(
            items["category"], items["direction"], labels, strict=True
        )
    ]
    rows = {
        "agree": [label.agrees is True for label in labels],
        "do not": [label.agrees is False for label in labels],
    }
    for low, high in ((0.9, 1.01), (0.8, 0.9), (0.7, 0.8), (0.5, 0.7), (0.0, 0.5)):
        rows[f"confidence {low:.1f}"] = [low <= label.confidence < high for label in labels]
    for title, there in rows.items():
        chosen = [pair for pair, is_there in zip(right, there, strict=True) if is_there]
        if chosen:
            category, direction = (sum(part) / len(chosen) for part in zip(*chosen, strict=True))
            print(
                f"{title:<15}{len(chosen):5d}  category {category:.2f}  direction {direction:.2f}"
            )


def _list_wrong(items: pd.DataFrame, labels: list[Label]) -> None:
    print()
    for row, label in zip(items.itertuples(), labels, strict=True):
        if (row.category, row.direction) != (label.category, label.direction):
            print(
                f"{row.headline}\n    {row.category}, {row.direction}; given {label.category}, ",
                end="",
            )
            print(f"{label.direction} by {label.rule} ({label.words or 'no words'})")


if __name__ == "__main__":
    main()
