"""What a statistic is, and the registry of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.inference.moments import pair_moments, ratio_t
from eventstudy.inference.pvalues import normal_pvalue, student_pvalue
from eventstudy.plugins import named_faults
from eventstudy.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventstudy._typing import Alternative, BoolArray, FloatArray, IntArray, Quantity
    from eventstudy.inference.evidence import Evidence
    from eventstudy.inference.moments import Moments

S = TypeVar("S")


class Sided(Protocol):
    """What says which deviations from the null count: evidence, or who asks for an answer."""

    @property
    def alternative(self) -> Alternative:
        """``two-sided``, ``greater`` or ``less``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StatisticValues:
    """A statistic in ``B`` draws.

    Attributes
    ----------
    statistic, df, pvalue : ``(B,)``; `df` NaN for a normal or exact null
    std_error : ``(B,)`` of the mean abnormal return, where the test has one
    reason : why it is not available, where it is NaN
    note : what else a reader of the data's own value should know
    """

    statistic: FloatArray
    df: FloatArray
    pvalue: FloatArray
    std_error: FloatArray | None = None
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """A statistic in two steps, so that its pairs may come in blocks.

    Attributes
    ----------
    collect : sums of the pairs of some evidence, which have ``plus``; its second argument is what
        `first` found of all pairs, None without it
    conclude : the statistic of the sums of all pairs
    first : what must be known of all pairs before anything else is summed
    is_across : whether pairs of different blocks count together: the evidence holds those of
        earlier blocks whose windows may meet the new ones, too
    """

    collect: Callable[[Evidence, Any], Any]
    conclude: Callable[[Any, Sided], StatisticValues]
    first: Callable[[Evidence], Any] | None = None
    is_across: bool = False


Need = Literal["others", "surroundings"]
"""``others``: dates outside the group, all moved together; ``surroundings``: sessions nearby."""


class Located(Protocol):
    """A statistic of the means of units as a function of the effect that is in them.

    The effect, in daily conditional standard deviations, is taken out of the group's own dates
    wherever a draw holds them.
    """

    @property
    def effect(self) -> FloatArray:
        """Mean of ``Z``, ``(B,)``."""
        ...

    @property
    def scale(self) -> FloatArray:
        """Spread of ``Z`` between dates, ``(B,)``; NaN where it cannot be told."""
        ...

    @property
    def is_touched(self) -> BoolArray:
        """Whether a draw holds a session of the group's own dates, ``(B,)``."""
        ...

    def lines(self, which: BoolArray | IntArray) -> Located:
        """Return the same of some draws."""
        ...

    def turned(self) -> Located:
        """Return the same of the negative returns."""
        ...

    def less(self, effect: float) -> Located:
        """Return the same with `effect` taken out."""
        ...

    def statistic(self) -> FloatArray:
        """T, ``(B,)``."""
        ...

    def without(self, effect: float | FloatArray) -> FloatArray:
        """T with `effect` taken out, ``(B,)``: the statistic of `less`, cheaper.

        Of effects ``(V, 1)`` it returns ``(V, B)``.
        """
        ...

    def needed(self, critical: float, stretch: float | FloatArray = 1.0) -> FloatArray:
        """Return the effect that must be added to each draw for T to reach `critical`.

        With every ``Z`` of the draw multiplied by `stretch`; of ``(S, 1)`` it returns ``(S, B)``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A test: its null in words, what it assumes, its distribution, its source, its formula.

    Attributes
    ----------
    randomised : its p-value is its rank among its own draws
    directed : False when it has no direction, so that a one-sided p-value means nothing
    measured : False when its size is not measured over the placebo draws
    most_draws : how many of them a costly one is measured over at the most; None for all
    quantity : what it is about, the mean ``car`` or the mean ``bhar``: the row's estimate
    needs : what `Evidence` holds for it beside the group's own returns
    locate : of a randomised test of an effect, itself as a function of that effect
    summed : its formula in two steps, of one that pairs may be streamed to
    """

    name: str
    null: str
    assumes: str
    distribution: str
    source: str
    compute: Callable[[Evidence], StatisticValues]
    randomised: bool = False
    directed: bool = True
    measured: bool = True
    most_draws: int | None = None
    quantity: Quantity = "car"
    needs: frozenset[Need] = frozenset()
    locate: Callable[[Evidence, FloatArray | None], Located] | None = None
    summed: Summed | None = None


