"""The watchlist language: queries, the index that runs them, and the reasons they give."""

from watchlist.checking import Finding, article_of_text, check
from watchlist.engine import Watchlist
from watchlist.explaining import Explanation, Step, explain
from watchlist.lexemes import LEXEMES_VERSION, candidates, lexemes
from watchlist.parser import parse
from watchlist.query import Query
from watchlist.rendering import render
from watchlist.terms import Found
from watchlist.text import ArticleText

__all__ = [
    "LEXEMES_VERSION",
    "ArticleText",
    "Explanation",
    "Finding",
    "Found",
    "Query",
    "Step",
    "Watchlist",
    "article_of_text",
    "candidates",
    "check",
    "explain",
    "lexemes",
    "parse",
    "read",
    "render",
]

read = ArticleText
"""An article read once, for all that is asked of its words: `Watchlist.match`, `lexemes`."""
