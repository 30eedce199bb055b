"""Numbers of other software and of textbooks, compared with ours.

A replication is a function in a file of its own, registered under its name; `replicate` carries
them out. Those of `from_data` take a folder of the user's, as their data may not be shipped. A
number of theirs is ``equal``, or ``explained``: it differs by a named convention and is reached
when that convention is taken; everything else is ``unexplained``.
"""

from __future__ import annotations

from eventstudy.replication import (
    estudy2,
    event_study_toolkit,
    eventstudies,
    goldsmith_pinkham_lyu,
    sipemu,
    stata_estudy,
    textbook,
)
from eventstudy.replication.comparison import from_data, replications
from eventstudy.replication.result import ReplicationResults, replicate

__all__ = [
    "ReplicationResults",
    "estudy2",
    "event_study_toolkit",
    "eventstudies",
    "from_data",
    "goldsmith_pinkham_lyu",
    "replicate",
    "replications",
    "sipemu",
    "stata_estudy",
    "textbook",
]
