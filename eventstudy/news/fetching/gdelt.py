"""GDELT's bulk files: the list of the latest, and a quarter of an hour of its Knowledge Graph.

A line of ``lastupdate.txt`` is bytes, MD5 and address of a file; each quarter of an hour has one
zip of tab-separated rows without a header, 27 columns by the codebook.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import itertools
import re
import zipfile
import zlib
from typing import Final, NamedTuple
from urllib.parse import urljoin

from eventstudy.exceptions import SchemaError, SourceError
from eventstudy.io.addresses import most_bytes, too_large
from eventstudy.io.doors import NEWS, TimestampError
from eventstudy.io.timestamps import read_time
from eventstudy.text import counted

MOST_FILES: Final = 96
"""The most files of one fetch: a day."""

N_COLUMNS: Final = 27
_RECORD, _DATE, _SOURCE, _DOCUMENT, _EXTRAS = 0, 1, 3, 4, 26
_GKG: Final = re.compile(r"(\d{14})\.gkg\.csv\.zip$")
_TITLE: Final = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.DOTALL)
_PAGE_TIME: Final = re.compile(r"<PAGE_PRECISEPUBTIMESTAMP>(\d{14})</PAGE_PRECISEPUBTIMESTAMP>")
_LARGEST: Final = 200_000_000
_MOST_ROWS: Final = 50_000
"""A quarter of an hour has some thousands."""
_DIGITS: Final = 12
_QUARTER: Final = dt.timedelta(minutes=15)
_STAMP: Final = "%Y%m%d%H%M%S"


class ListedFile(NamedTuple):
    """A file of the Knowledge Graph; bytes and MD5 where the list says them."""

    address: str
    n_bytes: int | None
    md5: str | None


def listed_files(
    body: bytes, address: str, since: dt.datetime | None
) -> tuple[tuple[ListedFile, ...], tuple[str, ...]]:
    """Return the files to fetch, the latest first, and what is to be said.

    Parameters
    ----------
    body
        Of the list.
    address
        Where the list was; the files lie beside it.
    since
        Files from this time on; None for the latest alone.

    Raises
    ------
    SourceError, SchemaError
        It is not the list.
    """
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        raise SourceError("it is a web page, not the list of files")
    for line in text.splitlines():
        cells = line.split()
        match = _GKG.search(cells[-1]) if len(cells) == 3 else None
        if match is not None and cells[0].isdecimal() and len(cells[0]) <= _DIGITS:
            break
    else:
        raise SchemaError(["its form has changed: no line of the list names a .gkg.csv.zip"])
    latest = ListedFile(_beside(address, match[1]), int(cells[0]), cells[1].lower())
    if since is None:
        return (latest,), ()
    try:
        last = read_time(_iso(match[1]), NEWS).instant
    except TimestampError:
        last = None
    if last is None:
        raise SchemaError([f"its form has changed: {match[1]} is no time of a file"])
    n_files = max(int((last - since) / _QUARTER) + 1, 1)
    said: tuple[str, ...] = ()
    if n_files > MOST_FILES:
        said = (
            f"{n_files:,} files of 15 minutes lie since {since:%Y-%m-%d %H:%M} UTC; the latest "
            f"{MOST_FILES} are fetched",
        )
    stamps = [last - _QUARTER * n for n in range(1, min(n_files, MOST_FILES))]
    earlier = (ListedFile(_beside(address, f"{stamp:{_STAMP}}"), None, None) for stamp in stamps)
    return (latest, *earlier), said


def _iso(stamp: str) -> str:
    """Return a time of GDELT, fourteen digits in UTC, as ISO 8601.

    >>> _iso("20250409171500")
    '20250409T171500Z'
    """
    return f"{stamp[:8]}T{stamp[8:]}Z"


def _beside(address: str, stamp: str) -> str:
    return urljoin(address, f"{stamp}.gkg.csv.zip")


def gkg_items(
    body: bytes, n_bytes: int | None = None, md5: str | None = None
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """Return the articles of a file, and what is to be said of its rows.

    Parameters
    ----------
    body
        The zip.
    n_bytes, md5
        As the list has them; None where it does not say.

    Raises
    ------
    SourceError, SchemaError
        It is cut, damaged, or not of the form of the codebook.
    """
    if n_bytes is not None and len(body) != n_bytes:
        raise SourceError(f"the file has {len(body):,} bytes, and the list says {n_bytes:,}")
    if md5 is not None and hashlib.md5(body, usedforsecurity=False).hexdigest() != md5:
        raise SourceError("the file is not the one of the list: another MD5")
    lines = (line.rstrip("\n") for line in io.StringIO(_unpacked(body), newline="\n"))
    whole = (line.split("\t") for line in lines if line.strip())
    rows = list(itertools.islice(whole, _MOST_ROWS + 1))
    if len(rows) > _MOST_ROWS:
        raise SourceError(f"the file has more than {_MOST_ROWS:,} rows, and is not read")
    good = [row for row in rows if len(row) == N_COLUMNS]
    if rows and not good:
        raise SchemaError(
            [f"its form has changed: rows of {len(rows[0])} columns, where {N_COLUMNS} were"]
        )
    n_other = len(rows) - len(good)
    said = (
        (f"{counted(n_other, 'row')} of {len(rows):,} without {N_COLUMNS} columns left out",)
        if n_other
        else ()
    )
    return [_item(row) for row in good], said


def _unpacked(body: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = archive.infolist()[0]
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise SourceError("it is packed as no file of the list is")
            if member.file_size > (limit := most_bytes(_LARGEST)):
                raise SourceError(f"unpacked {too_large(limit)}")
            return archive.read(member).decode("utf-8", "replace")
    # a damaged directory of the zip points anywhere: ValueError, OSError, RuntimeError
    except (zipfile.BadZipFile, zlib.error, IndexError, EOFError, ValueError, OSError,
            RuntimeError):  # fmt: skip
        page = body.lstrip()[:1] == b"<"
        what = "a web page" if page else "no whole zip file: cut short or damaged"
        raise SourceError(f"it is {what}") from None


def _item(row: list[str]) -> dict[str, str]:
    extras, date = row[_EXTRAS], row[_DATE]
    title, page_time = _TITLE.search(extras), _PAGE_TIME.search(extras)
    return {
        "id": row[_RECORD],
        "seendate": _iso(date) if re.fullmatch(r"\d{14}", date) else date,
        "title": html.unescape(title[1]).strip() if title else "",
        "url": row[_DOCUMENT],
        "domain": row[_SOURCE],
        "page_says": page_time[1] if page_time else "",
    }
