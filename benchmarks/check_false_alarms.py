"""How often the checks on the data find something in series that are believed to be right.

    python benchmarks/check_false_alarms.py [prices.csv]

Prints, for every column, its sessions, the findings of each check that is a warning or an error,
and the rate in 1,000 sessions of those that are a judgement (that a session has no row is a fact of
the file and the calendar, whichever of them is wrong); then what the rule for single wrong closes
finds in random series whose residuals are Student-t(4), and how often it finds an error of a given
size that was put in. The file is one of longer series outside the repository; without it the
bundled closes and the random series are done.
Accepted is at most 1 judgement in 1,000 sessions of N225, TWII and SPX.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import eventstudy as es
from eventstudy.prices.checks import inspect_prices
from eventstudy.prices.checks.base import isolated_reversals, local_scale
from eventstudy.prices.checks.comparison import CLOSE_SD, WINDOW

LONG = Path(__file__).resolve().parents[2] / "shared/data/prices/prices_long.csv"
ACCEPTED = {"N225": 1.0, "TWII": 1.0, "SPX": 1.0}
FACTS = {"session_without_price", "row_without_session", "unknown_closure", "closure_conflict"}
SESSIONS = 250_000


def table(prices: es.PricePanel) -> list[str]:
    """Print the findings of each column and return the ones above what is accepted."""
    found = inspect_prices(prices)
    found = found[found["severity"] != "info"]
    print(f"\n{prices!r}\n{'column':<10}{'sessions':>9}{'per 1,000':>11}  findings")
    above = []
    for name, values in zip(prices.names, prices.values, strict=True):
        own = found[found["security"] == name]
        rate = 1000 * (~own["check"].isin(FACTS)).sum() / len(values)
        kinds = ", ".join(f"{kind} {n}" for kind, n in own["check"].value_counts().items())
        print(f"{name:<10}{len(values):>9,}{rate:>11.2f}  {kinds}")
        if rate > ACCEPTED.get(name, np.inf):
            above.append(name)
    total = sum(len(values) for values in prices.values)
    judged = (~found["check"].isin(FACTS)).sum()
    print(f"{'all':<10}{total:>9,}{1000 * judged / total:>11.2f}")
    return above


def rate_of(residual: np.ndarray, sd: float) -> float:
    """Findings of the rule for single closes, in 1,000 sessions."""
    limit = sd * local_scale(residual, WINDOW)
    hits = isolated_reversals(residual[:-1], residual[1:], (limit[:-1], limit[1:]))
    return 1000 * hits.sum() / len(residual)


def null_rates() -> None:
    """Print what chance alone would find, and what share of put-in errors is found."""
    draw = np.random.default_rng(20250502)
    print(f"\nwrong_close in {SESSIONS:,} sessions of random residuals, per 1,000")
    print(f"{'k':>5}{'normal':>9}{'t(4)':>9}{'t(3)':>9}")
    series = [
        draw.standard_normal(SESSIONS),
        draw.standard_t(4, SESSIONS),
        draw.standard_t(3, SESSIONS),
    ]
    for sd in (2.5, 3.0, CLOSE_SD, 4.0):
        rates = "".join(f"{rate_of(one, sd):>9.3f}" for one in series)
        print(f"{sd:>5}{rates}")
    print("\nshare of errors found, t(4), by size in robust s.d. of the residual")
    base = draw.standard_t(4, SESSIONS)
    places = np.arange(200, SESSIONS - 200, 100)
    scale = local_scale(base, WINDOW)
    for size in (4.0, 5.0, 6.0, 8.0, 12.0):
        wrong = base.copy()
        wrong[places] += size * scale[places]
        wrong[places + 1] -= size * scale[places]
        limit = CLOSE_SD * local_scale(wrong, WINDOW)
        hits = isolated_reversals(wrong[:-1], wrong[1:], (limit[:-1], limit[1:]))
        print(f"{size:>5} {hits[places].mean():>8.0%}")


def main() -> int:
    """Print the tables; 1 where a rate is above what is accepted."""
    null_rates()
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else LONG
    above = table(es.load_prices())
    if path.exists():
        above += table(es.read_prices(path))
    else:
        print(f"\n{path} is not here")
    if above:
        print(f"\nabove what is accepted: {', '.join(above)}")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
