"""What the one security of a file is called, where only the file's name says it."""

from __future__ import annotations

import re
from functools import cache

from eventstudy.markets.market import find_market
from eventstudy.prices.files.dialects.catalogue import dialects


@cache
def _vendors_words() -> re.Pattern[str]:
    """What browsers and vendors put behind the name: ``(1)``, ``Historical Data``."""
    endings = {ending for dialect in dialects().values() for ending in dialect.endings}
    listed = "|".join(re.escape(ending) for ending in sorted(endings, key=len, reverse=True))
    words = listed.replace(r"\ ", r"[\s_-]+")
    return re.compile(rf"(?:[\s_-]*(?:{words}))?(?:[\s_-]*\(\d+\))?", re.IGNORECASE)


def name_in_file_name(stem: str) -> str:
    """Return the security that a file's name names: a built-in market's series, where it is one.

    Parameters
    ----------
    stem
        Of the file's name. Without a vendor's words at its end it is the name, in upper case.

    Examples
    --------
    >>> name_in_file_name("Nikkei 225 Historical Data (1)"), name_in_file_name("aapl")
    ('N225', 'AAPL')
    """
    start = next(at for at in range(len(stem) + 1) if _vendors_words().fullmatch(stem, at))
    named = stem[:start].strip()
    if not named or start == len(stem):
        return stem.upper()
    market = find_market(named)
    return named.upper() if market is None or market.inverse else market.series
