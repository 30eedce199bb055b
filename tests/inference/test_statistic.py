"""What every registered statistic says of itself, and the t of a cross section."""

from __future__ import annotations

import math

import numpy as np
import pytest
from inference_studies import independent_returns
from scipy import stats

from eventstudy.exceptions import SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.inference.statistic import (
    StatisticValues,
    cross_section_t,
    register,
    t_values,
    z_values,
)


@pytest.mark.parametrize("name", STATISTICS.names())
def test_every_statistic_names_its_null_its_law_and_its_source(name):
    statistic = STATISTICS[name].value
    assert statistic.name == name
    for text in (statistic.null, statistic.assumes, statistic.distribution, statistic.source):
        assert text.strip()
    assert statistic.compute.__doc__


def test_cross_section_t_is_the_one_sample_t():
    evidence = independent_returns(3, 5, 2, 30, seed=2)
    values = evidence.window.car
    answer = cross_section_t(evidence, values, reason="none")
    expected = stats.ttest_1samp(evidence.gather(values), 0, axis=1)
    assert answer.statistic == pytest.approx(expected.statistic)
    assert answer.pvalue == pytest.approx(expected.pvalue)
    assert answer.df.tolist() == [9.0] * 3
    assert answer.std_error == pytest.approx(stats.sem(evidence.gather(values), axis=1))
    assert answer.reason == "none"


def test_a_missing_statistic_has_no_p_value():
    evidence = independent_returns(2, 3, 1, 30, seed=2)
    missing = np.array([math.nan, 1.0])
    for answer in (z_values(evidence, missing), t_values(evidence, missing, np.full(2, 4.0))):
        assert math.isnan(answer.pvalue[0])
        assert 0 < answer.pvalue[1] < 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "returned None"),
        (np.zeros(2), "returned a ndarray"),
        (
            StatisticValues(statistic=np.zeros(1), df=np.zeros(2), pvalue=np.zeros(2)),
            "returned statistic of shape",
        ),
    ],
)
def test_a_statistic_without_an_answer_is_named(answer, said):
    texts = dict.fromkeys(("summary", "null", "assumes", "distribution", "source"), "-")
    register("forgets_to_answer", **texts)(lambda _evidence: answer)
    try:
        with pytest.raises(SpecificationError, match=f"statistic 'forgets_to_answer' {said}"):
            STATISTICS["forgets_to_answer"].value.compute(independent_returns(2, 3, 1, 30, seed=2))
    finally:
        STATISTICS.remove("forgets_to_answer")
