"""A case, and how it is carried out: in a forked process, with its memory and time measured."""

from __future__ import annotations

import itertools
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventstudy.exceptions import EventStudyError

MOST_SECONDS = 60
MOST_MEGABYTES = 2_000
_MOST_WAITED = 600
_ADDRESS_SPACE = 6 * 2**30
"""Libraries reserve far more addresses than they use; what is used is measured."""


@dataclass(frozen=True)
class Case:
    """A command, or a call of the package, over hostile input.

    Parameters
    ----------
    name
        What is hostile in it.
    write
        Writes the files into a folder, where the command then runs, and returns its words, or a
        function that is called there instead.
    stdin
        What a pipe brings.
    """

    name: str
    write: Callable[[Path], Sequence[str] | Callable[[], object]]
    stdin: bytes = b""


@dataclass(frozen=True)
class Outcome:
    """What became of a case: exit code (negative a signal), last words, what it took.

    Seconds are of the processor, so that a busy machine changes nothing; megabytes the most held.
    """

    name: str
    code: int
    said: str
    seconds: float
    megabytes: float

    @property
    def fault(self) -> str:
        """What is wrong with it; empty where the command answered within bounds."""
        if self.code in (-signal.SIGALRM, -signal.SIGXCPU) or self.seconds > MOST_SECONDS:
            return f"longer than {MOST_SECONDS} s"
        if self.code not in (0, 2):
            return f"exit {self.code}"
        if "Traceback" in self.said or "internal error" in self.said:
            return "a traceback"
        if self.megabytes > MOST_MEGABYTES:
            return f"{self.megabytes:,.0f} MB"
        return ""


def run_case(case: Case) -> Outcome:
    """Carry out a case in a forked process and a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder, "work")
        work.mkdir()
        asked = case.write(work)
        given, said = Path(folder, "stdin"), Path(folder, "said")
        given.write_bytes(case.stdin)
        child = os.fork()
        if not child:
            _answer(work, asked, given, said)
        _, status, used = os.wait4(child, 0)
        return Outcome(
            name=case.name,
            code=os.waitstatus_to_exitcode(status),
            said=said.read_text("utf-8", "replace")[-2_000:] if said.exists() else "",
            seconds=used.ru_utime + used.ru_stime,
            megabytes=used.ru_maxrss / 1024,
        )


def _answer(
    folder: Path, asked: Sequence[str] | Callable[[], object], given: Path, said: Path
) -> None:
    """Do what is asked as a process of its own would, and end."""
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS + 5, MOST_SECONDS + 10))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(folder)
        os.environ |= {"HOME": str(folder), "EVENTSTUDY_STORE": str(folder / "store")}
        written = os.open(said, os.O_WRONLY | os.O_CREAT)
        os.dup2(os.open(given, os.O_RDONLY), 0)
        os.dup2(written, 1)
        os.dup2(written, 2)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_MOST_WAITED)  # for what waits and does nothing
        from eventstudy import cli

        code = _called(asked) if callable(asked) else cli.invoke(list(asked))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _called(call: Callable[[], object]) -> int:
    """Return the exit code a command would have that does what a function does."""
    try:
        call()
    except EventStudyError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except Exception:  # noqa: BLE001 - finding these is the purpose
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    """Carry out the cases of the doors named, and print their outcomes as JSON, a line each.

    A first word such as ``every=5`` takes each fifth case of a door alone.
    """
    from dataclasses import asdict

    import eventstudy.study.event_study
    import eventstudy.studyfile.study_file  # noqa: F401
    import hostile.doors

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    words = sys.argv[1:]
    is_some = bool(words) and words[0].startswith("every=")
    step = int(words.pop(0).removeprefix("every=")) if is_some else 1
    for door in words or hostile.doors.DOORS:
        for case in itertools.islice(hostile.doors.DOORS[door](), 0, None, step):
            sys.stdout.write(json.dumps({"door": door, **asdict(run_case(case))}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
