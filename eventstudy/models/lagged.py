"""Models of other sessions than the security's own: Dimson, Scholes-Williams, lagged factors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.models.base import (
    MODELS,
    NO_VARIANCE,
    EstimationSample,
    ModelFit,
    NormalReturnModel,
    fit_least_squares,
    fitted,
)

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray


@MODELS.register(
    "dimson",
    summary="OLS on the benchmark's own session, its lags and its leads; beta is their sum",
    source="Dimson (JFE 1979)",
)
@dataclass(frozen=True, slots=True)
class Dimson(NormalReturnModel):
    """Regression on the benchmark of sessions ``-lags`` to ``+leads``; k = 2 + lags + leads.

    The benchmark's return is that of the security's own session, shifted by whole sessions of the
    security. A session is used for estimation if all of these lie inside the estimation window;
    the abnormal return uses all slopes. ``leads=0`` is the lagged benchmark. Leads use what was
    not known yet, and the last session of the data has no abnormal return then.

    Parameters
    ----------
    benchmark, sync
        As for `MarketModel`.
    lags, leads
        Sessions before and after, 0 or more.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.Dimson("BMK", lags=1, leads=0), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "beta"]].iloc[0].round(2).to_dict()
    {'n_obs': 199.0, 'beta': 1.13}
    """

    benchmark: str = "SPX"
    sync: str | None = None
    lags: int = 1
    leads: int = 1
    name: ClassVar[str] = "dimson"

    def __post_init__(self) -> None:
        _whole_sessions(self, "lags", "leads")

    @property
    def n_parameters(self) -> int:
        """The constant, and one slope a session."""
        return 2 + self.lags + self.leads

    @property
    def reach(self) -> tuple[int, int]:
        """Lags and leads."""
        return self.lags, self.leads

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        """The constant alpha, the slopes in time, and beta, their sum."""
        return ("alpha", *(f"beta{suffix or '_0'}" for suffix in self._suffixes), "beta")

    @property
    def _suffixes(self) -> list[str]:
        return [
            f"_lag{-shift}" if shift < 0 else f"_lead{shift}" if shift else ""
            for shift in range(-self.lags, self.leads + 1)
        ]

    def design(
        self, factors: FloatArray, names: tuple[str, ...]
    ) -> tuple[FloatArray, tuple[str, ...]]:
        """Benchmark returns of the sessions around each session, in time."""
        shifted = [
            shift_sessions(factors[..., 0], shift) for shift in range(-self.lags, self.leads + 1)
        ]
        return np.stack(shifted, axis=-1), tuple(names[0] + suffix for suffix in self._suffixes)

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        fit = fit_least_squares(self, sample)
        total = fit.slopes.sum(axis=1)
        return replace(fit, coefficients=np.column_stack([fit.coefficients, total]))


@MODELS.register(
    "augmented_market_model",
    summary="market model with further factors, and lags of both, each with a slope of its own",
    source="Patnaik and Shah (JIMF 2010); Adler and Dumas (1984); the R package eventstudies",
)
@dataclass(frozen=True, slots=True)
class AugmentedMarketModel(NormalReturnModel):
    """``a + sum_j b_j R_m,t-j + sum_f sum_j c_fj F_f,t-j``; least squares, k is their number.

    As `Dimson` it shifts by whole sessions of the security, and uses a session for estimation if
    all lagged ones lie inside the window. It has no leads, so that every normal return was known at
    the close, and no lags of the security's own return, which would carry the reaction on.

    Parameters
    ----------
    benchmark, sync
        As for `MarketModel`.
    others
        Further factors, markets or columns of the price file: a currency, oil, interest.
    lags
        Sessions before its own that a session has of each of `others`.
    benchmark_lags
        The same of the benchmark.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.AugmentedMarketModel("BMK"), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "r_squared"]].iloc[0].round(2).to_dict()
    {'n_obs': 199.0, 'r_squared': 0.65}
    """

    benchmark: str = "SPX"
    sync: str | None = None
    others: tuple[str, ...] = ()
    lags: int = 1
    benchmark_lags: int = 1
    name: ClassVar[str] = "augmented_market_model"

    def __post_init__(self) -> None:
        _whole_sessions(self, "lags", "benchmark_lags")
        if isinstance(self.others, str) or not all(isinstance(f, str) for f in self.others):
            raise SpecificationError(
                'model.others must be a list of names, e.g. others = ["USDINR"]', key="model.others"
            )
        object.__setattr__(self, "others", tuple(self.others))
        if len(set(self.factors)) != len(self.factors):
            raise SpecificationError(
                f"model.others names one factor twice, or the benchmark: {self.factors}",
                key="model.others",
            )

    @property
    def factors(self) -> tuple[str, ...]:
        """The benchmark, then the others."""
        return (self.benchmark, *self.others)

    @property
    def n_parameters(self) -> int:
        """The constant, and a slope for every factor and lag."""
        return 2 + self.benchmark_lags + len(self.others) * (1 + self.lags)

    @property
    def reach(self) -> tuple[int, int]:
        """The longest lag."""
        return max(self.benchmark_lags, self.lags if self.others else 0), 0

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        """The constant alpha, and a beta for each factor and lag: beta, beta_lag1, beta_OIL."""
        heads = ("beta", *(f"beta_{name}" for name in self.others))
        return ("alpha", *self._lagged(heads))

    def _lagged(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the factors, each followed by those of its lags."""
        most = (self.benchmark_lags, *(self.lags for _ in self.others))
        return tuple(
            f"{name}_lag{lag}" if lag else name
            for name, last in zip(names, most, strict=True)
            for lag in range(last + 1)
        )

    def design(
        self, factors: FloatArray, names: tuple[str, ...]
    ) -> tuple[FloatArray, tuple[str, ...]]:
        """Every factor on its own session and on those before it."""
        columns = [
            shift_sessions(factors[..., at], -lag)
            for at in range(len(names))
            for lag in range((self.lags if at else self.benchmark_lags) + 1)
        ]
        return np.stack(columns, axis=-1), self._lagged(names)

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        return fit_least_squares(self, sample)


