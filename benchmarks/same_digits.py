"""The same study under other circumstances: whether every file of its results has the same digits.

    python benchmarks/same_digits.py [--python /path/to/python3.13 ...] [NAME...]

A study of bundled news on the bundled closes, with securities and daily factors in files beside it
and few draws, is carried out by the command line again and again: with other threads, hash seeds,
languages, zones and folders, without assertions and docstrings, in several processes, in blocks,
and with the rows of an input in another order, where that is no error. Every csv and the report are
compared with those of the first run, byte for byte; the largest difference of two numbers is
printed where they differ, and the exit code is 1.
`tests/benchmarks/test_same_digits.py` is the test.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HOUSE = Path(__file__).parents[1]
N_EVENTS = 60
STUDY = """title = "Same digits"
markets = ["N225", "TWII", "HSI"]

[events]
file = "events.csv"
date_only = "next"

[prices]
source = "files"
file = "prices.csv"
factors = ["factors.csv"]

[securities]
file = "securities.csv"

[model]
name = "market_model"
benchmark = "SPX"

[model.beside]
name = "factor"
factors = ["MKT", "SMB"]

[windows]
event = [-2, 2]
car = [[0, 0], [0, 1]]

[sample]
min_obs = 100

[statistics]
names = ["placebo", "kolari_pynnonen", "portfolio_t", "wilcoxon", "bmp", "generalized_sign"]
by = ["category", "region"]
contrast = [["direction", "de-escalation", "escalation"]]
draws = 60
seed = 7
"""
USUAL = {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
LEFT_OUT = ("HOME", "LANG", "LC_ALL", "TZ", "PYTHONHASHSEED", "OPENBLAS_NUM_THREADS",
            "OMP_NUM_THREADS", "MKL_NUM_THREADS", "EVENTSTUDY_JOBS", "PYTHONUTF8")  # fmt: skip
SHUFFLED = ("events.csv", "securities.csv")
REFUSED = ("prices.csv", "factors.csv")
"""Inputs whose rows are dates: in no order they are refused, as one of the dates may be wrong."""
TURNED = "the newest row was first; turned round"
"""What is said of prices that stand so; factors are read as they are published, oldest first."""
REPORT = "report.html"
_PYTHON = r'(versions\.python</th><td class="any"><bdi>)[\d.]+'


@dataclass(frozen=True, kw_only=True)
class Circumstance:
    """How a study is carried out.

    Attributes
    ----------
    environment : variables that differ from `USUAL`
    python : options of Python, such as ``-OO``
    words : further words of the command
    moved : the input whose rows are in another order; empty for none
    is_turned : whether that order is the newest row first, not a random one
    is_elsewhere : whether the command is run in another folder
    interpreter : which Python
    """

    environment: dict[str, str] = field(default_factory=dict)
    python: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    moved: str = ""
    is_turned: bool = False
    is_elsewhere: bool = False
    interpreter: str = sys.executable


def circumstances() -> dict[str, Circumstance]:
    """Return the circumstances by the names the table gives them; the first is the usual one."""
    found = {"usual": Circumstance(), "again": Circumstance()}
    for threads in ("2", "4"):
        found[f"{threads} threads"] = Circumstance(
            environment={"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        )
    for seed in ("1", "4711", "random"):
        found[f"hash seed {seed}"] = Circumstance(environment={"PYTHONHASHSEED": seed})
    for locale in ("C", *_present("de_DE", "tr_TR")):
        found[f"locale {locale}"] = Circumstance(environment={"LC_ALL": locale})
    found["locale C, no UTF-8 mode"] = Circumstance(
        environment={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    )
    for zone in ("Asia/Shanghai", "America/New_York", "Pacific/Apia"):
        found[f"zone {zone}"] = Circumstance(environment={"TZ": zone})
    found |= {
        "python -O": Circumstance(python=("-O",)),
        "python -OO": Circumstance(python=("-OO",)),
        "another folder": Circumstance(is_elsewhere=True),
        "--jobs 1": Circumstance(words=("--jobs", "1")),
        "--jobs 2": Circumstance(words=("--jobs", "2")),
        "--stream": Circumstance(words=("--stream",)),
    }
    found |= {f"rows of {name}": Circumstance(moved=name) for name in SHUFFLED}
    return found | {
        "prices.csv newest first": Circumstance(moved="prices.csv", is_turned=True),
        "--stream, rows of events.csv": Circumstance(words=("--stream",), moved="events.csv"),
    }


def _present(*names: str) -> list[str]:
    try:
        known = subprocess.run(
            ["locale", "-a"],  # noqa: S607
            capture_output=True, text=True, check=False,
        ).stdout.split()  # fmt: skip
    except OSError:
        return []
    return [one for one in known if one.partition(".")[0] in names and "utf" in one.lower()]


def write_inputs(folder: Path, moved: str = "", *, is_turned: bool = False) -> Path:
    """Write the study and its inputs, the rows of one of them in another order."""
    folder.mkdir(parents=True, exist_ok=True)
    events = (HOUSE / "data" / "events" / "events.csv").read_text(encoding="utf-8").splitlines()
    table = list(csv.reader(events))
    step = len(table[1:]) // N_EVENTS
    dates = [
        row[0]
        for row in csv.reader(
            (HOUSE / "data" / "prices" / "closes.csv").read_text(encoding="utf-8").splitlines()[1:]
        )
    ]
    rng = np.random.default_rng(11)
    factors = [
        [date.replace("-", ""), *(f"{value:.4f}" for value in rng.normal(0, 1, 2)), "0.010"]
        for date in dates
    ]
    closes = (HOUSE / "data" / "prices" / "closes.csv").read_text(encoding="utf-8").splitlines()
    texts: dict[str, list[list[str]]] = {
        "events.csv": [table[0], *table[1 :: max(step, 1)]],
        "prices.csv": list(csv.reader(closes)),
        "securities.csv": [
            ["security", "region"], ["N225", "north"], ["TWII", "north"], ["HSI", "south"],
            ["HSCE", "south"],
        ],
        "factors.csv": [["", "Mkt-RF", "SMB", "RF"], *factors],
    }  # fmt: skip
    for name, rows in texts.items():
        head, *body = rows
        if name == moved:
            places = np.arange(len(body))[::-1]
            if not is_turned:
                places = np.random.default_rng(5).permutation(len(body))
            body = [body[at] for at in places]
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *body])
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder / "study.toml"


def carried_out(how: Circumstance, folder: Path) -> Path:
    """Carry the study out in a folder of its own, and return where its results are."""
    study = write_inputs(folder / "study", how.moved, is_turned=how.is_turned)
    if "--stream" in how.words:  # those of its tests that are sums over pairs, and of one model
        text = STUDY.replace('"placebo", ', "").replace('"portfolio_t", ', "")
        text = text.replace('[model.beside]\nname = "factor"\nfactors = ["MKT", "SMB"]\n', "")
        text = text.replace("draws = 60", "draws = 0")
        lines = [line for line in text.splitlines() if not line.startswith("contrast")]
        study.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kept = {key: value for key, value in os.environ.items() if key not in LEFT_OUT}
    elsewhere = folder / "elsewhere" / "deeper"
    elsewhere.mkdir(parents=True)
    named = "../../study/study.toml" if how.is_elsewhere else "study.toml"
    words = [
        how.interpreter, *how.python, "-m", "eventstudy", "run", named,
        "--out", str(folder / "out"), *how.words,
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603
        words,
        cwd=elsewhere if how.is_elsewhere else study.parent,
        env={**kept, "PYTHONPATH": str(HOUSE), **USUAL, **how.environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr[-2000:]}")
    return folder / "out"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a file differs from that of the first run.

    Attributes
    ----------
    file : its name
    largest : largest difference of two numbers, relative to the larger where that is above 1;
        infinite where a text differs
    where : the first place
    """

    file: str
    largest: float
    where: str


