"""Folders of results: written whole or not at all, and recognised by their manifest."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.exceptions import SourceError
from eventstudy.io.files import sha256_of
from eventstudy.io.opening import read_text
from eventstudy.io.replacing import (
    check_no_mount,
    first_names,
    links_leading_on,
    marks_of,
    new_folder,
    put_in_place,
    tidy_up,
)
from eventstudy.io.spreadsheets import each_text, guarded
from eventstudy.io.writing import is_part, write_bytes, write_text
from eventstudy.log import LOG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TextIO

    import pandas as pd


MANIFEST = "manifest.json"


FILES = "files"
"""Key of the manifest: sha256 of every other file the run wrote, by name."""


REPLACING = "replacing"
"""Key of the manifest: sha256 of files that are being replaced, by name, as they are to be."""


DIGEST = "sha256"
"""Key of the manifest: sha256 of everything else in it."""


STUDY, CALIBRATION, CURVE, INTRADAY = "study", "calibration", "curve", "intraday"
WATCH, STREAM, NEWS, DATA = "watch", "stream", "news", "data"


KINDS = {
    STUDY: "the results of a study",
    CALIBRATION: "a calibration",
    CURVE: "a curve",
    INTRADAY: "an intraday study",
    WATCH: "watched news",
    STREAM: "a streamed study",
    NEWS: "fetched news",
    DATA: "a copy of the bundled data",
}
"""Kinds of results by the key `kind` of the manifest; that of a study has no such key."""


OF_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that file managers leave in folders: ignored by the checks, kept when results change."""


_CELLS_WRITTEN = 1_000_000  # of a frame at a time, which are text in memory
_FLOAT, _DATE = "%.12g", "%Y-%m-%d"


def replace_folder(target: Path, fill: Callable[[Path], object], kind: str = STUDY) -> Path:
    """Let `fill` write a folder beside `target`, which takes its place when it is complete.

    `fill` is given an empty folder and writes manifest.json and other files into it; the manifest
    then gains the list of those files and its own hash, by which the next run knows what it may
    replace. A `target` that is a link stays one. What a run that was killed left is tidied up by
    the next one, with a warning.

    Raises
    ------
    SourceError
        As `check_folder` does, before and after `fill`, or the folder cannot be written.
    """
    check_folder(target, kind)
    place = Path(os.path.realpath(target))
    with new_folder(target, place) as new:
        fill(new)
        _list_files(new, [path for path in new.iterdir() if path.name != MANIFEST])
        with suppress(FileNotFoundError):
            shutil.copymode(place, new)
        check_folder(target, kind)  # somebody may have put a file there in the meantime
        put_in_place(new, place, _as_written(place))
    LOG.info("wrote %s", target)
    return target


def _as_written(place: Path) -> dict[str, str]:
    """Return the marks of what a run wrote at `place`, as its manifest lists it."""
    manifest = read_manifest(place)
    if manifest is None or not _is_manifest_as_written(manifest):
        return {}
    marks = {**(_files_of(manifest) or {}), MANIFEST: sha256_of(place / MANIFEST)}
    written = {name for name in _coming(manifest) if _is_as_written(place / name, manifest)}
    written |= {
        path.name for path in place.iterdir()
        if _is_left_over(path.name, manifest) and path.is_file() and not path.is_symlink()
    }  # fmt: skip
    return marks | {name: sha256_of(place / name) for name in written}


