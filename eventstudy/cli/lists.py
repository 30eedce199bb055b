"""Lists of what exists, and the schema of study files."""

from __future__ import annotations

from pathlib import Path

import click

from eventstudy.cli.base import cli, json_option, out_option, verbosity_options
from eventstudy.cli.terminal import (
    print_json,
    terminal_width,
    write_data,
    write_out,
)


@cli.command("list")
@click.argument(
    "what", metavar="markets|models|statistics|sources|dialects|keys|conventions|plugins"
)
@json_option
@verbosity_options
def list_(what: str, as_json: bool) -> None:
    """Show what exists, each with its source; keys are those of a study file."""
    from eventstudy.cli.listings import listing, listing_text

    rows = listing(what)
    if as_json:
        print_json(rows)
    else:
        write_out(listing_text(what, rows, terminal_width()))


@cli.command("schema")
@out_option(
    "output",
    metavar="F.json",
    words="Write it to F (replaced); else printed.",
)
@verbosity_options
def schema(output: str | None) -> None:
    """Print the JSON Schema of study files, for editors.

    An editor with a plug-in for TOML completes and checks the keys of a study whose first line is
    "#:schema ./study.schema.json".
    """
    import json

    from eventstudy.io.writing import write_text
    from eventstudy.studyfile.reference import study_schema

    text = json.dumps(study_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        write_data(text, nl=False)
    else:
        write_text(Path(output), text)
