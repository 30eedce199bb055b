"""News: fetched from public feeds."""

from __future__ import annotations

import click

from eventstudy.cli import json_views
from eventstudy.cli.base import Commands, cli, json_option, out_option, verbosity_options
from eventstudy.cli.terminal import WIDTH, Talk, print_json, progress, terminal_width
from eventstudy.exceptions import SpecificationError

OUT = "eventstudy-news"


@cli.group("news", cls=Commands, no_args_is_help=False)
@verbosity_options
def news_() -> None:
    """News from public feeds."""


@news_.command("fetch")
@click.argument("feeds", nargs=-1, required=True, metavar="FEED...")
@out_option(
    "out", metavar="DIR", default=OUT,
    words="For items.csv, revisions.csv, rejected.csv; one of an earlier fetch goes on.",
)  # fmt: skip
@click.option("--since", metavar="TIME", help="Older items are counted and not kept.")
@click.option("--words", metavar="A,B", help="Keep only items that have one of these words.")
@click.option("--term", metavar="TEXT", help="What the Federal Register is searched for.")
@click.option("--timezone", metavar="ZONE", help="Of times in the feeds without an offset.")
@json_option
@verbosity_options
@click.pass_obj
def fetch(
    talk: Talk,
    feeds: tuple[str, ...],
    out: str,
    since: str | None,
    words: str | None,
    term: str | None,
    timezone: str | None,
    as_json: bool,
) -> None:
    """Ask public feeds once, and keep their items with the time they were first seen.

    FEED is federal-register, public-inspection, truth-social, trumpstruth, gdelt, the address of
    an Atom, RSS or JSON feed, or NAME=ADDRESS, a mirror of the same form. "eventstudy events build
    DIR/items.csv" makes events of what is kept. Exit code 2 when a feed gave nothing, or not all.
    """
    from eventstudy.news.fetching import fetch_news
    from eventstudy.news.fetching.fetch import unfetched
    from eventstudy.reporting import tables

    try:
        with progress(talk) as step:
            fetched = fetch_news(
                *feeds, out=out, since=since, words=(words or "").split(","), term=term,
                timezone=timezone, progress=step,
            )  # fmt: skip
    except SpecificationError as error:
        if error.key in ("since", "timezone") and not error.file:
            raise error.under(f"--{error.key}") from error
        raise
    if as_json:
        print_json(
            {
                "feeds": json_views.rows(fetched.table),
                "failures": fetched.failures,
                "said": list(fetched.said),
                "delays": json_views.rows(fetched.delays),
                "folder": str(fetched.folder),
            }
        )
    else:
        usual = ["feed", "new", "known", "remark"]
        shown = [name for name in fetched.table if name in usual or fetched.table[name].any()]
        talk.say(tables.to_text(fetched.table[shown], min(terminal_width(), WIDTH)))
        for sentence in fetched.said:
            talk.say(f"- {sentence}")
        talk.say(f"\nItems: {fetched.folder / 'items.csv'}")
    problem = unfetched(fetched)
    if problem is not None:
        raise problem
