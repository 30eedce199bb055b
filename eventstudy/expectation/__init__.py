"""What to expect of a market after a headline: past reactions to such news, as of a moment."""
