"""The table [prices]: one value for each source, and on whose sessions its columns are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from parsed_studies import parsed, refused

from eventstudy.exceptions import EventStudyWarning
from eventstudy.studyfile.prices import Bundled, Database, Files, Yahoo
from eventstudy.studyfile.study_file import parse_study


@pytest.mark.parametrize(
    ("prices", "calendar"),
    [
        ({}, None),
        ({"source": "bundled"}, None),
        ({"source": "files", "file": "p.csv"}, None),
        ({"file": "p.csv"}, None),
        ({"source": "files"}, None),
        ({"file": "p.csv", "calendar": "data"}, "data"),
        ({"file": "p.csv", "calendar": "own"}, None),
        ({"file": "p.csv", "calendar": "XTKS"}, "XTKS"),
    ],
)
def test_whose_calendar(prices, calendar):
    assert parsed(prices=prices).study.calendar == calendar


def test_settings_of_a_file_are_not_used_silently_with_the_bundled_prices():
    with pytest.warns(EventStudyWarning, match=r"prices\.file and prices\.calendar not used"):
        file = parsed(prices={"source": "bundled", "file": "p.csv", "calendar": "data"})
    assert file.prices == Bundled()
    assert file.study.calendar is None


@pytest.mark.parametrize(
    ("prices", "source"),
    [
        ({"file": ["a.csv", "/b.csv"], "sheet": "S", "fx_close": "detect"},
         Files(file=(Path("folder/a.csv"), Path("/b.csv")), sheet="S", fx_close="detect")),
        ({"file": "aapl.csv", "security": "AAPL", "factors": "F-F.csv"},
         Files(file=(Path("folder/aapl.csv"),), security="AAPL",
               factors=(Path("folder/F-F.csv"),))),
        ({"source": "bundled", "factors": ["a.csv", "b.zip"]},
         Bundled(factors=(Path("folder/a.csv"), Path("folder/b.zip")))),
        ({"source": "yahoo"}, Yahoo()),
        ({"source": "yahoo", "start": dt.date(2024, 1, 2), "end": "2025-05-02", "refresh": True,
          "fx_close": "written"},
         Yahoo(start=dt.date(2024, 1, 2), end=dt.date(2025, 5, 2), refresh=True,
               fx_close="written")),
        ({"source": "sql", "url": "sqlite:///p.db", "table": "p", "start": "2024-01-02",
          "columns": {"date": "d", "close": "c"}, "content": "returns"},
         Database(url="sqlite:///p.db", table="p", start=dt.date(2024, 1, 2), content="returns",
                  columns=(("date", "d"), ("close", "c")), folder=Path("folder"))),
        ({"source": "sql", "url_env": "WRDS_URL", "query": "WITH a AS (SELECT 1) SELECT * FROM a;"},
         Database(url_env="WRDS_URL", query="WITH a AS (SELECT 1) SELECT * FROM a;",
                  folder=Path("folder"))),
    ],
)  # fmt: skip
def test_every_source_is_one_value_that_is_written_as_it_was_read(prices, source):
    file = parsed(prices=prices)
    assert file.prices == source
    assert hash(file)
    assert parse_study(file.to_dict(), "study.toml", "folder") == file
    assert {key: value for key, value in file.to_dict()["prices"].items() if key in prices} == {
        key: value.isoformat() if isinstance(value, dt.date) else
        [value] if key == "factors" and isinstance(value, str) else value
        for key, value in prices.items()
    }  # fmt: skip


def test_whose_calendar_is_that_of_a_source():
    assert parsed(prices={"source": "yahoo"}).study.calendar is None
    sql = {"source": "sql", "url_env": "X", "table": "p"}
    assert parsed(prices=sql).study.calendar is None
    assert parsed(prices=sql | {"calendar": "data"}).study.calendar == "data"
    assert parsed(prices=sql | {"calendar": "own"}).study.calendar is None


@pytest.mark.parametrize(
    "prices",
    [
        {"source": "sql", "table": "p", "url": "postgresql://me:s3cret@host/db"},
        {"source": "sql", "table": "p", "url": "postgresql://me:s3/cret:x@host:9737/db"},
        {"source": "sql", "table": "p", "url": "postgresql://me@host/db?password=s3cret"},
        {"source": "sql", "table": "p", "url": ["postgresql://me:s3cret@host/db"]},
        {"source": "sql", "table": "p", "url": "me:s3cret@host"},
        {"source": "files", "file": "postgresql://me:s3cret@host/db"},
        {"url": "postgresql://me:s3cret@host/db"},
        {"source": "sql", "table": "p", "url_env": "X", "password": "s3cret"},
        {"source": "sql", "table": "p", "url_env": "postgresql://me:s3cret@host/db"},
    ],
)
def test_a_password_in_a_study_file_is_refused_and_not_repeated(prices):
    assert "s3" not in refused(prices=prices)
