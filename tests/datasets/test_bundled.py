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
    *datasets.STATA_ESTUDY,
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
    assert sum(values.size for values in panel.values) == 14791
    n225 = dict(zip(panel.dates[0].astype(str), panel.values[0], strict=True))
    assert n225["2025-05-02"] == 36830.69
    assert "2025-04-29" not in n225  # a holiday is absent, not filled
    assert panel.calendar is None  # each market's own
    ends = {name: (str(d[0]), str(d[-1])) for name, d in zip(panel.names, panel.dates, strict=True)}
    assert ends == {
        "N225": ("2017-01-04", "2026-08-21"),
        "TWII": ("2017-01-03", "2026-08-21"),
        "HSI": ("2017-01-03", "2026-08-20"),
        "HSCE": ("2023-01-05", "2025-12-31"),
        "USDCNH": ("2017-01-02", "2026-01-01"),
        "AUDUSD": ("2017-01-02", "2025-07-11"),
        "SPX": ("2017-01-03", "2026-08-21"),
    }


def test_readme_states_how_long_each_series_is():
    panel = datasets.load_prices()
    text = datasets.data_path("README.md").read_text(encoding="utf-8").replace("**", "")
    for name, dates in zip(panel.names, panel.dates, strict=True):
        assert f"| `{name}` | {dates[0]} | {dates[-1]} | {len(dates):,} |" in text


def test_the_hang_seng_of_25_august_2023_is_the_published_one():
    frame = datasets.load_prices().frame()["HSI"]
    assert frame.loc["2023-08-25"] == 17956.38
    assert frame.loc["2023-08-25"] / frame.loc["2023-08-24"] - 1 == pytest.approx(-0.014, abs=5e-4)


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
    assert len(events) == 242
    assert events.frame["event_id"].is_unique
    assert events.frame["published_at"].isna().sum() == 11
    assert (events.frame["category"] == "tariff_effective").sum() == 20
    assert [(one.column, one.value) for one in events.caveats] == [("category", "tariff_effective")]
    assert events.take(events.select({"category": ["deal"]})).caveats == events.caveats


def test_every_event_is_in_the_period_of_its_year():
    frame = datasets.load_events().frame
    year = frame["date"].dt.year
    of_year = np.select([year <= 2019, year <= 2023], ["2018-19", "2020-23"], "2024-25")
    assert frame["period"].tolist() == of_year.tolist()
    late_2023 = frame[(frame["date"] >= "2023-11-01") & (frame["date"] < "2024-01-01")]
    assert set(late_2023["period"]) == {"2020-23"}


def test_readme_states_how_many_events_are_verified():
    frame = datasets.load_events().frame
    text = datasets.data_path("README.md").read_text(encoding="utf-8")
    counts = pd.crosstab(frame["period"], frame["verified"])
    for period, of in counts.iterrows():
        row = f"| {period} | {of.sum()} | {of['yes']} | {of['partial']} | {of['no']} |"
        assert row in text
    assert f"{counts['no'].sum()} items are from memory" in text


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


@pytest.mark.slow
def test_headlines_are_labelled_in_every_split():
    headlines = datasets.load_headlines()
    assert headlines["split"].value_counts().to_dict() == {
        "tuning_6": 933,
        "tuning_4": 758,
        "tuning_3": 604,
        "held_out_2": 300,
        "tuning_5": 277,
        "held_out_5": 227,
        "held_out_4": 219,
        "held_out": 200,
        "held_out_3": 150,
        "tuning_2": 190,
        "tuning": 186,
    }
    assert headlines["item_id"].is_unique
    assert headlines["headline"].is_unique
    assert headlines["published_at"].notna().all()
    assert set(headlines["direction"]) == {"escalation", "de-escalation", "neutral"}
    assert set(headlines["expected_sign"]) == {"+", "-", "0", "mixed"}
    others = {"market_move", "company_news", "none"}
    least_of = {
        "tuning": 8,
        "tuning_2": 4,
        "held_out": 5,
        "held_out_2": 13,
        "held_out_3": 6,
        "held_out_4": 3,
        "held_out_5": 3,
    }
    for split, least in least_of.items():
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
