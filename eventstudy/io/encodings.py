"""Bytes as text: what a byte-order mark says, then UTF-8, then the encoding that is likeliest."""

from __future__ import annotations

import codecs
import contextlib
import re
from typing import Final, NamedTuple

from eventstudy.exceptions import SourceError
from eventstudy.io.scripts import decided, fitting
from eventstudy.text import excerpt

BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSED: Final = "encoding read as"
"""How a note begins that says which encoding was guessed."""
# A longer list makes short texts come out as rare scripts.
_LIKELY: Final = ["cp932", "euc_jp", "gb18030", "big5hkscs", "cp949", "cp1252", "cp1251"]
_LONE_BYTE: Final = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_SIGN_IN_WORD: Final = re.compile(r"[¡¢¤¥¦¨ª¬¯±²³´µ¶·¸¹º¼½¾¿×÷](?=[A-Za-z\[\]{|}~@^_`])")
_OF_NAMES: Final = ("idna", "punycode")
"""Codecs of host names, which read no text."""
_HIGH_BYTE: Final = re.compile(rb"[\x80-\xff]")
# What no table of text holds: pictures, archives and programs do.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Decoded(NamedTuple):
    """A text, and a sentence where its encoding is not plain UTF-8."""

    text: str
    sentence: str


def decode(name: str, content: bytes, encoding: str | None = None) -> Decoded:
    """Return the text of a file.

    A byte-order mark decides, then whether the bytes are UTF-8. A file of a Western spreadsheet,
    with single letters beyond ASCII, is cp1252; of other scripts charset-normalizer chooses.

    Parameters
    ----------
    name
        Of the file, for sentence and error.
    encoding
        What the file is in, where that is known.

    Raises
    ------
    SourceError
        It is UTF-8 with damaged places, the encoding given does not fit, nothing tells which one
        does, or it holds control characters, as no text does.
    """
    chosen = encoding or encoding_of(content)
    if chosen in ("utf-8", "utf-8-sig"):
        try:
            return Decoded(content.decode("utf-8-sig"), "")
        except UnicodeDecodeError:  # behind a byte-order mark
            raise _not_utf8(name, content) from None
    if chosen is None:
        raise _not_utf8(name, content)
    text = None
    if chosen.lower() not in _OF_NAMES:
        with contextlib.suppress(LookupError, ValueError):  # unknown, with a NUL, or does not fit
            text = content.decode(chosen)
    if text is None:
        raise SourceError(
            f"is not in the encoding {excerpt(chosen)}; save the file as UTF-8", file=name
        )
    if _CONTROL.search(text):
        raise _not_utf8(name, content)
    return Decoded(text.removeprefix("\ufeff"), f"{name}: read as {_shown(chosen)}")


def encoding_of(content: bytes) -> str | None:
    """Return the encoding of a file's bytes; None where it is damaged UTF-8 or cannot be told."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    if wide := _wide_encoding(content):
        return wide
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    text = content.decode("utf-8", "replace")
    n_bad = text.count("\ufffd")
    n_good = len(text) - len(text.encode("ascii", "ignore")) - n_bad
    if n_bad <= n_good:
        return None
    if _is_western(content):
        return "cp1252"
    odd_lines = b"\n".join(line for line in content.splitlines() if not line.isascii())
    return likely_encoding(odd_lines[:200_000])


def likely_encoding(sample: bytes) -> str | None:
    """Return the likeliest encoding of some lines beyond ASCII; None where it cannot be told.

    Where heads and letters of no language decide between East Asian encodings that all fit,
    nothing is guessed: what is read in a wrong one looks like text.
    """
    texts = fitting(sample)
    if (found := decided(texts)) is not None:
        return found
    if len(set(texts.values())) > 1:
        return None
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample, cp_isolation=_LIKELY).best()
    return None if best is None else best.encoding


def _is_western(content: bytes) -> bool:
    # Between ASCII letters stand the accents and quotation marks of Western languages; letters of
    # other scripts stand together.
    if 2 * len(_LONE_BYTE.findall(content)) < len(_HIGH_BYTE.findall(content)):
        return False
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        return False
    # Two bytes of which one is ASCII, as in Big5, would be signs of money and fractions in words.
    return 4 * len(_SIGN_IN_WORD.findall(text)) <= len(_HIGH_BYTE.findall(content))


def _wide_encoding(content: bytes) -> str | None:
    """Return UTF-16 without a byte-order mark, whose ASCII letters are every other byte."""
    sample = content[:4000]
    half = len(sample) // 2
    if half < 4:
        return None
    at_even, at_odd = sample[0::2].count(0), sample[1::2].count(0)
    if at_odd > 0.7 * half and at_even < 0.1 * half:
        return "utf-16-le"
    if at_even > 0.7 * half and at_odd < 0.1 * half:
        return "utf-16-be"
    return None


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _shown(encoding: str) -> str:
    return encoding.upper() if encoding.startswith("utf") else encoding


def _not_utf8(name: str, content: bytes) -> SourceError:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        possible = [*fitting(content), *(["cp1252"] if _fits(content, "cp1252") else [])]
        remedy = "save the file as UTF-8"
        if possible:
            remedy = (
                f'it may be {" or ".join(possible)}: say which, encoding = "{possible[0]}", or '
                "save the file as UTF-8"
            )
        return SourceError(
            f"{name} line {line}: not UTF-8 (byte 0x{content[error.start]:02x}); {remedy}",
            file=name,
        )
    return SourceError("its encoding cannot be told; save the file as UTF-8", file=name)
