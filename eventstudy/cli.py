"""The command line: run, calibrate, curve, init, events check, align, report, list.

A command does what one public function does, no more. Output goes to stdout, talk to stderr. Exit
code 0 is done, 2 a mistake in what was given (one line that names file and row or key), 1 a fault
of ours. Nothing heavy is imported before a command runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from eventstudy._registry import choose, nearest
from eventstudy._terminal import (
    NAME,
    WIDTH,
    Talk,
    one_line,
    only_our_warnings,
    print_json,
    progress,
    terminal_width,
)
from eventstudy.exceptions import (
    CoverageError,
    EventStudyError,
    SchemaError,
    SourceError,
    SpecificationError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy.studyfile import StudyFile


DISTRIBUTION = "market-reaction"
FORMATS = ("html",)
_LATER_FORMATS = ("md", "pdf", "xlsx", "tex")


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
        with only_our_warnings(talk), cli.make_context(NAME, words, obj=talk) as context:
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        one_line(_usage(error))
        return 2
    except EventStudyError as error:
        if isinstance(error, CoverageError):
            from eventstudy import tables

            click.echo(tables.to_text(error.reasons, WIDTH))
        one_line(str(error))
        return 2
    except KeyboardInterrupt:
        one_line("interrupted; nothing was written")
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort says so in one line
        if talk.verbose:
            import traceback

            traceback.print_exc()
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        one_line(f"internal error: {what}; please report it with what --verbose shows")
        return 1
    return 0


def _usage(error: click.ClickException) -> str:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else NAME
    words = path.split(maxsplit=1)
    return f"{words[1]}: {error.format_message()}" if words[1:] else error.format_message()


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
    def set_it(context: click.Context, _: click.Parameter, value: bool) -> None:
        talk = context.find_object(Talk)
        if value and talk is not None:
            setattr(talk, name, True)

    return set_it


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{NAME} {version(DISTRIBUTION)} ({DISTRIBUTION})")
        context.exit()


def _talking(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command --quiet and --verbose."""
    for name, short, words in (
        ("verbose", "-v", "Say more; show the traceback of an internal error."),
        ("quiet", "-q", "Say nothing but errors."),
    ):
        switch = click.option(
            f"--{name}", short, is_flag=True, is_eager=True, expose_value=False,
            callback=_switch(name), help=words,
        )  # fmt: skip
        command = switch(command)
    return command


_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _chosen_formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
    for name in formats:
        if name in _LATER_FORMATS:
            offered = ", ".join(FORMATS)
            raise SpecificationError(f"--format {name} is not in this version; there is: {offered}")
        choose(name, FORMATS, "format")
    return formats


_formats = click.option(
    "--format", "formats", default="html", metavar="FORMAT", show_default=True,
    callback=_chosen_formats, expose_value=False, help="Of the report.",
)  # fmt: skip


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    help="Show the version and exit.",
)  # fmt: skip
@_talking
def cli() -> None:
    """Event studies of news on markets that trade at different hours.

    Which session of each market could react first, by how much it moved, and how sure one can be.
    """


@cli.group("events", cls=Commands, no_args_is_help=False)
@_talking
def events_() -> None:
    """Events files."""


# -- commands ------------------------------------------------------------------------------------


@cli.command("run")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@click.option(
    "--out", default="eventstudy-out", metavar="DIR", show_default=True,
    help="Folder for the results; replaced if it holds those of a study.",
)  # fmt: skip
@_formats
@_talking
@click.pass_obj
def run(talk: Talk, study: str | None, out: str) -> None:
    """Carry a study out and write its tables and report.

    Without STUDY.toml: the bundled trade-policy news on the bundled closes.
    """
    from eventstudy.folder import STUDY

    target = _target(out, STUDY)
    chosen = _chosen(study)
    with progress(talk) as step:
        results = chosen.run(progress=step)
        step("writing tables and report", 0, 1)
        results.save(target.resolve())  # a link stays one
    from eventstudy._views import summary_of

    talk.say(summary_of(results, everything=talk.verbose))
    talk.say(f"\nReport: {target / 'report.html'}")


