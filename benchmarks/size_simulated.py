"""Error rates of every test where the truth is known: 12 dates x 4 markets that move together.

    python benchmarks/size_simulated.py [--replications 2000] [--processes 2]

Each replication is a whole study through the public door: constant mean, 120 estimation sessions,
one-session window. Prints the share of replications in which each test rejects at 5 %, with its
95 % Wilson interval, for the null and for a true effect.
"""

from __future__ import annotations

import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import eventstudy as es
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import wilson

ALL = STATISTICS.names()


def replicate(
    seed: int, *, effect: float, event_variance: float, correlation: float, draws: int
) -> dict[str, bool | None]:
    """Return which tests reject in one simulated study; None where one is not available."""
    events, prices = es.simulate_panel(
        seed=seed, effect=effect, event_variance=event_variance, correlation=correlation
    )
    study = es.EventStudy(
        markets=prices.names,
        model=es.ConstantMean(),
        estimation_window=(-121, -2),
        event_window=(0, 0),
        car_windows=[(0, 0)],
        statistics=ALL,
        date_only="same",
        calendar="data",
        draws=draws,
        seed=seed,
    )
    rows = study.fit(events, prices).tidy(windows=[(0, 0)])
    return {
        row.name: None if row.pvalue != row.pvalue else row.pvalue <= 0.05
        for row in rows.itertuples(index=False)
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    designs = {
        "null, correlation 0.5": {"effect": 0.0, "event_variance": 1.0, "correlation": 0.5},
        "effect of half a s.d.": {"effect": 0.005, "event_variance": 1.0, "correlation": 0.5},
    }
    with ProcessPoolExecutor(options.processes) as pool:
        for label, design in designs.items():
            run = partial(replicate, draws=options.draws, **design)
            answers = list(pool.map(run, range(options.replications), chunksize=20))
            print(f"\n{label}: 12 dates x 4 markets, {options.replications} replications, 5 %")
            for name in ALL:
                counts = Counter(answer[name] for answer in answers)
                known = counts[True] + counts[False]
                low, high = wilson(counts[True], known)
                missing = f", not available {counts[None]}" if counts[None] else ""
                share = counts[True] / known
                print(f"  {name:18s} {share:6.1%}   [{low:.1%}, {high:.1%}]{missing}")


if __name__ == "__main__":
    main()
