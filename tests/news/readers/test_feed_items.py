from __future__ import annotations

import pytest

from eventstudy.news.readers.feed_items import FeedItem, FeedParser, legal, repaired


@pytest.fixture
def item():
    parser = FeedParser()

    def item(*pieces):
        made = FeedItem(parser, "<rss>", "Wire")
        for piece in ("<item>", *pieces, "</item>", "</rss>"):
            made.feed(piece, is_raw=False)
        return made

    return item


@pytest.mark.parametrize(
    ("text", "markup", "is_repaired"),
    [
        ("a &amp; b", "a &amp; b", False),
        ("S&P < 5", "S&amp;P &lt; 5", True),
        ("&eacute;&#233;&#xe9;", "é&#233;&#xe9;", False),
        ("&lol;", "&amp;lol;", False),
        ("&#0;&#x110000;", "\u200b\u200b", False),
        ("<b>x</b>", "<b>x</b>", False),
    ],
)
def test_markup_is_made_what_xml_may_hold(text, markup, is_repaired):
    assert repaired(text) == (markup, is_repaired)


def test_signs_xml_may_not_hold_leave_a_mark():
    assert legal("a\x00\x1eb & c") == "a\u200b\u200bb &amp; c"


def test_cells_of_an_item_come_in_pieces(item):
    made = item("<title>O", "ne</title><author><name>N</name><email>e</email></author>")
    assert made.close() is None
    assert made.cells() == ({"headline": "One", "author": "N", "source": "Wire"}, {}, [])


def test_the_date_of_an_update_stands_for_a_missing_one_and_is_noted(item):
    cells, _, notes = item("<updated>2025</updated>").cells()
    assert cells["published"] == "2025"
    assert notes == ["no date of publication; that of the last update is used"]


def test_blocks_are_lines_and_scripts_are_left_out(item):
    made = item("<description><p>a</p><script>run()</script><p>b</p></description>")
    assert made.cells()[0]["description"] == "a\nb"


def test_a_text_is_read_so_far_and_counted_to_its_end(item):
    made = item("<title>a</title><description>", *["x" * 1_000_000] * 3, "</description>")
    cells, lengths, _ = made.cells()
    assert lengths == {"description": 3_000_000}
    assert len(cells["description"]) < 3_000_000


def test_what_is_wrong_is_said_once_on_one_line_and_the_next_item_is_whole(item):
    broken = item("<title>a</b\u202e\x85c></title>")
    problem = broken.close()
    assert problem.startswith("its XML is not well-formed (")
    assert problem.isprintable()
    assert item("<title>b</title>").close() is None