@cli.command("calibrate")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@click.option(
    "--out", default="eventstudy-calibration", metavar="DIR", show_default=True,
    help="Folder for the table; replaced if it holds a calibration.",
)  # fmt: skip
@click.option(
    "--statistics", metavar="A,B|all",
    help="For every group. Default: all for all pairs together, the study's own for its groups.",
)  # fmt: skip
@click.option(
    "--draws", type=click.IntRange(min=1), metavar="N", help="Placebo draws; default the study's."
)
@_as_json
@_talking
@click.pass_obj
def calibrate(
    talk: Talk,
    study: str | None,
    out: str,
    statistics: str | None,
    draws: int | None,
    as_json: bool,
) -> None:
    """Measure how often tests err, and what they find, on a study's own series.

    Every test is put to the placebo dates of the study: as they are, with a rougher event day, and
    with known effects. Without STUDY.toml: the bundled study.
    """
    from eventstudy.calibration import measurable
    from eventstudy.folder import CALIBRATION

    target = _target(out, CALIBRATION)
    chosen = _chosen(study)
    names = None if statistics is None else [n.strip() for n in statistics.split(",")]
    try:
        every = measurable(None, chosen.study.alternative)[0]
        names = every if names == ["all"] else names
        measurable(names, chosen.study.alternative)
    except SpecificationError as error:
        raise SpecificationError(f"--statistics: {error}") from error
    with progress(talk) as step:
        found = chosen.calibrate(statistics=names, draws=draws, progress=step)
        step("writing the table", 0, 1)
        found.save(target.resolve())  # a link stays one
    if as_json:
        table = found.frame.astype(object).where(found.frame.notna(), None)
        print_json(table.to_dict(orient="records"))
        return
    groups = list(dict.fromkeys(found.frame["group"])) if talk.verbose else None
    talk.say(found.to_text(groups))
    talk.say(f"\nTable: {target / 'calibration.csv'}")


