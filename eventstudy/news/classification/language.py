"""Whether a headline is written in English, from its letters and its small words."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_ENGLISH_WORDS: Final = """
a about after against ahead amid an and are as at be been before between but by can could for
from has have he her his how if in into is it its may more new no not of off on or out over says
she than that the their they this to under until up was we were what when where who why will with
would you
"""
# Of French, Spanish, Portuguese, Italian, German, Dutch, Swedish, Indonesian, Turkish, Polish.
# Words that English headlines have as well, such as "die", "met" and "plus", and parts of names
# ("von", "van") are left out.
_FOREIGN_WORDS: Final = """
au aux avec ce cette ces contre d'une dans de des du elle en entre est et il la le les leur leurs
mais ne ou où pas qu'il que qui sa sans se selon ses sont sous sur une
al con del desde durante e el ella ha hasta las lo los más para pero por según sobre su sus
tras un una y ya
ao aos após até da das é em na nas não nos num numa o os pela pelo sem também à às
alla alle ai anche che ci dal dalla degli dei della delle di dopo gli nel nella non più sono
sugli sui sulla tra
auf aus bei beim bis dem den der ein eine einem einen einer eines für gegen im ist mit nach nicht
oder ohne sich sind soll sowie über um und unter vom vor wird zu zum zur zwischen
aan bij een het maar naar niet om ook te tegen tot uit voor wordt
att av efter från har inte med mot och som är
akan atas dan dari dengan ini itu ke kepada oleh pada untuk yang
bir bu daha gibi göre ile için olarak sonra ve
dla nie od po przez się z że
"""
_ENGLISH: Final = frozenset(_ENGLISH_WORDS.split())
_FOREIGN: Final = frozenset(_FOREIGN_WORDS.split()) - _ENGLISH
_LEAST_FOREIGN: Final = 2
OTHER_LETTERS: Final = (
    "most of its letters are not Latin, and rules and linear model read English alone"
)
OTHER_LANGUAGE: Final = (
    "it is not English, by its small words, and rules and linear model read English alone"
)
NO_LETTERS: Final = "it has no word"


def why_not_english(headline: str) -> str | None:
    """Return why a headline cannot be read as English; None where it can.

    It cannot where it has no letter, where most of its letters are not Latin, and where at least
    two different small words of other languages stand in it and they outnumber the English ones.

    Examples
    --------
    >>> why_not_english("Pékin impose des droits de douane sur le soja")
    'it is not English, by its small words, and rules and linear model read English alone'
    >>> why_not_english("Commission chief von der Leyen flies to Washington") is None
    True
    """
    letters = [sign for sign in headline if sign.isalpha()]
    if not letters:
        return NO_LETTERS
    if not headline.isascii():
        names = [unicodedata.name(sign, "") for sign in letters]
        if 2 * sum(not name.startswith("LATIN ") for name in names) > len(names):
            return OTHER_LETTERS
    # A word in capitals is a name, or says nothing of its language.
    words = [word for word in _WORD.findall(headline) if not word[0].isupper()]
    foreign = [word for word in words if _is_foreign(word)]
    n_english = sum(word in _ENGLISH for word in words)
    if len(set(foreign)) >= _LEAST_FOREIGN and len(foreign) > n_english:
        return OTHER_LANGUAGE
    return None


def _is_foreign(word: str) -> bool:
    """Whether a word is a small one of another language, or begins with one: "d'une", "l'acier"."""
    return word in _FOREIGN or (word[1:2] in ("'", "\u2019") and word[0] in "cdjlmnst")
