"""Error rates of every registered statistic where the truth is known, as tables of Markdown.

    python benchmarks/size_table.py                          # into docs/size.md, 1,000 replications
    python benchmarks/size_table.py --replications 60 --designs independent shared_05
    python benchmarks/size_table.py --statistics mean_square --replications 500   # its rows alone

Each replication simulates a study without an effect and tests it; what is counted is how often a
5 % test rejects. Seeds are 0, 1, 2, ... in every design, so that the tables follow from the number
of replications alone. Of a page that is there only what stands between the two marks is written;
with ``--statistics`` only the rows of these, and how many studies they rest on. What is done is
kept under ``build/size_table`` and is not done again, also when the run was broken off, as long as
the code and the settings it holds for are the same: a new statistic costs itself only.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import inspect
import json
import os
import re
import sys
import textwrap
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats
from size_designs import DEFAULTS, DESIGNS, POWER, Design

import eventstudy as es
from eventstudy.datasets.simulation import BENCHMARK
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.groups import Group, make_groups
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.measured_size import wilson
from eventstudy.study.design import make_design
from eventstudy.study.preparation import estimate, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.inference.design import Design as StudyDesign

ROOT = Path(__file__).resolve().parents[1]
LEVEL = 0.05
ONE_PAIR = ("sq",)
"""Tests of a single pair: asked of the first pair of each study."""
BORROWS = ("moderated_placebo",)
"""Tests that need dates outside the group: their studies have `Design.beside` more."""
BEGIN, END = "<!-- size_table: begin -->", "<!-- size_table: end -->"
"""What stands between them on the page is made here."""
# What every rejection depends on, beside the module of its statistic; reports and commands may
# change without a new simulation.
ROOMS = (
    "datasets/simulation", "estimation/*", "events/alignment", "inference/correlation",
    "inference/dependence", "inference/design", "inference/evaluate", "inference/evidence",
    "inference/inversion", "inference/joint_draws", "inference/mean_square",
    "inference/moderated", "inference/moments", "inference/placebo", "inference/placements",
    "inference/pvalues", "inference/randomised", "inference/statistic", "kernels", "models/*",
    "prices/market_series", "prices/panel", "prices/returns", "prices/synchronisation",
    "study/design", "study/preparation",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Counts:
    """Rejections, tests and tests not available, by window and statistic."""

    hits: dict[tuple[str, str], int] = field(default_factory=dict)
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    missing: dict[tuple[str, str], int] = field(default_factory=dict)


def replicate(seed: int, design: Design, names: Sequence[str], draws: int) -> dict[str, object]:
    """Return which tests reject in one simulated study: 1, 0, or None where not available."""
    groups = make_groups(pd.DataFrame(index=range(1)), ())
    # The others have their size from these studies, not from the placebos inside each of them.
    drawn = [name for name in names if STATISTICS[name].value.randomised and name not in BORROWS]
    borrowing = [name for name in names if name in BORROWS]
    plain = [name for name in names if name not in (*drawn, *borrowing, *ONE_PAIR)]
    alone = [name for name in names if name in ONE_PAIR]
    parts, table = [], None
    if set(names) - set(borrowing) or design.single_pairs:
        built, _ = _built(seed, design, names, draws)
        table = built.table
        groups = make_groups(pd.DataFrame(index=range(len(table.security))), ())
        first = Group(label="first pair", by=(), values=(), pairs=np.zeros(1, dtype=np.int64))
        parts = [
            evaluate(part, chosen_groups, _windows(design), chosen)
            for part, chosen_groups, chosen in (
                (built, groups, drawn),
                (replace(built, draws=0), groups, plain),
                (replace(built, draws=0), [first], alone),
            )
            if chosen
        ]
    if borrowing:
        built, is_tested = _built(seed, design, borrowing, draws, beside=design.beside)
        groups = make_groups(pd.DataFrame({"tested": np.where(is_tested, "yes", "no")}), ["tested"])
        frame = evaluate(built, groups, _windows(design), borrowing)
        parts.append(frame[frame["group"] == "tested=yes"])
    rejects: dict[str, dict[str, int | None]] = {}
    for part in parts:
        for row in part.itertuples(index=False):
            answer = None if row.pvalue != row.pvalue else int(row.pvalue <= LEVEL)
            rejects.setdefault(_label(row.window_start, row.window_end), {})[row.name] = answer
    if design.single_pairs and names and table is not None:
        rejects = {window: found | _single(table, window) for window, found in rejects.items()}
    return {"seed": seed, "rejects": rejects, "code": {name: code_of(name) for name in names}}


def _windows(design: Design) -> list[tuple[es.Window, str]]:
    windows = [es.Window(*window) for window in design.windows]
    return [(window, "ar" if window.length == 1 else "car") for window in windows]


def _built(
    seed: int, design: Design, names: Sequence[str], draws: int, *, beside: int = 0
) -> tuple[StudyDesign, np.ndarray]:
    """Return one simulated study, and which of its pairs belong to the tested dates, ``(P,)``.

    With `beside` more dates in every market; which of all are tested is drawn, of shared and of
    overlapping dates together in all markets.
    """
    own = int(design.panel.get("n_events", 12))  # type: ignore[call-overload]
    panel = design.panel | {"n_events": own + beside}
    # Dates that overlap need more room the more there are.
    panel |= {"n_sessions": 1000} if beside else {}
    events, prices = es.simulate_panel(seed=seed, **panel)  # type: ignore[arg-type]
    markets = tuple(name for name in prices.names if name != BENCHMARK)
    study = es.EventStudy(
        markets=markets,
        model=es.MarketModel(benchmark=BENCHMARK) if design.market_model else es.ConstantMean(),
        estimation_window=design.estimation,
        event_window=(
            min(start for start, _ in design.windows), max(end for _, end in design.windows),
        ),
        car_windows=design.windows,
        statistics=tuple(names) or DEFAULTS,
        date_only="same",
        calendar="data",
        min_obs=design.estimation[1] - design.estimation[0] + 1,
        draws=draws if any(STATISTICS[name].value.randomised for name in names) else 0,
        seed=seed,
        max_loss=1.0,
    )  # fmt: skip
    data = prepare(study, events, prices)
    sample, table = estimate(data)
    rng = np.random.default_rng([seed, beside])
    number = np.arange(len(events))
    layout = panel.get("dates", "shared")
    if layout != "dispersed":
        date_of = number // (len(markets) if layout == "overlapping" else 1)
        is_tested = np.isin(date_of, rng.choice(own + beside, own, replace=False))
    else:
        is_tested = np.zeros(len(events), dtype=bool)
        market_of = np.array([cell[0] for cell in events.frame["markets"]])
        for market in markets:
            of_market = np.flatnonzero(market_of == market)
            is_tested[rng.choice(of_market, own, replace=False)] = True
    return make_design(data, sample, table), is_tested[sample.event]


NAIVE, EXACT = "one pair: CAR / (s sqrt(L))", "one pair: CAR / exact forecast error (ours)"


def _single(table: AbnormalReturns, window: str) -> dict[str, list[int]]:
    """Rejections and number of the pairs' own t tests, with and without the forecast error."""
    start, end = (int(bound) for bound in window.strip("[]").split(","))
    car = cumulate(table, es.Window(start, end))
    answers = {}
    for name, error in (
        (NAIVE, table.fit.sigma * np.sqrt(car.n_sessions)),
        (EXACT, car.std_error),
    ):
        pvalue = 2.0 * stats.t.sf(np.abs(car.car / error), table.fit.df)
        answers[name] = [int((pvalue <= LEVEL).sum()), len(pvalue)]
    return answers


