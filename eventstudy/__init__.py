"""Event studies of news on markets that trade at different hours.

This module is the public face and defines nothing: every name is fetched from its room when it is
first asked for, so that ``import eventstudy`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy._studyprices import SOURCES, PriceSource
    from eventstudy.activity import Activity
    from eventstudy.alignment import align
    from eventstudy.calibration import Calibration, calibrate
    from eventstudy.checks import inspect_prices
    from eventstudy.classification import (
        EventBuild,
        Label,
        classify,
        load_rules,
        read_overrides,
    )
    from eventstudy.cross_section import CrossSection
    from eventstudy.curve import SpecificationCurve, specification_curve
    from eventstudy.datasets import load_article_items, load_events, load_prices
    from eventstudy.events import Events, check_events, read_events
    from eventstudy.exceptions import (
        CalendarError,
        CoverageError,
        DataError,
        EventStudyError,
        EventStudyWarning,
        NotApplicableError,
        SchemaError,
        SourceError,
        SpecificationError,
    )
    from eventstudy.inference import STATISTICS, register
    from eventstudy.intraday import IntradayBars, IntradayResults, IntradayStudy, read_bars
    from eventstudy.markets import Market
    from eventstudy.models import (
        MODELS,
        ConstantMean,
        Dimson,
        Egarch,
        FactorModel,
        Garch,
        GjrGarch,
        MarketAdjusted,
        MarketModel,
        NormalReturnModel,
        RobustMarketModel,
        ScholesWilliams,
    )
    from eventstudy.news import News
    from eventstudy.prices import PricePanel, join_panels
    from eventstudy.results import EventStudyResults, load_results
    from eventstudy.simulation import simulate_panel
    from eventstudy.sources.fetch import fetch_prices
    from eventstudy.sources.french import read_factors
    from eventstudy.sources.news import read_news
    from eventstudy.sources.prices import read_prices
    from eventstudy.sources.sql import read_sql_prices
    from eventstudy.study import EventStudy
    from eventstudy.studyfile import StudyFile, bundled_study, read_study
    from eventstudy.windows import Window

    __version__: str

__all__ = [
    "MODELS",
    "SOURCES",
    "STATISTICS",
    "Activity",
    "CalendarError",
    "Calibration",
    "ConstantMean",
    "CoverageError",
    "CrossSection",
    "DataError",
    "Dimson",
    "Egarch",
    "EventBuild",
    "EventStudy",
    "EventStudyError",
    "EventStudyResults",
    "EventStudyWarning",
    "Events",
    "FactorModel",
    "Garch",
    "GjrGarch",
    "IntradayBars",
    "IntradayResults",
    "IntradayStudy",
    "Label",
    "Market",
    "MarketAdjusted",
    "MarketModel",
    "News",
    "NormalReturnModel",
    "NotApplicableError",
    "PricePanel",
    "PriceSource",
    "RobustMarketModel",
    "SchemaError",
    "ScholesWilliams",
    "SourceError",
    "SpecificationCurve",
    "SpecificationError",
    "StudyFile",
    "Window",
    "__version__",
    "align",
    "bundled_study",
    "calibrate",
    "check_events",
    "classify",
    "fetch_prices",
    "inspect_prices",
    "join_panels",
    "load_article_items",
    "load_events",
    "load_prices",
    "load_results",
    "load_rules",
    "read_bars",
    "read_events",
    "read_factors",
    "read_news",
    "read_overrides",
    "read_prices",
    "read_sql_prices",
    "read_study",
    "register",
    "simulate_panel",
    "specification_curve",
]

_ROOMS = {
    "_studyprices": ("SOURCES", "PriceSource"),
    "activity": ("Activity",),
    "alignment": ("align",),
    "calibration": ("Calibration", "calibrate"),
    "classification": ("EventBuild", "Label", "classify", "load_rules", "read_overrides"),
    "checks": ("inspect_prices",),
    "cross_section": ("CrossSection",),
    "curve": ("SpecificationCurve", "specification_curve"),
    "datasets": ("load_article_items", "load_events", "load_prices"),
    "events": ("Events", "check_events", "read_events"),
    "exceptions": (
        "CalendarError",
        "CoverageError",
        "DataError",
        "EventStudyError",
        "EventStudyWarning",
        "NotApplicableError",
        "SchemaError",
        "SourceError",
        "SpecificationError",
    ),
    "inference": ("STATISTICS", "register"),
    "intraday": ("IntradayBars", "IntradayResults", "IntradayStudy", "read_bars"),
    "markets": ("Market",),
    "models": (
        "MODELS",
        "ConstantMean",
        "Dimson",
        "Egarch",
        "FactorModel",
        "Garch",
        "GjrGarch",
        "MarketAdjusted",
        "MarketModel",
        "NormalReturnModel",
        "RobustMarketModel",
        "ScholesWilliams",
    ),
    "news": ("News",),
    "prices": ("PricePanel", "join_panels"),
    "results": ("EventStudyResults", "load_results"),
    "simulation": ("simulate_panel",),
    "sources.news": ("read_news",),
    "sources.fetch": ("fetch_prices",),
    "sources.french": ("read_factors",),
    "sources.prices": ("read_prices",),
    "sources.sql": ("read_sql_prices",),
    "study": ("EventStudy",),
    "studyfile": ("StudyFile", "bundled_study", "read_study"),
    "windows": ("Window",),
}
_HOME = {name: f"{__name__}.{room}" for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    value: object
    if name == "__version__":
        value = import_module("importlib.metadata").version("market-reaction")
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # the next look does not come here
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
