"""The daily volatility known before a session: plain loops, missing returns, nothing later."""

import numpy as np
import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.expectation.volatility import FEWEST, KINDS, daily_volatility


@pytest.fixture
def returns():
    rng = np.random.default_rng(3)
    values = 0.01 * rng.standard_normal((2, 320))
    values[0, [0, 5, 100, 101]] = np.nan
    return values


def plain(values, kind):
    """Sum over what was seen, one session at a time."""
    if kind == "blend":
        return np.sqrt((plain(values, "ewma") ** 2 + plain(values, "sd250") ** 2) / 2)
    out = []
    for t in range(len(values) + 1):
        past = values[:t]
        if kind.startswith("ewma"):
            decay = {"ewma": 0.94, "ewma_slow": 0.97}[kind]
            seen = [r for r in past if not np.isnan(r)]
            weights = [decay ** (len(seen) - 1 - k) for k in range(len(seen))]
        else:
            seen = [r for r in past[-int(kind[2:]) :] if not np.isnan(r)]
            weights = [1.0] * len(seen)
        if len(seen) < FEWEST:
            out.append(np.nan)
            continue
        square = sum(w * r**2 for w, r in zip(weights, seen, strict=True)) / sum(weights)
        out.append(np.sqrt(square))
    return np.array(out)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_weighted_mean_square_of_the_sessions_before(returns, kind):
    found = daily_volatility(returns, kind)
    for row in range(2):
        np.testing.assert_allclose(found[row], plain(returns[row], kind), rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_later_changes_no_digit(returns, kind):
    later = returns.copy()
    later[:, 200:] *= 7
    np.testing.assert_array_equal(
        daily_volatility(later, kind)[:, :201], daily_volatility(returns, kind)[:, :201]
    )


def test_a_market_that_never_moved_has_none():
    assert np.isnan(daily_volatility(np.zeros((1, 50)))).all()


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(SpecificationError, match="ewma_slow"):
        daily_volatility(np.zeros((1, 50)), "ewma_slo")
