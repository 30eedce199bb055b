"""The commented study file and the events that `eventstudy init` writes."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import resources
from pathlib import Path

from eventstudy.exceptions import SourceError
from eventstudy.io.writing import write_bytes


def write_example(folder: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a commented study file and an example of events, and return their paths.

    Raises
    ------
    SourceError
        One of them is there already, or the folder cannot be written; nothing is changed then.
    """
    target = Path(folder)
    texts = {
        target / name: resources.files("eventstudy.studyfile")
        .joinpath("templates", name)
        .read_bytes()
        for name in ("study.toml", "events.csv")
    }
    # One of them, as it was written, is what a call that was killed left: that is gone on with.
    missing = [file for file in texts if not os.path.lexists(file)]
    for file, content in texts.items():
        is_left = missing and file.is_file() and file.read_bytes() == content
        if file not in missing and not is_left:
            raise SourceError(
                "is there already; name another folder or move it away", file=str(file)
            )
    written: list[Path] = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in missing:
            write_bytes(file, texts[file])
            written.append(file)
    except (OSError, SourceError) as error:
        for file in written:
            with suppress(OSError):
                file.unlink(missing_ok=True)
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error
    study, events = texts
    return study, events
