"""Formats of news that other distributions bring: a function of a path that yields items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eventstudy.exceptions import SourceError
from eventstudy.news.readers.json_items import add_value
from eventstudy.plugins import Plugin, functions, named_faults

if TYPE_CHECKING:
    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

GROUP = "eventstudy.news"


def format_of(suffix: str) -> Plugin | None:
    """Return the plug-in for files whose names end so, such as ``.wire``; None where none is."""
    plugin = functions(GROUP).get(suffix.removeprefix("."))
    if plugin is not None and plugin.fault:
        raise SourceError(plugin.fault)
    return plugin


def read_by_plugin(source: Input, intake: Intake) -> None:
    """Read the items that the function of a plug-in yields; what is no mapping is rejected.

    Raises
    ------
    SourceError
        The function failed; the message names the distribution.
    """
    plugin = format_of(source.path.suffix.lower())
    if plugin is None:
        raise SourceError("not a kind of file that is read", file=source.name)
    n_items, n_before = 0, intake.n_items
    with named_faults(plugin.value, f"{source.name}: the reader {plugin.name!r}", SourceError):
        for n_items, item in enumerate(plugin.value(source.path), start=1):
            value = dict(item) if isinstance(item, Mapping) else item
            add_value(value, f"{source.name} item {n_items}", intake)
    intake.check_conserved(source.name, n_items, n_before)
