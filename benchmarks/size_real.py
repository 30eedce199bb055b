"""Size and power on real series, and on simulated ones, in ordinary times and in rough ones.

    python benchmarks/size_real.py PRICES [--replications 500] [--draws 399] [--processes 2]
        [--designs rough month] [--dates 3 12] [--effects 0 1] [--only placebo ...] [--out FILE]
    python benchmarks/size_real.py simulated ...
    python benchmarks/size_real.py PRICES --check 20
    python benchmarks/size_real.py PRICES --out FILE --tables

PRICES is a long table (date, security, close) with N225, TWII, HSI and USDCNH; it is not part of
the project. ``simulated`` takes twenty panels of `simulate_panel` in turn: 4 markets, 2,250
sessions, correlation 0.5, GARCH(1,1) with alpha 0.08 and beta 0.90. Nothing happened on the dates
that are drawn, so that a 5 % test rejects in 5 % of the studies; with ``--effects 1`` the dates of
the group that is tested are moved by so many conditional standard deviations in every market, and
what is counted is power. Beside the group there are three others of eight dates each, drawn alike
unless the design says otherwise; the contrast is of the group with all of these. Four markets,
constant mean, 250 estimation sessions ending 20 before, window [0, 0]. Seeds are 0, 1, 2, ... in
every cell. With ``--out`` every study is a line of that file, and those that are there are not done
again. ``--check`` compares `quick_study` with whole studies. ``--tables`` puts what the file of
``--out`` holds into docs/size.md, between its marks.
"""

from __future__ import annotations

import argparse
import csv
import textwrap
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from quick_study import CONTRAST, QUICK, QuickStudies
from series_designs import (
    DESIGNS,
    MARKETS,
    N_SIMULATED,
    OF_OTHERS,
    OTHERS,
    SIMULATED,
    TESTED,
    Drawn,
    Series,
    load_series,
)  # fmt: skip
from size_table import placed

import eventstudy as es
from eventstudy.analyses.contrasts import contrasts
from eventstudy.estimation.groups import make_groups
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.measured_size import wilson
from eventstudy.study.design import make_design
from eventstudy.study.labels import sample_labels
from eventstudy.study.preparation import estimate, prepare

BEGIN, END = "<!-- size_real: begin -->", "<!-- size_real: end -->"
NAMES = (
    *QUICK, "portfolio_t", "kolari_pynnonen", "cross_sectional_t", "bmp",
)  # fmt: skip
DATES = (1, 2, 3, 5, 12, 30)


