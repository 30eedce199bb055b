"""Prices: fetched into the local store, checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli import json_views
from eventstudy.cli.base import (
    Commands,
    cli,
    columns_option,
    is_same_file,
    json_option,
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
    write_line,
)
from eventstudy.exceptions import DataError, SourceError, SpecificationError
from eventstudy.io.writing import write_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from eventstudy._typing import CloseField, Content, FxClose
    from eventstudy.prices.fetch import BarUpdate, PriceUpdate, Update
    from eventstudy.prices.files.dialects.choices import ReadingChoices
    from eventstudy.prices.panel import Check, PricePanel


@cli.group("prices", cls=Commands, no_args_is_help=False)
@verbosity_options
def prices_() -> None:
    """Prices: fetched, checked."""


_OFFICIAL = ("fred", "frankfurter", "cfets", "twse")
_MOST_REVISED = 3
_SHOWN = ("fx_label_shift", "fx_label_kept", "fx_label_unclear", "not_in_store", "short_answer")


@prices_.command("fetch")
@click.option(
    "--source", type=click.Choice(("yahoo", *_OFFICIAL)), default="yahoo", show_default=True,
    help="Whose prices; the others are official fixings, see docs/prices.md.",
)  # fmt: skip
@click.option(
    "--markets", metavar="A,B",
    help="Default: the bundled six and SPX; of fixings, such as USDCNY,JPY, there is none.",
)  # fmt: skip
@click.option("--start", metavar="DATE", help="Default: two years before the end.")
@click.option("--end", metavar="DATE", help="Included. Default: today.")
@click.option(
    "--interval", default="1d", metavar="1d|1h|5m ...", show_default=True, help="Length of a bar."
)
@click.option(
    "--fx-close", type=click.Choice(("detect", "written", "next_row")), default="detect",
    show_default=True, help="Which session a currency's daily closes belong to.",
)  # fmt: skip
@click.option("--refresh", is_flag=True, help="Read everything again and report what changed.")
@click.option("--offline", is_flag=True, help="Only what the local store holds.")
@click.option("--address", metavar="URL", help="Of fixings: a mirror, in the source's form.")
@out_option(
    "output",
    metavar="F",
    words="Write the prices, a long csv; - is stdout.",
)
@json_option
@verbosity_options
@click.pass_obj
def fetch(
    talk: Talk,
    *,
    source: str,
    markets: str | None,
    start: str | None,
    end: str | None,
    interval: str,
    fx_close: FxClose,
    refresh: bool,
    offline: bool,
    address: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Fetch prices from Yahoo, or official fixings, into the local store.

    Only what the store lacks is fetched; what has come is kept if the rest fails. Exit code 2 when
    a market is missing or not up to date.
    """
    import datetime as dt

    from eventstudy.markets.market import BUNDLED
    from eventstudy.prices.fetch import update_bars, update_prices
    from eventstudy.prices.store import open_store
    from eventstudy.prices.yahoo import as_date, reasons_of

    if output is not None and is_same_file(output, str(open_store().path)):
        raise SourceError(f"{output}: is the local store itself; name another file")
    _check_official(source, markets, interval, fx_close, address)
    usual = ["TWII"] if source == "twse" else [*BUNDLED, "SPX"]
    names = usual if markets is None else markets.split(",")
    last = dt.datetime.now(dt.UTC).date() if end is None else as_date(end, "--end")
    first = _years_before(last, 2) if start is None else as_date(start, "--start")
    update: PriceUpdate | BarUpdate
    try:
        with progress(talk) as step:
            if source != "yahoo":
                from eventstudy.prices.fixings import update_fixings

                update = update_fixings(
                    source, names, first, last,
                    refresh=refresh, offline=offline, address=address, progress=step,
                )  # fmt: skip
            elif interval == "1d":
                update = update_prices(
                    names, first, last,
                    refresh=refresh, offline=offline, fx_close=fx_close, progress=step,
                )  # fmt: skip
            else:
                update = update_bars(
                    names, first, last,
                    interval=interval, refresh=refresh, offline=offline, progress=step,
                )  # fmt: skip
            text = "" if output is None else _csv_of(update)
    except KeyboardInterrupt:
        write_line("interrupted; what had come by then is in the store")
        raise click.exceptions.Exit(130) from None
    _show(talk, update, text, output, as_json=as_json)
    if update.failures:
        count, total = len(update.failures), len(update.table)
        raise SourceError(
            f"{count} of {total} markets failed: {reasons_of(update.failures)}"
            if output == "-" or as_json
            else f"{count} of {total} markets failed: {', '.join(update.failures)}"
        )


