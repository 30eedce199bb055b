"""Which event windows lack a session: a missing return or factor, a price that never came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import DateArray, FloatArray, IntArray
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowGaps:
    """Missing sessions of the event window of any position.

    Attributes
    ----------
    before : ``(N, T + 1)`` missing sessions of each market before each of its columns
    event : the event window
    """

    before: IntArray
    event: Window

    @classmethod
    def of(
        cls,
        panel: ReturnsPanel,
        factors: FloatArray,
        event: Window,
        unpriced: Sequence[DateArray],
    ) -> WindowGaps:
        """Count the sessions without an abnormal return.

        Parameters
        ----------
        factors
            ``(N, T, K)`` what the model regresses on.
        unpriced
            Sessions of each market that are no column of `panel`, as its prices lack them: each
            counts where the next return begins, which holds it.
        """
        is_there = np.isfinite(panel.returns) & np.isfinite(factors).all(axis=2)
        missing = (~is_there).astype(np.int64)
        for row, dates in enumerate(unpriced):
            own = panel.dates[row, : panel.n_sessions[row]]
            column = np.searchsorted(own, dates)
            np.add.at(missing[row], column[column < len(own)], 1)
        before = np.zeros((missing.shape[0], missing.shape[1] + 1), dtype=np.int64)
        np.cumsum(missing, axis=1, out=before[:, 1:])
        return cls(before=before, event=event)

    def count(self, security: IntArray, day0: IntArray, extension: IntArray | int = 0) -> IntArray:
        """Return the missing sessions of each position's event window.

        Sessions beyond the rows of the data are missing.
        """
        last = self.before.shape[1] - 1
        first = day0 + self.event.start - extension
        end = day0 + self.event.end + 1
        outside = np.maximum(-first, 0) + np.maximum(end - last, 0)
        held = self.before[security, np.clip(end, 0, last)]
        return np.asarray(held - self.before[security, np.clip(first, 0, last)] + outside)
