"""Which fault is tried on which command that writes, as the tests of faults and of kills have it.

    python benchmarks/fault_table.py [--run]

A row a command, a column a fault, read from the parameters of ``tests/cli/test_faults.py`` and
``test_kills.py``; ``--run`` carries the tests out first, some minutes, and ends with their exit
code. The table in docs/robustness.md is this one, says `tests/benchmarks/test_fault_table.py`.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

HOUSE = Path(__file__).parents[1]
TESTS = HOUSE / "tests"
FILES = ("test_faults", "test_kills")
FAULTS = {
    "test_a_file_where_a_folder_is_to_be": "a file in its place",
    "test_a_folder_where_a_file_is_to_be": "a folder in its place",
    "test_a_folder_of_somebody_elses": "another's folder",
    "test_a_link_to_a_folder_stays_one": "a link to a folder",
    "test_what_a_link_to_a_file_leads_to_stays": "a link to a file",
    "test_a_link_that_leads_nowhere_makes_nothing_elsewhere": "a link to nowhere",
    "test_a_pipe_that_nobody_reads_is_not_waited_for": "a pipe",
    "test_a_target_below_a_file": "below a file",
    "test_no_home_no_temporary_folder_and_no_cache": "no home",
    "test_a_clock_that_jumps_back_and_forth": "clock jumps",
}
KILLED = "test_a_command_killed_anywhere_leaves_earlier_or_new_results"
"""Its test sends each signal, fills the disk and takes rights away at the steps of a command."""


def modules() -> list[ModuleType]:
    """Return the two files of tests."""
    for folder in (str(TESTS), str(TESTS / "cli")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    return [importlib.import_module(name) for name in FILES]


def commands_of(function: object) -> list[str]:
    """Return the commands a test is carried out for; none where it has no such parameter."""
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize" and mark.args[0] == "name":
            return list(mark.args[1])
    return []


def tried() -> dict[str, dict[str, bool]]:
    """Return command -> fault -> whether it is tried.

    Raises
    ------
    ValueError
        A test of faults that no column stands for.
    """
    faults, kills = modules()
    tests = {
        name: set(commands_of(function))
        for name, function in vars(faults).items()
        if name.startswith("test_") and commands_of(function)
    }
    if set(tests) != set(FAULTS):
        raise ValueError(f"no column of {sorted(set(tests) ^ set(FAULTS))}")
    columns = {FAULTS[name]: tests[name] for name in FAULTS}
    killed = set(commands_of(getattr(kills, KILLED)))
    columns |= {
        _shown(fault): killed for fault in ("SIGKILL", *importlib.import_module("killed").CODES)
    }
    names = sorted(set().union(*columns.values()))
    return {
        name: {fault: name in commands for fault, commands in columns.items()} for name in names
    }


def _shown(fault: str) -> str:
    return {"full": "disk full", "denied": "no rights"}.get(fault, fault)


def table() -> str:
    """Return the table in Markdown."""
    rows = tried()
    heads = list(next(iter(rows.values())))
    lines = ["| command | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for name, row in rows.items():
        lines.append(
            f"| `{name}` | " + " | ".join("x" if row[head] else "" for head in heads) + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", action="store_true", help="carry the tests out first")
    code = 0
    if parser.parse_args().run:
        files = [f"tests/cli/{name}.py" for name in FILES]
        code = subprocess.run(  # noqa: S603 - this Python
            [sys.executable, "-m", "pytest", "-q", *files], cwd=HOUSE, check=False
        ).returncode
    print(table())
    sys.exit(code)


if __name__ == "__main__":
    main()
