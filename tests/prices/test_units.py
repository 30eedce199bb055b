"""What a column is not; the reported forms are in ``tests/public_reports/test_units.py``."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.prices.panel import value_problems
from eventstudy.prices.units import surely_clean, unit_problems

DAYS = np.arange("2024-01-01", "2024-04-10", dtype="datetime64[D]")


def problems(values, content="returns", kind="log", name="A"):
    return unit_problems(name, DAYS[: len(values)], np.asarray(values, float), content, kind)


def walk(sd=0.01):
    return np.random.default_rng(1).normal(0, sd, 100)


@pytest.mark.parametrize("content", ["prices", "returns"])
def test_what_is_in_order_has_no_problem(content):
    values = walk() if content == "returns" else np.exp(np.cumsum(walk()))
    found, explained = problems(values, content)
    assert (found, explained.any()) == ([], False)


def test_few_rows_say_little_of_their_size():
    assert problems([0.3, -0.4, 0.2])[0] == []
    assert "percent" in problems([3.0, -4.0, 2.0])[0][0].reason


def test_a_code_that_stands_once_is_the_number_it_is():
    values = walk()
    values[10] = -99.0
    (found,) = problems(values, kind="simple")[0]
    assert "-99 cannot be a simple return" in found.reason


def test_a_code_explains_its_cells_and_hides_nothing_else():
    values = walk()
    values[[10, 20]] = -99.0
    values[30] = -1.5
    found, explained = problems(values, kind="simple")
    assert [one.row for one in found] == [10, 30]
    assert np.flatnonzero(explained).tolist() == [10, 20, 30]


def test_percent_is_seen_where_most_returns_are_zero():
    rare = np.where(np.arange(100) % 3 == 0, 200 * walk(), 0.0)
    assert "percent" in problems(rare)[0][0].reason
    # a share of a few cents moves by tens of percent or not at all
    assert problems(np.where(np.arange(100) % 3 == 0, 30 * walk(), 0.0))[0] == []


@pytest.mark.parametrize("content", ["prices", "returns"])
def test_a_column_that_is_surely_clean_has_no_problem_by_itself(content):
    rng = np.random.default_rng(8)
    columns, dates = 60, np.arange("2021-01-01", "2021-04-01", dtype="datetime64[D]")
    values = rng.standard_normal((columns, len(dates))) * rng.choice(
        [0.01, 0.05, 0.3], (columns, 1)
    )
    if content == "prices":
        values = rng.choice([1.0, 5.0, 90.0], (columns, 1)) * np.exp(np.cumsum(values, axis=1))
    odd = [-99.0, np.inf, 0.0, -1.0, 99.99, 999.0, -0.99, 3.0, 200.0]
    for row in range(0, columns, 3):
        values[row, rng.integers(0, len(dates), 2)] = rng.choice(odd)
    values[rng.random(values.shape) < 0.1] = np.nan
    values[1] = np.nan
    values[2] = np.abs(values[2])
    names = [f"F{row}" for row in range(columns)]
    clean = surely_clean(names, values, content)
    for name, own, is_clean in zip(names, values, clean, strict=True):
        if is_clean:
            assert not value_problems("a.csv", name, dates, own, content, "simple")
    assert clean.sum() > columns / 4