STATISTICS: Registry[Statistic] = Registry("statistic", "eventstudy.statistics")


def register(
    name: str,
    *,
    summary: str,
    null: str,
    assumes: str,
    distribution: str,
    source: str,
    randomised: bool = False,
    directed: bool = True,
    measured: bool = True,
    most_draws: int | None = None,
    quantity: Quantity = "car",
    needs: Iterable[Need] = (),
    locate: Callable[[Evidence, FloatArray | None], Located] | None = None,
    summed: Summed | None = None,
) -> Callable[[Callable[[Evidence], StatisticValues]], Callable[[Evidence], StatisticValues]]:
    """Return a decorator that files a formula as a named statistic.

    Parameters
    ----------
    name
        What studies, tables and the command line call it; no other statistic has it.
    summary
        One line for lists.
    null, assumes, distribution, source
        The null in words, what it assumes, its distribution under the null, and the paper.
    randomised, directed, measured, most_draws, quantity, needs, locate, summed
        As in `Statistic`.

    Returns
    -------
    A decorator for a function from `Evidence` to `StatisticValues`. The abnormal returns it tests
    are ``evidence.gather(evidence.window.car)``, decimal, shape ``(B, N)``: draws by pairs, NaN
    where a pair has none in the window. `t_values` and `z_values` make the p-values.

    Raises
    ------
    SpecificationError
        Another function is registered under `name`.

    Examples
    --------
    >>> @register(
    ...     "share_up", summary="share of positive abnormal returns", null="one half",
    ...     assumes="independent pairs", distribution="standard normal", source="Cowan (1992)",
    ... )
    ... def share_up(evidence):
    ...     cars = evidence.gather(evidence.window.car)
    ...     n = np.isfinite(cars).sum(axis=1)
    ...     return z_values(evidence, ((cars > 0).sum(axis=1) - n / 2) / np.sqrt(n / 4))
    >>> STATISTICS["share_up"].summary
    'share of positive abnormal returns'
    >>> STATISTICS.remove("share_up")
    """

    def file(
        compute: Callable[[Evidence], StatisticValues],
    ) -> Callable[[Evidence], StatisticValues]:
        STATISTICS.register(name, summary=summary, source=source)(
            Statistic(
                name=name,
                null=null,
                assumes=assumes,
                distribution=distribution,
                source=source,
                compute=_checked(name, compute),
                randomised=randomised,
                directed=directed,
                measured=measured,
                most_draws=most_draws,
                quantity=quantity,
                needs=frozenset(needs),
                locate=locate,
                summed=summed,
            )
        )
        return compute

    return file


