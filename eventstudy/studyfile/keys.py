"""The keys a study file may have, and the sentences that say what is wrong with one."""

from __future__ import annotations

import difflib
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from eventstudy import _typing
from eventstudy.analyses.requests import Activity, CrossSection
from eventstudy.curve.choices import Choices
from eventstudy.exceptions import SpecificationError
from eventstudy.execution import Execution
from eventstudy.io.toml_keys import (
    FLAG,
    TEXT,
    WHOLE,
    Key,
    keys_of,
    one_of,
    shown_value,
)
from eventstudy.markets.market import Market, find_market, market_table
from eventstudy.models import MODELS
from eventstudy.registry import nearest, suggest, unknown
from eventstudy.study.specification import OPTIONS, TABLES
from eventstudy.studyfile.events import EVENT_COLUMNS
from eventstudy.studyfile.prices import SOURCES, chosen_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


CURVE_TABLE = "curve"
EXECUTION_TABLE = "execution"
SECURITIES_TABLE = "securities"
BESIDE_TABLE = "model.beside"
_BESIDE = "beside"

_MODELS = replace(TEXT, options=MODELS.names, noun="model")
_SOURCES = replace(TEXT, options=SOURCES.names, noun="price source")
_TABLES = (*TABLES, "cross_section", "activity", SECURITIES_TABLE, CURVE_TABLE, EXECUTION_TABLE)
_PASSWORDS = ("password", "passwd", "pwd", "secret", "token")
MARKET_KEYS = tuple(field.name for field in fields(Market) if field.name != "name")
MARKET_TABLE = "market"


def study_keys(tables: Mapping[str, Any] | None = None) -> dict[str, dict[str, Key]]:
    """Return table -> key -> what it takes; the table ``""`` is the top of the file.

    The fields of the specification, of every model and of every source of prices, those of the
    user's own as well. Where two of these have a key of one name, the one `tables` choose decides.
    """
    given = {} if tables is None else tables
    keys: dict[str, dict[str, Key]] = {table: {} for table in TABLES}
    keys["events"] = dict.fromkeys(("file", "sheet", "encoding", *EVENT_COLUMNS, "rules"), TEXT)
    keys["events"]["bundled"] = FLAG
    source = chosen_source(given.get("prices", {}))
    keys["prices"] = {"source": _SOURCES}
    for price_source in sorted(SOURCES, key=lambda entry: entry.name == source):
        keys["prices"] |= price_source.value.own_keys()
    model = given.get("model", {})
    keys["model"] = _model_keys(model.get("name", "market_model"))
    beside = model.get(_BESIDE, {})
    keys[BESIDE_TABLE] = _model_keys(beside.get("name", "market_model"))
    for option in OPTIONS:
        keys[option.table][option.key] = option.takes
    return keys | {
        "cross_section": keys_of(CrossSection),
        "activity": keys_of(Activity),
        SECURITIES_TABLE: {"file": TEXT, "sheet": TEXT},
        CURVE_TABLE: {"group": TEXT, **keys_of(Choices), "max": WHOLE},
        EXECUTION_TABLE: keys_of(Execution),
    }


def _model_keys(chosen: str) -> dict[str, Key]:
    """Return the keys of a table that names a model; those of the model `chosen` win."""
    keys: dict[str, Key] = {"name": _MODELS}
    for model in sorted(MODELS, key=lambda entry: entry.name == chosen):
        if is_dataclass(model.value):
            keys |= keys_of(model.value)
    return keys | {"sync": one_of(*get_args(_typing.Sync))}


def check_keys(tables: Mapping[str, Any]) -> None:
    """Raise `SpecificationError` at the first key that is unknown or whose value is wrong."""
    listed = list(
        entries(tables)
    )  # `study_keys` looks into tables, so what is none is refused first
    keys = study_keys(tables)
    for table, key, value in listed:
        path = f"{table}.{key}" if table else key
        if key not in keys[table]:
            if key.lower() in _PASSWORDS:
                raise SpecificationError(
                    f"unknown key {path}: a password has no place in a study file; keep it in "
                    "~/.pgpass or PGPASSWORD, or the whole address in an environment variable "
                    "that url_env names"
                ).at(key=path)
            raise _unknown(keys, table, key, value)
        rule = keys[table][key]
        if not rule.is_right(value):
            got = "" if rule.is_quiet else f", got {shown_value(value)}"
            raise SpecificationError(f"{path} must be {rule.kind}{got}", key=path)
        for item in value if isinstance(value, list) else [value]:
            if rule.choices and item not in rule.choices:
                sentence = f"{path}: unknown {rule.noun} {shown_value(item)}"
                raise unknown(sentence, item, rule.choices, key=path)


