"""Event dummies of one market, and which CARs they identify."""

from __future__ import annotations

import numpy as np

from eventstudy.analyses.event_dummies import Pairs, car_of, make_equation
from eventstudy.windows import Window

WINDOW = Window(0, 1)
RETURNS = np.arange(12.0)


def pairs_of(*days):
    """Pairs of (day 0, group), an event each."""
    day0, group = np.array(days, dtype=np.int64).T
    return Pairs(
        day0=day0, extension=np.zeros(len(day0), np.int64), event=np.arange(len(day0)), group=group
    )


def equation_of(pairs, columns=None):
    columns = np.arange(len(RETURNS)) if columns is None else np.array(columns)
    return make_equation(RETURNS, np.empty((12, 0)), columns, pairs, WINDOW, intercept=True)


def test_a_dummy_is_one_on_its_sessions():
    equation = equation_of(pairs_of((3, 0), (6, 0), (8, 1)))
    assert equation.group.tolist() == [-1, 0, 0, 1, 1]
    assert equation.tau.tolist() == [-1, 0, 1, 0, 1]
    assert [np.flatnonzero(column).tolist() for column in equation.design.T[1:]] == [
        [3, 6], [4, 7], [8], [9],
    ]  # fmt: skip
    assert equation.kept.all()
    assert equation.df == 12 - 5


def test_the_car_is_the_sum_of_the_coefficients_of_its_group():
    pairs = pairs_of((3, 0), (8, 1))
    equation = equation_of(pairs)
    car = car_of(equation, pairs, 1, WINDOW)
    assert car.weights.tolist() == [0, 0, 0, 1, 1]
    assert (car.is_known, car.mixed, car.missing) == (True, (), ())
    beta = np.linalg.lstsq(equation.design, equation.y, rcond=None)[0]
    normal = np.delete(RETURNS, [3, 4, 8, 9]).mean()
    np.testing.assert_allclose(car.weights @ beta, 8 + 9 - 2 * normal)


def test_groups_that_always_come_together_are_named():
    pairs = pairs_of((3, 0), (3, 1))
    equation = equation_of(pairs)
    assert equation.kept.tolist() == [True, True, True, False, False]
    first, second = (car_of(equation, pairs, group, WINDOW) for group in (0, 1))
    assert (first.is_known, first.mixed) == (True, (1,))  # it holds both
    assert not second.is_known


def test_a_session_outside_the_sample_is_missing():
    pairs = pairs_of((3, 0))
    car = car_of(equation_of(pairs, [0, 1, 2, 3, 5, 6]), pairs, 0, WINDOW)
    assert car.missing == (1,)
    assert pairs.days(0) == 1
