"""Event windows inside the trading day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli import json_views
from eventstudy.cli.base import (
    cli,
    columns_option,
    further_formats_option,
    json_option,
    out_option,
    results_folder,
    verbosity_options,
    write_formats,
)
from eventstudy.cli.terminal import Talk, print_json, terminal_width
from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    import pandas as pd

_WIDTH = 80


def _window(_: click.Context, parameter: click.Parameter, value: object) -> object:
    """Read ``-30,120`` as two minutes."""
    windows = value if isinstance(value, tuple) else (value,)
    pairs = []
    for window in windows:
        parts = str(window).split(",")
        try:
            start, end = (int(part) for part in parts)
        except ValueError:
            raise SpecificationError(
                f"--{parameter.name} {window!r}: expected two whole minutes such as 0,15"
            ) from None
        pairs.append((start, end))
    return tuple(pairs) if isinstance(value, tuple) else pairs[0]


@cli.command("intraday")
@click.argument("bars", metavar="BARS")
@click.option("--event", metavar="TIME", help="One news time with its offset from UTC.")
@click.option("--events", metavar="FILE", help="A file of events.")
@click.option("--market", metavar="M", help="Whose hours hold: SPX, XNYS, FX, USDJPY ...")
@click.option("--security", metavar="S", help="Name of the one security of BARS.")
@click.option(
    "--window", default="-30,60", metavar="A,B", show_default=True, callback=_window,
    help="Minutes around the news that are shown.",
)  # fmt: skip
@click.option(
    "--car", multiple=True, metavar="A,B", callback=_window,
    help="Minutes to cumulate over; several. Default 0,15 and 0,60, inside --window.",
)  # fmt: skip
@click.option("--days", type=click.IntRange(min=3), default=20, metavar="N", show_default=True,
              help="Earlier days to compare with.")  # fmt: skip
@click.option("--min-days", type=click.IntRange(min=3), metavar="N", help="Fewest of them (10).")
@click.option("--estimation", default="other_days", metavar="other_days|same_day",
              show_default=True, help="What is normal: the same clock time of earlier days, or the "
              "bars of the day before the window, where days stand alone.")  # fmt: skip
@click.option("--gap", type=click.IntRange(min=0), metavar="N",
              help="same_day: minutes left out before the window (0).")  # fmt: skip
@click.option("--min-bars", type=click.IntRange(min=5), metavar="N",
              help="same_day: fewest bars before it (20).")  # fmt: skip
@click.option("--hours", default="regular", metavar="regular|all", show_default=True)
@click.option("--overnight", default="exclude", metavar="exclude|include", show_default=True,
              help="Returns over a break of trading.")  # fmt: skip
@click.option("--benchmark", metavar="S", help="Market model on this security of BARS.")
@click.option("--labels", default="start", metavar="start|end", show_default=True,
              help="What the time of a bar is.")  # fmt: skip
@click.option("--timezone", metavar="ZONE", help="Of times without an offset.")
@click.option("--dialect", metavar="NAME", help="Vendor of BARS. Default: known by its head.")
@click.option("--columns", metavar="ROLE=NAME,...", callback=columns_option,
              help="Which column of BARS is date, time, close, security ...")  # fmt: skip
@click.option("--date-format", metavar="ORDER", help='Of BARS: "dd/mm/yyyy", "mdy" ...')
@click.option("--by", metavar="A,B", help="Event columns to group by.")
@out_option(
    "out",
    metavar="DIR",
    words="Folder for tables, figures and page; replaces earlier ones, and no other file.",
)
@further_formats_option
@json_option
@verbosity_options
@click.pass_obj
def intraday(
    talk: Talk,
    *,
    bars: str,
    event: str | None,
    events: str | None,
    market: str | None,
    security: str | None,
    window: tuple[int, int],
    car: tuple[tuple[int, int], ...],
    days: int,
    min_days: int | None,
    estimation: str,
    gap: int | None,
    min_bars: int | None,
    hours: str,
    overnight: str,
    benchmark: str | None,
    labels: str,
    timezone: str | None,
    dialect: str | None,
    columns: dict[str, str],
    date_format: str | None,
    by: str | None,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
) -> None:
    """Abnormal returns by the minute: news times against bars of any length.

    BARS is a csv or parquet file: time, symbol, open, high, low, close, volume. What is normal
    comes from the same clock times of earlier days, or with --estimation same_day from the bars of
    the day itself before the window.
    """
    from eventstudy.intraday import IntradayStudy, read_bars
    from eventstudy.io.folders import INTRADAY

    if (event is None) == (events is None):
        raise SpecificationError("give --event TIME or --events FILE, one of the two")
    if formats and out is None:
        raise SpecificationError("--format needs --out DIR, where the files go")
    inputs = [Path(file) for file in (bars, events) if file is not None]
    target = None if out is None else results_folder(out, INTRADAY, inputs)
    study = IntradayStudy(
        window=window,
        windows=car or _default_windows(window),
        estimation=estimation,  # type: ignore[arg-type]
        days=days,
        min_days=min(10, days) if min_days is None else min_days,
        gap=0 if gap is None else gap,
        min_bars=20 if min_bars is None else min_bars,
        hours=hours,  # type: ignore[arg-type]
        overnight=overnight,  # type: ignore[arg-type]
        market=market,
        model="constant_mean" if benchmark is None else "market_model",
        benchmark=benchmark,
        by=() if by is None else tuple(by.split(",")),
    )
    loaded = read_bars(
        bars,
        timezone=timezone,
        labels=labels,  # type: ignore[arg-type]
        security=security,
        columns=columns,
        date_format=date_format,
        dialect=dialect,
    )
    results = study.fit(events if event is None else _news_at(event), loaded)
    if target is not None:
        results.save(target)
        others = [name for name in formats if name != "html"]
        write_formats(results, target, "intraday", others)
    if as_json:
        names = ("alignment", "car", "statistics", "dropped")
        print_json({name: json_views.rows(getattr(results, name)) for name in names})
        return
    talk.say(results.to_text(min(terminal_width(), _WIDTH)))
    if target is not None:
        talk.say(f"\nPage: {target / 'intraday.html'}")


def _news_at(time: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"event_id": ["news"], "published_at": [time]})


def _default_windows(window: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    inside = [pair for pair in ((0, 15), (0, 60)) if window[0] <= pair[0] and pair[1] <= window[1]]
    return tuple(inside) or ((max(0, window[0]), window[1]),)
