"""Events: built from news, checked, aligned with the sessions of markets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli import json_views
from eventstudy.cli.base import (
    Commands,
    cli,
    execution_of,
    execution_options,
    is_same_file,
    json_option,
    or_automatic,
    out_option,
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
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io.writing import write_text

if TYPE_CHECKING:
    from eventstudy.news.news import News


@cli.group("events", cls=Commands, no_args_is_help=False)
@verbosity_options
def events_() -> None:
    """Events files."""


@events_.command("build")
@click.argument("news", nargs=-1, required=True, metavar="NEWS...")
@out_option(
    "output", metavar="F", default="events.csv",
    words="csv or xlsx; the ledger goes beside it. - prints csv and writes nothing.",
)  # fmt: skip
@click.option("--rules", multiple=True, metavar="R.toml", help="Rules of your own, on top.")
@click.option("--classifier", metavar="MODULE:FUNCTION", help="A classifier of your own.")
@click.option(
    "--overrides", metavar="F", help="Corrections by hand. Default: OUTPUT.overrides.csv, if there."
)
@click.option(
    "--timezone",
    metavar="ZONE",
    help="Of times without an offset, or with CST and the like; else refused.",
)
@click.option("--published", metavar="TIME", help="Of articles that carry no date.")
@click.option(
    "--hours", type=click.FloatRange(min=0, max=24 * 14), default=36.0, show_default=True,
    metavar="H", help="How far apart two items may tell one story.",
)  # fmt: skip
@click.option("--no-merge", is_flag=True, help="Keep near-duplicates as events of their own.")
@click.option("--force", is_flag=True, help="Replace a file that is not an unchanged build.")
@execution_options
@json_option
@verbosity_options
@click.pass_obj
def build(
    talk: Talk,
    *,
    news: tuple[str, ...],
    output: str,
    rules: tuple[str, ...],
    classifier: str | None,
    overrides: str | None,
    timezone: str | None,
    published: str | None,
    hours: float,
    no_merge: bool,
    force: bool,
    jobs: str | None,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Turn dated news into an events table.

    NEWS are csv, json, jsonl, xlsx, Atom or RSS files, articles as plain text, Markdown, html or
    eml, or folders of them. Every item ends as event, merged, unsure or rejected, in the ledger;
    what the rules cannot tell has the category "unsure".
    """
    from eventstudy.io.files import sha256_of
    from eventstudy.io.spreadsheets import csv_text
    from eventstudy.news.classification import (
        build_paths,
        check_target,
        classify,
        load_classifier,
        read_overrides,
        save_build,
    )
    from eventstudy.news.classification.plugins import own_classifier
    from eventstudy.news.readers import read_news

    paths = None if output == "-" else build_paths(output)
    if paths is not None:
        if overrides is None and paths.overrides.exists():
            overrides = str(paths.overrides)
        corrections = () if overrides is None else (overrides,)
        check_target(paths, force=force, inputs=(*news, *rules, *corrections))
    if as_json and paths is None:
        raise SpecificationError("-o - prints the events as csv; leave --json or -o - out")
    execution = or_automatic(execution_of(jobs, cluster), None)
    if classifier is not None and rules:
        raise SpecificationError("give --rules or --classifier, not both")
    fixes = None if overrides is None else read_overrides(overrides)
    label = own_classifier(classifier) if classifier else load_classifier(*rules).label
    with progress(talk) as step:
        items = read_news(*news, timezone=timezone, published=published, progress=step)
        classified = classify(
            items,
            classifier=label,
            overrides=fixes,
            merge=not no_merge,
            hours=hours,
            progress=step,
            execution=execution,
        )
    for sentence in classified.unused:
        talk.warn(sentence)
    is_unread = len(items.rejected) > 0 and not len(items.frame)
    if not len(classified.events) and not is_unread:
        talk.warn("nothing became an event, and a study needs one; the ledger says why")
    if paths is None:
        write_data(csv_text(classified.events)[0], nl=False)
        _refuse_unread(items)
        return
    settings = {
        "rules": {Path(rule).name: sha256_of(rule) for rule in rules},
        "classifier": classifier,
        "overrides": None if fixes is None else fixes.name,
        "timezone": timezone,
        "published": published,
        "hours": hours,
        "merge": not no_merge,
    }
    changed = save_build(classified, paths, settings=settings)
    if as_json:
        print_json(
            {
                "counts": classified.counts(),
                "events": str(paths.events),
                "ledger": str(paths.ledger),
                "made_harmless": changed,
                "assumed": list(classified.assumed),
            }
        )
        _refuse_unread(items)
        return
    talk.say(classified.to_text())
    if changed:
        cells = "1 cell was" if len(changed) == 1 else f"{len(changed)} cells were"
        talk.say(f"\n{cells} made harmless to spreadsheets: {paths.record}")
    talk.say(f"\nEvents: {paths.events}\nLedger: {paths.ledger}")
    if fixes is None:
        talk.say(f"Corrections go into {paths.overrides} (item_id,field,value,why).")
    _refuse_unread(items)


