from __future__ import annotations

import pytest

from eventstudy.exceptions import SchemaError

DATE = "<pubDate>Fri, 02 May 2025 09:00:00 +0800</pubDate>"

RSS2 = f"""<?xml version="1.0"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Wire &amp; Co</title><image><title>Logo</title></image>
<item><title>One</title><media:title>Picture</media:title><link>http://a.b/?c=1&amp;d=2</link>
<guid isPermaLink="false">g1</guid>{DATE}<description>short</description>
<content:encoded><![CDATA[<p>Whole <item> text</p>]]></content:encoded>
<category>x</category><category>y</category></item>
<item><title>Two</title><guid>http://a.b/2</guid>{DATE}<source url="u">Other</source></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>
<entry><title type="html">&lt;b&gt;One&lt;/b&gt;</title><id>tag:1</id>
<link rel="self" href="no"/><link href="http://a.b/1"/><published>2025-05-02T09:00:00Z</published>
<updated>2025-05-03T09:00:00Z</updated><author><name>N</name><email>e@f</email></author>
<source><id>x</id><title>Elsewhere</title></source><category term="t"/><summary>short</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>A<b>b</b></p><script>x</script>
<p>c</p></div></content></entry>
<entry><title>Two</title><id>tag:2</id><updated>2025-05-03T09:00:00Z</updated>
<content type="image/png">AAAA</content></entry></feed>"""

