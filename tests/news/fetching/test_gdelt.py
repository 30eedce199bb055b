from __future__ import annotations

import datetime as dt
import zipfile

import pytest
from feed_forms import gdelt_list, gkg, gkg_row

from eventstudy.exceptions import SchemaError, SourceError
from eventstudy.news.fetching.gdelt import MOST_FILES, gkg_items, listed_files

ADDRESS = "http://127.0.0.1:1/g/lastupdate.txt"


def test_the_latest_file_lies_beside_the_list():
    file = gkg()
    (latest,), said = listed_files(gdelt_list(file).encode(), ADDRESS, None)
    assert latest.address == "http://127.0.0.1:1/g/20250409171500.gkg.csv.zip"
    assert (latest.n_bytes, said) == (len(file), ())


def test_earlier_files_are_a_quarter_of_an_hour_apart_and_at_most_a_day():
    body = gdelt_list(gkg()).encode()
    since = dt.datetime(2025, 4, 9, 16, 50, tzinfo=dt.UTC)
    files, said = listed_files(body, ADDRESS, since)
    assert [file.address[-26:-12] for file in files] == ["20250409171500", "20250409170000"]
    assert not said
    files, said = listed_files(body, ADDRESS, since - dt.timedelta(days=9))
    assert len(files) == MOST_FILES
    assert "the latest 96 are fetched" in said[0]


def test_a_list_whose_latest_file_has_no_time_is_refused():
    body = gdelt_list(gkg(), stamp="20259909171500").encode()
    with pytest.raises(SchemaError, match="is no time of a file"):
        listed_files(body, ADDRESS, dt.datetime(2025, 4, 9, tzinfo=dt.UTC))


def test_a_row_becomes_an_item():
    items, said = gkg_items(gkg(gkg_row(title="A &#x2013; B"), gkg_row(2, stamp="2025")))
    assert items[0] == {
        "id": "20250409171500-1", "seendate": "20250409T171500Z", "title": "A – B",
        "url": "https://wire.test/1", "domain": "wire.test", "page_says": "20250409170000",
    }  # fmt: skip
    assert (items[1]["seendate"], said) == ("2025", ())


def test_what_is_no_file_is_refused():
    with pytest.raises(SourceError, match="no whole zip file"):
        gkg_items(gkg()[:-30])
    with pytest.raises(SourceError, match="packed as no file"):
        gkg_items(gkg(packing=zipfile.ZIP_LZMA))
    with pytest.raises(SourceError, match="another MD5"):
        gkg_items(gkg(), md5="0" * 32)
    with pytest.raises(SchemaError, match="27 were"):
        gkg_items(gkg("a\tb"))


def test_a_list_with_a_number_of_thousands_of_digits_is_refused():
    with pytest.raises(SchemaError, match="no line of the list"):
        listed_files(f"{'9' * 5000} x http://a/20250409171500.gkg.csv.zip".encode(), ADDRESS, None)


def test_a_file_of_more_rows_than_a_quarter_of_an_hour_has_is_refused(monkeypatch):
    monkeypatch.setattr("eventstudy.news.fetching.gdelt._MOST_ROWS", 2)
    assert len(gkg_items(gkg(gkg_row(), gkg_row(2)))[0]) == 2
    with pytest.raises(SourceError, match="more than 2 rows"):
        gkg_items(gkg(gkg_row(), gkg_row(2), gkg_row(3)))


def test_the_largest_unpacked_file_is_a_setting(monkeypatch):
    row = gkg_row(title="A" * 1_200_000)
    assert gkg_items(gkg(row))
    monkeypatch.setenv("EVENTSTUDY_DOWNLOAD", "1")
    with pytest.raises(SourceError, match=r"unpacked it has more than 1,000,000 bytes; EVENTSTUDY"):
        gkg_items(gkg(row))
