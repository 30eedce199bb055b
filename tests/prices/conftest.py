"""What the tests of prices share: databases and files in a folder where a command runs."""

from database_files import folder, made

__all__ = ["folder", "made"]
