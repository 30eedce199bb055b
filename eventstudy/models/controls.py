"""Normal returns from securities the news did not touch: their mean, a weighting, their factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.models.base import (
    MODELS,
    NO_VARIANCE,
    EstimationSample,
    ModelFit,
    NormalReturnModel,
    residual_sigma,
)
from eventstudy.text import repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray

_STILL = f"no donor moved in the estimation window, or {NO_VARIANCE}"
# Penalties tried, in units of the donors' mean eigenvalue.
_PENALTIES = 10.0 ** np.linspace(-3.0, 5.0, 33)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DonorLine:
    """Normal returns of one pair: ``intercept + slopes'x``.

    Attributes
    ----------
    slopes : ``(J,)`` one a donor
    n_estimated : parameters the estimation sessions were used up on, the constant among them; a
        penalised one counts in part
    precision : ``(J, J)``, what the forecast error of a session so far from the mean adds, or None
        where the weights are taken as known
    """

    intercept: float
    slopes: FloatArray
    n_estimated: float
    precision: FloatArray | None = None


class DonorModel(NormalReturnModel):
    """A model whose factors are donors, securities the news did not touch.

    `line` estimates one pair; the loop over pairs and the variance are the same for all.
    """

    __slots__ = ()
    donors: tuple[str, ...]

    @property
    def factors_key(self) -> str:
        """The field that names its factors."""
        return "donors"

    @property
    def factors(self) -> tuple[str, ...]:
        """The donors."""
        return self.donors

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        """The constant alpha, and a weight for each donor."""
        return ("alpha", *(f"weight_{donor}" for donor in self.donors))

    def line(self, y: FloatArray, x: FloatArray) -> DonorLine:
        """Estimate one pair from ``(M,)`` returns and ``(M, J)`` returns of the donors.

        Examples
        --------
        >>> x = np.array([[0.01, 0.03], [0.00, 0.02], [-0.02, 0.00]])
        >>> line = ControlGroup(("A", "B")).line(0.001 + x.mean(axis=1), x)
        >>> round(line.intercept, 4), line.slopes.tolist()
        (0.001, [0.5, 0.5])
        """
        raise NotImplementedError

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair; ``s^2 = RSS/(M - k)`` with k what was estimated of the pair."""
        y, x = sample.observations()
        n_pairs, n_donors = len(y), x.shape[2]
        valid = np.isfinite(y) & np.isfinite(x).all(axis=-1)
        n = valid.sum(axis=1)
        nan = np.full(n_pairs, np.nan)
        intercept, rss, tss, scale, used = (nan.copy() for _ in range(5))
        slopes = np.full((n_pairs, n_donors), np.nan)
        is_still = np.zeros(n_pairs, dtype=bool)
        x_mean = np.zeros((n_pairs, n_donors))
        precision = np.zeros((n_pairs, n_donors, n_donors))
        pairs = np.flatnonzero(n >= self.min_sessions)
        for pair, line in zip(pairs, sample.of_each(self.line, pairs, y, x, valid), strict=True):
            own, donors = y[pair, valid[pair]], x[pair, valid[pair]]
            residuals = own - line.intercept - donors @ line.slopes
            intercept[pair], slopes[pair] = line.intercept, line.slopes
            rss[pair] = residuals @ residuals
            tss[pair] = ((own - own.mean()) ** 2).sum()
            scale[pair] = (own**2).mean()
            is_still[pair] = not (np.ptp(donors, axis=0) > 0).any()
            used[pair] = line.n_estimated
            x_mean[pair] = donors.mean(axis=0)
            if line.precision is not None:
                precision[pair] = line.precision
        df = n - used
        sigma = residual_sigma(rss, np.where(np.isfinite(df), df, 0.0), scale)
        with np.errstate(divide="ignore", invalid="ignore"):
            r_squared = 1.0 - rss / tss
        typical = np.nanmean(used) if np.isfinite(used).any() else 1.0
        return ModelFit(
            model=self.name,
            intercept=intercept,
            slopes=slopes,
            n_obs=n.astype(np.int64),
            n_parameters=int(np.ceil(typical)),
            df=df,
            sigma=sigma,
            r_squared=r_squared,
            mean_weight=1.0 / np.maximum(n, 1),
            x_mean=x_mean,
            x_precision=precision,
            coefficients=np.column_stack([intercept, slopes]),
            coefficient_names=self.coefficient_names,
            failed=~np.isfinite(sigma) | is_still,
            failure=_STILL if is_still.any() else NO_VARIANCE,
        )


