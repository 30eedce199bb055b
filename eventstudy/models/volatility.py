"""Market model with conditional variance: GARCH, EGARCH and GJR by maximum likelihood."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.models.base import (
    MODELS,
    EstimationSample,
    ModelFit,
    NormalReturnModel,
    fitted,
)

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.windows import EstimationWindow, Window

# Decimals of a standardised return: beyond them is the rounding that a change of unit leaves, which
# the optimiser would carry into the sixth digit of its answer.
_DECIMALS = 9
# The optimiser stops this close to the border beyond which there is no variance to return to.
_STATIONARY = 1.0 - 1e-6
_MEAN_ABS = np.sqrt(2.0 / np.pi)  # of a standard normal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Recursion(ABC):
    """A variance recursion of every pair, from the end of its estimation window.

    Attributes
    ----------
    scale : ``(P,)`` decimal return that counts as 1
    omega, alpha, gamma, beta : ``(P,)`` parameters, for returns over `scale`; NaN where none
    next : ``(P,)`` variance of the first session after the window, over `scale` squared
    """

    scale: FloatArray
    omega: FloatArray
    alpha: FloatArray
    gamma: FloatArray
    beta: FloatArray
    next: FloatArray

    @abstractmethod
    def step(self, variance: FloatArray, error: FloatArray) -> FloatArray:
        """Variance after a session with this variance and this error."""

    @abstractmethod
    def expected(self, steps: int) -> FloatArray:
        """Variance 1 to `steps` sessions after the window, as known at its end, over `scale`."""

    def forecast(self, steps: int) -> FloatArray:
        """Variance 1 to `steps` sessions after the window, ``(P, steps)``, decimal."""
        return np.asarray(self.expected(steps) * self.scale[:, None] ** 2)

    def filter(self, path: FloatArray) -> FloatArray:
        """Variance known before each session of `path` ``(P, S)``, decimal.

        `path` holds the errors from the first session after the window on; a missing one leaves
        the variance as it was.
        """
        out = np.empty_like(path)
        variance = self.next
        for t in range(path.shape[1]):
            out[:, t] = variance
            with np.errstate(over="ignore", invalid="ignore"):
                after = self.step(variance, path[:, t] / self.scale)
            variance = np.where(np.isfinite(after), after, variance)
        return np.asarray(out * self.scale[:, None] ** 2)


class _GarchRecursion(_Recursion):
    """GARCH and GJR: ``h' = omega + (alpha + gamma 1[e < 0]) e^2 + beta h``."""

    __slots__ = ()

    def step(self, variance: FloatArray, error: FloatArray) -> FloatArray:
        shock = (self.alpha + self.gamma * (error < 0)) * error**2
        after: FloatArray = self.omega + shock + self.beta * variance
        return after

    def expected(self, steps: int) -> FloatArray:
        out = np.empty((len(self.next), steps))
        variance = self.next
        persistence = self.alpha + self.gamma / 2.0 + self.beta
        for k in range(steps):
            out[:, k] = variance
            variance = self.omega + persistence * variance
        return out


class _EgarchRecursion(_Recursion):
    """EGARCH, ``z = e / sqrt h``: ``ln h' = omega + alpha (|z| - E|z|) + gamma z + beta ln h``."""

    __slots__ = ()

    def step(self, variance: FloatArray, error: FloatArray) -> FloatArray:
        z = error / np.sqrt(variance)
        shock = self.alpha * (np.abs(z) - _MEAN_ABS) + self.gamma * z
        return np.asarray(np.exp(self.omega + shock + self.beta * np.log(variance)))

    def expected(self, steps: int) -> FloatArray:
        """Exact: the shocks are independent, so the mean of their exponentials is a product."""
        out = np.empty((len(self.next), steps))
        log = np.log(self.next)
        growth = np.zeros_like(log)
        weight = np.ones_like(log)
        for k in range(steps):
            out[:, k] = np.exp(log + growth)
            growth = growth + self._log_mean(weight)
            weight = weight * self.beta
            log = self.omega + self.beta * log
        return out

    def _log_mean(self, weight: FloatArray) -> FloatArray:
        """Log of ``E exp(weight (alpha (|z| - sqrt(2/pi)) + gamma z))`` (Nelson 1991)."""
        from scipy.special import log_ndtr

        up, down = weight * (self.alpha + self.gamma), weight * (self.alpha - self.gamma)
        with np.errstate(invalid="ignore"):  # NaN where the pair has a constant variance
            both = np.logaddexp(up**2 / 2 + log_ndtr(up), down**2 / 2 + log_ndtr(down))
        return np.asarray(both - weight * self.alpha * _MEAN_ABS)


