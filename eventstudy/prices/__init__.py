"""Prices: read, fetched and kept, checked, brought to the same time, turned into returns."""
