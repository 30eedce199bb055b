"""Studies: run, calibrate, curve, report, init."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy._terminal import NAME, Talk, print_json, progress
from eventstudy.cli.base import cli, format_option, json_option, talking
from eventstudy.exceptions import SourceError, SpecificationError

if TYPE_CHECKING:
    from eventstudy.studyfile import StudyFile


@cli.command("run")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@click.option(
    "--out", default="eventstudy-out", metavar="DIR", show_default=True,
    help="Folder for the results; replaced if it holds those of a study.",
)  # fmt: skip
@format_option
@talking
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
@json_option
@talking
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
@talking
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


@cli.command("report")
@click.argument("folder", metavar="DIR")
@format_option
@talking
@click.pass_obj
def report(talk: Talk, folder: str) -> None:
    """Render the report of saved results again, without computing anything."""
    from eventstudy.results import load_results

    talk.say(f"Report: {load_results(folder).report(Path(folder) / 'report.html')}")


@cli.command("init")
@click.argument("folder", required=False, default=".", metavar="[DIR]")
@talking
@click.pass_obj
def init(talk: Talk, folder: str) -> None:
    """Write a commented study.toml and an example events.csv."""
    from eventstudy.studyfile import write_example

    study, events = write_example(folder)
    talk.say(f"{study}\n{events}\nNext: {NAME} run {study}")


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
