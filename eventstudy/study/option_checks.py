"""What a study refuses of single numbers, names and models, in a sentence that names the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from eventstudy._typing import Sync
from eventstudy.conventions import CONVENTIONS
from eventstudy.exceptions import SpecificationError
from eventstudy.io.toml_keys import LARGEST_WHOLE, TEXT, TEXTS, Key, are_texts
from eventstudy.markets.market import Market
from eventstudy.models import NormalReturnModel
from eventstudy.registry import choose
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from eventstudy._typing import Volatility
    from eventstudy.windows import EstimationWindow, Window


MARKETS = Key(
    'a list of texts such as ["a", "b"], or "events"',
    lambda value: value == "events" or are_texts(value),
    shape={"anyOf": [{"const": "events"}, TEXTS.shape]},
)
"""What the key ``markets`` takes."""

CONVENTION = replace(TEXT, options=CONVENTIONS.names, noun="convention")
"""What the key ``conventions.like`` takes."""


def at_least(key: str, value: float, least: float, *, whole: bool = True) -> None:
    """Raise a sentence when `value` is not a (whole) number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not value >= least:
        shown = excerpt(repr(value))
        raise SpecificationError(f"{key} is {shown}; it must be at least {least:g}", key=key)
    if value > LARGEST_WHOLE:
        raise SpecificationError(f"{key} is beyond 10**18", key=key)
    if whole and not isinstance(value, Integral):
        raise SpecificationError(f"{key} is {value!r}; it must be a whole number", key=key)


def market_name(key: str, value: object) -> str:
    """Return the name of a market as text; a permno that came as a number is its digits."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Real) and not isinstance(value, bool) and float(value).is_integer():
        return str(int(float(value)))
    raise SpecificationError(
        f"{key} holds {value!r}, which is no name of a market; write it as text, such as 'N225'",
        key=key,
    )


def checked_markets(values: object) -> tuple[Market, ...]:
    """Return the markets a study declares; refuse what is none."""
    given = [*values] if isinstance(values, Iterable) else [values]
    markets = tuple(one for one in given if isinstance(one, Market))
    if not isinstance(values, Iterable) or len(markets) < len(given):
        shown = excerpt(repr(next((one for one in given if not isinstance(one, Market)), values)))
        raise SpecificationError(
            f"declared: expected a list of Market, got {shown}", key="declared"
        )
    return markets


def distinct_names(key: str, values: Iterable[str] | str) -> tuple[str, ...]:
    """Return names as a tuple; a sentence is raised where there are none or one comes twice."""
    names = (values,) if isinstance(values, str) else tuple(values)
    if not names:
        raise SpecificationError(f"{key} is empty", key=key)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise SpecificationError(f"{key} names {twice[0]!r} twice", key=key)
    return names


def market_names(key: str, values: object) -> tuple[str, ...] | Literal["events"]:
    """Return the names of markets, or the word for those that the events name."""
    if isinstance(values, str) and values == "events":
        return "events"
    several = values if isinstance(values, Iterable) and not isinstance(values, str) else (values,)
    return distinct_names(key, tuple(market_name(key, value) for value in several))


def checked_model(key: str, model: object) -> NormalReturnModel:
    """Return a model whose benchmark is a name and whose pairing is known.

    Parameters
    ----------
    key
        ``model`` or ``model.beside``.
    model
        What was given.

    Raises
    ------
    SpecificationError
        It is no model, or its benchmark is no name.
    """
    if not isinstance(model, NormalReturnModel):
        raise SpecificationError(
            f"expected a model such as MarketModel('SPX'), got {model!r}", key=key
        )
    if model.sync is not None:
        choose(model.sync, get_args(Sync), f"{key}.sync")
    benchmark = getattr(model, "benchmark", "")
    if isinstance(benchmark, str):
        return model
    given: Any = model
    return cast(
        "NormalReturnModel",
        replace(given, benchmark=market_name(f"{key}.benchmark", benchmark)),
    )


def check_room(
    key: str,
    model: NormalReturnModel,
    *,
    estimation: EstimationWindow,
    event: Window,
    min_obs: float,
    volatility: Volatility,
) -> None:
    """Raise a sentence where a model cannot be estimated in these windows.

    Parameters
    ----------
    key
        ``model`` or ``model.beside``.
    model
        One of `checked_model`.
    estimation, event, min_obs, volatility
        Of the study.

    Raises
    ------
    SpecificationError
        Too few sessions, or a volatility the model does not have.
    """
    try:
        model.check_windows(estimation, event)
    except SpecificationError as error:
        raise error if key == "model" else error.under(key) from error
    if min_obs or not model.is_given:
        at_least("sample.min_obs", min_obs, model.min_sessions)
    if volatility == "garch" and not model.has_variance:
        other = "model itself" if key == "model" else f"model itself, of {key}, too"
        raise SpecificationError(
            f'statistics.volatility = "garch" is the volatility of the {other}; '
            f"model {model.name!r} has none, but garch, egarch and gjr_garch do",
            key="statistics.volatility",
        )
    reach = sum(model.reach)
    length = sum(max(0, part.length - reach) for part in estimation.parts)
    if length < min_obs:
        raise SpecificationError(
            f"windows.estimation {estimation} has {length} sessions"
            + (" whose lags and leads lie inside it" if reach else "")
            + f", fewer than sample.min_obs = {min_obs}; no pair could be kept",
            key="windows.estimation",
        )


def check_convention(name: str | None, model: NormalReturnModel, min_obs: float) -> None:
    """Raise a sentence where the tests of other software have no residual variance to take."""
    if name is None:
        return
    reason = ""
    if not min_obs:
        reason = "with sample.min_obs = 0 nothing is estimated"
    elif model.has_variance or model.rolling:
        reason = f"model {model.name!r} has another one for every session"
    if reason:
        raise SpecificationError(
            f"conventions.like = {name!r} needs one residual variance a pair, and {reason}; leave "
            "it out",
            key="conventions.like",
        )