def amend_folder(
    target: Path, change: Callable[[Path], object], seen: Mapping[str, str] | None = None
) -> Path:
    """Let `change` alter a copy of a folder, which takes its place when it is complete.

    Whatever else the folder holds stays; where there is none, the copy is an empty one.

    Parameters
    ----------
    seen
        What `state_of` gave when the folder was read, if `change` goes on from that.

    Raises
    ------
    SourceError
        The folder cannot be read or written, or somebody changed it meanwhile; it is as it was.
    """
    place = Path(os.path.realpath(target))
    check_no_mount(target, place)
    with new_folder(target, place) as new:
        if place.exists():
            shutil.copytree(place, new, symlinks=True, dirs_exist_ok=True)
        copied = marks_of(new)
        before = copied if seen is None else seen
        with links_leading_on(new, place):
            change(new)
        made, now = marks_of(new), marks_of(place)
        named = {path for path in made if made[path] != copied.get(path)} | before.keys()
        if any(
            not before.get(path) == copied.get(path) == now.get(path)
            for path in named
            if Path(path).name not in OF_THE_SYSTEM
        ):
            raise SourceError(
                "was changed by somebody while this was at work, and is as they left it; "
                "do this again",
                file=str(target),
            )
        put_in_place(new, place, copied)
    return target


def state_of(target: Path) -> dict[str, str]:
    """Return what is in a folder that `amend_folder` is to alter, after tidying it up."""
    place = Path(os.path.realpath(target))
    tidy_up(target, place)
    return marks_of(place)


def replace_file(path: Path, content: str | bytes, *, is_listed: bool) -> None:
    """Write a file; in a folder of results, only over a file a run wrote there.

    Parameters
    ----------
    is_listed
        Whether a folder of results lists the file from now on, so that its next run replaces it.

    Raises
    ------
    SourceError
        A folder of results holds the file and no run wrote it, or it was changed since; or it
        cannot be written.
    """
    manifest = read_manifest(path.parent)
    if manifest is None:
        _write(path, content)
        return
    files = _files_of(manifest)
    if (path.exists() or path.is_symlink()) and not _is_as_written(path, manifest):
        why = (
            "was changed since a run wrote it"
            if path.name in (files or {})
            else f"is not among the files {MANIFEST} lists"
        )
        raise SourceError(f"{why}, so it is not replaced; move it elsewhere", file=str(path))
    if files is None or not (is_listed or path.name in files):
        _write(path, content)
        return
    # Known before it is written: a kill in between leaves the one or the other, both a run's.
    raw = content if isinstance(content, bytes) else content.encode()
    # What a kill left of other files, and what it left of this one, stays known, too.
    coming = {**_coming(manifest), path.name: hashlib.sha256(raw).hexdigest()}
    there = {path.name: sha256_of(path)} if path.exists() else {}
    listing = manifest | {FILES: dict(sorted({**files, **there}.items())), REPLACING: coming}
    _write_manifest(path.parent, manifest, listing)
    _write(path, content)
    _list_files(path.parent, [path])


def _write(path: Path, content: str | bytes) -> None:
    if isinstance(content, bytes):
        write_bytes(path, content)
    else:
        write_text(path, content)


