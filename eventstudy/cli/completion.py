"""Shell completion: the script a shell sources, and what may stand at the cursor.

What a word is follows from how help calls it: ``[STUDY.toml]`` is a file, ``DIR`` a folder,
``A,B`` a list of markets, ``html|pdf`` one of those words.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from eventstudy.cli.base import cli, verbosity_options
from eventstudy.cli.terminal import NAME
from eventstudy.registry import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARIABLE = "_EVENTSTUDY_COMPLETE"
"""Environment variable in which a shell says what it asks for."""

# The oldest click knows no PowerShell.
_SHELLS = tuple(
    shell for shell in ("bash", "zsh", "fish", "powershell") if get_completion_class(shell)
)


def answer_shell() -> int | None:
    """Answer a shell that asks what may stand at the cursor; None where none asks."""
    asked = os.environ.get(VARIABLE)
    if not asked:
        return None
    for parameter in _parameters(cli):
        offer = _offer_of(parameter)
        if offer is not None:
            parameter.type = _Offered(offer)
    return shell_complete(cli, {}, NAME, VARIABLE, asked)


class _Offered(click.types.StringParamType):
    """A word for which something is offered."""

    def __init__(self, offer: Callable[[str], list[CompletionItem]]) -> None:
        self._offer = offer

    def shell_complete(
        self, _: click.Context, __: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return what may stand in place of an incomplete word."""
        return self._offer(incomplete)


def _parameters(command: click.Command) -> Iterator[click.Parameter]:
    yield from command.params
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _parameters(child)


def _offer_of(parameter: click.Parameter) -> Callable[[str], list[CompletionItem]] | None:
    """Return what is offered for a parameter; None where help does not say what it is."""
    kind = (parameter.metavar or "").removeprefix("[").removesuffix("]").removesuffix("...")
    if parameter.name == "statistics":
        return lambda word: _listed(_statistics(), word)
    if kind in _OF_KIND:
        return _OF_KIND[kind]
    if "|" in kind:
        return lambda word: _starting(dict.fromkeys(kind.split("|"), ""), word)
    return None


def _files(word: str) -> list[CompletionItem]:
    return [CompletionItem(word, type="file")]


def _folders(word: str) -> list[CompletionItem]:
    return [CompletionItem(word, type="dir")]


_OF_KIND: dict[str, Callable[[str], list[CompletionItem]]] = {
    **dict.fromkeys(("STUDY.toml", "NEWS", "EVENTS", "FILE", "F", "BARS", "R.toml"), _files),
    "FEED": _files,
    "DIR": _folders,
    "A,B": lambda word: _listed(_markets(), word),
    "ZONE": lambda word: _starting(_zones(), word),
}


def _markets() -> dict[str, str]:
    from eventstudy.markets.market import load_markets

    return {market.name: market.label for market in load_markets().values()}


def _statistics() -> dict[str, str]:
    from eventstudy.inference import STATISTICS

    return {entry.name: entry.summary for entry in STATISTICS} | {"all": "every statistic"}


def _zones() -> dict[str, str]:
    from zoneinfo import available_timezones

    return dict.fromkeys(sorted(available_timezones()), "")


def _listed(offered: dict[str, str], word: str) -> list[CompletionItem]:
    """Offer names that are not yet in a list written with commas."""
    before, comma, _ = word.rpartition(",")
    taken = before.split(",")
    left = {f"{before}{comma}{name}": says for name, says in offered.items() if name not in taken}
    return _starting(left, word)


def _starting(offered: dict[str, str], word: str) -> list[CompletionItem]:
    start = word.casefold()
    return [
        CompletionItem(name, help=says or None)
        for name, says in offered.items()
        if name.casefold().startswith(start)
    ]


@cli.command("completion")
@click.argument("shell", metavar="|".join(_SHELLS))
@verbosity_options
def completion(shell: str) -> None:
    """Print the script by which a shell completes commands, options and names.

    \b
    ~/.bashrc:                   eval "$(eventstudy completion bash)"
    ~/.zshrc:                    eval "$(eventstudy completion zsh)"
    ~/.config/fish/config.fish:  eventstudy completion fish | source
    $PROFILE:                    eventstudy completion powershell |
                                 Out-String | Invoke-Expression
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    shell_complete(cli, {}, NAME, VARIABLE, f"{choose(shell, _SHELLS, 'shell')}_source")
