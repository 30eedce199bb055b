"""A copy of the bundled data goes on; the package's files are never written."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eventstudy.datasets.bundled import CLOSES, EVENTS, data_path, load_prices
from eventstudy.exceptions import SchemaError, SourceError
from eventstudy.io.files import sha256_of
from eventstudy.prices.fixings.known import fixing_source, market_of
from eventstudy.prices.panel import PricePanel
from eventstudy.upkeep import own_copy, update_data

pytestmark = pytest.mark.fast_tests(5)

NOW = dt.datetime(2026, 8, 28, 12, tzinfo=dt.UTC)
BUNDLED = load_prices()
WEEK = pd.bdate_range("2026-08-24", "2026-08-27")


def served(factor=1.0, fail=(), changed=None):
    """A source that has the bundled closes and, for series that reach August 2026, a week more."""

    def fetch(name, start, end):
        if name in fail:
            raise SourceError(f"cannot reach the prices of {name}")
        at = BUNDLED.positions[name]
        dates, values = BUNDLED.dates[at], BUNDLED.values[at] * factor
        is_near = dates >= np.datetime64(start)
        index = pd.DatetimeIndex(dates[is_near].astype("datetime64[ns]"), name="date")
        series = pd.Series(values[is_near], index=index)
        if changed and changed[0] == name:
            series[pd.Timestamp(changed[1])] = changed[2]
        series = pd.concat([series, pd.Series(values[-1] * 1.01, index=WEEK)])
        frame = series.rename_axis("date").to_frame(name)
        return SimpleNamespace(panel=PricePanel.from_frame(frame, name="yahoo"), failures={})

    return fetch


@pytest.fixture(autouse=True)
def _bundled_files_stay():
    before = [sha256_of(data_path(name)) for name in (CLOSES, EVENTS)]
    yield
    assert [sha256_of(data_path(name)) for name in (CLOSES, EVENTS)] == before


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_a_copy_is_made_and_goes_on(tmp_path):
    updated = update_data(tmp_path / "data", fetch=served(), now=NOW)
    assert updated.failures == {}
    assert updated.table["added"].tolist() == [4] * 7
    assert updated.table["last"].tolist() == ["2026-08-27"] * 7
    own, bundled = lines(tmp_path / "data" / "closes.csv"), lines(data_path(CLOSES))
    assert own[: len(bundled)] == bundled
    assert [line[:10] for line in own[len(bundled) :]] == [f"{day:%Y-%m-%d}" for day in WEEK]
    assert lines(tmp_path / "data" / "events.csv") == lines(data_path(EVENTS))
    assert "events end on 2025-07-14; --news adds those of files of news" in updated.said
    again = update_data(tmp_path / "data", fetch=served(), now=NOW)
    assert again.table["added"].tolist() == [0] * 7
    assert lines(tmp_path / "data" / "closes.csv") == own


def test_revisions_of_earlier_updates_stay(tmp_path):
    folder = tmp_path / "data"
    update_data(folder, fetch=served(changed=("HSI", "2026-08-20", 26000.0)), now=NOW)
    first = lines(folder / "revisions.csv")
    assert len(first) == 2
    update_data(folder, fetch=served(), now=NOW + dt.timedelta(days=1))
    assert lines(folder / "revisions.csv") == first
    changed = served(changed=("HSI", "2026-08-20", 26000.0))
    update_data(folder, fetch=changed, now=NOW + dt.timedelta(days=2))
    assert lines(folder / "revisions.csv") == first


def test_revisions_that_are_no_utf_8_are_said_and_left(tmp_path):
    update_data(tmp_path, fetch=served(), now=NOW)
    content = (tmp_path / "revisions.csv").read_bytes() + b"N225,2026-01-05,1,2,\xe9,x\n"
    (tmp_path / "revisions.csv").write_bytes(content)
    with pytest.raises(SourceError, match=r"revisions\.csv: is not UTF-8"):
        update_data(tmp_path, fetch=served(), now=NOW)
    assert (tmp_path / "revisions.csv").read_bytes() == content


def test_what_the_user_put_there_stays(tmp_path):
    folder = tmp_path / "data"
    update_data(folder, fetch=served(), now=NOW)
    (folder / "notes.txt").write_text("mine")
    text = (folder / "events.csv").read_text(encoding="utf-8")
    (folder / "events.csv").write_text(text.replace("safeguard tariffs", "SAFEGUARD tariffs"))
    update_data(folder, fetch=served(), now=NOW)
    assert (folder / "notes.txt").read_text() == "mine"
    assert "SAFEGUARD tariffs" in (folder / "events.csv").read_text(encoding="utf-8")


def test_an_overlapping_value_that_differs_is_said_with_both_numbers(tmp_path):
    fetch = served(changed=("N225", "2026-08-20", 66300.0))
    updated = update_data(tmp_path / "data", fetch=fetch, now=NOW)
    said = "N225 2026-08-20: 66216.79 here, 66300.00 by yahoo; 66216.79 is kept"
    assert said in updated.said
    assert lines(tmp_path / "data" / "revisions.csv")[1] == (
        "N225,2026-08-20,66216.79,66300.00,yahoo,2026-08-28"
    )
    assert updated.failures == {}


def test_a_series_that_fails_or_does_not_go_on_leaves_the_others(tmp_path):
    updated = update_data(tmp_path / "data", fetch=served(fail=["SPX"]), now=NOW)
    assert updated.failures == {"SPX": "cannot reach the prices of SPX"}
    assert updated.table["added"].tolist() == [4] * 6 + [0]
    other = update_data(tmp_path / "other", fetch=served(factor=1.02), now=NOW)
    assert len(other.failures) == 7
    assert lines(tmp_path / "other" / "closes.csv") == lines(data_path(CLOSES))


def test_prices_of_another_moment_do_not_go_on_however_near_they_are(tmp_path):
    fetch = served()

    def at_noon(name, start, end):
        update = fetch(name, start, end)
        if name == "AUDUSD":
            noon = (market_of(name, fixing_source("fred")),)
            update.panel = replace(update.panel, declared=noon)
        return update

    updated = update_data(tmp_path / "data", source="fred", fetch=at_noon, now=NOW)
    assert list(updated.failures) == ["AUDUSD"]
    assert "of 12:00 America/New_York" in updated.failures["AUDUSD"]
    assert updated.table.set_index("series").loc["AUDUSD", "added"] == 0


def test_events_come_from_news(tmp_path):
    news = tmp_path / "items.csv"
    news.write_text(
        "item_id,published_at,headline,url\n"
        "1,2026-08-25T09:00Z,US imposes 25% tariffs on imports from Japan,https://wire.test/1\n"
        "2,2026-08-25T09:00Z,Cat found on a roof,https://wire.test/2\n"
    )
    updated = update_data(tmp_path / "data", news=[news], fetch=served(), now=NOW)
    assert lines(tmp_path / "data" / "events.csv")[-1].startswith(
        "E20260825a,2026-08-25T09:00+00:00,2026-08-25,"
    )
    assert any(said.startswith("1 event added behind 2025-07-14") for said in updated.said)


def test_nothing_is_written_where_writing_fails(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    update_data(folder, fetch=served(), now=NOW)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def broken(work, source, now):
        raise SourceError("the disk is full")

    monkeypatch.setattr(own_copy, "_manifest", broken)
    with pytest.raises(SourceError, match="the disk is full"):
        update_data(folder, fetch=served(), now=NOW + dt.timedelta(days=1))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "closes.csv").write_text("mine\n")
    with pytest.raises(SourceError, match="not results of eventstudy"):
        update_data(tmp_path, fetch=served(), now=NOW)
    folder = tmp_path / "data"
    update_data(folder, fetch=served(), now=NOW)
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"kind": "watch"}))
    with pytest.raises(SourceError, match="watched news; name another folder"):
        update_data(folder, fetch=served(), now=NOW)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_that_leads_nowhere_or_to_itself_is_said(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "lost").symlink_to(tmp_path / "none")
    for name in ("loop", "lost"):
        with pytest.raises(SourceError, match=f"{name}: is a link that leads nowhere"):
            update_data(tmp_path / name, fetch=served(), now=NOW)


def test_a_copy_with_other_columns_is_refused(tmp_path):
    folder = tmp_path / "data"
    update_data(folder, fetch=served(), now=NOW)
    path = folder / "closes.csv"
    path.write_text(path.read_text().replace("N225,TWII", "NIKKEI,TWII", 1))
    with pytest.raises(SchemaError, match="its columns are not those of the bundled file"):
        update_data(folder, fetch=served(), now=NOW)


def test_closes_are_asked_of_the_source_that_is_named(tmp_path, monkeypatch):
    from eventstudy.prices import fixings

    asked = []

    def update_fixings(source, markets, start, end, now):
        asked.append((source, markets[0], f"{start}", f"{end}"))
        raise SourceError("not now")

    monkeypatch.setattr(fixings, "update_fixings", update_fixings)
    updated = update_data(tmp_path / "data", source="twse", now=NOW)
    assert ("twse", "TWII", "2026-07-22", "2026-08-28") in asked
    assert len(updated.failures) == 7


@pytest.mark.parametrize("has_copy", [True, False])
def test_of_two_updates_at_once_the_second_is_refused_and_loses_nothing(tmp_path, has_copy):
    folder = tmp_path / "data"
    if has_copy:
        update_data(folder, fetch=served(fail=["SPX"]), now=NOW)
    source, done = served(), []

    def slow(name, start, end):
        if not done:
            done.append(update_data(folder, fetch=served(fail=["HSI"]), now=NOW))
            done.append({path.name: path.read_bytes() for path in folder.iterdir()})
        return source(name, start, end)

    with pytest.raises(SourceError, match="was changed by somebody while this was at work"):
        update_data(folder, fetch=slow, now=NOW)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == done[1]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert update_data(folder, fetch=source, now=NOW).failures == {}
