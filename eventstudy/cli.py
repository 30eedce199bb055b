"""The command line: ``eventstudy run``, ``init``, ``events check``, ``align``, ``report``, ``list``.

A command does what one public function does, no more. Output goes to stdout, talk to stderr. Exit
code 0 is done, 2 a mistake in what was given (one line that names file and row or key), 1 a fault
of ours. Nothing heavy is imported before a command runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from eventstudy._registry import choose, nearest
from eventstudy.exceptions import (
    CoverageError,
    EventStudyError,
    EventStudyWarning,
    SchemaError,
    SourceError,
    SpecificationError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from eventstudy.results import EventStudyResults

    Step = Callable[[str, int, int], None]

NAME = "eventstudy"
DISTRIBUTION = "market-reaction"
FORMATS = ("html",)
_LATER_FORMATS = ("md", "pdf", "xlsx", "tex")
LISTS = ("markets", "models", "statistics", "sources")
_WIDTH = 80
_UNWRAPPED = 10_000
_MOST_GROUPS = 12  # more rows than this are for the report, not for a terminal
_BAR = 24


@dataclass(slots=True)
class Talk:
    """How much is said."""

    quiet: bool = False
    verbose: bool = False

    def say(self, text: str) -> None:
        """Say on stdout what is not itself the output."""
        if not self.quiet:
            click.echo(text)

    def warn(self, message: object) -> None:
        """Say one line on stderr."""
        if not self.quiet:
            _line(f"warning: {message}")


def _line(text: str) -> None:
    """Write one line to stderr, whatever the text holds."""
    shown = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    click.echo(f"{NAME}: {shown}", err=True)


# -- the entry point -----------------------------------------------------------------------------


def main() -> NoReturn:
    """Run the command of this process and exit."""
    # A polite kill leaves no temporary folder: the stack unwinds as on Ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(invoke())


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    arguments
        Words after ``eventstudy``; those of this process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _invoke(words or ["--help"], Talk())
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _invoke(words: list[str], talk: Talk) -> int:
    try:
        with _only_our_warnings(talk), cli.make_context(NAME, words, obj=talk) as context:
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        _line(_usage(error))
        return 2
    except CoverageError as error:
        from eventstudy import tables

        click.echo(tables.to_text(error.reasons, _WIDTH))
        _line(str(error))
        return 2
    except EventStudyError as error:
        _line(str(error))
        return 2
    except KeyboardInterrupt:
        _line("interrupted; nothing was written")
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort says so in one line
        if talk.verbose:
            import traceback

            traceback.print_exc()
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        _line(f"internal error: {what}; please report it with what --verbose shows")
        return 1
    return 0


def _usage(error: click.ClickException) -> str:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else NAME
    words = path.split(maxsplit=1)
    return f"{words[1]}: {error.format_message()}" if words[1:] else error.format_message()


@contextmanager
def _only_our_warnings(talk: Talk) -> Iterator[None]:
    """Show the package's own warnings, each once and on one line; keep other libraries quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", category=EventStudyWarning)
        said: set[str] = set()

        def show(message: Warning | str, *_: object, **__: object) -> None:
            if str(message) not in said:
                said.add(str(message))
                talk.warn(message)

        warnings.showwarning = show
        yield


# -- options and groups --------------------------------------------------------------------------


class Commands(click.Group):
    """A group that names the nearest command when it is given one it does not have."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was meant."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(f"unknown command {name!r}{nearest(name, self.commands)}", ctx)
        return super().resolve_command(ctx, args)


def _switch(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def set_it(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
        talk = context.find_object(Talk)
        if value and talk is not None:
            setattr(talk, name, True)

    return set_it


def _talking[F: "Callable[..., Any]"](command: F) -> F:
    return command


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{NAME} {version(DISTRIBUTION)} ({DISTRIBUTION})")
        context.exit()
