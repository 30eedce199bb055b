"""Every key a study file may have: what it takes, its default, its meaning; and the JSON Schema."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from eventstudy.analyses.requests import Activity, CrossSection
from eventstudy.curve.choices import Choices
from eventstudy.execution import Execution
from eventstudy.io.packaged import docstring_of
from eventstudy.io.toml_keys import Key, keys_of, toml_text
from eventstudy.markets.market import Market
from eventstudy.models import MODELS
from eventstudy.prices.files.reading import read_prices
from eventstudy.prices.sql import read_sql_prices
from eventstudy.study.options import plain_value
from eventstudy.study.specification import OPTIONS, Specification
from eventstudy.studyfile.keys import (
    BESIDE_TABLE,
    CURVE_TABLE,
    EXECUTION_TABLE,
    MARKET_KEYS,
    MARKET_TABLE,
    SECURITIES_TABLE,
    study_keys,
)
from eventstudy.studyfile.prices import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_HEAD = re.compile(r"^(\w+(?:, \w+)*)(?: : (.*))?$")
_DRAFT = "http://json-schema.org/draft-07/schema#"
_SAID = {
    "events.file": "Events, csv or xlsx; a relative path starts at the folder of the study file.",
    "events.sheet": "Sheet of an xlsx file; its first one by default.",
    "events.encoding": "What a csv file is in, such as cp949; by default told from its bytes.",
    "events.id": "Column that names the security an event is about; its values become markets.",
    "events.time": "Column of times or dates, where it is not published_at or date and several "
    "columns could be it.",
    "events.tz": "Zone of times that have no offset, such as America/New_York.",
    "events.date_format": "How dates are written where day and month could change places: "
    '"dd/mm/yyyy", "mdy", or codes such as "%d/%m/%y".',
    "events.bundled": "Whether the events are the news items that come with the package.",
    "events.rules": "Rules of your own kinds of news, by which eventstudy expect reads a headline.",
    "prices.source": "Where prices come from.",
    "prices.factors": "Files of daily factors that join the prices, as Kenneth French has them.",
    "model.name": "Model of normal returns.",
    "model.sync": "How each close meets the benchmark: the last close before it, the same date, or "
    "the session before.",
    "securities.file": "What is known of securities, a row each: attributes, own benchmarks.",
    "securities.sheet": "Sheet of an xlsx file; its first one by default.",
    "curve.group": "Group whose mean is asked for.",
    "curve.max": "More specifications than this are refused.",
    "curve.models": "Models.",
    "curve.benchmarks": "Benchmarks.",
    "curve.sync": "Ways each close meets the benchmark.",
    "curve.estimation": "Estimation windows.",
    "curve.car": "Windows abnormal returns are cumulated over.",
    "curve.ambiguous": "What becomes of pairs whose day 0 the precision leaves open.",
    "curve.kind": "Returns.",
    "curve.mask_events": "Whether other events are left out of estimation windows.",
}
"""Meaning of the keys that are no parameter of a class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One key of a study file.

    Attributes
    ----------
    table : such as ``statistics`` or ``model``; empty at the top of the file
    key : name inside the table
    takes : what it takes, in words
    choices : the values it is limited to, where it is
    default : as the file would write it; empty where it has none
    held : what it means
    of : models or sources of prices that have it, where not all of its table do
    shape : the value as a JSON Schema
    """

    table: str
    key: str
    takes: str
    choices: tuple[str, ...]
    default: str
    held: str
    of: tuple[str, ...]
    shape: Mapping[str, object]

    @property
    def path(self) -> str:
        """The key as messages name it."""
        return f"{self.table}.{self.key}" if self.table else self.key


def key_entries() -> list[KeyEntry]:
    """Return every key of a study file, those of user-registered models and sources included."""
    return [*_options(), *_events(), *_prices(), *_models(), *_further(), *_markets()]


def study_schema() -> dict[str, Any]:
    """Return a JSON Schema of study files, by which editors complete and check them."""
    tables: dict[str, dict[str, Any]] = {}
    for entry in key_entries():
        known = tables.setdefault(entry.table, {}).get(entry.key)
        shape = dict(entry.shape)
        if entry.choices:
            _limit(shape, entry.choices)
        said = {"description": entry.held} if entry.held else {}
        if known is None:
            tables[entry.table][entry.key] = shape | said
        elif {k: v for k, v in known.items() if k != "description"} != shape:
            tables[entry.table][entry.key] = {"anyOf": [known, shape]}
    market = _object(tables.pop(MARKET_TABLE))
    model = _object(tables.pop("model"))
    second = {
        "description": "A second model fitted on the same pairs.",
        **_object(model["properties"]),
    }
    properties = tables.pop("")
    properties["model"] = {**model, "properties": {**model["properties"], "beside": second}}
    properties |= {name: _object(keys) for name, keys in tables.items() if name != BESIDE_TABLE}
    properties[MARKET_TABLE] = {"type": "object", "additionalProperties": market}
    return {"$schema": _DRAFT, "title": "Study of eventstudy", **_object(properties)}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _limit(shape: dict[str, object], choices: tuple[str, ...]) -> None:
    """Put the values a key is limited to where they belong: the value, or each item of a list."""
    if shape.get("type") == "array":
        shape["items"] = {"enum": list(choices)}
    else:
        shape.pop("minLength", None)
        shape["enum"] = list(choices)


def _entry(
    table: str, key: str, takes: Key, default: object, held: str, of: Sequence[str] = ()
) -> KeyEntry:
    path = f"{table}.{key}" if table else key
    return KeyEntry(
        table=table, key=key, takes=takes.kind, choices=takes.choices, default=_written(default),
        held=held or _SAID.get(path, ""), of=tuple(of), shape=takes.shape,
    )  # fmt: skip


def _options() -> Iterator[KeyEntry]:
    """Yield the keys that are fields of the specification."""
    said, defaults = parameters(Specification), _defaults(Specification)
    for option in OPTIONS:
        default = defaults.get(option.name)
        default = None if default is None else option.write(default)
        yield _entry(option.table, option.key, option.takes, default, said.get(option.name, ""))


def _events() -> Iterator[KeyEntry]:
    options = {option.key for option in OPTIONS if option.table == "events"}
    for key, takes in study_keys()["events"].items():
        if key not in options:
            yield _entry("events", key, takes, False if key == "bundled" else None, "")


def _prices() -> Iterator[KeyEntry]:
    yield _entry("prices", "source", study_keys()["prices"]["source"], "bundled", "")
    options = {option.key for option in OPTIONS if option.table == "prices"}
    readers = parameters(read_sql_prices) | parameters(read_prices)
    classes = {entry.name: entry.value for entry in SOURCES}
    yield from _of_classes("prices", classes, options, readers)


def _models() -> Iterator[KeyEntry]:
    keys = study_keys()["model"]
    yield _entry("model", "name", keys["name"], Specification().model.name, "")
    classes = {entry.name: entry.value for entry in MODELS if is_dataclass(entry.value)}
    yield from _of_classes("model", classes, {"sync"}, {})
    yield _entry("model", "sync", keys["sync"], None, "")


def _of_classes(
    table: str, classes: Mapping[str, Any], known: set[str], also: Mapping[str, str]
) -> Iterator[KeyEntry]:
    """Yield the keys of a table that several classes share, one for those that say the same."""
    found: dict[tuple[str, str, str, str], tuple[Key, list[str]]] = {}
    for name, cls in classes.items():
        own = getattr(cls, "own_keys", None)
        said, defaults = parameters(cls), _defaults(cls)
        for key, takes in (own() if own is not None else keys_of(cls)).items():
            if key in known:
                continue
            held = said.get(key, "")
            if not held or held.startswith("As for "):
                held = _of_parents(cls, key) or also.get(key) or _inherited(cls, key) or held
            default = _written(defaults.get(key))
            _, of = found.setdefault((key, takes.kind, default, held), (takes, []))
            of.append(name)
    for (key, _, default, held), (takes, of) in found.items():
        entry = _entry(table, key, takes, None, held, () if len(of) == len(classes) else of)
        yield replace(entry, default=default)


def _of_parents(cls: type, key: str) -> str:
    """Return what the nearest class that this one descends from says of a parameter of its own."""
    if key in parameters(cls):
        return ""
    found = (parameters(parent).get(key, "") for parent in cls.__mro__[1:])
    return next((said for said in found if said and not said.startswith("As for ")), "")


def _inherited(cls: type, key: str) -> str:
    """Return what a class that this one refers to, or descends from, says of a parameter."""
    for other in (*cls.__mro__[1:], *(entry.value for entry in MODELS)):
        said = parameters(other).get(key, "")
        if said and not said.startswith("As for "):
            return said
    return ""


def _further() -> Iterator[KeyEntry]:
    classes = {
        "cross_section": CrossSection, "activity": Activity, EXECUTION_TABLE: Execution,
        CURVE_TABLE: Choices,
    }  # fmt: skip
    keys = study_keys()
    for table, cls in classes.items():
        said, defaults = parameters(cls), _defaults(cls)
        if table == CURVE_TABLE:
            defaults |= {"group": "all", "max": defaults["most"]}
        for key, takes in keys[table].items():
            yield _entry(table, key, takes, defaults.get(key), said.get(key, ""))
    for key, takes in keys[SECURITIES_TABLE].items():
        yield _entry(SECURITIES_TABLE, key, takes, None, "")


def _markets() -> Iterator[KeyEntry]:
    said, defaults, takes = parameters(Market), _defaults(Market), keys_of(Market)
    for key in MARKET_KEYS:
        yield _entry(MARKET_TABLE, key, takes[key], defaults.get(key), said.get(key, ""))


def _defaults(cls: type) -> dict[str, Any]:
    """Return the defaults of the fields of a dataclass that have one."""
    found = {}
    for field in fields(cast("Any", cls)):
        if field.default is not MISSING:
            found[field.name] = field.default
        elif field.default_factory is not MISSING:
            found[field.name] = field.default_factory()
    return found


def _written(value: object) -> str:
    """Return a default as a study file would write it; empty where there is none."""
    if value is None or value in ((), "", {}):
        return ""
    return toml_text(plain_value(value))


def parameters(described: object) -> dict[str, str]:
    """Return what a docstring says of each parameter or attribute, on one line.

    Examples
    --------
    >>> parameters(Market)["yahoo"]
    'Symbol at Yahoo Finance, where it has one.'
    """
    text = docstring_of(described)
    lines = text.splitlines()
    indent = min((len(it) - len(it.lstrip()) for it in lines[1:] if it.strip()), default=0)
    found: dict[str, str] = {}
    names: list[str] = []
    is_inside = False
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        depth = len(line) - len(line.lstrip())
        if set(after.strip()) == {"-"}:
            is_inside = line.strip() in ("Parameters", "Attributes")
        elif is_inside and line.strip() and depth == indent and (head := _HEAD.match(line.strip())):
            names = head[1].split(", ")
            found |= dict.fromkeys(names, (head[2] or "").strip())
        elif is_inside and depth > indent and line.strip():
            for name in names:
                found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def keys_page() -> str:
    """Return the page of the documentation that lists every key, in Markdown."""
    lines = [
        "# Every key of a study file",
        "",
        "What each takes, its default, and what it means; `eventstudy list keys` prints the same.",
        "`eventstudy schema -o study.schema.json` writes a JSON Schema; an editor with a plug-in",
        "for TOML (Even Better TOML, say) completes and checks a study whose first line is",
        "`#:schema ./study.schema.json`.",
    ]
    table = None
    for entry in sorted(key_entries(), key=lambda it: _ORDER.index(it.table)):
        if entry.table != table:
            table = entry.table
            title = (
                "At the top"
                if not table
                else "[market.NAME]"
                if table == MARKET_TABLE
                else f"[{table}]"
            )
            lines += [
                "",
                f"## {title}",
                "",
                "| key | takes | default | what it means |",
                "|---|---|---|---|",
            ]
        takes = ", ".join(f"`{choice}`" for choice in entry.choices) or entry.takes
        if entry.choices and entry.takes.startswith("a list"):
            takes = f"a list of {takes}"
        of = f" Of {', '.join(entry.of)}." if entry.of else ""
        default = f"`{entry.default}`" if entry.default else ""
        cells = [f"`{entry.key}`", takes, default, f"{entry.held}{of}".replace("``", "`")]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


_ORDER = (
    "", "events", "prices", "model", "windows", "sample", "statistics", "conventions",
    "cross_section", "activity", SECURITIES_TABLE, CURVE_TABLE, EXECUTION_TABLE, MARKET_TABLE,
)  # fmt: skip
