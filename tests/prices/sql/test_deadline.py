"""A database in a file that never answers is stopped; one that answers slowly is not."""

from __future__ import annotations

import sqlite3

import pytest

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.prices.sql import read_sql_prices
from eventstudy.prices.sql.deadline import Deadline, check_timeout

ENDLESS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
SELECT '2025-05-02' AS date, 'A' AS security, max(i) AS close FROM n
"""


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_query_that_never_ends_is_stopped_with_a_sentence(tmp_path, kind):
    file = tmp_path / f"prices.{kind}"
    if kind == "duckdb":
        pytest.importorskip("duckdb").connect(str(file)).close()
    else:
        sqlite3.connect(file).close()
        file.write_bytes(b"")
    with pytest.raises(SourceError, match=r"no answer within 0\.3 seconds.*prices\.timeout"):
        read_sql_prices(f"{kind}:///{file}", query=ENDLESS, timeout=0.3)


def test_the_clock_counts_from_each_start_and_not_while_it_is_stopped():
    now = [0.0]
    deadline = Deadline(10.0, lambda: now[0])
    assert not deadline.is_over  # nothing runs
    deadline.start()
    now[0] = 9.0
    assert not deadline.is_over
    deadline.start()
    now[0] = 18.0
    assert not deadline.is_over
    now[0] = 19.5
    assert deadline.is_over
    deadline.stop()
    assert not deadline.is_over


@pytest.mark.parametrize("seconds", [0, -1, 86_401, float("nan"), float("inf")])
def test_a_timeout_is_more_than_nothing_and_at_most_a_day(seconds):
    with pytest.raises(SpecificationError, match=r"prices\.timeout is"):
        check_timeout(seconds)