def differences(first: Path, other: Path, how: Circumstance) -> list[Difference]:
    """Return what differs between two folders of results; the manifest names its inputs."""
    names = {path.name for path in (*first.glob("*.csv"), first / REPORT)}
    others = {path.name for path in (*other.glob("*.csv"), other / REPORT) if path.exists()}
    if "--stream" in how.words:
        return _streamed_differences(first, other)
    found = [
        Difference(file=name, largest=math.inf, where="is in one of them only")
        for name in sorted(names ^ others)
    ]
    # What is shown a row an event or a pair stands in the order of the events: there the rows are
    # compared, whatever their order, and the report is not.
    is_reordered = how.moved == "events.csv"
    for name in sorted((names & others) - ({REPORT} if is_reordered else set())):
        texts = [(folder / name).read_bytes().decode() for folder in (first, other)]
        if name == REPORT:
            texts = list(map(_without_inputs, texts, (first, other)))
        if is_reordered:
            texts = list(map(_in_order, texts))
        if texts[0] != texts[1]:
            found.append(_difference(name, *texts))
    return found


def _in_order(text: str) -> str:
    """Return a csv with its rows in the order of what is no broken number in them."""
    head, *body = csv.reader(text.splitlines())
    body.sort(key=lambda row: [cell for cell in row if not re.fullmatch(r"-?[\d.]+e?-?\d*", cell)
                               or cell.lstrip("-").isdigit()])  # fmt: skip
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([head, *body])
    return out.getvalue()


