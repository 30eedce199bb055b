"""Lists of what exists."""

from __future__ import annotations

import click

from eventstudy.cli.base import cli, json_option, verbosity_options
from eventstudy.cli.terminal import print_json, terminal_width


@cli.command("list")
@click.argument("what", metavar="markets|models|statistics|sources|dialects|conventions")
@json_option
@verbosity_options
def list_(what: str, as_json: bool) -> None:
    """Show what exists, each with its source."""
    from eventstudy.cli.views import listing, listing_text

    rows = listing(what)
    if as_json:
        print_json(rows)
    else:
        click.echo(listing_text(what, rows, terminal_width()))
