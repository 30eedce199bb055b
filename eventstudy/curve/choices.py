"""The choices of a specification curve, and the specifications they make."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, cast, get_args

from eventstudy import _typing
from eventstudy.exceptions import SpecificationError
from eventstudy.io.toml_keys import (
    ESTIMATIONS,
    FLAGS,
    NO_KEY,
    TEXTS,
    WINDOWS,
    keys_of,
    some_of,
    takes,
)
from eventstudy.models import MODELS, MarketModel
from eventstudy.registry import choose, unknown
from eventstudy.study.call_wording import in_words_of_the_file
from eventstudy.study.option_checks import at_least
from eventstudy.windows import EstimationWindow, Window, estimation_window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventstudy._typing import AmbiguousPolicy, ReturnKind
    from eventstudy.models import NormalReturnModel
    from eventstudy.study.specification import Specification

CHOICES = {
    "models": "model",
    "benchmarks": "benchmark",
    "sync": "sync",
    "estimation": "estimation",
    "car": "car",
    "ambiguous": "ambiguous",
    "kind": "kind",
    "mask_events": "mask_events",
}
"""Key of a choice -> its column in the specifications."""
MOST = 500
NONE = ""
"""What the benchmark and the sync of a model without a factor are called."""

_MODELS = ("constant_mean", "market_adjusted", "market_model")
_NOT_FX = "market_adjusted"
_CAR = (Window(0, 0), Window(0, 1), Window(-1, 1), Window(0, 2))
_SHORTER = (0.75, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Every value of every choice, each once, in the order given; its fields are keys of a file."""

    models: tuple[str, ...] = field(
        metadata=takes(replace(TEXTS, options=MODELS.names, noun="model"))
    )
    benchmarks: tuple[str, ...]
    sync: tuple[str, ...] = field(metadata=takes(some_of(*get_args(_typing.Sync))))
    estimation: tuple[EstimationWindow, ...] = field(metadata=takes(ESTIMATIONS))
    car: tuple[Window, ...] = field(metadata=takes(WINDOWS))
    ambiguous: tuple[AmbiguousPolicy, ...] = field(
        metadata=takes(some_of(*get_args(_typing.AmbiguousPolicy)))
    )
    kind: tuple[ReturnKind, ...] = field(metadata=takes(some_of(*get_args(_typing.ReturnKind))))
    mask_events: tuple[bool, ...] = field(metadata=takes(FLAGS))
    most: int = field(default=MOST, metadata=NO_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSpecification:
    """One specification of the list.

    Attributes
    ----------
    values : the value of each choice, as text; `NONE` where it has no meaning
    study : what it asks, all but the CAR window; None where the choices contradict each other
    window : the CAR window
    reason : why it cannot be carried out, else empty
    own : whether the study itself asks for it
    """

    values: dict[str, str]
    study: Specification | None
    window: Window
    reason: str
    own: bool


def choices_of(
    study: Specification,
    given: Mapping[str, Any] | None = None,
    *,
    sync: str = "asof",
    has_fx: bool = False,
) -> Choices:
    """Return what is listed in `given`, and for every key left out its default.

    Parameters
    ----------
    study
        The study the choices are about; its own values are the first of each default.
    given
        By the keys of `CHOICES`, and ``max``, the most specifications there may be.
    sync
        What the study pairs factors by where its model does not say.
    has_fx
        Whether a currency is among the markets: its beta on an index is far from 1, so that the
        default has no market-adjusted returns.

    Raises
    ------
    SpecificationError
        An unknown key or value, or an empty list.
    """
    given = dict(given or {})
    most = given.pop("max", MOST)
    at_least("curve.max", most, 1)
    for key in given:
        if key not in CHOICES:
            raise unknown(f"curve: unknown key {key!r}", key, CHOICES, key=f"curve.{key}")
    model = study.model
    benchmark = getattr(model, "benchmark", None) or MarketModel().benchmark
    defaults: dict[str, Iterable[Any]] = {
        "models": (model.name, *(n for n in _MODELS if not (has_fx and n == _NOT_FX))),
        "benchmarks": (benchmark,),
        "sync": (model.sync or sync,),
        "estimation": _estimation_windows(study),
        "car": (
            *study.car_windows,
            *(window for window in _CAR if study.event_window.contains(window)),
        ),
        "ambiguous": (study.ambiguous,),
        "kind": (study.kind,),
        "mask_events": (study.mask_events,),
    }
    values: dict[str, tuple[Any, ...]] = {
        key: tuple(dict.fromkeys(_checked_items(key, given[key]) if key in given else default))
        for key, default in defaults.items()
    }
    return Choices(**values, most=int(most))


def _estimation_windows(study: Specification) -> list[EstimationWindow]:
    """The study's own, and shorter ones that end where it does and leave enough sessions."""
    window = study.estimation_window
    windows: list[EstimationWindow] = [window]
    if isinstance(window, Window):
        lengths = [int(share * window.length) for share in _SHORTER]
        windows += [Window(window.end - n + 1, window.end) for n in lengths if n >= study.min_obs]
    return windows


def _checked_items(key: str, value: object) -> list[Any]:
    """Return the values of one choice, checked."""
    label = f"curve.{key}"
    values = [value] if isinstance(value, str | bool | Window) else value
    try:
        items = list(cast("Iterable[Any]", values))
    except TypeError:
        raise SpecificationError(f"{label} must be a list, got {value!r}", key=label) from None
    if not items:
        raise SpecificationError(f"{label} is empty; list a value or leave the key out", key=label)
    if key == "estimation":
        return [estimation_window(item, what=label) for item in items]
    if key == "car":
        return [Window.of(item, what=label) for item in items]
    if key == "mask_events":
        for item in items:
            if not isinstance(item, bool):
                raise SpecificationError(f"{label} lists true or false, got {item!r}", key=label)
        return items
    options = keys_of(Choices)[key].choices
    for item in items:
        if key == "benchmarks":
            if not isinstance(item, str) or not item.strip():
                raise SpecificationError(
                    f"{label} lists names of markets or columns, got {item!r}", key=label
                )
        else:
            choose(item, options, f"{label} value", key=label)
    return items


def list_specifications(
    study: Specification, choices: Choices, *, sync: str, is_mixed: bool = False
) -> list[ListedSpecification]:
    """Return every combination that has a meaning of its own, once.

    `sync` is the study's own pairing; `is_mixed`, whether it holds for those markets alone that
    have closing times.

    Raises
    ------
    SpecificationError
        There are more than `choices` allows.
    """
    models = [
        (name, benchmark, policy)
        for name in choices.models
        for benchmark in (choices.benchmarks if _has_field(name, "benchmark") else (NONE,))
        for policy in (choices.sync if _has_field(name, "sync") else (NONE,))
    ]
    data = list(product(models, choices.estimation, choices.ambiguous, choices.kind))
    total = len(data) * len(choices.mask_events) * len(choices.car)
    if total > choices.most:
        raise SpecificationError(
            f"curve: the choices make {total:,} specifications, more than max = {choices.most:,}; "
            "list fewer values, or allow more with curve.max"
        ).at(key="curve.max")
    own_model = (
        study.model.name,
        getattr(study.model, "benchmark", NONE),
        (study.model.sync or sync) if _has_field(study.model.name, "sync") else NONE,
    )
    specifications: list[ListedSpecification] = []
    for (model, estimation, ambiguous, kind), mask in product(data, choices.mask_events):
        written = None if is_mixed and model[2] == sync else model[2]
        chosen = (model[0], model[1], written)
        variant, reason = _variant(study, chosen, estimation, ambiguous, kind, mask)
        is_own = (model, estimation, ambiguous, kind, mask) == (
            own_model, study.estimation_window, study.ambiguous, study.kind, study.mask_events,
        )  # fmt: skip
        for window in choices.car:
            why = reason
            if not why and not study.event_window.contains(window):
                why = f"the CAR window is not inside windows.event {study.event_window}"
            specifications.append(
                ListedSpecification(
                    values={
                        "model": model[0],
                        "benchmark": model[1],
                        "sync": model[2],
                        "estimation": str(estimation),
                        "car": str(window),
                        "ambiguous": ambiguous,
                        "kind": kind,
                        "mask_events": "yes" if mask else "no",
                    },
                    study=variant,
                    window=window,
                    reason=why,
                    own=is_own and window in study.car_windows,
                )
            )
    return specifications


def _has_field(name: str, field: str) -> bool:
    model = cast("Any", MODELS[name].value)
    return is_dataclass(model) and field in {item.name for item in fields(model)}


def _variant(
    study: Specification,
    model: tuple[str, str, str | None],
    estimation: EstimationWindow,
    ambiguous: AmbiguousPolicy,
    kind: ReturnKind,
    mask: bool,
) -> tuple[Specification | None, str]:
    """The study with these choices, or why there is none."""
    try:
        with in_words_of_the_file():  # as all reasons of a curve are
            return replace(
                study,
                model=_model(study.model, *model),
                estimation_window=estimation,
                ambiguous=ambiguous,
                kind=kind,
                mask_events=mask,
            ), ""
    except SpecificationError as error:
        return None, str(error)


def _model(
    model: NormalReturnModel, name: str, benchmark: str, sync: str | None
) -> NormalReturnModel:
    """Return a model by name; the study's own keeps what else it says of itself."""
    settings: dict[str, Any] = {}
    if benchmark != NONE:
        settings["benchmark"] = benchmark
    if sync != NONE:
        settings["sync"] = sync
    if name == model.name:
        return (
            cast("NormalReturnModel", replace(cast("Any", model), **settings))
            if settings
            else model
        )
    for key in ("factors", "donors"):
        if _has_field(name, key):
            raise SpecificationError(
                f"model {name!r} needs model.{key}, which only a study of that model names"
            ).at(key="curve.models")
    return cast("NormalReturnModel", cast("Any", MODELS[name].value)(**settings))