def _without_inputs(report: str, folder: Path) -> str:
    """Return a report without what it says of the rows of its inputs: hashes, and their order."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    hashes = re.findall(r"\b[0-9a-f]{64}\b", json.dumps(manifest["inputs"]))
    for number, digest in enumerate(hashes):
        report = report.replace(digest, f"hash {number}").replace(digest[:12], f"hash {number}")
    report = re.sub(_PYTHON, r"\1", report)  # which Python it was is no digit of the study
    return re.sub(rf"\s*<li>Assumed: <bdi>[^<]*{TURNED}</bdi></li>", "", report)


def _difference(name: str, first: str, other: str) -> Difference:
    largest, where = 0.0, ""
    if not name.endswith(".csv"):
        at = next((at for at, (a, b) in enumerate(zip(first, other, strict=False)) if a != b), 0)
        return Difference(
            file=name,
            largest=math.inf,
            where=f"{first[at - 60 : at + 60]!r} | {other[at - 60 : at + 60]!r}",
        )
    rows, others = (list(csv.reader(text.splitlines())) for text in (first, other))
    if len(rows) != len(others):
        return Difference(file=name, largest=math.inf, where=f"{len(rows)} rows, {len(others)}")
    for at, (row, match) in enumerate(zip(rows, others, strict=True), start=1):
        for column, (a, b) in enumerate(zip(row, match, strict=False)):
            size = 0.0 if a == b else _apart(a, b)
            if size > largest:
                largest, where = size, f"row {at} {rows[0][column]}: {a} | {b}"
    return Difference(file=name, largest=largest, where=where)


def _apart(a: str, b: str) -> float:
    try:
        x, y = float(a), float(b)
    except ValueError:
        return math.inf
    return abs(x - y) / max(1.0, abs(x), abs(y))


def _streamed_differences(first: Path, other: Path) -> list[Difference]:
    """Return what differs of the tests that streaming computes, and of its pairs."""

    def keyed(path: Path) -> dict[tuple[str, ...], dict[str, str]]:
        with path.open(encoding="utf-8", newline="") as file:
            return {
                (row["group"], row["window_start"], row["window_end"], row["measure"], row["name"]):
                row for row in csv.DictReader(file)
            }  # fmt: skip

    whole, streamed = keyed(first / "statistics.csv"), keyed(other / "statistics.csv")
    largest, where = (0.0, "") if streamed else (math.inf, "no row")
    for key, row in streamed.items():
        for column in ("estimate", "std_error", "statistic", "pvalue", "n_pairs", "n_events"):
            a, b = whole.get(key, {}).get(column, "no such row"), row[column]
            size = 0.0 if a == b else _apart(a, b)
            if size > largest:
                largest, where = size, f"{key} {column}: {a} | {b}"
    return [Difference(file="statistics.csv", largest=largest, where=where)] if largest else []


def digest_of(out: Path) -> str:
    """Return a hash of every csv of a folder of results, by which machines are compared."""
    whole = hashlib.sha256()
    for path in sorted(out.glob("*.csv")):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", default=[], help="A further interpreter.")
    parser.add_argument("names", nargs="*", help="Of circumstances; default all.")
    given = parser.parse_args()
    known = circumstances()
    chosen = {name: how for name, how in known.items() if not given.names or name in given.names}
    chosen |= {f"python {path}": Circumstance(interpreter=path) for path in given.python}
    n_other = 0
    print("| circumstance | files that differ | largest difference | where |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        first = carried_out(known["usual"], Path(work) / "first")
        print(
            f"| usual | {len(list(first.glob('*.csv')))} csv, report | {digest_of(first)[:16]} | |"
        )
        for number, (name, how) in enumerate(chosen.items()):
            if name == "usual":
                continue
            try:
                found = differences(first, carried_out(how, Path(work) / str(number)), how)
            except RuntimeError as error:
                n_other += 1
                print(f"| {name} | not run | | {' '.join(str(error).split())[-250:]} |", flush=True)
                continue
            worst = max(found, key=lambda one: one.largest, default=None)
            files = ", ".join(one.file for one in found) or "none"
            size = "0" if worst is None else f"{worst.largest:.1e}"
            where = "" if worst is None else worst.where
            n_other += worst is not None
            print(f"| {name} | {files} | {size} | {where} |", flush=True)
    sys.exit(1 if n_other else 0)


if __name__ == "__main__":
    main()
