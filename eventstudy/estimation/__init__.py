"""From events and prices to pairs, abnormal returns, and groups of pairs."""
