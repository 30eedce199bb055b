"""A server for assistants: the tools of `eventstudy.cli.tools` over the Model Context Protocol."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventstudy.cli.base import DISTRIBUTION, cli, verbosity_options
from eventstudy.cli.terminal import NAME
from eventstudy.exceptions import EventStudyError, NotApplicableError, SourceError
from eventstudy.io.packaged import docstring_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.mcpserver import MCPServer

    from eventstudy.cli.tools import Tools

_INSTRUCTIONS = (
    "Event studies of news on markets that trade at different hours. Returns are decimal, never "
    "percent. Quote the findings with their caveats and what was assumed; explain tells what a "
    "column or test means. Files are named relative to the folder of the server."
)


@cli.command("mcp")
@click.option(
    "--folder", metavar="DIR", default=".", show_default=True,
    help="Whose files may be read; no other is.",
)  # fmt: skip
@click.option(
    "--write", is_flag=True,
    help="Let studies be saved in DIR, prices be fetched and databases be asked; else it reads.",
)  # fmt: skip
@verbosity_options
def mcp(folder: str, write: bool) -> None:
    """Serve assistants over stdin and stdout: align, check, run, expect, explain.

    By the Model Context Protocol, for a program that starts this command. Without --write nothing
    is changed and the network is not used. A study that names code, a cluster or a server of its
    own choosing is refused.
    """
    from eventstudy.cli.tools import Tools

    place = Path(folder)
    if not place.is_dir():
        raise SourceError(f"--folder {folder}: is no folder")
    server(Tools(folder=place, may_write=write)).run()


def server(tools: Tools) -> MCPServer[Any]:
    """Return a server of these tools.

    Raises
    ------
    NotApplicableError
        The extra ``mcp`` is not installed.
    """
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError:
        raise NotApplicableError(
            "a server for assistants needs the package mcp",
            remedy=f'pip install "{DISTRIBUTION}[mcp]"',
        ) from None
    from importlib.metadata import version

    served: MCPServer[Any] = MCPServer(
        NAME, instructions=_INSTRUCTIONS, version=version(DISTRIBUTION), log_level="ERROR"
    )
    for tool in tools.all():
        is_run = tool.__name__ == "run"
        about = ToolAnnotations(
            read_only_hint=not (tools.may_write and is_run), destructive_hint=False,
            open_world_hint=tools.may_write,
        )  # fmt: skip
        served.tool(name=tool.__name__, description=docstring_of(tool), annotations=about)(
            _told(tool)
        )
    return served


def _told(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return a tool whose mistakes are the sentence that names them."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def told(*args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - as the tool takes them
        try:
            return tool(*args, **kwargs)
        except EventStudyError as error:
            raise ToolError(str(error)) from error

    return told
