"""Every number of Stata's estudy is equal, or reached by its conventions."""

from __future__ import annotations

import numpy as np
import pytest
from replicated import everything

pytestmark = pytest.mark.slow

NUMBERS, EQUAL = 5060, 4149


@pytest.fixture(scope="module")
def frame():
    found = everything().frame
    return found[found["replication"] == "stata_estudy"]


def test_none_is_unexplained(frame):
    assert len(frame) == NUMBERS
    assert frame["quantity"].is_unique
    assert frame["status"].value_counts().to_dict() == {
        "equal": EQUAL,
        "explained": NUMBERS - EQUAL,
    }


def test_each_is_reached_to_nine_digits_by_its_conventions(frame):
    reached, theirs = frame["by_convention"].to_numpy(), frame["theirs"].to_numpy()
    assert np.allclose(reached, theirs, rtol=1e-9, atol=1e-12)


def test_what_is_equal_differs_from_ours_by_single_precision_alone(frame):
    equal = frame[frame["status"] == "equal"]
    assert np.allclose(equal["ours"], equal["theirs"], rtol=1e-5, atol=1e-8)


def test_explanations_name_what_is_known_of_estudy(frame):
    def explanation(quantity):
        return frame.set_index("quantity").loc[quantity, "explanation"]

    # What the returns and the models are is the same, whatever is tested.
    securities = frame[frame["quantity"].str.contains(r" s\d\d car$")]
    assert (securities["status"] == "equal").all()
    assert explanation("MAM Norm [-1,+1] s01 sd") == ""
    assert explanation("HMM Norm [-1,+1] s01 pv").startswith("degrees of freedom: M-K-1")
    market_model = explanation("SIM Norm [-1,+1] s01 sd")
    assert "RSS/(M-1), not RSS/(M-k)" in market_model
    assert "variance of a CAR" in market_model
    assert "log(mean of exp(AR))" in explanation("MAM Norm [0,0] group car")
    assert explanation("MAM KP [0,0] group stat").startswith("residuals correlated: by event time")
    assert explanation("HMM BMP [0,0] group pv").endswith("from N(0,1), not from t(N-1)")
    assert "window left out" in explanation("MAM GRANK [0,0] group stat")
    assert "own residuals" in explanation("MAM Wilcoxon [0,0] group stat")
