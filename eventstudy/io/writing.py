"""Files written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.exceptions import SourceError

if TYPE_CHECKING:
    import os


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file in UTF-8, whole or not at all.

    Raises
    ------
    SourceError
        It cannot be written; what was there stays.
    """
    target = Path(path)
    part: Path | None = None
    try:
        if target.exists() and not target.is_file():  # a folder, or a device such as /dev/stdout
            target.write_text(text, encoding="utf-8", newline="")
            return
        part = target.with_name(f".{target.name}.part")
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(target)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise SourceError(f"{target}: cannot be written ({error.strerror})") from error
