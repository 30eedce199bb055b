"""Prices: fetched into the local store, checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy._terminal import WIDTH, Talk, print_json, progress, terminal_width
from eventstudy._writing import write_text
from eventstudy.cli.base import Commands, cli, is_same_file, json_option, talking
from eventstudy.exceptions import DataError, SourceError, SpecificationError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from eventstudy._typing import Content, FxClose
    from eventstudy.prices import Check, PricePanel
    from eventstudy.sources.fetch import PriceUpdate


@cli.group("prices", cls=Commands, no_args_is_help=False)
@talking
def prices_() -> None:
    """Prices: fetched, checked."""


@prices_.command("fetch")
@click.option("--markets", metavar="A,B", help="Default: the bundled six and SPX.")
@click.option("--start", metavar="DATE", help="Default: two years before the end.")
@click.option("--end", metavar="DATE", help="Included. Default: today.")
@click.option(
    "--fx-close", type=click.Choice(("detect", "written", "next_row")), default="detect",
    show_default=True, help="Which session a currency's closes belong to.",
)  # fmt: skip
@click.option("--refresh", is_flag=True, help="Read everything again and report what changed.")
@click.option("--offline", is_flag=True, help="Only what the local store holds.")
@click.option("-o", "--output", metavar="F", help="Write the prices, a long csv; - is stdout.")
@json_option
@talking
@click.pass_obj
def fetch(
    talk: Talk,
    markets: str | None,
    start: str | None,
    end: str | None,
    fx_close: FxClose,
    refresh: bool,
    offline: bool,
    output: str | None,
    as_json: bool,
) -> None:
    """Fetch daily closes from Yahoo into the local store.

    Only what the store lacks is fetched; what has come is kept if the rest fails. Exit code 2 when
    a market is missing or not up to date.
    """
    import datetime as dt

    from eventstudy.markets import BUNDLED
    from eventstudy.sources.fetch import update_prices
    from eventstudy.sources.yahoo import as_date, reasons_of

    names = [*BUNDLED, "SPX"] if markets is None else markets.split(",")
    last = dt.datetime.now(dt.UTC).date() if end is None else as_date(end, "--end")
    first = _years_before(last, 2) if start is None else as_date(start, "--start")
    with progress(talk) as step:
        update = update_prices(
            names, first, last, refresh=refresh, offline=offline, fx_close=fx_close, progress=step
        )
    if output is not None and output != "-":
        write_text(Path(output), _long_csv(update.panel))
    if output == "-":
        click.echo(_long_csv(update.panel), nl=False)
    elif as_json:
        print_json(_as_json(update))
    else:
        talk.say(_told(update, everything=talk.verbose))
        if output is not None:
            talk.say(f"Prices: {output}")
    if update.failures:
        count, asked = len(update.failures), len(update.table)
        raise SourceError(
            f"{count} of {asked} markets failed: {reasons_of(update.failures)}"
            if output == "-" or as_json
            else f"{count} of {asked} markets failed: {', '.join(update.failures)}"
        )


def _years_before(day: dt.date, years: int) -> dt.date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap else day.day)


def _told(update: PriceUpdate, *, everything: bool) -> str:
    """What a terminal shows of a fetch."""
    from textwrap import wrap

    from eventstudy import tables

    frame = update.table.fillna("")
    lines = [tables.to_text(frame, min(terminal_width(), WIDTH)), ""]
    told = [f"{name}: {why}" for name, why in update.failures.items()]
    kinds = {"revised_close", "fx_label_shift", "fx_label_kept", "fx_label_unclear", "not_in_store"}
    shown = [
        remark
        for remark in update.panel.remarks
        if remark.check != "symbol_failed"
        and (everything or (remark.check in kinds and remark.severity != "info"))
    ]
    told += [
        f"{one.security}{_when(one)}: {one.detail}" for one in shown[: None if everything else 8]
    ]
    if len(shown) > 8 and not everything:
        told.append(f"... {len(shown) - 8} more; --verbose shows all")
    for one in told:
        lines += wrap(one, WIDTH, initial_indent="- ", subsequent_indent="  ")
    lines += [""] if told else []
    return "\n".join([*lines, f"Store: {update.store}"])


def _when(remark: Check) -> str:
    return "" if str(remark.date) == "NaT" else f" {remark.date}"


def _as_json(update: PriceUpdate) -> dict[str, object]:
    rows = update.table.astype(object).where(update.table.notna(), None)
    return {
        "markets": rows.to_dict(orient="records"),
        "failures": update.failures,
        "remarks": [
            {
                "security": one.security,
                "date": None if str(one.date) == "NaT" else str(one.date),
                "check": one.check,
                "severity": one.severity,
                "detail": one.detail,
            }
            for one in update.panel.remarks
        ],
        "sha256": update.panel.sha256,
        "store": str(update.store),
    }


@prices_.command("check")
@click.argument("path", required=False, metavar="[FILE]")
@click.option(
    "--source", type=click.Choice(("bundled", "files", "yahoo")),
    help="Default: files with a FILE, else bundled; yahoo is the local store, offline.",
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
    "--fx-close", type=click.Choice(("written", "next_row", "detect")), default="written",
    show_default=True, help="Which session a currency's closes belong to; judged after moving.",
)  # fmt: skip
@click.option("--against", metavar="F", help="The same series from elsewhere, to compare with.")
@click.option("-o", "--output", metavar="F", help="Write the panel as it was judged, a long csv.")
@json_option
@talking
@click.pass_obj
def check(
    talk: Talk,
    path: str | None,
    source: str | None,
    file_: str | None,
    markets: str | None,
    security: str | None,
    content: Content,
    calendar: str | None,
    fx_close: FxClose,
    against: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Say what looks wrong in prices: labels, closures, single closes, units.

    Many findings of one kind are one line; --verbose shows each. Exit code 2 when there is an
    error among them, 0 when there are only warnings and notes.
    """
    from eventstudy.checks import inspect_prices
    from eventstudy.checks.listing import counts_of, listing
    from eventstudy.sources.survey import survey_prices

    given = _one_file(path, file_, source)
    names = None if markets is None else [name.strip() for name in markets.split(",")]
    for taken in (given, against):
        if output is not None and taken is not None and is_same_file(output, taken):
            raise SourceError(f"{output}: is the file that is checked; name another one")
    panel = _panel(source, given, names, security, content, fx_close)
    other = None if against is None else survey_prices(against)
    if other is not None and security is not None and len(other.names) == 1:
        other = replace(other, names=(security,))
    found = inspect_prices(panel, names, calendar=calendar, against=other)
    severities = found["severity"].tolist()
    if output is not None:
        write_text(Path(output), _long_csv(panel))
    if as_json:
        rows = found.assign(date=found["date"].dt.strftime("%Y-%m-%d"))
        print_json(rows.astype(object).where(rows.notna(), None).to_dict(orient="records"))
    else:
        told = [] if found.empty else [
            listing(found, everything=talk.verbose, width=min(terminal_width(), WIDTH)), ""
        ]  # fmt: skip
        talk.say("\n".join([*told, f"{panel!r}: {counts_of(severities)}"]))
        if output is not None:
            talk.say(f"{output}: {_what_changed(panel)}")
    count = severities.count("error")
    if count:
        raise DataError(
            f"{panel.name}: {count} error{'s'[: count > 1]} among {len(found)} "
            f"finding{'s'[: len(found) > 1]} of the checks"
        )


