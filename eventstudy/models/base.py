"""The interface of a normal-return model: its estimation sample, its fit, its registry."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.execution.workers import SERIAL
from eventstudy.io.toml_keys import keys_of
from eventstudy.kernels import gather, in_parts, window_least_squares
from eventstudy.plugins import named_faults
from eventstudy.registry import Registry
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy._typing import BoolArray, FloatArray, IntArray, Parts
    from eventstudy.execution.workers import Workers
    from eventstudy.kernels import LeastSquares, MomentTables
    from eventstudy.windows import EstimationWindow

NO_VARIANCE = (
    "the estimation window leaves no variance to standardise by: returns or benchmark do not "
    "vary, or the model fits them exactly"
)
# Below this share of the series' own mean square, a residual variance is rounding: the model fits
# the estimation window exactly and no abnormal return can be standardised.
_EXACT_FIT = 1e-20
_PAIRS_AT_A_TIME = 16  # for one worker: at 10 ms each, many times what handing them out costs

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EstimationSample:
    """The estimation windows of ``P`` pairs, as positions in the panel.

    Attributes
    ----------
    returns : ``(N, T)`` decimal returns, NaN where missing or masked
    factors : ``(N, T, K)`` regressors on each security's own sessions
    tables : running sums of both
    security, first : ``(P,)`` row and first column of each estimation window
    length : sessions from its first to its last, usable or not
    parts : stretches of it that count; empty for all of it
    progress : called with pairs done and pairs in all by models that take their time
    workers : who estimates the pairs of models that take their time
    """

    returns: FloatArray
    factors: FloatArray
    tables: MomentTables
    security: IntArray
    first: IntArray
    length: int
    parts: Parts = ()
    progress: Callable[[int, int], None] | None = None
    workers: Workers = SERIAL

    @property
    def counts(self) -> BoolArray:
        """Which sessions from first to last count, ``(L,)``."""
        return in_parts(self.length, self.parts)

    def observations(self) -> tuple[FloatArray, FloatArray]:
        """Return ``(P, L)`` and regressors ``(P, L, K)``; NaN where a session does not count."""
        y = gather(self.returns, self.security, self.first, self.length)
        y[:, ~self.counts] = np.nan
        return y, gather(self.factors, self.security, self.first, self.length)

    def least_squares(self) -> LeastSquares:
        """Regression of every pair's returns on a constant and the regressors."""
        return window_least_squares(
            self.tables,
            self.returns,
            self.factors,
            self.security,
            self.first,
            self.length,
            self.parts,
        )

    def moved(self, sessions: int) -> EstimationSample:
        """The same windows, `sessions` later."""
        return replace(self, first=self.first + sessions)

    def of_each(
        self,
        estimate: Callable[[FloatArray, FloatArray], T],
        pairs: IntArray,
        y: FloatArray,
        x: FloatArray,
        valid: BoolArray,
    ) -> list[T]:
        """Return ``estimate(y, x)`` of the valid sessions of each of some pairs.

        Parameters
        ----------
        estimate : a function of a module, or method of what can be pickled
        pairs : ``(Q,)`` rows of `y` ``(P, L)``, `x` ``(P, L, K)`` and `valid` ``(P, L)``
        """
        size = 1 if self.workers is SERIAL else _PAIRS_AT_A_TIME
        chunks = [pairs[begin : begin + size] for begin in range(0, len(pairs), size)]
        done = 0

        def count(number: int) -> None:
            nonlocal done
            done += len(chunks[number])
            if self.progress is not None:
                self.progress(done, len(self.first))

        found = self.workers.map(_estimates, chunks, (estimate, y, x, valid), count)
        return [estimates for chunk in found for estimates in chunk]


def _estimates(
    shared: tuple[Callable[[FloatArray, FloatArray], T], FloatArray, FloatArray, BoolArray],
    pairs: IntArray,
) -> list[T]:
    estimate, y, x, valid = shared
    return [estimate(y[pair, valid[pair]], x[pair, valid[pair]]) for pair in pairs]


