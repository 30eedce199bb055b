"""A headline broke: what it did before, which markets have not reacted, how sure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
from eventstudy.cli.terminal import (
    WIDTH,
    Talk,
    print_json,
    progress,
    terminal_width,
    write_data,
    write_out,
)
from eventstudy.exceptions import EventStudyError, SourceError, SpecificationError
from eventstudy.registry import choose

if TYPE_CHECKING:
    from eventstudy.expectation.answer import Expectation
    from eventstudy.studyfile.study_file import StudyFile
    from eventstudy.windows import Window

_MOST = 1_000_000  # bytes of a headline that are read from a pipe
_PRINTED = ("text", "json")
_SUFFIX = {"html": ".html", "pdf": ".pdf", "json": ".json", "text": ".txt"}
_OPTION = {"published_at": "--at", "zone": "--tz"}
_ARGUMENTS = ("published_at", "now", "zone", "category", "direction")


class _Moment(click.types.StringParamType):
    """A time, or ``now``: whoever leaves it out is told how one is written."""

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        """Return what a time looks like."""
        del param, ctx
        return "Say --at now, or a time such as 2025-05-02T09:00+08:00"


@cli.command("expect")
@click.argument("headline", metavar="HEADLINE|-")
@click.option(
    "--at", required=True, type=_Moment(), metavar="TIME",
    help="When it broke: 2025-05-02T09:00+08:00, or: now.",
)  # fmt: skip
@click.option("--now", metavar="TIME", help="The moment asked. Default: the clock's.")
@click.option(
    "--tz", metavar="ZONE",
    help="Of times without an offset, and in which times are shown. Default: this machine's, "
    "for showing alone.",
)  # fmt: skip
@click.option(
    "--category", metavar="C",
    help="What kind of news it is; one the study does not have lists those it has. Default: by the "
    "rules.",
)  # fmt: skip
@click.option("--direction", metavar="D", help="Of the news, such as de-escalation.")
@click.option("--study", metavar="STUDY.toml", help="Whose events, markets and prices.")
@click.option("--rules", multiple=True, metavar="R.toml", help="Rules of your own, on top.")
@click.option(
    "--window", default="0,1", metavar="A,B", show_default=True,
    help="Sessions from the first that could react.",
)  # fmt: skip
@click.option(
    "--format", "formats", metavar="html,pdf,json,text",
    help="html and pdf are written to expect.html and expect.pdf, the others printed; -o names "
    "another file.",
)  # fmt: skip
@out_option("output", metavar="F", words="Write to F (replaced); - is stdout.")
@trust_options
@json_option
@verbosity_options
@click.pass_obj
def expect(
    talk: Talk,
    headline: str,
    *,
    at: str,
    now: str | None,
    tz: str | None,
    category: str | None,
    direction: str | None,
    study: str | None,
    rules: tuple[str, ...],
    window: str,
    formats: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Say what markets did after such news before, which still have to react, and how sure.

    As of the moment asked: what was not known then is not used. HEADLINE - reads it from a pipe.
    Without --study: the bundled trade-policy news and closes.
    """
    from eventstudy.expectation.pipeline import expect as answer_of

    chosen = study_of(study)
    targets = _targets(formats, output, as_json, chosen)
    text = sys.stdin.buffer.read(_MOST).decode("utf-8", "replace") if headline == "-" else headline
    try:
        with progress(talk) as step:
            answer = answer_of(
                text,
                at,
                now=now,
                zone=tz,
                study=chosen,
                category=category,
                direction=direction,
                rules=rules,
                window=window_of(window),
                progress=step,
            )
    except SpecificationError as error:
        raise _as_option(error) from error
    _write(talk, answer, targets, as_json=as_json)


def _targets(
    formats: str | None, output: str | None, as_json: bool, study: StudyFile
) -> dict[str, Path | None]:
    """Return each format with the file it goes to, None for stdout; checked before the work."""
    from eventstudy.expectation.answer import FORMATS, format_of

    names = [] if formats is None else [name.strip() for name in formats.split(",")]
    for name in names:
        choose(name, FORMATS, "format", key="--format")
    names = list(dict.fromkeys(names))
    targets: dict[str, Path | None]
    if output is None:
        targets = {name: _default(name) for name in names}
    elif output == "-":
        if len(names) > 1 or "pdf" in names:
            raise SpecificationError("-o - takes one format, html, json or text")
        return dict.fromkeys(names or ["json" if as_json else "text"])
    else:
        file = Path(output)
        if len(names) > 1:
            targets = {name: file.with_suffix(_SUFFIX[name]) for name in names}
        else:
            targets = {names[0] if names else format_of(file): file}
    for path in targets.values():
        for source in () if path is None else study.input_files:
            if is_same_file(str(path), str(source)):
                raise SourceError(f"{path}: is a file of the study itself; name another one")
    return targets


def _default(name: str) -> Path | None:
    """Return where a format goes without -o, where nothing is replaced."""
    if name in _PRINTED:
        return None
    path = Path(f"expect{_SUFFIX[name]}")
    if path.exists() or path.is_symlink():
        raise SourceError(f"{path}: is there already; name a file with -o, which is replaced")
    return path


def _write(
    talk: Talk, answer: Expectation, targets: dict[str, Path | None], *, as_json: bool
) -> None:
    """Print what is to be printed, and write the files."""
    printed = [name for name, path in targets.items() if path is None]
    if as_json and "json" not in printed:
        printed = ["json", *(name for name in printed if name != "text")]
    if not printed and not (talk.quiet and targets):
        printed = ["text"]
    written = [answer.save(path, name) for name, path in targets.items() if path is not None]
    for name in printed:
        if name == "json":
            print_json(answer.to_dict())
        elif name == "html":
            write_data(answer.to_html())
        else:
            write_out(answer.to_text(min(terminal_width(), WIDTH)))
    say = talk.say if printed == ["text"] else talk.note
    if written:
        say(("\n" if printed == ["text"] else "") + "\n".join(f"Written: {p}" for p in written))


def window_of(text: str) -> Window:
    """Return the window of ``--window``, written as two sessions."""
    from eventstudy.windows import Window

    try:
        start, end = (int(part) for part in text.strip("[] ").split(","))
    except ValueError:
        raise SpecificationError(f"--window {text!r}: write two sessions such as 0,1") from None
    try:
        return Window(start, end)
    except SpecificationError as error:
        raise error.under("--window") from error


def _as_option(error: SpecificationError) -> EventStudyError:
    """Return an error of an argument of `expect` as one of its option."""
    if error.key not in _ARGUMENTS or error.file:
        return error
    return error.under(_OPTION.get(error.key, f"--{error.key}"))
