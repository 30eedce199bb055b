"""`read_news`: which reader a file gets, and all of them into one `News`."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import DataError, SchemaError, SourceError, SpecificationError
from eventstudy.io.doors import NEWS
from eventstudy.io.tables import delimiter_of
from eventstudy.io.timestamps import read_time
from eventstudy.log import logged
from eventstudy.news import News
from eventstudy.news.intake import Intake
from eventstudy.news.news import lacking
from eventstudy.news.readers.decoding import Input, digest_of, first_bytes, unreadable
from eventstudy.text import one_line

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from eventstudy._typing import Progress

_KINDS: Final = {
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".json": "json",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".xlsx": "workbook",
    ".xlsm": "workbook",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".rdf": "feed",
    ".txt": "article",
    ".text": "article",
    ".md": "article",
    ".markdown": "article",
    ".html": "page",
    ".htm": "page",
    ".xhtml": "page",
    ".eml": "mail",
}
_PACKED: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"7z\xbc\xaf": "7-zip",
    b"Rar!": "rar",
    b"%PDF": "pdf",
}
_READABLE: Final = "csv, json, jsonl, xlsx, Atom, RSS, txt, md, html and eml are read"


@logged("read")
def read_news(
    *paths: str | os.PathLike[str],
    timezone: str | None = None,
    published: str | None = None,
    now: dt.datetime | None = None,
    progress: Progress | None = None,
) -> News:
    """Read dated news from files and folders.

    A table (csv, tsv, xlsx), json (an array of objects, or an object that holds one), jsonl, a
    feed (Atom 1.0, RSS 2.0, RSS 1.0) gives one item a row, object or entry; an article (txt, md,
    html, eml) one item a claim. The end of a file's name tells its kind, and failing that its
    content. Of a folder every file in it is read, in the order of their names; one that cannot be
    is a rejected item. Every raw item is in `News.frame` or, with the reason, in `News.rejected`.

    Columns are ``headline``, ``published_at`` or ``date``, and where there are ``item_id``,
    ``text``, ``source``, ``url``, ``timezone``, ``precision``, ``note``. Other usual names are
    read, too, whatever their case and ``_``, ``-`` or spaces in them: title, heading;
    published, pubDate, date_published, publication_date, datetime, timestamp; date with time;
    body, content, description, summary, abstract, snippet; source.name, outlet, publisher,
    publication, provider; link, href, web_url; id, guid, article_id; tz. Where an item has
    several, the first filled one counts and the others are carried through as the item's own
    columns, as is every other column.

    A time is ISO 8601 with its offset, or RFC 822 as in mail and RSS, or seconds since 1970; a
    time without an offset is rejected unless its zone is known. HTML becomes text, control
    characters and marks nobody sees are taken out, texts are put in NFC and cut at 100,000
    characters (headlines at 500); `News.frame` says so in ``note``. A headline is otherwise left
    as it is.

    Parameters
    ----------
    paths
        Files or folders.
    timezone
        IANA zone in which times without an offset and dates alone are read, for items that name
        none, such as ``"Asia/Tokyo"``.
    published
        Date or time of articles that have none in their front matter (``date: 2025-05-02``
        between two lines ``---``) or their name (``2025-05-02_name.txt``); for a file that is
        named here, rather than found in a folder, it counts before the name.
    now
        What lies more than a day after it is rejected; the present if None.
    progress
        Called with what is done, how many files are read, and of how many.

    Raises
    ------
    SourceError
        A file is missing, cannot be read or is of no kind that is read.
    SchemaError
        A file lacks what an item needs, or no path is given.
    SpecificationError
        An unknown `timezone`, or `published` is no date.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"published": ["2025-05-02T09:00+08:00"], "headline": ["Talks begin"]})
    >>> frame.to_csv("news.csv", index=False)
    >>> read_news("news.csv").frame["headline"].tolist()
    ['Talks begin']
    """
    if not paths:
        raise SpecificationError("read_news needs at least one file or folder")
    intake = Intake(timezone=timezone, now=now or dt.datetime.now(dt.UTC))
    if published is not None:
        try:
            read_time(published, NEWS, zone=timezone)
        except ValueError as error:
            raise SpecificationError(str(error)).at(key="published") from None
    files = [entry for path in paths for entry in _files_of(Path(path))]
    names = _names([path for path, _ in files])
    inputs = []
    for n_done, ((path, is_named), name) in enumerate(zip(files, names, strict=True)):
        if progress is not None:
            progress(f"reading {name}", n_done, len(files))
        n_before = intake.n_items
        source = Input(path, name)
        digest = ""
        try:
            digest = _read_file(source, intake, published, is_named=is_named)
        except (DataError, SourceError) as error:
            if is_named:
                raise
            is_whole = error.file == name and error.row is None  # `where` says it already
            intake.reject(name, error.reason if is_whole else str(error))
        intake.settle(name)
        inputs.append((name, digest, intake.n_items - n_before))
    if progress is not None:
        progress("reading news", len(files), len(files))
    frame, rejected = intake.frames()
    title = Path(paths[0]).name or str(paths[0]) if len(paths) == 1 else f"{len(paths)} inputs"
    return News(
        frame=frame,
        rejected=rejected,
        name=title,
        inputs=tuple(inputs),
        assumed=tuple(intake.assumed),
    )


def kind_of(source: Input) -> str:
    """Return which reader a file gets: table, json, lines, workbook, feed, article, page or mail.

    Raises
    ------
    SourceError
        It cannot be read, is packed, or of no kind that is read.
    SchemaError
        It is empty.
    """
    if source.path.is_dir():
        raise SourceError("a folder inside the folder; name it to read it", file=source.name)
    head = first_bytes(source.path)
    if not head:
        raise SchemaError([f"{source.name} is empty"], file=source.name)
    for magic, packing in _PACKED.items():
        if head.startswith(magic):
            remedy = "save its text" if packing == "pdf" else "unpack it first"
            raise SourceError(f"a {packing} file is not read; {remedy}", file=source.name)
    suffix = source.path.suffix.lower()
    if head.startswith(b"PK\x03\x04"):
        if suffix in {".xlsx", ".xlsm", ""}:
            return "workbook"
        raise SourceError("a zip file is not read; unpack it first", file=source.name)
    if suffix == ".xls":
        raise SourceError(
            "this format of 1997 is not read; save it as xlsx or csv", file=source.name
        )
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    text = text.lstrip("\ufeff \t\r\n")
    kind = _KINDS.get(suffix) or _kind_by_plugin(suffix) or _kind_by_content(text)
    if kind is None:
        raise SourceError(f"not a kind of file that is read; {_READABLE}", file=source.name)
    if kind == "json" and text.startswith("{"):
        from eventstudy.news.readers.json_items import is_lines

        return "lines" if is_lines(text) else "json"
    return kind


def _kind_by_plugin(suffix: str) -> str | None:
    """Return ``plugin`` for the ending of a format that another distribution brings."""
    from eventstudy.news.readers.plugins import format_of

    return None if format_of(suffix) is None else "plugin"


def _kind_by_content(text: str) -> str | None:
    """Return the kind of a file whose name does not tell it; None for an unknown one."""
    from eventstudy.news.readers.feeds import ROOT, after_prolog
    from eventstudy.news.readers.pages import PAGE

    if text.startswith(("{", "[")):
        return "json"
    if text.startswith("<"):
        if ROOT.match(text, after_prolog(text) or 0):
            return "feed"
        return "page" if PAGE.match(text) else None
    header = text.split("\n", 1)[0].rstrip("\r")
    cells = header.split(delimiter_of(header))
    is_table = lacking([cell.strip().strip('"') for cell in cells]) is None
    return "table" if is_table else None


def _read_file(source: Input, intake: Intake, published: str | None, *, is_named: bool) -> str:
    """Read one file with the reader of its kind; return its SHA-256."""
    kind = kind_of(source)
    if kind == "article":
        from eventstudy.news.readers.article_files import read_article

        read_article(source, intake, published=published, is_named=is_named)
    elif kind == "page":
        from eventstudy.news.readers.pages import read_page

        read_page(source, intake, published=published)
    elif kind == "mail":
        from eventstudy.news.readers.mails import read_mail

        read_mail(source, intake, published=published)
    elif kind in {"json", "lines"}:
        from eventstudy.news.readers.json_items import read_json, read_lines

        (read_json if kind == "json" else read_lines)(source, intake)
    elif kind == "plugin":
        from eventstudy.news.readers.plugins import read_by_plugin

        read_by_plugin(source, intake)
    elif kind == "feed":
        from eventstudy.news.readers.feeds import read_feed

        read_feed(source, intake)
    else:
        from eventstudy.news.readers.delimited import read_delimited, read_workbook

        (read_delimited if kind == "table" else read_workbook)(source, intake)
    return digest_of(source.path)


def _files_of(path: Path) -> list[tuple[Path, bool]]:
    """Return the files a path stands for, and whether it names them."""
    try:
        if path.is_dir():
            inside = sorted(path.iterdir(), key=lambda entry: entry.name)
            if not inside:
                raise SchemaError(["the folder is empty"], file=one_line(str(path)))
            return [(entry, False) for entry in inside]
        if path.exists() and not path.is_file():
            raise SourceError("not a file", file=one_line(str(path)))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    return [(path, True)]


def _names(paths: Sequence[Path]) -> list[str]:
    """Return a name for each file: its own, or with folders where two have the same."""
    times = Counter(path.name for path in paths)
    names = (path.name if times[path.name] == 1 else str(path) for path in paths)
    return [one_line(name) for name in names]
