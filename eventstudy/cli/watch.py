"""Feeds, files and folders watched: a page an item, and how the pages did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from eventstudy.cli.base import cli, out_option, study_of, trust_options, verbosity_options
from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    import datetime as dt

    from eventstudy.cli.terminal import Talk

OUT = "eventstudy-watch"
_OPTION = {"zone": "--tz", "every": "--every", "timezone": "--timezone"}


@cli.command("watch")
@click.argument("feeds", nargs=-1, required=True, metavar="FEED...")
@click.option("--study", metavar="STUDY.toml", help="Whose events, markets and prices.")
@out_option(
    "out", metavar="DIR", default=OUT,
    words="For index.html, pages/, track_record.csv, items.csv.",
)  # fmt: skip
@click.option("--once", is_flag=True, help="Look once and end, as for cron.")
@click.option(
    "--every", type=float, metavar="MINUTES", default=5.0, show_default=True,
    help="Between two looks.",
)  # fmt: skip
@click.option(
    "--tz", "zone", metavar="ZONE", help="Whose clock the pages show. Default: this machine's."
)
@click.option("--rules", multiple=True, metavar="R.toml", help="Rules of your own, on top.")
@click.option("--since", metavar="TIME", help="Older items are listed and not answered.")
@click.option("--timezone", metavar="ZONE", help="Of times in the feeds without an offset.")
@trust_options
@verbosity_options
@click.pass_obj
def watch(
    talk: Talk,
    feeds: tuple[str, ...],
    study: str | None,
    out: str,
    once: bool,
    every: float,
    zone: str | None,
    rules: tuple[str, ...],
    since: str | None,
    timezone: str | None,
) -> None:
    """Watch news: a page an item, and a track record of how the pages did.

    FEED is the address of a feed (Atom, RSS, JSON), a file of news or a folder. A new item of a
    kind the rules know is answered as `expect` answers; the others are listed with the reason.
    When the sessions are over, the outcome is put beside the forecast, which never changes. DIR
    remembers, so that the watch can be ended (Ctrl-C) and begun again.
    """
    from eventstudy.watch.watching import watch_feeds

    if not (math.isfinite(every) and 0 < every <= 24 * 60):
        raise SpecificationError(f"--every {every:g}: give minutes, more than 0 and at most a day")
    try:
        seen = watch_feeds(
            *feeds,
            out=out,
            study=None if study is None else study_of(study),
            once=once,
            every=every,
            zone=zone,
            rules=rules,
            since=_since(since, zone),
            timezone=timezone,
            say=talk.say,
        )
    except SpecificationError as error:
        if error.key in _OPTION and not error.file:
            raise error.under(_OPTION[error.key]) from error
        raise
    from eventstudy.watch.folder import INDEX
    from eventstudy.watch.track_record import sentences

    for sentence in sentences(seen.summary):
        talk.say(sentence)
    talk.say(f"Written: {seen.folder / INDEX}")


def _since(text: str | None, zone: str | None) -> dt.datetime | None:
    """Return the time of ``--since``, read in the zone of ``--tz`` where it has no offset."""
    if text is None:
        return None
    from eventstudy.io.doors import MOMENT, TimestampError
    from eventstudy.io.timestamps import read_time
    from eventstudy.markets.market import check_zone

    if zone is not None:
        check_zone(zone, "--tz")
    try:
        return read_time(text, MOMENT, zone=zone, subject="--since").instant
    except TimestampError as error:
        raise SpecificationError(str(error)) from None
