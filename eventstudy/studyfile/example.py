"""The commented study file and the events that `eventstudy init` writes."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.exceptions import SourceError

if TYPE_CHECKING:
    import os


def write_example(folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a commented study file and an example of events, and return their paths.

    Raises
    ------
    SourceError
        One of them is there already, or the folder cannot be written; nothing is changed then.
    """
    target = Path(folder)
    files = (target / "study.toml", target / "events.csv")
    for file in files:
        if file.exists() or file.is_symlink():
            raise SourceError(
                "is there already; name another folder or move it away", file=str(file)
            )
    written: list[Path] = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            source = resources.files("eventstudy.studyfile").joinpath("templates", file.name)
            written.append(file)
            file.write_bytes(source.read_bytes())
    except OSError as error:
        for file in written:
            file.unlink(missing_ok=True)
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
    return files
