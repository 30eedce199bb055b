"""Studies: run, calibrate, curve, report, init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from eventstudy.cli import json_views
from eventstudy.cli.base import (
    cli,
    execution_of,
    execution_options,
    format_option,
    further_formats_option,
    json_option,
    or_automatic,
    out_option,
    results_folder,
    study_of,
    trust_options,
    verbosity_options,
    write_formats,
)
from eventstudy.cli.early_answers import EarlyAnswers, results_in
from eventstudy.cli.terminal import NAME, Talk, print_json, progress
from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy.execution import Execution
    from eventstudy.study.results import EventStudyResults
    from eventstudy.studyfile.study_file import StudyFile

full_option = click.option(
    "--full", is_flag=True,
    help="A report with every row of its tables, and all of it printed; else four pages.",
)  # fmt: skip


@cli.command("run")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@out_option(
    "out", default="eventstudy-out", metavar="DIR",
    words="Folder for the results; replaces those of a study, and no other file.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Stop where the data checks find an error.")
@click.option(
    "--stream", is_flag=True,
    help="In blocks of pairs, for more than memory holds: tests and parquet, no report.",
)  # fmt: skip
@full_option
@execution_options
@format_option
@trust_options
@json_option
@verbosity_options
@click.pass_obj
def run(
    talk: Talk,
    study: str | None,
    out: str,
    strict: bool,
    stream: bool,
    full: bool,
    jobs: str | None,
    cluster: str | None,
    as_json: bool,
    formats: tuple[str, ...],
) -> None:
    """Carry a study out and write its tables and report.

    The answers are printed as soon as they stand. Without STUDY.toml: the bundled trade-policy news
    on the bundled closes. Where what is printed is not read to its end, as by head, the results are
    written all the same.
    """
    from eventstudy.io.folders import STUDY

    execution = execution_of(jobs, cluster)
    chosen = study_of(study)
    if stream:
        _refuse_unstreamed_options(full=full, execution=execution)
        _stream(talk, chosen, out, strict=strict, as_json=as_json)
        return
    target = results_folder(out, STUDY, chosen.input_files)
    with progress(talk) as step:
        where = or_automatic(execution, chosen.execution)
        early = EarlyAnswers(talk, step)
        is_told = not (as_json or talk.quiet)
        results = chosen.run(
            progress=step, strict=strict, execution=where, answered=early if is_told else None
        )
        step("writing tables and report", 0, 1)
        results.save(target, full=full)
        others = _further_formats(results, target, formats, full=full)
    with results_in(talk, target):
        early.end()
        _print_run(talk, results, target, early, others, as_json=as_json)


def _print_run(
    talk: Talk,
    results: EventStudyResults,
    target: Path,
    early: EarlyAnswers,
    others: list[Path],
    *,
    as_json: bool,
) -> None:
    """Print what a run found, after what was printed early, and where it is written."""
    if as_json:
        print_json(json_views.study(results, target))
        return
    from eventstudy.cli.views import after_answers, summary_of

    if not early.has_notes:
        for sentence in results.assumed:
            talk.note(sentence)
    shown = after_answers if early.are_said else summary_of
    talk.say(shown(results, everything=talk.verbose))
    talk.say(f"\nReport: {target / 'report.html'}")
    _say_written(talk, others)


@cli.command("calibrate")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@out_option(
    "out", default="eventstudy-calibration", metavar="DIR",
    words="Folder for the table; replaces that of a calibration, and no other file.",
)  # fmt: skip
@click.option(
    "--statistics", metavar="A,B|all",
    help="For every group. Default: all for all pairs together, the study's own for its groups.",
)  # fmt: skip
@click.option(
    "--draws", type=click.IntRange(min=1), metavar="N", help="Placebo draws; default the study's."
)
@execution_options
@further_formats_option
@trust_options
@json_option
@verbosity_options
@click.pass_obj
def calibrate(
    talk: Talk,
    study: str | None,
    out: str,
    statistics: str | None,
    draws: int | None,
    jobs: str | None,
    cluster: str | None,
    formats: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure how often tests err, and what they find, on a study's own series.

    Every test is put to the placebo dates of the study: as they are, with a rougher event day, and
    with known effects. Without STUDY.toml: the bundled study.
    """
    from eventstudy.calibration import measurable
    from eventstudy.io.folders import CALIBRATION

    execution = execution_of(jobs, cluster)
    chosen = study_of(study)
    target = results_folder(out, CALIBRATION, chosen.input_files)
    names = None if statistics is None else [n.strip() for n in statistics.split(",")]
    try:
        every = measurable(None, chosen.study.alternative)[0]
        names = every if names == ["all"] else names
        measurable(names, chosen.study.alternative)
    except SpecificationError as error:
        raise error.under("--statistics") from error
    with progress(talk) as step:
        where = or_automatic(execution, chosen.execution)
        calibration = chosen.calibrate(
            statistics=names, draws=draws, progress=step, execution=where
        )
        step("writing the table", 0, 1)
        calibration.save(target)
        others = write_formats(calibration, target, "calibration", formats)
    if as_json:
        print_json(json_views.rows(calibration.frame))
        return
    groups = list(dict.fromkeys(calibration.frame["group"])) if talk.verbose else None
    talk.say(calibration.to_text(groups))
    talk.say(f"\nTable: {target / 'calibration.csv'}")
    _say_written(talk, others)