def _label(start: int, end: int) -> str:
    return f"[{start},{end}]"


def fingerprint(design: Design, draws: int) -> str:
    """Digest of the code and the settings that all rejections depend on."""
    digest = hashlib.sha256(json.dumps([asdict(design) | {"title": ""}, draws]).encode())
    for room in ROOMS:
        for path in sorted((ROOT / "eventstudy").glob(f"{room}.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@functools.cache
def code_of(name: str) -> str:
    """Digest of the module a statistic is written in; empty for what is no statistic."""
    if name not in STATISTICS:
        return ""
    module = inspect.getmodule(STATISTICS[name].value.compute)
    return hashlib.sha256(inspect.getsource(module).encode()).hexdigest()[:8] if module else ""


def run(
    key: str,
    design: Design,
    *,
    replications: int,
    draws: int,
    pool: Executor,
    store: Path,
    only: Sequence[str] = (),
) -> Counts:
    """Carry out what is still missing of one design, and count all of it; `only` some tests."""
    store.mkdir(parents=True, exist_ok=True)
    path = store / f"{key}-{fingerprint(design, draws)}.jsonl"
    names = tuple(name for name in design.statistics() if name in (only or design.statistics()))
    done = _read(path)
    todo: dict[tuple[str, ...], list[int]] = {}
    windows = [_label(*window) for window in design.windows]
    for seed in range(replications):
        have = done.get(seed, {})
        lacking = tuple(n for n in names if any(n not in have.get(w, {}) for w in windows))
        if lacking:
            todo.setdefault(lacking, []).append(seed)
    began = time.monotonic()
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")  # a line broken off is a line of its own
        for lacking, seeds in todo.items():
            work = functools.partial(replicate, design=design, names=lacking, draws=draws)
            for answer in pool.map(work, seeds, chunksize=max(1, min(10, len(seeds) // 8))):
                file.write(json.dumps(answer) + "\n")
                file.flush()
    took = time.monotonic() - began
    fresh = sum(len(seeds) for seeds in todo.values())
    print(f"{key}: {fresh} replications in {took:.0f} s", file=sys.stderr, flush=True)
    return _count(_read(path), replications)


def _read(path: Path) -> dict[int, dict[str, dict[str, object]]]:
    """Rejections by seed and window, of statistics as they are written now.

    A line that a broken run left half-written is not there.
    """
    found: dict[int, dict[str, dict[str, object]]] = {}
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            answer = json.loads(line)
        except json.JSONDecodeError:
            continue
        known = found.setdefault(answer["seed"], {})
        stale = {name for name, code in answer["code"].items() if code != code_of(name)}
        for window, rejects in answer["rejects"].items():
            fresh = {name: value for name, value in rejects.items() if name not in stale}
            known.setdefault(window, {}).update(fresh)
    return found


def _count(found: dict[int, dict[str, dict[str, object]]], replications: int) -> Counts:
    counts = Counts()
    for seed in range(replications):
        for window, rejects in found[seed].items():
            for name, answer in rejects.items():
                key = (window, name)
                hits, tests = answer if isinstance(answer, list) else (answer or 0, 1)
                if answer is None:
                    counts.missing[key] = counts.missing.get(key, 0) + 1
                    continue
                counts.hits[key] = counts.hits.get(key, 0) + hits
                counts.known[key] = counts.known.get(key, 0) + tests
    return counts


def cells(counts: Counts, window: str, name: str) -> list[str]:
    """Share rejected, interval and mark; empty where the test was never available."""
    key = (window, name)
    known = counts.known.get(key, 0)
    if not known:
        return ["", "", ""]
    low, high = wilson(counts.hits[key], known)
    mark = "too often" if low > LEVEL else "too seldom" if high < LEVEL else ""
    interval = f"{100 * low:.1f} to {100 * high:.1f}"
    return [f"{100 * counts.hits[key] / known:.1f}", interval, mark]


def section(design: Design, counts: Counts) -> Iterator[str]:
    """Lines of one design's table."""
    yield f"## {design.title}"
    yield ""
    if design.note:
        yield from (design.note, "")
    names = list(design.statistics())
    if design.single_pairs:
        names += [NAIVE, EXACT]
    windows = [_label(*window) for window in design.windows]
    heads = [f"{window.replace(',', ', ')} | 95 % interval | mark" for window in windows]
    yield "| statistic | " + " | ".join(heads) + " | not available |"
    yield "|---|" + "--:|--:|---|" * len(windows) + "--:|"
    yield from (row(design, counts, name) for name in names)
    yield ""


def row(design: Design, counts: Counts, name: str) -> str:
    """Line of one test in a design's table."""
    windows = [_label(*window) for window in design.windows]
    found = [cells(counts, window, name) for window in windows]
    shown = f"`{name}`" if name in STATISTICS else name
    shown += " (first pair)" if name in ONE_PAIR else ""
    values = [cell for three in found for cell in three]
    lost = [str(counts.missing.get((window, name), 0)) for window in windows]
    values.append(", ".join(lost) if set(lost) != {"0"} else "")
    return "| " + " | ".join([shown, *values]) + " |"


def merged(
    text: str, answers: dict[str, Counts], names: Sequence[str], replications: int, draws: int
) -> str:
    """Return tables that are there with the rows of some tests made anew, and a sentence of them.

    A test without a row is put after the last one; a design that is not there is left out.
    """
    tables = re.split(r"(?m)^(?=## )", text)
    for at, part in enumerate(tables):
        for key, counts in answers.items():
            design = DESIGNS.get(key)
            if design is None or not part.startswith(f"## {design.title}\n"):
                continue
            lines = part.splitlines()
            for name in names:
                line = row(design, counts, name)
                shown = line[: line.index("|", 1) + 1]
                rows = [n for n, old in enumerate(lines) if old.startswith("| `")]
                same = [n for n in rows if lines[n].startswith(shown)]
                if same:
                    lines[same[0]] = line
                else:
                    lines.insert(rows[-1] + 1, line)
            tables[at] = "\n".join(lines).rstrip() + "\n\n"
    listed = ", ".join(f"`{name}`" for name in names)
    said = f"Rows of {listed}: seeds 0 to {replications - 1}, {draws} draws."
    head = [part for part in tables[0].strip().split("\n\n") if f"Rows of {listed}:" not in part]
    return "\n\n".join([*head, said]) + "\n\n" + "".join(tables[1:]).rstrip() + "\n"


def placed(page_text: str, tables: str, begin: str = BEGIN, end: str = END) -> str:
    """Put the tables between their marks; at the end of a page without any."""
    if begin not in page_text or end not in page_text:
        return f"{page_text.rstrip()}\n\n{begin}\n\n{tables.strip()}\n\n{end}\n".lstrip()
    before, rest = page_text.split(begin, 1)
    return f"{before}{begin}\n\n{tables.strip()}\n\n{end}{rest.split(end, 1)[1]}"


def power_section(answers: dict[str, Counts]) -> Iterator[str]:
    """Lines of the table of power."""
    yield "## Power of the defaults"
    yield ""
    yield from _paragraph(
        "Share of studies in which a true effect is found at 5 %, window [0, 0], 4 markets that "
        "correlate 0.5; the effect is the same in all markets, in standard deviations of a return."
    )
    yield "| dates, effect | " + " | ".join(f"`{name}`, %" for name in DEFAULTS) + " |"
    yield "|---|" + "--:|" * len(DEFAULTS)
    for key, counts in answers.items():
        found = []
        for name in DEFAULTS:
            share, interval, _ = cells(counts, "[0,0]", name)
            found.append(f"{share} ({interval})" if share else "not available")
        yield f"| {POWER[key].title} | " + " | ".join(found) + " |"
    yield ""


def _paragraph(text: str) -> list[str]:
    # A number stays with its per cent sign.
    lines = textwrap.wrap(text.replace(" %", "~%"), 118)
    return [line.replace("~%", " %") for line in lines] + [""]


def page(answers: dict[str, Counts], *, replications: int, draws: int) -> str:
    """Return all tables, and what they are of."""
    power = {key: counts for key, counts in answers.items() if key in POWER}
    lines = [
        *_paragraph(
            f"Share of {replications:,} simulated studies in which a test at 5 % rejects, in "
            "percent. Except in the last table nothing happened in any of them, so that a sound "
            "test rejects in 5 % of those where it is available. The interval is Wilson's (1927) "
            "at 95 %; *too often* and *too seldom* mark where it leaves out 5 %."
        ),
        *_paragraph(
            "Unless a table says otherwise: 4 markets, 12 dates in each, 500 sessions, normal "
            "returns with a standard deviation of 1 %, constant mean on 120 sessions, each "
            "statistic two-sided over all pairs. `placebo` takes "
            f"{draws} draws, so that 5 % of them, the data included, is exactly "
            f"{(draws + 1) * LEVEL:g}. The last column counts studies without a p-value, by "
            "window. `moderated_placebo` borrows from other dates: its studies have 16 more in "
            "every market (long window: 1 more), drawn alike, on 1,000 sessions."
        ),
        *_paragraph(
            f"Seeds 0 to {replications - 1} in every design, so that tables differ by what was "
            "designed and little by luck: `benchmarks/size_table.py "
            f"--replications {replications} --draws {draws}` makes these tables, "
            "`eventstudy.simulate_panel` draws the studies."
        ),
    ]
    for key, counts in answers.items():
        if key in DESIGNS:
            lines += section(DESIGNS[key], counts)
    if power:
        lines += power_section(power)
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Simulate, count, write the tables."""
    every = [*DESIGNS, *POWER]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--draws", type=int, default=199, help="of the placebo; 19, 39, ... make 5 %% exact"
    )
    parser.add_argument("--designs", nargs="+", choices=every, metavar="NAME")
    parser.add_argument(
        "--statistics", default="", help="names with commas; rows of these alone are made"
    )
    parser.add_argument(
        "--out", type=Path, help="default docs/size.md for all designs, else the terminal"
    )
    options = parser.parse_args()
    only = tuple(filter(None, options.statistics.split(",")))
    for name in only:
        STATISTICS[name]  # an unknown one is said before anything is simulated
    keys = options.designs or (list(DESIGNS) if only else every)
    # A worker computes on one core; fresh interpreters read this before they load NumPy.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    answers = {}
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        for key in (key for key in every if key in keys):
            answers[key] = run(
                key,
                (DESIGNS | POWER)[key],
                replications=options.replications,
                draws=options.draws,
                pool=pool,
                store=ROOT / "build" / "size_table",
                only=only,
            )
    out = options.out
    if out is None and (only or len(answers) == len(every)):
        out = ROOT / "docs" / "size.md"
    held = out.read_text(encoding="utf-8") if out is not None and out.exists() else ""
    if only and BEGIN in held:
        tables = held.split(BEGIN, 1)[1].split(END, 1)[0]
        text = merged(tables.strip() + "\n", answers, only, options.replications, options.draws)
    else:
        text = page(answers, replications=options.replications, draws=options.draws)
    if out is None:
        print(text)
    else:
        out.write_text(placed(held, text), encoding="utf-8")


if __name__ == "__main__":
    main()
