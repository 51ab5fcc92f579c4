"""The watchlist language: queries, the index that runs them, and the reasons they give."""

from watchlist.engine import Found, Watchlist
from watchlist.lexemes import candidates, lexemes
from watchlist.parser import parse
from watchlist.query import Query
from watchlist.rendering import render

__all__ = ["Found", "Query", "Watchlist", "candidates", "lexemes", "parse", "render"]