def _refuse_unread(items: News) -> None:
    """Raise if items were found and none could be read; what was written says why of each."""
    if len(items.frame) or not len(items.rejected):
        return
    where, reason = items.rejected[["where", "reason"]].iloc[0]
    n_more = len(items.rejected) - 1
    others = f" (and {n_more} more, none of which could be read)" if n_more else ""
    raise SourceError(f"{where}: {reason}{others}")


@events_.command("check")
@click.argument("events", metavar="EVENTS")
@click.option("--sheet", metavar="NAME", help="Of an xlsx file. Default: its first one.")
@json_option
@verbosity_options
@click.pass_obj
def check(talk: Talk, events: str, sheet: str | None, as_json: bool) -> None:
    """Say what is wrong with an events file (csv or xlsx), one line a problem."""
    from eventstudy.events.identity import market_hints
    from eventstudy.events.table import read_events

    try:
        checked = read_events(events, sheet=sheet)
    except SchemaError as error:
        if as_json:
            print_json({"file": events, "events": None, "problems": list(error.problems)})
        else:
            write_out("\n".join(error.problems))
        raise
    timed = int(checked.frame["published_at"].notna().sum())
    assumed = [*checked.assumed, *(f"{checked.name}: {hint}" for hint in market_hints(checked))]
    if as_json:
        read = {"file": events, "events": len(checked), "timed": timed, "problems": []}
        print_json(read | ({"assumed": assumed} if assumed else {}))
        return
    for sentence in assumed:
        talk.note(sentence)
    first, last = checked.frame["date"].min(), checked.frame["date"].max()
    talk.say(
        f"{checked.name}: no problems; {len(checked)} events, {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
        f"{timed} with a time, {len(checked) - timed} with a date alone"
    )


@cli.command("align")
@click.argument("events", metavar="EVENTS")
@click.option("--markets", metavar="A,B", help="Default: the bundled six.")
@click.option("--date-only", metavar="same|next", help="What a date without a time means.")
@click.option(
    "--now", metavar="TIME", help="Say where each session stands at this moment; or: now."
)
@click.option("--tz", "zone", metavar="ZONE", help="Show opens and closes in ZONE. Default: UTC.")
@click.option("--sheet", metavar="NAME", help="Of an xlsx file. Default: its first one.")
@out_option("output", metavar="F", words="Write alignment.csv to F; - is stdout.")
@json_option
@verbosity_options
@click.pass_obj
def align(
    talk: Talk,
    events: str,
    markets: str | None,
    date_only: str | None,
    now: str | None,
    zone: str | None,
    sheet: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Show which session each market could first react in, when it opens and closes, and why.

    With --now also where that session stands: to_open (the market has not opened since the news),
    trading, closed. By exchange calendars alone; a study also leaves out sessions without a price.
    """
    from eventstudy.cli.views import (
        alignment_of,
        alignment_table,
        alignment_text,
        markets_named,
        moment_of,
        taken_for,
    )
    from eventstudy.events.event_pairs import unlisted_pairs
    from eventstudy.events.identity import known_names, with_markets
    from eventstudy.events.table import read_events

    if output not in (None, "-") and is_same_file(str(output), events):
        raise SourceError(f"{output}: is the events file itself; name another one")
    named = None if markets is None else markets.split(",")
    chosen = markets_named(named)
    read = read_events(events, sheet=sheet)
    read = with_markets(read, known_names(chosen), len(chosen))
    for sentence in (*read.assumed, *taken_for(named or ())):
        talk.note(sentence)
    moment = moment_of(now, zone)
    names = [market.name for market in chosen]
    aligned = alignment_of(read, names, date_only, now=moment, zone=zone)
    frame = aligned.frame
    if aligned.n_unlisted:
        talk.note(unlisted_pairs(read.name, aligned.n_unlisted))
    table = alignment_table(frame)
    if as_json:
        print_json(json_views.rows(table))
    elif output is None:
        width = min(terminal_width(), WIDTH)
        write_out(alignment_text(frame, read, now=moment, reasons=talk.verbose, width=width))
    else:
        from eventstudy.io.spreadsheets import each_text, guarded

        text = each_text(table, guarded).to_csv(
            index=False, float_format="%.12g", lineterminator="\n"
        )
        if output == "-":
            write_data(text, nl=False)
        else:
            write_text(Path(output), text)
            talk.say(f"{output}: {len(frame)} pairs")
