"""Bundled data, and simulated studies whose truth is known."""
