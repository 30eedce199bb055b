"""Which way of making a range of past reactions beats ordinary days, on the bundled events.

    python benchmarks/expectation_search.py [-o search.csv]

Every variant forecasts every event walking forward, once when the news broke and once at the next
open, and is scored by the CRPS in the daily volatility the house uses. Prints a table a moment: the
events before 2024, on which a variant is chosen, and those of 2024 and 2025, on which it is
reported. The rule: of the variants whose 80 % range held 72 to 88 % of the outcomes in every market
before 2024, those within one standard error (of the difference, by dates) of the smallest mean CRPS
of forecasts made when the news broke; the usual one where it is among them, else the smallest. Then
the scores of the usual one by market, step of the ladder and direction, and how much of the return
of a market what moved before its open explains.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.expectation.pooling import USUAL, Method
from eventstudy.expectation.reactions import BenchmarkLevels, Reactions, past_reactions
from eventstudy.expectation.scoring import Made, score_table, walk_forward
from eventstudy.expectation.volatility import KINDS, USUAL_KIND

CUT = "2024-01-01"
FEWEST = 50  # forecasts of a market whose coverage is judged
COVERAGE = (0.72, 0.88)
NONE = Method(centre="none", kinds=False, spread="days", lead=False)
STEP = Method(centre="mean", pooling="full", spread="step", lead=False)
VARIANTS = {
    "usual": USUAL,
    "weights not estimated: all of the contrast, no kinds": replace(
        USUAL, pooling="full", kinds=False
    ),
    "half of the contrast, no kinds": replace(USUAL, pooling="half", kinds=False),
    "without kinds": replace(USUAL, kinds=False),
    "nothing of the direction": replace(USUAL, centre="none", kinds=False),
    "own mean of the direction, weights estimated": replace(USUAL, centre="mean"),
    "own mean of the direction, all of it": replace(USUAL, centre="mean", pooling="full"),
    "spread of ordinary days": replace(USUAL, spread="days"),
    "spread of all news": replace(USUAL, spread="news"),
    "spread of the step's own dates": replace(USUAL, spread="step"),
    "Student's t of the step's own dates": replace(USUAL, spread="t"),
    "all days in place of ordinary ones": replace(USUAL, ordinary=False),
    "benchmark not looked at": replace(USUAL, lead=False),
    "benchmark not looked at, spread of ordinary days": replace(USUAL, lead=False, spread="days"),
    "benchmark alone": replace(NONE, lead=True),
    "past values of the step as they are": STEP,
    "past values of the direction as they are": replace(STEP, kinds=False),
    "past values of all news as they are": replace(NONE, spread="news", centre="none"),
}
"""What is changed in the usual method."""


def main() -> None:
    """Print the search, and write it as a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--out", help="csv of all numbers")
    out = parser.parse_args().out
    started = time.process_time()
    study = es.bundled_study()
    events, prices = study.load()
    past = {kind: past_reactions(study, events, prices, volatility=kind) for kind in KINDS}
    tables, chosen = [], ([False], [False])
    moments: tuple[tuple[Made, str], ...] = (
        ("news", "when the news broke"),
        ("open", "at the next open"),
    )
    for made, title in moments:
        walked = _walked(past, made)
        table = pd.DataFrame([_row(name, frame) for name, frame in walked.items()])
        if made == "news":  # the choice is made once
            chosen = _chosen(walked, table)
        table["is_near"], table["is_chosen"] = chosen
        print(f"\nForecasts made {title}\n{_markdown(table)}")
        print(f"\nThe usual method, forecasts made {title}\n{_by_group(past[USUAL_KIND], made)}")
        tables.append(table.assign(made=made))
    print(f"\nWhat moved before the open, ordinary days before 2024\n{_leads(past[USUAL_KIND])}")
    if out:
        pd.concat(tables).to_csv(out, index=False)
    print(f"\n{time.process_time() - started:.0f} seconds of CPU")


def _walked(past: dict[str, Reactions], made: Made) -> dict[str, pd.DataFrame]:
    """Walk every variant forward; scores are in the daily volatility of the usual kind."""
    usual = past[USUAL_KIND]
    walked = {
        name: walk_forward(usual, method=method, made=made)[0] for name, method in VARIANTS.items()
    }
    for kind in KINDS:
        if kind != USUAL_KIND:
            walked[f"volatility {kind}"] = walk_forward(past[kind], made=made)[0]
    reference = walked[next(iter(VARIANTS))]
    keys = ["event_id", "security"]
    yardstick = reference[[*keys, "volatility", "ordinary_crps"]]
    scored = {}
    for name, each in walked.items():
        frame = each[each["low"].notna()].merge(yardstick, on=keys, suffixes=("", "_usual"))
        scored[name] = frame.assign(
            crps=frame["crps"] * frame["volatility"] / frame["volatility_usual"],
            ordinary_crps=frame["ordinary_crps_usual"],
            volatility=frame["volatility_usual"],
        )
    return scored


