"""The command as its own process, four news events, and what a folder holds."""

from __future__ import annotations

import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "eventstudy"]
NEWS = """\
event_id,published_at,date,headline
GENEVA,2025-05-12T15:00+08:00,,"Both sides cut tariffs, for 90 days"
PAUSE,2025-04-09T13:18-04:00,,A pause of 90 days
ANSWER,2025-04-04T18:05+08:00,,34 % on American goods
TALKS,2025-05-02T09:00+08:00,,An offer is weighed
"""


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
