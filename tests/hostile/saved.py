"""Folders of saved results, one file of which is something else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from hostile import contents
from hostile.run import Case
from hostile.study_files import BASE, text_of, write_data

_KINDS: dict[str, Callable[[], bytes]] = {
    **contents.ANY,
    "a header alone": lambda: b"a,b\n",
    "null": lambda: b"null",
    "a list": lambda: b"[]",
    "a table": lambda: b"{}",
    "a number of 5,000 digits": lambda: b'{"seed": ' + b"9" * 5_000 + b"}",
}


def cases() -> Iterator[Case]:
    """Every table of a small study's results, replaced by every third content in turn."""
    from eventstudy import cli

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_data(home)
        (home / "study.toml").write_text(text_of(BASE), encoding="utf-8")
        out = home / "out"
        if cli.invoke(["run", str(home / "study.toml"), "--out", str(out), "--quiet"]):
            raise RuntimeError("the study that is to be saved did not run")
        files = sorted(path.name for path in out.iterdir() if path.suffix in {".csv", ".json"})
        for at, file in enumerate(files):
            for what, content in list(_KINDS.items())[at % 4 :: 4]:
                yield Case(
                    f"{file}: {what}", partial(_report, saved=out, file=file, content=content)
                )


def _report(folder: Path, saved: Path, file: str, content: Callable[[], bytes]) -> list[str]:
    shutil.copytree(saved, folder / "out")
    (folder / "out" / file).write_bytes(content())
    return ["report", "out"]
