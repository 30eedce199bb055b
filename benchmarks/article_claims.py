"""The claims of an article beside those a person made of it.

    python benchmarks/article_claims.py [--article FILE] [--published 2025-05-02T12:00+08:00]

The article is the one the bundled items are about. It is not part of the repository; by default
it is looked for in ``../shared/data/news``. Prints the claims, then each of the 35 items of the
article (3 more are context from elsewhere): the sentence it stands in, whether that sentence is a
claim of its own, its date and its kind against those given by hand, and the counts.

Dates made by hand come from many sources; where the article itself names no time, its own date
stands in, which is "not told", neither right nor wrong. An item that shares its sentence with
another is found, and marked.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rapidfuzz import fuzz, process

from eventstudy.news.articles.articles import split_article

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUSE = Path(__file__).parents[1]
ITEMS = HOUSE / "data" / "events" / "article_2025-05-02_items.csv"

# Item -> numbers of the sentences that say it, the fullest first.
_SENTENCES = """
S01 2 1, S02 4, S03 6, S04 2, S05 3, S06 20 3, S07 8, S08 9, S09 11 10, S10 12, S11 13 14, S12 15,
S13 17 16, S14 18, S15 19, S16 21, S17 24, S18 25, S19 26, S20 27, S21 27, S22 28, S23 30, S24 31,
S25 35 34, S26 36, S27 39, S28 39, S29 41, S30 43 42, S31 44, S32 46, S33 48, S34 50 51 52, S35 54
"""
KEY = {
    entry.split()[0]: tuple(int(number) for number in entry.split()[1:])
    for entry in _SENTENCES.split(",")
}
NOT_TOLD = ("publication", "reference", "reported time", "month of data")


def compare(items: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Return one row an item of the article: its claim, and date and kind against the item's."""
    rows = []
    told = [number for numbers in KEY.values() for number in numbers[:1]]
    for item in items[items["item_id"].isin(list(KEY))].itertuples():
        numbers = KEY[str(item.item_id)]
        mine = claims[claims["sentence"] == numbers[0]]
        _, score, near = process.extractOne(
            str(item.headline), list(claims["headline"]), scorer=fuzz.token_set_ratio
        )
        row = {"item": item.item_id, "sentence": numbers[0], "found": "missed"}
        row["by_likeness"] = int(claims["sentence"].iloc[near]) in numbers
        row["score"] = round(score)
        if len(mine):
            claim = mine.iloc[0]
            row["found"] = "shared" if told.count(numbers[0]) > 1 else "own"
            row["hand_date"], row["date"] = str(item.date), f"{claim['date']:%Y-%m-%d}"
            row["rule"] = claim["time_rule"]
            row["date_is"] = _date_is(claim, pd.Timestamp(str(item.date)))
            row["hand_type"], row["type"] = item.claim_type, claim["claim_type"]
        rows.append(row)
    return pd.DataFrame(rows)


def _date_is(claim: pd.Series, hand: pd.Timestamp) -> str:
    if claim["date"] == hand:
        return "right"
    if claim["time_rule"] in NOT_TOLD:
        return "not told"
    start, end = claim["period_start"], claim["period_end"]
    if pd.notna(end) and (pd.isna(start) or start <= hand) and hand <= end:
        return "coarser"
    return "wrong"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--article", type=Path)
    parser.add_argument("--published", default="2025-05-02T12:00+08:00")
    parser.add_argument("--timezone", default="Asia/Shanghai")
    given = parser.parse_args()
    files = sorted((HOUSE.parent / "shared" / "data" / "news").glob("*.txt"))
    if given.article is None and not files:
        parser.exit(0, "no article: give --article FILE\n")
    path = given.article or files[0]
    claims = split_article(
        path.read_text(encoding="utf-8"),
        published=given.published,
        timezone=given.timezone,
        name=path.name,
    )
    table = compare(pd.read_csv(ITEMS), claims)
    with pd.option_context("display.width", 200, "display.max_rows", None):
        shown = claims.assign(
            date=claims["date"].dt.strftime("%Y-%m-%d"),
            claim=[text if len(text) <= 60 else f"{text[:57]}..." for text in claims["headline"]],
        )
        columns = ["sentence", "date", "precision", "time_rule", "when_words", "claim_type"]
        print(shown[[*columns, "named_markets", "claim"]].to_string(index=False, na_rep=""))
        print()
        print(table.to_string(index=False, na_rep=""))
    print()
    _print_counts(table, claims)


def _print_counts(table: pd.DataFrame, claims: pd.DataFrame) -> None:
    known = {number for numbers in KEY.values() for number in numbers}
    more = claims[~claims["sentence"].isin(known)]
    right = table["hand_type"] == table["type"]
    kinds = Counter(
        f"{hand} as {mine}"
        for hand, mine in zip(table["hand_type"][~right], table["type"][~right], strict=True)
    )
    print(f"claims                      {len(claims)} in {claims['sentence'].nunique()} sentences")
    print(f"items of the article        {len(table)}: {_counted(table['found'])}")
    print(f"  nearest in wording        {table['by_likeness'].sum()} of {len(table)}")
    print(f"date                        {_counted(table['date_is'])}")
    print(f"kind                        right {right.sum()}, wrong {(~right).sum()}")
    for what, count in kinds.most_common():
        print(f"  {what:<26}{count}")
    print(f"claims the list lacks       {len(more)}: {_counted(more['claim_type'])}")


def _counted(values: Sequence[object] | pd.Series) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(values).most_common())


if __name__ == "__main__":
    main()
