"""Ranks and signs of a table in which one session differs, beside those of a sort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy import Window
from eventstudy.inference import pair_sums as pair_sums_module
from eventstudy.inference.one_session import ranks_with_one, sign_sums_with_one
from eventstudy.inference.pair_sums import pair_sums
from eventstudy.inference.ranks import corrado_rank, corrado_zivney_rank, corrado_zivney_sign
from eventstudy.inference.session_order import ranked_sessions, session_signs


def changed(evidence, column, effect, missing):
    """Draws with other abnormal returns on one session; ties, and values that are missing."""
    rng = np.random.default_rng(int(10 * effect) + 30)
    table = evidence.table
    abnormal, residuals = table.abnormal.copy(), table.residuals.copy()
    abnormal[:, column] += effect * rng.uniform(0.5, 1.5, len(abnormal))
    abnormal[::9, column] = residuals[::9, 4]
    abnormal[1::9, column] = abnormal[1::9, column - 1]
    if missing:
        keep = np.random.default_rng(7).random(residuals.shape) > 0.1  # the same in every table
        residuals = np.where(keep, residuals, np.nan)
        abnormal[::5, column] = np.nan
        abnormal[2, np.arange(abnormal.shape[1]) != column] = np.nan
        residuals[2] = np.nan
    table = replace(table, abnormal=abnormal, residuals=residuals)
    sign = np.where(np.random.default_rng(1).random(evidence.n_pairs) < 0.3, -1.0, 1.0)
    return replace(
        evidence, table=table, dependence=evidence.dependence.beside(), sign=sign, once=None
    )


@pytest.mark.parametrize("missing", [False, True])
def test_one_more_session_ranks_as_by_a_sort(drawn, missing):
    given = drawn[Window(-1, 1)]
    column = given.table.abnormal.shape[1] // 2
    for effect in (0.0, 0.3, -2.0):
        evidence = changed(given, column, effect, missing)
        expected = np.nan_to_num(ranked_sessions(evidence)[0])
        np.testing.assert_array_equal(ranks_with_one(evidence, column), expected)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("counts", [50, 1 << 20])  # some draws at a time, or all
def test_signs_add_up_as_about_the_median_of_all(monkeypatch, drawn, missing, counts):
    monkeypatch.setattr(pair_sums_module, "_COUNTS", counts)
    given = drawn[Window(-1, 1)]
    column = given.table.abnormal.shape[1] // 2
    for effect in (0.0, 0.3, -2.0):
        evidence = changed(given, column, effect, missing)
        expected = pair_sums(evidence, np.nan_to_num(session_signs(evidence)))
        np.testing.assert_array_equal(sign_sums_with_one(evidence, column), expected)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("statistic", [corrado_rank, corrado_zivney_rank, corrado_zivney_sign])
def test_tests_are_those_that_know_of_no_such_session(drawn, statistic, missing):
    given = drawn[Window(-1, 1)]
    column = given.table.abnormal.shape[1] // 2
    evidence = changed(given, column, 0.8, missing)
    expected = statistic(replace(evidence, dependence=evidence.dependence.beside()))
    found = statistic(replace(evidence, event_column=column))
    np.testing.assert_allclose(found.statistic, expected.statistic, rtol=1e-12)
