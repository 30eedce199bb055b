"""A vendor's files of prices made the file that every command reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventstudy.cli.base import (
    cli,
    columns_option,
    is_same_file,
    json_option,
    out_option,
    verbosity_options,
)
from eventstudy.cli.terminal import (
    Talk,
    print_json,
    terminal_width,
    write_data,
    write_line,
    write_out,
)
from eventstudy.exceptions import SourceError
from eventstudy.io.writing import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import CloseField, Content, EmptyCells
    from eventstudy.prices.panel import PricePanel

_SHOWN = 5


@cli.command("import")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--dialect", metavar="NAME", help="Of the vendor. Default: known by the head.")
@click.option("--list", "is_list", is_flag=True, help="Show the dialects that are known.")
@click.option("--security", metavar="S", help="Name of the one security of FILE.")
@click.option("--columns", metavar="ROLE=NAME,...", callback=columns_option,
              help="Which column is date, close, security, open ...")  # fmt: skip
@click.option("--date-format", metavar="ORDER", help='"dd/mm/yyyy", "mdy", "%d.%m.%y" ...')
@click.option(
    "--field", type=click.Choice(("close", "adj_close")), default="close", show_default=True,
    help="Which of two closes.",
)  # fmt: skip
@click.option(
    "--content", type=click.Choice(("prices", "returns")), default="prices", show_default=True,
    help="What is read of FILE.",
)  # fmt: skip
@click.option(
    "--empty", type=click.Choice(("missing", "no_session")), default="missing",
    show_default=True, help="What an empty cell of returns is.",
)  # fmt: skip
@click.option("--sheet", metavar="S", help="Of an xlsx file.")
@click.option("--start", metavar="DATE", help="First date that is read.")
@click.option("--end", metavar="DATE", help="Last date that is read.")
@out_option("output", metavar="F", words="Write a long csv. Default: print it.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@json_option
@verbosity_options
@click.pass_obj
def import_(
    talk: Talk,
    *,
    files: tuple[str, ...],
    dialect: str | None,
    is_list: bool,
    security: str | None,
    columns: dict[str, str],
    date_format: str | None,
    field: CloseField,
    content: Content,
    empty: EmptyCells,
    sheet: str | None,
    start: str | None,
    end: str | None,
    output: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make a vendor's price file the one that every command reads.

    What was understood (vendor, order of day and month, which close, what is not used) is said on
    stderr. Several files are joined. Dates that can be read both ways are refused.

    \b
    eventstudy import "Nikkei 225 Historical Data.csv" -o prices.csv
    eventstudy import AAPL.csv MSFT.csv -o prices.csv
    eventstudy import export.xlsx --columns date=Tag,close=Kurs --date-format dd.mm.yyyy
    """  # noqa: D301 - a backspace is how click is told to keep the lines
    from eventstudy.prices.files.reading import read_prices
    from eventstudy.prices.files.writing import long_csv

    if is_list:
        _show_dialects(as_json=as_json)
        return
    if not files:
        raise click.UsageError("Missing argument 'FILE...'.")
    target = None if output in (None, "-") else output
    _check_target(target, files, force=force)
    panel = read_prices(
        list(files),
        content=content,
        security=security,
        sheet=sheet,
        columns=columns,
        date_format=date_format,
        dialect=dialect,
        field=field,
        start=start,
        end=end,
        empty=empty,
    )
    text = long_csv(panel)
    if target is not None:
        write_text(Path(target), text)
    if not talk.quiet:
        for sentence in panel.assumed or ("nothing had to be assumed",):
            write_line(sentence)
        write_line(_summary(panel))
        for remark in panel.remarks:
            talk.warn(f"{remark.security}: {remark.detail}")
    if as_json:
        print_json(_as_json(panel, target))
    elif target is None:
        write_data(text, nl=False)
    else:
        talk.say(f"Prices: {target}")


def _check_target(target: str | None, files: Sequence[str], *, force: bool) -> None:
    if target is None:
        return
    if any(is_same_file(target, file) for file in files):
        raise SourceError(f"{target}: is a file that is read; name another one")
    if Path(target).exists() and not force:
        raise SourceError(f"{target}: is there already; name another file, or say --force")


def _show_dialects(*, as_json: bool) -> None:
    from eventstudy.cli.listings import listing, listing_text

    rows = listing("dialects")
    if as_json:
        print_json(rows)
    else:
        write_out(listing_text("dialects", rows, terminal_width()))


def _summary(panel: PricePanel) -> str:
    first, last = panel.span()
    names = ", ".join(panel.names[:_SHOWN])
    others = f" and {len(panel.names) - _SHOWN} more" if len(panel.names) > _SHOWN else ""
    n_rows = sum(len(dates) for dates in panel.dates)
    return f"{names}{others}: {n_rows:,} rows, {first} to {last}"


def _as_json(panel: PricePanel, target: str | None) -> dict[str, object]:
    return {
        "output": target,
        "content": panel.content,
        "understood": list(panel.assumed),
        "securities": [
            {
                "security": name,
                "rows": len(dates),
                "first": str(dates[0]) if len(dates) else None,
                "last": str(dates[-1]) if len(dates) else None,
                "last_value": float(values[-1]) if len(values) else None,
            }
            for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True)
        ],
        "remarks": [remark.detail for remark in panel.remarks],
    }
