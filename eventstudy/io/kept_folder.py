"""A folder whose memory is its manifest: one process at a time, nothing lost by a kill.

What people open is made from the memory, and made again where a kill left an earlier one.
"""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy.exceptions import SourceError
from eventstudy.io.folders import KINDS, MANIFEST, OF_THE_SYSTEM, manifest_of_kind
from eventstudy.io.locking import LOCK, lock_folder
from eventstudy.io.writing import is_part, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from filelock import BaseFileLock


@dataclass(slots=True, kw_only=True)
class KeptFolder:
    """The folder while it is open.

    Attributes
    ----------
    path : where it is
    """

    kind: ClassVar[str]
    """Key of `KINDS`."""
    busy: ClassVar[str]
    """What is said to a second process."""
    form: ClassVar[int]
    """How the manifest is written; one of another form is refused and left as it is."""
    is_saved_at_once: ClassVar[bool] = False
    """Whether the folder is somebody's from the moment it is opened."""

    path: Path
    _lock: BaseFileLock | None = field(default=None, repr=False)

    @classmethod
    def open(cls, target: str | os.PathLike[str]) -> Self:
        """Open a folder, made where there is none; nobody else writes into it meanwhile.

        Raises
        ------
        SourceError
            It holds something else, is in use, or cannot be read or written.
        """
        shown, place = Path(target), Path(os.path.realpath(target))
        cls._remembered(shown, place)
        folder = cls(path=shown, _lock=lock_folder(shown, place, cls.busy))
        try:
            folder._take(cls._remembered(shown, place))
            if cls.is_saved_at_once:
                folder.save()
        except BaseException:
            folder.close()
            raise
        return folder

    def close(self) -> None:
        """Let others write into the folder."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def _read(self, manifest: Mapping[str, Any]) -> None:
        """Take what a manifest remembers; `KeyError` or the like where it is damaged."""

    @abstractmethod
    def save(self) -> None:
        """Write the memory and what is made from it."""

    def _remember(self, content: Mapping[str, Any]) -> None:
        """Write the memory, whole or not at all.

        Raises
        ------
        SourceError
            It cannot be written.
        """
        from importlib.metadata import version

        head = {
            "tool": "eventstudy",
            "kind": self.kind,
            "version": version("market-reaction"),
            "form": self.form,
        }
        text = json.dumps({**head, **content}, indent=1, ensure_ascii=False, allow_nan=False)
        write_text(self.path / MANIFEST, writable(text) + "\n")

    def _take(self, manifest: Mapping[str, Any]) -> None:
        """Take what a manifest remembers, if this version knows how it is written."""
        if not manifest:
            return
        form = manifest.get("form")
        if type(form) is int and form > self.form:
            raise SourceError(
                "was written by a later version of eventstudy; update it, or name another folder",
                file=str(self.path),
            )
        if type(form) is not int or form < self.form:
            raise SourceError(
                f"its {MANIFEST} is damaged (no form {form!r} was ever written); "
                "name another folder",
                file=str(self.path),
            )
        try:
            self._read(manifest)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SourceError(
                f"its {MANIFEST} is damaged ({type(error).__name__}: {error}); name another folder",
                file=str(self.path),
            ) from None

    @classmethod
    def _remembered(cls, shown: Path, place: Path) -> Mapping[str, Any]:
        """Return the manifest of the folder; an empty one where there is nothing yet."""
        if not os.path.lexists(place) and not shown.is_symlink():
            return {}
        if not place.is_dir():
            raise SourceError(f"is a file; name a folder for {KINDS[cls.kind]}", file=str(shown))
        try:
            entries = sorted(path for path in place.iterdir() if not _is_passing(path.name))
        except OSError as error:
            raise SourceError(f"cannot be read ({error.strerror})", file=str(shown)) from error
        return manifest_of_kind(shown, entries, cls.kind) if entries else {}


def _is_passing(name: str) -> bool:
    """Whether a name is of what a file manager or a fetch that was killed leaves."""
    return is_part(name, MANIFEST) or name in (*OF_THE_SYSTEM, LOCK)


def writable(text: str) -> str:
    """Return a text without halves of characters, which no file in UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode()
