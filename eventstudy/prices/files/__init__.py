"""Prices and factors from files."""
