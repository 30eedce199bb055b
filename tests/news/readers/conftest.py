import hashlib

import pytest
from small_news import NOW

from eventstudy import read_news


@pytest.fixture
def read(tmp_path):
    """Write a file and read it; every raw item of it is kept or rejected."""

    def read(content, name="news.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        news = read_news(path, now=NOW, **options)
        ((_, digest, n_items),) = news.inputs
        assert n_items == len(news.frame) + len(news.rejected)
        assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
        return news

    return read
