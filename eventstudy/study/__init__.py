"""A study: what is asked, how it is carried out, and its results."""
