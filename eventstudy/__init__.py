"""Event studies of news on markets that trade at different hours.

This module is the public face and defines nothing: every name is fetched from its room when it is
first asked for, so that ``import eventstudy`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy.analyses.requests import Activity, CrossSection
    from eventstudy.calibration import Calibration, calibrate
    from eventstudy.conventions import CONVENTIONS, Conventions
    from eventstudy.curve import SpecificationCurve, specification_curve
    from eventstudy.datasets.bundled import load_article_items, load_events, load_prices
    from eventstudy.datasets.simulation import simulate_panel
    from eventstudy.events.alignment import align
    from eventstudy.events.reading import check_events, read_events
    from eventstudy.events.table import Events
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
    from eventstudy.execution import Execution
    from eventstudy.expectation.answer import Expectation
    from eventstudy.expectation.pipeline import expect
    from eventstudy.expectation.scores import Scores, score
    from eventstudy.inference import STATISTICS, register
    from eventstudy.intraday import IntradayBars, IntradayResults, IntradayStudy, read_bars
    from eventstudy.markets.market import Market
    from eventstudy.models import (
        MODELS,
        AugmentedMarketModel,
        ConstantMean,
        ControlGroup,
        Dimson,
        Egarch,
        FactorAdjusted,
        FactorModel,
        Garch,
        GjrGarch,
        MarketAdjusted,
        MarketModel,
        NormalReturnModel,
        Raw,
        RobustMarketModel,
        ScholesWilliams,
        SyntheticControl,
    )
    from eventstudy.news import News
    from eventstudy.news.classification import (
        EventBuild,
        Label,
        classify,
        load_classifier,
        load_rules,
        read_overrides,
    )
    from eventstudy.news.readers import read_news
    from eventstudy.prices.blocks import PriceBlocks
    from eventstudy.prices.checks import inspect_prices
    from eventstudy.prices.fetch import fetch_prices
    from eventstudy.prices.files.french import read_factors
    from eventstudy.prices.files.parquet_blocks import parquet_blocks
    from eventstudy.prices.files.reading import read_prices
    from eventstudy.prices.joined import join_panels
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.securities import Securities, read_securities
    from eventstudy.prices.sql import read_sql_prices, sql_blocks
    from eventstudy.replication import ReplicationResults, replicate, replications
    from eventstudy.reporting.paper_table import PaperTable
    from eventstudy.reporting.regressions import Comparison, Regression, compare
    from eventstudy.study.event_study import event_study
    from eventstudy.study.results import EventStudyResults, load_results
    from eventstudy.study.stream import StreamedStudy
    from eventstudy.study.study import EventStudy
    from eventstudy.studyfile.bundled_study import bundled_study
    from eventstudy.studyfile.prices import SOURCES, PriceSource
    from eventstudy.studyfile.study_file import StudyFile, read_study
    from eventstudy.watch.watching import Watched, watch_feeds
    from eventstudy.windows import Window

    __version__: str

__all__ = [
    "CONVENTIONS",
    "MODELS",
    "SOURCES",
    "STATISTICS",
    "Activity",
    "AugmentedMarketModel",
    "CalendarError",
    "Calibration",
    "Comparison",
    "ConstantMean",
    "ControlGroup",
    "Conventions",
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
    "Execution",
    "Expectation",
    "FactorAdjusted",
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
    "PaperTable",
    "PriceBlocks",
    "PricePanel",
    "PriceSource",
    "Raw",
    "Regression",
    "ReplicationResults",
    "RobustMarketModel",
    "SchemaError",
    "ScholesWilliams",
    "Scores",
    "Securities",
    "SourceError",
    "SpecificationCurve",
    "SpecificationError",
    "StreamedStudy",
    "StudyFile",
    "SyntheticControl",
    "Watched",
    "Window",
    "__version__",
    "align",
    "bundled_study",
    "calibrate",
    "check_events",
    "classify",
    "compare",
    "event_study",
    "expect",
    "fetch_prices",
    "inspect_prices",
    "join_panels",
    "load_article_items",
    "load_classifier",
    "load_events",
    "load_prices",
    "load_results",
    "load_rules",
    "parquet_blocks",
    "read_bars",
    "read_events",
    "read_factors",
    "read_news",
    "read_overrides",
    "read_prices",
    "read_securities",
    "read_sql_prices",
    "read_study",
    "register",
    "replicate",
    "replications",
    "score",
    "simulate_panel",
    "specification_curve",
    "sql_blocks",
    "watch_feeds",
]

_ROOMS = {
    "analyses.requests": (
        "Activity",
        "CrossSection",
    ),
    "calibration": (
        "Calibration",
        "calibrate",
    ),
    "conventions": ("CONVENTIONS", "Conventions"),
    "curve": (
        "SpecificationCurve",
        "specification_curve",
    ),
    "datasets.bundled": (
        "load_article_items",
        "load_classifier",
        "load_events",
        "load_prices",
    ),
    "datasets.simulation": ("simulate_panel",),
    "events.alignment": ("align",),
    "events.reading": (
        "check_events",
        "read_events",
    ),
    "events.table": ("Events",),
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
    "execution": ("Execution",),
    "expectation.answer": ("Expectation",),
    "expectation.pipeline": ("expect",),
    "expectation.scores": ("Scores", "score"),
    "inference": (
        "STATISTICS",
        "register",
    ),
    "intraday": (
        "IntradayBars",
        "IntradayResults",
        "IntradayStudy",
        "read_bars",
    ),
    "markets.market": ("Market",),
    "models": (
        "MODELS",
        "AugmentedMarketModel",
        "ConstantMean",
        "ControlGroup",
        "Dimson",
        "Egarch",
        "FactorAdjusted",
        "FactorModel",
        "Garch",
        "GjrGarch",
        "MarketAdjusted",
        "MarketModel",
        "NormalReturnModel",
        "Raw",
        "RobustMarketModel",
        "ScholesWilliams",
        "SyntheticControl",
    ),
    "news": ("News",),
    "news.classification": (
        "EventBuild",
        "Label",
        "classify",
        "load_classifier",
        "load_rules",
        "read_overrides",
    ),
    "news.readers": ("read_news",),
    "prices.blocks": ("PriceBlocks",),
    "prices.checks": ("inspect_prices",),
    "prices.fetch": ("fetch_prices",),
    "prices.files.french": ("read_factors",),
    "prices.files.parquet_blocks": ("parquet_blocks",),
    "prices.files.reading": ("read_prices",),
    "prices.joined": ("join_panels",),
    "prices.panel": ("PricePanel",),
    "prices.securities": ("Securities", "read_securities"),
    "prices.sql": ("read_sql_prices", "sql_blocks"),
    "replication": (
        "ReplicationResults",
        "replicate",
        "replications",
    ),
    "reporting.paper_table": ("PaperTable",),
    "reporting.regressions": (
        "Comparison",
        "Regression",
        "compare",
    ),
    "study.event_study": ("event_study",),
    "study.results": (
        "EventStudyResults",
        "load_results",
    ),
    "study.stream": ("StreamedStudy",),
    "study.study": ("EventStudy",),
    "studyfile.bundled_study": ("bundled_study",),
    "studyfile.prices": (
        "SOURCES",
        "PriceSource",
    ),
    "studyfile.study_file": (
        "StudyFile",
        "read_study",
    ),
    "watch.watching": (
        "Watched",
        "watch_feeds",
    ),
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