RSS1 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="c"><title>Old</title>
<items><rdf:Seq><rdf:li rdf:resource="i"/></rdf:Seq></items></channel><item rdf:about="http://a.b/i"><title>One</title>
<dc:date>2025-05-02T09:00+09:00</dc:date><dc:creator>N</dc:creator></item></rdf:RDF>"""


@pytest.fixture
def read_feed(read):
    def read_feed(content, name="feed.xml"):
        return read(content, name)

    return read_feed


def item(title, rest=DATE):
    return f"<item><title>{title}</title>{rest}</item>"


def rss(*items, prolog="", end="</channel></rss>"):
    return f"{prolog}<rss><channel><title>Feed</title>{''.join(items)}{end}"


def test_rss_2(read_feed):
    first, second = read_feed(RSS2).frame.to_dict("records")
    assert first["headline"] == "One"
    assert first["text"] == "Whole  text"
    assert first["description"] == "short"
    assert (first["item_id"], first["url"]) == ("g1", "http://a.b/?c=1&d=2")
    assert (first["source"], first["tags"]) == ("Wire & Co", "x; y")
    assert first["published"] == "2025-05-02T09:00+08:00"
    assert first["where"] == "feed.xml item 1"
    assert (second["url"], second["source"]) == ("http://a.b/2", "Other")


def test_atom(read_feed):
    first, second = read_feed(ATOM).frame.to_dict("records")
    assert (first["headline"], first["text"]) == ("One", "Ab\nc")
    assert (first["item_id"], first["url"]) == ("tag:1", "http://a.b/1")
    assert (first["source"], first["author"], first["tags"]) == ("Elsewhere", "N", "t")
    assert first["published"] == "2025-05-02T09:00+00:00"
    assert first["note"] is None
    assert second["published"] == "2025-05-03T09:00+00:00"
    assert second["note"] == "no date of publication; that of the last update is used"
    assert (first["precision"], second["precision"]) == ("exact", "approx"), "it may be a revision"
    assert (second["text"], second["source"]) == (None, "Blog")


def test_rss_1(read_feed):
    row = read_feed(RSS1, "old.rdf").frame.iloc[0]
    assert (row["headline"], row["url"], row["source"]) == ("One", "http://a.b/i", "Old")
    assert (row["published"], row["author"]) == ("2025-05-02T09:00+09:00", "N")


def test_a_feed_is_known_by_its_content(read_feed):
    assert len(read_feed(RSS2, "download")) == 2


def test_a_broken_item_loses_only_itself(read_feed):
    items = [item("a"), item("b</i>"), "<item><title>open", item("c"), "<item/>", item("d")]
    news = read_feed(rss(*items, "<item><title>torn", end=""))
    assert news.frame["headline"].tolist() == ["a", "c", "d"]
    assert news.rejected["where"].tolist() == [f"feed.xml item {n}" for n in (2, 3, 5, 7)]
    reasons = news.rejected["reason"].tolist()
    assert reasons[0] == (
        "its XML is not well-formed (Opening and ending tag mismatch: title and i)"
    )
    assert reasons[1] == "its end tag is missing"
    assert reasons[2].startswith("no date")
    assert reasons[3] == "the file ends inside this item"
    assert news.rejected["headline"].tolist() == ["b", "open", None, "torn"]


def test_bare_signs_and_entities_of_html_are_read_as_meant(read_feed):
    news = read_feed(rss(item("S&P 500 < 5,000 &nbsp;&eacute;&#233; &AMP; &lol; &#8;x")))
    row = news.frame.iloc[0]
    assert row["headline"] == "S&P 500 < 5,000 \xa0éé & &lol; x"
    assert row["note"].startswith("a bare & or < was read as text; headline: unseen")


def test_entities_of_the_document_are_never_expanded(read_feed, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    bomb = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    prolog = (
        f'<?xml version="1.0"?><!-- <rss> --><!DOCTYPE rss [<!ENTITY l0 "l">{bomb}'
        f"<!-- ' ]> --><!ENTITY s SYSTEM \"{secret.as_uri()}\"><!ATTLIST item t CDATA '&l9;'>]>\n"
    )
    row = read_feed(rss(item("&l9; &s;"), prolog=prolog)).frame.iloc[0]
    assert row["headline"] == "&l9; &s;"
    assert "secret" not in "".join(str(cell) for cell in row)


def test_a_text_far_too_long_is_cut_and_its_length_told(read_feed):
    for text in ("x" * 3_000_000, "<![CDATA[" + "x" * 3_000_000 + "]]>"):
        rest = f"{DATE}<guid>g</guid>"
        news = read_feed(rss(item("a", f"<description>{text}</description>{rest}"), item("b")))
        row = news.frame.iloc[0]
        assert len(row["text"]) == 100_000
        assert row["note"] == "text cut at 100,000 of 3,000,000 characters"
        assert row["item_id"] == "g"
        assert news.frame["headline"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("Shift_JIS", "cp932", "日経平均、続伸①"),
        ("gb2312", "gb18030", "人民币中间价上调"),
        ("big5", "big5", "台股早盤大漲"),
        ("iso-8859-1", "cp1252", "Zölle – l’Élysée"),
        ("utf-8", "utf-8", "关税"),
        ("UTF-16", "utf-16", "关税"),
    ],
)
def test_the_declaration_tells_the_encoding(read_feed, declared, encoding, text):
    prolog = f'<?xml version="1.0" encoding="{declared}"?>\n'
    row = read_feed(rss(item(text), prolog=prolog).encode(encoding)).frame.iloc[0]
    assert row["headline"] == text
    assert row["note"] is None


def test_a_wrong_declaration_is_noted(read_feed):
    prolog = '<?xml version="1.0" encoding="rot13"?>'
    row = read_feed(rss(item("a"), prolog=prolog)).frame.iloc[0]
    assert "declares the encoding 'rot13'" in row["note"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<html><body/></html>", "neither RSS nor Atom; its root is <html>"),
        ("words", "neither RSS nor Atom; it holds no XML"),
        ("<!DOCTYPE rss [" + "<!ENTITY a 'b'>" * 100_000, "neither RSS nor Atom"),
    ],
)
def test_a_file_that_is_no_feed_says_so(read_feed, content, problem):
    with pytest.raises(SchemaError) as caught:
        read_feed(content)
    assert problem in str(caught.value)


def test_a_feed_without_items_is_empty(read_feed):
    assert len(read_feed(rss())) == 0