@dataclass(frozen=True, slots=True)
class _VolatilityModel(NormalReturnModel):
    """What the three models of conditional variance have in common.

    ``R = alpha + beta R_m + e`` with normal errors, mean and variance estimated together by the
    ``arch`` package, sessions with a missing return left out. Returns are divided by the standard
    deviation of their least-squares residuals and the benchmark's by their own before the
    likelihood sees them, since it has no good maximum to find where variances are tiny; a change of
    unit changes no t statistic.
    ``V(AR_tau)`` is the variance of session tau as forecast from the end of the estimation
    window, ``V(CAR)`` their sum; neither holds a term for the error of estimation. k = 2,
    ``s^2 = RSS/(M-2)``. A pair that does not converge, or whose variance has no mean to return
    to, is estimated by least squares with a constant variance, and is listed.

    Parameters
    ----------
    benchmark, sync
        As for `MarketModel`.

    Examples
    --------
    >>> import eventstudy as es
    >>> model = es.Garch("BMK")  # or GjrGarch, Egarch; needs the extra garch
    >>> model.benchmark, model.name
    ('BMK', 'garch')
    """

    benchmark: str = "SPX"
    sync: str | None = None
    fallback_reason: ClassVar[str] = (
        "the likelihood did not converge to a stationary variance: least squares with a constant "
        "variance used instead"
    )
    asymmetric: ClassVar[bool] = False
    requires: ClassVar[str] = "arch"

    def __post_init__(self) -> None:
        if find_spec(self.requires) is None:
            raise SpecificationError(
                f'model {self.name} needs the arch package: pip install "market-reaction[garch]"'
            )

    @property
    def has_variance(self) -> bool:
        """True: the variance is part of the model."""
        return True

    @property
    def min_sessions(self) -> int:
        """Ten per parameter."""
        return 50

    def check_windows(self, estimation: EstimationWindow, event: Window) -> None:
        """Refuse windows no variance can be forecast between."""
        self.needs_window_before(estimation, event, f"the variance of model {self.name}")

    def process(self) -> Any:  # noqa: ANN401 - arch ships no types
        """Variance process of the arch package.

        Examples
        --------
        >>> type(model.process()).__name__
        'GARCH'
        """
        raise NotImplementedError

    def recursion(self) -> type[_Recursion]:
        """Return the recursion of the variance.

        Examples
        --------
        >>> print(model.recursion().__doc__)
        GARCH and GJR: ``h' = omega + (alpha + gamma 1[e < 0]) e^2 + beta h``.
        """
        return _GarchRecursion

    def is_stationary(self, alpha: float, gamma: float, beta: float) -> bool:
        """Whether the variance returns to a mean.

        Examples
        --------
        >>> model.is_stationary(0.05, 0.0, 0.90), model.is_stationary(0.10, 0.0, 0.95)
        (True, False)
        """
        return alpha + gamma / 2.0 + beta < _STATIONARY

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair."""
        ls = sample.least_squares()
        intercept, slopes = ls.intercept.copy(), ls.slopes.copy()
        # scale, omega, alpha, gamma, beta and the next variance
        variance = np.full((len(intercept), 6), np.nan)
        y, x = sample.observations()
        valid = np.isfinite(y) & np.isfinite(x).all(axis=-1)
        ols = fitted(self, sample, ls, intercept, slopes)
        fallback = np.zeros(len(intercept), dtype=bool)
        pairs = np.flatnonzero(~ols.failed)
        found = sample.of_each(self._likelihood, pairs, y, x, valid)
        for pair, estimates in zip(pairs, found, strict=True):
            if estimates is None:
                fallback[pair] = True
            else:
                intercept[pair], slopes[pair, 0] = estimates[:2]
                variance[pair] = estimates[2:]
        fit = fitted(self, sample, ls, intercept, slopes, fallback=fallback)
        scale, omega, alpha, gamma, beta, after = variance.T
        recursion = self.recursion()(
            scale=scale, omega=omega, alpha=alpha, gamma=gamma, beta=beta, next=after
        )
        shown = [fit.coefficients, self.decimal_omega(omega, beta, scale), alpha]
        shown += [gamma, beta] if self.asymmetric else [beta]
        names = ("omega", "alpha1", "gamma1", "beta1")
        return replace(
            fit,
            variance=recursion,
            coefficients=np.column_stack(shown),
            coefficient_names=(
                *fit.coefficient_names,
                *(name for name in names if self.asymmetric or name != "gamma1"),
            ),
        )

    def decimal_omega(
        self,
        omega: FloatArray,
        beta: FloatArray,  # noqa: ARG002
        scale: FloatArray,
    ) -> FloatArray:
        """Omega of returns in decimals.

        Examples
        --------
        >>> omega, beta, scale = np.array([0.05]), np.array([0.9]), np.array([0.01])
        >>> float(model.decimal_omega(omega, beta, scale)[0].round(8))
        5e-06
        """
        return np.asarray(omega * scale**2)

    def _likelihood(self, y: FloatArray, x: FloatArray) -> list[float] | None:
        """Estimate one pair; None without a maximum.

        Returns
        -------
        Intercept and slope for decimal returns, the scale, then omega, alpha, gamma, beta and the
        variance after the window for returns over that scale.
        """
        from arch.univariate import LS

        x_scale = float(x.std(ddof=1))
        error = _residuals(y, x[:, 0])
        scale = float(np.sqrt((error @ error) / (len(error) - 2)))
        if not (x_scale > 0 and scale > 0):
            return None
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter(
                "ignore"
            )  # the convergence flag and the checks below say the same
            model = LS(
                np.round(y / scale, _DECIMALS),
                np.round(x / x_scale, _DECIMALS),
                constant=True,
                volatility=self.process(),
                rescale=False,
            )
            try:
                result = model.fit(disp="off", show_warning=False)
            except (ValueError, np.linalg.LinAlgError):
                return None
        intercept, slope, omega, alpha, *rest = (float(p) for p in result.params.to_numpy())
        gamma, beta = rest if self.asymmetric else (0.0, rest[0])
        shock, last = float(result.resid[-1]), float(result.conditional_volatility[-1]) ** 2
        recursion = self.recursion()(
            **{
                name: np.array([value])
                for name, value in zip(
                    ("scale", "omega", "alpha", "gamma", "beta", "next"),
                    (scale, omega, alpha, gamma, beta, last),
                    strict=True,
                )
            }
        )
        with np.errstate(all="ignore"):
            after = float(recursion.step(np.array([last]), np.array([shock]))[0])
        intercept, slope = intercept * scale, slope * scale / x_scale
        estimates = [intercept, slope, scale, omega, alpha, gamma, beta, after]
        is_usable = (
            result.convergence_flag == 0 and bool(np.isfinite(estimates).all()) and after > 0
        )
        return estimates if is_usable and self.is_stationary(alpha, gamma, beta) else None


def _residuals(y: FloatArray, x: FloatArray) -> FloatArray:
    """Residuals of `y` on a constant and `x`; a deviation from the mean where `x` does not vary."""
    y, x = y - y.mean(), x - x.mean()
    square = float(x @ x)
    return np.asarray(y - x * (float(x @ y) / square) if square > 0 else y)


@MODELS.register(
    "garch",
    summary="market model with GARCH(1,1) variance (needs the arch package)",
    source="Bollerslev (1986); arch package",
)
@dataclass(frozen=True, slots=True)
class Garch(_VolatilityModel):  # noqa: D101 - it shows what the three have in common
    __doc__ = "Market model with GARCH(1,1) errors.\n" + str(_VolatilityModel.__doc__)

    name: ClassVar[str] = "garch"

    def process(self) -> Any:  # noqa: ANN401
        """GARCH(1,1)."""
        from arch.univariate import GARCH

        return GARCH(p=1, o=0, q=1)


@MODELS.register(
    "gjr_garch",
    summary="market model with GJR-GARCH(1,1,1) variance (needs the arch package)",
    source="Glosten, Jagannathan and Runkle (JF 1993); arch package",
)
@dataclass(frozen=True, slots=True)
class GjrGarch(_VolatilityModel):  # noqa: D101 - as above
    __doc__ = "Market model with GJR-GARCH(1,1,1) errors.\n" + str(_VolatilityModel.__doc__)

    name: ClassVar[str] = "gjr_garch"
    asymmetric: ClassVar[bool] = True

    def process(self) -> Any:  # noqa: ANN401
        """GJR-GARCH(1,1,1)."""
        from arch.univariate import GARCH

        return GARCH(p=1, o=1, q=1)


@MODELS.register(
    "egarch",
    summary="market model with EGARCH(1,1,1) variance (needs the arch package)",
    source="Nelson (Econometrica 1991); arch package",
)
@dataclass(frozen=True, slots=True)
class Egarch(_VolatilityModel):  # noqa: D101 - as above
    __doc__ = "Market model with EGARCH(1,1,1) errors.\n" + str(_VolatilityModel.__doc__)

    name: ClassVar[str] = "egarch"
    asymmetric: ClassVar[bool] = True

    def process(self) -> Any:  # noqa: ANN401
        """EGARCH(1,1,1)."""
        from arch.univariate import EGARCH

        return EGARCH(p=1, o=1, q=1)

    def recursion(self) -> type[_Recursion]:
        """Return the recursion of the log variance."""
        return _EgarchRecursion

    def is_stationary(self, alpha: float, gamma: float, beta: float) -> bool:  # noqa: ARG002
        """Whether the log variance returns to a mean."""
        return abs(beta) < _STATIONARY

    def decimal_omega(self, omega: FloatArray, beta: FloatArray, scale: FloatArray) -> FloatArray:
        """Omega of returns in decimals."""
        return np.asarray(omega + (1.0 - beta) * 2.0 * np.log(scale))