def _show(
    talk: Talk, update: PriceUpdate | BarUpdate, text: str, output: str | None, *, as_json: bool
) -> None:
    """Write the prices where that is asked, and say how the fetch went."""
    if output is not None and output != "-":
        write_text(Path(output), text)
    if output == "-":
        write_data(text, nl=False)
        for remark in update.remarks:
            if remark.check == "short_answer" and remark.severity != "info":
                write_line(f"{remark.security}{_date_suffix(remark)}: {remark.detail}")
    elif as_json:
        print_json(_as_json(update))
    else:
        talk.say(_update_text(update, everything=talk.verbose))
        if output is not None:
            talk.say(f"Prices: {output}")
        if clock := _clock_text(update):
            talk.say(clock)


def _csv_of(update: PriceUpdate | BarUpdate) -> str:
    from eventstudy.prices.fetch import PriceUpdate
    from eventstudy.prices.files.writing import long_csv

    return long_csv(update.panel) if isinstance(update, PriceUpdate) else _bars_csv(update)


def _check_official(
    source: str, markets: str | None, interval: str, fx_close: str, address: str | None
) -> None:
    """Refuse options that belong to the other kind of source."""
    if source == "yahoo":
        if address is not None:
            raise SpecificationError("--address is of official fixings; Yahoo has none")
        return
    if interval != "1d":
        raise SpecificationError(f"--interval {interval}: {source} has one price a day")
    if fx_close != "detect":
        raise SpecificationError(f"--fx-close is of Yahoo's rows; those of {source} are dated")
    if markets is None and source != "twse":
        raise SpecificationError(f"--source {source} needs --markets, such as USDCNY,JPY")


def _clock_text(update: PriceUpdate | BarUpdate) -> str:
    """Say which moment fixings are of, as a study of the written file has to."""
    panel = getattr(update, "panel", None)
    if panel is None or not panel.declared or panel.declared[0].has_exchange:
        return ""
    market = panel.declared[0]
    return (
        f"{panel.assumed[0]}. A study of the written file says so: [market.{market.series}] "
        f'calendar = "FX", close = "{market.close}", timezone = "{market.timezone}"'
    )


