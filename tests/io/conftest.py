"""What the tests of files and databases share: some of both, in a folder where a command runs."""

from database_files import folder, made

__all__ = ["folder", "made"]
