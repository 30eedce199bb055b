"""The output folder: written whole or not at all, and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.events.alignment_table import to_table
from eventstudy.exceptions import SourceError
from eventstudy.io.folders import (
    DIGEST,
    FILES,
    KINDS,
    MANIFEST,
    REPLACING,
    STUDY,
    kind_of,
    read_manifest,
    replace_folder,
    write_frame,
    write_manifest,
)
from eventstudy.io.replacing import tidy_up
from eventstudy.reporting.columns import write_package
from eventstudy.reporting.record import FRAMES, OPTIONAL
from eventstudy.reporting.saved_table import read_saved
from eventstudy.study.manifest import unlike_a_manifest
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

    from eventstudy.reporting.record import StudyRecord

_NEVER_MISSING = ("note", "part", "influential_date", "sizes_off")


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
        tidy_up(source, source.resolve())  # what a run was killed over is put back
    if not source.is_dir():
        raise SourceError("no such folder of results", file=str(source))
    manifest = read_manifest(source)
    if manifest is None:
        raise SourceError(f"holds no {MANIFEST} of eventstudy, so no results", file=str(source))
    kind = kind_of(manifest)
    if kind != STUDY:
        raise SourceError(f"holds {KINDS.get(kind, kind)}, not {KINDS[STUDY]}", file=str(source))
    if unlike := unlike_a_manifest(manifest):
        raise SourceError(
            f"{excerpt(unlike)} of its {MANIFEST} is missing, or not what a run writes there; "
            "run the study again",
            file=str(source),
        )
    frames = {name: read_saved(source / f"{name}.csv") for name in FRAMES}
    for name in OPTIONAL:
        file = source / f"{name}.csv"
        if file.exists():
            frames[name] = _filled(read_saved(file))
    _check_pairs(source, frames)
    frames["prices"] = frames["prices"].set_index("date")
    frames["statistics"] = _filled(frames["statistics"])
    aligned = frames["alignment"]
    aligned["benchmark_reacts_later"] = aligned["benchmark_reacts_later"].astype("boolean")
    catch_up = aligned.pop("catch_up")
    aligned.insert(list(aligned.columns).index("span_days") + 1, "catch_up", catch_up)
    for key in (FILES, REPLACING, DIGEST):  # about the folder, not about what the study found
        manifest.pop(key, None)
    return frames, manifest


def _check_pairs(source: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """Refuse files that are of several runs: pairs of one that another does not have."""
    pair = ["event_id", "security"]
    studied = frames["models"][pair]
    aligned = frames["alignment"].dropna(subset="session")[pair]
    is_aligned = len(studied.merge(aligned, on=pair)) == len(studied)
    if (
        not len(studied)
        or not is_aligned
        or not studied["event_id"].isin(frames["events"]["event_id"]).all()
    ):
        raise SourceError(
            "models.csv, alignment.csv and events.csv do not hold the same pairs, so they are not "
            "of one run; run the study again",
            file=str(source),
        )


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts are empty, not missing, where there is nothing to say."""
    there = [name for name in _NEVER_MISSING if name in frame]
    return frame.assign(**{name: frame[name].fillna("") for name in there})
