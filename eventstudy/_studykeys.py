"""What may stand in a study file, and the sentences that say what is wrong with one."""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, cast, get_args

from eventstudy import _typing
from eventstudy._registry import nearest, suggest
from eventstudy._studyprices import SOURCES
from eventstudy.activity import MEASURES, VolumeModel
from eventstudy.cross_section import Covariance, Weights
from eventstudy.exceptions import SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.timestamps import read_time
from eventstudy.markets import Market
from eventstudy.models import MODELS, model_keys
from eventstudy.sources.sql.address import is_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class _Key:
    """What a key takes: the words for it, a test of it, and the values it is limited to."""

    kind: str
    is_right: Callable[[Any], bool]
    options: tuple[str, ...] = ()
    noun: str = "value"
    is_quiet: bool = False
    """Whether a wrong value is never repeated, as it may hold a password."""


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_part_of_day(value: object) -> bool:
    return _is_number(value) and 0 <= cast("float", value) <= 1440


def _is_filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_filled, value))


def _is_text_or_texts(value: object) -> bool:
    return _is_filled(value) or (_are_texts(value) and bool(value))


def _are_columns(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_filled, value.values()))


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        try:
            read_time(value, STUDY_DATE)
        except TimestampError:
            return False
        return True
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _is_window(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value))


def _are_windows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_window, value))


def _is_selection(value: object) -> bool:
    simple = str | int | float | dt.date
    return isinstance(value, dict) and all(
        isinstance(wanted, simple)
        or (isinstance(wanted, list) and all(isinstance(one, simple) for one in wanted))
        for wanted in value.values()
    )


def _one_of(*options: str, noun: str = "value") -> _Key:
    return _Key("a text in quotes", _is_filled, options, noun)


def _some_of(*options: str, noun: str = "value") -> _Key:
    return _Key('a list of texts such as ["a", "b"]', _are_texts, options, noun)


_TEXT = _Key("a text in quotes", _is_filled)
_SECRET = _Key("a text in quotes", _is_filled, is_quiet=True)
_VARIABLE = _Key(
    'the name of an environment variable such as "WRDS_URL"', is_variable, is_quiet=True
)
_FILES = _Key('a file, or a list of files such as ["a.csv", "b.csv"]', _is_text_or_texts)
_DAY = _Key("a date such as 2025-05-02", _is_day)
_FLAG = _Key("true or false", lambda value: isinstance(value, bool))
_WHOLE = _Key("a whole number", _is_whole)
_NUMBER = _Key("a number", _is_number)
_WINDOW = _Key("two whole numbers such as [-5, 5]", _is_window)
_ESTIMATION = _Key(
    "a window such as [-250, -21] or two of them, [[-250, -21], [21, 250]]",
    lambda value: _is_window(value) or _are_windows(value),
)

_WINDOWS = _Key("a list of windows such as [[0, 0], [0, 1]]", _are_windows)
_ESTIMATIONS = _Key(
    "a list of windows such as [[-250, -21], [-130, -21]]",
    lambda value: (
        isinstance(value, list) and all(_is_window(one) or _are_windows(one) for one in value)
    ),
)
_FLAGS = _Key(
    "a list such as [false, true]",
    lambda value: isinstance(value, list) and all(isinstance(one, bool) for one in value),
)
CURVE_TABLE = "curve"

KEYS: dict[str, dict[str, _Key]] = {
    "": {"title": _TEXT, "markets": _some_of()},
    "events": {
        "file": _TEXT,
        "bundled": _FLAG,
        "date_only": _one_of(*get_args(_typing.DateOnly)),
        "ambiguous": _one_of(*get_args(_typing.AmbiguousPolicy)),
        "overlap": _one_of(*get_args(_typing.OverlapPolicy)),
        "cutoff_minutes": _Key("a number of minutes, 0 to 1440", _is_part_of_day),
        "select": _Key('a table such as { category = ["deal"] }', _is_selection),
    },
    "prices": {
        "source": _one_of(*SOURCES.names(), noun="price source"),
        "file": _FILES,
        "content": _one_of(*get_args(_typing.Content)),
        "calendar": _TEXT,
        "kind": _one_of(*get_args(_typing.ReturnKind)),
        "security": _TEXT,
        "sheet": _TEXT,
        "fx_close": _one_of(*get_args(_typing.FxClose)),
        "factors": _FILES,
        "start": _DAY,
        "end": _DAY,
        "refresh": _FLAG,
        "offline": _FLAG,
        "url": _SECRET,
        "url_env": _VARIABLE,
        "query": _TEXT,
        "table": _TEXT,
        "columns": _Key('a table such as { date = "caldt", close = "prc" }', _are_columns),
    },
    "model": {
        "name": _one_of(*MODELS.names(), noun="model"),
        "benchmark": _TEXT,
        "factors": _some_of(),
        "sync": _one_of(*get_args(_typing.Sync)),
        "lags": _WHOLE,
        "leads": _WHOLE,
        "rolling": _FLAG,
    },
    "windows": {
        "estimation": _ESTIMATION,
        "event": _WINDOW,
        "car": _Key("a list of windows such as [[0, 0], [0, 1]]", _are_windows),
    },
    "sample": {"min_obs": _WHOLE, "max_loss": _NUMBER, "mask_events": _FLAG},
    "statistics": {
        "names": _some_of(*STATISTICS.names(), noun="statistic"),
        "by": _some_of(),
        "sign": _one_of(*get_args(_typing.SignPolicy)),
        "alternative": _one_of(*get_args(_typing.Alternative)),
        "draws": _WHOLE,
        "seed": _WHOLE,
        "draws_from": _one_of(*get_args(_typing.DrawsFrom)),
        "volatility": _one_of(*get_args(_typing.Volatility)),
    },
    "cross_section": {
        "columns": _some_of(),
        "window": _WINDOW,
        "covariance": _one_of(*get_args(Covariance)),
        "weights": _one_of(*get_args(Weights)),
    },
    "activity": {
        "measures": _some_of(*MEASURES, noun="measure"),
        "volume_model": _one_of(*get_args(VolumeModel), noun="model"),
    },
    CURVE_TABLE: {
        "group": _TEXT,
        "models": _some_of(*MODELS.names(), noun="model"),
        "benchmarks": _some_of(),
        "sync": _some_of(*get_args(_typing.Sync)),
        "estimation": _ESTIMATIONS,
        "car": _WINDOWS,
        "ambiguous": _some_of(*get_args(_typing.AmbiguousPolicy)),
        "kind": _some_of(*get_args(_typing.ReturnKind)),
        "mask_events": _FLAGS,
        "max": _WHOLE,
    },
}
"""Table -> key -> what it takes; ``""`` is the top of the file."""

