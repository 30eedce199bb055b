"""The command line: studies, events, prices, lists.

A command does what one public function does, no more. Output goes to stdout, messages to stderr.
Exit code 0 is success, 2 a mistake in what was given (one line that names file and row or key), 1
a fault of ours. Nothing heavy is imported before a command runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import errno
import inspect
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import click

from eventstudy.cli import (
    completion,
    data,
    events,
    expect,
    imports,
    intraday,
    lists,
    mcp,
    news,
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
    long_reading_shown,
    only_our_warnings,
    write_line,
    write_out,
)
from eventstudy.exceptions import CoverageError, EventStudyError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "cli",
    "completion",
    "data",
    "events",
    "expect",
    "imports",
    "intraday",
    "invoke",
    "lists",
    "main",
    "mcp",
    "news",
    "prices",
    "replicate",
    "score",
    "studies",
    "watch",
]


_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_ALL_THREADS = "OMP_NUM_THREADS"  # of Arrow, too, which does well with several
_OF_THE_MACHINE = (errno.ENAMETOOLONG, errno.ENOSPC, errno.EROFS)
"""Faults of a path or a disk that are none of ours, wherever they come up."""


def _use_one_thread() -> None:
    """Let linear algebra take one thread, unless the environment says how many.

    The arrays of a study are small, and further threads only wait for the next product.
    """
    if not any(os.environ.get(name) for name in (*_THREADS, _ALL_THREADS)):
        os.environ.update(dict.fromkeys(_THREADS, "1"))


def _open_closed_streams() -> None:
    """Let what was closed by whoever called (``>&-``) lead nowhere.

    Else the next file that is opened would get its number, and what is printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _give_help(command: click.Command) -> None:
    """Give a command and those below it the help that stands in the source."""
    from eventstudy.io.packaged import docstring_of

    if command.callback is not None:
        command.help = inspect.cleandoc(docstring_of(command.callback))
    for each in getattr(command, "commands", {}).values():
        _give_help(each)


def main() -> NoReturn:
    """Run the command of this process and exit."""
    _open_closed_streams()
    if sys.flags.optimize > 1:
        _give_help(cli)
    _use_one_thread()  # before anything imports numpy, which asks once
    # A polite kill leaves no temporary folder: the stack unwinds as on Ctrl-C.
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no terminal that hangs up
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as of nohup
            signal.signal(number, lambda number, _: sys.exit(128 + number))
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
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()  # whoever read has read enough
        return 0
    except OSError as error:  # the disk it was sent to is full
        write_line(f"standard output: {error.strerror}")
        _forget_stdout()
        return 2
    return code


def _forget_stdout() -> None:
    """Let what is still to be printed lead nowhere: Python would complain when it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _invoke(words: list[str], talk: Talk) -> int:
    try:
        with (
            only_our_warnings(talk),
            long_reading_shown(talk),
            cli.make_context(NAME, words, obj=talk) as context,
        ):
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        write_line(_usage(error))
        return 2
    except EventStudyError as error:
        if isinstance(error, CoverageError):
            from eventstudy.reporting import tables

            write_out(tables.to_text(error.reasons, WIDTH))
        write_line(str(error))
        return 2
    except KeyboardInterrupt:
        write_line("interrupted; what was not complete was not written")
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort says so in one line
        return _fault(error, talk)
    return 0


def _fault(error: Exception, talk: Talk) -> int:
    """Say what nothing else caught, and return its code: of the machine, or a fault of ours."""
    if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        named = "" if error.filename is None else f"{str(error.filename)[:80]}: "
        write_line(f"{named}{error.strerror}")
        return 2
    if isinstance(error, UnicodeEncodeError) and error.reason.startswith("surrogates"):
        write_line("a word or name holds bytes that are no UTF-8; write it in UTF-8")
        return 2
    if talk.verbose:
        import traceback

        with suppress(OSError):
            traceback.print_exc()
    fault = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    write_line(f"internal error: {fault}; please report it with what --verbose shows")
    return 1


def _usage(error: click.ClickException) -> str:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else NAME
    words = path.split(maxsplit=1)
    return f"{words[1]}: {error.format_message()}" if words[1:] else error.format_message()
