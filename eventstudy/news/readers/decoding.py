"""Bytes of a file as text: what the file says of itself, then UTF-8, then the best guess."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Final, NamedTuple, TextIO

from eventstudy.exceptions import SourceError
from eventstudy.io.encodings import BYTE_ORDER_MARKS, GUESSED, likely_encoding
from eventstudy.io.files import sha256_of
from eventstudy.io.opening import open_file
from eventstudy.io.progress import watched
from eventstudy.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK: Final = 1 << 20
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{2,40})["']""")
# What browsers make of these names: the larger set, of which the named one is a part.
_SUPERSETS: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
}
_TEXT_ENCODINGS: Final = re.compile(
    r"utf-(8|16|32)(-.*)?|iso8859.*|iso2022_jp|cp\d+|gb.*|big5.*|euc.*|koi8.*|shift.*|mac.*|ascii"
    r"|tis-620"
)


class Input(NamedTuple):
    """A file that is read."""

    path: Path
    name: str


class Opened(NamedTuple):
    """A text stream whose line ends are as written, and how it was decoded."""

    stream: TextIO
    notes: tuple[str, ...]


def unreadable(path: Path, error: OSError | ValueError) -> SourceError:
    """Return the error that names a file which cannot be read."""
    if isinstance(error, FileNotFoundError):
        return SourceError("no such file", file=one_line(str(path)))
    reason = getattr(error, "strerror", None) or str(error)
    return SourceError(f"cannot be read ({reason})", file=one_line(str(path)))


def first_bytes(path: Path, size: int = 8192) -> bytes:
    """Return how a file begins.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    with open_file(path) as stream:
        try:
            return stream.read(size)
        except OSError as error:
            raise unreadable(path, error) from None


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file of any size."""
    return sha256_of(path)


def open_text(source: Input) -> Opened:
    """Open a text file in its encoding.

    A byte-order mark decides, then the declaration of an XML file, then whether it is UTF-8, and
    last charset-normalizer among the encodings news comes in; a guess is a note.

    Raises
    ------
    SourceError
        It cannot be read, or nothing tells its encoding.
    """
    encoding, notes = _encoding(source)
    file = watched(open_file(source.path), source.name)
    stream = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    return Opened(stream, notes)


def _encoding(source: Input) -> tuple[str, tuple[str, ...]]:
    """Return the encoding of a file, and notes where it was guessed or is damaged."""
    head = first_bytes(source.path)
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding, ()
    declared, notes = _declared_encoding(head)
    if declared not in {None, "utf-8"}:
        return str(declared), notes
    n_bad, n_good, sample = _errors_as_utf8(source.path)
    if b"\x1b$" in sample or b"\x1b(" in sample:
        return "iso2022_jp", (f"{GUESSED} iso2022_jp, a guess",)
    if not n_bad:
        return "utf-8", notes
    if n_bad * 20 <= n_good:  # a damaged place or a torn end, not another encoding
        return "utf-8", (*notes, f"{n_bad} bytes of the file are not UTF-8 and were replaced")
    guess = _guessed_encoding(source, sample)
    return guess, (*notes, f"{GUESSED} {guess}, a guess")


def _declared_encoding(head: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Return the encoding an XML file declares, None without one, and a note where it is wrong."""
    match = _DECLARED.match(head)
    if match is None:
        return None, ()
    name = match[1].decode("ascii")
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if not _TEXT_ENCODINGS.fullmatch(codec) or codec.startswith(("utf-16", "utf-32")):
        # A file whose declaration can be read byte by byte is neither of the wide ones.
        return None, (f"the file declares the encoding {name!r}, which it is not in",)
    return _SUPERSETS.get(codec, codec), ()


def _errors_as_utf8(path: Path) -> tuple[int, int, bytes]:
    """Return how many bytes are not UTF-8, how many letters beyond ASCII are, and the odd lines."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    n_bad = n_good = 0
    sample = bytearray()
    try:
        with open_file(path) as stream:
            while True:
                chunk = stream.read(_CHUNK)
                if len(sample) < 200_000 and (not chunk.isascii() or b"\x1b" in chunk):
                    sample += b"\n".join(
                        line[:5000]
                        for line in chunk.splitlines()
                        if not line.isascii() or b"\x1b" in line
                    )[:200_000]
                text = decoder.decode(chunk, final=not chunk)
                if not text.isascii():
                    n_odd = len(text) - len(text.encode("ascii", "ignore"))
                    n_replaced = text.count("\ufffd")
                    n_bad += n_replaced
                    n_good += n_odd - n_replaced
                if not chunk:
                    return n_bad, n_good, bytes(sample)
    except OSError as error:
        raise unreadable(path, error) from None


def _guessed_encoding(source: Input, sample: bytes) -> str:
    """Return the likeliest encoding of some lines; raise where none fits."""
    best = likely_encoding(sample)
    if best is None:
        raise SourceError("its encoding cannot be told; save the file as UTF-8", file=source.name)
    return best
