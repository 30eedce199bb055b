"""Table 1 of Goldsmith-Pinkham and Lyu, from made-up factors in the form of French's file."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from eventstudy.replication.goldsmith_pinkham_lyu import (
    CELLS,
    EFFECT,
    FILE,
    PUBLISHED,
    Drawn,
    compare,
    estimate,
    read,
    simulate,
)

SELECTIONS = ("none", "assignment", "timing", "both")
DRAWS = 2


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file as French publishes them; its last days are later than those of the paper."""
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2019-01-01", "2023-06-30")
    wide = rng.standard_t(4, size=(len(days), 2)) / math.sqrt(2.0)
    lines = ["Made up.", "", ",Mkt-RF,SMB,HML,RF"]
    lines += [
        f"{day:%Y%m%d},{0.03 + 1.1 * mkt:8.2f},{0.6 * smb:8.2f},    0.00,   0.012"
        for day, (mkt, smb) in zip(days, wide, strict=True)
    ]
    path = tmp_path_factory.mktemp("french") / FILE
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def factors(path):
    return read(path)


def test_days_after_the_paper_are_left_out(factors):
    assert len(factors.mkt) == len(pd.bdate_range("2019-01-01", "2022-11-30"))
    assert np.allclose(factors.rf, 0.00012)
    both = np.var(factors.mkt, ddof=1) + np.var(factors.smb, ddof=1)
    both += 2 * np.cov(factors.mkt, factors.smb)[0, 1]
    assert math.isclose(factors.residual_sd, math.sqrt(both))


@pytest.mark.parametrize("selection", SELECTIONS)
def test_the_design(factors, selection):
    drawn = simulate(factors, selection, 0)
    assert drawn.returns.shape == (500, 250)
    assert 25 <= drawn.is_treated.sum() <= 85
    on_largest = drawn.smb[239] == drawn.smb[239:].max()
    assert on_largest == (selection in {"timing", "both"})
    plain = drawn.returns - drawn.rf
    beta = np.linalg.lstsq(np.column_stack([drawn.mkt, drawn.smb]), plain.T, rcond=None)[0][1]
    less = beta[~drawn.is_treated].mean() - beta[drawn.is_treated].mean()
    assert (less > 0.1) == (selection in {"assignment", "both"})


def regression_aar(drawn, x):
    """Mean abnormal return of the treated on days 0 to 10, in plain numpy."""
    y = (drawn.returns - drawn.rf)[drawn.is_treated].T
    design = np.column_stack([np.ones(250), x])
    slopes = np.linalg.lstsq(design[:239], y[:239], rcond=None)[0]
    return (y[239:] - design[239:] @ slopes).mean(axis=1)


@pytest.mark.slow
def test_estimators_are_what_the_paper_says(factors):
    found = estimate(factors, "both", 1)
    drawn = simulate(factors, "both", 0)
    truth = np.r_[EFFECT, np.zeros(10)]
    treated = drawn.returns[drawn.is_treated].mean(axis=0)
    simple = (treated - drawn.returns[~drawn.is_treated].mean(axis=0))[239:]
    assert np.allclose(found["simple_means"].bias[0], simple - truth)
    capm = regression_aar(drawn, drawn.mkt)
    assert np.allclose(found["capm"].bias[0], capm - truth)
    right = regression_aar(drawn, np.column_stack([drawn.mkt, drawn.smb]))
    assert np.allclose(found["correct_factors"].bias[0], right - truth)
    # Components of controls find the factors nobody named.
    assert np.abs(found["gsynth"].bias - found["correct_factors"].bias).max() < 0.3 * EFFECT


@pytest.mark.slow
def test_an_omitted_factor_is_the_bias_on_its_largest_day(factors):
    found = estimate(factors, "timing", DRAWS)
    largest = np.mean([simulate(factors, "timing", at).smb[239] for at in range(DRAWS)])
    assert abs(found["capm"].bias[:, 0].mean() - largest) < 0.15 * largest
    for name in ("simple_means", "correct_factors", "gsynth"):
        assert abs(found[name].bias[:, 0].mean()) < 0.1 * largest


@pytest.mark.slow
def test_every_cell_of_the_table_is_compared(path):
    found = compare({FILE: path}, simulations=2)
    assert len(found) == len(PUBLISHED.strip().split("\n")) * len(CELLS) == 144
    assert len({one.quantity for one in found}) == 144


def drawn(bias, share, number=50):
    """Days that are biased alike, by so much on average and by a tenth of it around."""
    wide = bias * (1.0 + 0.1 * np.random.default_rng(1).standard_normal((number, 11)))
    is_rejected = np.random.default_rng(2).random((number, 11)) < share
    is_rejected[:, 0] = True
    return Drawn(bias=wide, is_rejected=is_rejected.astype(float))


def test_equal_is_within_the_error_of_two_simulations(monkeypatch, path):
    names = ("simple_means", "capm", "correct_factors", "gsynth")
    made = dict.fromkeys(names, drawn(0.0271, 0.44))
    monkeypatch.setattr("eventstudy.replication.goldsmith_pinkham_lyu.estimate", lambda *_: made)
    found = {one.quantity: one for one in compare({FILE: path})}
    capm, simple = (
        found["timing capm, event day, bias"],
        found["timing simple_means, event day, bias"],
    )
    assert (capm.theirs, capm.status) == (2.71, "equal")
    assert (simple.theirs, simple.status) == (0.0, "unexplained")
    assert math.isclose(capm.ours, simple.ours)
    squares = (made["capm"].bias ** 2).sum(axis=1).mean()
    assert math.isclose(
        found["both gsynth, all days, root of summed squares"].ours, 100 * math.sqrt(squares)
    )
    shares = {key: one.status for key, one in found.items() if "days after, rejections" in key}
    assert shares["none capm, days after, rejections of zero"] == "equal"
    assert shares["none correct_factors, days after, rejections of zero"] == "unexplained"
    assert found["assignment capm, event day, rejections of zero"].status == "equal"