@MODELS.register(
    "control_group",
    summary="normal return = alpha + mean return of control securities (difference to a group)",
    source="Angrist and Pischke (2009, ch. 5), differences in differences; docs/methods.md, 3",
)
@dataclass(frozen=True, slots=True)
class ControlGroup(DonorModel):
    """Difference to the equally weighted mean of securities the news did not touch; k = 1.

    ``AR = (R - mean of the donors) - (its mean over the estimation window)``. A session on which
    one donor has no return is left out, so that the group is the same throughout.

    Parameters
    ----------
    donors
        Columns of the price file, or markets, none of them a market of the study.
    sync
        As for `MarketModel`.

    Examples
    --------
    >>> ControlGroup(("A", "B")).n_parameters
    1
    """

    donors: tuple[str, ...] = field()
    sync: str | None = None
    name: ClassVar[str] = "control_group"

    if TYPE_CHECKING:  # a list will do, where the field holds a tuple

        def __init__(self, donors: Sequence[str], sync: str | None = None) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", _checked_donors(self.donors, self.name, least=1))

    @property
    def n_parameters(self) -> int:
        """The constant."""
        return 1

    def line(self, y: FloatArray, x: FloatArray) -> DonorLine:
        """Estimate one pair from ``(M,)`` returns and ``(M, J)`` returns of the donors."""
        slopes = np.full(x.shape[1], 1.0 / x.shape[1])
        return DonorLine(intercept=float((y - x @ slopes).mean()), slopes=slopes, n_estimated=1.0)


