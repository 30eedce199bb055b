"""What commands share: the root group, options, writing a file whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.terminal import NAME, WIDTH, Talk
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.registry import choose, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DISTRIBUTION = "market-reaction"
FORMATS = ("html",)
_LATER_FORMATS = ("md", "pdf", "xlsx", "tex")


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


def talking(command: Callable[..., None]) -> Callable[..., None]:
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


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _chosen_formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    formats = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
    for name in formats:
        if name in _LATER_FORMATS:
            offered = ", ".join(FORMATS)
            raise SpecificationError(f"--format {name} is not in this version; there is: {offered}")
        choose(name, FORMATS, "format")
    return formats


format_option = click.option(
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
@talking
def cli() -> None:
    """Event studies of news on markets that trade at different hours.

    Which session of each market could react first, by how much it moved, and how sure one can be.
    """


def is_same_file(one: str, other: str) -> bool:
    """Whether both are there and are one file."""
    first, second = Path(one), Path(other)
    return first.exists() and second.exists() and first.samefile(second)


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
    place = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise SourceError(f"{target}: cannot be written; {place} is not a folder open to writing")
    return target
