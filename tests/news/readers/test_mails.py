"""Saved mails: dated by their header."""

import pytest
from small_news import reasons

MAIL = """\
From: Press Office <press@e.org>
Subject: {subject}
Date: {date}
Content-Type: {kind}; charset=utf-8

{body}
"""


def mail(
    subject="US announces tariffs on all imports",
    date="Wed, 2 Apr 2025 20:15:03 +0000 (UTC)",
    kind="text/plain",
    body="The president announced a 10% tariff.",
):
    return MAIL.format(subject=subject, date=date, kind=kind, body=body)


def test_a_mail_is_dated_by_its_header(read):
    first, second = read(mail(), "a.eml").frame.itertuples()
    assert first.headline == "US announces tariffs on all imports"
    assert (first.published, first.precision) == ("2025-04-02T20:15:03+00:00", "exact")
    assert first.source == "Press Office <press@e.org>"
    assert (second.headline, second.precision) == (
        "The president announced a 10% tariff.", "session",
    )  # fmt: skip


def test_markup_and_encoded_subjects_become_text(read):
    content = mail(
        subject="=?utf-8?q?Tariffs_=E2=80=9Cpaused=E2=80=9D?=",
        kind="text/html",
        body="<p>Duties fall.</p>",
    )
    headlines = read(content, "a.eml").frame["headline"].tolist()
    assert headlines == ["Tariffs \u201cpaused\u201d", "Duties fall."]


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("", "no date: the mail has no header Date; give it as published"),
        ("Wed, 2 Apr 2025 20:15:03 CST", "name the zone whose clocks have it"),
        ("Thu, 2 Apr 2025 20:15:03 +0000", "weekday and date contradict each other"),
    ],
)
def test_a_date_in_doubt_is_a_reason(read, date, reason):
    news = read(mail(date=date), "a.eml")
    assert reason in reasons(news)["a.eml"]
    assert not len(news)


@pytest.mark.parametrize(
    "content", [b"\n", b"Subject: x\n\n\xff\xfe", b"Content-Type: multipart/x\n\n--"]
)
def test_a_broken_mail_is_rejected(read, content):
    assert len(read(content, "a.eml").rejected) == 1
