"""Numbers of other software and of books, compared with ours."""

from __future__ import annotations

from pathlib import Path

import click

from eventstudy.cli.base import cli, json_option, out_option, verbosity_options
from eventstudy.cli.terminal import Talk, print_json, progress
from eventstudy.exceptions import SpecificationError

_UNEXPLAINED = 2


@cli.command("replicate")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--data", metavar="FOLDER", help="Files of your own, for a NAME that is not bundled.")
@out_option(
    "output",
    metavar="F.md",
    words="Write the page of numbers to F (replaced).",
)
@json_option
@verbosity_options
@click.pass_obj
def replicate(
    talk: Talk, names: tuple[str, ...], *, data: str | None, output: str | None, as_json: bool
) -> None:
    """Compare published numbers, and other software's, with ours.

    A number is equal, or explained: reached by a named convention of theirs. -v names the
    conventions. Exit code 2 where a number is neither. Without NAME: all that are bundled; those
    of docs/numbers.md, "With data of your own", take --data.
    """
    from eventstudy.io.writing import write_text
    from eventstudy.replication import replicate as numbers

    try:
        with progress(talk) as step:
            found = numbers(names or None, data=data, progress=step)
    except SpecificationError as error:
        raise error.under("replicate") from error
    if output is not None:
        write_text(Path(output), found.to_markdown())
    if as_json:
        print_json(found.to_dict())
    else:
        talk.say(found.to_text(everything=talk.verbose))
    if output is not None:
        talk.note(f"Written: {output}")
    if not found.is_explained:
        click.get_current_context().exit(_UNEXPLAINED)