def events_file(events: Mapping[str, Any]) -> str | None:
    """Return the events file a table ``[events]`` names, None for the bundled events."""
    file = events.get("file")
    if events.get("bundled", False):
        if "sheet" in events:
            raise SpecificationError(
                "events.sheet is of an xlsx file, and the bundled events are none; leave it out",
                key="events.sheet",
            )
        for key in EVENT_COLUMNS:
            if key in events:
                raise SpecificationError(
                    f"events.{key} is of a file, and the bundled events are none; leave it out",
                    key=f"events.{key}",
                )
        if file is not None:
            raise SpecificationError(
                "events.file and events.bundled = true exclude each other", key="events.file"
            )
        return None
    if file is None:
        raise SpecificationError(
            'events.file is missing; write file = "events.csv" or bundled = true below [events]',
            key="events.file",
        )
    return str(file)


def unused_markets(declared: Sequence[Market], used: set[str]) -> list[str]:
    """Return a sentence for each table ``[market.X]`` that none of the names in use stands for."""
    own = {market.name: market for market in declared}
    found = [find_market(name, own) for name in used]
    unused = own.keys() - {market.name for market in found if market is not None}
    return [
        f"{market_table(name)} is not used: no market, benchmark or event is called so"
        + nearest(name, used, otherwise="")
        for name in sorted(unused)
    ]


def entries(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield table, key and value of everything but the market tables, in the order of the file.

    `SpecificationError` where the name of a table holds something else.
    """
    for key, value in tables.items():
        if key in _TABLES or key == MARKET_TABLE:
            if not isinstance(value, dict):
                example = "market.NAME" if key == MARKET_TABLE else key
                sentence = f"{key} must be a table such as [{example}], got {shown_value(value)}"
                if key == MARKET_TABLE:  # one letter short
                    sentence += '; the markets of a study are listed by markets = ["..."]'
                    raise SpecificationError(sentence, key=key, suggestion="markets")
                raise SpecificationError(sentence, key=key)
            if key != MARKET_TABLE:
                for name, entry in value.items():
                    if f"{key}.{name}" == BESIDE_TABLE:
                        yield from _of_table(BESIDE_TABLE, entry)
                    else:
                        yield key, name, entry
        else:
            yield "", key, value


def _of_table(table: str, value: object) -> Iterator[tuple[str, str, Any]]:
    if not isinstance(value, dict):
        sentence = f"{table} must be a table such as [{table}], got {shown_value(value)}"
        raise SpecificationError(sentence, key=table)
    for key, entry in value.items():
        yield table, key, entry


def _unknown(
    keys: dict[str, dict[str, Key]], table: str, key: str, value: object
) -> SpecificationError:
    """Say what is wrong with an unknown key: where it belongs, or what may have been meant."""
    owners = [
        f"[{other}]" if other else "the top of the file, above the first table"
        for other, takes in keys.items()
        # The keys of a curve list values of keys of other tables, and a second model has those of
        # the first.
        if key in takes and other not in (table, CURVE_TABLE, BESIDE_TABLE)
    ]
    owners += ["[market.NAME]"] if key in MARKET_KEYS else []
    path = f"{table}.{key}" if table else key
    sentence = f"unknown key {path}"
    if not table and isinstance(value, dict):
        tables = [name for name in keys if name] + [MARKET_TABLE]
        return unknown(f"unknown table [{key}]", key, tables, key=key)
    if owners:
        # It is a key of another table: one of this table is meant only if it is all but the same.
        close = difflib.get_close_matches(key, keys[table], n=1, cutoff=0.8)
        where = " or ".join(owners)
        if close:
            hint = f"did you mean {close[0]!r}, or is it meant for {where}?"
            return SpecificationError(f"{sentence}; {hint}").at(key=path, suggestion=close[0])
        return SpecificationError(f"{sentence}; it belongs to {where}").at(key=path)
    everywhere = {name: other for other, takes in reversed(keys.items()) for name in takes}
    elsewhere = suggest(key, everywhere)
    if suggest(key, keys[table]) is None and elsewhere is not None:
        owner = f"[{everywhere[elsewhere]}]" if everywhere[elsewhere] else "the top of the file"
        hint = f"did you mean {elsewhere!r} of {owner}?"
        return SpecificationError(f"{sentence}; {hint}").at(key=path, suggestion=elsewhere)
    return unknown(sentence, key, keys[table], key=path)
