"""What a build leaves on disk: events, ledger, and how both were made."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.io.files import sha256_of
from eventstudy.io.opening import read_text
from eventstudy.io.spreadsheets import write_csv, write_xlsx
from eventstudy.io.writing import whole_file, write_text

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy.news.classification.build import EventBuild

_WRITERS = {".csv": write_csv, ".xlsx": write_xlsx}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPaths:
    """Files of one build, all beside the events file.

    Attributes
    ----------
    events : the table a study reads
    ledger : what became of every raw item
    record : inputs, settings, versions and hashes
    overrides : corrections by hand; read where it is there, never written
    """

    events: Path
    ledger: Path
    record: Path
    overrides: Path


def build_paths(events: str | os.PathLike[str]) -> BuildPaths:
    """Return where the files of a build lie, from its events file.

    Raises
    ------
    SourceError
        Its name ends neither in .csv nor in .xlsx.
    """
    path = Path(events)
    kind = path.suffix.lower()
    if kind not in _WRITERS:
        raise SourceError(
            f"{str(events)!r}: events are written as csv or xlsx; name a file such as events.csv"
        )
    record = f"{path.stem}.build.json" if kind == ".csv" else f"{path.name}.build.json"
    return BuildPaths(
        events=path,
        ledger=path.with_name(f"{path.stem}.ledger{path.suffix}"),
        record=path.with_name(record),
        overrides=path.with_name(f"{path.stem}.overrides.csv"),
    )


def check_target(
    paths: BuildPaths, *, force: bool = False, inputs: Sequence[str | os.PathLike[str]] = ()
) -> None:
    """Refuse to write over what no build of ours left there.

    Parameters
    ----------
    force
        Replace it all the same.
    inputs
        Files that are to be read, which nothing may replace, and folders, in which a build
        would be read as news the next time.

    Raises
    ------
    SourceError
        A file of the build is one of the inputs or lies in one; or one is there and no build
        wrote it; or the events file is not, to the byte, what the last build wrote.
    """
    files = (paths.events, paths.ledger, paths.record)
    for path in inputs:
        for file in files:
            if file.exists() and Path(path).exists() and file.samefile(path):
                raise SourceError(
                    "is among the files to be read; name another output", file=str(file)
                )
    folder = paths.events.parent
    if not folder.is_dir():
        raise SourceError("no such folder; make it, or name another output", file=str(folder))
    if any(Path(path).is_dir() and folder.samefile(path) for path in inputs):
        raise SourceError(
            "lies in the folder of news, and would be read as news the next time; "
            "name an output elsewhere",
            file=str(paths.events),
        )
    if paths.events.is_dir():
        raise SourceError(
            "is a folder; name a file in it, such as events.csv", file=str(paths.events)
        )
    existing = [path for path in files if path.exists()]
    if force or not existing:
        return
    try:
        output = json.loads(read_text(paths.record))["output"]
        written = output["sha256"], output.get("sha256_before") or output["sha256"]
    except (SourceError, OSError, ValueError, KeyError, TypeError):
        raise SourceError(
            "is there already and no build of news wrote it; name another file, or say --force",
            file=str(existing[0]),
        ) from None
    if not paths.events.exists():
        return
    found = sha256_of(paths.events)
    if found not in written:
        raise SourceError(
            f"was changed since it was built; put corrections into "
            f"{paths.overrides.name}, which every build applies, or say --force",
            file=str(paths.events),
        )
    has_ledger = paths.ledger.is_file() and "ledger_sha256" in output
    is_torn = has_ledger and sha256_of(paths.ledger) != output["ledger_sha256"]
    if found != written[0] or is_torn:
        message = (
            f"{paths.events}: an earlier build was ended before it was done, or its ledger was "
            "changed; all its files are written anew"
        )
        warnings.warn(message, EventStudyWarning, stacklevel=2)


def save_build(
    build: EventBuild, paths: BuildPaths, *, settings: Mapping[str, object]
) -> list[str]:
    """Write events, ledger and record, each whole or not at all, the record first.

    A kill between two of them leaves a record that knows the events file before it, too, so that
    the next build goes on.

    Parameters
    ----------
    settings
        What the build was asked for, into the record.

    Returns
    -------
    list of str
        What was changed so that a spreadsheet shows the files and runs nothing, one sentence a
        cell.

    Raises
    ------
    SourceError
        A file that cannot be written.
    """
    try:
        with whole_file(paths.ledger) as ledger, whole_file(paths.events) as events:
            changed = _written(paths.ledger, ledger, build.ledger)
            changed += _written(paths.events, events, build.events)
            _write_record(build, paths, changed, settings, {"events": events, "ledger": ledger})
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(paths.events)) from None
    return changed


def _written(path: Path, part: Path, frame: pd.DataFrame) -> list[str]:
    """Write what is to be the file at `path`, and return what was changed in it."""
    try:
        cells = _WRITERS[path.suffix.lower()](part, frame)
    except SourceError as error:
        raise SourceError(error.reason, file=str(path)) from None
    return [
        f"{path.name} row {cell.row}, {cell.column}: {cell.treated}" for cell in cells.itertuples()
    ]


def _write_record(
    build: EventBuild,
    paths: BuildPaths,
    changed: Sequence[str],
    settings: Mapping[str, object],
    parts: Mapping[str, Path],
) -> None:
    """Write the record of files that are about to take their places."""
    before = sha256_of(paths.events) if paths.events.is_file() else ""
    record = {
        "package": {"name": "market-reaction", "version": version("market-reaction")},
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": dict(settings),
        "inputs": [
            {"name": name, "sha256": digest, "items": count} for name, digest, count in build.inputs
        ],
        "counts": build.counts(),
        "output": {
            "name": paths.events.name,
            "sha256": sha256_of(parts["events"]),
            "ledger_sha256": sha256_of(parts["ledger"]),
            "sha256_before": before,
        },
        "assumed": list(build.assumed),
        "made_harmless": changed,
        "corrections_unused": list(build.unused),
    }
    write_text(paths.record, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
