"""Settings a DuckDB is opened with: no extension, no network, no file but those named."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.io.memory import asked_memory
from eventstudy.io.opening import is_endless

if TYPE_CHECKING:
    from collections.abc import Iterable

Settings = dict[str, str | bool | int | float | list[str]]

WITHOUT_EXTENSIONS: Settings = {
    "allow_unsigned_extensions": "false",
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # a query would else take the caller's own variables for tables
    "python_enable_replacements": "false",
    # what does not fit into memory is refused rather than written
    "temp_directory": "",
}
"""Settings that keep code from being installed or loaded, and nothing from being spilled."""

ONE_FILE: Settings = WITHOUT_EXTENSIONS | {
    "enable_external_access": "false",
    "lock_configuration": "true",
}
"""Settings of a database that is a file: it reaches that file alone, and they cannot be changed."""


def memory_bound() -> Settings:
    """Return the setting that bounds the memory of a query by ``EVENTSTUDY_MEMORY``, if it is set.

    Else DuckDB takes four fifths of the machine or its container. What is available just now is no
    bound: two connections to one file must have the same settings.
    """
    asked = asked_memory()
    return {} if asked is None else {"memory_limit": f"{max(asked // 1_000_000, 1)}MB"}


def only_files(files: Iterable[str]) -> list[str]:
    """Return the statements that restrict a database in memory to these files and patterns.

    The restriction cannot be lifted. A pattern stands for the files that match it now.
    """
    paths: list[str] = []
    for file in files:
        # not of Path: DuckDB compares texts, so ./a.csv must not become a.csv
        expanded = os.path.expanduser(file)  # noqa: PTH111
        if is_endless(expanded):
            continue
        paths.append(file)
        if not _is_anywhere(expanded):
            paths += glob.glob(expanded, recursive=True, include_hidden=True)  # noqa: PTH207
    files_alone = [path for path in dict.fromkeys(paths) if not is_endless(path)]
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in files_alone)
    return [
        f"SET allowed_paths = [{quoted}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ]


def _is_anywhere(pattern: str) -> bool:
    """Whether a pattern starts at the root, as any text of a query may: nobody waits for that."""
    fixed = re.split(r"[*?[]", pattern, maxsplit=1)[0]
    return fixed != pattern and os.path.isabs(fixed) and len(Path(fixed).parts) < 2  # noqa: PTH117
