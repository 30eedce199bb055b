"""What long work is given to say how far it is, where nobody asked to hear it."""

from __future__ import annotations


def no_progress(what: str, done: int, total: int) -> None:
    """Take what is being done, steps done and steps in all, and say nothing."""
