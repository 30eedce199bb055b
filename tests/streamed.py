"""Small studies to be streamed, and the same frame of tests twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from eventstudy import Events, EventStudy, MarketModel, PricePanel
from eventstudy.inference import STATISTICS
from eventstudy.prices.blocks import PriceBlocks

STREAMED = tuple(test.name for test in STATISTICS if test.value.summed is not None)
DAYS = pd.bdate_range("2022-01-03", periods=260)


def small_study(seed, *, n_events=9, firms=3, own_firm=False, signed=False, missing=0.03, **more):
    """Return study, events and prices: some returns missing, some dates shared."""
    rng = np.random.default_rng(seed)
    names = [f"F{i}" for i in range(firms)]
    market = rng.standard_normal(len(DAYS)) * 0.01
    own = 0.9 * market[:, None] + rng.standard_normal((len(DAYS), firms)) * 0.02
    own[rng.random(own.shape) < missing] = np.nan
    frame = pd.DataFrame(np.column_stack([market, own]), index=DAYS, columns=["M", *names])
    at = np.sort(rng.choice(rng.integers(100, 245, 6), n_events))
    table = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n_events)],
            "date": DAYS[at],
            "kind": rng.choice(["a", "b"], n_events),
        }
    )
    if own_firm:
        table["markets"] = rng.choice(names, n_events)
    if signed:
        table["expected_sign"] = rng.choice(["+", "-", "0"], n_events)
        more["sign"] = "expected"
    given = {
        "markets": tuple(names),
        "model": MarketModel("M"),
        "estimation_window": (-80, -11),
        "event_window": (-2, 2),
        "car_windows": ((0, 0), (-1, 2)),
        "statistics": STREAMED,
        "min_obs": 50,
        "by": ("kind",),
        "draws": 0,
        "date_only": "same",
    }
    study = EventStudy(**(given | more))
    return (
        study,
        Events.from_frame(table.sample(frac=1, random_state=seed)),
        PricePanel.from_frame(frame, content="returns", calendar="data"),
    )


def assert_same_statistics(found, expected):
    """Compare two frames of tests: texts to the letter, numbers to rounding."""
    assert list(found.columns) == list(expected.columns)
    numbers = [name for name in expected if expected[name].dtype.kind in "fiu"]
    texts = [name for name in expected if name not in numbers]
    pd.testing.assert_frame_equal(found[texts], expected[texts])
    for name in numbers:
        np.testing.assert_allclose(
            found[name].to_numpy(float), expected[name].to_numpy(float),
            rtol=1e-11, atol=1e-13, err_msg=name,
        )  # fmt: skip


def halted_study(**more):
    """Return a study of three firms, one without prices for 17 sessions: its later window reaches
    back to an event before the halt, while one in between meets neither.
    """
    study, _, prices = small_study(5, missing=0.0, date_only="same", **more)
    closes = 100 * (1 + prices.frame()).cumprod()
    closes.loc[DAYS[203:220], "F2"] = np.nan
    rows = [
        ("before", 200, "F0"),
        ("between", 212, "F1"),
        ("after", 220, "F2"),
        ("last", 240, "F0"),
    ]
    table = pd.DataFrame(
        [(name, DAYS[at], market) for name, at, market in rows],
        columns=["event_id", "date", "markets"],
    )
    return (
        study,
        Events.from_frame(table),
        PricePanel.from_frame(closes, content="prices", calendar="own"),
    )


def in_blocks(panel, reads=None):
    """Prices of a panel as if they were read some at a time; `reads` lists what is read."""

    def read(names):
        if reads is not None:
            reads.append(names)
        at = [panel.positions[name] for name in names]
        return replace(
            panel,
            names=names,
            dates=tuple(panel.dates[i] for i in at),
            values=tuple(panel.values[i] for i in at),
        )

    return PriceBlocks.of_names(
        panel.names, read, n_rows=len(panel.dates[0]), content=panel.content, kind=panel.kind,
        name=panel.name, sha256=panel.sha256, calendar=panel.calendar,
    )  # fmt: skip
