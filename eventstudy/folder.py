"""The output folder: written whole or not at all, and read back."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.alignment import to_contract
from eventstudy.exceptions import SourceError
from eventstudy.io.timestamp_columns import own_times
from eventstudy.record import FRAMES, OPTIONAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventstudy.record import StudyRecord

MANIFEST = "manifest.json"
STUDY, CALIBRATION, CURVE, INTRADAY = "study", "calibration", "curve", "intraday"
_KINDS = {
    STUDY: "the results of a study",
    CALIBRATION: "a calibration",
    CURVE: "a curve",
    INTRADAY: "an intraday study",
}
"""What a folder of ours may hold; its manifest says which, except that of a study."""
_DATES = {
    "abnormal_returns": ("session",),
    "alignment": ("session", "published_utc"),
    "checks": ("date",),
    "prices": ("date",),
    "events": ("published_at", "date"),
}
_TEXT = (
    "row",
    "column",
    "event_id", "security", "group", "overlaps", "reason", "note", "headline", "url",
    "expected_sign", "markets", "detail", "source", "term", "event_a", "event_b", "category_a",
    "category_b", "signs", "covariance", "test",
)  # fmt: skip


def write_folder(
    record: StudyRecord, target: Path, finish: Callable[[Path], object] | None = None
) -> Path:
    """Write every frame as CSV and manifest.json; see `EventStudyResults.save`.

    Parameters
    ----------
    finish
        Called with the folder before it is put in its place.
    """

    def fill(work: Path) -> None:
        _write(record, work)
        if finish is not None:
            finish(work)

    return replace_folder(target, fill)


def replace_folder(target: Path, fill: Callable[[Path], object], kind: str = STUDY) -> Path:
    """Have `fill` write a folder beside `target`, then put it there: whole or not at all.

    Raises
    ------
    SourceError
        As `check_folder` does, or the folder cannot be written.
    """
    check_folder(target, kind)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise SourceError(f"{target}: cannot be written ({error.strerror})") from error
    try:
        fill(work)
        work.chmod(0o755)
        _swap(work, target)
    except OSError as error:
        raise SourceError(f"{target}: cannot be written ({error.strerror})") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def write_frame(frame: pd.DataFrame, path: Path, *, index: bool = False) -> None:
    """Write one CSV: 12 significant digits, ISO dates, UTF-8."""
    frame.to_csv(
        path,
        index=index,
        float_format="%.12g",
        date_format="%Y-%m-%d",
        lineterminator="\n",
        encoding="utf-8",
    )


def write_manifest(manifest: Mapping[str, Any], folder: Path, kind: str = STUDY) -> None:
    """Write manifest.json, which says that the folder is ours and what it holds."""
    said = dict(manifest) if kind == STUDY else {"kind": kind, **manifest}
    text = json.dumps(said, indent=2, ensure_ascii=False, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _write(record: StudyRecord, folder: Path) -> None:
    for name in (*FRAMES, *OPTIONAL):
        frame: pd.DataFrame = getattr(record, name)
        if name in OPTIONAL and frame.empty:
            continue
        if name == "alignment":
            frame = pd.concat([to_contract(frame), frame[["catch_up", "reason"]]], axis=1)
        if name == "events":  # the date format is for sessions; a news time has a clock
            published = frame["published_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            frame = frame.assign(published_at=published)
        write_frame(frame, folder / f"{name}.csv", index=name == "prices")
    write_manifest(record.manifest, folder)


def read_folder(source: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the frames and the manifest of an output folder.

    Raises
    ------
    SourceError
        The folder is not one of ours, or a file in it cannot be read.
    """
    if not source.is_dir():
        raise SourceError(f"{source}: no such folder of results")
    held = _kind_of(source)
    if held is None:
        raise SourceError(f"{source}: holds no {MANIFEST} of eventstudy, so no results")
    if held != STUDY:
        raise SourceError(f"{source}: holds {_KINDS.get(held, held)}, not {_KINDS[STUDY]}")
    found = {name: _read(source / f"{name}.csv", _DATES.get(name, ())) for name in FRAMES}
    for name in OPTIONAL:
        file = source / f"{name}.csv"
        if file.exists():
            found[name] = _read(file, _DATES.get(name, ()))
            if "note" in found[name]:
                found[name]["note"] = found[name]["note"].fillna("")
    found["prices"] = found["prices"].set_index("date")
    found["statistics"]["note"] = found["statistics"]["note"].fillna("")
    aligned = found["alignment"]
    aligned["benchmark_reacts_later"] = aligned["benchmark_reacts_later"].astype("boolean")
    catch_up = aligned.pop("catch_up")
    aligned.insert(list(aligned.columns).index("span_days") + 1, "catch_up", catch_up)
    manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    return found, manifest


def _read(path: Path, dates: tuple[str, ...]) -> pd.DataFrame:
    # What the events say is text whatever it looks like: a category "True", an actor "007".
    text: Any = str if path.stem == "events" else dict.fromkeys(_TEXT, str)
    try:
        frame: pd.DataFrame = pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read ({error})") from error
    for column in dates:
        if column in frame:
            frame[column] = own_times(frame[column], is_utc=column.startswith("published"))
    return frame


def check_folder(target: Path, kind: str = STUDY) -> None:
    """Raise unless `target` is free, empty, or holds what is to be written: `kind`, of ours.

    A study, a calibration and a curve never replace one another.

    Raises
    ------
    SourceError
        The folder holds something else.
    """
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise SourceError(f"{target}: is a file; name a folder for the results")
    if not any(target.iterdir()):
        return
    held = _kind_of(target)
    if held is None:
        raise SourceError(
            f"{target}: holds files that are not results of eventstudy; name another folder"
        )
    if held != kind:
        raise SourceError(
            f"{target}: holds {_KINDS.get(held, 'other results')}; "
            f"name another folder for {_KINDS[kind]}"
        )


def _kind_of(folder: Path) -> str | None:
    """What a folder of ours holds; None for any other."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or manifest.get("tool") != "eventstudy":
        return None
    return str(manifest.get("kind", STUDY))


def _swap(work: Path, target: Path) -> None:
    """Put `work` in the place of `target`; what stood there is removed last."""
    if not target.exists():
        work.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    try:
        target.rename(old / "was")
        work.rename(target)
    except BaseException:  # an interrupt must not cost the earlier results either
        if (old / "was").exists() and not target.exists():
            (old / "was").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
