"""One part of each kind for market-reaction."""