def _row(name: str, frame: pd.DataFrame) -> dict[str, object]:
    row: dict[str, object] = {"variant": name}
    is_late = frame["over_utc"] >= CUT
    for period, part in (("before", frame[~is_late]), ("after", frame[is_late])):
        total = score_table(part).iloc[0]
        markets = score_table(part, "security")
        markets = markets[markets["n"] >= FEWEST]["coverage"]
        row |= {
            f"n_{period}": int(total["n"]),
            f"coverage_{period}": total["coverage"],
            f"least_{period}": markets.min(),
            f"most_{period}": markets.max(),
            f"width_{period}": total["width"] / total["ordinary_width"],
            f"brier_{period}": total["brier"],
            f"hit_{period}": total["hit_rate"],
            f"ratio_{period}": total["crps_ratio"],
            f"low_{period}": total["ratio_low"],
            f"high_{period}": total["ratio_high"],
        }
    return row


def _chosen(walked: dict[str, pd.DataFrame], table: pd.DataFrame) -> tuple[list[bool], list[bool]]:
    """Return which variants lie within one standard error of the best, and the chosen one."""
    low, high = COVERAGE
    covers = (table["least_before"] >= low) & (table["most_before"] <= high)
    scores = table["ratio_before"].where(covers, np.inf)
    best = walked[table["variant"][int(scores.argmin())]]
    near = []
    for name, has_coverage in zip(table["variant"], covers, strict=True):
        near.append(bool(has_coverage) and _is_near(walked[name], best))
    position = 0 if near[0] else int(scores.argmin())
    return near, [at == position for at in range(len(table))]


def _is_near(frame: pd.DataFrame, best: pd.DataFrame) -> bool:
    """Whether a mean CRPS before 2024 lies within one standard error of the best one."""
    keys = ["event_id", "security"]
    both = frame[frame["over_utc"] < CUT].merge(best, on=keys, suffixes=("", "_best"))
    difference = both["crps"] - both["crps_best"]
    of_date = (difference - difference.mean()).groupby(both["session"]).sum()
    error = float(np.sqrt((of_date**2).sum() * len(of_date) / (len(of_date) - 1))) / len(both)
    return float(difference.mean()) <= error


def _by_group(past: Reactions, made: Made) -> str:
    """Scores of the usual method, by period, market, step and direction."""
    frame = walk_forward(past, made=made)[0]
    is_late = frame["over_utc"] >= CUT
    frame = frame.assign(period=np.where(is_late, "2024-25", "before 2024"))
    lines = [
        "| forecasts | n | dates | coverage | ordinary | width | ordinary | hit rate | Brier | "
        "ordinary | CRPS ratio (95 %) |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for by in (None, "period", "security", "level", "direction"):
        for row in score_table(frame, by).to_dict("records"):
            interval = f"({row['ratio_low']:.3f} to {row['ratio_high']:.3f})"
            cells = [
                row[by or "group"],
                f"{row['n']:,}",
                f"{row['n_dates']}",
                f"{row['coverage']:.1%}",
                f"{row['ordinary_coverage']:.1%}",
                f"{row['width']:.2f}",
                f"{row['ordinary_width']:.2f}",
                f"{row['hit_rate']:.1%}",
                f"{row['brier']:.3f}",
                f"{row['ordinary_brier']:.3f}",
                f"{row['crps_ratio']:.3f} {interval if row['n_dates'] > 1 else ''}".strip(),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _leads(past: Reactions) -> str:
    """Share of the variance of a market's return that moves before its open explain."""
    by_name = {days.security: days for days in past.days}
    moved = {"SPX": past.levels} | {
        name: BenchmarkLevels(
            closed=by_name[name].closed[seen],
            level=np.cumsum(np.log1p(by_name[name].returns[seen])),
        )
        for name in ("CNH", "AUDUSD")
        for seen in [np.isfinite(by_name[name].returns)]
    }
    lines = ["| market | SPX | CNH | AUDUSD | all three |", "|---|---|---|---|---|"]
    for name in ("N225", "TWII", "HSI"):
        days = by_name[name]
        before = np.append(np.datetime64("NaT", "ns"), days.closed[:-1])
        scale = days.volatility[:-1]
        x = np.stack([each.between(before, days.opened) / scale for each in moved.values()])
        z = days.raw / scale
        used = days.is_ordinary & np.isfinite(z) & np.isfinite(x).all(axis=0)
        used &= days.over < np.datetime64(CUT)
        shares = []
        for rows in ([0], [1], [2], [0, 1, 2]):
            design = np.column_stack([np.ones(int(used.sum())), *x[rows][:, used]])
            fitted = design @ np.linalg.lstsq(design, z[used])[0]
            shares.append(f"{1 - ((z[used] - fitted) ** 2).mean() / z[used].var():.1%}")
        lines.append(f"| {name} | {' | '.join(shares)} |")
    return "\n".join(lines)


def _markdown(table: pd.DataFrame) -> str:
    lines = [
        "| variant | coverage before 2024 (markets) | width | CRPS ratio (95 %) | coverage 2024-25 "
        "(markets) | width | CRPS ratio (95 %) | near the best |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in table.to_dict("records"):
        cells = [row["variant"] + (" **(chosen)**" if row["is_chosen"] else "")]
        for period in ("before", "after"):
            cells += [
                f"{row[f'coverage_{period}']:.1%} ({row[f'least_{period}']:.0%} to "
                f"{row[f'most_{period}']:.0%})",
                f"{row[f'width_{period}']:.2f}",
                f"{row[f'ratio_{period}']:.3f} ({row[f'low_{period}']:.3f} to "
                f"{row[f'high_{period}']:.3f})",
            ]
        cells.append("yes" if row["is_near"] else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
