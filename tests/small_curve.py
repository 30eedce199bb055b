"""A small specification curve on simulated prices, and each of its specifications alone."""

from __future__ import annotations

from matplotlib.figure import Figure

from eventstudy import (
    ConstantMean,
    EventStudy,
    MarketAdjusted,
    MarketModel,
)
from eventstudy.curve import summary

MODELS = {
    "constant_mean": lambda benchmark: ConstantMean(),
    "market_adjusted": lambda benchmark: MarketAdjusted(benchmark, sync="same_date"),
    "market_model": lambda benchmark: MarketModel(benchmark, sync="same_date"),
}
CHOICES = {
    "models": ["market_model", "constant_mean", "market_adjusted"],
    "benchmarks": ["M03", "M04"],
    "estimation": [(-100, -11), (-70, -11)],
    "car": [(0, 0), (-1, 2)],
    "kind": ["simple", "log"],
}


def study(**settings) -> EventStudy:
    given = {
        "markets": ("M01", "M02"),
        "model": MarketModel("M03"),
        "estimation_window": (-100, -11),
        "event_window": (-2, 3),
        "car_windows": [(0, 1)],
        "statistics": ("placebo",),
        "min_obs": 50,
        "date_only": "same",
        "draws": 150,
        "seed": 5,
    }
    return EventStudy(**(given | settings))


def alone(row, **settings) -> EventStudy:
    """Return the study of one specification, said by hand."""
    bounds = [int(part) for part in row.estimation.strip("[]").split(",")]
    car = [int(part) for part in row.car.strip("[]").split(",")]
    return study(
        model=MODELS[row.model](row.benchmark),
        estimation_window=tuple(bounds),
        car_windows=[tuple(car)],
        kind=row.kind,
        ambiguous=row.ambiguous,
        mask_events=row.mask_events == "yes",
        **settings,
    )


def fitted(events, prices, row, by: str | None = "all", group: str = "all", **settings):
    """Return the placebo row of the study run alone."""
    results = alone(row, **settings).fit(events, prices)
    car = tuple(int(part) for part in row.car.strip("[]").split(","))
    rows = results.test("placebo", car, by=by)
    return rows[rows["group"] == group].iloc[0]


def summed(made) -> dict[str, str]:
    """Return the summary as it is printed: measure and value."""
    table = summary.summary_table(made.summary, len(made.specifications), made.alternative)
    return dict(zip(table["measure"], table["value"], strict=True))


def texts(made) -> str:
    """Return all that is written on the figure of a curve."""
    from matplotlib.text import Text

    texts_drawn = made.plot(Figure(figsize=(10, 8))).figure.findobj(Text)
    return " ".join(" ".join(text.get_text() for text in texts_drawn).split())


CURVE = """
[curve]
group = "category=up"
models = ["market_model", "constant_mean"]
estimation = [[-100, -11], [-80, -11]]
car = [[0, 0], [0, 1]]
mask_events = [false]
max = 20
"""
