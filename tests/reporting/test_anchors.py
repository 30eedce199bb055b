"""Links from wherever an event or a market is named."""

from frames import UNSAFE

from eventstudy.reporting.anchors import Anchors, event_anchor, market_anchor


def test_places_have_no_sign_an_address_or_an_attribute_could_trip_over() -> None:
    for anchor in (event_anchor(UNSAFE), market_anchor("^GSPC <b>")):
        assert anchor.isascii()
        assert not set(anchor) & set("<>\"'& ")
    assert event_anchor("E1 a") != event_anchor("E1%20a")


def test_only_names_with_a_place_are_links() -> None:
    anchors = Anchors(frozenset({"E1", "a b"}), {"Nikkei 225": "N225"})
    assert anchors.link("event", "a b") == "#event-a%20b"
    assert anchors.link("market", "Nikkei 225") == "#market-N225"
    for head, cell in (("event", "E2"), ("market", "N225"), ("stage", "E1"), ("event", "")):
        assert anchors.link(head, cell) == ""
