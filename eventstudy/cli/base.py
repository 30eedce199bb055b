"""What commands share: the root group, options, writing a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.terminal import NAME, WIDTH, Talk, shown_log
from eventstudy.exceptions import NotApplicableError, SourceError, SpecificationError
from eventstudy.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventstudy.execution import Execution
    from eventstudy.reporting.formats import Exported
    from eventstudy.studyfile.study_file import StudyFile

    _Command = Callable[..., None]

DISTRIBUTION = "market-reaction"


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
    def callback(context: click.Context, _: click.Parameter, value: bool) -> None:
        talk = context.find_object(Talk)
        if value and talk is not None:
            setattr(talk, name, True)
            if name == "verbose":
                context.with_resource(shown_log(talk))

    return callback


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"{NAME} {version(DISTRIBUTION)} ({DISTRIBUTION})")
        context.exit()


def verbosity_options(command: Callable[..., None]) -> Callable[..., None]:
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


_ALLOWED = f"{__name__}.allowed"


def _allow(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.meta.setdefault(_ALLOWED, {})[str(parameter.name)] = value


def trust_options(command: _Command) -> _Command:
    """Give a command the switches that say what a study file may do, which `study_of` obeys."""
    for name, words in (
        ("confined", "Fetch nothing, and read no file outside the study's folder."),
        ("allow-cluster", "Let the study file name the cluster that is sent the study."),
        ("allow-network", "Let the study file name a server of its own choosing."),
        ("allow-code", "Let the study file name code that is run; else it is data only."),
    ):
        switch = click.option(
            f"--{name}", is_flag=True, expose_value=False, callback=_allow, help=words
        )
        command = switch(command)
    return command


def study_of(study: str | None) -> StudyFile:
    """Return the study of a file, which may do what the switches allow; else the bundled one."""
    from eventstudy.studyfile.bundled_study import bundled_study
    from eventstudy.studyfile.study_file import read_study

    if study is None:
        return bundled_study()
    context = click.get_current_context()
    allowed: dict[str, bool] = dict(context.meta.get(_ALLOWED, {}))
    # What the command line names is done in place of what the file names.
    allowed["allow_cluster"] |= any(context.params.get(name) for name in ("jobs", "cluster"))
    return read_study(study, **allowed)


def out_option(
    name: str, *, metavar: str, words: str, default: str | None = None
) -> Callable[[_Command], _Command]:
    """Give a command -o or --out, of which ``--output`` is another name, for a file or folder."""
    return click.option(
        "-o", "--out", "--output", name, metavar=metavar, default=default,
        show_default=default is not None, help=words,
    )  # fmt: skip


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def columns_option(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, str]:
    """Read ``date=Day,close=Px`` as which column is what."""
    if value is None:
        return {}
    pairs = [part.partition("=") for part in value.split(",")]
    wrong = [name for name, mark, column in pairs if not (name.strip() and mark and column.strip())]
    if wrong:
        raise SpecificationError(f"--columns {value!r}: write pairs such as date=Day,close=Px")
    return {name.strip(): column.strip() for name, _, column in pairs}


def _chosen_formats(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Read ``html,pdf``, and refuse before any work what cannot be written here."""
    if value is None:
        return ()
    if value == "html":  # so that a command starts without what writes the others
        return (value,)
    from eventstudy.reporting.formats import chosen_formats

    try:
        return chosen_formats(value)
    except NotApplicableError as error:
        raise error.under("--format") from error


def _formats(words: str, default: str | None = None) -> Callable[[_Command], _Command]:
    return click.option(
        "--format", "formats", default=default, metavar="F,F", show_default=default is not None,
        callback=_chosen_formats, help=f"{words}: html, md, pdf, tex, xlsx.",
    )  # fmt: skip


def execution_options(command: _Command) -> _Command:
    """Give a command --jobs and --cluster, of which `execution_of` makes an `Execution`."""
    jobs = click.option(
        "--jobs", metavar="N",
        help="Processes: the same numbers, sooner; 0 or all is one a processor. Default of run, "
        "calibrate and events build: auto, as many as pay; of curve 1.",
    )  # fmt: skip
    cluster = click.option(
        "--cluster", metavar="URL",
        help="Work on the dask cluster of this scheduler, such as tcp://10.0.0.5:8786.",
    )  # fmt: skip
    return jobs(cluster(command))


def execution_of(jobs: str | None, cluster: str | None) -> Execution | None:
    """Return what --jobs and --cluster chose; None where neither is given.

    `SpecificationError` where both are given, or one of them is no number or address.
    """
    if jobs is None and cluster is None:
        return None
    from eventstudy.execution.execution import Execution, read_jobs

    if jobs is not None and cluster is not None:
        raise SpecificationError("--jobs and --cluster exclude each other")
    if jobs is not None:
        return Execution(jobs=read_jobs(jobs, "--jobs"))
    try:
        return Execution(cluster=cluster or "")
    except SpecificationError as error:
        raise error.under("--cluster") from error


def or_automatic(execution: Execution | None, of_file: Execution | None) -> Execution | None:
    """Return where the work is done: as many processes as pay where nobody says otherwise.

    None where the environment or the study file says.
    """
    from eventstudy.execution.execution import AUTO, JOBS_VARIABLE, Execution

    if execution is None and of_file is None and not os.environ.get(JOBS_VARIABLE):
        return Execution(jobs=AUTO)
    return execution


format_option = _formats("Of the report, several with commas", "html")
further_formats_option = _formats("Write it in these formats, too")


def write_formats(
    results: Exported, folder: Path, stem: str, formats: Iterable[str], html: str | None = None
) -> list[Path]:
    """Write results beside their tables as ``stem.format``, and return the paths.

    Parameters
    ----------
    html
        The page, where that is not ``results.to_html()``.
    """
    if not formats:
        return []
    from eventstudy.reporting.formats import export_all

    return export_all(results, folder, stem, formats, html)


@click.group(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    help="Show the version and exit.",
)  # fmt: skip
@verbosity_options
def cli() -> None:
    """Event studies of news on markets that trade at different hours.

    Which session of each market could react first, by how much it moved, and how sure one can be.
    """


def is_same_file(first: str, second: str) -> bool:
    """Return whether both paths exist and are one file."""
    paths = Path(first), Path(second)
    return all(path.exists() for path in paths) and paths[0].samefile(paths[1])


def results_folder(out: str, kind: str, inputs: Iterable[Path]) -> Path:
    """Return the folder for results of a kind, checked before the work of a study is done.

    Raises
    ------
    SourceError
        It holds one of the inputs or a file no run of this kind wrote, or it cannot be made.
    """
    from eventstudy.io.folders import check_folder

    target = Path(out)
    check_folder(target, kind, inputs)
    parent = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        raise SourceError(
            f"cannot be written; {parent} is not a folder open to writing", file=str(target)
        )
    return target
