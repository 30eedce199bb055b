"""Databases and files in a folder where a command runs, for tests of those who open them."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from databases import CSV


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Two files of prices, and a database of each kind."""
    duckdb = pytest.importorskip("duckdb")
    made = tmp_path_factory.mktemp("made")
    (made / "prices").mkdir()
    (made / "prices" / "p.csv").write_text(CSV)
    (made / "other.csv").write_text(CSV)
    with duckdb.connect(str(made / "p.duckdb")) as base:
        base.execute("CREATE TABLE p AS SELECT DATE '2025-05-01' AS date, 10.0 AS A")
        base.execute(f"CREATE VIEW outside AS FROM '{made / 'other.csv'}'")
        base.execute("CREATE MACRO held() AS TABLE FROM p")
    base = sqlite3.connect(made / "p.db")
    base.execute("CREATE TABLE p AS SELECT '2025-05-01' AS date, 10.0 AS A")
    base.commit()
    base.close()
    return made


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    """Where a command runs, with all that was made."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
