"""Numbers of other software and of textbooks, compared with ours.

A replication is a function in a file of its own, registered under its name; `replicate` carries
them out. A number of theirs is ``equal``, or ``explained``: it differs by a named convention and is
reached when that convention is taken; everything else is ``unexplained``.
"""

from __future__ import annotations

from eventstudy.replication import stata_estudy, textbook
from eventstudy.replication.comparison import replications
from eventstudy.replication.result import ReplicationResults, replicate

__all__ = ["ReplicationResults", "replicate", "replications", "stata_estudy", "textbook"]