def write_frame(frame: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    """Write one CSV: 12 significant digits, ISO dates, UTF-8.

    A text that a spreadsheet would run has an apostrophe before it; `unguarded` takes it away.
    """
    frame = each_text(frame, guarded)
    rows = max(1, _CELLS_WRITTEN // max(1, len(frame.columns)))
    dated = index and frame.index.dtype.kind == "M" and _are_floats(frame).all()
    with path.open("w", encoding="utf-8", newline="") as file:
        for first in range(0, max(1, len(frame)), rows):
            part = frame.iloc[first : first + rows]
            (part.iloc[:0] if dated else _floats_as_text(part)).to_csv(
                file,
                index=index,
                header=first == 0,
                float_format=_FLOAT,
                date_format=_DATE,
                lineterminator="\n",
            )
            if dated:
                _write_dated_floats(part, file)


def _are_floats(frame: pd.DataFrame) -> np.ndarray:
    return np.array([dtype == np.float64 for dtype in frame.dtypes], dtype=bool)


def _write_dated_floats(frame: pd.DataFrame, file: TextIO) -> None:
    """Write a line for each date and its floats, as `to_csv` does, in a third of the time."""
    dates = frame.index.to_series().dt.strftime(_DATE).fillna("")
    numbers = ",".join([_FLOAT] * len(frame.columns))
    for date, values in zip(dates, frame.to_numpy().tolist(), strict=True):
        text = (numbers % tuple(values)).replace("nan", "")  # numbers alone stand in it
        file.write(f"{date},{text}\n" if values else f"{date}\n")


def _floats_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose floats are text of 12 digits, as `to_csv` writes them but sooner."""
    import pandas as pd

    is_float = _are_floats(frame)
    if not is_float.any():
        return frame
    values = frame.loc[:, is_float].to_numpy()
    text = np.array(list(map(_FLOAT.__mod__, values.ravel().tolist())), dtype=object)
    text[np.isnan(values.ravel())] = ""
    written = pd.DataFrame(text.reshape(values.shape), index=frame.index, dtype=object)
    if is_float.all():
        return written.set_axis(frame.columns, axis=1)
    place = np.cumsum(is_float) - 1
    columns = [
        written.iloc[:, place[column]] if is_text else frame.iloc[:, column]
        for column, is_text in enumerate(is_float)
    ]
    whole: pd.DataFrame = pd.concat(columns, axis=1).set_axis(frame.columns, axis=1)
    return whole


def write_manifest(manifest: Mapping[str, Any], folder: Path, kind: str = STUDY) -> None:
    """Write manifest.json, by which a folder of results and its kind are recognised."""
    content = dict(manifest) if kind == STUDY else {"kind": kind, **manifest}
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def check_folder(target: Path, kind: str = STUDY, inputs: Iterable[Path] = ()) -> None:
    """Raise unless results of a `kind` may be put at `target` without loss.

    They may where there is nothing, an empty folder, or a folder of the same kind with nothing in
    it but what its manifest lists, unchanged. A study, a calibration and a curve never replace one
    another, and none replaces a folder written before manifests listed their files.

    Parameters
    ----------
    inputs
        Files that are read, none of which may lie in the folder.

    Raises
    ------
    SourceError
        The folder holds something else; the message names it.
    """
    # What is replaced is where the path leads, also by a folder that is not there: new/../mine.
    place = Path(os.path.realpath(target))
    tidy_up(target, place)
    if not os.path.lexists(place) and not target.is_symlink():
        return
    if not place.is_dir():
        raise SourceError("is a file; name a folder for the results", file=str(target))
    check_no_mount(target, place)
    read = [Path(os.path.realpath(path)) for path in inputs]
    inside = [str(path.relative_to(place)) for path in read if path.is_relative_to(place)]
    if inside:
        raise SourceError(
            f"holds {first_names(inside)}, which the study reads; "
            "name another folder for the results",
            file=str(target),
        )
    try:
        entries = sorted(path for path in place.iterdir() if path.name not in OF_THE_SYSTEM)
    except OSError as error:
        raise SourceError(f"cannot be read ({error.strerror})", file=str(target)) from error
    if entries:
        _check_entries(target, entries, kind)


def _check_entries(target: Path, entries: Sequence[Path], kind: str) -> None:
    """Raise unless `entries`, the content of `target`, are what a run of `kind` wrote."""
    names = [path.name for path in entries]
    manifest = manifest_of_kind(target, entries, kind)
    files = _files_of(manifest)
    if files is None:
        raise SourceError(
            f"its {MANIFEST} does not list what a run wrote, so {first_names(names)} "
            "may be somebody's own; move the folder elsewhere or name another one",
            file=str(target),
        )
    known = {*files, *_coming(manifest), MANIFEST}
    foreign = [name for name in names if name not in known and not _is_left_over(name, manifest)]
    listed = known - {MANIFEST}
    changed = [path.name for path in entries
               if path.name in listed and not _is_as_written(path, manifest)]  # fmt: skip
    if not _is_manifest_as_written(manifest):
        changed.append(MANIFEST)
    reasons = [f"{first_names(foreign)}, which no run wrote"] if foreign else []
    reasons += [f"{first_names(changed)}, changed since a run wrote it"] if changed else []
    if reasons:
        raise SourceError(
            f"holds {', and '.join(reasons)}; move what is yours elsewhere or name another folder",
            file=str(target),
        )


def manifest_of_kind(target: Path, entries: Sequence[Path], kind: str) -> dict[str, Any]:
    """Return the manifest among `entries`, the content of `target`, which is of this `kind`.

    Raises
    ------
    SourceError
        There is none, or one of another kind.
    """
    manifest = read_manifest(entries[0].parent)
    if manifest is None:
        names = [path.name for path in entries]
        raise SourceError(
            f"holds files that are not results of eventstudy, {first_names(names)}; "
            "name another folder",
            file=str(target),
        )
    present_kind = kind_of(manifest)
    if present_kind != kind:
        raise SourceError(
            f"holds {KINDS.get(present_kind, 'other results')}; "
            f"name another folder for {KINDS[kind]}",
            file=str(target),
        )
    return manifest


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder of results; None for any other folder."""
    try:
        manifest = json.loads(read_text(folder / MANIFEST))
    except (SourceError, OSError, ValueError, RecursionError):
        return None
    is_ours = isinstance(manifest, dict) and manifest.get("tool") == "eventstudy"
    return manifest if is_ours else None


def kind_of(manifest: Mapping[str, Any]) -> str:
    """Return the kind of results a manifest belongs to: a key of `KINDS`, if we wrote it."""
    return str(manifest.get("kind", STUDY))


def _files_of(manifest: Mapping[str, Any]) -> dict[str, str] | None:
    """Return name and sha256 of what a run wrote; None where the manifest lists nothing."""
    files = manifest.get(FILES)
    return files if isinstance(files, dict) and files else None


def _digest_of(manifest: Mapping[str, Any]) -> str:
    content = {key: value for key, value in manifest.items() if key != DIGEST}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _is_manifest_as_written(manifest: Mapping[str, Any]) -> bool:
    return manifest.get(DIGEST) == _digest_of(manifest)


def _coming(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return name and sha256 of files that were being replaced when the manifest was written."""
    coming = manifest.get(REPLACING)
    return coming if isinstance(coming, dict) else {}


def _is_left_over(name: str, manifest: Mapping[str, Any]) -> bool:
    """Whether a name is that of what a writer of a listed file left when it was killed."""
    listed = (MANIFEST, *(_files_of(manifest) or {}), *_coming(manifest))
    return any(is_part(name, target) for target in listed)


def _is_as_written(path: Path, manifest: Mapping[str, Any]) -> bool:
    """Whether the manifest lists this file and its hash is still the listed one."""
    hashes = [marks.get(path.name) for marks in (_files_of(manifest) or {}, _coming(manifest))]
    if not any(hashes) or path.is_symlink() or not path.is_file():
        return False
    return sha256_of(path) in hashes


def _list_files(folder: Path, paths: Iterable[Path]) -> None:
    """Add files of `folder` to its manifest, with their present hashes."""
    manifest = json.loads(read_text(folder / MANIFEST))
    marks = {path.name: sha256_of(path) for path in paths}
    files = {**manifest.get(FILES, {}), **marks}
    coming = {name: mark for name, mark in _coming(manifest).items() if name not in marks}
    listing = {key: value for key, value in manifest.items() if key != REPLACING}
    listing |= {FILES: dict(sorted(files.items()))} | ({REPLACING: coming} if coming else {})
    _write_manifest(folder, manifest, listing)


def _write_manifest(folder: Path, before: Mapping[str, Any], manifest: dict[str, Any]) -> None:
    is_changed = FILES in before and not _is_manifest_as_written(before)
    if not is_changed:  # a user's edit of the manifest remains one
        manifest[DIGEST] = _digest_of(manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    write_text(folder / MANIFEST, text + "\n")
