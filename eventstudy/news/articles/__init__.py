"""Articles: sentences, the times they speak of, and the claims they make."""
