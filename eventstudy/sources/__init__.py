"""The outside world: files, databases, news, and Yahoo with the store of what it sent."""
