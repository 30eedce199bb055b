"""The output folder: written whole or not at all, and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.events.alignment_table import to_table
from eventstudy.exceptions import SourceError
from eventstudy.io.folders import (
    DIGEST,
    FILES,
    KINDS,
    MANIFEST,
    STUDY,
    kind_of,
    read_manifest,
    replace_folder,
    write_frame,
    write_manifest,
)
from eventstudy.io.timestamp_columns import own_times
from eventstudy.reporting.columns import write_package
from eventstudy.reporting.record import FRAMES, OPTIONAL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eventstudy.reporting.record import StudyRecord

_DATES = {
    "abnormal_returns": ("session",),
    "alignment": ("session", "published_utc", "opens_utc", "closes_utc"),
    "checks": ("date",),
    "prices": ("date",),
    "events": ("published_at", "date"),
}
_TEXT = (
    "row",
    "column",
    "event_id", "security", "group", "overlaps", "reason", "note", "headline", "url",
    "expected_sign", "markets", "detail", "source", "term", "event_a", "event_b", "category_a",
    "category_b", "signs", "covariance", "test", "influential_date",
    "contrast", "within", "permutations", "value_a", "value_b", "part", "model",
    "convention",
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


def _write(record: StudyRecord, folder: Path) -> None:
    written = {}
    for name in (*FRAMES, *OPTIONAL):
        frame: pd.DataFrame = getattr(record, name)
        if name in OPTIONAL and frame.empty:
            continue
        if name == "alignment":
            frame = to_table(frame)
        if name == "events":  # the date format is for sessions; a news time has a clock
            published = frame["published_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            frame = frame.assign(published_at=published)
        write_frame(frame, folder / f"{name}.csv", index=name == "prices")
        written[name] = frame.reset_index() if name == "prices" else frame
    write_package(folder, str(record.manifest.get("study", {}).get("title", "")), written)
    write_manifest(record.manifest, folder)


def read_folder(source: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the frames and the manifest of an output folder.

    Raises
    ------
    SourceError
        The folder is not one of ours, or a file in it cannot be read.
    """
    if not source.is_dir():
        raise SourceError("no such folder of results", file=str(source))
    manifest = read_manifest(source)
    if manifest is None:
        raise SourceError(f"holds no {MANIFEST} of eventstudy, so no results", file=str(source))
    kind = kind_of(manifest)
    if kind != STUDY:
        raise SourceError(f"holds {KINDS.get(kind, kind)}, not {KINDS[STUDY]}", file=str(source))
    frames = {name: _read(source / f"{name}.csv", _DATES.get(name, ())) for name in FRAMES}
    for name in OPTIONAL:
        file = source / f"{name}.csv"
        if file.exists():
            frames[name] = _read(file, _DATES.get(name, ()))
            for text in ("note", "part"):
                if text in frames[name]:
                    frames[name][text] = frames[name][text].fillna("")
    frames["prices"] = frames["prices"].set_index("date")
    frames["statistics"]["note"] = frames["statistics"]["note"].fillna("")
    aligned = frames["alignment"]
    aligned["benchmark_reacts_later"] = aligned["benchmark_reacts_later"].astype("boolean")
    catch_up = aligned.pop("catch_up")
    aligned.insert(list(aligned.columns).index("span_days") + 1, "catch_up", catch_up)
    for key in (FILES, DIGEST):  # about the folder, not about what the study found
        manifest.pop(key, None)
    return frames, manifest


def _read(path: Path, dates: tuple[str, ...]) -> pd.DataFrame:
    # What the events say is text whatever it looks like: a category "True", an actor "007".
    text: Any = str if path.stem == "events" else dict.fromkeys(_TEXT, str)
    try:
        frame: pd.DataFrame = pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot be read ({error})", file=str(path)) from error
    for column in dates:
        if column in frame:
            is_utc = column == "published_at" or column.endswith("_utc")
            frame[column] = own_times(frame[column], is_utc=is_utc)
    return frame
