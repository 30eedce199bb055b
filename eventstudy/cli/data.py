"""The bundled data brought to date, in a folder of the user's."""

from __future__ import annotations

import click

from eventstudy.cli import json_views
from eventstudy.cli.base import Commands, cli, json_option, out_option, verbosity_options
from eventstudy.cli.terminal import WIDTH, Talk, print_json, progress, terminal_width
from eventstudy.exceptions import SourceError

OUT = "eventstudy-data"


@cli.group("data", cls=Commands, no_args_is_help=False)
@verbosity_options
def data_() -> None:
    """The bundled data."""


@data_.command("update")
@out_option(
    "out", metavar="DIR", default=OUT,
    words="For closes.csv, events.csv, revisions.csv; made where there is none.",
)  # fmt: skip
@click.option(
    "--source", type=click.Choice(("yahoo", "fred", "frankfurter", "cfets", "twse")),
    default="yahoo", show_default=True, help="Whose closes.",
)  # fmt: skip
@click.option(
    "--news", multiple=True, metavar="F",
    help="Events from it, too: a file or folder of news, such as items.csv of news fetch.",
)  # fmt: skip
@json_option
@verbosity_options
@click.pass_obj
def update(talk: Talk, out: str, source: str, news: tuple[str, ...], as_json: bool) -> None:
    """Bring a copy of the bundled closes and events to date, in a folder of yours.

    Each series goes on where it ends. A number that is there is never replaced: where the source
    has another one, both are said. Exit code 2 when a series could not be brought to date.
    """
    from eventstudy.reporting import tables
    from eventstudy.text import listed
    from eventstudy.upkeep import update_data

    with progress(talk) as step:
        updated = update_data(out, source=source, news=news, progress=step)
    if as_json:
        print_json(
            {
                "series": json_views.rows(updated.table),
                "failures": updated.failures,
                "said": list(updated.said),
                "folder": str(updated.folder),
            }
        )
    else:
        talk.say(tables.to_text(updated.table, min(terminal_width(), WIDTH)))
        for sentence in updated.said:
            talk.say(f"- {sentence}")
        talk.say(f"\nA study of it: prices.file = \"{updated.folder / 'closes.csv'}\", "
                 f"events.file = \"{updated.folder / 'events.csv'}\"")  # fmt: skip
    if updated.failures:
        named: dict[str, list[str]] = {}
        for name, why in updated.failures.items():
            named.setdefault(why, []).append(name)
        reasons = "; ".join(f"{listed(names)}: {why}" for why, names in named.items())
        raise SourceError(
            f"{len(updated.failures)} of {len(updated.table)} series not brought to date: {reasons}"
        )
