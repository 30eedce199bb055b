"""Tables of exchange calendars kept between runs: found only where nothing that decides changed."""

from __future__ import annotations

import os

import exchange_calendars
import numpy as np
import pytest

from eventstudy.markets import exchange_tables, table_store
from eventstudy.markets.exchange_tables import exchange_table
from eventstudy.markets.table_store import StoredTable, keep_table, read_table

pytestmark = pytest.mark.fast_tests(5)

SPAN = np.datetime64("2025-05-01"), np.datetime64("2025-05-09")
YEARS = (1990, 2029)
TABLE = StoredTable(
    np.datetime64("2025-05-01"), np.datetime64("2025-05-02"), "Asia/Tokyo",
    np.array(["2025-05-01", "2025-05-02"], "M8[D]"),
    np.array(["2025-05-01T00:00", "2025-05-02T00:00"], "M8[ns]"),
    np.array(["2025-05-01T06:30", "2025-05-02T06:30"], "M8[ns]"),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "calendars"


@pytest.fixture
def builds(monkeypatch):
    """Forget what this process knows, and count what the library is asked for."""
    calls = []
    get_calendar = exchange_calendars.get_calendar

    def counting(*words, **more):
        calls.append(words)
        return get_calendar(*words, **more)

    monkeypatch.setattr(exchange_calendars, "get_calendar", counting)
    exchange_tables._whole_table.cache_clear()
    yield calls
    exchange_tables._whole_table.cache_clear()


def equal(first, second):
    return all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_a_table_is_found_again_as_it_was(folder):
    assert read_table("XTKS", YEARS) is None
    keep_table("XTKS", YEARS, TABLE)
    assert equal(read_table("XTKS", YEARS), TABLE)
    assert read_table("XTKS", (1980, 2029)) is None
    assert read_table("XASX", YEARS) is None
    (file,) = folder.iterdir()  # and no part of one
    assert file.suffix == ".npz"


def test_the_next_run_reads_what_this_one_built(folder, builds):
    built = exchange_table("XSHG", *SPAN)
    assert builds
    builds.clear()
    exchange_tables._whole_table.cache_clear()  # as a new process
    assert equal(exchange_table("XSHG", *SPAN), built)
    assert not builds


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("_library_state", lambda: ("exchange_calendars 4.99",)),
        ("_zone_rules", lambda zone: "other rules"),
        ("_is_of_library", lambda code: False),
    ],
)
def test_what_decides_a_table_is_part_of_where_it_is_kept(folder, monkeypatch, what, other):
    keep_table("XTKS", YEARS, TABLE)
    monkeypatch.setattr(table_store, what, other)
    assert read_table("XTKS", YEARS) is None


def test_files_and_versions_of_the_library_are_what_decides():
    state = table_store._library_state()
    assert f"exchange_calendars {exchange_calendars.__version__}" in state
    assert any(part.startswith("exchange_calendar_xkrx.py ") for part in state)
    assert any(part.startswith("pandas_extensions/") for part in state)
    assert any(part.startswith("python-dateutil ") for part in state)


def test_a_calendar_registered_over_the_librarys_is_not_kept(folder):
    names = exchange_calendars.calendar_utils
    assert table_store._is_of_library("XBUD")
    own = names._default_calendar_factories["XBUD"]
    exchange_calendars.register_calendar_type("XBUD", type("Mine", (own,), {}), force=True)
    try:
        keep_table("XBUD", YEARS, TABLE)
        assert not folder.exists()
    finally:
        exchange_calendars.register_calendar_type("XBUD", own, force=True)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not all of it", None])
def test_a_damaged_file_is_made_anew(folder, builds, damage):
    built = exchange_table("XSHG", *SPAN)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] + whole[-90:] if damage is None else damage)
    exchange_tables._whole_table.cache_clear()
    builds.clear()
    assert equal(exchange_table("XSHG", *SPAN), built)
    assert builds
    assert equal(read_table("XSHG", YEARS).sessions, exchange_tables._whole_table("XSHG", YEARS)[3])


def test_no_damage_is_an_error(folder):
    """One flipped bit anywhere, and a file of another kind under the name."""
    keep_table("XTKS", YEARS, TABLE)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for at in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        file.write_bytes(damaged)
        found = read_table("XTKS", YEARS)
        assert found is None or equal(found, TABLE)
    with file.open("wb") as other:
        np.save(other, np.arange(3))
    assert read_table("XTKS", YEARS) is None


@pytest.mark.skipif(os.name == "nt", reason="no such modes")
def test_others_may_read_what_is_kept_as_any_new_file(folder):
    keep_table("XTKS", YEARS, TABLE)
    (file,) = folder.iterdir()
    beside = folder / "beside"
    beside.touch()
    assert file.stat().st_mode == beside.stat().st_mode


@pytest.mark.parametrize("place", ["file", "empty"])
def test_without_a_folder_nothing_is_kept_and_nothing_fails(tmp_path, monkeypatch, builds, place):
    (tmp_path / "file").write_text("")  # a folder cannot be made of it, nor in it
    named = "" if place == "empty" else str(tmp_path / "file")
    monkeypatch.setenv("EVENTSTUDY_CACHE", named)
    assert len(exchange_table("XSHG", *SPAN)[3]) == 4
    assert read_table("XSHG", YEARS) is None
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_written_is_no_error(folder, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(table_store.Path, "open", refuse)
    keep_table("XTKS", YEARS, TABLE)
    assert read_table("XTKS", YEARS) is None


def test_two_writers_write_beside_each_other(folder, monkeypatch):
    replace = table_store.Path.replace

    def other_first(part, path):
        monkeypatch.setattr(table_store.Path, "replace", replace)
        keep_table("XTKS", YEARS, TABLE)  # the other one, while this one has written its part
        assert equal(read_table("XTKS", YEARS), TABLE)
        return replace(part, path)

    monkeypatch.setattr(table_store.Path, "replace", other_first)
    keep_table("XTKS", YEARS, TABLE)
    assert equal(read_table("XTKS", YEARS), TABLE)
    assert len(list(folder.iterdir())) == 1


def test_the_oldest_of_too_many_are_removed(folder, monkeypatch):
    monkeypatch.setattr(table_store, "MOST_FILES", 3)
    for age, first in enumerate(range(1950, 1990, 10)):
        keep_table("XTKS", (first, 2029), TABLE)
        newest = max(folder.iterdir(), key=lambda file: file.stat().st_mtime)
        os.utime(newest, (age, age))  # 1970 and seconds: the first is the oldest
    assert read_table("XTKS", (1950, 2029)) is None
    assert len(list(folder.iterdir())) == 3
    assert equal(read_table("XTKS", (1980, 2029)), TABLE)
