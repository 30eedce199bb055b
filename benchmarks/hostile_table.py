"""How many hostile inputs each door was given, what became of them, and what the worst took.

    python benchmarks/hostile_table.py [DOOR ...] [--from FILE ...] [--save FILE]

The cases are those of ``tests/hostile``. A row a door: cases, read, refused in a sentence, internal
errors, over 2 GB, over 60 s, the most memory of a case and its longest time (of the processor).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[1]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests")]

from hostile.doors import DOORS  # noqa: E402 - tests are no package that is installed
from hostile.run import MOST_MEGABYTES, MOST_SECONDS, Outcome  # noqa: E402

HEADS = ("door", "cases", "read", "refused", "internal errors", "over 2 GB", "over 60 s",
         "most MB", "longest s")  # fmt: skip


def lines_of(door: str) -> list[str]:
    """Carry out the cases of a door in a process of its own; return its outcomes as JSON."""
    path = os.pathsep.join([str(HOUSE), str(HOUSE / "tests")])
    done = subprocess.run(  # noqa: S603 - this Python, our own module
        [sys.executable, "-m", "hostile.run", door],
        cwd=HOUSE, stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    return done.stdout.splitlines()


def row_of(door: str, outcomes: list[Outcome]) -> tuple[str, ...]:
    """Return the row of a door, as text."""
    codes = [one.code for one in outcomes]
    n_long = sum(one.fault.startswith("longer") for one in outcomes)
    n_large = sum(one.megabytes > MOST_MEGABYTES for one in outcomes)
    n_internal = sum(bool(one.fault) for one in outcomes) - n_long
    n_internal -= sum(one.fault.endswith(" MB") for one in outcomes)
    counts = (len(outcomes), codes.count(0), codes.count(2), n_internal, n_large, n_long)
    most = max(one.megabytes for one in outcomes)
    longest = max(one.seconds for one in outcomes)
    return (door, *map("{:,}".format, counts), f"{most:,.0f}", f"{min(longest, MOST_SECONDS):.1f}")


def main() -> None:
    """Print the table in Markdown, and the cases that failed below it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("doors", nargs="*", metavar="DOOR", help="default: all")
    parser.add_argument("--from", dest="saved", nargs="*", type=Path, help="outcomes of earlier")
    parser.add_argument("--save", type=Path, help="write the outcomes here, too")
    chosen = parser.parse_args()
    by_door: dict[str, list[Outcome]] = {}
    kept: list[str] = []
    if chosen.saved:
        kept = [line for file in chosen.saved for line in file.read_text("utf-8").splitlines()]
    else:
        for door in chosen.doors or DOORS:
            kept += lines_of(door)
    for line in kept:
        told = json.loads(line)
        by_door.setdefault(told.pop("door"), []).append(Outcome(**told))
    if chosen.save:
        chosen.save.write_text("\n".join(kept) + "\n", encoding="utf-8")
    rows = [row_of(door, outcomes) for door, outcomes in by_door.items()]
    rows.append(row_of("all", [one for of_door in by_door.values() for one in of_door]))
    print("| " + " | ".join(HEADS) + " |")
    print("|---" * len(HEADS) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    for door, outcomes in by_door.items():
        for one in outcomes:
            if one.fault:
                print(f"\n{door}, {one.name}: {one.fault}\n    {one.said[-300:].strip()}")


if __name__ == "__main__":
    main()