@MODELS.register(
    "synthetic_control",
    summary="normal return = alpha + weights x donors, weights of 0 or more that sum to one",
    source="Abadie, Diamond and Hainmueller (JASA 2010); Ben-Michael, Feller and Rothstein (JASA "
    "2021), the ridge augmentation; Goldsmith-Pinkham and Lyu (2025), in event studies",
)
@dataclass(frozen=True, slots=True)
class SyntheticControl(DonorModel):
    """Weighted donors that follow the security through the estimation window.

    The weights ``w >= 0``, ``sum w = 1`` minimise the sum of squares of demeaned returns. With
    `augment`, what they leave is regressed on the donors by ridge regression,
    ``w + (X'X + lambda I)^-1 X'e``, with the penalty that generalised cross-validation prefers
    (none at all where it prefers an infinite one). The weights are taken as known in the forecast
    variance ``s^2 (1 + 1/M)``, which is too small where donors are many or the session lies far
    from their mean: go by the placebo and the conformal test. ``k`` is 1, the donors used less 1,
    and the trace of the ridge, at the most ``1 + J``.

    Parameters
    ----------
    donors
        Columns of the price file, or markets, none of them a market of the study; two or more. A
        session on which one of them has no return is left out.
    augment
        False: the plain synthetic control, whose weights are 0 or more and sum to one.
    sync
        As for `MarketModel`.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(1).normal(size=(200, 3))
    >>> line = SyntheticControl(("A", "B", "C"), augment=False).line(x @ [0.25, 0.75, 0.0], x)
    >>> line.slopes.round(6).tolist()
    [0.25, 0.75, 0.0]
    """

    donors: tuple[str, ...] = field()
    augment: bool = True
    sync: str | None = None
    name: ClassVar[str] = "synthetic_control"

    if TYPE_CHECKING:  # a list will do, where the field holds a tuple

        def __init__(
            self, donors: Sequence[str], augment: bool = True, sync: str | None = None
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", _checked_donors(self.donors, self.name, least=2))

    @property
    def min_sessions(self) -> int:
        """Three more than there are donors."""
        return len(self.donors) + 3

    def line(self, y: FloatArray, x: FloatArray) -> DonorLine:
        """Estimate one pair from ``(M,)`` returns and ``(M, J)`` returns of the donors."""
        y_mean, x_mean = y.mean(), x.mean(axis=0)
        own, donors = y - y_mean, x - x_mean
        weights = simplex_weights(own, donors)
        n_estimated = max(1.0, float(np.count_nonzero(weights)))
        if self.augment:
            change, trace = _ridge(own - donors @ weights, donors)
            weights = weights + change
            n_estimated = min(n_estimated + trace, 1.0 + len(weights))
        return DonorLine(
            intercept=float(y_mean - x_mean @ weights), slopes=weights, n_estimated=n_estimated
        )


@MODELS.register(
    "factor_adjusted",
    summary="normal return = alpha + b'F, F the donors' first principal components",
    source="Connor and Korajczyk (JFE 1986); Xu (PA 2017), as a counterfactual",
)
@dataclass(frozen=True, slots=True)
class FactorAdjusted(DonorModel):
    """Regression on the donors' first principal components; k = 1 + n_factors.

    Components of the donors' standardised returns over each pair's own estimation window, so that
    nothing later enters; the event window's factors are the same combinations of its donors.

    Parameters
    ----------
    donors
        Columns of the price file, or markets, none of them a market of the study; two or more. A
        session on which one of them has no return is left out.
    n_factors
        Components, 1 or more and fewer than donors.
    sync
        As for `MarketModel`.

    Examples
    --------
    >>> FactorAdjusted(("A", "B", "C"), n_factors=2).n_parameters
    3
    """

    donors: tuple[str, ...] = field()
    n_factors: int = 1
    sync: str | None = None
    name: ClassVar[str] = "factor_adjusted"

    if TYPE_CHECKING:  # a list will do, where the field holds a tuple

        def __init__(
            self, donors: Sequence[str], n_factors: int = 1, sync: str | None = None
        ) -> None: ...

    def __post_init__(self) -> None:
        donors = _checked_donors(self.donors, self.name, least=2)
        object.__setattr__(self, "donors", donors)
        number = self.n_factors
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number < len(donors):
            raise SpecificationError(
                f"model.n_factors is {number!r}; with {len(donors)} donors it is a whole number, "
                f"1 to {len(donors) - 1}",
                key="model.n_factors",
            )

    @property
    def n_parameters(self) -> int:
        """The constant, and one slope a component."""
        return 1 + self.n_factors

    @property
    def min_sessions(self) -> int:
        """Three more than there are donors."""
        return len(self.donors) + 3

    def line(self, y: FloatArray, x: FloatArray) -> DonorLine:
        """Estimate one pair from ``(M,)`` returns and ``(M, J)`` returns of the donors."""
        x_mean, spread = x.mean(axis=0), x.std(axis=0)
        unit = np.where(spread > 0, spread, 1.0)
        _, _, rotation = np.linalg.svd((x - x_mean) / unit, full_matrices=False)
        loadings = rotation[: self.n_factors].T / unit[:, None]
        scores = (x - x_mean) @ loadings
        inverse = np.linalg.pinv(scores.T @ scores)
        slopes = loadings @ (inverse @ (scores.T @ (y - y.mean())))
        return DonorLine(
            intercept=float(y.mean() - x_mean @ slopes),
            slopes=slopes,
            n_estimated=float(self.n_parameters),
            precision=loadings @ inverse @ loadings.T,
        )


def simplex_weights(y: FloatArray, x: FloatArray) -> FloatArray:
    """Weights of 0 or more that sum to one and bring ``x @ w`` closest to `y`.

    ``x w - y = (x - y 1') w`` for weights that sum to one, so that this is the point of a convex
    hull nearest to the origin, which non-negative least squares with a row of ones finds (Lawson
    and Hanson 1974, ch. 23).

    Parameters
    ----------
    y
        ``(M,)`` demeaned returns.
    x
        ``(M, J)`` demeaned returns of the donors.

    Returns
    -------
    ``(J,)``.
    """
    from scipy.optimize import nnls

    hull: FloatArray = np.linalg.qr(x - y[:, None]).R
    unit = float(np.abs(hull).max()) or 1.0
    rows = np.vstack([hull / unit, np.ones(x.shape[1])])
    weights, _ = nnls(rows, np.r_[np.zeros(len(hull)), 1.0])
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _ridge(residuals: FloatArray, donors: FloatArray) -> tuple[FloatArray, float]:
    """Ridge regression of `residuals` on the donors: its slopes, and the trace of its projection.

    The penalty has the smallest generalised cross-validation (Golub, Heath and Wahba 1979).
    """
    values, vectors = np.linalg.eigh(donors.T @ donors)
    values = np.clip(values, 0.0, None)
    if not values.max() > 0:
        return np.zeros(len(values)), 0.0
    along = vectors.T @ (donors.T @ residuals)
    n, total = len(residuals), float(residuals @ residuals)
    penalty = _PENALTIES * values.mean()
    shrunk = 1.0 / (values + penalty[:, None])
    left = total - 2.0 * (along**2 * shrunk).sum(axis=1)
    left = left + (along**2 * values * shrunk**2).sum(axis=1)
    trace = (values * shrunk).sum(axis=1)
    score = np.append(left / (n - 1.0 - trace) ** 2, total / (n - 1.0) ** 2)
    best = int(np.argmin(score))
    if best == len(penalty):  # an infinite penalty: nothing is left to explain
        return np.zeros(len(values)), 0.0
    return vectors @ (along * shrunk[best]), float(trace[best])


def _checked_donors(donors: tuple[str, ...], model: str, *, least: int) -> tuple[str, ...]:
    """Return the donors as a tuple of different names, at least so many."""
    key = "model.donors"
    if isinstance(donors, str) or not all(isinstance(donor, str) for donor in donors):
        raise SpecificationError(
            f'{key} must be a list of names, e.g. donors = ["AAA", "BBB"]', key=key
        )
    names = tuple(donors)
    twice = next(iter(repeated(names)), None)
    if twice is not None:
        raise SpecificationError(f"{key} names {twice!r} twice", key=key)
    if len(names) < least:
        needed = "a name" if least == 1 else f"{least} names"
        raise SpecificationError(f"model {model} needs at least {needed} in {key}").at(key=key)
    return names