def _one_file(path: str | None, file_: str | None, source: str | None) -> str | None:
    if path is not None and file_ is not None:
        raise SpecificationError(f"both {path} and --file {file_} are given; name one file")
    given = path if path is not None else file_
    if given is not None and source not in (None, "files"):
        raise SpecificationError(f'--source {source} reads no file; leave out {given}, or "files"')
    if given is None and source == "files":
        raise SpecificationError("--source files needs a file; name it")
    return given


def _panel(
    source: str | None,
    path: str | None,
    names: Sequence[str] | None,
    security: str | None,
    content: Content,
    fx_close: FxClose,
) -> PricePanel:
    """Read what is to be judged, with closes moved as asked."""
    from eventstudy.sources.prices import shift_fx_closes

    if path is not None:
        from eventstudy.sources.survey import survey_prices

        if content == "returns" and fx_close != "written":
            raise SpecificationError("--fx-close moves closes, and the content is returns")
        panel = survey_prices(path, content=content, security=security)
        return shift_fx_closes(panel, fx_close)
    if source == "yahoo":
        return _stored(names, fx_close)
    from eventstudy.datasets import load_prices

    return shift_fx_closes(load_prices(), fx_close)


def _stored(names: Sequence[str] | None, fx_close: FxClose) -> PricePanel:
    """Whatever the local store holds of these markets, or of all it knows."""
    from eventstudy.markets import get_market, load_markets
    from eventstudy.sources.fetch import fetch_prices
    from eventstudy.sources.store import open_store

    held = open_store().series()
    held = held[(held["source"] == "yahoo") & (held["interval"] == "1d") & (held["rows"] > 0)]
    if names is None:
        stored = set(held["symbol"])
        markets = [m for m in load_markets().values() if m.yahoo in stored]
    else:
        markets = [get_market(name) for name in names]
    if not len(held) or not markets:
        raise SourceError(
            "the local store holds no daily prices of Yahoo's; fetch some first: "
            "eventstudy prices fetch --markets N225 --start 2024-01-01 --end 2024-12-31"
        )
    chosen = held[held["symbol"].isin([m.yahoo for m in markets])]
    span = chosen if len(chosen) else held
    return fetch_prices(
        markets, span["first"].min(), span["last"].max(), offline=True, fx_close=fx_close
    )


def _long_csv(panel: PricePanel) -> str:
    """The panel as a long file: date, security, close and what there is of bars."""
    import pandas as pd

    from eventstudy.sources.survey import usable_bars

    value = "close" if panel.content == "prices" else "return"
    parts = []
    for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True):
        index = pd.DatetimeIndex(dates.astype("datetime64[ns]"), name="date")
        part = pd.DataFrame({"security": name, value: values}, index=index)
        if name in panel.fields:
            part = part.join(usable_bars(panel.fields[name], part[value]))
        parts.append(part)
    whole = pd.concat(parts) if parts else pd.DataFrame(columns=["security", value])
    return whole.to_csv(date_format="%Y-%m-%d", float_format="%.12g", lineterminator="\n")


def _what_changed(panel: PricePanel) -> str:
    """What differs between the file that was read and the one that is written."""
    moved = [one.security for one in panel.remarks if one.check == "fx_label_shift"]
    refused = sum(one.check == "refused" for one in panel.remarks)
    said = []
    if moved:
        said.append(
            f"closes of {', '.join(moved)} moved one row up, the last row left out, and open, high "
            "and low where the moved close lies outside them"
        )
    if refused:
        said.append(f"{refused} refused value{'s'[: refused > 1]} left out")
    return "; ".join(said) or "nothing was changed"
