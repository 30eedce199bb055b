"""How fast the command starts: ``eventstudy --help`` against an import of pandas, in one run.

    python benchmarks/start_time.py [--repeats 7]

Prints the least processor seconds of each, and their ratio: clearly below 1 for help and version,
which need neither pandas nor anything else that is heavy (`tests/cli/test_cli.py` looks at what is
imported), little above it for lists, and below 2 for what a notebook imports.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

COMMANDS = {
    "python alone": ["-c", "pass"],
    "import pandas": ["-c", "import pandas"],
    "eventstudy --help": ["-m", "eventstudy", "--help"],
    "eventstudy --version": ["-m", "eventstudy", "--version"],
    "eventstudy list": ["-m", "eventstudy", "list", "markets"],
    "EventStudy": ["-c", "from eventstudy import EventStudy"],
}


def seconds(words: list[str]) -> float:
    """Return the processor seconds of Python run with these words."""
    before = os.times()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    after = os.times()
    user = after.children_user - before.children_user
    return user + after.children_system - before.children_system


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    least = {name: float("inf") for name in COMMANDS}
    for _ in range(repeats):  # in turn, so that a busy moment meets all of them
        for name, words in COMMANDS.items():
            least[name] = min(least[name], seconds(words))
    for name, value in least.items():
        print(f"{name:<22}{value:6.2f} s{value / least['import pandas']:8.2f} of import pandas")


if __name__ == "__main__":
    main()
