"""Tables of exchange calendars kept on disk between runs: the library takes a second for some.

A table is found only by what decides it: the calendar and its years, the files of the library, the
versions of what it computes with, and the rules of the zone of its hours. What cannot be read, or
was damaged, counts as not there; what cannot be written is not kept. Neither is ever an error.
"""

from __future__ import annotations

import hashlib
import io
import os
import sys
import uuid
import zoneinfo
from contextlib import suppress
from functools import cache
from importlib import metadata, resources, util
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.io.files import read_bytes

if TYPE_CHECKING:
    from eventstudy._typing import DateArray

FOLDER_VARIABLE = "EVENTSTUDY_CACHE"
"""Environment variable that names the folder; empty: nothing is kept."""
MOST_FILES = 200
_LIBRARY = "exchange_calendars"
_COMPUTED_WITH = (
    _LIBRARY, "korean-lunar-calendar", "numpy", "pandas", "pyluach", "python-dateutil",
)  # fmt: skip
_ENDING = ".npz"


class StoredTable(NamedTuple):
    """Sessions of one calendar from `start` to `end`; opens and closes are in UTC."""

    start: np.datetime64
    end: np.datetime64
    zone: str
    sessions: DateArray
    opens: DateArray
    closes: DateArray


def read_table(code: str, years: tuple[int, int]) -> StoredTable | None:
    """Return the table kept for a calendar and the years asked of it, None where none holds."""
    path = _path(code, years)
    if path is None:
        return None
    try:
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as kept:
            zone, rules = str(kept["zone"]), str(kept["rules"])
            if rules != _zone_rules(zone):
                return None
            start, end = kept["span"].astype("M8[D]")
            sessions = kept["sessions"].astype("M8[D]")
            opens, closes = (kept[name].astype("M8[ns]") for name in ("opens", "closes"))
            if not len(sessions) == len(opens) == len(closes):
                return None
    except Exception:  # noqa: BLE001 - there is no end to what damaged bytes raise
        return None
    return StoredTable(start, end, zone, sessions, opens, closes)


def keep_table(code: str, years: tuple[int, int], table: StoredTable) -> None:
    """Keep a table for later runs, whole or not at all; the oldest of too many are removed."""
    path, rules = _path(code, years), _zone_rules(table.zone)
    if path is None or rules is None:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: another process may write the same table at this moment.
        part = path.with_name(f"{uuid.uuid4().hex}.part")
        try:
            with part.open("xb") as file:
                np.savez_compressed(
                    file, zone=np.array(table.zone), rules=np.array(rules),
                    span=np.array([table.start, table.end]).astype(np.int64),
                    sessions=table.sessions.astype(np.int64), opens=table.opens.astype(np.int64),
                    closes=table.closes.astype(np.int64),
                )  # fmt: skip
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
        _remove_oldest(path.parent)


def _remove_oldest(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[MOST_FILES:]:
        if file.suffix in (_ENDING, ".part"):
            file.unlink(missing_ok=True)


def _path(code: str, years: tuple[int, int]) -> Path | None:
    """Return where a table is kept; None where none may be, or nothing tells what decides it."""
    parts = _library_state()
    folder = _folder()
    if folder is None or parts is None or not _is_of_library(code):
        return None
    key = hashlib.sha256("\n".join((*parts, code, *map(str, years))).encode()).hexdigest()
    return folder / f"{key[:32]}{_ENDING}"


def _folder() -> Path | None:
    named = os.environ.get(FOLDER_VARIABLE)
    if named is None:
        import platformdirs

        named = platformdirs.user_cache_dir("eventstudy", appauthor=False)
    try:
        return Path(named).expanduser() / "calendars" if named else None
    except RuntimeError:  # no home folder
        return None


@cache
def _library_state() -> tuple[str, ...] | None:
    """Return what decides the library's tables: its files, and the versions it computes with."""
    try:
        versions = [f"{name} {metadata.version(name)}" for name in _COMPUTED_WITH]
        found = util.find_spec(_LIBRARY)
        folders = (found and found.submodule_search_locations) or ()
        stats = [
            (file.relative_to(folder).as_posix(), file.stat())
            for folder in folders
            for file in sorted(Path(folder).rglob("*.py"))
        ]
    except (metadata.PackageNotFoundError, OSError):
        return None
    return (*versions, *(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats))


def _is_of_library(code: str) -> bool:
    """Return whether a code means the library's own calendar, and no one registered over it."""
    names = sys.modules.get(f"{_LIBRARY}.calendar_utils")
    if names is None:
        return True
    try:  # the library has no public word for what it brings itself
        own, known = names._default_calendar_factories, names.global_calendar_dispatcher  # noqa: SLF001
        code = names._default_calendar_aliases.get(code, code)  # noqa: SLF001
        now = known._aliases.get(code, code), known._calendar_factories.get(code)  # noqa: SLF001
        return bool(now == (code, own[code]))
    except (AttributeError, KeyError):
        return False


@cache
def _zone_rules(zone: str) -> str | None:
    """Return a digest of the rules of a zone as this machine has them."""
    places = [Path(folder) / zone for folder in zoneinfo.TZPATH]
    with suppress(ModuleNotFoundError):
        places.append(Path(str(resources.files("tzdata") / "zoneinfo" / zone)))
    for place in places:
        with suppress(OSError):
            return hashlib.sha256(place.read_bytes()).hexdigest()
    return None