def moved_returns(series: Series, drawn: Drawn, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of all dates, and the returns there with variance and effect put on."""
    rows = np.concatenate([drawn.tested, drawn.others])
    scale = np.concatenate([drawn.scale, drawn.scale_others])
    values = series.returns.to_numpy()
    centre = np.nanmean(values, axis=0)
    moved = centre + scale[:, None] * (values[rows] - centre)
    moved[: len(drawn.tested)] += effect * series.volatility[drawn.tested]
    return rows, moved


def events_of(series: Series, drawn: Drawn, *, one_market_each: bool = False) -> es.Events:
    """Return the events of a study."""
    rows = np.concatenate([drawn.tested, drawn.others])
    group = [TESTED] * len(drawn.tested) + [name for name in OTHERS for _ in range(OF_OTHERS)]
    table = pd.DataFrame(
        {
            "event_id": [f"E{i:03d}" for i in range(len(rows))],
            "date": series.returns.index[rows].strftime("%Y-%m-%d"),
            "kind": group,
            "side": [name if name == TESTED else "other" for name in group],
        }
    )
    if one_market_each:
        table["markets"] = [MARKETS[i % len(MARKETS)] for i in range(len(rows))]
    return es.Events.from_frame(table)


def study_of(
    series: Series, drawn: Drawn, effect: float, *, one_market_each: bool = False
) -> tuple[es.Events, es.PricePanel]:
    """Return the events of a study, and prices on whose event days variance and effect are put."""
    rows, moved = moved_returns(series, drawn, effect)
    shaken = series.returns.to_numpy(copy=True)
    shaken[rows] = moved
    index, columns = series.returns.index, series.returns.columns
    # Every market keeps its own sessions: a file of prices has no row where it was shut.
    levels = 100.0 * (1.0 + pd.DataFrame(shaken, index=index, columns=columns)).cumprod()
    events = events_of(series, drawn, one_market_each=one_market_each)
    return events, es.PricePanel.from_frame(levels)


def study_for(names: tuple[str, ...], draws: int, seed: int) -> es.EventStudy:
    """Return the specification of all studies."""
    return es.EventStudy(
        markets=MARKETS,
        model=es.ConstantMean(),
        estimation_window=(-270, -21),
        event_window=(0, 0),
        car_windows=[(0, 0)],
        statistics=names,
        by=("kind",),
        date_only="same",
        calendar="data",
        draws=draws,
        seed=seed,
        max_loss=1.0,
    )


def draw(seed: int, path: str, design: str, n_dates: int) -> tuple[Series, Drawn]:
    """Return the series of one study and its dates."""
    if path == SIMULATED:
        path = f"{SIMULATED}{seed % N_SIMULATED}"
    series = load_series(path)
    rng = np.random.default_rng([seed, n_dates, list(DESIGNS).index(design)])
    return series, DESIGNS[design](series, rng, n_dates)


_QUICK: dict[int, QuickStudies] = {}


def replicate(
    seed: int,
    *,
    path: str,
    design: str,
    n_dates: int,
    effect: float,
    draws: int,
    names: tuple[str, ...],
) -> dict[str, float]:
    """Return the p-values of the tested group in one study."""
    series, drawn = draw(seed, path, design, n_dates)
    one_market_each = design == "one_market"
    if not set(names) <= set(QUICK):
        return whole(seed, series, drawn, effect, draws, names, one_market_each=one_market_each)
    rows, moved = moved_returns(series, drawn, effect)
    events = events_of(series, drawn, one_market_each=one_market_each)
    if id(series) not in _QUICK:
        untouched = replace(drawn, scale=drawn.scale**0, scale_others=drawn.scale_others**0)
        _, prices = study_of(series, untouched, 0.0)
        study = study_for(("placebo",), draws, 0)
        _QUICK[id(series)] = QuickStudies.of(study, events, prices)
    days = series.returns.index[rows].to_numpy().astype("datetime64[D]")
    return _QUICK[id(series)].pvalues(
        events, days, moved, names=names, group=f"kind={TESTED}", seed=seed
    )


def whole(
    seed: int,
    series: Series,
    drawn: Drawn,
    effect: float,
    draws: int,
    names: tuple[str, ...],
    *,
    one_market_each: bool = False,
) -> dict[str, float]:
    """Return the p-values of the tested group in one study, gone through from its prices on."""
    events, prices = study_of(series, drawn, effect, one_market_each=one_market_each)
    study = study_for(tuple(name for name in names if name != CONTRAST), draws, seed)
    data = prepare(study, events, prices)
    sample, table = estimate(data)
    built = make_design(data, sample, table)
    labels = sample_labels(data, sample)
    groups = make_groups(labels, study.by)
    windows = [(study.car_windows[0], "car")]
    answers: dict[str, float] = {}
    if CONTRAST in names:
        frame = contrasts(
            built, labels, [("side", TESTED, "other")], study.car_windows, data.returns.names
        )
        answers[CONTRAST] = float(frame.loc[frame["security"] == "all", "pvalue"].iloc[0])
    # The others have their size from these studies, not from the placebos inside each of them.
    drawn_names = [name for name in study.statistics if STATISTICS[name].value.randomised]
    plain = [name for name in study.statistics if name not in drawn_names]
    for part, chosen in ((built, drawn_names), (replace(built, draws=0), plain)):
        if chosen:
            frame = evaluate(part, groups, windows, chosen)
            rows = frame[frame["group"] == f"kind={TESTED}"]
            answers |= dict(zip(rows["name"], rows["pvalue"], strict=True))
    return answers


def check(path: str, number: int, draws: int) -> None:
    """Compare `quick_study` with whole studies, over all designs."""
    most, begin = 0.0, time.process_time()
    seconds = {"quick": 0.0, "whole": 0.0}
    for seed in range(number):
        design = list(DESIGNS)[seed % len(DESIGNS)]
        n_dates, effect = DATES[seed % len(DATES)], float(seed % 3)
        begin = time.process_time()
        found = replicate(
            seed, path=path, design=design, n_dates=n_dates, effect=effect, draws=draws,
            names=QUICK,
        )  # fmt: skip
        middle = time.process_time()
        series, drawn = draw(seed, path, design, n_dates)
        asked = whole(
            seed, series, drawn, effect, draws, QUICK, one_market_each=design == "one_market"
        )
        seconds["quick"] += middle - begin
        seconds["whole"] += time.process_time() - middle
        for name in QUICK:
            if np.isnan(found[name]) != np.isnan(asked[name]):
                raise SystemExit(f"{design}, {n_dates} dates, {name}: {found} {asked}")
            most = max(most, abs(np.nan_to_num(found[name]) - np.nan_to_num(asked[name])))
    print(f"{number} studies: p-values differ by {most:.2g} at most")
    print(", ".join(f"{name} {took / number:.3f} s a study" for name, took in seconds.items()))


def done_in(path: Path | None) -> set[tuple[str, str, int, float, int]]:
    """Return what the file of studies holds: source, design, dates, effect, seed."""
    if path is None or not path.exists():
        return set()
    frame = pd.read_csv(path)
    keys = frame[["source", "design", "dates", "effect", "seed"]].itertuples(index=False)
    return {(str(a), str(b), int(c), float(d), int(e)) for a, b, c, d, e in keys}


def main() -> None:
    """Print one line a cell and statistic."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prices")
    parser.add_argument("--replications", type=int, default=500)
    parser.add_argument("--draws", type=int, default=399)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--designs", nargs="+", default=list(DESIGNS), choices=list(DESIGNS))
    parser.add_argument("--dates", nargs="+", type=int, default=DATES)
    parser.add_argument("--effects", nargs="+", type=float, default=(0.0,))
    parser.add_argument("--only", nargs="+", default=QUICK, help="statistics to run")
    parser.add_argument("--out", type=Path, help="a csv of every study, added to")
    parser.add_argument("--check", type=int, default=0, help="studies to compare, and nothing else")
    parser.add_argument("--tables", action="store_true", help="write docs/size.md from --out")
    options = parser.parse_args()
    source = options.prices
    path = source if source == SIMULATED else str(Path(source).resolve())
    if options.tables:
        page = Path(__file__).resolve().parents[1] / "docs" / "size.md"
        text = tables(pd.read_csv(options.out))
        page.write_text(placed(page.read_text("utf-8"), text, BEGIN, END), encoding="utf-8")
        return
    if options.check:
        check(path, options.check, options.draws)
        return
    name = source if source == SIMULATED else Path(source).name
    names = tuple(options.only)
    done = done_in(options.out)
    cells = [
        (design, n_dates, effect)
        for n_dates in options.dates
        for effect in options.effects
        for design in options.designs
    ]
    print("design,dates,effect,statistic,rejected,low,high,known,replications,seconds", flush=True)
    with ProcessPoolExecutor(options.processes) as pool:
        for design, n_dates, effect in cells:
            seeds = [
                seed
                for seed in range(options.replications)
                if (name, design, n_dates, effect, seed) not in done
            ]
            work = partial(
                timed, path=path, design=design, n_dates=n_dates, effect=effect,
                draws=options.draws, names=names,
            )  # fmt: skip
            found = []
            for seed, answer in zip(seeds, pool.map(work, seeds, chunksize=5), strict=True):
                row = {"source": name, "design": design, "dates": n_dates, "effect": effect}
                found.append(row | {"seed": seed, "draws": options.draws} | answer)
                if options.out is not None:
                    append(options.out, found[-1])
            if found:
                report(pd.DataFrame(found), names)


