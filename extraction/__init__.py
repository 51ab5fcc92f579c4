"""Item -> Article: zoned text of pages, feed fragments and files. Here alone trafilatura and file formats are known."""

from extraction.decoding import decode
from extraction.extract import extract, extract_lightly, is_light
from extraction.files.unpacking import attachments, is_archive, unpack
from extraction.template_lines import edge_lines, without_templates
from extraction.version import version
from extraction.workers import Workers

__all__ = [
    "Workers",
    "attachments",
    "decode",
    "edge_lines",
    "extract",
    "extract_lightly",
    "is_archive",
    "is_light",
    "unpack",
    "version",
    "without_templates",
]