class ConditionalVariance(Protocol):
    """Variance of every pair's errors that goes on from the end of its estimation window."""

    def forecast(self, steps: int) -> FloatArray:
        """Variance 1 to `steps` sessions after the window, known at its end: ``(P, steps)``."""

    def filter(self, path: FloatArray) -> FloatArray:
        """Variance known before each session of `path` ``(P, S)``, the first after the window."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelFit:
    """Normal-return models of ``P`` pairs with ``K`` regressors.

    The normal return of session ``tau`` is ``intercept + slopes'x``; its forecast error has
    variance ``sigma^2 (1 + mean_weight + (x - x_mean)' x_precision (x - x_mean))``.

    Attributes
    ----------
    n_obs : ``(P,)`` usable estimation sessions M
    n_parameters : k, the estimated coefficients (docs/methods.md, section 3)
    df : ``(P,)`` degrees of freedom of ``sigma``
    sigma : ``(P,)`` residual standard deviation, decimal
    r_squared : ``(P,)`` ``1 - RSS/TSS``; NaN for a model without estimated coefficients
    mean_weight : ``(P,)`` 1/M where an intercept is estimated, else 0
    coefficients, coefficient_names : what ``models.csv`` shows
    failed : ``(P,)`` True where no model could be estimated, and why in words
    fallback : ``(P,)`` True where least squares took the model's place; None for nowhere
    variance : of a model whose errors have one that moves; pairs of `fallback` keep ``sigma``
    """

    model: str
    intercept: FloatArray
    slopes: FloatArray
    n_obs: IntArray
    n_parameters: int
    df: FloatArray
    sigma: FloatArray
    r_squared: FloatArray
    mean_weight: FloatArray
    x_mean: FloatArray
    x_precision: FloatArray
    coefficients: FloatArray
    coefficient_names: tuple[str, ...]
    failed: BoolArray
    failure: str = NO_VARIANCE
    fallback: BoolArray | None = None
    fallback_reason: str = ""
    variance: ConditionalVariance | None = None


class NormalReturnModel:
    """A normal-return model: a frozen specification that is estimated for every pair.

    A model of your own is one small class: name it, say which `factors` it faces, and give
    `estimate`, the coefficients of one pair; everything else has a default. Registered by
    ``MODELS.register`` it is a choice of study files and of ``eventstudy list models`` too.

    Examples
    --------
    Normal returns by the line through the medians of two halves, by the benchmark:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from eventstudy.models import MODELS, NormalReturnModel
    >>> @MODELS.register("median_line", summary="line through two medians", source="own work")
    ... @dataclass(frozen=True, slots=True)
    ... class MedianLine(NormalReturnModel):
    ...     benchmark: str = "SPX"
    ...     name = "median_line"
    ...
    ...     def estimate(self, y, x):
    ...         low = x[:, 0] <= np.median(x[:, 0])
    ...         left, right = np.median(x[low, 0]), np.median(x[~low, 0])
    ...         slope = (np.median(y[~low]) - np.median(y[low])) / (right - left)
    ...         return np.median(y[low]) - slope * left, [slope]
    >>> from eventstudy import EventStudy
    >>> model = EventStudy(model=MedianLine("SPX")).model
    >>> model.factors, model.factors_key, model.sync, model.n_parameters, model.min_sessions
    (('SPX',), 'benchmark', None, 2, 4)
    >>> model.coefficient_names, model.reach, model.rolling, model.has_variance
    (('alpha', 'beta'), (0, 0), False, False)
    >>> MODELS.remove("median_line")
    """

    __slots__ = ()

    name: ClassVar[str]
    """The name it is registered under."""

    requires: ClassVar[str] = ""
    """An optional package it needs; the manifest names its version."""

    is_given: ClassVar[bool] = False
    """Whether nothing is estimated but the variance, so that a study can do without it."""

    fallback_reason: ClassVar[str] = "the model could not be estimated: least squares used instead"
    """The reason listed for a pair for which `estimate` returns None."""

    @property
    def factors(self) -> tuple[str, ...]:
        """Markets or columns whose returns the model uses: its ``benchmark``, if it has one."""
        benchmark = getattr(self, "benchmark", None)
        return () if benchmark is None else (benchmark,)

    @property
    def factors_key(self) -> str:
        """The field, and key of a study file, that names its factors."""
        return "benchmark" if hasattr(self, "benchmark") else "factors"

    @property
    def sync(self) -> str | None:
        """How factor returns are paired in time; None takes the study's default."""
        return None

    @property
    def n_parameters(self) -> int:
        """Estimated coefficients k: the constant and one a factor."""
        return 1 + len(self.factors)

    @property
    def min_sessions(self) -> int:
        """Fewest usable estimation sessions the model can be estimated from."""
        return self.n_parameters + 2

    @property
    def reach(self) -> tuple[int, int]:
        """Sessions before and after its own that a session's regressors come from."""
        return (0, 0)

    @property
    def rolling(self) -> bool:
        """Whether every event session has a model of its own, from windows that move with it."""
        return False

    @property
    def has_variance(self) -> bool:
        """Whether the model forecasts a variance of its own."""
        return False

    @property
    def coefficient_names(self) -> tuple[str, ...]:
        """Names of intercept and slopes in ``models.csv``."""
        names = self.factors
        return ("alpha", "beta") if len(names) == 1 else ("alpha", *(f"beta_{n}" for n in names))

    def check_windows(self, estimation: EstimationWindow, event: Window) -> None:
        """Refuse windows the model cannot work with.

        Examples
        --------
        >>> import eventstudy as es
        >>> model = es.MarketModel("SPX", rolling=True)
        >>> model.check_windows(es.Window(-250, -21), es.Window(-5, 5))
        >>> model.check_windows(es.Window(-250, -11), es.Window(-5, 5))
        Traceback (most recent call last):
            ...
        eventstudy.exceptions.SpecificationError: model.rolling = true moves windows.estimation
            [-250,-11] to end at session -1 for session 5, inside windows.event [-5,+5]; end it
            before session -15
        """
        if not self.rolling:
            return
        self.needs_window_before(estimation, event, "model.rolling = true")
        end = estimation.end + event.length - 1
        if end >= event.start:
            raise SpecificationError(
                f"model.rolling = true moves windows.estimation {estimation} to end at session "
                f"{end} for session {event.end}, inside windows.event {event}; end it before "
                f"session {event.start - event.length + 1}",
                key="model.rolling",
            )

    def needs_window_before(self, estimation: EstimationWindow, event: Window, what: str) -> None:
        """Refuse an estimation window that is not one window before the event window.

        Examples
        --------
        >>> import eventstudy as es
        >>> model = MedianLine("SPX")
        >>> model.needs_window_before(es.Window(-60, 0), es.Window(0, 5), "median_line")
        Traceback (most recent call last):
            ...
        eventstudy.exceptions.SpecificationError: median_line goes on from the estimation window
            to the event window: windows.estimation [-60,0] must be one window before session 0
        """
        if not isinstance(estimation, Window) or estimation.end >= event.start:
            raise SpecificationError(
                f"{what} goes on from the estimation window to the event window: "
                f"windows.estimation {estimation} must be one window before session {event.start}"
            ).at(key="windows.estimation")

    def design(
        self, factors: FloatArray, names: tuple[str, ...]
    ) -> tuple[FloatArray, tuple[str, ...]]:
        """Regressors ``(N, T, K)`` and their names, from the factor returns ``(N, T, F)``.

        Examples
        --------
        >>> import eventstudy as es
        >>> benchmark = np.array([[[0.01], [0.02], [0.03]]])  # (N, T, F)
        >>> x, names = es.Dimson("SPX", lags=1, leads=0).design(benchmark, ("SPX",))
        >>> names
        ('SPX_lag1', 'SPX')
        >>> x[0].tolist()
        [[nan, 0.01], [0.01, 0.02], [0.02, 0.03]]
        """
        return factors, names

    def estimate(
        self,
        y: FloatArray,
        x: FloatArray,
    ) -> tuple[float, FloatArray] | None:
        """Estimate one pair: its intercept and its ``(K,)`` slopes.

        Parameters
        ----------
        y : ``(M,)`` decimal returns of the estimation sessions, none missing
        x : ``(M, K)`` regressors on the same sessions

        Returns
        -------
        None where it cannot be done: least squares takes its place, and the pair is listed.

        Examples
        --------
        >>> x = np.array([[-0.02], [-0.01], [0.01], [0.02]])
        >>> alpha, slopes = MedianLine("SPX").estimate(0.001 + 0.5 * x[:, 0], x)
        >>> round(float(alpha), 4), round(float(slopes[0]), 4)
        (0.001, 0.5)
        """
        raise NotImplementedError(f"model {self.name!r} defines neither estimate nor fit")

    def fit(self, sample: EstimationSample) -> ModelFit:
        """Estimate every pair; residual variance ``RSS/(M-k)``, forecast error as for OLS.

        Examples
        --------
        >>> import eventstudy as es
        >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, beta=1.2)
        >>> results = es.event_study(
        ...     events, prices, model=MedianLine("BMK"), markets=["M01", "M02"], draws=0
        ... )
        >>> results.models[["n_obs", "beta"]].iloc[0].round(2).to_dict()
        {'n_obs': 200.0, 'beta': 1.34}
        """
        ls = sample.least_squares()
        intercept, slopes = ls.intercept.copy(), ls.slopes.copy()
        fallback = np.zeros(len(intercept), dtype=bool)
        y, x = sample.observations()
        valid = np.isfinite(y) & np.isfinite(x).all(axis=-1)
        enough = (ls.n >= self.min_sessions) & ~ls.singular
        estimated = sample.of_each(self.estimate, np.flatnonzero(enough), y, x, valid)
        for pair, coefficients in zip(np.flatnonzero(enough), estimated, strict=True):
            if coefficients is None:
                fallback[pair] = True
            else:
                try:
                    intercept[pair], slopes[pair] = coefficients
                except (TypeError, ValueError) as error:
                    raise SpecificationError(
                        f"model {self.name!r}: estimate must return the intercept and "
                        f"{slopes.shape[1]} slopes, or None; got {coefficients!r}"
                    ) from error
        return fitted(self, sample, ls, intercept, slopes, fallback=fallback)


def _check_model(model: object) -> None:
    """Raise what is wrong with a class that was registered as a model."""
    if not (isinstance(model, type) and issubclass(model, NormalReturnModel)):
        raise SpecificationError(f"{model!r} is no subclass of NormalReturnModel")
    if is_dataclass(model):
        keys_of(model)


MODELS: Registry[type[NormalReturnModel]] = Registry("model", "eventstudy.models", _check_model)


def fit_model(model: NormalReturnModel, sample: EstimationSample) -> ModelFit:
    """Estimate every pair; a fault of another distribution's model names that distribution."""
    with named_faults(type(model), f"model {model.name!r}", key="model.name"):
        return model.fit(sample)


def model_keys(model: type[NormalReturnModel]) -> tuple[str, ...]:
    """Return the fields of a model's class, which are its keys in a study file."""
    if not is_dataclass(model):
        return ()
    return tuple(field.name for field in fields(model))


def residual_sigma(rss: FloatArray, df: FloatArray, mean_square: FloatArray) -> FloatArray:
    """``sqrt(rss/df)``, with NaN where the fit is exact or no degree of freedom is left."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(df > 0, rss / np.where(df > 0, df, 1.0), np.nan)
        sigma = np.sqrt(np.where(variance > _EXACT_FIT * mean_square, variance, np.nan))
    return np.asarray(sigma, dtype=np.float64)


def fit_least_squares(model: NormalReturnModel, sample: EstimationSample) -> ModelFit:
    """Estimate every pair by least squares."""
    ls = sample.least_squares()
    return _finished(model, ls, ls.intercept, ls.slopes, ls.rss)


def fitted(
    model: NormalReturnModel,
    sample: EstimationSample,
    ls: LeastSquares,
    intercept: FloatArray,
    slopes: FloatArray,
    *,
    fallback: BoolArray | None = None,
) -> ModelFit:
    """Return the fit of models whose coefficients were not estimated by least squares.

    ``s^2 = RSS/(M-k)`` with the residuals of these coefficients over all M sessions; the forecast
    error has the shape it has for least squares `ls` on the same sessions.
    """
    y, x = sample.observations()
    residuals = y - intercept[:, None] - np.einsum("plk,pk->pl", x, slopes)
    rss = np.where(np.isfinite(residuals), residuals**2, 0.0).sum(axis=1)
    rss[~np.isfinite(intercept + slopes.sum(axis=1))] = np.nan
    return replace(
        _finished(model, ls, intercept, slopes, rss),
        fallback=fallback,
        fallback_reason=model.fallback_reason,
    )


def _finished(
    model: NormalReturnModel,
    ls: LeastSquares,
    intercept: FloatArray,
    slopes: FloatArray,
    rss: FloatArray,
) -> ModelFit:
    df = (ls.n - model.n_parameters).astype(np.float64)
    n = np.maximum(ls.n, 1)
    y_mean = ls.intercept + np.einsum("pk,pk->p", ls.slopes, ls.x_mean)
    sigma = residual_sigma(rss, df, ls.tss / n + y_mean**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        r_squared = 1.0 - rss / ls.tss
    return ModelFit(
        model=model.name,
        intercept=intercept,
        slopes=slopes,
        n_obs=ls.n,
        n_parameters=model.n_parameters,
        df=df,
        sigma=sigma,
        r_squared=r_squared,
        mean_weight=1.0 / n,
        x_mean=ls.x_mean,
        x_precision=ls.x_precision,
        coefficients=np.column_stack([intercept, slopes]),
        coefficient_names=model.coefficient_names,
        failed=ls.singular | ~np.isfinite(sigma),
    )