def tables(studies: pd.DataFrame) -> str:
    """Return a table a test, source and effect: designs down, dates across."""
    seconds = studies["seconds"].sum()
    said = (
        f"{len(studies):,} studies, {studies['draws'].max()} draws each, "
        f"{seconds / 60:.0f} minutes of one processor. Seeds 0, 1, 2, ... in every cell. Percent "
        "of the studies that reject at 5 %, with Wilson's 95 % interval; **bold** where it leaves "
        "out 5 %. Studies a cell where they are not 500: *of n*, those with a p-value. A cell that "
        "is empty was not run."
    )
    parts = ["\n".join(textwrap.wrap(said.replace(" %", "~%"), 118)).replace("~%", " %")]
    for source, effect in ((True, 0), (False, 0), (True, None), (False, None)):
        is_real = studies["source"] != SIMULATED
        of_source = studies[is_real if source else ~is_real]
        is_null = of_source["effect"] == 0
        chosen = of_source[is_null if effect == 0 else ~is_null]
        where = "real series" if source else "simulated series"
        for moved, part in chosen.groupby("effect"):
            what = f"power at an effect of {moved:g} on" if moved else "size on"
            for name in QUICK:
                parts.append(f"### `{name}`: {what} {where}")
                parts.append(_table(part, name, is_null=not moved))
    return "\n\n".join(parts) + "\n"


