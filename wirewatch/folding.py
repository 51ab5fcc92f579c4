"""Text folding: what is the same word to a reader is the same string to a query."""

from __future__ import annotations

import unicodedata


def fold_text(text: str) -> str:
    """Folded words of a text, joined by single spaces."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
