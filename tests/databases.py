"""Databases for tests: addresses, what an engine has to refuse, and the sentence of a refusal."""

from __future__ import annotations

import pandas as pd
import postgres
import pytest

from eventstudy.exceptions import EventStudyError
from eventstudy.prices.sql import read_sql_prices

SECRET = postgres.PASSWORD
MAPPING = {"date": "caldt", "security": "permno", "close": "prc", "volume": "vol"}
SQL_PRICES = """\
source = "sql"
url_env = "PRICES_URL"
table = "returns"
"""
files = pytest.mark.parametrize("database", ["sqlite", "duckdb"], indirect=True)
CSV = "date,A\n2025-05-01,10\n2025-05-02,11\n"
MEMORY = "duckdb:///:memory:"


def everything(folder):
    """Return every file below a folder with its bytes."""
    return {file: file.is_file() and file.read_bytes() for file in folder.rglob("*")}


def refusal(url=MEMORY, **asked) -> str:
    """Return the sentence with which a database or query is refused."""
    with pytest.raises(EventStudyError) as caught:
        read_sql_prices(url, **asked)
    assert "\n" not in str(caught.value)
    return str(caught.value)


OFF = (
    "allow_unsigned_extensions",
    "allow_community_extensions",
    "autoinstall_known_extensions",
    "autoload_known_extensions",
    "enable_external_access",
    "python_enable_replacements",
)
STATEMENTS = (
    "LOAD './library.duckdb_extension'",
    "LOAD httpfs",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:1'",
    "SET allow_unsigned_extensions = true",
    "SET autoload_known_extensions = true",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET enable_external_access",
    "SET temp_directory = 'spilled'",
    "SET log_query_path = 'written'",
    "PRAGMA enable_profiling = 'json'",
    "PRAGMA profiling_output = 'written'",
    "COPY (SELECT 1) TO 'written.csv'",
    "EXPORT DATABASE 'exported'",
    "ATTACH 'new.duckdb'",
    "ATTACH 'p.db' (TYPE sqlite)",
    "ATTACH 'md:'",
    "FROM 'other.csv'",
    "FROM read_text('/etc/hostname')",
    "FROM glob('*')",
    "FROM read_csv('http://127.0.0.1:1/p.csv')",
    "FROM 's3://bucket/p.parquet'",
    "FROM 'p.db'",
    "FROM a_frame_of_the_caller",
)


def refuses_everything(engine) -> None:
    """Check an engine's settings, and that it refuses each statement by itself."""
    import duckdb

    for name in OFF:
        assert engine.execute(f"SELECT current_setting('{name}')").fetchone() == (False,)
    for name, value in (("lock_configuration", True), ("temp_directory", "")):
        assert engine.execute(f"SELECT current_setting('{name}')").fetchone() == (value,)
    a_frame_of_the_caller = pd.DataFrame({"a": [1]})
    for statement in STATEMENTS:
        with pytest.raises(duckdb.Error) as caught:
            engine.execute(statement).fetchall()
        assert "ransaction" not in str(caught.value), statement
    assert len(a_frame_of_the_caller) == 1