def _table(studies: pd.DataFrame, name: str, *, is_null: bool) -> str:
    dates = sorted(studies["dates"].unique())
    rows = ["| | " + " | ".join(map(_dates, dates)) + " |", "|---|" + "--:|" * len(dates)]
    for design in (key for key in DESIGNS if key in set(studies["design"])):
        words = " ".join((DESIGNS[design].__doc__ or "").split()).rstrip(".")
        cells = []
        for number in dates:
            part = studies[(studies["design"] == design) & (studies["dates"] == number)]
            cells.append(_cell(part[name], is_null=is_null))
        rows.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _dates(number: int) -> str:
    return f"{number} date" + ("s" if number > 1 else "")


def _cell(pvalues: pd.Series, *, is_null: bool) -> str:
    known = pvalues.dropna()
    if known.empty:
        return "n/a" if len(pvalues) else ""
    rejected = int((known <= 0.05).sum())
    low, high = wilson(rejected, len(known))
    share = f"{100 * rejected / len(known):.1f}"
    share = f"**{share}**" if is_null and not low <= 0.05 <= high else share
    of = "" if len(known) == 500 else f" of {len(known)}"
    return f"{share} ({100 * low:.1f} to {100 * high:.1f}){of}"


def timed(seed: int, **settings: object) -> dict[str, float]:
    """`replicate`, and the seconds of a processor it took."""
    begin = time.process_time()
    answer = replicate(seed, **settings)  # type: ignore[arg-type]
    return answer | {"seconds": time.process_time() - begin}


def append(path: Path, row: dict[str, object]) -> None:
    """Add one line to a file, with a head where it is new."""
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def report(studies: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Print the share of studies of one cell that each test rejects."""
    first = studies.iloc[0]
    for name in names:
        known = studies[name].dropna()
        rejected = int((known <= 0.05).sum())
        low, high = wilson(rejected, len(known)) if len(known) else (np.nan, np.nan)
        share = rejected / len(known) if len(known) else np.nan
        print(
            f"{first.design},{first.dates},{first.effect:g},{name},{share:.3f},{low:.3f},"
            f"{high:.3f},{len(known)},{len(studies)},{studies['seconds'].sum():.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