def register_sums(
    name: str,
    *,
    collect: Callable[..., S],
    summary: str,
    null: str,
    assumes: str,
    distribution: str,
    source: str,
    first: Callable[[Evidence], Any] | None = None,
    is_across: bool = False,
    most_draws: int | None = None,
    quantity: Quantity = "car",
) -> Callable[[Callable[[S, Sided], StatisticValues]], Callable[[Evidence], StatisticValues]]:
    """Return a decorator that files what is concluded from sums over pairs as a statistic.

    Parameters
    ----------
    collect
        The sums of some evidence, a value with ``plus``. With `first`, it is given what that found
        of all pairs as well.
    first, is_across
        As in `Summed`.
    name, summary, null, assumes, distribution, source, most_draws, quantity
        As for `register`.

    Returns
    -------
    A decorator for a function of the sums and of who asks (`Sided`); it returns the statistic as a
    function of `Evidence`, by `collect` and the function decorated.

    Examples
    --------
    >>> from eventstudy.inference.sums import Totals
    >>> def signs(evidence):
    ...     cars = evidence.gather(evidence.window.car)
    ...     return Totals(((cars > 0).sum(axis=1), np.isfinite(cars).sum(axis=1)))
    >>> @register_sums(
    ...     "share_up", collect=signs, summary="share of positive abnormal returns",
    ...     null="one half", assumes="independent pairs", distribution="standard normal",
    ...     source="Cowan (1992)",
    ... )
    ... def share_up(sums, asked):
    ...     up, n = sums.parts
    ...     return z_values(asked, (up - n / 2) / np.sqrt(n / 4))
    >>> STATISTICS.remove("share_up")
    """

    def file(
        conclude: Callable[[S, Sided], StatisticValues],
    ) -> Callable[[Evidence], StatisticValues]:
        def collected(evidence: Evidence, known: object) -> S:
            return collect(evidence) if first is None else collect(evidence, known)

        def compute(evidence: Evidence) -> StatisticValues:
            known = None if first is None else first(evidence)
            return conclude(collected(evidence, known), evidence)

        compute.__name__, compute.__qualname__ = conclude.__name__, conclude.__qualname__
        compute.__module__, compute.__doc__ = conclude.__module__, conclude.__doc__
        compute.__wrapped__ = conclude  # type: ignore[attr-defined]  # where its source is
        return register(
            name,
            summary=summary,
            null=null,
            assumes=assumes,
            distribution=distribution,
            source=source,
            most_draws=most_draws,
            quantity=quantity,
            summed=Summed(collect=collected, conclude=conclude, first=first, is_across=is_across),
        )(compute)

    return file


def _checked(
    name: str, compute: Callable[[Evidence], StatisticValues]
) -> Callable[[Evidence], StatisticValues]:
    """Return `compute` with an answer of another kind or shape refused by the statistic's name."""

    @wraps(compute)
    def checked(evidence: Evidence) -> StatisticValues:
        with named_faults(compute, f"statistic {name!r}", key="statistics.names"):
            answer: object = compute(evidence)
        if not isinstance(answer, StatisticValues):
            was = "None" if answer is None else f"a {type(answer).__name__}"
            raise SpecificationError(
                f"statistic {name!r} returned {was}; it must return StatisticValues, which "
                "t_values and z_values make",
                key="statistics.names",
            )
        expected = (evidence.n_draws,)
        for field in ("statistic", "df", "pvalue"):
            shape = np.shape(getattr(answer, field))
            if shape != expected:
                raise SpecificationError(
                    f"statistic {name!r} returned {field} of shape {shape}; one value a draw, "
                    f"{expected}, is needed",
                    key="statistics.names",
                )
        return answer

    return checked


def t_values(
    asked: Sided,
    statistic: FloatArray,
    df: FloatArray,
    *,
    std_error: FloatArray | None = None,
    reason: str = "",
) -> StatisticValues:
    """P-values from Student's t, on the side that is asked for."""
    pvalue = student_pvalue(statistic, df, asked.alternative)
    return StatisticValues(
        statistic=statistic, df=df, pvalue=pvalue, std_error=std_error, reason=reason
    )


def z_values(asked: Sided, statistic: FloatArray, *, reason: str = "") -> StatisticValues:
    """P-values from the standard normal, on the side that is asked for."""
    pvalue = normal_pvalue(statistic, asked.alternative)
    return StatisticValues(
        statistic=statistic, df=np.full(len(statistic), np.nan), pvalue=pvalue, reason=reason
    )


def cross_section_t(evidence: Evidence, values: FloatArray, *, reason: str) -> StatisticValues:
    """``sqrt N mean / sd(N-1)`` of `values` ``(U,)`` over pairs, with its standard error."""
    return mean_t(pair_moments(evidence, values), evidence, reason=reason)


def mean_t(m: Moments, asked: Sided, *, reason: str) -> StatisticValues:
    """``sqrt N mean / sd(N-1)`` with its standard error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        std_error = m.sd / np.sqrt(m.n)
    return t_values(asked, ratio_t(m), m.n - 1.0, std_error=std_error, reason=reason)
