"""Pairs of which a window holds no session, or not all, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.reporting import wording
from eventstudy.text import counted, some

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_KEYS = ["event_id", "security"]
_NO_RETURN = "no return of the security"
_NO_NORMAL = "no return of what the model regresses on"
_BEYOND = "beyond the rows of the prices"


def absent_pairs(
    abnormal_returns: pd.DataFrame, models: pd.DataFrame, window: tuple[int, int]
) -> pd.DataFrame:
    """Return event_id, security and reason of the pairs that a window holds no session of.

    Parameters
    ----------
    abnormal_returns, models
        Of the record of a study.
    window
        First and last session relative to day 0.
    """
    inside = abnormal_returns["tau"].between(*window)
    has_value = inside & abnormal_returns["abnormal_return"].notna()
    pairs = pd.MultiIndex.from_frame(models[_KEYS])
    there = pd.MultiIndex.from_frame(abnormal_returns.loc[has_value, _KEYS])
    absent = models.loc[~pairs.isin(there), _KEYS].reset_index(drop=True)
    has_return = inside & abnormal_returns["return"].notna()
    returned = pd.MultiIndex.from_frame(abnormal_returns.loc[has_return, _KEYS])
    is_normal = pd.MultiIndex.from_frame(absent).isin(returned)
    return absent.assign(reason=[_NO_NORMAL if one else _NO_RETURN for one in is_normal])


def absent_sentences(
    abnormal_returns: pd.DataFrame, models: pd.DataFrame, windows: Sequence[tuple[int, int]]
) -> list[str]:
    """Say of every window that lacks pairs how many, why, and which; windows of the same as one."""
    day_0 = [(0, 0)] if (abnormal_returns["tau"] == 0).any() else []
    return [
        f"{number} of {total} {'is' if number == '1 pair' else 'are'} in no test of "
        f"{' and '.join(places)}: {why} there: {names}"
        for number, total, places, why, names in _by_pairs(
            absent_pairs, abnormal_returns, models, [*day_0, *windows]
        )
    ]


def partial_pairs(
    abnormal_returns: pd.DataFrame, models: pd.DataFrame, window: tuple[int, int]
) -> pd.DataFrame:
    """Return event_id, security and reason of the pairs that a window holds some sessions of.

    Parameters
    ----------
    abnormal_returns, models
        Of the record of a study.
    window
        First and last session relative to day 0.
    """
    inside = abnormal_returns.loc[abnormal_returns["tau"].between(*window)]
    is_missing = inside["abnormal_return"].isna()
    lacking = inside.loc[is_missing]
    reasons = lacking[_KEYS].assign(
        reason=np.select(
            [lacking["session"].isna(), lacking["return"].isna()], [_BEYOND, _NO_RETURN], _NO_NORMAL
        )
    )
    first = reasons.drop_duplicates(_KEYS)
    there = pd.MultiIndex.from_frame(inside.loc[~is_missing, _KEYS])
    partial = first.loc[pd.MultiIndex.from_frame(first[_KEYS]).isin(there)]
    return models[_KEYS].merge(partial, on=_KEYS, validate="one_to_one")


def partial_sentences(
    abnormal_returns: pd.DataFrame, models: pd.DataFrame, windows: Sequence[tuple[int, int]]
) -> list[str]:
    """Say of every window how many pairs lack a part of it, why, and which; alike ones as one."""
    return [
        f"{number} of {total} {'has' if number == '1 pair' else 'have'} fewer sessions than "
        f"{' and '.join(places)} and {'counts' if number == '1 pair' else 'count'} with those "
        f"there are: {why}: {names}; sample.complete_windows = true leaves "
        f"{'it' if number == '1 pair' else 'them'} out"
        for number, total, places, why, names in _by_pairs(
            partial_pairs, abnormal_returns, models, windows
        )
    ]


def _by_pairs(
    pairs_of: Callable[[pd.DataFrame, pd.DataFrame, tuple[int, int]], pd.DataFrame],
    abnormal_returns: pd.DataFrame,
    models: pd.DataFrame,
    windows: Sequence[tuple[int, int]],
) -> list[tuple[str, int, list[str], str, str]]:
    """Return number of pairs, of all, labels of the windows they lack, reasons and names."""
    if abnormal_returns.empty or abnormal_returns["abnormal_return"].notna().all():
        return []
    lacking: dict[tuple[str, ...], list[str]] = {}
    for window in dict.fromkeys(windows):
        found = pairs_of(abnormal_returns, models, window)
        if found.empty:
            continue
        number = found["reason"].value_counts()
        why = " and ".join(f"{reason} ({count})" for reason, count in number.items())
        names = [f"{event} {security}" for event, security in found[_KEYS].to_numpy()]
        lacking.setdefault((counted(len(found), "pair"), why, some(names)), []).append(
            wording.window_label(*window)
        )
    return [
        (number, len(models), places, why, names)
        for (number, why, names), places in lacking.items()
    ]
