"""Articles saved as mail: the time from the header Date, the text from the plainest part."""

from __future__ import annotations

import email
import email.policy
import re
from typing import TYPE_CHECKING, Final

from eventstudy.io.opening import open_file
from eventstudy.news.cleaning import clean
from eventstudy.news.readers.article_files import ARTICLE_LIMIT, take_article
from eventstudy.news.readers.decoding import unreadable

if TYPE_CHECKING:
    from email.message import EmailMessage

    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

_COMMENT: Final = re.compile(r"\s*\([^()]*\)\s*")
_LONGEST_MAIL: Final = 50_000_000


def read_mail(source: Input, intake: Intake, *, published: str | None = None) -> None:
    """Read one mail; each claim in it is an item.

    Parameters
    ----------
    published
        Date or time of publication of a mail without a date.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    try:
        with open_file(source.path) as stream:
            content = stream.read(_LONGEST_MAIL)
    except OSError as error:
        raise unreadable(source.path, error) from None
    headers = dict.fromkeys(("Date", "Subject", "From"), "")
    try:
        message = email.message_from_bytes(content, policy=email.policy.default)
        headers = {name: _header(message, name) for name in headers}
        headers["Date"] = _as_written(message, "date")
        text = _text(message)
    except Exception as error:  # noqa: BLE001 - the parser raises whatever a broken mail causes
        kind = type(error).__name__
        intake.reject(
            source.name, f"no mail that can be read ({kind})", headline=headers["Subject"]
        )
        return
    cleaned = clean(text, "mail", ARTICLE_LIMIT)
    headline = clean(headers["Subject"], "", 500, is_line=True).text
    dates = [("the header Date", date)] if (date := _COMMENT.sub(" ", headers["Date"])) else []
    if published:
        dates.append(("the argument", published))
    take_article(
        source.name,
        {
            name: cell
            for name, cell in (("headline", headline), ("source", headers["From"]))
            if cell
        },
        cleaned.text,
        dates,
        [*cleaned.notes, *([f"dated by {dates[0][0]}"] if dates else [])],
        intake,
        none_in="the mail has no header Date",
        is_headline_news=True,
    )


def _header(message: EmailMessage, name: str) -> str:
    """Return a header on one line; empty where there is none, or none that can be read."""
    return " ".join(str(message.get(name) or "").split())


def _as_written(message: EmailMessage, name: str) -> str:
    """Return a header as it was written: the library reads zones it does not know as UTC."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")
    return " ".join(raw.split())


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            return payload.decode(charset or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return payload.decode("utf-8", "replace")