def _bars_csv(update: BarUpdate) -> str:
    """Bars as `read_bars` reads them."""
    bars = update.bars.assign(time=update.bars["time"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return bars.to_csv(index=False, float_format="%.12g", lineterminator="\n")


def _years_before(day: dt.date, years: int) -> dt.date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap else day.day)


def _update_text(update: Update, *, everything: bool) -> str:
    """Return the text a terminal shows of a fetch."""
    from textwrap import wrap

    from eventstudy.reporting import tables

    frame = update.table.fillna("")
    lines = [tables.to_text(frame, min(terminal_width(), WIDTH)), ""]
    messages = [f"{name}: {why}" for name, why in update.failures.items()]
    messages += _remark_lines(update, everything=everything)
    for message in messages:
        lines += wrap(message, WIDTH, initial_indent="- ", subsequent_indent="  ")
    lines += [""] if messages else []
    return "\n".join([*lines, f"Store: {update.store}"])


def _remark_lines(update: Update, *, everything: bool) -> list[str]:
    """Return a line for each remark on the rows; many revisions of one series are one line."""
    remarks = [remark for remark in update.remarks if remark.check != "symbol_failed"]
    if everything:
        return [f"{remark.security}{_date_suffix(remark)}: {remark.detail}" for remark in remarks]
    lines = []
    revisions = [remark for remark in remarks if remark.check == "revised_close"]
    for name in dict.fromkeys(remark.security for remark in revisions):
        revised = [remark for remark in revisions if remark.security == name]
        if len(revised) <= _MOST_REVISED:
            lines += [f"{name}{_date_suffix(remark)}: {remark.detail}" for remark in revised]
            continue
        days = sorted(str(remark.date) for remark in revised)
        lines.append(
            f"{name}: the source has changed {len(days)} closes since they were stored, "
            f"{days[0]} to {days[-1]}; the newer are used, --verbose shows each"
        )
    return lines + [
        f"{remark.security}{_date_suffix(remark)}: {remark.detail}"
        for remark in remarks
        if remark.severity in ("warning", "error")
        and remark.check in _SHOWN
        and update.failures.get(remark.security) != remark.detail
    ]


def _date_suffix(remark: Check) -> str:
    return "" if str(remark.date) == "NaT" else f" {remark.date}"


def _as_json(update: Update) -> dict[str, object]:
    return {
        "markets": json_views.rows(update.table),
        "failures": update.failures,
        "remarks": [
            {
                "security": remark.security,
                "date": None if str(remark.date) == "NaT" else str(remark.date),
                "check": remark.check,
                "severity": remark.severity,
                "detail": remark.detail,
            }
            for remark in update.remarks
        ],
        "store": str(update.store),
    }


@prices_.command("check")
@click.argument("path", required=False, metavar="[FILE]")
@click.option(
    "--source", type=click.Choice(("bundled", "files", "yahoo", *_OFFICIAL)),
    help="Default: files with a FILE, else bundled; the others are in the local store, offline.",
)  # fmt: skip
@click.option("--file", "file_", metavar="F", help="The same as FILE.")
@click.option("--markets", metavar="A,B", help="Default: every column.")
@click.option("--security", metavar="NAME", help="What the bars of one security are.")
@click.option(
    "--content", type=click.Choice(("prices", "returns")), default="prices", show_default=True,
    help="What FILE holds.",
)  # fmt: skip
@click.option("--calendar", metavar="C", help='For all: an exchange code, "FX" or "data".')
@click.option(
    "--fx-close", type=click.Choice(("written", "next_row", "detect")),
    help="Where a currency's closes belong; judged once moved. Default: written; yahoo: detect.",
)  # fmt: skip
@click.option("--dialect", metavar="NAME", help="Vendor of FILE. Default: known by its head.")
@click.option("--columns", metavar="ROLE=NAME,...", callback=columns_option,
              help="Which column of FILE is date, close, security, open ...")  # fmt: skip
@click.option("--date-format", metavar="ORDER", help='Of FILE: "dd/mm/yyyy", "mdy", "%d.%m.%y" ...')
@click.option("--field", type=click.Choice(("close", "adj_close")), default="close",
              help="Which of two closes of FILE. Default: close.")  # fmt: skip
@click.option("--against", metavar="F", help="The same series from elsewhere: a file or a source.")
@click.option(
    "--tolerance", type=click.FloatRange(min=0, min_open=True), default=0.1, show_default=True,
    metavar="PERCENT", help="Differences from --against beyond it are listed.",
)  # fmt: skip
@out_option(
    "output",
    metavar="F",
    words="Write the panel as it was judged, a long csv.",
)
@json_option
@verbosity_options
@click.pass_obj
def check(
    talk: Talk,
    *,
    path: str | None,
    source: str | None,
    file_: str | None,
    markets: str | None,
    security: str | None,
    content: Content,
    calendar: str | None,
    fx_close: FxClose | None,
    dialect: str | None,
    columns: dict[str, str],
    date_format: str | None,
    field: CloseField,
    against: str | None,
    tolerance: float,
    output: str | None,
    as_json: bool,
) -> None:
    """Say what looks wrong in prices: labels, closures, single closes, units.

    Many findings of one kind are one line; --verbose shows each. Exit code 2 when there is an
    error among them, 0 when there are only warnings and notes.
    """
    from eventstudy.prices.checks import inspect_prices
    from eventstudy.prices.files.dialects.choices import ReadingChoices
    from eventstudy.prices.files.problems import read_prices_with_problems
    from eventstudy.prices.store import open_store
    from eventstudy.reporting.check_listing import counts_of, list_checks

    file = _file_to_check(path, file_, source)
    names = None if markets is None else [name.strip() for name in markets.split(",")]
    stored = str(open_store().path) if source in ("yahoo", *_OFFICIAL) else None
    for path_read in (file, against, stored):
        if output is not None and path_read is not None and is_same_file(output, path_read):
            raise SourceError(f"{output}: is the file that is checked; name another one")
    choices = ReadingChoices(columns=columns, date_format=date_format, dialect=dialect, field=field)
    panel = _prices_to_check(source, file, names, security, content, fx_close, choices)
    if file is not None and not talk.quiet:
        for sentence in panel.assumed:
            write_line(sentence)
    other = None
    if against in ("bundled", "yahoo", *_OFFICIAL):
        other = _prices_to_check(against, None, names, None, "prices", None, choices)
    elif against is not None:
        other = read_prices_with_problems(against)
    if other is not None and security is not None and len(other.names) == 1:
        other = replace(other, names=(security,))
    # what a fetch could not bring has no column, and a remark that says so
    judged = None if source in ("yahoo", *_OFFICIAL) else names
    findings = inspect_prices(
        panel, judged, calendar=calendar, against=other, tolerance=tolerance / 100
    )
    severities = findings["severity"].tolist()
    if output is not None:
        from eventstudy.prices.files.writing import long_csv

        write_text(Path(output), long_csv(panel))
    if as_json:
        print_json(json_views.rows(findings))
    else:
        listed = [] if findings.empty else [
            list_checks(findings, everything=talk.verbose, width=min(terminal_width(), WIDTH)), ""
        ]  # fmt: skip
        talk.say("\n".join([*listed, f"{panel!r}: {counts_of(severities)}"]))
        if output is not None:
            talk.say(f"{output}: {_changes_made(panel)}")
    count = severities.count("error")
    if count:
        raise DataError(
            f"{panel.name}: {count} error{'s'[: count > 1]} among {len(findings)} "
            f"finding{'s'[: len(findings) > 1]} of the checks"
        )


def _file_to_check(path: str | None, file_: str | None, source: str | None) -> str | None:
    if path is not None and file_ is not None:
        raise SpecificationError(f"both {path} and --file {file_} are given; name one file")
    chosen = path if path is not None else file_
    if chosen is not None and source not in (None, "files"):
        raise SpecificationError(f'--source {source} reads no file; leave out {chosen}, or "files"')
    if chosen is None and source == "files":
        raise SpecificationError("--source files needs a file; name it")
    return chosen


def _prices_to_check(
    source: str | None,
    path: str | None,
    names: Sequence[str] | None,
    security: str | None,
    content: Content,
    fx_close: FxClose | None,
    choices: ReadingChoices,
) -> PricePanel:
    """Read the prices to check, with the closes of currencies moved as asked."""
    from eventstudy.prices.files.reading import shift_fx_closes

    if path is not None:
        from eventstudy.prices.files.problems import read_prices_with_problems

        if content == "returns" and fx_close not in (None, "written"):
            raise SpecificationError("--fx-close moves closes, and the content is returns")
        panel = read_prices_with_problems(path, content=content, security=security, choices=choices)
        return shift_fx_closes(panel, fx_close or "written")
    if source == "yahoo":
        return _stored_prices(names, fx_close or "detect")
    if source in _OFFICIAL:
        return _stored_fixings(source, names)
    from eventstudy.datasets.bundled import load_prices

    return shift_fx_closes(load_prices(), fx_close or "written")


def _stored_prices(names: Sequence[str] | None, fx_close: FxClose) -> PricePanel:
    """Return the daily closes of these markets in the local store, by default of all there are."""
    from eventstudy.markets.market import get_market, load_markets
    from eventstudy.prices.fetch import fetch_prices
    from eventstudy.prices.store import open_store

    stored = open_store().series()
    stored = stored[
        (stored["source"] == "yahoo") & (stored["interval"] == "1d") & (stored["rows"] > 0)
    ]
    if names is None:
        symbols = set(stored["symbol"])
        by_symbol = {m.yahoo: m for m in load_markets().values() if m.yahoo in symbols}
        markets = list(by_symbol.values())  # of CNH and USDCNH, which share a symbol, one
    else:
        markets = [get_market(name) for name in names]
    if not len(stored) or not markets:
        raise SourceError(
            "the local store holds no daily prices of Yahoo's; fetch some first: "
            "eventstudy prices fetch --markets N225 --start 2024-01-01 --end 2024-12-31"
        )
    chosen = stored[stored["symbol"].isin([m.yahoo for m in markets])]
    span = chosen if len(chosen) else stored
    panel = fetch_prices(
        markets, span["first"].min(), span["last"].max(), offline=True, fx_close=fx_close
    )
    # the dates are those of all markets together: one that has fewer lacks nothing
    remarks = [remark for remark in panel.remarks
            if remark.check != "not_in_store" or remark.security not in panel.names]  # fmt: skip
    return replace(panel, remarks=tuple(remarks))


def _stored_fixings(source: str, names: Sequence[str] | None) -> PricePanel:
    """Return the fixings of these markets in the local store, by default of all there are."""
    from eventstudy.prices.fixings import fetch_fixings, fixing_sources
    from eventstudy.prices.store import open_store

    stored = open_store().series()
    stored = stored[(stored["source"] == source) & (stored["rows"] > 0)]
    if not len(stored):
        raise SourceError(
            f"the local store holds no prices of {source}; fetch some first: eventstudy prices "
            f"fetch --source {source} --markets USDCNY"
        )
    known = fixing_sources()[source]
    markets = names or [known.series_of(symbol) for symbol in stored["symbol"]]
    first, last = stored["first"].min(), stored["last"].max()
    panel = fetch_fixings(source, markets, first, last, offline=True)
    remarks = [remark for remark in panel.remarks
            if remark.check != "not_in_store" or remark.security not in panel.names]  # fmt: skip
    return replace(panel, remarks=tuple(remarks))


def _changes_made(panel: PricePanel) -> str:
    """Say what differs between the file that was read and the one that is written."""
    refused = sum(remark.check == "refused" for remark in panel.remarks)
    changes = []
    if panel.moved:
        changes.append(
            f"closes of {', '.join(sorted(panel.moved))} moved one row up, the last row left out, "
            "and open, high and low where the moved close lies outside them"
        )
    if refused:
        changes.append(f"{refused} refused value{'s'[: refused > 1]} left out")
    return "; ".join(changes) or "nothing was changed"
