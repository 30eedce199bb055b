"""What a study was and what it was run on, for manifest.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.events.table import Events
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.study.setting import Setting
    from eventstudy.study.specification import Specification


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
