"""How forecasts of a study's past news did."""

from __future__ import annotations

from pathlib import Path

import click

from eventstudy.cli.base import (
    cli,
    is_same_file,
    json_option,
    out_option,
    study_of,
    trust_options,
    verbosity_options,
)
from eventstudy.cli.expect import window_of
from eventstudy.cli.terminal import (
    WIDTH,
    Talk,
    print_json,
    progress,
    terminal_width,
    write_out,
)
from eventstudy.exceptions import SourceError


@cli.command("score")
@click.argument("study", required=False, metavar="[STUDY.toml]")
@click.option(
    "--made", type=click.Choice(["news", "open"]), default="news", show_default=True,
    help="When each forecast is made: when the news broke, or at the market's next open.",
)  # fmt: skip
@click.option(
    "--window", default="0,1", metavar="A,B", show_default=True,
    help="Sessions from the first that could react.",
)  # fmt: skip
@out_option(
    "output",
    metavar="F.csv",
    words="Write every past forecast to F (replaced).",
)
@trust_options
@json_option
@verbosity_options
@click.pass_obj
def score(
    talk: Talk, study: str | None, *, made: str, window: str, output: str | None, as_json: bool
) -> None:
    """Score what `expect` would have said of each past event of a study.

    Every forecast is made from what was known then. Its 80 % range should hold 80 % of outcomes; a
    CRPS ratio below 1 is better than ordinary days. Without STUDY.toml: the bundled study.
    """
    from eventstudy.expectation.scores import score as scores_of
    from eventstudy.io.spreadsheets import csv_text
    from eventstudy.io.writing import write_text

    chosen = study_of(study)
    for source in () if output is None else chosen.input_files:
        if is_same_file(output or "", str(source)):
            raise SourceError(f"{output}: is a file of the study itself; name another one")
    with progress(talk) as step:
        scores = scores_of(chosen, window=window_of(window), made=made, progress=step)  # type: ignore[arg-type]
    if output is not None:
        frame = scores.frame
        times = {name: frame[name].dt.tz_localize("UTC") for name in ("made_utc", "over_utc")}
        write_text(Path(output), csv_text(frame.assign(**times))[0])
    if as_json:
        print_json(scores.to_dict())
    else:
        write_out(scores.to_text(min(terminal_width(), WIDTH)))
    if output is not None:
        talk.note(f"Written: {output}")
