"""The command line: studies, events, prices, lists.

A command does what one public function does, no more. Output goes to stdout, messages to stderr.
Exit code 0 is success, 2 a mistake in what was given (one line that names file and row or key), 1
a fault of ours. Nothing heavy is imported before a command runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from eventstudy.cli import (
    completion,
    events,
    expect,
    imports,
    intraday,
    lists,
    prices,
    replicate,
    score,
    studies,
    watch,
)
from eventstudy.cli.base import cli
from eventstudy.cli.terminal import (
    NAME,
    WIDTH,
    Talk,
    only_our_warnings,
    write_line,
)
from eventstudy.exceptions import CoverageError, EventStudyError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "cli",
    "completion",
    "events",
    "expect",
    "imports",
    "intraday",
    "invoke",
    "lists",
    "main",
    "prices",
    "replicate",
    "score",
    "studies",
    "watch",
]


_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_ALL_THREADS = "OMP_NUM_THREADS"  # of Arrow, too, which does well with several


def _use_one_thread() -> None:
    """Let linear algebra take one thread, unless the environment says how many.

    The arrays of a study are small, and further threads only wait for the next product.
    """
    if not any(os.environ.get(name) for name in (*_THREADS, _ALL_THREADS)):
        os.environ.update(dict.fromkeys(_THREADS, "1"))


def main() -> NoReturn:
    """Run the command of this process and exit."""
    _use_one_thread()  # before anything imports numpy, which asks once
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
    answered = completion.answer_shell()
    if answered is not None:
        return answered
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
        with only_our_warnings(talk), cli.make_context(NAME, words, obj=talk) as context:
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        write_line(_usage(error))
        return 2
    except EventStudyError as error:
        if isinstance(error, CoverageError):
            from eventstudy.reporting import tables

            click.echo(tables.to_text(error.reasons, WIDTH))
        write_line(str(error))
        return 2
    except KeyboardInterrupt:
        write_line("interrupted; nothing was written")
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort says so in one line
        if talk.verbose:
            import traceback

            traceback.print_exc()
        fault = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        write_line(f"internal error: {fault}; please report it with what --verbose shows")
        return 1
    return 0


def _usage(error: click.ClickException) -> str:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else NAME
    words = path.split(maxsplit=1)
    return f"{words[1]}: {error.format_message()}" if words[1:] else error.format_message()
