"""Item -> Article: zoned text of pages, feed fragments and files. Here alone trafilatura and file formats are known."""

from extraction.decoding import decode
from extraction.extract import extract
from extraction.files.unpacking import is_archive, unpack

__all__ = ["decode", "extract", "is_archive", "unpack"]
