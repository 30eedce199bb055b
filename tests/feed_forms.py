"""Answers of public feeds in their own forms, written by hand: normal, changed and revised."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from feed_server import rss

PAGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"
ORDER = "Regulating Imports With a Reciprocal Tariff"
POST = "Based on the lack of respect that China has shown, I am raising the Tariff"


def documents(title=ORDER, **other):
    """The Federal Register's documents.json of one order."""
    item = {
        "document_number": "2025-06063", "title": title, "type": "Presidential Document",
        "publication_date": "2025-04-07", "signing_date": "2025-04-02", "abstract": None,
        "html_url": "https://www.federalregister.gov/d/2025-06063",
    }  # fmt: skip
    return json.dumps({"count": 1, "total_pages": 1, "results": [item | other]})


def inspection(title=ORDER, **other):
    """The Federal Register's public-inspection-documents/current.json of one order."""
    item = {
        "document_number": "2025-06063", "title": title, "type": "Presidential Document",
        "filed_at": "2025-04-04T16:15:00.000-04:00", "publication_date": "2025-04-07",
        "agencies": [{"name": "Executive Office of the President", "id": 538}],
    }  # fmt: skip
    return json.dumps({"count": 1, "results": [item | other]})


def posts(content=POST, **other):
    """The archive of Truth Social that CNN hosts, of one post."""
    item = {
        "id": "114309144289505174", "created_at": "2025-04-09T17:18:22.000Z", "content": content,
        "url": "https://truthsocial.com/@realDonaldTrump/114309144289505174", "media": [],
        "replies_count": 1, "reblogs_count": 2, "favourites_count": 3,
    }  # fmt: skip
    return json.dumps([item | other])


def trumpstruth(headline="Post from April 9, 2025"):
    """The feed of trumpstruth.org, of one post."""
    return rss(
        ("https://trumpstruth.org/statuses/30001", "Wed, 09 Apr 2025 17:18:22 +0000", headline)
    )


def gkg_row(number=1, title="Trump pauses tariffs", stamp="20250409171500"):
    """A row of GDELT's Knowledge Graph."""
    extras = (
        "<PAGE_PRECISEPUBTIMESTAMP>20250409170000</PAGE_PRECISEPUBTIMESTAMP>"
        f"<PAGE_TITLE>{title}</PAGE_TITLE>"
    )
    cells = [f"{stamp}-{number}", stamp, "1", "wire.test", f"https://wire.test/{number}"]
    return "\t".join([*cells, *[""] * 21, extras])


def gkg(*rows, stamp="20250409171500", packing=zipfile.ZIP_STORED):
    """A quarter of an hour of GDELT's Knowledge Graph, zipped."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        member = zipfile.ZipInfo(f"{stamp}.gkg.csv")  # of no hour: the same bytes each time
        text = "".join(f"{row}\n" for row in rows or [gkg_row()])
        archive.writestr(member, text, compress_type=packing)
    return packed.getvalue()


def gdelt_list(file, stamp="20250409171500", n_bytes=None):
    """GDELT's lastupdate.txt."""
    base = "http://data.gdeltproject.org/gdeltv2/"
    digest = hashlib.md5(file, usedforsecurity=False).hexdigest()
    return (
        f"70000 0123456789abcdef0123456789abcdef {base}{stamp}.export.CSV.zip\n"
        f"{len(file) if n_bytes is None else n_bytes} {digest} {base}{stamp}.gkg.csv.zip\n"
    )
