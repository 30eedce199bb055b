"""Normal returns of many pairs: running sums against least squares pair by pair, in one run.

    python benchmarks/moment_tables.py [--pairs 20000]

Prints microseconds a pair and the ratio of the two, taken in the same process on the same data
(250 estimation sessions, 3 factors, 1 % missing cells), and how far the coefficients differ.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np

from eventstudy.kernels import gather, moment_tables, plain_least_squares, window_least_squares

SECURITIES, SESSIONS, FACTORS, LENGTH = 50, 2500, 3, 250


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=20_000)
    pairs = parser.parse_args().pairs
    rng = np.random.default_rng(1)
    x = rng.normal(0.0, 0.01, (SECURITIES, SESSIONS, FACTORS))
    y = x.sum(axis=2) + rng.normal(0.0, 0.01, (SECURITIES, SESSIONS))
    y[rng.random(y.shape) < 0.01] = np.nan
    security = rng.integers(SECURITIES, size=pairs)
    first = rng.integers(SESSIONS - LENGTH, size=pairs)

    begin = perf_counter()
    tables = moment_tables(y, x)
    built = perf_counter()
    fast = window_least_squares(tables, y, x, security, first, LENGTH)
    done = perf_counter()
    slopes = np.full((pairs, FACTORS), np.nan)
    for pair in range(pairs):
        one = slice(pair, pair + 1)
        ys = gather(y, security[one], first[one], LENGTH)[0]
        xs = gather(x, security[one], first[one], LENGTH)[0]
        plain = plain_least_squares(ys, xs)
        if plain is not None:
            slopes[pair] = plain[1]
    end = perf_counter()

    sums, loop = (done - built) / pairs, (end - done) / pairs
    print(f"tables, once a panel      {built - begin:8.3f} s")
    print(f"running sums              {sums * 1e6:8.2f} us a pair")
    print(f"least squares in a loop   {loop * 1e6:8.2f} us a pair")
    print(f"ratio                     {loop / sums:8.1f}")
    print(f"largest difference        {np.nanmax(np.abs(fast.slopes - slopes)):8.1e}")


if __name__ == "__main__":
    main()
