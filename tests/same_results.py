"""A small study of every statistic, and whether two results are the same to the last digit."""

from __future__ import annotations

from dataclasses import replace

import fitted_study
import numpy as np
import pandas as pd

from eventstudy import STATISTICS, Events, PricePanel
from eventstudy.reporting.record import FRAMES, OPTIONAL


def studied(execution=None, **settings):
    """Return the results of a study of seven events by four groupings."""
    names = tuple(entry.name for entry in STATISTICS)
    study = replace(
        fitted_study.STUDY,
        **{"draws": 40, "statistics": names, "by": ("category", "security", "direction"),
           "event_window": (-1, 1), "car_windows": [(0, 1)]} | settings,
    )  # fmt: skip
    events = Events.from_frame(fitted_study.events_table())
    prices = PricePanel.from_frame(fitted_study.closes())
    return study.fit(events, prices, execution=execution)


def firms_studied(execution=None):
    """Return the results of a study of eight firms with news on three dates that meet."""
    rng = np.random.default_rng(3)
    firms = [f"F{number}" for number in range(8)]
    moves = rng.normal(0, 0.01, (300, 9)) + rng.normal(0, 0.006, (300, 1))
    closes = 100 * np.exp(moves.cumsum(axis=0))
    prices = PricePanel.from_frame(
        pd.DataFrame(closes, index=fitted_study.DATES, columns=[*firms, "M"])
    )
    events = pd.DataFrame(
        {
            "event_id": ["a", "b", "c"],
            "date": fitted_study.DATES[[150, 151, 152]],
            "kind": ["one", "two", "one"],
        }
    )
    study = replace(
        fitted_study.STUDY, markets=tuple(firms), by=("kind",), draws=0,
        statistics=("kolari_pynnonen", "adjusted_patell"),
    )  # fmt: skip
    return study.fit(Events.from_frame(events), prices, execution=execution)


def assert_same(first, second) -> None:
    """Compare every frame and the manifest, digit by digit."""
    for name in (*FRAMES, *OPTIONAL):
        pd.testing.assert_frame_equal(
            getattr(first, name), getattr(second, name), check_exact=True, obj=name
        )
    assert first.manifest == second.manifest