@cli.command("curve")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@click.option(
    "--out", default="eventstudy-curve", metavar="DIR", show_default=True,
    help="Folder for the curve; replaced if it holds a curve.",
)  # fmt: skip
@click.option("--group", metavar="G", help='Whose mean, e.g. "category*security=deal*CNH".')
@click.option("--draws", type=click.IntRange(min=0), metavar="N", help="Placebos (1000).")
@click.option("--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="Processes.")
@_talking
@click.pass_obj
def curve(
    talk: Talk, study: str | None, out: str, group: str | None, draws: int | None, jobs: int
) -> None:
    """Ask one question in every way the table [curve] lists.

    Models, benchmarks, windows: the estimates of all combinations, the share that is significant,
    and the same share at placebo dates. Without STUDY.toml: the bundled study.
    """
    from eventstudy.folder import CURVE

    target = _target(out, CURVE)
    chosen = _chosen(study)
    with progress(talk) as step:
        found = chosen.specification_curve(group=group, draws=draws, jobs=jobs, progress=step)
        step("drawing the curve", 0, 1)
        found.save(target.resolve())
    talk.say(found.to_text())
    talk.say(f"\nCurve: {target / 'curve.html'}")


@cli.command("init")
@click.argument("folder", required=False, default=".", metavar="[DIR]")
@_talking
@click.pass_obj
def init(talk: Talk, folder: str) -> None:
    """Write a commented study.toml and an example events.csv."""
    from eventstudy.studyfile import write_example

    study, events = write_example(folder)
    talk.say(f"{study}\n{events}\nNext: {NAME} run {study}")


@events_.command("check")
@click.argument("events", metavar="EVENTS")
@_as_json
@_talking
@click.pass_obj
def check(talk: Talk, events: str, as_json: bool) -> None:
    """Say what is wrong with an events file, one line a problem."""
    from eventstudy.events import read_events

    try:
        found = read_events(events)
    except SchemaError as error:
        if as_json:
            print_json({"file": events, "events": None, "problems": list(error.problems)})
        else:
            click.echo("\n".join(error.problems))
        raise
    timed = int(found.frame["published_at"].notna().sum())
    if as_json:
        print_json({"file": events, "events": len(found), "timed": timed, "problems": []})
        return
    first, last = found.frame["date"].min(), found.frame["date"].max()
    talk.say(
        f"{found.name}: no problems; {len(found)} events, {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
        f"{timed} with a time, {len(found) - timed} with a date alone"
    )


@cli.command("align")
@click.argument("events", metavar="EVENTS")
@click.option("--markets", metavar="A,B", help="Default: the bundled six.")
@click.option("--date-only", metavar="same|next", help="What a date without a time means.")
@click.option("-o", "--output", metavar="F", help="Write alignment.csv to F; - is stdout.")
@_as_json
@_talking
@click.pass_obj
def align(
    talk: Talk,
    events: str,
    markets: str | None,
    date_only: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Show which session each market could first react in, and why.

    By exchange calendars alone; a study also leaves out sessions without a price.
    """
    from eventstudy._views import alignment_of, alignment_table, alignment_text
    from eventstudy.events import read_events

    if output not in (None, "-") and _is_same_file(str(output), events):
        raise SourceError(f"{output}: is the events file itself; name another one")
    read = read_events(events)
    frame = alignment_of(read, None if markets is None else markets.split(","), date_only)
    table = alignment_table(frame)
    if as_json:
        print_json(table.astype(object).where(table.notna(), None).to_dict(orient="records"))
    elif output is None:
        width = min(terminal_width(), WIDTH)
        click.echo(alignment_text(frame, read, reasons=talk.verbose, width=width))
    else:
        text = table.to_csv(index=False, float_format="%.12g", lineterminator="\n")
        if output == "-":
            click.echo(text, nl=False)
        else:
            _write(Path(output), text)
            talk.say(f"{output}: {len(frame)} pairs")


@cli.command("report")
@click.argument("folder", metavar="DIR")
@_formats
@_talking
@click.pass_obj
def report(talk: Talk, folder: str) -> None:
    """Render the report of saved results again, without computing anything."""
    from eventstudy.results import load_results

    talk.say(f"Report: {load_results(folder).report(Path(folder) / 'report.html')}")


@cli.command("list")
@click.argument("what", metavar="markets|models|statistics|sources")
@_as_json
@_talking
def list_(what: str, as_json: bool) -> None:
    """Show what exists, each with its source."""
    from eventstudy._views import listing, listing_text

    rows = listing(what)
    if as_json:
        print_json(rows)
    else:
        click.echo(listing_text(what, rows, terminal_width()))


def _target(out: str, kind: str) -> Path:
    """Folder for results of a kind, refused before the work is done where it cannot take them."""
    from eventstudy.folder import check_folder

    target = Path(out)
    check_folder(target, kind)
    _check_place(target)
    return target


def _chosen(study: str | None) -> StudyFile:
    """The study of a file, without one the bundled study."""
    from eventstudy.studyfile import bundled_study, read_study

    return bundled_study() if study is None else read_study(study)


def _check_place(target: Path) -> None:
    """Refuse a folder that cannot be made, before the work of a study is done."""
    place = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise SourceError(f"{target}: cannot be written; {place} is not a folder open to writing")


def _is_same_file(one: str, other: str) -> bool:
    first, second = Path(one), Path(other)
    return first.exists() and second.exists() and first.samefile(second)


def _write(path: Path, text: str) -> None:
    part: Path | None = None
    try:
        if path.exists() and not path.is_file():  # a folder, or a device such as /dev/stdout
            path.write_text(text, encoding="utf-8", newline="")
            return
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise SourceError(f"{path}: cannot be written ({error.strerror})") from error
