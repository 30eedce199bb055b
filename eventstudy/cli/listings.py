"""What exists, for the command `list`: rows of every kind, and the same for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from eventstudy.registry import choose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy.registry import Entry

Rows = list[dict[str, Any]]
_SHOWN = ("name", "summary", "source")


def listing(what: str) -> Rows:
    """Return everything of a kind.

    Parameters
    ----------
    what
        One of `LISTS`.
    """
    choose(what, LISTS, "list")
    return _OF_KIND[what]()


def _registered(entries: Iterable[Entry[Any]]) -> Rows:
    return [{key: getattr(entry, key) for key in _SHOWN} for entry in entries]


def _markets() -> Rows:
    from dataclasses import asdict

    from eventstudy.markets.market import load_markets

    return [asdict(market) for market in load_markets().values()]


def _statistics() -> Rows:
    from eventstudy.inference import STATISTICS

    further = ("null", "assumes", "distribution")
    return [
        row | {key: getattr(entry.value, key) for key in further}
        for row, entry in zip(_registered(STATISTICS), STATISTICS, strict=True)
    ]


def _models() -> Rows:
    from eventstudy.models import MODELS

    return _registered(MODELS)


def _sources() -> Rows:
    from eventstudy.studyfile.prices import SOURCES

    return _registered(SOURCES)


def _dialects() -> Rows:
    from eventstudy.prices.files.dialects.catalogue import dialects

    return [
        {"name": dialect.name, "summary": dialect.title, "source": dialect.source}
        for dialect in dialects().values()
    ]


def _conventions() -> Rows:
    from eventstudy.conventions import CONVENTIONS

    return [
        row
        | {"differs": [entry.value.phrase(choice) for choice in entry.value.changed()]}
        | {"tests": list(entry.value.tests), "remark": entry.value.remark}
        for row, entry in zip(_registered(CONVENTIONS), CONVENTIONS, strict=True)
    ]


def _plugins() -> Rows:
    from eventstudy.inference import STATISTICS
    from eventstudy.models import MODELS
    from eventstudy.news.classification import plugins as classifiers
    from eventstudy.news.readers import plugins as formats
    from eventstudy.plugins import functions
    from eventstudy.studyfile.prices import SOURCES

    brought = [
        plugin for registry in (SOURCES, MODELS, STATISTICS) for plugin in registry.brought()
    ]
    for group in (formats.GROUP, classifiers.GROUP):
        brought += functions(group).values()
    return [
        {
            "name": plugin.name, "summary": plugin.fault or plugin.target,
            "source": plugin.distribution, "group": plugin.group, "is_faulty": bool(plugin.fault),
        }
        for plugin in brought
    ]  # fmt: skip


def _keys() -> Rows:
    from eventstudy.studyfile.reference import key_entries

    return [
        {
            "name": entry.path, "table": entry.table, "key": entry.key, "takes": entry.takes,
            "choices": list(entry.choices), "default": entry.default, "of": list(entry.of),
            "held": entry.held,
        }
        for entry in key_entries()
    ]  # fmt: skip


_OF_KIND = {
    "markets": _markets,
    "models": _models,
    "statistics": _statistics,
    "sources": _sources,
    "dialects": _dialects,
    "conventions": _conventions,
    "plugins": _plugins,
    "keys": _keys,
}
LISTS = tuple(_OF_KIND)


def listing_text(what: str, rows: list[dict[str, Any]], width: int) -> str:
    """Return `listing` for a terminal of this many columns."""
    import pandas as pd

    from eventstudy.reporting import tables

    columns: tuple[str, ...] = ("name", "summary", "source")
    if what == "markets":
        columns = ("name", "label", "calendar", "up", "aliases")
    if what == "keys":
        return _keys_text(rows, width)
    if what == "plugins":
        columns = ("group", *columns)
        if not rows:
            return "No installed distribution brings parts: docs/plugins.md says how."
    frame = pd.DataFrame([{column: row[column] for column in columns} for row in rows])
    return tables.to_text(frame, width)


def _keys_text(rows: list[dict[str, Any]], width: int) -> str:
    """Return the keys of a study file, a paragraph each, below the heads of their tables."""
    lines: list[str] = []
    table = None
    for row in rows:
        if row["table"] != table:
            table = row["table"]
            lines += ["", f"[{table}]" if table else "at the top"]
        takes = row["takes"]
        if row["choices"]:
            takes = ("a list of " if takes.startswith("a list") else "") + ", ".join(row["choices"])
        default = f"; default {row['default']}" if row["default"] else ""
        of = f" (of {', '.join(row['of'])})" if row["of"] else ""
        lines += textwrap.wrap(
            f"{row['key']}: {takes}{default}{of}", width, subsequent_indent="    "
        )
        indent = " " * 4
        held = row["held"].replace("``", "")
        lines += textwrap.wrap(held, width, initial_indent=indent, subsequent_indent=indent)
    return "\n".join(lines[1:])
