from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.io.addresses import check_address
from eventstudy.news.fetching.feeds import known_feeds, named_feed, named_feeds
from eventstudy.news.fetching.forms import _FORMS


def test_every_known_feed_has_a_client_an_address_and_what_its_times_mean():
    for feed in known_feeds().values():
        assert feed.form in _FORMS
        assert check_address(feed.address) == feed.address
        assert feed.times
        assert feed.source


def test_a_feed_is_named_by_name_address_or_mirror():
    assert named_feed("public-inspection").family == "federal-register"
    mirror = named_feed("gdelt=http://mirror.test/lastupdate.txt")
    assert (mirror.name, mirror.address) == ("gdelt", "http://mirror.test/lastupdate.txt")
    own = named_feed("https://example.org/feed?key=secret")
    assert (own.form, own.name.startswith("example.org-")) == ("feed", True)
    assert "secret" not in own.title


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(SpecificationError, match="federal-register"):
        named_feed("federal-registry")
    with pytest.raises(SpecificationError, match="only http and https"):
        named_feed("ftp://example.org/feed")
    with pytest.raises(SpecificationError, match="name a feed"):
        named_feeds(())
