"""A feed nobody wishes to be sent, and what must become of each of its items."""

from __future__ import annotations

from typing import NamedTuple

BOMB = "".join(f'<!ENTITY lol{level} "{f"&lol{level - 1};" * 10}">' for level in range(1, 10))
PROLOG = f"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE rss [<!ENTITY lol0 "lol">{BOMB}<!ENTITY passwd SYSTEM "file:///etc/passwd">
<!ENTITY % outside SYSTEM "http://127.0.0.1:9/evil.dtd"> %outside; <!-- "]> -->
<!ATTLIST item title CDATA "&lol9;">]>
<rss version="2.0"><channel><title>Hostile &lol9; wire</title>"""
DATE = "<pubDate>Fri, 02 May 2025 09:00:00 +0800</pubDate>"


class Kind(NamedTuple):
    """One sort of item."""

    title: str
    date: str
    reason: str | None = None
    headline: str | None = None


def dated(text: str) -> str:
    return f"<pubDate>{text}</pubDate>"


KINDS = (
    Kind("Plain headline", DATE, headline="Plain headline"),
    Kind("A &lt;script&gt;alert(1)&lt;/script&gt;B", DATE, headline="A B"),
    Kind("<![CDATA[<img src=x onerror=alert(1)>C <script>x</script>]]>", DATE, headline="C"),
    Kind("=cmd|' /C calc'!A0", DATE, headline="=cmd|' /C calc'!A0"),
    Kind("be\x08l\x00l &#7;", DATE, headline="bell"),
    Kind("\u202ecod.exe\u202c \u200fx\u200b", DATE, headline="cod.exe x"),
    Kind("bomb &lol9; &passwd;", DATE, headline="bomb &lol9; &passwd;"),
    Kind("P&L < 5 & S&P", DATE, headline="P&L < 5 & S&P"),
    Kind("old", dated("Mon, 01 Jan 1000 00:00:00 GMT"), "outside the years"),
    Kind("far", dated("9999-12-31T23:59:59Z"), "outside the years"),
    Kind("soon", dated("2031-05-02T09:00Z"), "in the future"),
    Kind("never", "", "no date"),
    Kind("nowhere", dated("2025-05-02T09:00"), "without an offset"),
    Kind("unread", dated("2025年5月2日 16:30"), "no ISO 8601"),
    Kind("no such day", dated("2025-02-30T09:00Z"), "no such day"),
    Kind("broken</b>", DATE, "not well-formed"),
    Kind("<b>" * 100, DATE, "not well-formed"),
)


def write_feed(path, n_items: int, n_big: int) -> None:
    """Write `n_items` items, kinds in turn, one of `n_big` bytes in the middle, one torn."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(PROLOG)
        for place in range(n_items):
            kind = KINDS[place % len(KINDS)]
            if place == n_items // 2:
                stream.write(f"<item><title>Big {place}</title><description>")
                for _ in range(n_big // 1000):
                    stream.write("&lt;b&gt;" + "0123456789" * 99 + "\n")
                stream.write(f"</description>{DATE}<guid>big</guid></item>")
            stream.write(
                f"<item><title>{kind.title}</title>{kind.date}<guid>{place}</guid>"
                f"<description>Words about {place}. =cmd() {'and so on ' * 20}</description></item>"
            )
        stream.write("<item><title>torn")


def fates(n_items: int) -> tuple[int, int]:
    """Return how many items `write_feed` writes that must be kept, and rejected."""
    kept = sum(KINDS[place % len(KINDS)].reason is None for place in range(n_items))
    return kept + 1, n_items - kept + 1
