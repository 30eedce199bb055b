"""What `replicate` finds, made once for all tests of a process."""

from __future__ import annotations

import functools

from eventstudy.replication import ReplicationResults, replicate


@functools.cache
def everything() -> ReplicationResults:
    """Return the results of all replications."""
    return replicate()
