"""The bundled data are what their README says, and are found where they are."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pandas as pd
import pytest

from eventstudy.datasets import bundled as datasets
from eventstudy.events.table import Events
from eventstudy.exceptions import SourceError, SpecificationError

CSV = (
    datasets.CLOSES,
    datasets.EVENTS,
    datasets.ARTICLE_ITEMS,
    datasets.HEADLINES,
    datasets.STORIES,
)


def stated() -> dict[str, tuple[int, str]]:
    """File -> rows and sha256, as data/README.md states them."""
    text = datasets.data_path("README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+\.csv)` \| (\d+) \| `([0-9a-f]{64})` \|$", text, re.MULTILINE)
    return {name: (int(count), digest) for name, count, digest in rows}


@pytest.mark.parametrize("name", CSV)
def test_readme_states_the_hash_and_the_rows_of_each_file(name):
    content = datasets.data_path(name).read_bytes()
    rows = len(pd.read_csv(datasets.data_path(name)))
    assert stated()[name] == (rows, hashlib.sha256(content).hexdigest())


def test_readme_states_every_file_there_is():
    root = datasets.data_path("README.md").parent
    files = {path.relative_to(root).as_posix() for path in root.rglob("*.csv")}
    assert files == set(CSV) == set(stated())


@pytest.mark.parametrize("name", CSV)
def test_readme_explains_every_column(name):
    text = datasets.data_path("README.md").read_text(encoding="utf-8")
    columns = pd.read_csv(datasets.data_path(name), nrows=0).columns
    assert [column for column in columns if f"`{column}`" not in text] == []


def test_data_are_found_in_a_clone_and_in_an_installation(tmp_path, monkeypatch):
    clone = tmp_path / "data" / "prices"
    clone.mkdir(parents=True)
    (clone / "closes.csv").touch()
    monkeypatch.setattr(datasets, "_PACKAGE", tmp_path / "eventstudy")
    assert datasets.data_path(datasets.CLOSES) == clone / "closes.csv"
    installed = tmp_path / "eventstudy" / "_data" / "prices"
    installed.mkdir(parents=True)
    (installed / "closes.csv").touch()
    assert datasets.data_path(datasets.CLOSES) == installed / "closes.csv"


def test_missing_data_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "_PACKAGE", tmp_path / "eventstudy")
    with pytest.raises(SourceError, match=r"^prices/closes\.csv: .*install"):
        datasets.data_path(datasets.CLOSES)


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(SpecificationError, match=r"did you mean 'prices/closes\.csv'"):
        datasets.data_path("prices/close.csv")


def test_prices_are_the_seven_columns_each_on_its_own_dates():
    panel = datasets.load_prices()
    assert panel.names == ("N225", "TWII", "HSI", "HSCE", "USDCNH", "AUDUSD", "SPX")
    assert panel.content == "prices"
    assert sum(values.size for values in panel.values) == 3250
    n225 = dict(zip(panel.dates[0].astype(str), panel.values[0], strict=True))
    assert n225["2025-05-02"] == 36830.69
    assert "2025-04-29" not in n225  # a holiday is absent, not filled
    assert panel.calendar is None  # each market's own


def test_returns_of_2_may_2025_are_those_of_the_closes():
    panel = datasets.load_prices()
    change = {}
    for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True):
        at = int(np.flatnonzero(dates == np.datetime64("2025-05-02"))[0])
        change[name] = values[at] / values[at - 1] - 1
    assert change["N225"] == pytest.approx(0.0104, abs=5e-5)
    assert change["TWII"] == pytest.approx(0.0273, abs=5e-5)
    assert change["HSI"] == pytest.approx(0.0174, abs=5e-5)
    assert 1 / (1 + change["USDCNH"]) - 1 == pytest.approx(0.0092, abs=5e-5)


def test_events_are_valid_and_complete():
    events = datasets.load_events()
    assert len(events) == 125
    assert events.frame["event_id"].is_unique
    assert events.frame["published_at"].isna().sum() == 2
    assert (events.frame["category"] == "tariff_effective").sum() == 13
    assert [(one.column, one.value) for one in events.caveats] == [("category", "tariff_effective")]
    assert events.take(events.select({"category": ["deal"]})).caveats == events.caveats


def test_article_items_carry_instants_dates_and_links():
    items = datasets.load_article_items()
    assert list(items["item_id"]) == [f"S{number:02d}" for number in range(1, 39)]
    first = items.iloc[0]
    assert first["published_at"] == pd.Timestamp("2025-05-02T01:00Z")
    assert first["date"] == pd.Timestamp("2025-05-02")
    assert items["published_at"].dtype == "datetime64[ns, UTC]"
    assert items["date"].dtype == "datetime64[ns]"
    assert items["published_at"].isna().sum() == 7
    assert items["url"].isna().sum() == 7
    linked = set(items["linked_event_id"].dropna())
    assert linked <= set(datasets.load_events().frame["event_id"])


def test_article_items_can_be_studied_as_events():
    items = datasets.load_article_items()
    events = Events.from_frame(items.rename(columns={"item_id": "event_id"}))
    assert len(events) == 38
    assert events.frame["published_at"].equals(items["published_at"])
    assert events.frame["date"].equals(items["date"])


def test_stories_have_several_wordings_and_do_not_cross_the_split():
    stories = datasets.load_stories()
    assert len(stories) == 373
    assert stories["item_id"].is_unique
    assert stories["published_at"].is_monotonic_increasing
    assert not stories[["story", "split"]].drop_duplicates()["story"].duplicated().any()
    assert stories["story"].nunique() == 140
    assert set(stories["relation"]) == {"same", "update", "correction"}


def test_headlines_are_labelled_in_every_split():
    headlines = datasets.load_headlines()
    assert headlines["split"].value_counts().to_dict() == {
        "tuning_3": 604,
        "held_out": 200,
        "tuning_2": 190,
        "tuning": 186,
    }
    assert headlines["item_id"].is_unique
    assert headlines["headline"].is_unique
    assert headlines["published_at"].notna().all()
    assert set(headlines["direction"]) == {"escalation", "de-escalation", "neutral"}
    assert set(headlines["expected_sign"]) == {"+", "-", "0", "mixed"}
    others = {"market_move", "company_news", "none"}
    for split, least in (("tuning", 8), ("tuning_2", 4), ("held_out", 5)):
        count = headlines.loc[headlines["split"] == split, "category"].value_counts()
        assert len(count) == 23
        assert count.drop(list(others)).min() >= least


def test_what_stays_held_out_was_chosen_by_nobody():
    headlines = datasets.load_headlines()
    later = headlines[headlines["item_id"].str.startswith("H")]
    digests = [hashlib.sha256(item.encode()).digest() for item in later["item_id"]]
    split = ["held_out" if digest[-1] % 2 else "tuning_2" for digest in digests]
    differ = later[later["split"] != split]
    # written a second time, word for word, by who did not know them
    assert differ[["item_id", "split"]].to_numpy().tolist() == [
        ["H271", "tuning_3"],
        ["H347", "tuning_3"],
    ]
    assert set(headlines.loc[headlines["item_id"].str.startswith("T"), "split"]) == {"tuning"}
