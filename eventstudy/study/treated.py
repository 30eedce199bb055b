"""Pairs the model could not treat as it was meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.study.preparation import Prepared


def treated_pairs(data: Prepared, table: AbnormalReturns, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs the model could not treat as it was meant to: event_id, security, stage, reason."""
    return treated_frame(treated_reasons(data, table), pairs)


def treated_reasons(data: Prepared, table: AbnormalReturns) -> dict[int, list[str]]:
    """Return why the model could not treat pairs as it was meant to, by their rows in `table`."""
    reason: dict[int, list[str]] = {}
    fit = table.fit
    if fit.fallback is not None:
        for pair in np.flatnonzero(fit.fallback):
            reason.setdefault(int(pair), []).append(fit.fallback_reason)
    if any(data.study.model.reach):
        # The benchmark has a return on the session itself, but not on one around it.
        column = table.day0[:, None] + table.taus
        inside = (column >= 0) & (column < data.returns.returns.shape[1])
        factor_returns = data.returns.factors[table.security[:, None], np.where(inside, column, 0)]
        is_seen = inside & np.isfinite(factor_returns).all(axis=-1) & np.isfinite(table.returns)
        is_seen &= table.taus >= table.event.start - table.extension[:, None]
        lost = is_seen & ~np.isfinite(table.abnormal)
        for pair in np.flatnonzero(lost.any(axis=1)):
            taus = ", ".join(f"{tau:+d}" if tau else "0" for tau in table.taus[lost[pair]])
            reason.setdefault(int(pair), []).append(
                f"no abnormal return on session {taus}: the benchmark's return is missing on a "
                "session before or after that the model needs"
            )
    return reason


def treated_frame(reason: Mapping[int, list[str]], pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the frame of `treated_pairs` of the reasons of some rows of `pairs`.

    They are shown in the order of the index of `pairs`.
    """
    rows = sorted(reason, key=lambda row: pairs.index[row])
    if not rows:
        return pd.DataFrame()
    listed = [(row, why) for row in rows for why in reason[row]]
    return (
        pairs.iloc[[row for row, _ in listed]]
        .reset_index(drop=True)
        .assign(stage="model", reason=[why for _, why in listed])
    )
