"""What a study was and what it was run on, for manifest.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventstudy.events.table import Events
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.study.setting import Setting
    from eventstudy.study.specification import Specification

_MODEL: Final = {
    "name": str, "?benchmark": str, "?others": [str], "?factors": [str], "?donors": [str],
}  # fmt: skip
_SHAPE: Final = {
    "study": {
        "title": str,
        "events": {"ambiguous": str},
        "prices": {"kind": str, "?source": str},
        "windows": {"estimation": list, "event": (int, int), "car": [(int, int)]},
        "sample": {"min_obs": int},
        "statistics": {"names": [str], "by": [str], "?alternative": str, "?sign": str},
        "model": _MODEL | {"?beside": _MODEL},
    },
    "sync": str,
    "seed": int,
    "inputs": {},
    "markets": {"*": {"label": str, "?up": str}},
    "calendars": {},
    "versions": {},
    "?same_pairs": {"*": str},
    "?assumed": [str],
    "?caveats": [{"text": str, "column": str, "value": str}],
    "?beside": {"factors": [str], "sync": str},
    "?conventions": {"?name": str, "?source": str, "?remark": str},
    "?placebo_fallback": {"positions": int, "of": int, "reason": str},
}
"""What is read of a manifest: keys, ``?`` one it may lack, ``*`` any; lists and pairs of what."""
_NEVER_EMPTY: Final = ("study.windows.car", "study.statistics.names", "markets")


def unlike_a_manifest(manifest: Mapping[str, Any]) -> str:
    """Return the first key of a manifest that is not as `study_manifest` writes it, or nothing.

    Examples
    --------
    >>> unlike_a_manifest({"study": {"title": 1}})
    'study.title'
    """
    return next(_unlike(manifest, _SHAPE, ""), "")


def _unlike(value: object, shape: Any, key: str) -> Iterator[str]:  # noqa: ANN401 - nested
    if not _is_like(value, shape, key):
        yield key
        return
    for part, inner, name in _parts(value, shape, key):
        yield from _unlike(part, inner, name)


def _is_like(value: object, shape: Any, key: str) -> bool:  # noqa: ANN401 - nested
    if isinstance(shape, type):
        return isinstance(value, shape) and not (shape is int and isinstance(value, bool))
    if not isinstance(value, dict if isinstance(shape, dict) else list):
        return False
    is_full = len(value) == len(shape) if isinstance(shape, tuple) else True
    return is_full and bool(value or key not in _NEVER_EMPTY)


def _parts(value: Any, shape: Any, key: str) -> Iterator[tuple[object, Any, str]]:  # noqa: ANN401
    """Yield what a value holds, with its shape and key; None for a key that is missing."""
    if isinstance(shape, list | tuple):
        inner = shape if isinstance(shape, tuple) else shape * len(value)
        yield from zip(value, inner, [key] * len(value), strict=True)
    elif isinstance(shape, dict):
        for name, inner in shape.items():
            bare = name.removeprefix("?")
            for part in value if name == "*" else (bare,):
                if part in value or name == bare:
                    yield value.get(part), inner, f"{key}.{part}".lstrip(".")


def beside_facts(setting: Setting, returns: ReturnsPanel) -> dict[str, object]:
    """Return what results are beyond, by the second model, and how that was paired."""
    factors = setting.factors if setting.benchmark is None else (setting.benchmark,)
    return {"factors": [series.market.label for series in factors], "sync": returns.pairing}


def study_manifest(
    study: Specification,
    events: Events,
    prices: PricePanel,
    setting: Setting,
    returns: ReturnsPanel,
    shown: Sequence[MarketSeries] = (),
) -> dict[str, object]:
    """Return the specification, names and hashes of the inputs, markets, seed and versions.

    `shown` are the markets and benchmarks whose calendars are named; those of `setting` by default.
    """
    import platform
    from importlib.metadata import version
    from importlib.util import find_spec

    calendars = {series.name: series.calendar.version for series in shown or setting.with_benchmark}
    packages = ["market-reaction", "numpy", "pandas", "scipy", "statsmodels", "exchange_calendars"]
    for model in (study.model, study.beside):
        if model is not None and model.requires and model.requires not in packages:
            packages.append(model.requires)
    if study.overlap == "joint" or study.cross_section is not None:
        packages += [name for name in ("linearmodels",) if find_spec(name) is not None]
    if study.cross_section is not None and study.cross_section.formula is not None:
        packages.append("formulaic")
    return {
        "tool": "eventstudy",
        "study": study.to_dict(),
        "sync": returns.pairing,
        "seed": study.seed,
        "inputs": {
            "events": {"name": events.name, "sha256": events.sha256},
            "prices": {"name": prices.name, "sha256": prices.sha256}
            | ({"parts": [list(part) for part in prices.inputs]} if prices.inputs else {}),
        }
        | (
            {"securities": {"name": known.name, "sha256": known.sha256}}
            if (known := prices.securities) is not None
            else {}
        ),
        "markets": {
            market.name: {"label": market.label, "up": market.up, "inverse": market.inverse}
            for market in setting.markets
        },
        "calendars": calendars,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in packages},
    }
