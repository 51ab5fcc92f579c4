"""The nouns of wirewatch, its errors, settings and text folding: what every room may import."""

__version__ = "0.1.0"
