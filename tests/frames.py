"""Frames with the columns of a real study, drawn from one seed, for tests of what is shown."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.reporting.content import ReportContent
from eventstudy.reporting.record import StudyRecord

MARKETS = ("N225", "TWII", "HSI", "HSCE", "CNH", "AUDUSD")
VOLATILITY = dict(zip(MARKETS, (0.014, 0.013, 0.015, 0.016, 0.003, 0.006), strict=True))
WINDOWS = ((0, 0), (0, 1), (-1, 1))
STATISTICS = (
    "placebo", "kolari_pynnonen", "portfolio_t", "cross_sectional_t", "patell", "adjusted_patell",
    "bmp", "corrado_rank", "sign", "generalized_sign", "wilcoxon",
)  # fmt: skip
SIZES = {"placebo": 0.05, "cross_sectional_t": 0.208, "bmp": 0.217, "patell": 0.247, "sign": 0.18}
CATEGORIES = ("talk_signal", "tariff_threat", "tariff_announced", "retaliation", "tariff_exemption")
DIRECTION = dict(
    zip(
        CATEGORIES,
        ("de-escalation", "escalation", "escalation", "escalation", "de-escalation"),
        strict=True,
    )
)
HEADLINES = {
    "talk_signal": "Commerce Ministry says it is weighing a US request to open tariff talks",
    "tariff_threat": "Candidate says China tariffs could exceed 60%",
    "tariff_announced": "White House raises duties on Chinese EVs, chips, solar and batteries",
    "retaliation": "Beijing answers with 34% duties on all US goods and export controls",
    "tariff_exemption": "Customs notice exempts smartphones and computers from the new duties",
}
CAAR_GROUPS = ("all", *(f"category={kind}" for kind in CATEGORIES))
UNSAFE = "<script>alert(1)</script>\"'& $5bn to $6bn \u202eevil\u202c \u200f" + "Donau" * 40


def events_frame(n: int = 24, *, unsafe: bool = False) -> pd.DataFrame:
    """Return `n` events of five kinds between 2023-11 and 2025-07, in order of time."""
    rng = np.random.default_rng(2)
    stamps = pd.date_range("2023-11-15T02:00", "2025-07-10T02:00", periods=n, tz="UTC")
    stamps = (stamps + pd.to_timedelta(rng.integers(0, 1400, n), unit="min")).as_unit("ns")
    kinds = [CATEGORIES[i] for i in rng.integers(0, len(CATEGORIES), n)]
    frame = pd.DataFrame(
        {
            "event_id": [f"E{stamp:%Y%m%d}{chr(97 + i % 3)}" for i, stamp in enumerate(stamps)],
            "published_at": stamps,
            "date": stamps.tz_localize(None).normalize(),
            "timezone": "Asia/Shanghai",
            "precision": [("exact", "approx", "session")[i % 3] for i in range(n)],
            "headline": [HEADLINES[kind] for kind in kinds],
            "category": kinds,
            "actor": "US",
            "direction": [DIRECTION[kind] for kind in kinds],
            "salience": [str(1 + i % 3) for i in range(n)],
            "source": "Ministry statement; AP",
            "url": "https://example.org/news?a=1&b=2",
            "verified": "partial",
        }
    )
    if unsafe:
        frame.loc[0, "headline"] = UNSAFE
        frame.loc[0, "url"] = "javascript:alert(1)"
        frame.loc[0, "source"] = "<img src=x onerror=alert(2)>"
    return frame


def prices_frame() -> pd.DataFrame:
    """Return weekday closes of the six markets, a few of them missing."""
    rng = np.random.default_rng(3)
    dates = pd.bdate_range("2023-09-01", "2025-07-11").as_unit("ns")
    moves = rng.standard_normal((len(dates), 6)) * list(VOLATILITY.values())
    levels = np.exp(np.cumsum(moves, axis=0)) * [32710, 16645, 18844, 6533, 0.1376, 0.645]
    levels[rng.random(levels.shape) < 0.02] = np.nan
    return pd.DataFrame(levels, index=pd.Index(dates, name="date"), columns=list(MARKETS))


def alignment_frame(events: pd.DataFrame) -> pd.DataFrame:
    """Return every pair with the session it could first react in."""
    rows = []
    for number, event in enumerate(events.itertuples(index=False)):
        for place, market in enumerate(MARKETS):
            intraday = (number + place) % 3 == 0
            catch_up = (number + place) % 11 == 0
            rows.append(
                {
                    "event_id": event.event_id,
                    "security": market,
                    "published_utc": event.published_at,
                    "session": event.date + pd.Timedelta(days=0 if intraday else 1),
                    "state": "intraday" if intraday else "closed" if catch_up else "pre_open",
                    "minutes_to_close": 60.0 + number if intraday else math.nan,
                    "span_days": 4.0 if catch_up else 1.0,
                    "catch_up": catch_up,
                    "ambiguous": event.precision == "session" and place == 0,
                    "overlaps": ";".join(events["event_id"].iloc[max(0, number - 1) : number]),
                    "benchmark_reacts_later": place < 4 and number % 2 == 0,
                    "reason": "published while the market was trading"
                    if intraday
                    else "published after the close, so the next session is the first to react",
                }
            )
    frame = pd.DataFrame(rows)
    frame["benchmark_reacts_later"] = frame["benchmark_reacts_later"].astype("boolean")
    return frame


def abnormal_returns_frame(alignment: pd.DataFrame, seed: int = 9) -> pd.DataFrame:
    """Return the returns of every pair from session -5 to +5."""
    rng = np.random.default_rng(seed)
    taus = np.arange(-5, 6)
    pairs = alignment[["event_id", "security"]].loc[alignment.index.repeat(len(taus))]
    tau = np.tile(taus, len(alignment))
    volatility = pairs["security"].map(VOLATILITY).to_numpy()
    returns = volatility * rng.standard_normal(len(pairs))
    sessions = alignment["session"].repeat(len(taus)) + pd.to_timedelta(tau, unit="D")
    return pd.DataFrame(
        {
            "event_id": pairs["event_id"].to_numpy(), "security": pairs["security"].to_numpy(),
            "tau": tau, "session": sessions.to_numpy(), "return": returns,
            "normal_return": 0.0004, "abnormal_return": returns - 0.0004,
            "std_error": volatility, "standardized": (returns - 0.0004) / volatility,
            "volatility": volatility,
        }
    )  # fmt: skip


def ranges_frame() -> pd.DataFrame:
    """Return the middle and the range of two directions and others, in two markets and pooled."""
    rows = []
    for place, group in enumerate(
        ("all", "direction=de-escalation", "direction=escalation", "direction=neutral")
    ):
        for security in ("N225", "CNH", "all"):
            for end in (0, 1):
                few = group == "direction=escalation" and security == "CNH"
                rows.append(
                    {
                        "group": group, "security": security, "window_start": 0, "window_end": end,
                        "n_dates": 5 if few else 20 + place, "n_events": 25, "n_mixed": 2,
                        "median": 0.004 - 0.003 * place, "low": math.nan if few else -0.01,
                        "high": math.nan if few else 0.02, "n_up": 4 if few else 15, "n_down": 1,
                        "ordinary_low": -0.012, "ordinary_high": 0.013,
                        "beyond_median": 0.001, "benchmark_median": 0.002,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def car_frame(alignment: pd.DataFrame) -> pd.DataFrame:
    """Return one cumulative abnormal return a pair and window."""
    rng = np.random.default_rng(4)
    rows = []
    for pair in alignment.itertuples(index=False):
        h = VOLATILITY[pair.security]
        for start, end in WINDOWS:
            se = h * math.sqrt(end - start + 1)
            car = se * float(rng.standard_t(4))
            rows.append(
                {
                    "event_id": pair.event_id, "security": pair.security, "window_start": start,
                    "window_end": end, "car": car, "std_error": se, "t": car / se, "df": 228.0,
                    "pvalue": math.erfc(abs(car / se) / math.sqrt(2)), "bhar": car * 0.99,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def statistics_frame(*, strong: str | None = "category=talk_signal") -> pd.DataFrame:
    """Return the tidy frame of five kinds, two directions, six markets and all; one is strong."""
    rng = np.random.default_rng(5)
    groups = ["all", *(f"category={kind}" for kind in CATEGORIES)]
    groups += ["direction=escalation", "direction=de-escalation"]
    groups += [f"security={market}" for market in MARKETS]
    groups += [f"category*direction={kind}*{DIRECTION[kind]}" for kind in CATEGORIES]
    rows = []
    for place, group in enumerate(groups):
        n_events = (24, 9, 6, 4, 2, 3, 13, 11)[place % 8]
        windows = [("car", start, end) for start, end in WINDOWS]
        windows += [("ar", tau, tau) for tau in range(-2, 3)]
        for measure, start, end in windows:
            length = end - start + 1
            effect = float(rng.normal(0, 0.25)) if group != strong else 0.9
            pvalue = float(rng.uniform(0.12, 0.98)) if group != strong else 0.0012
            for name in STATISTICS:
                size = SIZES.get(name, 0.055)
                se = 0.010 * math.sqrt(length / n_events)
                over = size > 0.1
                rows.append(
                    {
                        "group": group, "window_start": start, "window_end": end,
                        "measure": measure, "name": name, "estimate": effect * 0.011,
                        "std_error": math.nan if name in {"wilcoxon", "sign"} else se,
                        "statistic": effect / 0.3,
                        "df": float(n_events - 1) if name.endswith("_t") else math.nan,
                        "pvalue": pvalue if name == "placebo" else min(1.0, pvalue * 1.3),
                        "ci_low": effect * 0.011 - 2 * se, "ci_high": effect * 0.011 + 2 * se,
                        "n_pairs": n_events * 6, "n_events": n_events, "size": size,
                        "size_low": size - 0.01, "size_high": size + 0.01,
                        "mde": 0.9 if name == "placebo" else math.nan,
                        "n_dates": max(1, n_events - 2),
                        "note": "over-rejects" if over else "", "effect": effect,
                        "effect_low": effect - 0.55, "effect_high": effect + 0.55,
                        "mde_return": 0.0099 if name == "placebo" else math.nan,
                        "n_units": max(1, n_events - 1),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def caar_frame(groups: tuple[str, ...] = CAAR_GROUPS) -> pd.DataFrame:
    """Return cumulative average abnormal returns from session -5 to +5."""
    rng = np.random.default_rng(6)
    frames = []
    for place, group in enumerate(groups):
        taus = np.arange(-5, 6)
        drift = np.where(taus >= 0, (0.006, 0.012, -0.008)[place % 3], 0.0)
        caar = np.cumsum(rng.normal(0, 0.0015, 11)) + np.minimum(taus - taus[0] + 1, 8) / 8 * drift
        half = 0.004 * np.sqrt(taus - taus[0] + 1) / 2
        frames.append(
            pd.DataFrame(
                {
                    "group": group, "tau": taus, "caar": caar, "ci_low": caar - half,
                    "ci_high": caar + half, "n_pairs": 144 if group == "all" else 40 - 3 * place,
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def heatmap_frame() -> pd.DataFrame:
    """Return markets x kinds of news with an estimate, its p-value and its number of events."""
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        [
            {
                "row": market, "column": kind, "estimate": float(rng.normal(0, 0.008)),
                "pvalue": float(rng.choice([0.004, 0.03, 0.08, 0.4, 0.7])),
                "n_events": int(2 if kind == "tariff_exemption" else rng.integers(3, 24)),
                "mde": 0.9,
                "mde_return": 0.0099,
            }
            for market in MARKETS
            for kind in CATEGORIES
        ]
    )  # fmt: skip


def contrasts_frame() -> pd.DataFrame:
    """Return a contrast by market and pooled, of all events and of two periods."""
    rows = []
    for part, end in ((part, end) for part in ("", "2023", "2024") for end in (0, 1)):
        name = "direction: de-escalation - escalation" + (f" | period={part}" if part else "")
        for k, security in enumerate(("all", *MARKETS)):
            is_bare = part == "2023" and security == "HSCE"
            estimate = 0.002 * (k + 1 + end)
            rows.append(
                {
                    "contrast": name, "window_start": 0, "window_end": end, "security": security,
                    "estimate": estimate, "std_error": 0.003,
                    "statistic": math.nan if is_bare else estimate / 0.003,
                    "pvalue": math.nan if is_bare else 0.2 / (k + 1),
                    "ci_low": math.nan if is_bare else estimate - 0.006,
                    "ci_high": math.nan if is_bare else estimate + 0.006,
                    "n_dates_a": 2 if is_bare else 12, "n_dates_b": 20, "n_mixed": 3,
                    "note": "not available: too few" if is_bare else "",
                    "pvalue_greater": 0.1, "pvalue_less": 0.9, "effect": 0.4, "effect_low": -0.1,
                    "effect_high": 0.9, "mean_a": estimate / 2, "mean_b": -estimate / 2,
                    "within": "all", "n_blocks": 25, "n_permutations": 2000,
                    "permutations": "random",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def dropped_frame(events: pd.DataFrame) -> pd.DataFrame:
    """Return three lost pairs."""
    ids = events["event_id"].tolist()
    return pd.DataFrame(
        {
            "event_id": [ids[0], ids[0], ids[-1]],
            "security": ["HSI", "HSCE", "N225"],
            "stage": ["min_obs", "min_obs", "coverage"],
            "reason": [
                "64 sessions in the estimation window, 100 needed",
                "64 sessions in the estimation window, 100 needed",
                "day 0 lies after the last price (2025-07-11)",
            ],
        }
    )


def models_frame(alignment: pd.DataFrame) -> pd.DataFrame:
    """Return one market-model fit a pair."""
    rng = np.random.default_rng(8)
    n = len(alignment)
    return pd.DataFrame(
        {
            "event_id": alignment["event_id"], "security": alignment["security"],
            "model": "market_model", "n_obs": rng.integers(100, 231, n),
            "sigma": rng.uniform(0.004, 0.016, n), "r_squared": rng.uniform(0.02, 0.4, n),
            "alpha": rng.normal(0, 0.0005, n), "beta": rng.normal(0.5, 0.2, n),
        }
    )  # fmt: skip


def checks_frame() -> pd.DataFrame:
    """Return findings of the data checks of three severities."""
    return pd.DataFrame(
        {
            "security": ["HSI", "TWII", "CNH"],
            "date": ["2023-09-01", "2024-10-31", "2024-12-25"],
            "check": ["closure", "closure", "stale"],
            "severity": ["info", "warning", "error"],
            "detail": [
                "calendar session without a price: typhoon; removed",
                "calendar session without a price: typhoon; removed",
                "close 7.2771 repeated on 4 sessions",
            ],
        }
    )


def manifest_of(**changed: Any) -> dict[str, Any]:
    """Return a manifest; `changed` gives other tables of its study."""
    study = {
        "title": "Which trade-policy news moved Asian markets?",
        "markets": list(MARKETS),
        "events": {"bundled": True, "date_only": "next", "overlap": "keep"},
        "prices": {"kind": "simple"},
        "model": {"name": "market_model", "benchmark": "SPX", "sync": "asof"},
        "windows": {
            "estimation": [[-120, -21], [21, 60]],
            "event": [-5, 5],
            "car": [list(window) for window in WINDOWS],
        },
        "sample": {"min_obs": 100},
        "statistics": {"names": list(STATISTICS), "by": ["category"]},
    }
    return {"study": study | changed, "sync": "asof", "markets": {}}


def record_of(n_events: int = 24, *, unsafe: bool = False, **frames: Any) -> StudyRecord:
    """Return what a study found; `frames` replaces any of it."""
    events = events_frame(n_events, unsafe=unsafe)
    alignment = alignment_frame(events)
    whole = StudyRecord(
        statistics=statistics_frame(),
        abnormal_returns=abnormal_returns_frame(alignment),
        car=car_frame(alignment),
        caar=caar_frame(),
        heatmap=heatmap_frame(),
        alignment=alignment,
        dropped=dropped_frame(events),
        models=models_frame(alignment),
        checks=checks_frame(),
        events=events,
        prices=prices_frame(),
        manifest=manifest_of(),
    )
    return replace(whole, **frames)


def with_frames(content: ReportContent, **frames: Any) -> ReportContent:
    """Return the same report of a record with other frames."""
    return replace(content, record=replace(content.record, **frames))


def report_content(n_events: int = 24, *, unsafe: bool = False) -> ReportContent:
    """Return everything a report shows."""
    return ReportContent(
        record=record_of(n_events, unsafe=unsafe),
        title="Which trade-policy news moved Asian markets?",
        subtitle="Event study of dated news items, November 2023 to July 2025",
        summary=[
            "Talk signal news: +0.99 % on average over [0,+1] (9 events on 7 dates, p = 0.001).",
            "No other kind of news could be told from ordinary days.",
        ],
        methods=[
            ("market_model", "R = a + b R_m + e, ordinary least squares", "CLM ch. 4"),
            ("placebo", "t of date portfolios of AR over conditional volatility", "Fisher 1935"),
        ],
        provenance={
            "market-reaction": "0.1.0", "pandas": "3.1.1", "seed": 20250502,
            "inputs": {"events.csv": "ab" * 32, "closes.csv": "cd" * 32},
        },
        caveats=[
            "The list was made with hindsight: famous moves are over-represented.",
            "Only a minority of the clock times are better than the session.",
        ],
    )  # fmt: skip
