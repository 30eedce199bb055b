"""Size and power of the placebo tests where a group has few dates.

    python benchmarks/power_few_dates.py [--replications 500] [--draws 299] [--dates 1 2 3 5 12 30]
                                         [--designs iid ...] [--processes 2]

A study of a tested group and twelve other groups of one to nine dates on 1,000 simulated sessions
of four markets with correlation 0.5; every return is divided by the volatility known before it
(decay 0.94), and nothing is estimated. An effect is added to the tested group's dates in units of
that volatility. Printed for each design and number of dates: how often each test rejects at 5 %
with an effect of 0, 1 and 2; how often it rejects at the smallest visible effect it prints; and
how often its interval holds an effect of 1.

Designs: ``iid``, normal returns; ``clustering``, volatility an autoregression with Student's t(5)
returns, dates drawn in proportion to the variance known beforehand; ``rougher``, the same and the
variance of every event day times 2.25; ``group``, that of the tested group's days alone; ``month``,
volatility three times as high for 22 sessions (twice the number of dates, where that is more) from
one day to the next, and all dates of the tested group there.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.borrowing import borrow
from eventstudy.inference.inversion import rank_located, stretch_of
from eventstudy.inference.moderated import ModeratedMeans
from eventstudy.inference.placebo import UnitMeans
from eventstudy.inference.placements import Placements, choose_moves
from eventstudy.inference.pvalues import rank_pvalue
from eventstudy.kernels import ewma_variance

if TYPE_CHECKING:
    from collections.abc import Iterator

DESIGNS = ("iid", "clustering", "rougher", "group", "month")
DATES = (1, 2, 3, 5, 12, 30)
OTHERS = (1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8, 9)
SESSIONS, LEAD, AROUND, GAP, MARKETS = 1_000, 100, 20, 5, 4
INFLATION, MONTH = 2.25, 3.0
EFFECTS = (0.0, 1.0, 2.0)
ANY = Placements(blocks=(), enumerated=False, holds_real=False)


def returns(design: str, rng: np.random.Generator) -> np.ndarray:
    """Returns of the markets, ``(4, sessions)``, with half of their variance in common."""
    shape = (MARKETS + 1, SESSIONS + LEAD)
    if design == "iid":
        shocks = rng.standard_normal(shape)
        level = np.ones(shape[1])
    else:
        shocks = rng.standard_t(5, shape) / np.sqrt(5 / 3)
        log = np.zeros(shape[1])
        steps = rng.normal(0, 0.12, shape[1])
        for at in range(1, shape[1]):
            log[at] = 0.98 * log[at - 1] + steps[at]
        level = np.exp(log)
    return level * np.sqrt(0.5) * (shocks[1:] + shocks[:1])


def month(number: int, rng: np.random.Generator) -> tuple[int, int]:
    """First session of the rough month, and its length."""
    length = max(22, 2 * number)
    return int(rng.integers(AROUND, SESSIONS - AROUND - length)), length


def dates_of(
    design: str, number: int, level: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, slice]:
    """Sessions of the tested group, then of the others; and the rough month."""
    usable = np.zeros(len(level), dtype=bool)
    usable[AROUND:-AROUND] = True
    chance = usable * (1.0 if design == "iid" else level**2)
    own, rough = np.empty(0, dtype=np.int64), slice(0, 0)
    if design == "month":
        start, length = month(number, rng)
        rough = slice(start, start + length)
        own = start + rng.choice(length, number, replace=False)
        chance[own] = 0.0
    rest = sum(OTHERS) + number - len(own)
    drawn = rng.choice(len(level), rest, replace=False, p=chance / chance.sum())
    return np.concatenate([own, drawn]), rough


def moved(at: np.ndarray, draws: int, seed: int) -> np.ndarray | None:
    """Sessions of every date in every draw: clusters of dates move rigidly, 5 apart."""
    order = np.argsort(at)
    cluster = np.empty(len(at), dtype=np.int64)
    cluster[order] = np.cumsum(np.r_[0, np.diff(at[order]) >= GAP])
    spans = np.array(
        [[at[cluster == c].min(), at[cluster == c].max()] for c in range(cluster.max() + 1)]
    )
    moves = [
        np.arange(AROUND - low, SESSIONS - AROUND - high, dtype=np.int64) for low, high in spans
    ]
    chosen, _ = choose_moves(spans, moves, GAP, draws, (seed,))
    if chosen is None:
        return None
    steps = np.column_stack([moves[c][chosen[:, c]] for c in range(len(spans))])
    return at + steps[:, cluster]


def replicate(seed: int, *, design: str, number: int, draws: int) -> dict[tuple[str, str], float]:
    """Return what each test finds in one study: by test, then by what is asked."""
    rng = np.random.default_rng([seed, number, DESIGNS.index(design)])
    raw = returns(design, rng)
    first = np.var(raw[:, :LEAD], axis=1)
    h = np.sqrt(ewma_variance(raw, first))[:, :-1][:, LEAD:]
    raw = raw[:, LEAD:]
    level = h.mean(axis=0)
    at, rough = dates_of(design, number, level, rng)
    own = at[:number]
    if design in ("rougher", "group"):
        raw[:, at if design == "rougher" else own] *= np.sqrt(INFLATION)
    raw[:, rough] *= MONTH
    # h is that known before: a rougher day raises that of the days after it too, as in life.
    h = np.sqrt(ewma_variance(raw, h[:, 0] ** 2))[:, :-1]
    z = (raw / h).mean(axis=0)
    alone, jointly = moved(own, draws, seed), moved(at, draws, seed)
    if alone is None or jointly is None:
        return {}
    label = np.repeat(np.arange(len(OTHERS)), OTHERS)
    share = np.zeros(SESSIONS)
    share[own] = 1.0
    out: dict[tuple[str, str], float] = {}

    def answers(effect: np.ndarray | float) -> dict[str, object]:
        y = z.copy()
        y[own] += effect
        sure = np.ones((1, number))
        placebo = (
            UnitMeans(z=y[own][None], share=sure),
            UnitMeans(z=y[alone], share=share[alone]),
        )
        moderated = (
            ModeratedMeans(
                z=y[own][None], share=sure, borrowed=borrow(y[at[number:]][None], label)
            ),
            ModeratedMeans(
                z=y[jointly[:, :number]],
                share=share[jointly[:, :number]],
                borrowed=borrow(y[jointly[:, number:]], label),
            ),
        )
        stretch = stretch_of(*moderated)
        return {
            "placebo": rank_located(*placebo, ANY, stretch=stretch),
            "moderated_placebo": rank_located(*moderated, ANY, stretch=stretch),
        }

    for effect in EFFECTS:
        for name, found in answers(effect).items():
            out[name, f"{effect:g}"] = found.pvalue <= 0.05
            if effect == 1.0:
                out[name, "covers"] = found.effect_low <= 1.0 <= found.effect_high
            if effect == 0.0:
                at_mde = answers(found.mde)[name]
                out[name, "at mde"] = at_mde.pvalue <= 0.05
                out[name, "mde"] = found.mde
    ordinary = np.ones(SESSIONS, dtype=bool)
    ordinary[at] = False
    around = _around(z**2, ordinary)
    for what, effect in (
        ("0", 0.0),
        ("1", rng.choice([-1.0, 1.0], number)),
        ("2", 2.0 * rng.choice([-1.0, 1.0], number)),
    ):
        y = z.copy()
        y[own] += effect
        ratio = (y[own] ** 2).mean() / around[own].mean()
        drawn = (y[alone] ** 2).mean(axis=1) / around[alone].mean(axis=1)
        out["mean_square", what] = float(rank_pvalue(ratio, drawn)) <= 0.05
        if what == "2":
            for name, found in answers(effect).items():
                out[name, "2 either way"] = found.pvalue <= 0.05
    return out


def _around(squares: np.ndarray, ordinary: np.ndarray) -> np.ndarray:
    """Mean square of the ordinary sessions up to 20 before and after each session."""
    kernel = np.ones(2 * AROUND + 1)
    kernel[AROUND] = 0.0
    total = np.convolve(np.where(ordinary, squares, 0.0), kernel, "same")
    return total / np.maximum(np.convolve(ordinary.astype(float), kernel, "same"), 1.0)


def tables(args: argparse.Namespace) -> Iterator[str]:
    """Yield one line a design, number of dates and test."""
    asked = ("0", "1", "2", "2 either way", "at mde", "mde", "covers")
    yield f"{'design':<11}{'dates':>6}  {'test':<18}" + "".join(f"{name:>14}" for name in asked)
    with ProcessPoolExecutor(args.processes) as pool:
        for design in args.designs:
            for number in args.dates:
                one = partial(replicate, design=design, number=number, draws=args.draws)
                found = [
                    row for row in pool.map(one, range(args.replications), chunksize=10) if row
                ]
                for name in ("placebo", "moderated_placebo", "mean_square"):
                    cells = []
                    for what in asked:
                        values = [float(row[name, what]) for row in found if (name, what) in row]
                        values = [value for value in values if np.isfinite(value)]
                        if not values:
                            cells.append("")
                        elif what == "mde":
                            cells.append(f"{np.median(values):.2f}")
                        else:
                            cells.append(f"{100 * np.mean(values):.1f} %")
                    yield f"{design:<11}{number:>6}  {name:<18}" + "".join(
                        f"{cell:>14}" for cell in cells
                    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--draws", type=int, default=299)
    parser.add_argument("--dates", type=int, nargs="+", default=DATES)
    parser.add_argument("--designs", nargs="+", default=DESIGNS, choices=DESIGNS)
    parser.add_argument("--processes", type=int, default=2)
    for line in tables(parser.parse_args()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
