"""Items in, articles out: zoned text from pages and files."""
