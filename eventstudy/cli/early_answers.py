"""What `run` says while it works: the answers, as soon as they stand, and that more follows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from eventstudy.cli.terminal import WIDTH
from eventstudy.io.progress import TerminalLine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eventstudy._typing import Progress
    from eventstudy.cli.terminal import Talk
    from eventstudy.study.first_screen import StudyAnswers


class EarlyAnswers:
    """Says the answers of a study before its tables are made.

    On a terminal also what reading the inputs assumed, and that tables and report follow; in a pipe
    stderr has nothing yet.

    Parameters
    ----------
    talk
        Where to.
    step
        The progress shown: its line makes room for the answers, and goes on below them.
    """

    def __init__(self, talk: Talk, step: Progress) -> None:
        self._talk = talk
        self._line = step if isinstance(step, TerminalLine) else None
        self._broken: OSError | None = None
        self.are_said = False

    @property
    def has_notes(self) -> bool:
        """Whether what was assumed is said."""
        return self.are_said and self._line is not None

    def __call__(self, study: StudyAnswers) -> None:
        """Say them."""
        self.are_said = True
        if self._line is not None:
            self._line.clear()
            for sentence in study.assumed:
                self._talk.note(sentence)
        try:
            self._talk.say(study.answers(width=WIDTH, is_full=self._talk.verbose))
        except OSError as error:  # nobody reads, or the disk is full: the folder is written yet
            self._broken = OSError(error.errno, error.strerror, "standard output")
        if self._line is not None:
            self._talk.note("tables and report follow")

    def end(self) -> None:
        """Raise why the answers could not be printed, now that the work is done."""
        if self._broken is not None:
            raise self._broken


@contextmanager
def results_in(talk: Talk, folder: Path) -> Iterator[None]:
    """Say where the results of a run are where nobody reads what it prints any more."""
    try:
        yield
    except BrokenPipeError:
        talk.note(f"the output was not read to its end; the results are in {folder}")
        raise
