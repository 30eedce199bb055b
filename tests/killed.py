"""A program killed at every step it takes in a folder: what is there afterwards, and is said."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(__file__).with_name("killed_process.py")
TO_THE_END = -1
WAYS = ("one step", "two renames")
CODES = {"full": 2, "denied": 2, "SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
"""Exit codes of a command to which this happens."""


class Program:
    """A program that waits before its first step in a folder, to go on from there many times."""

    def __init__(self, process: subprocess.Popen[str], heard: Path) -> None:
        self._process, self._heard = process, heard

    def run(self, what: str = "SIGKILL", last: int = TO_THE_END) -> int:
        """Go on until `what` happens before step `last`; return the exit code, -9 for a kill."""
        self._process.stdin.write(f"{what} {last}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the program ended before its first step in the folder"
        return int(line)

    @property
    def steps(self) -> list[str]:
        """Names of the steps of the last run, as far as it came."""
        return (self._heard / "steps").read_text(encoding="utf-8").split()

    @property
    def said(self) -> str:
        return (self._heard / "err").read_text(encoding="utf-8")


@contextmanager
def waiting(root: Path, code: str, way: str = WAYS[0], **environment: str):
    """Start a program whose steps below `root` count; `ROOT` is that folder in its `code`."""
    heard = root.with_name(f"{root.name}-heard")
    heard.mkdir(exist_ok=True)
    words = [sys.executable, str(PROGRAM), str(root), code, str(heard), way]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment,
        cwd=root.parent,
    ) as process:
        try:
            yield Program(process, heard)
        finally:
            process.stdin.close()
            process.wait(timeout=60)


def killed_at_every_step(root, code, state, *, way=WAYS[0], missing=False, faults=(), most=None):
    """Kill a program at every step; return how many, what the next ones said, what faults say.

    After each kill `state` of the folder must be what it is before or after a whole run. Where the
    kill came at another point of the work than the one before, the next run must end well, with
    nothing left beside but ``.part`` files. Of what the kill left, empty folders are not told.

    Parameters
    ----------
    missing
        Whether the state may also be that of an empty folder, between two renames.
    faults
        What else is to happen: ``full`` at these steps, others at the middle and last one and,
        of more than three, at the first.
    most
        At how many steps, of those at which another kind of step begins or ends; else at each.
    """
    told: dict[str, str] = {}
    there = root.with_name(f"{root.name}-before")
    shutil.copytree(root, there, symlinks=True)

    def reset():
        shutil.rmtree(root)
        shutil.copytree(there, root, symlinks=True)

    before, said, n_missing, seen = state(root), [], 0, None
    with waiting(root, code, way) as program:
        assert program.run() == 0, program.said
        after, names, steps = state(root), entries(root), program.steps
        assert after != before
        chosen = list(range(len(steps))) if most is None else turns(steps, most)
        ends = {chosen[len(chosen) // 2], chosen[-1]} | ({chosen[0]} if len(chosen) > 3 else set())
        for step in chosen:
            reset()
            assert program.run("SIGKILL", step) == -signal.SIGKILL, (step, steps)
            found = state(root)
            n_missing += found not in (before, after)
            assert found in (before, after) or (missing and not (root / "out").exists()), step
            left = entries(root) - entries(there) - names
            inside = sorted(path.name for name in left for path in (root / name).glob("*"))
            if (found, len(left), inside) != seen:  # how far it got is new
                seen = found, len(left), inside
                assert program.run() == 0, (step, program.said)
                assert state(root) == after, step
                assert entries(root) == names, step
                said.append((left if inside else set(), program.said))
        for what, step in itertools.product(faults, chosen):
            if what == "full" or step in ends:
                reset()
                result = program.run(what, step)
                assert result in (CODES[what], 0), (what, step, program.said)
                assert state(root) in (before, after), (what, step)
                assert program.said.count("\n") <= 2, program.said
                left = entries(root) - entries(there) - names
                assert not left or what == "denied", (what, step, left)
                if result:
                    told[what] = program.said
    assert n_missing <= 3
    return len(steps), said, told


def turns(steps: list[str], most: int) -> list[int]:
    """Return the first and last of each row of steps of one name, so many of them at the most."""
    ends = [at for at in range(len(steps)) if steps[at - 1 : at] != steps[at : at + 1]]
    found = sorted({*ends, *(at - 1 for at in ends[1:]), len(steps) - 1})
    if len(found) <= most:
        return found
    return [found[at * (len(found) - 1) // (most - 1)] for at in range(most)]


def entries(root: Path) -> set[str]:
    """Return the names in a folder, without what a later write removes or makes its own."""
    return {path.name for path in root.iterdir() if not path.name.endswith((".part", ".lock"))}


def results_state(folder: Path) -> dict[str, str] | None:
    """Return the tables of a folder of results by their hashes, which is whole; None if none is."""
    if not folder.exists():
        return None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    files = manifest["files"]
    coming = manifest.get("replacing", {})
    there = {path.name for path in folder.iterdir() if not path.name.endswith(".part")}
    assert {*files, "manifest.json"} <= there <= {*files, *coming, "manifest.json"}
    for name, digest in files.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert found in (digest, coming.get(name)), name
    return {name: digest for name, digest in files.items() if name.endswith((".csv", ".parquet"))}