_PASSWORDS = ("password", "passwd", "pwd", "secret", "token")
MARKET_KEYS = tuple(field.name for field in fields(Market) if field.name != "name")
MARKET_TABLE = "market"


def check_keys(tables: Mapping[str, Any]) -> None:
    """Raise at the first key a study file has no place for, or whose value is of a wrong kind."""
    for table, key, value in entries(tables):
        path = f"{table}.{key}" if table else key
        if key not in KEYS[table]:
            if table == "model" and key in _own_keys(tables):
                continue
            if key.lower() in _PASSWORDS:
                raise SpecificationError(
                    f"unknown key {path}: a password has no place in a study file; keep it in "
                    "~/.pgpass or PGPASSWORD, or the whole address in an environment variable "
                    "that url_env names"
                )
            raise SpecificationError(_unknown(table, key, value))
        rule = KEYS[table][key]
        if not rule.is_right(value):
            got = "" if rule.is_quiet else f", got {_toml(value)}"
            raise SpecificationError(f"{path} must be {rule.kind}{got}")
        for one in value if isinstance(value, list) else [value]:
            # Models of the user's own may have come since this table was written.
            is_model = path in ("model.name", f"{CURVE_TABLE}.models")
            options = MODELS.names() if is_model else rule.options
            if options and one not in options:
                raise SpecificationError(
                    f"{path}: unknown {rule.noun} {_toml(one)}{nearest(one, options)}"
                )


def _own_keys(tables: Mapping[str, Any]) -> tuple[str, ...]:
    """Keys of a model that did not come with the package."""
    name = tables["model"].get("name")
    return model_keys(MODELS[name].value) if name in MODELS else ()


def entries(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Table, key and value of everything but the market tables, in the order of the file."""
    for key, value in tables.items():
        if key in KEYS or key == MARKET_TABLE:
            if not isinstance(value, dict):
                example = "market.NAME" if key == MARKET_TABLE else key
                raise SpecificationError(
                    f"{key} must be a table such as [{example}], got {_toml(value)}"
                )
            if key != MARKET_TABLE:
                for inner, held in value.items():
                    yield key, inner, held
        else:
            yield "", key, value


def _unknown(table: str, key: str, value: object) -> str:
    """Say what is wrong with an unknown key: where it belongs, or what may have been meant."""
    owners = [
        f"[{other}]" if other else "the top of the file, above the first table"
        for other, keys in KEYS.items()
        # A curve lists values of keys that are at home elsewhere.
        if key in keys and other not in (table, CURVE_TABLE)
    ]
    owners += ["[market.NAME]"] if key in MARKET_KEYS else []
    path = f"{table}.{key}" if table else key
    if not table and isinstance(value, dict):
        tables = [name for name in KEYS if name] + [MARKET_TABLE]
        return f"unknown table [{key}]{nearest(key, tables)}"
    if owners:
        # The key exists elsewhere: only a slip of the pen makes it a key of this table.
        slip = difflib.get_close_matches(key, KEYS[table], n=1, cutoff=0.8)
        where = " or ".join(owners)
        if slip:
            return f"unknown key {path}; did you mean {slip[0]!r}, or is it meant for {where}?"
        return f"unknown key {path}; it belongs to {where}"
    everywhere = {one: other for other, keys in reversed(KEYS.items()) for one in keys}
    elsewhere = suggest(key, everywhere)
    if suggest(key, KEYS[table]) is None and elsewhere is not None:
        owner = f"[{everywhere[elsewhere]}]" if everywhere[elsewhere] else "the top of the file"
        return f"unknown key {path}; did you mean {elsewhere!r} of {owner}?"
    return f"unknown key {path}{nearest(key, KEYS[table])}"


def _toml(value: object) -> str:
    """Return a value as a study file would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + " ".join(escaped.split()) + '"'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)
