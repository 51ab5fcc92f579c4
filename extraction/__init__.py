"""Item -> Article: zoned text of pages, feed fragments and plain text. This room alone knows trafilatura."""

from extraction.decoding import decode
from extraction.extract import extract

__all__ = ["decode", "extract"]
