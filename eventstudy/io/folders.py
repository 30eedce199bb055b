"""Folders of results: written whole or not at all, and recognised by their manifest."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import platform
import shutil
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.io.files import sha256_of
from eventstudy.io.writing import write_bytes, write_text
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TextIO

    import pandas as pd


MANIFEST = "manifest.json"


FILES = "files"
"""Key of the manifest: sha256 of every other file the run wrote, by name."""


DIGEST = "sha256"
"""Key of the manifest: sha256 of everything else in it."""


STUDY, CALIBRATION, CURVE, INTRADAY = "study", "calibration", "curve", "intraday"
WATCH, STREAM = "watch", "stream"


KINDS = {
    STUDY: "the results of a study",
    CALIBRATION: "a calibration",
    CURVE: "a curve",
    INTRADAY: "an intraday study",
    WATCH: "watched news",
    STREAM: "a streamed study",
}
"""Kinds of results by the key `kind` of the manifest; that of a study has no such key."""


OF_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that file managers leave in folders: ignored by the checks, kept when results change."""


_MOST_NAMED = 5
_CELLS_WRITTEN = 1_000_000  # of a frame at a time, which are text in memory
_FLOAT, _DATE = "%.12g", "%Y-%m-%d"


def replace_folder(target: Path, fill: Callable[[Path], object], kind: str = STUDY) -> Path:
    """Let `fill` write a folder beside `target`, which takes its place when it is complete.

    `fill` is given an empty folder and writes manifest.json and other files into it; the manifest
    then gains the list of those files and its own hash, by which the next run knows what it may
    replace. A `target` that is a link stays one. The folder of a run that was killed is removed by
    the next one.

    Raises
    ------
    SourceError
        As `check_folder` does, before and after `fill`, or the folder cannot be written.
    """
    check_folder(target, kind)
    place = target.resolve()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(place)
        prefix = f"{_work_prefix(place)}{os.getpid()}-"
        work = Path(tempfile.mkdtemp(prefix=prefix, dir=place.parent))
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
    try:
        fill(work)
        _list_files(work, [path for path in work.iterdir() if path.name != MANIFEST])
        work.chmod(0o755)
        check_folder(target, kind)  # somebody may have put a file there in the meantime
        _swap(work, place)
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


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
    if (path.exists() or path.is_symlink()) and not _is_as_written(path, files or {}):
        why = (
            "was changed since a run wrote it"
            if path.name in (files or {})
            else f"is not among the files {MANIFEST} lists"
        )
        raise SourceError(f"{why}, so it is not replaced; move it elsewhere", file=str(path))
    _write(path, content)
    if files is not None and (is_listed or path.name in files):
        _list_files(path.parent, [path])


def _write(path: Path, content: str | bytes) -> None:
    if isinstance(content, bytes):
        write_bytes(path, content)
    else:
        write_text(path, content)


def write_frame(frame: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    """Write one CSV: 12 significant digits, ISO dates, UTF-8."""
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
    if not os.path.lexists(place) and not target.is_symlink():
        return
    if not place.is_dir():
        raise SourceError("is a file; name a folder for the results", file=str(target))
    read = [Path(os.path.realpath(path)) for path in inputs]
    inside = [str(path.relative_to(place)) for path in read if path.is_relative_to(place)]
    if inside:
        raise SourceError(
            f"holds {_first_names(inside)}, which the study reads; "
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
            f"its {MANIFEST} does not list what a run wrote, so {_first_names(names)} "
            "may be somebody's own; move the folder elsewhere or name another one",
            file=str(target),
        )
    foreign = [name for name in names if name not in files and name != MANIFEST]
    changed = [path.name for path in entries
               if path.name in files and not _is_as_written(path, files)]  # fmt: skip
    if not _is_manifest_as_written(manifest):
        changed.append(MANIFEST)
    reasons = [f"{_first_names(foreign)}, which no run wrote"] if foreign else []
    reasons += [f"{_first_names(changed)}, changed since a run wrote it"] if changed else []
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
            f"holds files that are not results of eventstudy, {_first_names(names)}; "
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
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
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


def _is_as_written(path: Path, files: Mapping[str, str]) -> bool:
    """Whether the manifest lists this file and its hash is still the listed one."""
    if path.name not in files or path.is_symlink() or not path.is_file():
        return False
    return sha256_of(path) == files[path.name]


def _list_files(folder: Path, paths: Iterable[Path]) -> None:
    """Add files of `folder` to its manifest, with their present hashes."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    is_changed = FILES in manifest and not _is_manifest_as_written(manifest)
    files = {**manifest.get(FILES, {}), **{path.name: sha256_of(path) for path in paths}}
    manifest[FILES] = dict(sorted(files.items()))
    if not is_changed:  # a user's edit of the manifest remains one
        manifest[DIGEST] = _digest_of(manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    write_text(folder / MANIFEST, text + "\n")


def _first_names(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return listed([*names[:_MOST_NAMED], counted(more, "other")] if more > 1 else names)


def _work_prefix(place: Path) -> str:
    """Return how the names of unfinished folders of this machine begin; the process follows."""
    machine = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
    return f".{place.name}-run-{machine}-"


def _remove_stale(place: Path) -> None:
    """Remove the unfinished folders that processes left which are gone from this machine."""
    if os.name == "nt":  # a signal of 0 ends a process there
        return
    prefix = _work_prefix(place)
    for path in place.parent.glob(f"{glob.escape(prefix)}*"):
        process = path.name.removeprefix(prefix).partition("-")[0]
        if process.isdecimal() and not path.is_symlink() and not _is_running(int(process)):
            shutil.rmtree(path, ignore_errors=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's, or a number that is none
        return True
    return True


def _swap(work: Path, target: Path) -> None:
    """Put `work` in the place of `target`, then remove the earlier results.

    A file that was added or changed since the folder was checked is not lost: it is moved to the
    new folder or, where that has a file of its name, kept where the warning says.
    """
    if not target.exists():
        work.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    was = old / "was"
    try:
        target.rename(was)
        work.rename(target)
    except BaseException:  # an interrupt must not cost the earlier results either
        if not target.exists():
            with suppress(OSError):
                was.rename(target)
        raise
    else:
        _clear(was, target)
    finally:
        if was.exists():
            remaining = _first_names(sorted(path.name for path in was.iterdir()))
            message = f"{target}: what stood there before is kept in {was}: {remaining}"
            warnings.warn(message, EventStudyWarning, stacklevel=2)
        else:
            old.rmdir()


def _clear(was: Path, target: Path) -> None:
    """Remove from `was` what a run wrote, move the rest to `target`, then remove `was`."""
    manifest = read_manifest(was) or {}
    files = _files_of(manifest) or {}
    for path in sorted(was.iterdir()):
        with suppress(OSError, SourceError):
            is_manifest = path.name == MANIFEST and _is_manifest_as_written(manifest)
            if is_manifest or _is_as_written(path, files):
                path.unlink()
            elif not os.path.lexists(target / path.name):
                path.rename(target / path.name)
    with suppress(OSError):
        was.rmdir()