@MODELS.register(
    "scholes_williams",
    summary="market model with the beta of non-synchronous trading",
    source="Scholes and Williams (JFE 1977)",
)
@dataclass(frozen=True, slots=True)
class ScholesWilliams(NormalReturnModel):
    """``beta = (b_-1 + b_0 + b_+1) / (1 + 2 rho)``, ``alpha = mean R - beta mean R_m``; k = 2.

    ``b_j`` are the slopes of simple regressions of ``R_t`` on ``R_m,t+j``; they and the means are
    taken over the sessions whose neighbours are estimation sessions too. ``rho`` is the
    correlation of ``R_m`` with its own value a session earlier. A session counts if its return
    and every benchmark return used with it are there and inside the estimation window.
    ``s^2 = RSS/(M-2)`` over all M sessions; forecast variance as for the market model.

    Parameters
    ----------
    benchmark, sync
        As for `MarketModel`.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
    >>> results = es.event_study(
    ...     events, prices, model=es.ScholesWilliams("BMK"), markets=["M01", "M02"], draws=0
    ... )
    >>> results.models[["n_obs", "beta"]].iloc[0].round(2).to_dict()
    {'n_obs': 200.0, 'beta': 1.11}
    """

    benchmark: str = "SPX"
    sync: str | None = None
    name: ClassVar[str] = "scholes_williams"

    @property
    def min_sessions(self) -> int:
        """Four sessions between the first and the last."""
        return 6

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        ls = sample.least_squares()
        y, regressors = sample.observations()
        x = np.where(sample.counts, regressors[..., 0], np.nan)
        before, after = shift_sessions(x, -1), shift_sessions(x, 1)
        has_both = np.isfinite(y) & np.isfinite(x)
        inner = has_both & np.isfinite(before) & np.isfinite(after)
        paired = has_both & np.isfinite(before)
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = sum(
                co_moment(y, z, inner) / co_moment(z, z, inner) for z in (before, x, after)
            )
            rho = co_moment(x, before, paired) / np.sqrt(
                co_moment(x, x, paired) * co_moment(before, before, paired)
            )
            beta = slopes / (1.0 + 2.0 * rho)
            alpha = mean_over(y, inner) - beta * mean_over(x, inner)
        # Enough sessions for a slope, and a benchmark that does not alternate.
        usable = (inner.sum(axis=1) >= 3) & (1.0 + 2.0 * rho > 0)
        alpha, beta = np.where(usable, alpha, np.nan), np.where(usable, beta, np.nan)
        return replace(
            fitted(self, sample, ls, alpha, beta[:, None]),
            failure=NO_VARIANCE + "; or the benchmark's sessions are too few or alternate, so that "
            "1 + 2 rho is not positive",
        )


def _whole_sessions(model: NormalReturnModel, *options: str) -> None:
    """Make fields of a model whole numbers, or refuse them."""
    for option in options:
        value = getattr(model, option)
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
            key = f"model.{option}"
            raise SpecificationError(
                f"{key} is {value!r}; it must be a whole number of sessions, 0 or more", key=key
            )
        object.__setattr__(model, option, int(value))


def shift_sessions(values: FloatArray, by: int) -> FloatArray:
    """``out[:, t] = values[:, t + by]``; NaN beyond the ends."""
    out = np.full_like(values, np.nan)
    length = values.shape[1]
    if abs(by) < length:
        out[:, max(-by, 0) : length - max(by, 0)] = values[:, max(by, 0) : length + min(by, 0)]
    return out


def mean_over(values: FloatArray, rows: BoolArray) -> FloatArray:
    """Return the mean of each line of `values` where `rows` is true."""
    mean: FloatArray = np.where(rows, values, 0.0).sum(axis=1) / rows.sum(axis=1)
    return mean


def co_moment(left: FloatArray, right: FloatArray, rows: BoolArray) -> FloatArray:
    """Return the sum of products of deviations from the mean, as `mean_over` takes it."""
    a = np.where(rows, left - mean_over(left, rows)[:, None], 0.0)
    b = np.where(rows, right - mean_over(right, rows)[:, None], 0.0)
    total: FloatArray = np.einsum("pl,pl->p", a, b)
    return total
