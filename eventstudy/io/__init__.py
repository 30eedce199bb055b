"""Reading and writing files and times."""
