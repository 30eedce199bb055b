"""Events: checked, aligned with the sessions of markets."""

from __future__ import annotations

from pathlib import Path

import click

from eventstudy._terminal import WIDTH, Talk, print_json, terminal_width
from eventstudy.cli.base import Commands, cli, is_same_file, json_option, talking, write_text
from eventstudy.exceptions import SchemaError, SourceError


@cli.group("events", cls=Commands, no_args_is_help=False)
@talking
def events_() -> None:
    """Events files."""


@events_.command("check")
@click.argument("events", metavar="EVENTS")
@json_option
@talking
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
@json_option
@talking
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

    if output not in (None, "-") and is_same_file(str(output), events):
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
            write_text(Path(output), text)
            talk.say(f"{output}: {len(frame)} pairs")
