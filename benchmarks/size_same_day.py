"""Size and power of intraday tests that take what is normal from the day of the news itself.

Every replication simulates ten days that stand alone, 78 bars of five minutes each, with news at
one clock time that moves nothing (size) or adds a return (power). Volatility is the same all day,
or 2.3 times as high at the open as at noon; the days are alike, or have levels of their own and
tails of t(5). Prints the share rejected at 5 %: of single pairs, and of the ten days together.

    python benchmarks/size_same_day.py --replications 120
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from eventstudy import IntradayBars, IntradayStudy
from eventstudy.markets.calendars import exchange_sessions

DAYS, BARS = 10, 78
PLACES = {"11:30": 24, "14:00": 54, "15:30": 72}
WINDOWS = ((0, 5), (0, 15), (0, 30))
DESIGNS = {
    "flat, normal": {"is_flat": True, "tail": None, "spread": 0.0},
    "U-shape, normal": {"is_flat": False, "tail": None, "spread": 0.0},
    "U-shape, t5, own levels": {"is_flat": False, "tail": 5, "spread": 0.4},
}
PAIR_TESTS = {"t": "pvalue", "scaled t": "scaled_pvalue", "rank of window": "placebo_pvalue"}
GROUP_TESTS = ("patell", "cross_sectional_t", "bmp", "portfolio_t", "placebo")
_BAR_SD = 0.001


def shape(*, is_flat: bool) -> np.ndarray:
    """Standard deviation of a bar by clock time, mean square 1."""
    x = np.linspace(-1.0, 1.0, BARS)
    sd = np.ones(BARS) if is_flat else 1.0 + 1.0 * x**4 + 0.35 * np.exp(-8.0 * (x + 1.0))
    return sd / np.sqrt((sd**2).mean())


def draw(rng: np.random.Generator, *, is_flat: bool, tail: int | None, spread: float) -> np.ndarray:
    """Returns ``(D, C)``."""
    size = (DAYS, BARS)
    z = rng.normal(size=size)
    if tail is not None:
        z = rng.standard_t(tail, size=size) / np.sqrt(tail / (tail - 2))
    level = np.exp(spread * rng.normal(size=(DAYS, 1)))
    return _BAR_SD * level * shape(is_flat=is_flat) * z


def bars_of(returns: np.ndarray) -> tuple[IntradayBars, np.ndarray]:
    """Lay simulated returns out as bars of every third session of New York; and their opens."""
    calendar = exchange_sessions("XNYS", "2025-01-02", "2025-04-30")
    opens = calendar.opens[: 3 * DAYS : 3]
    starts = opens[:, None] + 5 * np.arange(BARS).astype("m8[m]")
    close = 100.0 * np.cumprod(1.0 + returns, axis=1)
    opened = np.concatenate([np.full((len(returns), 1), 100.0), close[:, :-1]], axis=1)
    frame = pd.DataFrame({
        "timestamp": pd.DatetimeIndex(starts.ravel()).tz_localize("UTC"), "symbol": "SIM",
        "open": opened.ravel(), "close": close.ravel(),
    })  # fmt: skip
    return IntradayBars.from_frame(frame, name="simulated"), opens


def fit(returns: np.ndarray, place: int, draws: int):  # noqa: ANN201
    """Carry the study of ten days out."""
    bars, opens = bars_of(returns)
    news = opens + np.timedelta64(5 * place, "m")
    events = pd.DataFrame({
        "event_id": [f"E{k}" for k in range(DAYS)],
        "published_at": pd.DatetimeIndex(news).tz_localize("UTC"),
    })  # fmt: skip
    study = IntradayStudy(
        market="SPX", estimation="same_day", window=(0, 30), windows=WINDOWS,
        statistics=GROUP_TESTS, draws=draws,
    )  # fmt: skip
    return study.fit(events, bars)


def run(design: dict, place: int, seeds: range, *, effect: float, draws: int) -> pd.DataFrame:
    """Share rejected by every test in every window."""
    hits: dict[tuple[str, str], list[float]] = {}
    for seed in seeds:
        returns = draw(np.random.default_rng([seed, place]), **design)
        returns[:, place] += effect * _BAR_SD
        results = fit(returns, place, draws)
        for end, part in results.car.groupby("window_end"):
            for test, column in PAIR_TESTS.items():
                known = part[column].dropna()
                hits.setdefault((f"[0, {end}]", test), []).extend(known <= 0.05 + 1e-12)
        for row in results.statistics.itertuples():
            if np.isfinite(row.pvalue):
                hits.setdefault((f"[0, {row.window_end}]", row.name), []).append(
                    row.pvalue <= 0.05 + 1e-12
                )
    rates = {key: 100 * np.mean(found) for key, found in hits.items() if found}
    table = pd.Series(rates).unstack()  # noqa: PD010 - a Series
    return table.reindex(columns=[*PAIR_TESTS, *GROUP_TESTS])


def main() -> None:
    """Run every design and print the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=120)
    parser.add_argument("--draws", type=int, default=99)
    options = parser.parse_args()
    seeds = range(options.replications)
    error = 100 * np.sqrt(0.05 * 0.95 / options.replications)
    print(f"rejected at 5 %, in percent; {options.replications} groups of {DAYS}, s.e. {error:.1f}")

    def show(name: str, clock: str, *, effect: float = 0.0) -> None:
        found = run(DESIGNS[name], PLACES[clock], seeds, effect=effect, draws=options.draws)
        print(
            f"\n{name}, {clock}, {effect:g} bar s.d. added\n{found.round(1).to_string()}",
            flush=True,
        )

    for name in DESIGNS:
        for clock in PLACES:
            show(name, clock)
    show(list(DESIGNS)[-1], "14:00", effect=2.0)


if __name__ == "__main__":
    main()