@cli.command("curve")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@out_option(
    "out", default="eventstudy-curve", metavar="DIR",
    words="Folder for the curve; replaces an earlier one, and no other file.",
)  # fmt: skip
@click.option("--group", metavar="G", help='Whose mean, e.g. "category*security=deal*CNH".')
@click.option("--draws", type=click.IntRange(min=0), metavar="N", help="Placebos (1000).")
@execution_options
@further_formats_option
@trust_options
@json_option
@verbosity_options
@click.pass_obj
def curve(
    talk: Talk,
    study: str | None,
    out: str,
    group: str | None,
    draws: int | None,
    jobs: str | None,
    cluster: str | None,
    as_json: bool,
    formats: tuple[str, ...],
) -> None:
    """Ask one question in every way the table [curve] lists.

    Models, benchmarks, windows: the estimates of all combinations, the share that is significant,
    and the same share at placebo dates. Without STUDY.toml: the bundled study.
    """
    from eventstudy.io.folders import CURVE

    execution = execution_of(jobs, cluster)
    chosen = study_of(study)
    target = results_folder(out, CURVE, chosen.input_files)
    with progress(talk) as step:
        results = chosen.specification_curve(
            group=group, draws=draws, progress=step, execution=execution
        )
        step("drawing the curve", 0, 1)
        results.save(target)
        others = write_formats(results, target, "curve", [f for f in formats if f != "html"])
    if as_json:
        print_json(json_views.curve(results, target))
        return
    talk.say(results.to_text())
    talk.say(f"\nCurve: {target / 'curve.html'}")
    _say_written(talk, others)


@cli.command("report")
@click.argument("folder", metavar="DIR")
@full_option
@format_option
@json_option
@verbosity_options
@click.pass_obj
def report(talk: Talk, folder: str, full: bool, as_json: bool, formats: tuple[str, ...]) -> None:
    """Render the report of saved results again, without computing anything."""
    from eventstudy.study.results import REPORT, load_results

    results = load_results(folder)
    written = []
    if "html" in formats:
        written.append(results.report(Path(folder) / REPORT, full=full))
    written += _further_formats(results, Path(folder), formats, full=full)
    if as_json:
        print_json(json_views.study(results, Path(folder)))
        return
    for path in written:
        talk.say(f"Report: {path}")


@cli.command("init")
@click.argument("folder", required=False, default=".", metavar="[DIR]")
@verbosity_options
@click.pass_obj
def init(talk: Talk, folder: str) -> None:
    """Write a commented study.toml and an example events.csv."""
    from eventstudy.studyfile.example import write_example

    study, events = write_example(folder)
    talk.say(f"{study}\n{events}\nNext: {NAME} run {study}")


def _refuse_unstreamed_options(*, full: bool, execution: Execution | None) -> None:
    """Refuse options of a report, and of several processes, beside --stream."""
    given = click.get_current_context().get_parameter_source("formats")
    reports = {"--full": full, "--format": given is not ParameterSource.DEFAULT}
    for name, is_given in reports.items():
        if is_given:
            raise click.UsageError(f"--stream writes no report, so that {name} has no meaning")
    if execution is not None:
        raise click.UsageError(
            "--stream is one process, so that --jobs and --cluster have no meaning"
        )


def _stream(talk: Talk, chosen: StudyFile, out: str, *, strict: bool, as_json: bool) -> None:
    """Carry a study out in blocks of pairs, and say what it found."""
    from eventstudy.io.folders import STREAM
    from eventstudy.text import counted

    target = results_folder(out, STREAM, chosen.input_files)
    with progress(talk) as step:
        streamed = chosen.stream(target, progress=step, strict=strict)
    if as_json:
        print_json(json_views.rows(streamed.statistics))
        return
    for sentence in (*streamed.assumed, *streamed.short_windows):
        talk.note(sentence)
    lost = int(streamed.lost["pairs"].sum())
    talk.say(f"{counted(streamed.n_pairs, 'pair')} studied, {lost:,} left out (dropped.csv)")
    talk.say(f"\nTests: {target / 'statistics.csv'}")


def _further_formats(
    results: EventStudyResults, folder: Path, formats: Iterable[str], *, full: bool
) -> list[Path]:
    """Write the report in the formats that are not its page."""
    further = [name for name in formats if name != "html"]
    page = results.to_html(full=True) if full and "pdf" in further else None
    return write_formats(results, folder, "report", further, page)


def _say_written(talk: Talk, paths: Iterable[Path]) -> None:
    for path in paths:
        talk.say(f"        {path}")
