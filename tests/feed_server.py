"""A feed server on 127.0.0.1 that answers as it is told, and keeps what it was asked."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape


@dataclass
class Page:
    """What a path answers; `wait` seconds before each of `pieces` pieces of the body."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = None
    wait: float = 0.0
    pieces: int = 1
    cut: int = 0  # bytes promised that do not come


class FeedServer:
    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def put(self, path, body=b"", **options):
        body = body.encode() if isinstance(body, str) else body
        self.pages[path] = Page(body, **options)
        return self.address + path


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server: FeedServer = self.server.feeds
        server.asked.append((self.path, dict(self.headers)))
        path = self.path if self.path in server.pages else self.path.partition("?")[0]
        page = server.pages.get(path, Page(b"nothing here", 404))
        if page.etag is not None and self.headers.get("If-None-Match") == page.etag:
            self.send_response(304)
            self.send_header("ETag", page.etag)
            self.end_headers()
            return
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.etag is not None:
            self.send_header("ETag", page.etag)
        self.send_header("Content-Length", str(len(page.body) + page.cut))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        size = -(-len(page.body) // page.pieces) or 1
        try:
            for start in range(0, max(len(page.body), 1), size):
                time.sleep(page.wait)
                self.wfile.write(page.body[start : start + size])
                self.wfile.flush()
        except OSError:  # who asked has gone
            pass

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    feeds: FeedServer

    def handle_error(self, request, client_address):
        pass


@contextmanager
def feed_server():
    server = _Server(("127.0.0.1", 0), _Handler)
    server.feeds = FeedServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.feeds
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def rss(*items, title="News"):
    """An RSS feed of (guid, time in RFC 822 or ISO, headline) or with a link as fourth."""
    parts = []
    for guid, published, headline, *link in items:
        date = f"<pubDate>{published}</pubDate>" if published else ""
        address = f"<link>{link[0]}</link>" if link else ""
        parts.append(
            f"<item><guid>{escape(guid)}</guid>{date}<title>{escape(headline)}</title>{address}</item>"
        )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>'
        f"{''.join(parts)}</channel></rss>"
    )
