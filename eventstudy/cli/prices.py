"""Prices: fetched into the local store, checked."""

from __future__ import annotations

from eventstudy.cli.base import Commands, cli, talking


@cli.group("prices", cls=Commands, no_args_is_help=False)
@talking
def prices_() -> None:
    """Prices: fetched, checked."""
