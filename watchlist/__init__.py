"""The watchlist language: queries, the index that runs them, and the reasons they give."""
